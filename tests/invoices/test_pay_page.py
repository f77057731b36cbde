"""„Apmokėti“: QR codes and bank details of each object, and of all objects of one company at once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from invoices.models import PaymentReference
from invoices.references import find
from properties.models import PaymentBook
from tests.factories import AccessFactory, BookFactory, CompanyFactory, InvoiceFactory
from tests.invoices.test_pages import seen

ClientFor = Callable[[User], Client]
IBAN = "LT121000011101001000"


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(datetime(2026, 11, 22, 10, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def book(book: PaymentBook) -> PaymentBook:
    book.managing_company.iban = IBAN
    book.managing_company.beneficiary_name = "„Kiemo namai Pajūris“, UAB"
    book.managing_company.save()
    return book


def owe(book: PaymentBook, amount: str) -> None:
    InvoiceFactory(payment_book=book, charged=amount)


def another(book: PaymentBook, holder: User, **fields: Any) -> PaymentBook:
    other: PaymentBook = BookFactory(**{"managing_company": book.managing_company, **fields})
    AccessFactory(person=holder, payment_book=other)
    return other


def codes(client: Client, address: str = "/invoices/pay") -> list[str]:
    """Return what the copy buttons of the page copy, without the beneficiary and the account."""
    body = client.get(address).content.decode()
    return [text for text in re.findall(r'data-copy="([^"]*)"', body) if text != IBAN and "UAB" not in text]


def test_one_object_is_paid_with_its_lasting_reference(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    owe(book, "61.94")
    client = client_for(holder)
    page = seen(client, "/invoices/pay")
    assert "Gavėjas „Kiemo namai Pajūris“, UAB Kopijuoti" in page
    assert "Sąskaita (IBAN) LT12 1000 0111 0100 1000 Kopijuoti" in page
    assert "Visi objektai" not in page
    reference, amount = codes(client)
    assert amount == "61,94"
    found = find(company=book.managing_company, reference=reference)
    assert found == PaymentReference.objects.get(payment_book=book)
    assert codes(client) == [reference, amount]


def test_objects_of_one_company_are_paid_together_or_each(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    second = another(book, holder)
    elsewhere = another(book, holder, managing_company=CompanyFactory(iban=""))
    owe(book, "61.94")
    owe(second, "10.06")
    owe(elsewhere, "5.00")
    client = client_for(holder)
    together, total, first, first_amount, other, other_amount = codes(client)
    assert (total, {first_amount, other_amount}) == ("72,00", {"61,94", "10,06"})
    found = find(company=book.managing_company, reference=together)
    assert found is not None
    assert {part.payment_book_id: part.amount for part in found.parts.all()} == {
        book.pk: Decimal("61.94"),
        second.pk: Decimal("10.06"),
    }
    assert len({together, first, other}) == 3
    assert "sąskaitos numerio nenurodė" in seen(client, "/invoices/pay")
    assert codes(client, f"/invoices/pay?object={second.pk}") == [other, "10,06"]


def test_nothing_owed_is_said_and_makes_nothing(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    page = seen(client_for(holder), "/invoices/pay")
    assert "Šiuo metu mokėti nereikia." in page
    assert PaymentReference.objects.count() == 0


def test_whoever_may_pay_sees_how_and_nobody_else(
    request: pytest.FixtureRequest, client_for: ClientFor, book: PaymentBook
) -> None:
    owe(book, "61.94")
    actors = ("holder", "co_holder", "guest", "guest_pays", "guest_declares", "revoked_guest", "stranger")
    found = {who: "61,94" in codes(client_for(request.getfixturevalue(who))) for who in actors}
    assert found == {who: who in {"holder", "co_holder", "guest", "guest_pays"} for who in actors}


def test_another_persons_object_is_not_there(
    client_for: ClientFor, holder: User, stranger: User, book: PaymentBook
) -> None:
    theirs = stranger.accesses.get().payment_book
    assert client_for(holder).get(f"/invoices/pay?object={book.pk}").status_code == 200
    assert client_for(holder).get(f"/invoices/pay?object={theirs.pk}").status_code == 404


def test_costs_the_same_for_one_object_and_for_three(
    client_for: ClientFor, holder: User, book: PaymentBook, django_assert_num_queries: Any
) -> None:
    """Session, person, objects, statements, the references of the books, and the one of all of them."""
    client = client_for(holder)
    owe(book, "1.00")
    client.get("/invoices/pay")
    with django_assert_num_queries(5):
        client.get("/invoices/pay")
    for _ in range(2):
        owe(another(book, holder), "2.00")
    client.get("/invoices/pay")
    with django_assert_num_queries(7):
        client.get("/invoices/pay")
