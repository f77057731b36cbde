"""An invoice as a document: what its page says, laid out for paper, with the QR code beside the details."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lithuanian.dates import for_month, long_day
from lithuanian.numbers import NO_BREAK_SPACE, decimal_words
from printing.pdf import pdf_of

from .amounts import ZERO, InvoiceState
from .bill import Bill, Fact, bill_of
from .models import Invoice, Line
from .paying import HowToPay, how_to_pay
from .references import reference_for_invoice
from .statements import Statement
from .wording import PaymentDetails


def invoice_pdf(*, invoice: Invoice, address: str, statement: Statement, today: date) -> bytes:
    """Return the invoice as a tagged PDF in the active language, as it stands today.

    Makes its payment reference when something is left to pay and it has none yet.
    """
    lines = list(invoice.lines.all())
    bill = bill_of(invoice=invoice, lines=lines, statement=statement, today=today)
    way = _way_of(invoice, statement)
    number = _("Invoice No. %(number)s") % {"number": invoice.number}
    company = invoice.payment_book.managing_company
    data = {
        "title": number,
        "author": company.name,
        "issuer_name": company.name,
        "heading": _("Invoice %(month)s") % {"month": for_month(invoice.period, with_year=True)},
        "address": address,
        "stamp": _stamp(bill),
        "amount_label": bill.amount_label,
        "amount": bill.amount,
        "remarks": [bill.tag.text, *bill.remarks],
        "explanation": bill.explanation,
        "lines_heading": _("What you pay for"),
        **_table(bill, lines),
        "charged_label": _("All lines incl. VAT, €"),
        "charged": bill.charged,
        "sums": _facts(bill.sums),
        "pay": _pay(bill.pay, way),
        "facts_heading": _("Invoice data"),
        "facts": _facts(bill.facts),
        "issuer": _("Issued by %(issuer)s") % {"issuer": _with_whole_phone(bill.issuer, company.phone)},
        "footer": " · ".join([number, _("drawn up on %(day)s") % {"day": long_day(today)}]),
        "page": _("Page {page} of {pages}"),
    }
    language = get_language() or settings.LANGUAGE_CODE
    return pdf_of(
        template="bill", language=language, data=data, pictures={"qr": way.qr} if way and way.qr else {}
    )


def _with_whole_phone(words: str, phone: str) -> str:
    """Return the words with a number that is never broken between two lines."""
    return words.replace(phone, phone.replace(" ", NO_BREAK_SPACE))


def _way_of(invoice: Invoice, statement: Statement) -> HowToPay | None:
    open_part = next((row.open_part for row in statement.unpaid if row.id == invoice.pk), ZERO)
    company = invoice.payment_book.managing_company
    if not open_part or not company.iban:
        return None
    return how_to_pay(company=company, reference=reference_for_invoice(invoice=invoice), amount=open_part)


def _stamp(bill: Bill) -> str:
    """Return what must not be overlooked on paper."""
    cancelled = bill.tag.text if bill.state == InvoiceState.CANCELLED else ""
    return " · ".join(words for words in (cancelled, bill.corrected) if words)


def _table(bill: Bill, lines: list[Line]) -> dict[str, list[Any]]:
    """Return columns and cells, with those of VAT where a line has any."""
    has_vat = any(line.vat_rate is not None or line.vat_amount is not None for line in lines)
    vat = [_("VAT %"), _("VAT, €")] if has_vat else []
    rows = [
        [said.service, said.quantity, said.price, *(_vat(line) if has_vat else []), said.amount]
        for said, line in zip(bill.lines, lines, strict=True)
    ]
    return {
        "columns": [_("Service"), _("Quantity"), _("Price, €"), *vat, _("Amount, €")],
        "lines": rows,
    }


def _vat(line: Line) -> list[str]:
    return [
        "" if line.vat_rate is None else decimal_words(line.vat_rate, 0, 2),
        "" if line.vat_amount is None else decimal_words(line.vat_amount, 2, 2),
    ]


def _pay(details: PaymentDetails | None, way: HowToPay | None) -> dict[str, Any] | None:
    if details is None:
        return None
    if way is None:
        words = _("%(company)s has not given its account number. Ask how to pay: %(phone)s")
        about = {"company": details.company, "phone": details.phone}
        return {"heading": details.heading, "words": words % about, "alt": "", "facts": []}
    facts = [
        Fact(_("Beneficiary"), way.beneficiary),
        Fact(_("Account (IBAN)"), way.iban),
        Fact(_("Payment reference"), way.reference),
        Fact(_("Amount"), way.amount),
        Fact(_("Payer code"), details.payer_code),
        Fact(_("Pay by"), details.pay_by),
    ]
    if not way.qr:
        return {"heading": details.heading, "words": "", "alt": "", "facts": _facts(facts)}
    return {
        "heading": _("Pay with your bank's app"),
        "words": _(
            "Open your bank's app, choose “Scan QR” and point it at the code. "
            "The amount and the payment reference fill themselves in."
        ),
        "alt": way.qr_label,
        "facts": _facts(facts),
    }


def _facts(facts: Any) -> list[dict[str, str]]:
    return [{"label": fact.label, "value": fact.value} for fact in facts]
