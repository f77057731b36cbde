"""The list of invoices: the open ones whole, the others in pages that hold while new rows come in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _

from lithuanian.dates import month_heading
from properties.objects import OwnObject

from .models import Invoice
from .statements import Statement
from .wording import Row, list_url, open_row, opening_row, settled_row

PAGE = 24


class Place(NamedTuple):
    """Where a page ended: the next one starts below it, whatever was added meanwhile."""

    day: date
    pk: int

    def __str__(self) -> str:
        return f"{self.day.isoformat()}_{self.pk}"


@dataclass(frozen=True, slots=True)
class Month:
    """The settled invoices that were issued in one month."""

    heading: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class SettledPage:
    """One page of settled invoices, newest first; `next` is empty on the last."""

    months: list[Month]
    next: Place | None


def unpaid_rows(*, objects: dict[int, OwnObject], statements: dict[int, Statement], today: date) -> list[Row]:
    """Return everything open of these books: earlier debts first, then by due date; they add up to the debt."""
    statements = {book: statements[book] for book in objects}
    rows = [
        opening_row(statement, address=objects[book].street_address, book=objects[book].book)
        for book, statement in statements.items()
        if statement.opening_due
    ]
    unpaid = [invoice for statement in statements.values() for invoice in statement.unpaid]
    unpaid.sort(key=lambda invoice: (invoice.due_on, invoice.number, invoice.id))
    addresses = {book: own.street_address for book, own in objects.items()}
    return rows + [open_row(row, address=addresses[row.book_id], today=today) for row in unpaid]


def settled_page(
    *,
    objects: dict[int, OwnObject],
    statements: dict[int, Statement],
    year: int | None,
    before: Place | None,
    today: date,
) -> SettledPage:
    """Return the invoices of these books with nothing left to pay, of one year of issue or of all; one query."""
    unpaid = [invoice.id for book in objects for invoice in statements[book].unpaid]
    found = Invoice.objects.shown_on(today).filter(payment_book__in=list(objects)).exclude(pk__in=unpaid)
    if year is not None:
        found = found.filter(issued_on__gte=date(year, 1, 1), issued_on__lte=date(year, 12, 31))
    if before is not None:
        found = found.filter(Q(issued_on__lt=before.day) | Q(issued_on=before.day, pk__lt=before.pk))
    invoices = list(found.order_by("-issued_on", "-pk")[: PAGE + 1])
    last = invoices[PAGE - 1] if len(invoices) > PAGE else None
    return SettledPage(
        months=_by_month(invoices[:PAGE], objects, statements, today),
        next=Place(last.issued_on, last.pk) if last else None,
    )


def _by_month(
    invoices: Iterable[Invoice],
    objects: dict[int, OwnObject],
    statements: dict[int, Statement],
    today: date,
) -> list[Month]:
    addresses = {book: own.street_address for book, own in objects.items()}
    return [
        Month(
            month_heading(month),
            [
                settled_row(
                    invoice,
                    address=addresses[invoice.payment_book_id],
                    statement=statements[invoice.payment_book_id],
                    today=today,
                )
                for invoice in group
            ],
        )
        for month, group in groupby(invoices, key=lambda invoice: invoice.issued_on.replace(day=1))
    ]


@dataclass(frozen=True, slots=True)
class Choice:
    """One pill: the list narrowed otherwise."""

    text: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Every way to narrow the list from here; the addresses keep what was chosen."""

    objects: list[Choice]
    years: list[Choice]
    newest: str
    # Empty on the last page.
    older: str


def choices_of(
    *,
    objects: dict[int, OwnObject],
    statements: dict[int, Statement],
    book: int | None,
    year: int | None,
    next_place: Place | None,
    today: date,
) -> Choices:
    """Return the pills of objects and years, none where there is nothing to choose from, and the next page."""
    narrowed = [statements[key] for key in objects if book in (None, key)]
    first = min((s.first_issued_on for s in narrowed if s.first_issued_on), default=today)
    years = range(today.year, first.year - 1, -1)
    by_object = [Choice(_("All objects"), _address(year=year), book is None)]
    by_object += [
        Choice(own.street_address, _address(object=key, year=year), key == book)
        for key, own in objects.items()
    ]
    by_year = [Choice(_("All years"), _address(object=book), year is None)]
    by_year += [Choice(str(each), _address(object=book, year=each), each == year) for each in years]
    return Choices(
        objects=by_object if len(objects) > 1 else [],
        years=by_year if len(years) > 1 or year else [],
        newest=_address(object=book, year=year),
        older=_address(object=book, year=year, before=next_place) if next_place else "",
    )


def _address(**chosen: object) -> str:
    query = urlencode({name: value for name, value in chosen.items() if value is not None})
    return f"{list_url()}?{query}" if query else list_url()
