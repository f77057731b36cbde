"""Registering along the printed guide: a natural and a legal person, to the invoice of their object."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from properties.models import PaymentBook
from tests.browser.conftest import DESKTOP, PHONE, Window
from tests.factories import InvoiceFactory, LineFactory

Open = Callable[..., Window]
EMAIL = "nauja.gyventoja@pastas.example"
PASSWORD = "Liepos-Rytas-7"
DONE = "Registracija sėkminga. Dabar galite prisijungti."


@pytest.fixture
def invoiced(book: PaymentBook) -> PaymentBook:
    """Birutė's flat, which nobody holds yet, with an invoice of 61,94 €."""
    today = timezone.localdate()
    invoice = InvoiceFactory(
        payment_book=book,
        issued_on=today,
        due_on=today + timedelta(days=20),
        charged=Decimal("61.94"),
        total=Decimal("61.94"),
    )
    LineFactory(invoice=invoice, amount=Decimal("61.94"))
    return book


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def fill(page: Page, **typed: str) -> None:
    for label, value in typed.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(value)


def fill_in(page: Page, book: PaymentBook, email: str = EMAIL) -> None:
    """Fill what natural and legal persons fill alike."""
    fill(page, Telefono_numeris="8 612 34567", Slaptažodis=PASSWORD, Mokėtojo_kodas="kn 0418 2215")
    page.get_by_label("El. paštas", exact=True).fill(email)
    page.get_by_label("Prižiūrinti įmonė", exact=True).select_option(book.managing_company.name)
    page.get_by_label("Susipažinau ir sutinku su privatumo politika", exact=True).check()


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def code_of_the_letter(email: str = EMAIL) -> str:
    letter = mail.outbox[-1]
    assert letter.to == [email]
    (code,) = re.findall(r"^[A-Z]{4}-[A-Z]{4}$", str(letter.body), re.MULTILINE)
    return str(code)


def confirm(page: Page, code: str) -> None:
    page.get_by_label("Patvirtinimo kodas", exact=True).fill(code)
    press(page, "Patvirtinti")


def sign_in(page: Page, email: str = EMAIL) -> None:
    page.get_by_label("El. paštas", exact=True).fill(email)
    page.get_by_label("Slaptažodis", exact=True).fill(PASSWORD)
    press(page, "Prisijungti")


def sees_the_invoice(page: Page) -> None:
    heading(page, "Laba diena!")
    expect(page.get_by_role("region", name="Mokėtina suma").locator(".sum")).to_have_text("61,94\u00a0€")
    page.get_by_role("region", name="Naujausios sąskaitos").locator(".rows a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sąskaita už")


@pytest.mark.parametrize(("width", "script"), [(DESKTOP, True), (PHONE, False)])
def test_a_natural_person_registers_and_sees_the_invoice(
    window: Open, invoiced: PaymentBook, width: int, script: bool
) -> None:
    opened = window(width=width, script=script)
    page = opened.page
    opened.open("/login")
    page.get_by_role("link", name="Registruotis", exact=True).click()
    heading(page, "Registracija")
    expect(page.get_by_label("Įmonės pavadinimas", exact=True)).to_be_hidden()
    fill(page, Vardas="BIRUTE", Pavardė="pavyzdienė")
    fill_in(page, invoiced)
    if script:
        expect(page.locator(".rules li.met")).to_have_count(3)
    press(page, "Registruotis")

    opened.expect_address("/confirm-email")
    confirm(page, code_of_the_letter())
    opened.expect_address("/login")
    expect(page.get_by_role("status")).to_have_text(DONE)
    sign_in(page)
    sees_the_invoice(page)


