"""„Mokėjimai“: what was received for one's objects, and what each payment settled."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from properties.models import PaymentBook
from tests.factories import AccessFactory, BalanceFactory, BookFactory, InvoiceFactory, PaymentFactory
from tests.invoices.test_pages import seen

TODAY = date(2026, 11, 22)
ClientFor = Callable[[User], Client]


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(datetime(2026, 11, 22, 10, tzinfo=UTC), tick=False):
        yield


def paid(book: PaymentBook, amount: str, *, ago: int = 10, **fields: Any) -> Any:
    return PaymentFactory(
        payment_book=book, amount=amount, paid_on=TODAY - timedelta(days=ago), **{"note": "", **fields}
    )


def test_says_what_each_payment_settled(client_for: ClientFor, holder: User, book: PaymentBook) -> None:
    BalanceFactory(payment_book=book, amount="5.00", as_of_on=date(2026, 8, 31))
    invoice = InvoiceFactory(
        payment_book=book,
        number="KN-1",
        issued_on=date(2026, 10, 5),
        due_on=date(2026, 10, 31),
        charged="50.00",
    )
    paid(book, "7.00", ago=100, bank_reference="SENAS")
    paid(book, "60.00", ago=20, bank_reference="NAUJAS", note="Už butą", payer_name="Ona Bandomoji")
    paid(book, "-2.00", ago=1)
    page = seen(client_for(holder), "/invoices/payments")
    assert "Beržyno g. 8-15 Grąžinta – 2,00\xa0€ −2,00\xa0€" in page
    assert (
        "2026 m. lapkričio 2 d. Beržyno g. 8-15 Ankstesnis likutis – 5,00\xa0€ Sąskaita už rugsėjį – 50,00\xa0€ "
        "Permoka – 3,00\xa0€ Grąžinta – 2,00\xa0€ 60,00\xa0€ Kvitas"
    ) in page
    assert "Banko nuoroda NAUJAS Mokėjimo paskirtis Už butą Mokėtojas Ona Bandomoji" in page
    assert "Įskaičiuota į ankstesnį likutį – 7,00\xa0€" in page
    assert f'href="/invoices/{invoice.pk}"' in client_for(holder).get("/invoices/payments").content.decode()


def test_shows_payments_to_those_who_see_invoices_and_the_payer_to_holders(
    request: pytest.FixtureRequest, client_for: ClientFor, book: PaymentBook
) -> None:
    paid(book, "60.00", bank_reference="NAUJAS", payer_name="Ona Bandomoji")
    found = {}
    for who in ("holder", "co_holder", "guest", "guest_pays", "guest_declares", "revoked_guest", "stranger"):
        page = seen(client_for(request.getfixturevalue(who)), "/invoices/payments")
        found[who] = ("NAUJAS" in page, "Ona Bandomoji" in page)
    of_holder, of_guest, of_stranger = (True, True), (True, False), (False, False)
    assert found == {
        "holder": of_holder,
        "co_holder": of_holder,
        "guest": of_guest,
        "guest_pays": of_guest,
        "guest_declares": of_stranger,
        "revoked_guest": of_stranger,
        "stranger": of_stranger,
    }


def test_another_persons_object_is_not_there(
    client_for: ClientFor, holder: User, stranger: User, book: PaymentBook
) -> None:
    theirs = stranger.accesses.get().payment_book
    assert client_for(holder).get(f"/invoices/payments?object={book.pk}").status_code == 200
    assert client_for(holder).get(f"/invoices/payments?object={theirs.pk}").status_code == 404


def test_pages_hold_each_payment_once(client_for: ClientFor, holder: User, book: PaymentBook) -> None:
    for n in range(60):
        paid(book, "1.00", ago=n // 7, bank_reference=f"NR{n:02}")
    client, address, pages = client_for(holder), "/invoices/payments", []
    while address:
        response = client.get(address)
        pages.append([receipt.facts[0].value for receipt in response.context["receipts"]])
        address = response.context["choices"].older
    assert [len(page) for page in pages] == [25, 25, 10]
    assert sorted(number for page in pages for number in page) == [f"NR{n:02}" for n in range(60)]


def test_costs_the_same_for_one_object_and_for_three(
    client_for: ClientFor, holder: User, book: PaymentBook, django_assert_num_queries: Any
) -> None:
    client = client_for(holder)
    client.get("/invoices/payments")
    for count in (1, 3):
        books: list[PaymentBook] = [
            book,
            *(BookFactory(managing_company=book.managing_company) for _ in range(count - 1)),
        ]
        for each in books[1:]:
            AccessFactory(person=holder, payment_book=each)
        for each in books:
            paid(each, "10.00", bank_reference=f"B{count}-{each.pk}")
        with django_assert_num_queries(6):
            client.get("/invoices/payments")
