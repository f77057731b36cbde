"""Payments through a provider: started, received, posted. One locked transition, whoever brings the news.

The provider's notice, the page that the person comes back to and the check by the clock all end in `advance`;
the accounting's file in `post_named`. All of them lock the order first, and what was paid never goes back.
"""

import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lithuanian.numbers import money, round_cents
from properties.activation import ALPHABET
from properties.capabilities import Capability
from properties.models import ManagingCompany, PaymentBook

from .amounts import ZERO, amount_due
from .models import Order, OrderPart, Payment
from .providers import provider_named
from .providers.protocol import CURRENCY, Event, Outcome, Provider
from .statements import Statement, statements_of

State, Reason = Order.State, Order.Reason
log = logging.getLogger(__name__)

NUMBER_LENGTH = 12
# How long another payment for the same object meets a question.
FRESH = timedelta(minutes=30)
# Who has not answered by then never paid; should it say so all the same, the money counts.
LAPSES = timedelta(days=3)
_ANSWERS_BY_ITSELF = timedelta(minutes=1)
_MOST_ASKED = 500


@dataclass(frozen=True, slots=True)
class Earlier:
    """A payment for the same object that is on its way or has come."""

    book: int
    amount: Decimal
    at: datetime
    is_received: bool
    # Of an unfinished one that the person may go back to.
    number: str = ""


class AskedAgain(Exception):
    """The object is being paid for already; who is sure pays all the same, and then has this credit."""

    def __init__(self, earlier: list[Earlier], credit: Decimal) -> None:
        super().__init__()
        self.earlier, self.credit = earlier, credit


# ── Starting ────────────────────────────────────────────────────────────────────────────────────


def start(
    *,
    company: ManagingCompany,
    parts: Mapping[int, Decimal],
    person: Any,
    provider: Provider,
    sure_of: Decimal | None,
    at: datetime,
) -> Order:
    """Start a payment of these amounts, by the id of the book; raise AskedAgain unless the person is sure.

    `sure_of` is the credit that the person agreed to end with by paying once more; None: they were not asked.
    Raise ValidationError: nothing_chosen, bad_amount, more_than_owed. The books are locked, so that of two
    presses at the same moment the second one sees the first.
    """
    if not parts:
        raise ValidationError(_("Choose what to pay for."), "nothing_chosen")
    with transaction.atomic():
        books = _locked_books(pk__in=parts, managing_company=company)
        if len(books.order_by("pk")) != len(parts):
            raise ValueError("not_of_this_company")
        statements = statements_of(books=parts, today=timezone.localdate(at))
        for book, amount in parts.items():
            check(amount=amount, statement=statements[book])
        excess = _credit_after(parts, statements)
        if sure_of is None or sure_of < excess:
            earlier = _earlier(parts, statements, person, at)
            if earlier:
                raise AskedAgain(earlier, excess)
        order = Order.objects.create(
            number="".join(secrets.choice(ALPHABET) for _place in range(NUMBER_LENGTH)),
            managing_company=company,
            person=person,
            provider=provider.NAME,
            amount=sum(parts.values(), ZERO),
            is_test=provider.is_trial(company),
            started_at=at,
            changed_at=at,
        )
        OrderPart.objects.bulk_create(
            OrderPart(order=order, payment_book_id=book, amount=amount)
            for book, amount in sorted(parts.items())
        )
    return order


def check(*, amount: Decimal, statement: Statement) -> None:
    """Raise ValidationError when an amount is none that may be paid: bad_amount, more_than_owed.

    What was received and is not posted may be paid once more by who is sure, so it is no reason to refuse.
    """
    if round_cents(amount) != amount:
        raise ValidationError(_("A sum has no more than two digits after the comma."), "bad_amount")
    if amount <= 0:
        raise ValidationError(_("Write a sum above zero, in euros and cents."), "bad_amount")
    most = amount_due(balance=statement.balance + statement.pending)
    if amount > most:
        words = (
            _("This is more than may be paid: %(owed)s. Of it %(pending)s is received online already.")
            if statement.pending
            else _("This is more than is owed: %(owed)s.")
        )
        told = {"owed": money(most), "pending": money(min(statement.pending, most))}
        raise ValidationError(words, "more_than_owed", told)


