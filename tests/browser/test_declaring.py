"""Declaring by hand, in the words of the guide: one meter, all of them, a slip, a question, two people, too late."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from meters.models import Meter
from properties.models import ManagingCompany, PaymentBook, Property
from tests.browser.conftest import DESKTOP, PHONE, Window
from tests.factories import MeterFactory, ReadingFactory

Open = Callable[..., Window]
PAGE = "/meters"


@pytest.fixture(autouse=True)
def _always_open(transactional_db: None, company_a: ManagingCompany) -> None:
    company_a.window_opens, company_a.window_closes = 1, 31
    company_a.save()


def read(meter: Meter, book: PaymentBook, *values: str) -> Meter:
    """Give a meter a reading a month, the last one 35 days ago: in an earlier month whatever today is."""
    for months, value in enumerate(reversed(values)):
        day = timezone.localdate() - timedelta(days=35 + 30 * months)
        ReadingFactory(meter=meter, payment_book=book, read_on=day, value=value)
    return meter


@pytest.fixture
def cold(flat: Property, book: PaymentBook) -> Meter:
    return read(MeterFactory(property=flat, serial="SALTAS-1", place="Vonia"), book, "100", "103", "106")


@pytest.fixture
def hot(flat: Property, book: PaymentBook) -> Meter:
    meter = MeterFactory(property=flat, serial="KARSTAS-2", type="hot_water", place="Vonia")
    return read(meter, book, "46", "48", "50")


def group(page: Page, meter: Meter) -> Locator:
    return page.get_by_role("group").filter(has_text=meter.serial)


def now(page: Page, meter: Meter) -> Locator:
    return group(page, meter).get_by_label("Dabar")


def press(page: Page, meter: Meter, button: str = "Deklaruoti") -> None:
    group(page, meter).get_by_role("button", name=button).click()


def press_all(page: Page) -> None:
    page.get_by_role("button", name="Deklaruoti visus").click()


def says(page: Page, words: str) -> None:
    expect(page.locator(".note.ok.toast-gap")).to_have_text(words)


@pytest.mark.parametrize(("width", "script"), [(DESKTOP, True), (PHONE, False)])
def test_one_then_all_with_a_slip_and_two_questions(
    width: int,
    script: bool,
    window: Open,
    holder: User,
    book: PaymentBook,
    flat: Property,
    cold: Meter,
    hot: Meter,
) -> None:
    power = read(
        MeterFactory(property=flat, serial="ELEKTRA-3", type="electricity", register="T1"), book,
        "1000", "1100", "1200",
    )  # fmt: skip
    gas = read(MeterFactory(property=flat, serial="DUJOS-4", type="gas"), book, "99996.5")
    shown = window(width=width, script=script, person=holder)
    page = shown.page
    shown.open("/")
    page.get_by_role("link", name="Deklaruoti", exact=True).click()
    shown.expect_address(PAGE)

    now(page, cold).fill("109,5")
    if not script:
        now(page, cold).press("Enter")
        expect(page.get_by_text("Dar nedeklaruota")).to_be_visible()
    expect(group(page, cold).locator("output")).to_have_text("3,5 m³")
    expect(page.locator(".dock")).to_contain_text("Įvesta 1 iš 4")
    press(page, cold)
    says(page, "Rodmuo deklaruotas: Šaltas vanduo, vonia, Nr. SALTAS-1, 109,5 m³.")
    expect(group(page, cold)).to_contain_text("sunaudota 3,5 m³")

    now(page, hot).fill("5")
    now(page, power).fill("2300")
    now(page, gas).fill("0,25")
    press_all(page)
    expect(page.locator(".summary h2")).to_have_text("Pataisykite 3 rodmenis")
    expect(group(page, hot)).to_contain_text("Tai mažiau, nei skaitiklis rodė")
    expect(now(page, hot)).to_have_value("5")
    expect(group(page, power)).to_contain_text("Per 35 dienas sunaudota 1 100 kWh, o paprastai – apie")
    expect(group(page, gas)).to_contain_text("Tada sunaudota 3,75 m³.")
    for meter in (power, gas):
        group(page, meter).get_by_label("Patikrinau, rodmuo teisingas").check()
    now(page, hot).fill("52")
    press_all(page)
    says(page, "Deklaruoti 3 rodmenys.")
    expect(group(page, gas)).to_contain_text("sunaudota 3,75 m³")
    expect(page.locator(".dock")).to_have_count(0)

    press(page, cold, "Taisyti")
    expect(now(page, cold)).to_be_focused()
    expect(now(page, cold)).to_have_value("109,5")
    now(page, cold).fill("108")
    press(page, cold)
    says(page, "Rodmuo pataisytas: Šaltas vanduo, vonia, Nr. SALTAS-1, 108 m³.")
    shown.open("/")
    expect(page.locator("main")).to_contain_text("Deklaruota 4 iš 4 skaitiklių.")


def test_two_people_and_a_reading_to_be_checked(
    window: Open, holder: User, guest_declares: User, cold: Meter, hot: Meter
) -> None:
    first, second = window(person=holder), window(width=PHONE, person=guest_declares)
    first.open(PAGE)
    second.open(PAGE)
    now(first.page, cold).fill("109")
    press(first.page, cold)
    says(first.page, "Rodmuo deklaruotas: Šaltas vanduo, vonia, Nr. SALTAS-1, 109 m³.")

    page = second.page
    now(page, cold).fill("108")
    now(page, hot).fill("4")
    press_all(page)
    expect(group(page, cold)).to_contain_text("Birutė Pavyzdienė jau deklaravo 109\u00a0m³ už")
    expect(now(page, cold)).to_have_value("108")
    press(page, hot, "Siųsti rodmenį patikrai")
    says(page, "Rodmuo išsiųstas patikrai: Karštas vanduo, vonia, Nr. KARSTAS-2, 4 m³.")
    expect(now(page, cold)).to_have_value("108")
    # Sent again, now that the first value has been seen, it corrects it.
    press(page, cold)
    says(page, "Rodmuo pataisytas: Šaltas vanduo, vonia, Nr. SALTAS-1, 108 m³.")
    first.page.reload()
    expect(group(first.page, cold)).to_contain_text("Savitarnoje deklaravo Ieva Svetimavičė.")


@pytest.mark.parametrize("script", [True, False])
def test_the_window_closes_while_the_page_is_open(
    script: bool, window: Open, holder: User, company_a: ManagingCompany, cold: Meter, hot: Meter
) -> None:
    shown = window(width=PHONE, script=script, person=holder)
    page = shown.page
    shown.open(PAGE)
    now(page, cold).fill("109,5")
    now(page, hot).fill("52")
    # The window of this month is over, or has not begun.
    other_day = 1 if timezone.localdate().day > 14 else 28
    company_a.window_opens = company_a.window_closes = other_day
    company_a.save()
    press_all(page)
    expect(page.locator(".summary")).to_contain_text("Šių rodmenų nepriėmėme")
    expect(page.locator(".summary")).to_contain_text("Šaltas vanduo, vonia, Nr. SALTAS-1: 109,5")
    expect(page.locator(".summary")).to_contain_text("Karštas vanduo, vonia, Nr. KARSTAS-2: 52")
    expect(page.get_by_role("heading", name="Deklaruosite nuo")).to_be_visible()
    expect(page.locator("main input[type=text]")).to_have_count(0)
