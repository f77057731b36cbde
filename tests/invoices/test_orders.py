"""Paying through a provider: chosen, started, received, posted by the accounting's file; nothing counts twice."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import User
from invoices import orders
from invoices.models import Order, OrderPart, Payment
from invoices.providers import paysera
from invoices.statements import statements_of
from properties.models import Access, ManagingCompany, PaymentBook
from properties.objects import objects_of
from tests import tables
from tests.factories import (
    AccessFactory,
    BalanceFactory,
    BookFactory,
    InvoiceFactory,
    OrderFactory,
)
from tests.imports.conftest import Result, import_path
from tests.invoices.paysera_server import Paysera, notice, packed
from tests.invoices.test_pages import seen

ClientFor = Callable[[User], Client]
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TODAY = date(2026, 11, 22)
PROJECT, PASSWORD = "70001", "slaptas-projekto-raktas"
PROJECTS = {"300000017": {"project": PROJECT, "password": PASSWORD}}
CALLBACK = "/invoices/callback/paysera/300000017"
State, Reason = Order.State, Order.Reason


@pytest.fixture(autouse=True)
def now() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def bank() -> Iterator[Paysera]:
    """Paysera, to which what the portal sends is handed by the test."""
    with override_settings(PAYSERA_PROJECTS=PROJECTS, PAYSERA_URL="https://paysera.test/pay/"):
        yield Paysera({PROJECT: PASSWORD})


@pytest.fixture
def owing(book: PaymentBook) -> PaymentBook:
    InvoiceFactory(payment_book=book, charged="50.00")
    return book


def second_of(holder: User, company: ManagingCompany, charged: str = "20.00") -> PaymentBook:
    other: PaymentBook = BookFactory(managing_company=company)
    AccessFactory(person=holder, payment_book=other)
    InvoiceFactory(payment_book=other, charged=charged)
    return other


def due(book: PaymentBook) -> Any:
    return statements_of(books=[book.pk], today=timezone.localdate())[book.pk].amount_due


def press(client: Client, book: PaymentBook, amount: str = "50", address: str = "", **fields: Any) -> Any:
    """Press „Apmokėti“ for one object, or for all whose amounts are sent."""
    sent = {f"pick-{book.pk}": "on", f"amount-{book.pk}": amount, **fields}
    sent.setdefault("shown", [name.removeprefix("amount-") for name in sent if name.startswith("amount-")])
    return client.post(f"/invoices/pay/{book.managing_company_id}{address}", sent)


def order_of(bank: Paysera, client: Client, book: PaymentBook, amount: str = "50", **fields: Any) -> Order:
    """Press „Apmokėti“ and let the bank take the order as the page hands it over."""
    handed = client.get(press(client, book, amount, **fields)["Location"]).content.decode()
    found = re.search(r'content="0; url=https://paysera\.test/pay/\?data=([^&"]+)&amp;sign=(\w+)"', handed)
    assert found is not None
    told = bank.accept(found[1].replace("%3D", "="), found[2])
    return Order.objects.get(number=told["orderid"])


def call(told: dict[str, str], *, method: str = "get", address: str = CALLBACK) -> tuple[int, str]:
    """Send a notice as the provider does, without a session."""
    response = getattr(Client(enforce_csrf_checks=True), method)(address, told)
    return response.status_code, response.content.decode()


def post_by_file(tmp_path: Path, company: ManagingCompany, *rows: str) -> Result:
    path = tmp_path / "payments.csv"
    path.write_text("\n".join(["bank_reference;payer_code;paid_on;amount;order_id;part_no", *rows]))
    return import_path("payments", path, company=company.company_code)


# ── From the choice to the accounting's file ────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["get", "post"])
def test_paid_received_and_posted(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera, tmp_path: Path, method: str
) -> None:
    client = client_for(holder)
    order = order_of(bank, client, owing)
    sent = bank.orders[order.number]
    assert (sent["amount"], sent["currency"], sent["test"], sent["projectid"]) == (
        "5000",
        "EUR",
        "0",
        PROJECT,
    )
    assert sent["callbackurl"] == f"http://savitarna.test{CALLBACK}"
    assert "Laukiame atsakymo" in seen(client, f"/invoices/orders/{order.number}")
    assert (due(owing), order.state) == (50, State.STARTED)

    assert call(bank.told(order.number), method=method) == (200, "OK")
    order.refresh_from_db()
    assert (due(owing), order.state, order.provider_reference) == (0, State.RECEIVED, "400001")
    assert "Gauta, dar neįskaityta" in seen(client, f"/invoices/orders/{order.number}")
    assert "Gauta internetu, dar neįskaityta: 50,00\xa0€." in seen(client, "/invoices")
    assert (
        "2026 m. lapkričio 22 d. Beržyno g. 8-15 Gauta internetu, dar neįskaityta "
        "Sąskaita už rugsėjį – 50,00\xa0€ 50,00\xa0€ Kvitas"
    ) in seen(client, "/invoices/payments")
    # An opening entry of a later day does not hold what the accounting has not entered.
    BalanceFactory(payment_book=owing, amount="50.00", as_of_on=TODAY)
    assert due(owing) == 0

    row = f"EIL-1;{owing.payer_code};2026-11-23;50,00;{order.number};"
    assert (
        post_by_file(tmp_path, owing.managing_company, row).counts
        == "created=1 updated=0 unchanged=0 rejected=0"
    )
    order.refresh_from_db()
    assert (due(owing), order.state) == (0, State.POSTED)
    assert OrderPart.objects.filter(counted_on__isnull=False).count() == 0
    assert "Mokėjimas įskaitytas" in seen(client, f"/invoices/orders/{order.number}")


def test_a_repeated_notice_changes_nothing_also_a_year_later(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera, tmp_path: Path, now: Any
) -> None:
    order = order_of(bank, client_for(holder), owing)
    told = bank.told(order.number)
    assert call(told) == (200, "OK")
    before = tables.state()
    assert call(told) == call(told, method="post") == (200, "OK")
    assert call(bank.told(order.number, status=0)) == (200, "OK")
    assert tables.state() == before
    post_by_file(tmp_path, owing.managing_company, f"E1;{owing.payer_code};2026-11-23;50;{order.number};")
    before = tables.state()
    now.move_to(NOW + timedelta(days=365))
    assert call(told) == call(bank.told(order.number, status=5)) == (200, "OK")
    assert tables.state() == before


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "Įrašykite didesnę už nulį sumą eurais ir centais."),
        ("", "Įrašykite didesnę už nulį sumą eurais ir centais."),
        ("-5", "Įrašykite didesnę už nulį sumą eurais ir centais."),
        ("76,089", "Sumoje gali būti ne daugiau kaip du skaitmenys po kablelio."),
        ("0,001", "Sumoje gali būti ne daugiau kaip du skaitmenys po kablelio."),
        ("50,01", "Suma didesnė už mokėtiną: 50,00\xa0€."),
        ("1e3", "Sumą rašykite taip: 12,34."),
        ("visus", "Sumą rašykite taip: 12,34."),
    ],
)
def test_an_amount_that_cannot_be_paid_comes_back_with_the_reason(
    client_for: ClientFor, holder: User, owing: PaymentBook, amount: str, words: str
) -> None:
    response = press(client_for(holder), owing, amount)
    body = response.content.decode()
    assert response.status_code == 200
    assert words.replace("\xa0", " ") in body.replace("&nbsp;", " ").replace("\xa0", " ")
    assert f'value="{amount}"' in body or not amount
    assert Order.objects.count() == 0


def test_some_objects_and_a_part_of_one_are_paid(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera
) -> None:
    second, third = (second_of(holder, owing.managing_company) for _ in range(2))
    fields = {f"pick-{second.pk}": "on", f"amount-{second.pk}": "20.00", f"amount-{third.pk}": "daug"}
    # The summary lists the sums of several objects: each by its address.
    wrong = press(client_for(holder), owing, **fields, **{f"pick-{third.pk}": "on"}).content.decode()
    named = next(own.address for own in objects_of(user=holder, at=NOW) if own.book == third)
    assert f'<li><a href="#id_amount-{third.pk}">{named}: Sumą rašykite taip: 12,34.</a></li>' in wrong
    order = order_of(bank, client_for(holder), owing, "12,34", **fields)
    call(bank.told(order.number))
    assert [due(book) for book in (owing, second, third)] == [Decimal("37.66"), 0, 20]
    assert bank.orders[order.number]["amount"] == "3234"


def test_nothing_chosen_is_said(client_for: ClientFor, holder: User, owing: PaymentBook) -> None:
    second = second_of(holder, owing.managing_company)
    client, address = client_for(holder), f"/invoices/pay/{owing.managing_company_id}"
    response = client.post(address, {"shown": [owing.pk, second.pk]})
    assert "Pasirinkite, už ką mokėsite." in response.content.decode()
    # Shown beside one that is gone meanwhile, it is not chosen by itself.
    response = client.post(address, {"shown": [owing.pk, 999], f"amount-{owing.pk}": "50"})
    assert "Pasirinkite, už ką mokėsite." in response.content.decode()
    assert client.post(address, {"shown": 999}).status_code == client.post(address).status_code == 404


def sent_by(client: Client, address: str, **fields: Any) -> Any:
    """Send the form of a page as a browser does: its hidden fields, what is filled in, and what is ticked."""
    body = client.get(address).content.decode()
    form = re.search(r'<form class="stack-s no-print" method="post" action="([^"]+)"(.*?)</form>', body, re.S)
    assert form is not None
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form[2]):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if told["type"] != "checkbox" or " checked" in tag:
            sent.setdefault(told["name"], []).append(
                told.get("value", "on" if told["type"] == "checkbox" else "")
            )
    return client.post(form[1], {**sent, **fields})


def test_what_is_shown_alone_is_paid_without_a_tick(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera
) -> None:
    second = second_of(holder, owing.managing_company)
    client = client_for(holder)
    assert sent_by(client, f"/invoices/pay?object={second.pk}").status_code == 302
    assert [part.payment_book for part in OrderPart.objects.all()] == [second]
    call(bank.told(order_of(bank, client, second, "20", again="on").number))
    # The page of all objects shows one now: the other one is paid.
    assert sent_by(client, "/invoices/pay").status_code == 302
    assert OrderPart.objects.latest("pk").payment_book == owing
    assert "Pasirinkite" not in sent_by(client, f"/invoices/pay?object={owing.pk}").content.decode()


def test_an_invoice_offers_what_is_left_of_it_and_names_the_whole_debt(
    client_for: ClientFor, holder: User, stranger: User, owing: PaymentBook
) -> None:
    older, newer = owing.invoices.get(), InvoiceFactory(payment_book=owing, charged="30.00")
    client = client_for(holder)
    for invoice, amount in ((older, "50"), (newer, "30")):
        address = f"/invoices/pay?invoice={invoice.pk}"
        assert f'href="{address}"' in client.get(f"/invoices/{invoice.pk}").content.decode()
        assert "Visa skola už objektą: 80,00\xa0€" in seen(client, address)
        assert sent_by(client, address, again="on").status_code == 302
        assert Order.objects.latest("pk").amount == Decimal(amount)
    theirs = InvoiceFactory(payment_book=stranger.accesses.get().payment_book)
    for number in (theirs.pk, 0, "x"):
        assert client.get(f"/invoices/pay?invoice={number}").status_code == 404
        assert press(client, owing, address=f"?invoice={number}").status_code == 404


def test_without_keys_bank_details_are_all_there_is(
    client_for: ClientFor, holder: User, owing: PaymentBook
) -> None:
    client = client_for(holder)
    pages = ("/invoices/pay", f"/invoices/{owing.invoices.get().pk}")
    for page in pages:
        assert "Mokėti internetu" in seen(client, page)
    with override_settings(PAYSERA_PROJECTS={}, FAKE_PROVIDER=False):
        for page in pages:
            assert "Mokėti internetu" not in seen(client, page)
            assert "Sąskaita (IBAN)" in seen(client, page)
        assert press(client, owing).status_code == 404


# ── A second payment for the same thing ─────────────────────────────────────────────────────────


def test_a_second_payment_meets_a_question_and_no_block(
    client_for: ClientFor, holder: User, co_holder: User, owing: PaymentBook, bank: Paysera, now: Any
) -> None:
    client, others = client_for(holder), client_for(co_holder)
    order = order_of(bank, client, owing)
    way_back = f'<a href="/invoices/orders/{order.number}/pay">Grįžti prie mokėjimo</a>'
    assert way_back in press(client, owing).content.decode()
    asked = press(others, owing).content.decode()
    assert "Ar tikrai norite mokėti dar kartą?" in asked
    assert order.number not in asked
    assert "lapkričio 22 d. 12:00 pradėtas 50,00\xa0€ mokėjimas" in asked
    call(bank.told(order.number))
    # The other tab still shows what was owed before.
    asked = press(others, owing).content.decode()
    assert "lapkričio 22 d. 12:00 internetu gauta 50,00\xa0€" in asked
    assert Order.objects.count() == 1
    now.move_to(NOW + timedelta(hours=5))
    assert "Ar tikrai norite mokėti dar kartą?" in press(others, owing).content.decode()
    # Paying more than is owed is agreed to in so many words, or it is asked.
    asked = press(others, owing, again="on").content.decode()
    assert "Sumokėjus dar kartą susidarys 50,00\xa0€ permoka." in asked
    assert 'name="told" value="50.00"' in asked
    assert (
        "Ar tikrai norite mokėti dar kartą?"
        in press(others, owing, again="on", told="49.99").content.decode()
    )
    more = press(others, owing, "50,01", again="on", told="50.00").content.decode()
    assert "Daugiausia galite sumokėti 50,00\xa0€, iš jų 50,00\xa0€ internetu jau gauta." in more
    again = order_of(bank, others, owing, again="on", told="50.00")
    call(bank.told(again.number))
    # What came on top of the debt does not raise how much may be paid.
    more = press(others, owing, "50,01", again="on", told="99").content.decode()
    assert "Daugiausia galite sumokėti 50,00\xa0€" in more
    assert statements_of(books=[owing.pk], today=TODAY)[owing.pk].credit == 50


def test_a_guest_is_asked_about_what_came_and_not_about_what_others_only_started(
    client_for: ClientFor, holder: User, guest_pays: User, owing: PaymentBook, bank: Paysera
) -> None:
    client, guest = client_for(holder), client_for(guest_pays)
    holders = order_of(bank, client, owing)
    assert press(guest, owing).status_code == 302
    assert "Ar tikrai norite mokėti dar kartą?" in press(guest, owing).content.decode()
    Order.objects.filter(person=guest_pays).update(state=State.FAILED)
    call(bank.told(holders.number))
    assert "internetu gauta 50,00\xa0€" in press(guest, owing).content.decode()


def test_the_rest_is_paid_later_without_a_question(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera, now: Any
) -> None:
    client = client_for(holder)
    call(bank.told(order_of(bank, client, owing, "20").number))
    assert "Ar tikrai" in press(client, owing, "30").content.decode()
    now.move_to(NOW + orders.FRESH)
    call(bank.told(order_of(bank, client, owing, "30").number))
    assert due(owing) == 0


def test_what_failed_asks_nothing(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera
) -> None:
    client = client_for(holder)
    order = order_of(bank, client, owing)
    call(bank.told(order.number, status=0))
    assert "Mokėjimas neįvyko" in seen(client, f"/invoices/orders/{order.number}")
    assert press(client, owing).status_code == 302
    # The bank took a second try under the same number.
    call(bank.told(order.number))
    order.refresh_from_db()
    assert (order.state, due(owing)) == (State.RECEIVED, 0)


# ── Coming back, and the check by the clock ─────────────────────────────────────────────────────


def test_coming_back_with_the_notice_in_the_address_is_enough(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera
) -> None:
    client = client_for(holder)
    order = order_of(bank, client, owing)
    page = f"/invoices/orders/{order.number}"
    forged = {**bank.told(order.number), "ss1": "0" * 32}
    assert "Laukiame atsakymo" in client.get(page, forged).content.decode()
    assert "Mokėjimas nebaigtas" in seen(client, f"{page}?cancelled=1")
    told = client.get(page, bank.told(order.number))
    assert [str(said) for said in told.context["messages"]] == ["Mokėjimas gautas."]
    # Once.
    assert list(client.get(page).context["messages"]) == []


@override_settings(PAYSERA_PROJECTS={})
def test_the_trial_provider_is_asked_and_answers(
    client_for: ClientFor, holder: User, owing: PaymentBook, now: Any
) -> None:
    client = client_for(holder)
    page = press(client, owing)["Location"]
    trial = re.search(r'url=(/[^"]+)"', client.get(page).content.decode())
    assert trial is not None
    assert "Bandomasis mokėjimas" in seen(client, trial[1])
    assert client.get(client.post(trial[1], {"outcome": "paid"})["Location"]).status_code == 200
    order = Order.objects.get()
    assert (order.state, order.is_test, due(owing)) == (State.RECEIVED, True, 0)
    # There is nothing more to press.
    for method in ("get", "post"):
        assert getattr(client, method)(trial[1])["Location"] == f"/invoices/orders/{order.number}"
    # Had the notice been lost, asking would have told the same.
    Order.objects.update(state=State.STARTED, received_at=None)
    OrderPart.objects.update(counted_on=None)
    now.move_to(NOW + timedelta(minutes=2))
    orders.ask_about_unanswered(at=timezone.now())
    assert (Order.objects.get().state, due(owing)) == (State.RECEIVED, 0)


def test_who_never_answers_did_not_pay(holder: User, owing: PaymentBook) -> None:
    order = OrderFactory(
        person=holder, managing_company=owing.managing_company, provider="paysera", parts={owing: Decimal(50)}
    )
    for age, state in ((orders.LAPSES, State.STARTED), (orders.LAPSES + timedelta(minutes=1), State.FAILED)):
        orders.ask_about_unanswered(at=NOW + age)
        order.refresh_from_db()
        assert order.state == state


# ── What a notice may say ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"amount": 4999}, Reason.AMOUNT),
        ({"payamount": 4999}, Reason.AMOUNT),
        ({"amount": "5e3"}, Reason.AMOUNT),
        ({"amount": ""}, Reason.AMOUNT),
        ({"currency": "USD"}, Reason.CURRENCY),
        ({"paycurrency": "PLN"}, Reason.CURRENCY),
        ({"test": 1}, Reason.TEST),
    ],
)
def test_what_differs_from_the_order_needs_review_and_counts_nothing(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera, other: dict[str, Any], reason: str
) -> None:
    client = client_for(holder)
    order = order_of(bank, client, owing)
    assert call(bank.told(order.number, **other)) == (200, "OK")
    order.refresh_from_db()
    assert (order.state, order.reason, due(owing)) == (State.NEEDS_REVIEW, reason, 50)
    assert "Mokėjimas tikrinamas" in seen(client, f"/invoices/orders/{order.number}")


@pytest.mark.parametrize("status", [2, 3, 4, 9, "x", ""])
def test_what_is_not_sure_changes_nothing(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera, status: Any
) -> None:
    order = order_of(bank, client_for(holder), owing)
    before = tables.state()
    assert call(bank.told(order.number, status=status)) == (200, "OK")
    assert tables.state() == before


def test_money_paid_back_needs_review(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera
) -> None:
    order = order_of(bank, client_for(holder), owing)
    call(bank.told(order.number))
    assert call(bank.told(order.number, status=5)) == (200, "OK")
    order.refresh_from_db()
    assert (order.state, order.reason, due(owing)) == (State.NEEDS_REVIEW, Reason.REFUNDED, 0)


def test_a_notice_that_is_none_is_refused_and_changes_nothing(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera
) -> None:
    order = order_of(bank, client_for(holder), owing)
    good = bank.told(order.number)
    cents = packed({"projectid": PROJECT, "orderid": order.number, "amount": 5000, "status": 1})
    before = tables.state()
    refused = {
        "nothing": {},
        "no signature": {"data": good["data"]},
        "another signature": {**good, "ss1": "0" * 32},
        "a signature in other letters": {**good, "ss1": "ąčę" * 10},
        "other data": {**good, "data": cents},
        "another password": notice("kitas", projectid=PROJECT, orderid=order.number, amount=5000, status=1),
        "another project": bank.told(order.number, projectid="70002"),
        "no query string": {"data": "%%%", "ss1": paysera.signature("%%%", PASSWORD)},
        "no UTF-8": {"data": "_w==", "ss1": paysera.signature("_w==", PASSWORD)},
        "NUL": notice(PASSWORD, projectid=PROJECT, orderid="a\0b", amount=5000, currency="EUR", status=1),
        "too many fields": notice(PASSWORD, **{f"f{number}": 1 for number in range(200)}),
    }
    for name, told in refused.items():
        for method in ("get", "post"):
            assert call(told, method=method)[0] == 400, name
    long = {**good, "data": "A" * 1_000_000}
    assert call(long, method="post")[0] == 413
    assert call(long)[0] == 413
    assert call(good, address="/invoices/callback/paysera/300000024")[0] == 400
    assert call(good, address="/invoices/callback/nobody/300000017")[0] == 404
    with override_settings(FAKE_PROVIDER=False):
        assert call(good, address="/invoices/callback/fake/300000017")[0] == 400
    told = {"number": order.number, "outcome": "paid"}
    nonsense: Any
    for nonsense in (
        {},
        [],
        "x",
        {**told, "outcome": "x"},
        {**told, "number": 1},
        {**told, "number": "a\0b"},
    ):
        signed = signing.dumps(nonsense, salt="invoices.fake-provider")
        assert call({"data": signed}, address="/invoices/callback/fake/300000017")[0] == 400, nonsense
    assert tables.state() == before
    # All the same the right one is taken.
    assert call(good) == (200, "OK")
    assert due(owing) == 0


def test_an_order_that_is_not_there_or_another_company_s_is_taken_and_changes_nothing(
    owing: PaymentBook, holder: User, company_b: ManagingCompany
) -> None:
    elsewhere = OrderFactory(managing_company=company_b, person=holder, provider="paysera", is_test=False)
    before = tables.state()
    for number in ("NĖRA", "", "x" * 500, elsewhere.number):
        told = notice(PASSWORD, projectid=PROJECT, orderid=number, amount=5000, currency="EUR", status=1)
        assert call(told) == (200, "OK"), number
    assert tables.state() == before


# ── What the accounting's file says ─────────────────────────────────────────────────────────────


@pytest.fixture
def received(client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera) -> Order:
    """An order of 50 € and 20 € for two objects, received."""
    second = second_of(holder, owing.managing_company)
    fields = {f"pick-{second.pk}": "on", f"amount-{second.pk}": "20"}
    order = order_of(bank, client_for(holder), owing, **fields)
    call(bank.told(order.number))
    return Order.objects.get(pk=order.pk)


def books_of(order: Order) -> list[PaymentBook]:
    return [part.payment_book for part in order.parts.order_by("-amount")]


@pytest.mark.parametrize(
    ("rows", "dues", "state"),
    [
        ([("first", "50"), ("second", "20")], [0, 0], State.POSTED),
        ([("first", "50")], [0, 0], State.RECEIVED),
        ([("first", "45"), ("second", "20")], [5, 0], State.NEEDS_REVIEW),
        ([("first", "45")], [5, 0], State.NEEDS_REVIEW),
        ([("first", "70")], [0, 20], State.NEEDS_REVIEW),
        ([("third", "70")], [50, 20], State.NEEDS_REVIEW),
        ([("first", "30"), ("first", "20"), ("second", "20")], [0, 0], State.POSTED),
    ],
)
def test_rows_that_name_the_order_count_instead_of_it(
    received: Order, tmp_path: Path, rows: list[tuple[str, str]], dues: list[int], state: str
) -> None:
    first, second = books_of(received)
    company = received.managing_company
    named: dict[str, Any] = {"first": first, "second": second, "third": BookFactory(managing_company=company)}
    lines = [
        f"EIL;{named[who].payer_code};2026-11-23;{amount};{received.number};{part}"
        for part, (who, amount) in enumerate(rows, start=1)
    ]
    for _again in range(2):
        post_by_file(tmp_path, company, *lines)
        received.refresh_from_db()
        assert ([due(first), due(second)], received.state) == (dues, state)
    counted = sum(OrderPart.objects.filter(counted_on__isnull=False).values_list("amount", flat=True))
    posted = sum(Payment.objects.values_list("amount", flat=True))
    assert counted + posted <= 70


def test_a_file_that_is_before_the_notice_posts_and_the_notice_adds_nothing(
    client_for: ClientFor, holder: User, owing: PaymentBook, bank: Paysera, tmp_path: Path
) -> None:
    order = order_of(bank, client_for(holder), owing)
    post_by_file(tmp_path, owing.managing_company, f"E;{owing.payer_code};2026-11-22;50;{order.number};")
    assert call(bank.told(order.number)) == (200, "OK")
    order.refresh_from_db()
    assert (order.state, due(owing), order.parts.get().counted_on) == (State.POSTED, Decimal(0), None)


def test_a_part_that_was_posted_before_the_notice_does_not_count_again(
    received: Order, tmp_path: Path, bank: Paysera
) -> None:
    Order.objects.update(state=State.STARTED, received_at=None)
    OrderPart.objects.update(counted_on=None)
    first, second = books_of(received)
    row = f"E;{first.payer_code};2026-11-22;50;{received.number};"
    post_by_file(tmp_path, received.managing_company, row)
    assert [due(first), due(second)] == [0, 20]
    call(bank.told(received.number))
    assert [due(first), due(second)] == [0, 0]
    assert statements_of(books=[first.pk], today=TODAY)[first.pk].credit == 0


def test_another_company_s_file_posts_nothing(
    received: Order, tmp_path: Path, company_b: ManagingCompany
) -> None:
    other = BookFactory(managing_company=company_b)
    post_by_file(tmp_path, company_b, f"E;{other.payer_code};2026-11-22;50;{received.number};")
    received.refresh_from_db()
    assert received.state == State.RECEIVED


# ── Who may ─────────────────────────────────────────────────────────────────────────────────────


def test_whoever_may_pay_pays_and_sees_what_they_started(
    request: pytest.FixtureRequest, client_for: ClientFor, owing: PaymentBook
) -> None:
    pay = {"holder", "co_holder", "guest", "guest_pays"}
    for who in (*sorted(pay), "guest_declares", "revoked_guest", "newcomer"):
        person = request.getfixturevalue(who)
        client = client_for(person)
        response = press(client, owing, again="on")
        assert response.status_code == (302 if who in pay else 404), who
    for order in Order.objects.all():
        for who in sorted(pay):
            person = request.getfixturevalue(who)
            status = client_for(person).get(f"/invoices/orders/{order.number}").status_code
            assert status == (200 if order.person == person else 404)


def test_another_persons_object_cannot_be_paid_with_one_s_own(
    client_for: ClientFor, holder: User, stranger: User, owing: PaymentBook
) -> None:
    theirs = stranger.accesses.get().payment_book
    InvoiceFactory(payment_book=theirs)
    press(client_for(holder), owing, **{f"pick-{theirs.pk}": "on", f"amount-{theirs.pk}": "50"})
    assert [part.payment_book for part in OrderPart.objects.all()] == [owing]


def test_a_right_that_ended_ends_the_page_of_the_order(
    client_for: ClientFor, guest: User, owing: PaymentBook
) -> None:
    client = client_for(guest)
    press(client, owing)
    page = f"/invoices/orders/{Order.objects.get().number}"
    assert client.get(page).status_code == 200
    Access.objects.filter(person=guest).update(ends_at=timezone.now())
    assert client.get(page).status_code == client.get(f"{page}/pay").status_code == 404


# ── What the staff say ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("verdict", "state", "owed"), [("paid", State.RECEIVED, 0), ("closed", State.FAILED, 50)]
)
def test_staff_settle_what_needs_review_with_a_reason(
    client_for: ClientFor,
    holder: User,
    staff_a: User,
    staff_b: User,
    owing: PaymentBook,
    bank: Paysera,
    verdict: str,
    state: str,
    owed: int,
) -> None:
    order = order_of(bank, client_for(holder), owing)
    short = bank.told(order.number, payamount=4999)
    call(short)
    page = f"/admin/invoices/order/{order.pk}/change/"
    sent = {
        "verdict": verdict,
        "note": "Trūkstamą centą gavome",
        "parts-TOTAL_FORMS": 0,
        "parts-INITIAL_FORMS": 0,
    }
    assert client_for(staff_b).post(page, sent).status_code == 404
    assert client_for(staff_a).post(page, {**sent, "note": " "}).status_code == 200
    assert client_for(staff_a).post(page, sent).status_code == 302
    # The same notice again does not undo what a person decided.
    call(short)
    order.refresh_from_db()
    assert (order.state, due(owing), order.settled_by) == (state, owed, staff_a)
    assert client_for(staff_a).post(page, sent).status_code == 403


def test_staff_cannot_count_what_the_accounting_has_posted(
    received: Order, tmp_path: Path, staff_a: User
) -> None:
    first, _second = books_of(received)
    post_by_file(
        tmp_path, received.managing_company, f"E;{first.payer_code};2026-11-22;45;{received.number};"
    )
    with pytest.raises(ValidationError) as refused:
        orders.settle(order=received, is_paid=True, note="Gauta", by=staff_a, at=NOW)
    assert refused.value.code == "already_posted"
    settled = orders.settle(order=received, is_paid=False, note="Taip teisinga", by=staff_a, at=NOW)
    assert settled.state == State.POSTED


def test_staff_find_an_order_by_its_number_and_by_whose_object_it_is(
    client_for: ClientFor, holder: User, staff_a: User, staff_b: User, owing: PaymentBook
) -> None:
    order = OrderFactory(
        number="GHJK34679ACD",
        managing_company=owing.managing_company,
        person=holder,
        parts={owing: Decimal(50)},
    )
    client = client_for(staff_a)
    for words in ("ghjk", order.number, owing.payer_code, "Pavyzdienė"):
        found = client.get("/admin/invoices/order/", {"q": words}).context["cl"].result_list
        assert list(found) == [order], words
        others = client_for(staff_b).get("/admin/invoices/order/", {"q": words}).context["cl"].result_list
        assert list(others) == [], words
    assert list(client.get("/admin/invoices/order/", {"q": "ZZZ"}).context["cl"].result_list) == []
    page = seen(client, f"/admin/invoices/order/{order.pk}/change/")
    assert owing.payer_code in page
    assert "Tarpininkas: Bandomasis mokėjimas" in page
    assert "Pastaba:" in page


# ── What PostgreSQL refuses ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("order_amount_is_positive", {"amount": Decimal(0)}),
        ("order_amount_is_positive", {"amount": Decimal(-1)}),
        ("order_needs_review_for_a_reason", {"state": State.NEEDS_REVIEW}),
        ("order_needs_review_for_a_reason", {"reason": Reason.AMOUNT}),
        ("received_order_says_since_when", {"state": State.RECEIVED}),
    ],
)
def test_an_order_that_makes_no_sense_is_not_stored(
    holder: User, company_a: ManagingCompany, name: str, fields: dict[str, Any]
) -> None:
    order = OrderFactory(managing_company=company_a, person=holder)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**fields)
    with pytest.raises(IntegrityError, match="order_settled_by_staff_says_why"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(settled_by=holder)


def test_a_part_is_above_zero_and_one_of_its_book(holder: User, owing: PaymentBook) -> None:
    order = OrderFactory(managing_company=owing.managing_company, person=holder, parts={owing: Decimal(5)})
    for name, amount in (("one_part_per_book_of_an_order", 5), ("part_of_an_order_is_positive", 0)):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            OrderPart.objects.create(order=order, payment_book=owing, amount=amount)
