"""What the company received for a person's objects, and which invoices each payment settled."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from lithuanian.dates import long_day
from lithuanian.numbers import money
from properties.objects import OwnObject

from .amounts import ZERO, Part, Settlement, credit, settle
from .bill import Fact
from .listing import Choice, Place
from .models import Balance, Invoice, OrderPart, Payment
from .wording import detail_url, month_words

PAGE = 25


@dataclass(frozen=True, slots=True)
class Settled:
    """A part of a payment: what it paid, with the invoice's address where it is one."""

    what: str
    amount: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One payment as the company received it."""

    day: str
    address: str
    amount: str
    settled: list[Settled]
    facts: list[Fact]
    # A payment provider has the money, and the accounting has not entered it.
    is_pending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of payments, newest first; `next` is empty on the last."""

    receipts: list[Receipt]
    next: Place | None


def receipts_page(*, objects: dict[int, OwnObject], before: Place | None, today: date) -> Page:
    """Return the payments of these books, in three queries whatever their number.

    What was received online and is not posted yet comes first, on the first page.
    """
    counted = _online(objects)
    online = counted if before is None else []
    found = Payment.objects.filter(payment_book__in=list(objects))
    if before is not None:
        found = found.filter(Q(paid_on__lt=before.day) | Q(paid_on=before.day, pk__lt=before.pk))
    page = found.order_by("-paid_on", "-pk")[: PAGE + 1]
    # All of the books that the page is of: what a payment settled is told from the whole of its book.
    received = list(
        Payment.objects.filter(
            Q(payment_book__in=page.values("payment_book"))
            | Q(payment_book__in=[part.payment_book_id for part in online])
        )
        .select_related("payment_book__opening_entry")
        .order_by("-paid_on", "-pk")
    )
    listed = [row for row in received if before is None or (row.paid_on, row.pk) < (before.day, before.pk)]
    payments, shown = listed[: PAGE + 1], listed[:PAGE]
    ledgers = _ledgers(received, counted, {part.payment_book_id for part in online}, today)
    return Page(
        receipts=[_receipt_online(part, objects[part.payment_book_id], ledgers, today) for part in online]
        + [_receipt(payment, objects[payment.payment_book_id], ledgers, today) for payment in shown],
        next=Place(shown[-1].paid_on, shown[-1].pk) if len(payments) > PAGE else None,
    )


