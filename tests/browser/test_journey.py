"""What a resident does, in the words of the printed guide, through a real browser."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from accounts.models import User
from invoices.models import Invoice
from properties.models import PaymentBook
from tests.browser.conftest import DESKTOP, PHONE, Window
from tests.factories import PASSWORD, InvoiceFactory, LineFactory

Open = Callable[..., Window]
NEW_PASSWORD = "Nauja-Spyna-7"


@pytest.fixture
def invoice(book: PaymentBook) -> Invoice:
    """An invoice of this month, of which nothing is paid."""
    today = timezone.localdate()
    made: Invoice = InvoiceFactory(
        payment_book=book,
        number="KN-2026-77",
        issued_on=today,
        due_on=today + timedelta(days=20),
        period=today.replace(day=1),
        charged=Decimal("61.94"),
        total=Decimal("61.94"),
    )
    LineFactory(invoice=made, service="Namo administravimas", amount=Decimal("61.94"))
    return made


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("El. paštas", exact=True).fill(email)
    page.get_by_label("Slaptažodis", exact=True).fill(password)
    page.get_by_role("button", name="Prisijungti", exact=True).click()


def choose_in_menu(page: Page, name: str, choice: str) -> None:
    """Open the menu under the person's name and press one of its lines."""
    page.locator(".topbar summary", has_text=name).click()
    page.locator(".topbar details").get_by_text(choice, exact=True).click()


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


@pytest.mark.parametrize(("width", "script"), [(DESKTOP, False), (PHONE, True)])
def test_sign_in_home_invoice_sign_out(
    window: Open, holder: User, invoice: Invoice, width: int, script: bool
) -> None:
    opened = window(width=width, script=script)
    page = opened.page
    opened.open("/")
    opened.expect_address("/login?next=/")
    sign_in(page, holder.email)

    heading(page, "Laba diena!")
    opened.expect_address("/")
    due = page.get_by_role("region", name="Mokėtina suma")
    expect(due.locator(".sum")).to_have_text("61,94\u00a0€")
    expect(page.get_by_role("region", name="Naujausios sąskaitos")).to_contain_text("Neapmokėta")

    menu = "Pagrindinis meniu" if width == DESKTOP else "Apatinis meniu"
    page.get_by_role("navigation", name=menu).get_by_role("link", name="Sąskaitos", exact=True).click()
    heading(page, "Sąskaitos")
    page.get_by_role("main").get_by_role("link", name="Beržyno g. 8-15").click()

    opened.expect_address(f"/invoices/{invoice.pk}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sąskaita už")
    expect(page.get_by_role("table")).to_contain_text("Namo administravimas")
    page.get_by_role("link", name="Apmokėti per banko programėlę").click()
    details = page.locator("#mokejimas")
    expect(details).to_be_in_viewport()
    expect(details).to_contain_text("Mokėtojo kodas")
    expect(details).to_contain_text("KN-0418 22-15")

    choose_in_menu(page, "Birutė", "Atsijungti")
    opened.expect_address("/login")
    expect(page.get_by_role("status")).to_have_text("Atsijungėte.")
    opened.open(f"/invoices/{invoice.pk}")
    opened.expect_address(f"/login?next=/invoices/{invoice.pk}")


