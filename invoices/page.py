"""The page of one invoice, put together: the bill, why it is what it is, the readings behind it, how to pay."""

from datetime import date
from typing import Any

from meters.consumption import months_of_meters
from properties.capabilities import Capability
from properties.objects import OwnObject

from .amounts import ZERO
from .behind import Behind, behind
from .bill import bill_of
from .models import Invoice, Line
from .months import months_of
from .paying import HowToPay, how_to_pay
from .references import reference_for_invoice
from .statements import Statement, statements_of
from .why import why_of
from .wording import pdf_url


def page_of(*, invoice: Invoice, own: OwnObject, today: date) -> dict[str, Any]:
    """Return what the page shows of an invoice, read with its months, book and company, to a person of this object.

    Makes its payment reference when something is left to pay and it has none yet.
    """
    months = months_of(invoice)
    lines = [line for line in months.lines.get(invoice.period, ()) if line.invoice_id == invoice.pk]
    statement = statements_of(books=[own.book.pk], today=today)[own.book.pk]
    is_explained = invoice.status == Invoice.Status.LIVE
    return {
        "bill": bill_of(invoice=invoice, lines=lines, statement=statement, today=today),
        "why": why_of(invoice=invoice, months=months) if is_explained else None,
        "behind": _behind(invoice, lines, own) if is_explained else [],
        "way": _way(invoice, statement, own),
        "pdf_url": pdf_url(invoice.pk),
    }


def _behind(invoice: Invoice, lines: list[Line], own: OwnObject) -> list[Behind]:
    metered = [line for line in lines if line.meter_type]
    if not metered or Capability.SEE_READINGS not in own.may:
        return []
    months = months_of_meters(payment_book=own.book.pk, period=invoice.period)
    return behind(lines=metered, months=months, book=own.book.pk)


def _way(invoice: Invoice, statement: Statement, own: OwnObject) -> HowToPay | None:
    company = invoice.payment_book.managing_company
    open_part = next((row.open_part for row in statement.unpaid if row.id == invoice.pk), ZERO)
    if not open_part or not company.iban or Capability.PAY not in own.may:
        return None
    return how_to_pay(company=company, reference=reference_for_invoice(invoice=invoice), amount=open_part)
