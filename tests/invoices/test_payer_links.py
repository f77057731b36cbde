"""A payer's link: sum, address and QR of one invoice to whoever has it; ends when paid, old or taken back."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.signing import Signer
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from invoices import payer_links
from invoices.models import Invoice, PayerLink
from properties.models import Access, PaymentBook
from tests.factories import InvoiceFactory, LineFactory, PaymentFactory

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ClientFor = Callable[[User], Client]


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def invoice(book: PaymentBook) -> Invoice:
    company = book.managing_company
    company.iban, company.beneficiary_name = "LT121000011101001000", "„Kiemo namai Pajūris“, UAB"
    company.save()
    made: Invoice = InvoiceFactory(payment_book=book, number="KN-1", charged="61.94")
    LineFactory(invoice=made, service="Slapta paslauga", amount="61.94")
    return made


def make(client: Client, invoice: Invoice) -> str:
    """Press the button and return the path of the link that the page then shows."""
    answer = client.post(f"/invoices/{invoice.pk}/payer-link", follow=True)
    assert answer.status_code == 200
    assert "Nuoroda paruošta." in answer.content.decode()
    (address,) = re.findall(
        r"<strong>http://savitarna\.test(/pay-for/[^<]+)</strong>", answer.content.decode()
    )
    return html.unescape(address)


def status(path: str) -> int:
    return int(Client().get(path).status_code)


def test_shows_sum_address_and_how_to_pay_and_nothing_else(
    client_for: ClientFor, holder: User, invoice: Invoice
) -> None:
    path = make(client_for(holder), invoice)
    answer = Client().get(path)
    body = html.unescape(answer.content.decode())
    for words in (
        "61,94\xa0€",
        "Beržyno g. 8-15, Klaipėda",
        "LT12 1000 0111 0100 1000",
        "Įmokos kodas",
        "<svg",
    ):
        assert words in body, words
    book = invoice.payment_book
    for secret in ("Slapta paslauga", "KN-1", holder.last_name, book.payer_name, book.payer_code):
        assert secret not in body, secret
    assert "no-store" in answer.headers["Cache-Control"]


def test_ends_when_it_is_paid(client_for: ClientFor, holder: User, invoice: Invoice) -> None:
    path = make(client_for(holder), invoice)
    PaymentFactory(payment_book=invoice.payment_book, amount="20.00")
    assert "41,94\xa0€" in Client().get(path).content.decode()
    PaymentFactory(payment_book=invoice.payment_book, amount="41.94")
    assert status(path) == 404
    page = client_for(holder).get(f"/invoices/{invoice.pk}").content.decode()
    assert "/pay-for/" not in page
    PaymentFactory(payment_book=invoice.payment_book, amount="-10.00", invoice_number="KN-1")
    assert status(path) == 404


@pytest.mark.parametrize(("days", "expected"), [(29.99, 200), (30, 404)])
def test_ends_after_thirty_days(
    client_for: ClientFor, holder: User, invoice: Invoice, days: float, expected: int
) -> None:
    path = make(client_for(holder), invoice)
    with time_machine.travel(NOW + timedelta(days=days), tick=False):
        assert status(path) == expected


def test_ends_when_it_is_taken_back_and_another_may_be_made(
    client_for: ClientFor, holder: User, invoice: Invoice
) -> None:
    client = client_for(holder)
    first = make(client, invoice)
    assert make(client, invoice) == first
    link = PayerLink.objects.get()
    answer = client.post(f"/payer-links/{link.pk}/end", follow=True)
    assert "Nuoroda nebeveikia." in answer.content.decode()
    assert status(first) == 404
    second = make(client, invoice)
    assert (second != first, status(second), status(first)) == (True, 200, 404)


@pytest.mark.parametrize(
    "change",
    [
        lambda invoice: Invoice.objects.update(is_held=True),
        lambda invoice: Invoice.objects.update(status=Invoice.Status.CANCELLED),
        lambda invoice: Access.objects.filter(payment_book=invoice.payment_book).update(ends_at=NOW),
    ],
    ids=["held back", "cancelled", "the holder is out"],
)
def test_ends_with_what_it_stands_on(
    client_for: ClientFor, holder: User, invoice: Invoice, change: Callable[[Invoice], Any]
) -> None:
    path = make(client_for(holder), invoice)
    assert status(path) == 200
    change(invoice)
    assert status(path) == 404


def test_only_who_holds_the_object_makes_one(
    request: pytest.FixtureRequest, client_for: ClientFor, invoice: Invoice
) -> None:
    actors = ("holder", "co_holder", "guest", "guest_pays", "revoked_guest", "stranger", "staff_a")
    found = {}
    for who in actors:
        client = client_for(request.getfixturevalue(who))
        found[who] = client.post(f"/invoices/{invoice.pk}/payer-link").status_code
    assert found == {who: 302 if who in {"holder", "co_holder"} else 404 for who in actors}
    assert PayerLink.objects.count() == 2


def test_only_who_made_it_takes_it_back(
    request: pytest.FixtureRequest, client_for: ClientFor, holder: User, invoice: Invoice
) -> None:
    path = make(client_for(holder), invoice)
    link = PayerLink.objects.get()
    for who in ("co_holder", "guest", "stranger", "staff_a"):
        client = client_for(request.getfixturevalue(who))
        assert client.post(f"/payer-links/{link.pk}/end").status_code == 404, who
    assert status(path) == 200


def test_nobody_makes_a_link_up(client_for: ClientFor, holder: User, invoice: Invoice) -> None:
    path = make(client_for(holder), invoice)
    pk = str(PayerLink.objects.get().pk)
    forged = (
        pk,
        f"{pk}.",
        f"{pk}.x",
        path.removeprefix("/pay-for/")[:-1],
        "999." + path.rpartition(".")[2],
        Signer(sep=".").sign(pk),
        Signer(sep=".", salt="invoices.payer_link").sign("x"),
        Signer(sep=".", salt="invoices.payer_link").sign("9" * 30),
        "%00",
        "ąč",
    )
    assert {token: status(f"/pay-for/{token}") for token in forged} == {
        token: 400 if token == "%00" else 404 for token in forged
    }


def test_the_database_keeps_one_open_link(client_for: ClientFor, holder: User, invoice: Invoice) -> None:
    make(client_for(holder), invoice)
    link = PayerLink.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        PayerLink.objects.create(invoice=invoice, access=link.access, made_at=NOW)


def test_an_old_link_makes_room_for_a_new_one(invoice: Invoice, holder: User) -> None:
    access = Access.objects.get(person=holder).pk
    old = payer_links.make(invoice=invoice, access=access, at=NOW - timedelta(days=30))
    new = payer_links.make(invoice=invoice, access=access, at=NOW)
    assert (old != new, PayerLink.objects.filter(ended_at__isnull=True).get()) == (True, new)


def test_a_paid_invoice_has_no_link(client_for: ClientFor, holder: User, invoice: Invoice) -> None:
    PaymentFactory(payment_book=invoice.payment_book, amount="61.94")
    client = client_for(holder)
    assert client.post(f"/invoices/{invoice.pk}/payer-link").status_code == 404
    assert "nuorodą mokėtojui" not in client.get(f"/invoices/{invoice.pk}").content.decode()
