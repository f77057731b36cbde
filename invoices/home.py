"""The invoices' part of the main window: what is owed in all, per object, and the newest invoices."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.urls import reverse
from django.utils.translation import gettext as _

from lithuanian.numbers import money
from properties.capabilities import Capability
from properties.contacts import Contact, contacts_of
from properties.models import Property
from properties.objects import OwnObject

from .amounts import InvoiceState
from .statements import Statement, statements_and_newest
from .wording import DueSummary, Row, Tag, due_summary, icon, newest_row, open_state, tag_of

_ICONS = {
    Property.Kind.FLAT: "building-2",
    Property.Kind.COMMERCIAL: "building-2",
    Property.Kind.GARAGE: "warehouse",
    Property.Kind.STORAGE: "warehouse",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One object with its own state; a guest who may not see invoices sees no amount."""

    title: str
    url: str
    city: str
    company: str
    icon: str
    closed: str
    # Whose it is and what one may do, to a guest.
    shared: str = ""
    rights: str = ""
    amount: str = ""
    tag: Tag | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the main window shows of invoices; no summary where no invoices may be seen."""

    summary: DueSummary | None
    tiles: list[Tile]
    newest: list[Row]
    contacts: tuple[Contact, ...]


def card(*, objects: list[OwnObject], today: date, names_objects: bool = True) -> Card:
    """Return the card for these objects, in one query; on the page of one the invoices need not name it."""
    seen = [own.book.pk for own in objects if Capability.SEE_INVOICES in own.may]
    addresses = {own.book.pk: own.street_address for own in objects}
    statements, newest = statements_and_newest(books=seen, today=today) if seen else ({}, [])
    return Card(
        summary=due_summary(statements=statements.values(), today=today) if seen else None,
        tiles=_tiles(objects, addresses, statements, today),
        newest=[
            newest_row(
                invoice,
                address=addresses[invoice.book_id] if names_objects else "",
                statement=statements[invoice.book_id],
                today=today,
            )
            for invoice in newest
        ],
        contacts=tuple(contacts_of(companies=(own.book.managing_company for own in objects))),
    )


def _tiles(
    objects: list[OwnObject], addresses: dict[int, str], statements: dict[int, Statement], today: date
) -> list[Tile]:
    objects_url = _objects_url()
    tiles = []
    for own in objects:
        statement = statements.get(own.book.pk)
        amount, tag = ("", None) if statement is None else _standing(statement, today)
        tiles.append(
            Tile(
                title=addresses[own.book.pk],
                url=f"{objects_url}{own.book.pk}",
                city=own.city,
                company=own.book.managing_company.name,
                icon=icon(_ICONS[Property.Kind(own.kind)]),
                closed=own.closed_words(today=today),
                shared=own.shared_words,
                rights=own.guest_words,
                amount=amount,
                tag=tag,
            )
        )
    return tiles


@lru_cache
def _objects_url() -> str:
    """Return the address of an object's own page without its number."""
    return reverse("home:object", args=[0]).removesuffix("0")


def _standing(statement: Statement, today: date) -> tuple[str, Tag]:
    """Return the amount and the state of one object."""
    due = statement.amount_due
    if due:
        states = {open_state(row, today=today) for row in statement.unpaid}
        if InvoiceState.OVERDUE in states:
            return money(due), tag_of(InvoiceState.OVERDUE)
        is_partly_paid = states == {InvoiceState.PARTLY_PAID} and not statement.opening_due
        return money(due), tag_of(InvoiceState.PARTLY_PAID if is_partly_paid else InvoiceState.UNPAID)
    if statement.credit:
        return money(statement.credit), Tag("info", icon("circle-check"), _("Credit"))
    if statement.first_issued_on is None:
        return money(due), Tag("", icon("hourglass"), _("No invoices yet"))
    return money(due), tag_of(InvoiceState.PAID)