def _credit_after(parts: Mapping[int, Decimal], statements: dict[int, Statement]) -> Decimal:
    """Return the credit of these books once this is paid, of those that get any by it."""
    return sum((max(amount - statements[book].balance, ZERO) for book, amount in parts.items()), ZERO)


def _earlier(
    parts: Mapping[int, Decimal], statements: dict[int, Statement], person: Any, at: datetime
) -> list[Earlier]:
    """Return what was paid or is on its way; what others started is told to holders alone, and may be abandoned."""
    is_fresh = Q(order__started_at__gt=at - FRESH) | Q(order__received_at__gt=at - FRESH)
    # Giving an object up is a holder's alone, also of a closed book.
    held = PaymentBook.objects.visible_to(person, Capability.REMOVE, at=at)
    waiting = Q(order__state=State.STARTED) & is_fresh & (Q(order__person=person) | Q(payment_book__in=held))
    rows = OrderPart.objects.filter(waiting | Q(counted_on__isnull=False), payment_book__in=parts)
    found = list(rows.select_related("order").order_by("order__started_at", "pk"))
    own = Order.objects.visible_to(person, at=at).filter(state=State.STARTED)
    open_ones = set(own.filter(pk__in=[part.order_id for part in found]).values_list("pk", flat=True))
    earlier = []
    for part in found:
        book, order, since = part.payment_book_id, part.order, at - FRESH
        is_more = parts[book] > statements[book].amount_due
        if part.counted_on is None or is_more or max(order.started_at, order.received_at or since) > since:
            moment = order.received_at if part.counted_on and order.received_at else order.started_at
            number = order.number if order.pk in open_ones else ""
            earlier.append(Earlier(book, part.amount, moment, part.counted_on is not None, number))
    return earlier


# ── What the provider says ──────────────────────────────────────────────────────────────────────


def take(*, provider: Provider, company_code: str, data: Mapping[str, str], at: datetime) -> Order | None:
    """Carry out a provider's notice; raise RefusedNotice when it is none, return nothing when there is no such order.

    A notice about an order that is not there stays so however often it comes: it is logged and taken.
    """
    event = provider.callback(company_code=company_code, data=data)
    order = Order.objects.filter(
        number=event.number, provider=provider.NAME, managing_company__company_code=company_code
    ).first()
    if order is None:
        log.error("notice about an order that is not there", extra={"order": event.number})
        return None
    return advance(order=order, event=event, at=at)


def ask(*, order: Order, at: datetime) -> Order:
    """Ask the provider about an order that has no answer yet, and carry out what it says."""
    provider = provider_named(order.provider)
    event = provider.status(order=order) if provider and order.state == State.STARTED else None
    return advance(order=order, event=event, at=at) if event else order


def ask_about_unanswered(*, at: datetime) -> None:
    """Ask about every order without an answer; one that has waited too long was not paid."""
    waiting = Order.objects.filter(state=State.STARTED, started_at__lt=at - _ANSWERS_BY_ITSELF)
    for order in waiting.select_related("managing_company").order_by("started_at")[:_MOST_ASKED]:
        if ask(order=order, at=at).state == State.STARTED and order.started_at < at - LAPSES:
            event = Event(
                number=order.number,
                outcome=Outcome.FAILED,
                amount=order.amount,
                currency=CURRENCY,
                is_test=order.is_test,
            )
            advance(order=order, event=event, at=at)


def advance(*, order: Order, event: Event, at: datetime) -> Order:
    """Move an order to where the provider's news puts it, and return it; the same news again changes nothing.

    Paid stays paid. An order that failed may still be paid: banks take a second try under the same number.
    """
    with transaction.atomic():
        locked = _locked(order)
        if event.outcome == Outcome.PAID and locked.state in {State.STARTED, State.FAILED}:
            _paid(locked, event, at)
        elif event.outcome == Outcome.FAILED and locked.state == State.STARTED:
            _move(locked, State.FAILED, at)
        elif event.outcome == Outcome.REFUNDED and locked.state == State.RECEIVED:
            _review(locked, Reason.REFUNDED, event, at)
    return locked


def _paid(order: Order, event: Event, at: datetime) -> None:
    reason = _difference(order, event)
    order.provider_reference = event.reference
    if reason is None:
        _receive(order, at)
    elif order.settled_by_id is None:
        # Whoever of the staff looked into it has answered the same notice already.
        _review(order, reason, event, at)


