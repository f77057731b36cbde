"""What a payment book owes and which invoices are open: the rule in Python; statements.py is its SQL twin."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .models import Balance, Invoice, Payment

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What one book owes: the parts of `opening_due` and `open_parts` add up to amount_due, always."""

    balance: Decimal
    opening_due: Decimal
    # By number of each counted invoice.
    open_parts: dict[str, Decimal]


def amount_due(*, balance: Decimal) -> Decimal:
    """Return what is to be paid, never below zero."""
    return max(balance, ZERO)


def credit(*, balance: Decimal) -> Decimal:
    """Return what was paid too much, never below zero; it does not lower what other books owe."""
    return max(-balance, ZERO)


def settle(
    *, opening: Balance | None, invoices: Iterable[Invoice], payments: Iterable[Payment], today: date
) -> Settlement:
    """Return the balance of one book and the open part of each counted invoice; no order of rows matters.

    A payment settles the invoice it names, up to what that invoice charges. The rest of it, payments that
    name none, credit notes and credit of the opening entry are one pool: it pays the opening debt first,
    then invoices by due date and number. A pool below zero (refunds) is owed together with the opening debt.
    """
    counted = [invoice for invoice in invoices if _is_counted(invoice, opening, today)]
    received = [payment for payment in payments if opening is None or payment.paid_on > opening.as_of_on]
    entry = ZERO if opening is None else opening.amount

    pool = sum((payment.amount for payment in received), ZERO) + max(-entry, ZERO)
    named: dict[str, Decimal] = {}
    for payment in received:
        named[payment.invoice_number] = named.get(payment.invoice_number, ZERO) + payment.amount
    unsettled: dict[str, Decimal] = {}
    for invoice in sorted(counted, key=lambda invoice: (invoice.due_on, invoice.number)):
        charged = max(invoice.charged, ZERO)
        settled = min(max(named.get(invoice.number, ZERO), ZERO), charged)
        unsettled[invoice.number] = charged - settled
        pool -= settled + min(invoice.charged, ZERO)

    opening_debt = max(entry, ZERO)
    opening_due = max(opening_debt - pool, ZERO)
    pool = max(pool - opening_debt, ZERO)
    open_parts: dict[str, Decimal] = {}
    for number, rest in unsettled.items():
        settled = min(rest, pool)
        open_parts[number] = rest - settled
        pool -= settled
    return Settlement(
        balance=entry + sum((i.charged for i in counted), ZERO) - sum((p.amount for p in received), ZERO),
        opening_due=opening_due,
        open_parts=open_parts,
    )


def _is_counted(invoice: Invoice, opening: Balance | None, today: date) -> bool:
    return (
        invoice.status == Invoice.Status.LIVE
        and not invoice.is_held
        and invoice.issued_on <= today
        and (opening is None or invoice.issued_on > opening.as_of_on)
    )


def state_of(*, invoice: Invoice, open_part: Decimal, opening_on: date | None, today: date) -> InvoiceState:
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
