"""What a person owes, ready to be paid from a bank's app: each object, and all of one company at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from lithuanian.numbers import money
from properties.contacts import Contact, contacts_of
from properties.models import ManagingCompany
from properties.objects import OwnObject

from .amounts import ZERO
from .paying import HowToPay, how_to_pay
from .references import reference_for_parts, references_for_books
from .statements import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPay:
    """One object with what is owed for it; no way where the company has not given its account number."""

    book: int
    address: str
    payer_code: str
    amount: str
    way: HowToPay | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCompany:
    """Everything owed to one company; together only where it is for several objects."""

    contact: Contact
    amount: str
    together: HowToPay | None
    count: int
    objects: list[ToPay]


def ways_to_pay(*, objects: Iterable[OwnObject], statements: dict[int, Statement]) -> list[OfCompany]:
    """Return what is owed for these objects, by company; makes the payment references that are not there yet."""
    owing: dict[ManagingCompany, list[tuple[OwnObject, Decimal]]] = {}
    for own in objects:
        due = statements[own.book.pk].amount_due
        if due:
            owing.setdefault(own.book.managing_company, []).append((own, due))
    return [
        _of_company(company, parts)
        for company, parts in sorted(owing.items(), key=lambda pair: (pair[0].sort_key, pair[0].pk))
    ]


def _of_company(company: ManagingCompany, parts: list[tuple[OwnObject, Decimal]]) -> OfCompany:
    total = sum((due for _own, due in parts), ZERO)
    references = references_for_books(company=company.pk, books=[own.book.pk for own, _due in parts])
    together = None
    if len(parts) > 1:
        amounts = {own.book.pk: due for own, due in parts}
        reference = reference_for_parts(company=company, parts=amounts)
        together = how_to_pay(company=company, reference=reference, amount=total)
    return OfCompany(
        contact=contacts_of(companies=[company])[0],
        amount=money(total),
        together=together,
        count=len(parts),
        objects=[
            ToPay(
                book=own.book.pk,
                address=own.address,
                payer_code=own.book.payer_code,
                amount=money(due),
                way=how_to_pay(company=company, reference=references[own.book.pk], amount=due),
            )
            for own, due in parts
        ],
    )