def _difference(order: Order, event: Event) -> Order.Reason | None:
    if event.is_test != order.is_test:
        return Reason.TEST
    if event.currency != CURRENCY:
        return Reason.CURRENCY
    return Reason.AMOUNT if event.amount != order.amount else None


def _receive(order: Order, at: datetime) -> None:
    """Let each part count, but for those that the accounting has posted already."""
    posted = _rows_of([order]).values_list("payment_book", flat=True)
    today = timezone.localdate(at)
    order.parts.exclude(payment_book__in=list(posted)).update(counted_on=today)
    order.received_at = at
    _move(order, State.RECEIVED, at)


def _review(order: Order, reason: Order.Reason, event: Event | None, at: datetime) -> None:
    if event is not None:
        order.said = event.said
    _move(order, State.NEEDS_REVIEW, at, reason)


# ── What the accounting says ────────────────────────────────────────────────────────────────────


def post_named(*, company: int, numbers: Iterable[str], at: datetime) -> None:
    """Let the accounting's payments that name these orders count instead of them, whatever the provider said.

    What still counts of an order is never more than what is not posted of it; another sum or book needs review.
    """
    named = Order.objects.select_for_update().filter(managing_company=company, number__in=list(numbers))
    orders = list(named.exclude(state=State.POSTED).order_by("pk"))
    paid: dict[str, dict[int, Decimal]] = {order.number: {} for order in orders}
    rows = _rows_of(orders).values_list("order_id", "payment_book").annotate(Sum("amount")).order_by()
    for number, book, amount in rows:
        paid[number][book] = amount
    for order in orders:
        if paid[order.number]:
            _post(order, paid[order.number], at)


def _post(order: Order, paid: dict[int, Decimal], at: datetime) -> None:
    amounts = dict(order.parts.values_list("payment_book", "amount"))
    waiting = {book: amount for book, amount in amounts.items() if book not in paid}
    is_too_much = sum(waiting.values(), ZERO) > order.amount - sum(paid.values(), ZERO)
    order.parts.filter(payment_book__in=amounts if is_too_much else paid).update(counted_on=None)
    if is_too_much or any(amounts.get(book) != amount for book, amount in paid.items()):
        _review(order, Reason.POSTED_OTHERWISE, None, at)
    elif not waiting:
        _move(order, State.POSTED, at)


def _rows_of(orders: Iterable[Order]) -> Any:
    named = list(orders)
    companies = {order.managing_company_id for order in named}
    return Payment.objects.filter(
        managing_company__in=companies, order_id__in=[order.number for order in named]
    )


# ── What the staff say ──────────────────────────────────────────────────────────────────────────


def settle(*, order: Order, is_paid: bool, note: str, by: Any, at: datetime) -> Order:
    """Decide about an order that needs review, with the reason: the money came, or the order is closed.

    Raise ValidationError: settled_meanwhile, no_reason, already_posted.
    """
    if not note.strip():
        raise ValidationError(_("Write the reason."), "no_reason")
    with transaction.atomic():
        locked = _locked(order)
        if locked.state != State.NEEDS_REVIEW:
            raise ValidationError(_("This order was settled meanwhile."), "settled_meanwhile")
        is_posted = _rows_of([locked]).exists()
        if is_paid and is_posted:
            raise ValidationError(
                _("The accounting has posted payments of this order: what they say counts. Close the order."),
                "already_posted",
            )
        locked.note, locked.settled_by = note.strip(), by
        if is_paid:
            _receive(locked, at)
        else:
            locked.parts.update(counted_on=None)
            _move(locked, State.POSTED if is_posted else State.FAILED, at)
    return locked


def _locked_books(**which: Any) -> Any:
    # A file that brings invoices meanwhile may go on: nothing of the book's own changes.
    return PaymentBook.objects.select_for_update(no_key=True).filter(**which)


def _locked(order: Order) -> Order:
    return Order.objects.select_for_update().get(pk=order.pk)


def _move(order: Order, state: Order.State, at: datetime, reason: Order.Reason | None = None) -> None:
    order.state, order.changed_at, order.reason = state, at, reason or ""
    order.save()
