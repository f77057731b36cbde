"""One invoice as it is read: what is charged for, how the total came about, how to pay it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lithuanian.dates import long_day, month_heading
from lithuanian.numbers import NO_BREAK_SPACE, decimal_words, money
from properties.models import ManagingCompany

from .amounts import ZERO, InvoiceState, state_of
from .models import Invoice, Line
from .statements import Statement
from .wording import PaymentDetails, Tag, overdue_words, payment_details, pending_words, tag_of, title_of


@dataclass(frozen=True, slots=True)
class BillLine:
    """One row of the table, in words."""

    service: str
    quantity: str
    price: str
    # „2,09 (21 %)“: the VAT in the amount and its rate, as much of it as the company sent.
    vat: str
    amount: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what stands below it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Everything that the page of one invoice says, in words."""

    title: str
    state: InvoiceState
    tag: Tag
    # What is left to pay, else what was charged.
    amount_label: str
    amount: str
    remarks: list[str]
    explanation: str
    corrected: str
    lines: list[BillLine]
    has_vat: bool
    charged: str
    sums: list[Fact]
    facts: list[Fact]
    pay: PaymentDetails | None
    issuer: str


def bill_of(*, invoice: Invoice, lines: Iterable[Line], statement: Statement, today: date) -> Bill:
    """Return the page of an invoice; its own printed total is shown as sent and counted nowhere."""
    lines = list(lines)
    open_part = next((row.open_part for row in statement.unpaid if row.id == invoice.pk), ZERO)
    state = state_of(invoice=invoice, open_part=open_part, opening_on=statement.opening_on, today=today)
    pay_amount = money(open_part)
    return Bill(
        title=title_of(invoice.period, today=today),
        state=state,
        tag=tag_of(state),
        amount_label=_("Amount due") if open_part else _("Charged"),
        amount=pay_amount if open_part else money(invoice.charged),
        remarks=list(_remarks(invoice, open_part, statement, today)),
        explanation=_explanation(state),
        corrected=_corrected_words(invoice),
        lines=[_line(line) for line in lines],
        has_vat=any(_vat_words(line) for line in lines),
        charged=decimal_words(invoice.charged - invoice.late_interest, 2, 2),
        sums=list(_sums(invoice, lines)),
        facts=list(_facts(invoice, is_open=bool(open_part))),
        pay=(
            payment_details(
                book=invoice.payment_book,
                purpose=invoice.number,
                amount=pay_amount,
                pay_by=long_day(invoice.due_on),
            )
            if open_part
            else None
        ),
        issuer=_issuer(invoice.payment_book.managing_company),
    )


def _remarks(invoice: Invoice, open_part: Decimal, statement: Statement, today: date) -> Iterable[str]:
    if not open_part:
        return
    if open_part != invoice.charged:
        yield _("Left to pay of %(amount)s.") % {"amount": money(invoice.charged)}
    if invoice.due_on < today:
        words = overdue_words(invoice.due_on, today=today)
        yield f"{capfirst(words)}."
    yield _("Pay by %(day)s.") % {"day": long_day(invoice.due_on)}
    if statement.pending:
        yield pending_words(statement.pending)


def _explanation(state: InvoiceState) -> str:
    if state == InvoiceState.CANCELLED:
        return _("The company cancelled this invoice. It does not have to be paid.")
    if state == InvoiceState.IN_OPENING_BALANCE:
        return _("What was owed for this invoice is part of the previous balance.")
    if state == InvoiceState.CREDIT_NOTE:
        return _("This invoice lowers what is to be paid for the object.")
    return ""


def _corrected_words(invoice: Invoice) -> str:
    if not invoice.is_revised:
        return ""
    if invoice.revised_at is None:
        return _("Corrected")
    return _("Corrected %(day)s") % {"day": long_day(timezone.localdate(invoice.revised_at))}


def _line(line: Line) -> BillLine:
    quantity = "" if line.quantity is None else decimal_words(line.quantity, 0, 6)
    return BillLine(
        service=line.service,
        quantity=f"{quantity} {line.unit}".strip() if quantity else "",
        price="" if line.unit_price is None else decimal_words(line.unit_price, 4, 6),
        vat=_vat_words(line),
        amount=decimal_words(line.amount, 2, 2),
    )


def _vat_words(line: Line) -> str:
    rate = "" if line.vat_rate is None else f"{decimal_words(line.vat_rate, 0, 2)}{NO_BREAK_SPACE}%"
    if line.vat_amount is None:
        return rate
    amount = decimal_words(line.vat_amount, 2, 2)
    return f"{amount} ({rate})" if rate else amount


def _sums(invoice: Invoice, lines: list[Line]) -> Iterable[Fact]:
    opening, received = invoice.opening_balance, invoice.received
    if opening is not None:
        yield Fact(_("Previous balance"), money(opening))
    if received is not None:
        yield Fact(_("Received"), money(received))
    if invoice.late_interest:
        yield Fact(_("Late interest"), money(invoice.late_interest))
    if any(line.vat_amount is not None for line in lines):
        yield Fact(_("VAT included"), money(sum((line.vat_amount or ZERO for line in lines), ZERO)))
    total = invoice.total
    if total is None:
        total = (opening or ZERO) - (received or ZERO) + invoice.charged
    yield Fact(_("Total"), money(total))


def _facts(invoice: Invoice, *, is_open: bool) -> Iterable[Fact]:
    book = invoice.payment_book
    yield Fact(pgettext("invoice", "Period"), month_heading(invoice.period))
    yield Fact(_("Invoice No."), invoice.number)
    yield Fact(_("Payer code"), book.payer_code)
    yield Fact(_("Issued"), long_day(invoice.issued_on))
    if not is_open:  # else it stands with the bank details
        yield Fact(_("Pay by"), long_day(invoice.due_on))
    yield Fact(_("Payer"), book.payer_name)


def _issuer(company: ManagingCompany) -> str:
    parts = [
        company.name,
        _("company code %(code)s") % {"code": company.company_code},
        company.vat_code and _("VAT code %(code)s") % {"code": company.vat_code},
        company.address,
        company.phone,
        company.email,
    ]
    return ", ".join(part for part in parts if part)
