"""What a payment book owes and which invoices are open: the rule in Python; statements.py is its SQL twin."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .models import Balance, Invoice, OrderPart, Payment

ZERO = Decimal("0.00")


class InvoiceState(TextChoices):
    """How an invoice stands today; derived, never stored."""

    PAID = "paid", _("Paid")
    UNPAID = "unpaid", _("Unpaid")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    OVERDUE = "overdue", _("Overdue")
    CREDIT_NOTE = "credit_note", _("Credit note")
    CANCELLED = "cancelled", _("Cancelled")
    # Issued up to the day of the opening entry, which already holds what was owed for it.
    IN_OPENING_BALANCE = "in_opening_balance", _("In the previous balance")


@dataclass(frozen=True, slots=True)
class Part:
    """What was paid of one invoice, or of the debt from before the first of them, which has no number."""

    number: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ShownInvoice:
    """An invoice that residents may see, whatever its state."""

    id: int
    book_id: int
    period: date
    issued_on: date
    due_on: date
    charged: Decimal
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What one book owes: the parts of `opening_due` and `open_parts` add up to amount_due, always."""

    balance: Decimal
    opening_due: Decimal
    # By number of each counted invoice.
    open_parts: dict[str, Decimal]
    # By id of each counted payment; what its parts lack of its amount is credit, or was paid back.
    settled_by: dict[int, list[Part]]
    # The same by id of each part of an order that was received and is not posted yet.
    settled_by_orders: dict[int, list[Part]]


@dataclass(slots=True)
class _Fund:
    """Money that pays: what is left of it, and what it has paid so far."""

    left: Decimal
    parts: list[Part] = field(default_factory=list)


def amount_due(*, balance: Decimal) -> Decimal:
    """Return what is to be paid, never below zero."""
    return max(balance, ZERO)


def credit(*, balance: Decimal) -> Decimal:
    """Return what was paid too much, never below zero; it does not lower what other books owe."""
    return max(-balance, ZERO)


def settle(
    *,
    opening: Balance | None,
    invoices: Iterable[Invoice],
    payments: Iterable[Payment],
    orders: Iterable[OrderPart] = (),
    today: date,
) -> Settlement:
    """Return the balance of one book and the open part of each counted invoice; no order of rows matters.

    A payment settles the invoice it names, up to what that invoice charges. The rest of it, payments that
    name none, credit notes and credit of the opening entry are one pool: it pays the opening debt first,
    then invoices by due date and number. A pool below zero (refunds) is owed together with the opening debt.
    `orders` are parts of orders: what counts of them names no invoice, and counts whatever day the opening
    entry is of, since the accounting has not entered it.
    """
    counted = sorted(
        (invoice for invoice in invoices if _is_counted(invoice, opening, today)),
        key=lambda invoice: (invoice.due_on, invoice.number),
    )
    received = sorted(
        (payment for payment in payments if opening is None or payment.paid_on > opening.as_of_on),
        key=lambda payment: (payment.paid_on, payment.pk or 0),
    )
    online = sorted(
        (part for part in orders if part.counted_on is not None),
        key=lambda part: (part.counted_on, part.pk or 0),
    )
    entry = ZERO if opening is None else opening.amount
    debts = {"": max(entry, ZERO)} | {invoice.number: max(invoice.charged, ZERO) for invoice in counted}
    funds = [_Fund(max(payment.amount, ZERO)) for payment in received]
    online_funds = [_Fund(part.amount) for part in online]

    paid_by_name = ZERO
    for invoice in counted:
        named = [place for place, payment in enumerate(received) if payment.invoice_number == invoice.number]
        net = sum((received[place].amount for place in named), ZERO)
        paid_by_name += _pay(debts, [invoice.number], [funds[place] for place in named], limit=net)
    credits = [_Fund(max(-amount, ZERO)) for amount in (entry, *(invoice.charged for invoice in counted))]
    received_sum = sum((payment.amount for payment in received), ZERO)
    received_sum += sum((part.amount for part in online), ZERO)
    pool = received_sum + sum((fund.left for fund in credits), ZERO) - paid_by_name
    _pay(debts, list(debts), [*credits, *funds, *online_funds], limit=pool)

    return Settlement(
        balance=entry + sum((invoice.charged for invoice in counted), ZERO) - received_sum,
        opening_due=debts.pop("") + max(-pool, ZERO),
        open_parts=debts,
        settled_by={payment.pk: fund.parts for payment, fund in zip(received, funds, strict=True)},
        settled_by_orders={part.pk: fund.parts for part, fund in zip(online, online_funds, strict=True)},
    )


def _pay(debts: dict[str, Decimal], numbers: Iterable[str], funds: list[_Fund], *, limit: Decimal) -> Decimal:
    """Let funds in turn pay these debts in turn, up to a limit; return how much was paid."""
    paid = ZERO
    for number in numbers:
        for fund in funds:
            amount = min(debts[number], fund.left, limit - paid)
            if amount > 0:
                debts[number] -= amount
                fund.left -= amount
                fund.parts.append(Part(number, amount))
                paid += amount
    return paid


def _is_counted(invoice: Invoice, opening: Balance | None, today: date) -> bool:
    return (
        invoice.status == Invoice.Status.LIVE
        and not invoice.is_held
        and invoice.issued_on <= today
        and (opening is None or invoice.issued_on > opening.as_of_on)
    )


def state_of(
    *, invoice: Invoice | ShownInvoice, open_part: Decimal, opening_on: date | None, today: date
) -> InvoiceState:
    """Return how an invoice stands; `opening_on` is the day of its book's opening entry, if there is one."""
    if invoice.status == Invoice.Status.CANCELLED:
        return InvoiceState.CANCELLED
    if opening_on is not None and invoice.issued_on <= opening_on:
        return InvoiceState.IN_OPENING_BALANCE
    if open_part > 0:
        if invoice.due_on < today:
            return InvoiceState.OVERDUE
        return InvoiceState.UNPAID if open_part == invoice.charged else InvoiceState.PARTLY_PAID
    return InvoiceState.CREDIT_NOTE if invoice.charged < 0 else InvoiceState.PAID
