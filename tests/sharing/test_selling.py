"""Selling: staff or the register close a book, and from the next day it is read and paid by its holder alone."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from invoices.models import Invoice
from properties.capabilities import Capability
from properties.models import Access, ManagingCompany, PaymentBook, Property
from tests.admin.test_fence import form_of
from tests.factories import AccessFactory, InvoiceFactory, UserFactory

ClientFor = Callable[[User], Client]
READING = {
    Capability.SEE_OBJECT,
    Capability.SEE_INVOICES,
    Capability.SEE_READINGS,
    Capability.PAY,
    Capability.REMOVE,
}


def may(person: User, book: PaymentBook) -> set[Capability]:
    books, now = PaymentBook.objects.filter(pk=book.pk), timezone.now()
    return {one for one in Capability if books.visible_to(person, one, at=now).exists()}


def by_staff(client: Client, book: PaymentBook, last_day: date, path: Path) -> None:
    address = f"/admin/properties/paymentbook/{book.pk}/change/"
    data = form_of(client, address) | {"closed_on": last_day.isoformat()}
    answer = client.post(address, data)
    assert answer.status_code == 302, answer.context["errors"]


def by_file(client: Client, book: PaymentBook, last_day: date, path: Path) -> None:
    place = book.premises.get()
    row = (
        f"{book.payer_code};Naujas Pirkėjas;person;{place.building.city};{place.building.street};"
        f"{place.building.house};flat;{place.unit};{last_day + timedelta(days=1)}"
    )
    head = "payer_code;payer_name;payer_kind;city;street;house;premises_kind;unit;opened_on"
    path.write_text(f"{head}\n{row}\n", encoding="utf-8")
    call_command("import_data", "register", str(path), company=book.managing_company.company_code)


@pytest.mark.parametrize("close", [by_staff, by_file])
def test_a_sold_flat(
    close: Callable[[Client, PaymentBook, date, Path], None],
    client_for: ClientFor,
    staff_a: User,
    holder: User,
    co_holder: User,
    guest: User,
    book: PaymentBook,
    tmp_path: Path,
) -> None:
    old = InvoiceFactory(payment_book=book, number="SF-SENA")
    close(client_for(staff_a), book, timezone.localdate() - timedelta(days=1), tmp_path / "register.csv")
    late = InvoiceFactory(payment_book=book, number="SF-VELYVA", issued_on=timezone.localdate())

    assert may(holder, book) == may(co_holder, book) == READING
    assert may(guest, book) == set()
    for who, status in ((holder, 200), (co_holder, 200), (guest, 404)):
        for invoice in (old, late):
            assert client_for(who).get(f"/invoices/{invoice.pk}").status_code == status
    home = client_for(holder).get("/").content.decode()
    assert "Uždaryta, paskutinė diena" in home
    assert "Mokėtina suma" in home
    information = client_for(holder).get("/client-information").content.decode()
    assert "Pašalinti knygelę" in information
    assert not re.search(r"<option[^>]*>Beržyno", information)


def test_the_last_day_is_still_the_seller_s(
    client_for: ClientFor, staff_a: User, holder: User, guest: User, book: PaymentBook, tmp_path: Path
) -> None:
    by_staff(client_for(staff_a), book, timezone.localdate(), tmp_path)
    assert may(holder, book) == set(Capability)
    assert Capability.DECLARE in may(guest, book)


def test_the_buyer_starts_clean(
    client_for: ClientFor,
    staff_a: User,
    holder: User,
    guest: User,
    book: PaymentBook,
    flat: Property,
    company_a: ManagingCompany,
    tmp_path: Path,
) -> None:
    old: Invoice = InvoiceFactory(payment_book=book, number="SF-SENA")
    by_file(client_for(staff_a), book, timezone.localdate() - timedelta(days=1), tmp_path / "register.csv")
    bought = PaymentBook.objects.exclude(pk=book.pk).get(premises=flat)
    buyer = UserFactory(first_name="Naujas", last_name="Pirkėjas")
    AccessFactory(person=buyer, payment_book=bought, starts_at=timezone.now())

    assert may(buyer, bought) == set(Capability)
    assert may(buyer, book) == may(holder, bought) == may(guest, bought) == set()
    assert client_for(buyer).get(f"/invoices/{old.pk}").status_code == 404
    shown = client_for(buyer).get("/client-information").content.decode()
    for of_the_seller in ("Pavyzdienė", guest.email, "Panaikinti dalinimąsi"):
        assert of_the_seller not in shown
    assert Access.objects.filter(payment_book=bought).count() == 1
