"""How to pay from a bank's app: the QR code, and the plain details beside it for those who type."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from lithuanian.numbers import money, round_cents
from printing.qr import epc_payload, qr_svg
from properties.models import ManagingCompany

from .references import grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToPay:
    """One payment, ready for a page or for paper; what ends in `_plain` is what a copy button copies."""

    beneficiary: str
    iban: str
    iban_plain: str
    reference: str
    reference_plain: str
    amount: str
    amount_plain: str
    # Empty where a bank's app would not take it; the details still hold.
    qr: str
    qr_label: str


def how_to_pay(*, company: ManagingCompany, reference: str, amount: Decimal) -> HowToPay | None:
    """Return how to pay this amount with this reference; nothing where there is nothing to pay or no account."""
    if amount <= 0 or not company.iban:
        return None
    beneficiary = company.beneficiary_name or company.name
    label = _("QR code of the payment: %(amount)s, beneficiary %(beneficiary)s") % {
        "amount": money(amount),
        "beneficiary": beneficiary,
    }
    return HowToPay(
        beneficiary=beneficiary,
        iban=grouped(company.iban),
        iban_plain=company.iban,
        reference=grouped(reference),
        reference_plain=reference,
        amount=money(amount),
        amount_plain=f"{round_cents(amount):f}".replace(".", ","),
        qr=_qr(company, beneficiary, reference, amount, label),
        qr_label=label,
    )


def _qr(company: ManagingCompany, beneficiary: str, reference: str, amount: Decimal, label: str) -> str:
    try:
        payload = epc_payload(beneficiary=beneficiary, iban=company.iban, amount=amount, reference=reference)
    except ValueError:
        return ""
    return qr_svg(payload=payload, label=label)
