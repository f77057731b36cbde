"""The bill: why it is what it is, on paper, as a document, and paid from a phone that scans the screen."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from accounts.models import User
from invoices.models import Invoice
from invoices.references import find
from properties.models import PaymentBook
from tests.browser.conftest import DESKTOP, PHONE, Window
from tests.factories import AccessFactory, InvoiceFactory, LineFactory, MeterFactory, ReadingFactory
from tests.printing.documents import pages_of, text_of
from tests.printing.scanner import page_of, scanned


def _month(back: int) -> date:
    today = timezone.localdate()
    number = today.year * 12 + today.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def _bill(book: PaymentBook, month: date, hot: str, quantity: str) -> Invoice:
    issued_on = min(month.replace(day=28), timezone.localdate())
    invoice: Invoice = InvoiceFactory(
        payment_book=book, period=month, issued_on=issued_on, due_on=issued_on, charged=Decimal(hot) + 5
    )
    LineFactory(invoice=invoice, service="Kaupiamosios lėšos", amount="5.00")
    LineFactory(
        invoice=invoice,
        service="Karštas vanduo",
        quantity=quantity,
        unit="m³",
        unit_price="6.32",
        amount=hot,
        vat_rate="21",
        vat_amount="4.39",
        meter_type="hot_water",
    )
    return invoice


@pytest.fixture
def bill(transactional_db: None, book: PaymentBook) -> Invoice:
    company = book.managing_company
    company.iban, company.beneficiary_name = "LT121000011101001000", "„Kiemo namai Pajūris“, UAB"
    company.save()
    meter = MeterFactory(property=book.premises.get(), type="hot_water", serial="41820731")
    for back, value in ((2, "100"), (1, "104")):
        ReadingFactory(meter=meter, payment_book=book, read_on=_month(back).replace(day=20), value=value)
    _bill(book, _month(2), "12.64", "2")
    return _bill(book, _month(1), "25.28", "4")


@pytest.mark.parametrize(("width", "script"), [(DESKTOP, True), (PHONE, False)])
def test_read_why_print_download_and_scan(
    window: Callable[..., Window],
    holder: User,
    bill: Invoice,
    width: int,
    script: bool,
) -> None:
    shown = window(person=holder, width=width, script=script)
    page = shown.page
    shown.open(f"/invoices/{bill.pk}")
    page.get_by_role("link", name="Kodėl tiek?").click()
    why = page.get_by_role("region", name="Kodėl tiek?")
    expect(why).to_contain_text("12,64\u00a0€ daugiau nei už")
    expect(why).to_contain_text("(4\u00a0m³ vietoj 2\u00a0m³)")
    expect(why).to_contain_text("Skaitiklis Nr. 41820731: nuo 100 iki 104, sunaudota 4\u00a0m³")
    expect(why.get_by_role("list", name="Sąskaitos pagal mėnesius")).to_be_visible()
    why.get_by_text("Rodyti lentelę").click()
    expect(why.get_by_role("row").filter(has_text="30,28\u00a0€")).to_have_count(1)

    qr = page.get_by_role("img", name="Mokėjimo QR kodas")
    expect(qr).to_be_visible()
    picture = Image.open(io.BytesIO(qr.screenshot()))
    (code,) = scanned(picture)
    *_, name, iban, amount, _purpose, reference = code.text.split("\n")
    assert (name, iban, amount) == ("„Kiemo namai Pajūris“, UAB", "LT121000011101001000", "EUR30.28")
    found = find(company=bill.managing_company, reference=reference)
    assert found is not None
    assert found.invoice == bill

    with page.expect_download() as download:
        page.get_by_role("link", name="Atsisiųsti PDF").click()
    document = Path(download.value.path()).read_bytes()
    text = text_of(document)
    for words in ("Beržyno g. 8-15, Klaipėda", "Karštas vanduo", "25,28", "30,28 €"):
        assert words in text.replace("\u00a0", " "), words
    assert code.text in [one.text for one in scanned(page_of(document))]

    why.get_by_role("link", name="Rodmenys").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deklaruotų skaitiklių duomenys")
    expect(page.get_by_role("row").filter(has_text="41820731")).to_have_count(2)


def test_the_page_prints_on_one_sheet_without_what_is_only_for_the_screen(
    window: Callable[..., Window], holder: User, bill: Invoice
) -> None:
    for number in range(10):
        LineFactory(invoice=bill, service=f"Paslauga {number}", amount="0.00")
    shown = window(person=holder, width=DESKTOP)
    shown.open(f"/invoices/{bill.pk}")
    printed = shown.page.pdf(format="A4", prefer_css_page_size=True)
    (sheet,) = pages_of(printed)
    for words in ("Mokėtina suma", "Paslauga 9", "Įmokos kodas", "Mokėtojo kodas"):
        assert words in sheet, words
    for words in ("Kodėl tiek?", "Atsisiųsti PDF", "Kopijuoti", "Pagrindinis langas"):
        assert words not in sheet, words
    assert len(scanned(page_of(printed))) == 1


def test_details_are_copied_with_a_press_and_all_objects_are_paid_at_once(
    window: Callable[..., Window], holder: User, bill: Invoice
) -> None:
    other = AccessFactory(person=holder, payment_book__managing_company=bill.managing_company).payment_book
    InvoiceFactory(payment_book=other, charged="10.00")
    shown = window(person=holder, width=DESKTOP)
    page = shown.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown.open("/")
    page.get_by_role("link", name="Apmokėti").click()
    shown.expect_address("/invoices/pay")
    # Both bills of the first object, and the other's.
    expect(page.get_by_text("57,92\u00a0€").first).to_be_visible()
    page.get_by_role("button", name="Kopijuoti – Suma").first.click()
    expect(page.get_by_text("Nukopijuota").first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "57,92"
    page.get_by_role("button", name="Kopijuoti – Sąskaita (IBAN)").first.click()
    expect(page.get_by_text("Nukopijuota")).to_have_count(2)
    assert page.evaluate("navigator.clipboard.readText()") == "LT121000011101001000"


def test_somebody_without_an_account_pays_by_a_link(
    window: Callable[..., Window], holder: User, bill: Invoice
) -> None:
    shown = window(person=holder, width=PHONE, script=False)
    page = shown.page
    shown.open(f"/invoices/{bill.pk}")
    page.get_by_role("button", name="Sukurti nuorodą mokėtojui").click()
    expect(page.get_by_role("status")).to_contain_text("Nuoroda paruošta.")
    path = urlsplit(page.locator("#nuoroda strong").inner_text()).path

    payer = window(width=PHONE)
    payer.open(path)
    expect(payer.page.get_by_role("heading", level=1)).to_have_text("Apmokėti sąskaitą")
    expect(payer.page.get_by_role("main")).not_to_contain_text("Karštas vanduo")
    (code,) = scanned(Image.open(io.BytesIO(payer.page.get_by_role("img", name="QR").screenshot())))
    assert code.text.split("\n")[7] == "EUR30.28"

    page.get_by_role("button", name="Atšaukti nuorodą").click()
    expect(page.get_by_role("status")).to_contain_text("Nuoroda nebeveikia.")
    assert payer.page.request.get(payer.page.url).status == 404
