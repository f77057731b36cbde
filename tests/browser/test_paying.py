"""Paying online: through the provider and back, before its answer and after it, in part, and from two tabs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from invoices.models import Order
from properties.models import PaymentBook
from tests.browser.conftest import DESKTOP, PHONE, Window
from tests.factories import InvoiceFactory
from tests.imports.conftest import import_path
from tests.invoices.paysera_server import Paysera, serve

PROJECT, PASSWORD = "70001", "slaptas-projekto-raktas"


@pytest.fixture
def bank(live_server: LiveServer, settings: Any) -> Iterator[Paysera]:
    """A server of the provider's own, at another address than the portal's."""
    paysera = Paysera({PROJECT: PASSWORD})
    server = serve(paysera)
    settings.PAYSERA_URL, settings.BASE_URL = paysera.url, live_server.url
    settings.PAYSERA_PROJECTS = {"300000017": {"project": PROJECT, "password": PASSWORD}}
    yield paysera
    server.shutdown()
    server.server_close()


@pytest.fixture
def owing(transactional_db: None, book: PaymentBook) -> PaymentBook:
    InvoiceFactory(payment_book=book, charged="50.00")
    return book


def leaves_for_the_bank(page: Page, amount: str) -> None:
    page.get_by_label("Mokama suma, €").fill(amount)
    page.get_by_role("button", name="Apmokėti").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Banko puslapis")


def away(shown: Window, bank: Paysera) -> None:
    """Let the window go to the provider: its pages are foreign on purpose."""
    shown.complaints.said[:] = [
        said
        for said in shown.complaints.said
        if not said.startswith(f"foreign: {bank.url.removesuffix('/pay/')}")
    ]


@pytest.mark.parametrize(("width", "script"), [(DESKTOP, True), (PHONE, False)])
def test_a_part_now_the_rest_later_and_both_posted_by_the_file(
    window: Callable[..., Window],
    holder: User,
    owing: PaymentBook,
    bank: Paysera,
    tmp_path: Path,
    width: int,
    script: bool,
) -> None:
    shown = window(person=holder, width=width, script=script)
    page = shown.page
    # A part; the answer is there before the payer is back.
    shown.open("/invoices/pay")
    leaves_for_the_bank(page, "12,34")
    page.get_by_role("link", name="Patvirtinti", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mokėjimas gautas")
    expect(page.get_by_text("Gauta, dar neįskaityta")).to_be_visible()
    shown.open("/")
    expect(page.get_by_text("37,66\u00a0€").first).to_be_visible()
    # The rest, so soon that the page asks; the payer is back before the answer.
    shown.open("/invoices/pay")
    page.get_by_role("button", name="Apmokėti").click()
    expect(page.get_by_text("Ar tikrai norite mokėti dar kartą?")).to_be_visible()
    page.get_by_label("Taip, noriu mokėti dar kartą").check()
    leaves_for_the_bank(page, "37,66")
    page.get_by_role("link", name="Patvirtinti, pranešti vėliau").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Laukiame atsakymo")
    last = Order.objects.latest("pk")
    assert bank.call_back(last.number) == (200, "OK")
    if not script:
        page.get_by_role("link", name="Tikrinti dar kartą").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mokėjimas gautas")
    away(shown, bank)

    rows = [
        f"E{one.pk};{owing.payer_code};2026-11-22;{one.amount};{one.number}" for one in Order.objects.all()
    ]
    path = tmp_path / "payments.csv"
    path.write_text("\n".join(["bank_reference;payer_code;paid_on;amount;order_id", *rows]))
    assert import_path("payments", path, company="300000017").status == 0
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mokėjimas įskaitytas")
    shown.open("/invoices/payments")
    expect(page.get_by_text("12,34\u00a0€").first).to_be_visible()
    expect(page.get_by_text("dar neįskaityta")).to_have_count(0)


def test_two_tabs_pay_once_and_who_gives_up_pays_nothing(
    window: Callable[..., Window], holder: User, owing: PaymentBook, bank: Paysera
) -> None:
    shown = window(person=holder)
    page, other = shown.page, shown.context.new_page()
    for tab in (page, other):
        tab.goto("/invoices/pay")
    leaves_for_the_bank(page, "50")
    page.get_by_role("link", name="Patvirtinti", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mokėjimas gautas")
    # The other tab still shows the debt.
    other.get_by_role("button", name="Apmokėti").click()
    expect(other.get_by_text("internetu gauta 50,00\u00a0€")).to_be_visible()
    other.get_by_label("Taip, noriu mokėti dar kartą").check()
    leaves_for_the_bank(other, "50")
    other.get_by_role("link", name="Grįžti nemokėjus").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Mokėjimas nebaigtas")
    away(shown, bank)
    shown.open("/")
    expect(page.get_by_text("Šiuo metu mokėti nereikia.")).to_be_visible()
