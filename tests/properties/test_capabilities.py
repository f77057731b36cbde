"""Who may do what: one table, read in Python by the pages and in SQL by the gates."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from properties.capabilities import TERMS, Capability
from properties.models import Access, PaymentBook
from properties.objects import objects_of
from tests.factories import AccessFactory, BookFactory, UserFactory

GRANTS: tuple[set[str], ...] = (
    {"holder"},
    {Access.Scope.ALL},
    {Access.Scope.DECLARE},
    {Access.Scope.INVOICES},
    {Access.Scope.DECLARE, Access.Scope.INVOICES},
)
SEEING = {Capability.SEE_OBJECT, Capability.SEE_INVOICES, Capability.SEE_READINGS}
WORKING = {Capability.PAY, Capability.DECLARE, Capability.ORDER}
OWNING = {Capability.SEE_ACCESS, Capability.SHARE, Capability.REMOVE}


def gates(person: Any, book: PaymentBook) -> set[Capability]:
    at = timezone.now()
    books = PaymentBook.objects.filter(pk=book.pk)
    return {capability for capability in Capability if books.visible_to(person, capability, at=at).exists()}


def person_with(grants: set[str], book: PaymentBook) -> Any:
    person = UserFactory()
    for grant in grants:
        held = AccessFactory(payment_book=book, **({"person": person} if grant == "holder" else {}))
        if grant != "holder":
            AccessFactory(person=person, payment_book=book, granted_by=held, scope=grant)
    return person


@pytest.mark.django_db
def test_the_page_and_the_gate_never_differ() -> None:
    """Every grant, open and closed books, owners and tenants; each also with its exact set."""
    today = timezone.localdate()
    for grants, role, days in product(GRANTS, PaymentBook.PayerRole, (None, 0, -1)):
        closed_on = None if days is None else today + timedelta(days=days)
        book = BookFactory(payer_role=role, closed_on=closed_on)
        person = person_with(grants, book)
        shown = {own.book.pk: set(own.may) for own in objects_of(user=person, at=timezone.now())}
        assert shown.get(book.pk, set()) == gates(person, book), (grants, role, days)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ({"holder"}, set(Capability)),
        ({Access.Scope.ALL}, SEEING | WORKING),
        (
            {Access.Scope.DECLARE},
            {Capability.SEE_OBJECT, Capability.SEE_READINGS, Capability.DECLARE},
        ),
        ({Access.Scope.INVOICES}, {Capability.SEE_OBJECT, Capability.SEE_INVOICES, Capability.PAY}),
        (
            {Access.Scope.DECLARE, Access.Scope.INVOICES},
            SEEING | {Capability.DECLARE, Capability.PAY},
        ),
    ],
)
def test_an_open_book_of_an_owner(grants: set[str], expected: set[Capability]) -> None:
    book = BookFactory()
    assert gates(person_with(grants, book), book) == expected


@pytest.mark.django_db
def test_a_tenants_book_does_not_vote() -> None:
    book = BookFactory(payer_role="tenant")
    assert gates(person_with({"holder"}, book), book) == set(Capability) - {Capability.VOTE}


@pytest.mark.django_db
def test_a_closed_book_is_read_paid_and_removed_by_its_holder_alone() -> None:
    book = BookFactory(closed_on=timezone.localdate() - timedelta(days=1))
    assert gates(person_with({"holder"}, book), book) == SEEING | {Capability.PAY, Capability.REMOVE}
    assert gates(person_with({Access.Scope.ALL}, book), book) == set()


@pytest.mark.django_db
def test_the_last_day_of_a_book_is_still_its_own() -> None:
    book = BookFactory(closed_on=timezone.localdate())
    assert gates(person_with({"holder"}, book), book) == set(Capability)


def test_every_capability_has_its_terms() -> None:
    assert set(TERMS) == set(Capability)
    assert {scope for terms in TERMS.values() for scope in terms.guests} == set(Access.Scope.values)
