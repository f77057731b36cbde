"""The list of invoices and one invoice, as each person sees them."""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from invoices.models import Invoice
from properties.models import Access, ManagingCompany, PaymentBook
from tests.factories import (
    AccessFactory,
    BalanceFactory,
    BookFactory,
    BuildingFactory,
    InvoiceFactory,
    LineFactory,
    PaymentFactory,
    PropertyFactory,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TODAY = date(2026, 11, 22)
ClientFor = Callable[[User], Client]


@pytest.fixture(autouse=True)
def now() -> Any:
    """Keep the day of the pages still; PostgreSQL is told the day and never asked."""
    with time_machine.travel(NOW, tick=False):
        yield


def seen(client: Client, address: str) -> str:
    """Return the page's main part as a reader sees it: words with single spaces."""
    response = client.get(address)
    assert response.status_code == 200, address
    main = re.search(r"<main.*?</main>", response.content.decode(), re.S)
    assert main is not None
    text = html.unescape(re.sub(r"<[^>]+>", " ", main[0]))
    return re.sub(r"[ \n]+", " ", text)


def rows(client: Client, address: str) -> list[str]:
    """Return the list's rows from top to bottom, without what an opening debt's row folds away."""
    body = client.get(address).content.decode()
    found = re.findall(r'<li><div>((?:<a class="cover"|<strong>).*?)</li>', body, re.S)
    texts = [html.unescape(re.sub(r"<details.*|<[^>]+>", " ", row, flags=re.S)) for row in found]
    return [re.sub(r"[ \n]+", " ", text).strip() for text in texts]


def sum_of(texts: list[str]) -> Decimal:
    """Add up what the rows say, read as a person reads it."""
    amounts = [re.search(r"(−?[\d\u00a0]+,\d\d)\u00a0€ \S*[^€]*$", text) for text in texts]
    assert all(amounts)
    return sum((Decimal(m[1].replace("\u00a0", "").replace(",", ".")) for m in amounts if m), Decimal(0))


@pytest.fixture
def unpaid(book: PaymentBook) -> Invoice:
    return InvoiceFactory(
        payment_book=book,
        number="KN-1",
        issued_on=date(2026, 11, 5),
        due_on=date(2026, 11, 30),
        charged="61.94",
    )


# ── Who may see ─────────────────────────────────────────────────────────────────────────────────


def test_an_invoice_is_there_for_those_who_may_see_it_and_for_nobody_else(
    request: pytest.FixtureRequest, client_for: ClientFor, unpaid: Invoice
) -> None:
    allowed = {"holder", "co_holder", "guest", "guest_pays"}
    denied = {
        "guest_declares",
        "revoked_guest",
        "former_holder",
        "stranger",
        "newcomer",
        "staff_a",
        "staff_b",
        "superuser",
    }
    answers = {}
    for who in sorted(allowed | denied):
        response = client_for(request.getfixturevalue(who)).get(f"/invoices/{unpaid.pk}")
        answers[who] = response.status_code
        assert ("KN-1" in response.content.decode()) == (who in allowed), who
    assert answers == dict.fromkeys(allowed, 200) | dict.fromkeys(denied, 404)


@pytest.mark.parametrize("hidden", [{"is_held": True}, {"issued_on": TODAY + timedelta(days=1)}])
def test_what_is_held_back_or_from_the_future_is_not_there(
    client_for: ClientFor, holder: User, book: PaymentBook, unpaid: Invoice, hidden: dict[str, Any]
) -> None:
    other = InvoiceFactory(payment_book=book, number="KN-9", **hidden)
    client = client_for(holder)
    assert client.get(f"/invoices/{unpaid.pk}").status_code == 200
    assert client.get(f"/invoices/{other.pk}").status_code == 404
    assert rows(client, "/invoices") == [
        "Beržyno g. 8-15 už spalį · iki lapkričio 30 d. 61,94\u00a0€ Neapmokėta"
    ]


def test_the_list_of_another_object_is_not_there(
    client_for: ClientFor, holder: User, stranger: User, book: PaymentBook
) -> None:
    theirs = stranger.accesses.get().payment_book
    client = client_for(holder)
    assert client.get(f"/invoices?object={book.pk}").status_code == 200
    assert client.get(f"/invoices?object={theirs.pk}").status_code == 404
    assert client.get("/invoices?object=99999999").status_code == 404


def test_a_guest_who_only_declares_has_an_empty_list(
    client_for: ClientFor, guest_declares: User, unpaid: Invoice
) -> None:
    text = seen(client_for(guest_declares), "/invoices")
    assert "61,94" not in text
    assert "Mokėtina suma" not in text


def test_the_former_holder_keeps_the_invoices_of_the_closed_book_only(
    client_for: ClientFor, former_holder: User, former_book: PaymentBook, unpaid: Invoice
) -> None:
    late = InvoiceFactory(payment_book=former_book, issued_on=date(2026, 11, 5), charged="7.00")
    client = client_for(former_holder)
    assert client.get(f"/invoices/{late.pk}").status_code == 200
    assert client.get(f"/invoices/{unpaid.pk}").status_code == 404


# ── The list ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def garage(company_b: ManagingCompany, holder: User) -> PaymentBook:
    """The holder's second object, at another company."""
    street = BuildingFactory(managing_company=company_b, city="Kaunas", street="Topolių g.", house="11")
    place = PropertyFactory(building=street, kind="garage", unit="G7")
    second = BookFactory(managing_company=company_b, payer_code="AK 7710-G7", premises=[place])
    AccessFactory(person=holder, payment_book=second)
    return second


def test_unpaid_ones_come_first_whole_and_add_up(
    client_for: ClientFor, holder: User, book: PaymentBook, garage: PaymentBook, unpaid: Invoice
) -> None:
    BalanceFactory(payment_book=book, as_of_on=date(2025, 12, 31), amount="10.00")
    InvoiceFactory(
        payment_book=garage,
        number="AK-1",
        issued_on=date(2026, 10, 5),
        due_on=date(2026, 10, 31),
        charged="6.20",
    )
    InvoiceFactory(
        payment_book=book,
        number="KN-0",
        issued_on=date(2026, 10, 5),
        due_on=date(2026, 10, 31),
        charged="49.54",
    )
    PaymentFactory(payment_book=book, amount="49.54", invoice_number="KN-0")
    PaymentFactory(payment_book=garage, amount="1.20")
    found = rows(client_for(holder), "/invoices")
    assert found == [
        "Ankstesnis likutis Beržyno g. 8-15 10,00\u00a0€ Neapmokėta",
        "Garažas, Topolių g. 11-G7 už rugsėjį · vėluoja 22 dienas · liko iš 6,20\u00a0€ 5,00\u00a0€ Vėluoja",
        "Beržyno g. 8-15 už spalį · iki lapkričio 30 d. 61,94\u00a0€ Neapmokėta",
        "Beržyno g. 8-15 už rugsėjį · išrašyta spalio 5 d. 49,54\u00a0€ Apmokėta",
    ]
    assert sum_of(found[:3]) == Decimal("76.94")
    assert "Mokėtina suma 76,94\u00a0€" in seen(client_for(holder), "/invoices")


def test_credit_of_one_object_does_not_lower_another(
    client_for: ClientFor, holder: User, garage: PaymentBook, unpaid: Invoice
) -> None:
    PaymentFactory(payment_book=garage, amount="100.00")
    text = seen(client_for(holder), "/invoices")
    assert "Mokėtina suma 61,94\u00a0€" in text
    assert "Permoka: 100,00\u00a0€." in text


def test_a_book_with_two_ways_in_counts_once(
    client_for: ClientFor, holder: User, unpaid: Invoice, co_holder: User
) -> None:
    """Two grants to one person on one book, and the person's own."""
    for access in Access.objects.filter(person__in=[holder, co_holder]):
        AccessFactory(
            person=co_holder if access.person == holder else holder,
            payment_book=unpaid.payment_book,
            granted_by=access,
        )
    assert "Mokėtina suma 61,94\u00a0€" in seen(client_for(holder), "/invoices")


def test_the_list_narrows_by_object_and_by_year(
    client_for: ClientFor, holder: User, book: PaymentBook, garage: PaymentBook
) -> None:
    for which, year in ((book, 2025), (book, 2026), (garage, 2025), (garage, 2026)):
        InvoiceFactory(payment_book=which, issued_on=date(year, 10, 5))
        PaymentFactory(payment_book=which, amount="50.00", paid_on=date(year, 10, 20))
    client = client_for(holder)
    flat_25 = "Beržyno g. 8-15 už 2025 m. rugsėjį · išrašyta 2025 m. spalio 5 d. 50,00\u00a0€ Apmokėta"
    flat_26 = "Beržyno g. 8-15 už rugsėjį · išrašyta spalio 5 d. 50,00\u00a0€ Apmokėta"
    assert rows(client, f"/invoices?object={book.pk}") == [flat_26, flat_25]
    assert rows(client, f"/invoices?object={book.pk}&year=2025") == [flat_25]
    assert [row for row in rows(client, "/invoices?year=2025") if row.startswith("Beržyno")] == [flat_25]
    assert len(rows(client, "/invoices")) == 4
    body = client.get(f"/invoices?object={book.pk}&year=2025").content.decode()
    assert f'href="/invoices?object={garage.pk}&amp;year=2025"' in body
    assert f'href="/invoices?object={book.pk}&amp;year=2026"' in body
    assert 'href="/invoices?year=2025"' in body


@pytest.mark.parametrize(
    "query",
    [
        "year=abc",
        "year=99999",
        "year=-1",
        "before=x",
        "before=2026-13-45_1",
        "before=2026-01-01_",
        "before=²_1",
    ],
)
def test_what_makes_no_sense_in_the_address_is_left_out(
    client_for: ClientFor, holder: User, unpaid: Invoice, query: str
) -> None:
    assert len(rows(client_for(holder), f"/invoices?{query}")) == 1


def test_pages_hold_all_settled_ones_once_though_rows_come_in_meanwhile(
    client_for: ClientFor, holder: User, book: PaymentBook, garage: PaymentBook, unpaid: Invoice
) -> None:
    """Many of one day, so that the page ends in the middle of it."""
    for which in (book, garage):
        InvoiceFactory.create_batch(31, payment_book=which, issued_on=date(2026, 10, 5), charged="0.00")
    wanted = set(Invoice.objects.exclude(pk=unpaid.pk).values_list("pk", flat=True))
    client, address, walked, pages = client_for(holder), "/invoices", [], 0
    while address:
        body = client.get(address).content.decode()
        found = [int(pk) for pk in re.findall(r'href="/invoices/(\d+)"', body)]
        walked += [pk for pk in found if pk != unpaid.pk]
        assert (unpaid.pk in found) == (pages == 0)
        pages += 1
        # One more arrives at the top of the list after each page.
        InvoiceFactory(payment_book=book, issued_on=date(2026, 11, 20), charged="0.00")
        older = re.search(r'href="([^"]*before=[^"]*)"', body)
        address = html.unescape(older[1]) if older else ""
    assert pages == 3
    assert len(walked) == len(set(walked))
    assert set(walked) == wanted


@pytest.mark.parametrize("address", ["/invoices", "/invoices?year=2026"])
def test_the_list_costs_five_queries_however_many_objects(
    client_for: ClientFor,
    holder: User,
    book: PaymentBook,
    unpaid: Invoice,
    address: str,
    django_assert_num_queries: Any,
) -> None:
    client = client_for(holder)
    with django_assert_num_queries(5):
        assert len(rows(client, address)) == 1
    for _ in range(2):
        more = AccessFactory(person=holder).payment_book
        InvoiceFactory(payment_book=more, issued_on=date(2026, 11, 5))
        InvoiceFactory(payment_book=more, issued_on=date(2026, 10, 5), charged="0.00")
    with django_assert_num_queries(5):
        assert len(rows(client, address)) == 5


# ── One invoice ─────────────────────────────────────────────────────────────────────────────────


def test_an_invoice_says_what_for_how_much_by_when_and_whom(
    client_for: ClientFor, holder: User, company_a: ManagingCompany, unpaid: Invoice
) -> None:
    company_a.vat_code, company_a.address = "LT100001000010", "Pavyzdžio g. 1, Klaipėda"
    company_a.save()
    Invoice.objects.update(opening_balance="49.54", received="49.54", late_interest="0.30", total="61.94")
    LineFactory(
        invoice=unpaid,
        service="Karštas vanduo",
        quantity="4",
        unit="m³",
        unit_price="6.32",
        amount="25.28",
        vat_amount="4.39",
    )
    LineFactory(invoice=unpaid, service="Kaupiamosios lėšos", amount="36.36", vat_amount="2.45")
    text = seen(client_for(holder), f"/invoices/{unpaid.pk}")
    for words in (
        "Sąskaita už spalį",
        "Beržyno g. 8-15, Klaipėda",
        "Mokėtina suma 61,94\u00a0€",
        "Neapmokėta",
        "Karštas vanduo 4 m³ 6,3200 4,39 25,28",
        "Kaupiamosios lėšos 2,45 36,36",
        "61,64",
        "Ankstesnis likutis 49,54\u00a0€",
        "Gauta 49,54\u00a0€",
        "Delspinigiai 0,30\u00a0€",
        "Iš viso 61,94\u00a0€",
        "Gavėjas UAB „Pajūrio namai“",
        "LT60 1010 0123 4567 8901",
        "Mokėtojo kodas KN-0418 22-15",
        "KN-1",
        "Apmokėti iki 2026 m. lapkričio 30 d.",
        "300000017",
        "LT100001000010",
        "Pavyzdžio g. 1, Klaipėda",
        "6,84\u00a0€",
    ):
        assert words in text, words
    assert re.search(r"Įmokos kodas RF[0-9]{2} [0-9 ]+ Kopijuoti", text)


@pytest.mark.parametrize(
    ("fields", "paid", "expected"),
    [
        ({}, "20.00", ["Mokėtina suma 41,94\u00a0€", "Apmokėta iš dalies", "61,94\u00a0€"]),
        ({}, "61.94", ["Apmokėta"]),
        ({"due_on": date(2026, 11, 21)}, "0.00", ["Vėluoja", "Vėluoja 1 dieną."]),
        ({"due_on": date(2026, 11, 1)}, "0.00", ["Vėluoja 21 dieną."]),
        ({"due_on": date(2026, 11, 12)}, "0.00", ["Vėluoja 10 dienų."]),
        ({"status": "cancelled"}, "0.00", ["Anuliuota"]),
        ({"charged": "-5.00"}, "0.00", ["−5,00\u00a0€", "Kreditinė sąskaita"]),
        ({"revision": 2, "revised_at": NOW}, "0.00", ["Patikslinta 2026 m. lapkričio 22 d."]),
        ({"period": date(2025, 10, 1)}, "0.00", ["Sąskaita už 2025 m. spalį"]),
    ],
)
def test_an_invoice_says_how_it_stands(
    client_for: ClientFor,
    holder: User,
    unpaid: Invoice,
    fields: dict[str, Any],
    paid: str,
    expected: list[str],
) -> None:
    Invoice.objects.update(**fields)
    PaymentFactory(payment_book=unpaid.payment_book, amount=paid)
    response = client_for(holder).get(f"/invoices/{unpaid.pk}")
    text = seen(client_for(holder), f"/invoices/{unpaid.pk}")
    assert [words for words in expected if words not in text] == []
    # Bank details stand where there is something to pay, and only there.
    is_open = "Mokėtina suma" in text
    assert (b'id="mokejimas"' in response.content) == is_open == ("LT60 1010" in text)


def test_an_invoice_from_before_the_opening_entry_is_shown_and_not_counted(
    client_for: ClientFor, holder: User, unpaid: Invoice
) -> None:
    BalanceFactory(payment_book=unpaid.payment_book, as_of_on=unpaid.issued_on, amount="5.00")
    client = client_for(holder)
    assert "Ankstesniame likutyje" in seen(client, f"/invoices/{unpaid.pk}")
    assert [row for row in rows(client, "/invoices") if "61,94" in row] == [
        "Beržyno g. 8-15 už spalį · išrašyta lapkričio 5 d. 61,94\u00a0€ Ankstesniame likutyje"
    ]
    assert "Mokėtina suma 5,00\u00a0€" in seen(client, "/invoices")


def test_an_invoice_costs_six_queries_and_one_of_two_hundred_long_lines_fewer(
    client_for: ClientFor, holder: User, unpaid: Invoice, django_assert_num_queries: Any
) -> None:
    LineFactory.create_batch(200, invoice=unpaid, service="Paslauga " * 33, amount="-0.31")
    client = client_for(holder)
    client.get(f"/invoices/{unpaid.pk}")
    with django_assert_num_queries(5):
        body = client.get(f"/invoices/{unpaid.pk}").content.decode()
    assert body.count("<strong>−0,31") == 200
    # The readings behind a metered line.
    LineFactory(invoice=unpaid, meter_type="cold_water")
    with django_assert_num_queries(6):
        client.get(f"/invoices/{unpaid.pk}")


def test_in_english_every_word_is_english(client_for: ClientFor, holder: User, unpaid: Invoice) -> None:
    holder.language = "en"
    holder.save()
    assert rows(client_for(holder), "/invoices") == [
        "Beržyno g. 8-15 for October · pay by 30 November 61,94\u00a0€ Unpaid"
    ]
