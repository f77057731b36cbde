"""Invoices whose quantity × price does not make the amount: shown with the arithmetic, released or returned."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from invoices import holding
from invoices.models import Invoice
from properties.models import PaymentBook
from tests.factories import InvoiceFactory, LineFactory

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
ClientFor = Callable[[User], Client]


@pytest.fixture
def held(book: PaymentBook) -> Invoice:
    invoice: Invoice = InvoiceFactory(payment_book=book, number="KN-1", is_held=True, charged="25.90")
    LineFactory(invoice=invoice, service="Valymas", quantity="2", unit_price="0.3", amount="0.60")
    LineFactory(invoice=invoice, service="Vanduo", quantity="4", unit_price="6.32", amount="25.30")
    return invoice


def page(invoice: Invoice) -> str:
    return f"/admin/invoices/invoice/{invoice.pk}/change/"


def returned(reason: str) -> dict[str, str]:
    """Return what the page sends; lines and earlier revisions are only shown."""
    rows = {
        f"{rows}-{name}_FORMS": "0"
        for rows in ("lines", "earlier_revisions")
        for name in ("TOTAL", "INITIAL")
    }
    return {"return_reason": reason, "charged": "1.00", **rows}


def test_staff_see_the_arithmetic(client_for: ClientFor, staff_a: User, held: Invoice) -> None:
    body = client_for(staff_a).get(page(held)).content.decode()
    assert "25,28\xa0€ (+0,02\xa0€)" in body
    assert "0,60\xa0€</p>" in body


def test_staff_return_it_with_a_reason_and_it_stays_held(
    client_for: ClientFor, staff_a: User, holder: User, held: Invoice
) -> None:
    client = client_for(staff_a)
    answer = client.post(page(held), returned("  "))
    assert "Parašykite, kas negerai" in answer.content.decode()
    held.refresh_from_db()
    assert held.returned_at is None
    assert client.post(page(held), returned("Kaina ne ta")).status_code == 302
    held.refresh_from_db()
    assert (held.is_held, held.return_reason, held.returned_at is None) == (True, "Kaina ne ta", False)
    assert held.charged == Decimal("25.90")
    body = client.get(page(held)).content.decode()
    assert "Kaina ne ta" in body
    assert 'name="return_reason"' not in body
    assert client_for(holder).get(f"/invoices/{held.pk}").status_code == 404


def test_a_returned_one_may_still_be_released(client_for: ClientFor, holder: User, held: Invoice) -> None:
    holding.give_back(invoice=held, reason="Kaina ne ta", at=AT)
    assert holding.release(invoices=Invoice.objects.all()) == [held]
    held.refresh_from_db()
    assert (held.is_held, held.return_reason, held.returned_at) == (False, "", None)
    assert client_for(holder).get(f"/invoices/{held.pk}").status_code == 200


def test_what_was_released_meanwhile_is_not_returned(
    client_for: ClientFor, staff_a: User, held: Invoice
) -> None:
    Invoice.objects.update(is_held=False)
    with pytest.raises(ValidationError) as refused:
        holding.give_back(invoice=held, reason="Kaina ne ta", at=AT)
    assert refused.value.code == "not_held"
    assert client_for(staff_a).post(page(held), returned("Kaina ne ta")).status_code == 403
    assert Invoice.objects.get().return_reason == ""


def test_staff_of_another_company_neither_see_nor_return_it(
    client_for: ClientFor, staff_b: User, held: Invoice
) -> None:
    client = client_for(staff_b)
    assert client.get(page(held)).status_code == 404
    assert client.post(page(held), returned("Kaina ne ta")).status_code == 404
    assert Invoice.objects.get().returned_at is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"returned_at": AT},
        {"return_reason": "Kaina ne ta"},
        {"returned_at": AT, "return_reason": "Kaina ne ta", "is_held": False},
    ],
)
def test_the_database_knows_no_half_returned_invoice(held: Invoice, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.update(**wrong)


HEADER = "number;payer_code;period;issued_on;due_on;line_no;service;amount;quantity;unit_price\n"


@pytest.mark.parametrize(("price", "is_held"), [("6,325", False), ("6,40", True)])
def test_other_content_takes_the_mark_off(
    book: PaymentBook, tmp_path: Path, price: str, is_held: bool
) -> None:
    file = tmp_path / "invoices.csv"

    def send(price: str) -> Invoice:
        line = f"KN-1;{book.payer_code};2026-09;2026-10-05;2026-10-31;1;Vanduo;25,30;4;{price}\n"
        file.write_text(HEADER + line, encoding="utf-8")
        company = book.managing_company.company_code
        call_command("import_data", "invoices", str(file), company=company, no_letters=True)
        return Invoice.objects.get()

    invoice = send("6,32")
    assert invoice.is_held
    holding.give_back(invoice=invoice, reason="Kaina ne ta", at=AT)
    same = send("6,32")
    assert (same.is_held, same.return_reason) == (True, "Kaina ne ta")
    other = send(price)
    assert (other.is_held, other.returned_at, other.return_reason) == (is_held, None, "")