def test_a_legal_person_registers_and_sees_the_invoice(window: Open, invoiced: PaymentBook) -> None:
    invoiced.payer_name, invoiced.payer_kind = "Uždaroji akcinė bendrovė „Kepyklėlė“", "company"
    invoiced.save()
    opened = window()
    page = opened.page
    opened.open("/register")
    page.get_by_label("Juridinis asmuo", exact=True).check()
    expect(page.get_by_label("Vardas", exact=True)).to_be_hidden()
    fill(page, Įmonės_pavadinimas="Kepyklėlė, UAB", Kontaktinis_asmuo="Rasa Bandomoji")
    fill_in(page, invoiced)
    press(page, "Registruotis")
    confirm(page, code_of_the_letter())
    expect(page.get_by_role("status")).to_have_text(DONE)
    sign_in(page)
    sees_the_invoice(page)
    assert User.objects.get(email=EMAIL).kind == User.Kind.LEGAL_PERSON


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_mistakes_are_told_and_nothing_typed_is_lost(
    window: Open, invoiced: PaymentBook, script: bool
) -> None:
    opened = window(script=script, width=PHONE)
    page = opened.page
    opened.open("/register")
    fill(page, Vardas="Birutė", Pavardė="Pavyzdienė")
    fill_in(page, invoiced)
    fill(page, Telefono_numeris="+44 20 7946 0000", Mokėtojo_kodas="„“")
    press(page, "Registruotis")

    expect(page).to_have_title(re.compile("^Klaida:"))
    summary = page.get_by_role("alert")
    expect(summary.get_by_role("listitem")).to_have_text(
        [
            "Telefono numerį pradėkite +370, pvz., +37060000000",
            "Mokėtojo kodą įrašykite kaip sąskaitoje, pvz., KN-0123 456",
        ]
    )
    if script:
        expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    phone = page.get_by_label("Telefono numeris", exact=True)
    expect(phone).to_be_focused()
    expect(phone).to_have_value("+44 20 7946 0000")
    expect(page.get_by_label("Slaptažodis", exact=True)).to_have_value("")
    fill(page, Telefono_numeris="8 612 34567", Slaptažodis=PASSWORD, Mokėtojo_kodas="KN-0418 22-15")
    press(page, "Registruotis")
    confirm(page, code_of_the_letter())
    expect(page.get_by_role("status")).to_have_text(DONE)


def test_with_an_invitation_no_code_is_asked(window: Open, invoiced: PaymentBook) -> None:
    opened = window(script=False)
    page = opened.page
    opened.open("/register")
    fill(page, Vardas="Birutė", Pavardė="Pavyzdienė")
    fill_in(page, invoiced)
    page.get_by_label("Turiu kvietimą – kodo nereikia", exact=True).check()
    expect(page.get_by_label("Mokėtojo kodas", exact=True)).to_be_hidden()
    expect(page.get_by_label("Prižiūrinti įmonė", exact=True)).to_be_hidden()
    press(page, "Registruotis")
    confirm(page, code_of_the_letter())
    sign_in(page)
    heading(page, "Laba diena!")
    expect(page.get_by_role("region", name="Mokėtina suma")).to_have_count(0)


def test_the_policy_opens_beside_and_keeps_what_is_typed(window: Open, invoiced: PaymentBook) -> None:
    opened = window()
    page = opened.page
    opened.open("/register")
    fill(page, Vardas="Birutė")
    with opened.context.expect_page() as beside:
        page.get_by_role("main").get_by_role("link", name="privatumo politika").click()
    heading(beside.value, "Privatumo politika")
    expect(page.get_by_label("Vardas", exact=True)).to_have_value("Birutė")
    expect(page.get_by_label("Susipažinau ir sutinku su privatumo politika", exact=True)).not_to_be_checked()


def test_an_impatient_press_registers_once(window: Open, invoiced: PaymentBook) -> None:
    opened = window()
    page = opened.page
    opened.open("/register")
    fill(page, Vardas="Birutė", Pavardė="Pavyzdienė")
    fill_in(page, invoiced)
    page.get_by_role("button", name="Registruotis", exact=True).dblclick()
    page.wait_for_url("**/confirm-email")
    assert len(mail.outbox) == 1
    confirm(page, code_of_the_letter())
    expect(page.get_by_role("status")).to_have_text(DONE)


def test_a_lost_letter_and_another_device(window: Open, invoiced: PaymentBook) -> None:
    opened = window(script=False)
    page = opened.page
    opened.open("/register")
    fill(page, Vardas="Birutė", Pavardė="Pavyzdienė")
    fill_in(page, invoiced)
    press(page, "Registruotis")
    press(page, "Siųsti kodą dar kartą")
    expect(page.get_by_role("status")).to_contain_text("Išsiuntėme naują kodą")
    press(page, "Grįžti į prisijungimą")
    heading(page, "Prisijungimas")

    phone = window(script=False, width=PHONE)
    phone.open("/login")
    sign_in(phone.page)
    phone.expect_address("/confirm-email")
    assert len(mail.outbox) == 3
    confirm(phone.page, code_of_the_letter())
    expect(phone.page.get_by_role("status").first).to_have_text("El. paštas patvirtintas.")
    sees_the_invoice(phone.page)