def test_forgotten_password_comes_back_through_the_letter(window: Open, holder: User) -> None:
    opened = window(script=False, width=PHONE)
    page = opened.page
    opened.open("/login")
    page.get_by_role("link", name="Pamiršote slaptažodį?").click()
    page.get_by_label("El. paštas", exact=True).fill(holder.email)
    page.get_by_role("button", name="Siųsti nuorodą").click()
    heading(page, "Patikrinkite el. paštą")

    (letter,) = mail.outbox
    assert letter.to == [holder.email]
    (link,) = (word for word in str(letter.body).split() if "/password/reset/key/" in word)
    opened.open(link.removeprefix(settings.BASE_URL))
    heading(page, "Naujas slaptažodis")
    page.get_by_label("Naujas slaptažodis", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Išsaugoti").click()

    opened.expect_address("/login")
    expect(page.get_by_role("status")).to_have_text("Slaptažodis pakeistas.")
    sign_in(page, holder.email, NEW_PASSWORD)
    heading(page, "Laba diena!")


def test_change_of_password_keeps_this_window_and_ends_the_others(window: Open, holder: User) -> None:
    opened, elsewhere = window(), window(person=holder)
    page = opened.page
    opened.open("/login")
    sign_in(page, holder.email)
    choose_in_menu(page, "Birutė", "Slaptažodžio keitimas")
    heading(page, "Slaptažodžio keitimas")
    page.get_by_label("Dabartinis slaptažodis", exact=True).fill(PASSWORD)
    new = page.get_by_label("Naujas slaptažodis", exact=True)
    new.fill("trumpas")
    rules = page.locator(".rules li")
    expect(rules).to_have_count(3)
    expect(page.locator(".rules li.met")).to_have_count(0)
    new.fill(NEW_PASSWORD)
    expect(page.locator(".rules li.met")).to_have_count(3)
    page.get_by_role("button", name="Rodyti – Naujas slaptažodis").click()
    expect(new).to_have_attribute("type", "text")
    page.get_by_role("button", name="Išsaugoti").click()

    expect(page.get_by_role("status")).to_have_text("Slaptažodis pakeistas.")
    assert opened.open("/").status == 200
    opened.expect_address("/")
    elsewhere.open("/")
    elsewhere.expect_address("/login?next=/")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_own_phone_number(window: Open, holder: User, script: bool) -> None:
    opened = window(person=holder, script=script)
    page = opened.page
    opened.open("/")
    choose_in_menu(page, "Birutė", "Mano kontaktai")
    heading(page, "Mano kontaktai")
    expect(page.get_by_role("main")).to_contain_text(holder.email)
    phone = page.get_by_label("Telefono numeris", exact=True)
    phone.fill("+49 151 0000000")
    page.get_by_role("button", name="Išsaugoti").click()
    expect(page).to_have_title(re.compile("^Klaida:"))
    expect(phone).to_have_value("+49 151 0000000")
    expect(phone).to_have_attribute("aria-invalid", "true")
    if script:
        expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").click()
    expect(phone).to_be_focused()
    phone.fill("8 612 34567")
    page.get_by_role("button", name="Išsaugoti").click()
    expect(page.get_by_role("status")).to_contain_text("pakeistas")
    holder.refresh_from_db()
    assert str(holder.phone) == "+37061234567"


def test_english_is_one_press_away_and_remembered(window: Open, holder: User) -> None:
    opened = window(script=False)
    page = opened.page
    opened.open("/login")
    expect(page.locator("html")).to_have_attribute("lang", "lt")
    page.get_by_role("button", name="English").click()
    heading(page, "Sign-in")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Lietuvių").click()
    sign_in(page, holder.email)
    heading(page, "Laba diena!")
    page.get_by_role("button", name="English").click()
    heading(page, "Good day!")
    # It belongs to the account now: another browser speaks English too.
    another = window(person=holder)
    another.open("/")
    heading(another.page, "Good day!")


def test_wrong_password_keeps_the_email_and_forgets_the_password(window: Open, holder: User) -> None:
    opened = window()
    page = opened.page
    opened.open("/login")
    sign_in(page, holder.email, "Neteisingas-1")
    expect(page).to_have_title(re.compile("^Klaida:"))
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("El. paštas", exact=True)).to_have_value(holder.email)
    expect(page.get_by_label("Slaptažodis", exact=True)).to_have_value("")
    sign_in(page, holder.email)
    heading(page, "Laba diena!")


def test_a_second_press_sends_nothing(window: Open, holder: User) -> None:
    """One request a form: the impatient press twice."""
    opened = window(person=holder)
    page = opened.page
    opened.open("/contacts")
    sent: list[str] = []

    def lose(route: Route) -> None:
        sent.append(route.request.method)
        route.abort("aborted")  # an answer that does not come: the page stays as it is

    page.route("**/contacts", lose)
    phone = page.get_by_label("Telefono numeris", exact=True)
    phone.fill("8 612 34567")
    phone.press("Enter")
    expect(page.get_by_role("button", name="Siunčiame…")).to_have_attribute("aria-busy", "true")
    phone.press("Enter")
    assert sent == ["POST"]


def test_menus_close_by_escape_and_by_a_press_elsewhere(window: Open, holder: User) -> None:
    opened = window(person=holder, width=PHONE)
    page = opened.page
    opened.open("/")
    more = page.locator(".bottom details.menu")
    more.locator("summary").click()
    expect(page.get_by_role("link", name="Kliento informacija")).to_be_visible()
    page.keyboard.press("Escape")
    expect(more).not_to_have_attribute("open", "")
    expect(more.locator("summary")).to_be_focused()
    more.locator("summary").click()
    page.get_by_role("heading", level=1).click()
    expect(more).not_to_have_attribute("open", "")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_back_shows_nothing_after_signing_out(
    window: Open, launch: Callable[..., Browser], holder: User, invoice: Invoice, script: bool
) -> None:
    # Playwright turns the memory of whole pages off; readers have it on.
    browser = launch(ignore_default_args=["--disable-back-forward-cache"])
    opened = window(browser=browser, person=holder, script=script)
    page = opened.page
    opened.open("/")
    opened.open(f"/invoices/{invoice.pk}")
    expect(page.get_by_role("main")).to_contain_text("61,94")
    choose_in_menu(page, "Birutė", "Atsijungti")
    opened.expect_address("/login")
    for _ in range(2):
        page.go_back()
        heading(page, "Prisijungimas")
        expect(page.get_by_role("main")).not_to_contain_text("61,94")
    browser.close()


def test_a_page_out_of_the_browsers_memory_asks_the_server_again(
    window: Open, holder: User, invoice: Invoice
) -> None:
    opened = window(person=holder)
    page, other_tab = opened.page, opened.context.new_page()
    opened.open("/")
    other_tab.goto("/")
    choose_in_menu(other_tab, "Birutė", "Atsijungti")
    expect(other_tab.get_by_role("status")).to_have_text("Atsijungėte.")
    expect(page.get_by_role("main")).to_contain_text("61,94")
    # What a browser says when it shows a page it had kept whole.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    heading(page, "Prisijungimas")
