"""The main window, as each person sees it."""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from invoices.models import Invoice
from properties.models import ManagingCompany, PaymentBook
from tests.factories import (
    AccessFactory,
    BalanceFactory,
    BookFactory,
    BuildingFactory,
    InvoiceFactory,
    PaymentFactory,
    PropertyFactory,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ClientFor = Callable[[User], Client]


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def section(body: str, begin: str) -> str:
    """Return one part of the page as a reader sees it: words with single spaces."""
    found = re.search(rf"<section[^>]*{begin}.*?</section>", body, re.S)
    if found is None:
        return ""
    text = html.unescape(re.sub(r"<[^>]+>", " ", found[0]))
    return re.sub(r"[ \n]+", " ", text).strip()


def due(client: Client) -> str:
    return section(client.get("/").content.decode(), 'class="due')


def tiles(client: Client) -> list[str]:
    body = client.get("/").content.decode()
    texts = [
        html.unescape(re.sub(r"<[^>]+>", " ", tile))
        for tile in re.findall(r"<article.*?</article>", body, re.S)
    ]
    return [re.sub(r"[ \n]+", " ", text).strip() for text in texts]


def bill(book: PaymentBook, charged: str, due_on: date, **fields: Any) -> Invoice:
    made: Invoice = InvoiceFactory(
        payment_book=book, charged=charged, issued_on=due_on.replace(day=5), due_on=due_on, **fields
    )
    return made


@pytest.fixture
def garage(company_b: ManagingCompany, holder: User) -> PaymentBook:
    street = BuildingFactory(managing_company=company_b, city="Kaunas", street="Topolių g.", house="11")
    place = PropertyFactory(building=street, kind="garage", unit="G7")
    second: PaymentBook = BookFactory(managing_company=company_b, payer_code="AK 7710-G7", premises=[place])
    AccessFactory(person=holder, payment_book=second)
    return second


def test_one_invoice_leads_to_its_bank_details(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    invoice = bill(book, "61.94", date(2026, 11, 30))
    client = client_for(holder)
    assert due(client) == "Mokėtina suma 61,94\u00a0€ Apmokėkite iki lapkričio 30 d. Apmokėti"
    body = client.get("/").content.decode()
    assert f'<a class="button" href="/invoices/{invoice.pk}#mokejimas">' in body
    assert "Laba diena!" in body
    assert "Sekmadienis, lapkričio 22 d." in body
    assert 'href="/client-information#knygeles"' in body


def test_several_are_added_up_and_lead_to_where_they_are_paid(
    client_for: ClientFor, holder: User, book: PaymentBook, garage: PaymentBook
) -> None:
    bill(book, "61.94", date(2026, 11, 30))
    bill(garage, "22.43", date(2026, 12, 2), period=date(2026, 11, 1))
    Invoice.objects.filter(payment_book=garage).update(issued_on=date(2026, 11, 20))
    client = client_for(holder)
    assert due(client) == "Mokėtina suma 84,37\u00a0€ Už 2 objektus. Apmokėkite iki lapkričio 30 d. Apmokėti"
    assert '<a class="button" href="/invoices/pay">' in client.get("/").content.decode()


def test_overdue_previous_balance_and_credit_are_said_plainly(
    client_for: ClientFor, holder: User, book: PaymentBook, garage: PaymentBook
) -> None:
    BalanceFactory(payment_book=book, as_of_on=date(2026, 9, 30), amount="10.00")
    bill(book, "20.00", date(2026, 10, 31))
    bill(book, "30.00", date(2026, 11, 30))
    PaymentFactory(payment_book=garage, amount="7.00")
    assert due(client_for(holder)) == (
        "Mokėtina suma 60,00\u00a0€ Už 1 objektą. Ankstesnis likutis: 10,00\u00a0€. "
        "Vėluoja 20,00\u00a0€ – reikėjo apmokėti iki spalio 31 d. "
        "Likusią dalį apmokėkite iki lapkričio 30 d. Permoka: 7,00\u00a0€. Apmokėti"
    )


def test_nothing_to_pay_is_said_without_a_button(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    bill(book, "20.00", date(2026, 10, 31))
    PaymentFactory(payment_book=book, amount="20.00")
    assert due(client_for(holder)) == "Mokėtina suma 0,00\u00a0€ Šiuo metu mokėti nereikia."


def test_each_object_has_its_own_state(
    client_for: ClientFor, holder: User, book: PaymentBook, garage: PaymentBook, company_a: ManagingCompany
) -> None:
    def another(unit: str, **fields: Any) -> PaymentBook:
        street = BuildingFactory(managing_company=company_a, street="Ramunių g.", house=unit)
        place = PropertyFactory(building=street, unit="1")
        made: PaymentBook = BookFactory(managing_company=company_a, premises=[place], **fields)
        AccessFactory(person=holder, payment_book=made)
        return made

    bill(book, "61.94", date(2026, 11, 30))
    bill(garage, "6.20", date(2026, 10, 31))
    PaymentFactory(payment_book=garage, amount="6.20")
    bill(another("2"), "9.00", date(2026, 10, 31))
    PaymentFactory(payment_book=another("3"), amount="9.00")
    another("10")
    closed = another("11", closed_on=date(2026, 6, 30))
    bill(closed, "5.00", date(2026, 6, 30))
    company = "Klaipėda UAB „Pajūrio namai“"
    assert tiles(client_for(holder)) == [
        f"Beržyno g. 8-15 {company} 61,94\u00a0€ Neapmokėta",
        f"Ramunių g. 2-1 {company} 9,00\u00a0€ Vėluoja",
        f"Ramunių g. 3-1 {company} 9,00\u00a0€ Permoka",
        f"Ramunių g. 10-1 {company} 0,00\u00a0€ Sąskaitų dar nėra",
        "Garažas, Topolių g. 11-G7 Kaunas UAB „Aukštumos namai“ 0,00\u00a0€ Apmokėta",
        f"Ramunių g. 11-1 {company} Uždaryta, paskutinė diena – 2026 m. birželio 30 d. 5,00\u00a0€ Vėluoja",
    ]


def test_the_newest_three_of_all_objects_with_their_state(
    client_for: ClientFor, holder: User, book: PaymentBook, garage: PaymentBook
) -> None:
    bill(book, "1.00", date(2026, 8, 31))
    bill(book, "2.00", date(2026, 9, 30))
    bill(garage, "3.00", date(2026, 10, 31))
    bill(book, "4.00", date(2026, 11, 30), is_held=True)
    bill(book, "5.00", date(2026, 11, 30))
    PaymentFactory(payment_book=book, amount="3.00")
    newest = section(client_for(holder).get("/").content.decode(), 'aria-labelledby="newest"')
    assert newest == (
        "Naujausios sąskaitos Visos sąskaitos "
        "Sąskaita už spalį Beržyno g. 8-15 5,00\u00a0€ Neapmokėta "
        "Sąskaita už rugsėjį Garažas, Topolių g. 11-G7 3,00\u00a0€ Vėluoja "
        "Sąskaita už rugpjūtį Beržyno g. 8-15 2,00\u00a0€ Apmokėta"
    )


def test_says_whose_data_are_how_fresh_and_whom_to_call(
    client_for: ClientFor,
    holder: User,
    book: PaymentBook,
    company_a: ManagingCompany,
    company_b: ManagingCompany,
) -> None:
    company_a.amounts_updated_at = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    company_a.save()
    contacts = section(client_for(holder).get("/").content.decode(), 'aria-labelledby="contacts"')
    assert "Duomenys atnaujinti 2026 m. lapkričio 22 d., 00:30" in contacts
    assert "UAB „Pajūrio namai“ +370 700 11111 namai@pajurio.example" in contacts
    assert "UAB „Aukštumos namai“" not in contacts


def test_a_guest_who_may_not_see_invoices_sees_the_object_without_amounts(
    client_for: ClientFor, guest: User, guest_declares: User, guest_pays: User, book: PaymentBook
) -> None:
    bill(book, "61.94", date(2026, 11, 30))
    for who in (guest, guest_pays):
        assert due(client_for(who)) == "Mokėtina suma 61,94\u00a0€ Apmokėkite iki lapkričio 30 d. Apmokėti"
    client = client_for(guest_declares)
    assert tiles(client) == [
        "Beržyno g. 8-15 Klaipėda UAB „Pajūrio namai“ Dalinasi: Birutė Pavyzdienė Galite tik deklaruoti skaitiklius.",
    ]
    body = client.get("/").content.decode()
    assert "61,94" not in body
    assert 'href="/invoices"' not in body
    assert 'href="/invoices"' not in client.get("/contacts").content.decode()
    assert 'href="/invoices"' in client_for(guest_pays).get("/contacts").content.decode()
    assert "Mokėtina suma" not in body
    assert "Naujausios sąskaitos" not in body


def test_a_right_that_ended_ends_on_the_next_request(
    client_for: ClientFor, guest: User, revoked_guest: User, book: PaymentBook
) -> None:
    bill(book, "61.94", date(2026, 11, 30))
    client = client_for(guest)
    assert len(tiles(client)) == 1
    assert tiles(client_for(revoked_guest)) == []
    granter = guest.accesses.get().granted_by
    assert granter is not None
    granter.ends_at = NOW - timedelta(seconds=1)
    granter.save()
    assert tiles(client) == []


def test_somebody_with_nothing_yet_is_helped(
    client_for: ClientFor, newcomer: User, company_a: ManagingCompany, company_b: ManagingCompany
) -> None:
    body = client_for(newcomer).get("/").content.decode()
    assert "Nuo ko pradėti?" in body
    assert "Mokėtina suma" not in body
    assert "0,00" not in body
    assert "+370 700 11111" in body
    assert "+370 700 22222" in body
