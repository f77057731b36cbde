"""The page of one invoice, put together: the bill, why it is what it is, the readings behind it, how to pay."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lithuanian.dates import long_day
from meters.consumption import months_of_meters
from properties.capabilities import Capability
from properties.objects import OwnObject

from .amounts import ZERO
from .behind import Behind, behind
from .bill import bill_of
from .models import Invoice, Line, PayerLink
from .months import months_of
from .pay_page import online_url
from .payer_links import address_of
from .paying import HowToPay, how_to_pay
from .references import reference_for_invoice
from .statements import Statement, statements_of
from .why import why_of
from .wording import detail_url, pdf_url


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
        "way": way_to_pay(invoice, statement) if Capability.PAY in own.may else None,
        "link": _link(invoice, own),
        "make_link_url": f"{detail_url(invoice.pk)}/payer-link",
        "pdf_url": pdf_url(invoice.pk),
        "online_url": online_url(own=own, invoice=invoice.pk),
    }


def _behind(invoice: Invoice, lines: list[Line], own: OwnObject) -> list[Behind]:
    metered = [line for line in lines if line.meter_type]
    if not metered or Capability.SEE_READINGS not in own.may:
        return []
    months = months_of_meters(payment_book=own.book.pk, period=invoice.period)
    return behind(lines=metered, months=months, book=own.book.pk)


def open_part_of(invoice: Invoice, statement: Statement) -> Decimal:
    """Return what is left to pay of an invoice, by the statement of its book."""
    return next((row.open_part for row in statement.unpaid if row.id == invoice.pk), ZERO)


def way_to_pay(invoice: Invoice, statement: Statement) -> HowToPay | None:
    """Return how to pay what is left of an invoice; nothing when nothing is, or the company gave no account.

    Makes its payment reference when it has none yet.
    """
    company = invoice.payment_book.managing_company
    open_part = open_part_of(invoice, statement)
    if not open_part or not company.iban:
        return None
    return how_to_pay(company=company, reference=reference_for_invoice(invoice=invoice), amount=open_part)


def _link(invoice: Any, own: OwnObject) -> dict[str, Any] | None:
    """Return the holder's living link for somebody else who pays, in words."""
    if not own.is_held or invoice.payer_link is None:
        return None
    ends_at = datetime.fromisoformat(invoice.payer_link["made_at"]) + PayerLink.LASTS
    return {
        "pk": invoice.payer_link["pk"],
        "address": address_of(invoice.payer_link["pk"]),
        "ends": _("The link works until %(day)s, or until the invoice is paid.")
        % {"day": long_day(timezone.localdate(ends_at))},
    }