def _online(books: Iterable[int]) -> list[OrderPart]:
    counted = OrderPart.objects.filter(payment_book__in=list(books), counted_on__isnull=False)
    return list(counted.select_related("order", "payment_book__opening_entry").order_by("-counted_on", "-pk"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ledger:
    """All of one book: who paid what is told from the whole of it."""

    opening: Balance | None
    invoices: dict[str, Invoice]
    settlement: Settlement
    # By id of a payment: what of it is credit now.
    credits: dict[int, Decimal]
    # The same of what was received online.
    credits_online: dict[int, Decimal]


def _ledgers(
    payments: list[Payment], counted: list[OrderPart], online_books: set[int], today: date
) -> dict[int, _Ledger]:
    """Return the ledgers of the books of these payments, which are all of them, and of those paid online."""
    books = {row.payment_book_id: row.payment_book for row in payments}
    books |= {row.payment_book_id: row.payment_book for row in counted if row.payment_book_id in online_books}
    invoices: dict[int, list[Invoice]] = {book: [] for book in books}
    received: dict[int, list[Payment]] = {book: [] for book in books}
    for invoice in Invoice.objects.shown_on(today).filter(payment_book__in=list(books)).order_by():
        invoices[invoice.payment_book_id].append(invoice)
    # The oldest first.
    for payment in reversed(payments):
        received[payment.payment_book_id].append(payment)
    online: dict[int, list[OrderPart]] = {book: [] for book in books}
    for part in counted:
        online.get(part.payment_book_id, []).append(part)
    ledgers = {}
    for pk, book in books.items():
        opening = getattr(book, "opening_entry", None)
        settlement = settle(
            opening=opening, invoices=invoices[pk], payments=received[pk], orders=online[pk], today=today
        )
        credits_online, left = _credits_online(settlement, online[pk])
        ledgers[pk] = _Ledger(
            opening=opening,
            invoices={invoice.number: invoice for invoice in invoices[pk]},
            settlement=settlement,
            credits=_credits(settlement, received[pk], left),
            credits_online=credits_online,
        )
    return ledgers


def _credits(settlement: Settlement, payments: list[Payment], left: Decimal) -> dict[int, Decimal]:
    """Return what of each payment is credit: the newest money is what was paid too much."""
    found = {}
    for payment in reversed(payments):
        found[payment.pk] = min(left, _unused(payment, settlement))
        left -= found[payment.pk]
    return found


def _credits_online(settlement: Settlement, parts: list[OrderPart]) -> tuple[dict[int, Decimal], Decimal]:
    """Return what of each part of an order, newest first, is credit, and the credit left for others."""
    left, found = credit(balance=settlement.balance), dict[int, Decimal]()
    for part in parts:
        used = sum((paid.amount for paid in settlement.settled_by_orders[part.pk]), ZERO)
        found[part.pk] = min(left, part.amount - used)
        left -= found[part.pk]
    return found, left


def _unused(payment: Payment, settlement: Settlement) -> Decimal:
    parts = settlement.settled_by.get(payment.pk)
    if parts is None:
        return ZERO
    brought: Decimal = max(payment.amount, ZERO)
    return brought - sum((part.amount for part in parts), ZERO)


def _receipt(payment: Payment, own: OwnObject, ledgers: dict[int, _Ledger], today: date) -> Receipt:
    return Receipt(
        day=long_day(payment.paid_on),
        address=own.street_address,
        amount=money(payment.amount),
        settled=list(_settled(payment, ledgers[payment.payment_book_id], today)),
        facts=list(_facts(payment, own)),
    )


def _settled(payment: Payment, ledger: _Ledger, today: date) -> Iterator[Settled]:
    if payment.pk not in ledger.settlement.settled_by:
        yield Settled(_("Counted in the previous balance"), money(payment.amount))
        return
    if payment.amount <= 0:
        yield Settled(_("Paid back"), money(-payment.amount))
        return
    yield from _paid(ledger.settlement.settled_by[payment.pk], ledger, today)
    in_credit = ledger.credits[payment.pk]
    if in_credit:
        yield Settled(_("Credit"), money(in_credit))
    paid_back = _unused(payment, ledger.settlement) - in_credit
    if paid_back:
        yield Settled(_("Paid back"), money(paid_back))


def _paid(parts: Iterable[Part], ledger: _Ledger, today: date) -> Iterator[Settled]:
    for part in parts:
        if not part.number:
            yield Settled(_("Previous balance"), money(part.amount))
            continue
        invoice = ledger.invoices[part.number]
        title = _("Invoice %(month)s") % {"month": month_words(invoice.period, today=today)}
        of_the_month = sum(other.period == invoice.period for other in ledger.invoices.values())
        if of_the_month > 1:
            title = f"{title}, {invoice.number}"
        yield Settled(title, money(part.amount), detail_url(invoice.pk))


def _receipt_online(part: OrderPart, own: OwnObject, ledgers: dict[int, _Ledger], today: date) -> Receipt:
    assert part.counted_on is not None  # noqa: S101 (for the types)
    ledger = ledgers[part.payment_book_id]
    settled = list(_paid(ledger.settlement.settled_by_orders[part.pk], ledger, today))
    in_credit = ledger.credits_online[part.pk]
    return Receipt(
        day=long_day(part.counted_on),
        address=own.street_address,
        amount=money(part.amount),
        settled=settled + ([Settled(_("Credit"), money(in_credit))] if in_credit else []),
        facts=[
            Fact(_("State"), _("Received online, not yet posted")),
            Fact(_("Payment No."), part.order.number),
            Fact(_("Beneficiary"), own.book.managing_company.name),
        ],
        is_pending=True,
    )


def _facts(payment: Payment, own: OwnObject) -> Iterator[Fact]:
    yield Fact(_("Bank reference"), payment.bank_reference)
    if payment.note:
        yield Fact(_("Payment purpose"), payment.note)
    # Who else pays for the object is the holder's to know.
    if payment.payer_name and own.is_held:
        yield Fact(_("Payer"), payment.payer_name)
    yield Fact(_("Beneficiary"), own.book.managing_company.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Every way to narrow the list from here."""

    objects: list[Choice]
    newest: str
    # Empty on the last page.
    older: str


def choices_of(*, objects: dict[int, OwnObject], book: int | None, next_place: Place | None) -> Choices:
    """Return the pills of objects, none where there is only one, and the next page."""
    pills = [Choice(_("All objects"), _address(), book is None)]
    pills += [Choice(own.street_address, _address(object=key), key == book) for key, own in objects.items()]
    return Choices(
        objects=pills if len(objects) > 1 else [],
        newest=_address(object=book),
        older=_address(object=book, before=next_place) if next_place else "",
    )


def _address(**chosen: object) -> str:
    query = urlencode({name: value for name, value in chosen.items() if value is not None})
    page = reverse("invoices:payments")
    return f"{page}?{query}" if query else page
