"""What a person owes, ready to be paid: through a provider, or from a bank's app, each object and all at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from lithuanian.numbers import money
from properties.capabilities import Capability
from properties.contacts import Contact, contacts_of
from properties.models import ManagingCompany
from properties.objects import OwnObject

from .amounts import ZERO
from .forms import OrderForm
from .paying import HowToPay, how_to_pay
from .providers import provider_of
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
    # Nothing where the company takes no payments through a provider.
    form: OrderForm | None
    together: HowToPay | None
    count: int
    objects: list[ToPay]


def payable(objects: Iterable[OwnObject]) -> dict[int, OwnObject]:
    """Return the objects that the person may pay for, by the id of the book."""
    return {own.book.pk: own for own in objects if Capability.PAY in own.may}


def online_url(*, own: OwnObject, invoice: int) -> str:
    """Return where an invoice is paid through a provider; "" where it cannot be, by this person."""
    if Capability.PAY not in own.may or provider_of(own.book.managing_company) is None:
        return ""
    return f"{reverse('invoices:pay')}?invoice={invoice}"


def open_parts(*, statements: Mapping[int, Statement], invoice: int | None) -> dict[int, Decimal]:
    """Return what is left of this invoice by the id of its book; nothing where there is none, or it is paid."""
    return {
        row.book_id: row.open_part
        for statement in statements.values()
        for row in statement.unpaid
        if row.id == invoice
    }


def sent_form(
    *,
    objects: Iterable[OwnObject],
    statements: dict[int, Statement],
    only_part: Mapping[int, Decimal],
    data: Any,
) -> OrderForm | None:
    """Return the form of one company's objects as it was sent, with the rows that its page showed, if any are left.

    A row that was shown alone needs no tick; one of two still does when the other is gone meanwhile.
    """
    shown = set(data.getlist("shown"))
    rows = [own for own in objects if str(own.book.pk) in shown]
    if not rows:
        return None
    return OrderForm(
        data,
        objects=[(own, statements[own.book.pk]) for own in rows],
        company=rows[0].book.managing_company,
        has_ticks=len(shown) > 1,
        only_part=only_part,
    )


def ways_to_pay(
    *,
    objects: Iterable[OwnObject],
    statements: dict[int, Statement],
    only_part: Mapping[int, Decimal],
    form: OrderForm | None = None,
) -> list[OfCompany]:
    """Return what is owed for these objects, by company; makes the payment references that are not there yet.

    `only_part` is what the form offers of a book instead of all. `form` is one that was sent: it comes back as
    it was, also when nothing is owed any more.
    """
    owing: dict[ManagingCompany, list[tuple[OwnObject, Decimal]]] = {}
    for own in objects:
        due, company = statements[own.book.pk].amount_due, own.book.managing_company
        if due or (form is not None and own.book.pk in form.statements):
            owing.setdefault(company, []).append((own, due))
    return [
        _of_company(company, parts, _form(company, parts, statements, only_part, form))
        for company, parts in sorted(owing.items(), key=lambda pair: (pair[0].sort_key, pair[0].pk))
    ]


def _form(
    company: ManagingCompany,
    parts: list[tuple[OwnObject, Decimal]],
    statements: dict[int, Statement],
    only_part: Mapping[int, Decimal],
    sent: OrderForm | None,
) -> OrderForm | None:
    if sent is not None and sent.company == company:
        return sent
    if provider_of(company) is None:
        return None
    return OrderForm(
        objects=[(own, statements[own.book.pk]) for own, _due in parts],
        company=company,
        has_ticks=len(parts) > 1,
        only_part=only_part,
    )


def _of_company(
    company: ManagingCompany, every: list[tuple[OwnObject, Decimal]], form: OrderForm | None
) -> OfCompany:
    parts = [(own, due) for own, due in every if due]
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
        form=form,
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
