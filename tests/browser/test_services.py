"""A leaking tap from the order to „Atlikta“, seen from both sides; a question of somebody without an account."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from accounts.models import User
from properties.models import PaymentBook
from services.models import CatalogueItem, Request
from tests.browser.conftest import PHONE, Window
from tests.browser.test_registration import heading
from tests.estate import tiny_photo
from tests.factories import CatalogueItemFactory

Open = Callable[..., Window]


@pytest.fixture
def plumber(transactional_db: None, book: PaymentBook) -> CatalogueItem:
    book.managing_company.emergency_phone = "+370 700 00001"
    book.managing_company.save()
    item: CatalogueItem = CatalogueItemFactory(managing_company=book.managing_company, title="Santechnikas")
    return item


def says(page: Page, words: str) -> None:
    expect(page.locator(".note.ok")).to_contain_text(words)


def does(page: Page, deed: str, **fields: str) -> None:
    """Do something about the only request of the queue."""
    page.goto("/admin/services/request/")
    page.get_by_role("link", name="P-0001").click()
    page.get_by_label(deed, exact=True).check()
    for label, value in fields.items():
        page.locator(f"[name={label}]").fill(value)
    page.get_by_role("button", name="Išsaugoti", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def test_an_order_with_two_photos_to_its_end(
    window: Open, holder: User, staff_a: User, plumber: CatalogueItem
) -> None:
    resident, staff = window(width=PHONE, script=False, person=holder).page, window(person=staff_a).page
    resident.goto("/services")
    expect(resident.locator(".note.bad").get_by_role("link")).to_have_attribute("href", "tel:+37070000001")
    resident.get_by_role("link", name="Santechnikas").click()
    heading(resident, "Santechnikas")
    # Sent without words it comes back, and asks for the photos again.
    photos = [FilePayload(name=f"{n}.jpg", mimeType="image/jpeg", buffer=tiny_photo()) for n in (1, 2)]
    resident.get_by_label("Nuotraukos").set_input_files(photos)
    resident.get_by_label("Rytas").check()
    resident.get_by_role("button", name="Užsakyti").click()
    expect(resident.locator(".summary li")).to_have_count(2)
    expect(resident.get_by_label("Rytas")).to_be_checked()
    resident.get_by_label("Nuotraukos").set_input_files(photos)
    resident.get_by_label("Kas nutiko?").fill("Teka maišytuvas virtuvėje.")
    resident.get_by_role("button", name="Užsakyti").click()
    says(resident, "Jūsų užsakymą gavome, Nr. P-0001.")
    heading(resident, "Teka maišytuvas virtuvėje")
    expect(resident.get_by_role("img", name="Nuotrauka Nr. 2")).to_be_visible()

    does(
        staff,
        "Paskirti atsakingą asmenį",
        in_charge_name="Algis Meistraitis",
        in_charge_phone="+370 600 00001",
    )
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    visit = {"visit_on": tomorrow, "visit_from": "14:00", "visit_to": "16:00"}
    does(staff, "Suderinti atvykimo laiką", message="Ar tinka?", **visit)

    resident.reload()
    expect(resident.locator("[aria-current=step]")).to_contain_text("Meistras atvyks")
    expect(resident.get_by_text("Ar tinka?")).to_be_visible()
    expect(resident.get_by_role("link", name="+370 600 00001")).to_be_visible()
    resident.get_by_label("Jūsų žinutė").fill("Tinka, lauksiu.")
    resident.get_by_role("button", name="Siųsti").last.click()
    says(resident, "Žinutę išsiuntėme.")

    does(staff, "Atlikta arba galutinai atsakyta", message="Pakeitėme tarpinę.")
    resident.goto("/services")
    card = resident.locator("article", has_text="P-0001")
    expect(card.locator(".tag")).to_have_text("Atlikta")
    card.get_by_role("link").click()
    expect(resident.get_by_text("Pakeitėme tarpinę.")).to_be_visible()
    expect(resident.get_by_role("button", name="Atnaujinti")).to_be_visible()
    staff.goto("/admin/services/request/?state=closed")
    expect(staff.locator("#result_list")).to_contain_text("P-0001")


def test_a_question_without_an_account(window: Open, plumber: CatalogueItem) -> None:
    page = window().page
    page.goto("/login")
    page.get_by_role("link", name="Neradote atsakymo? Susisiekite su mumis!").click()
    page.get_by_label("Prižiūrinti įmonė").select_option(plumber.managing_company.name)
    page.get_by_label("Vardas, pavardė").fill("Vilma Klausutytė")
    page.get_by_label("El. paštas").fill("vilma@pastas.example")
    page.get_by_label("Jūsų klausimas").fill("Kada veikia kasa?")
    page.get_by_role("button", name="Siųsti").click()
    says(page, "Jūsų klausimą gavome. Atsakysime el. paštu.")
    assert Request.objects.get().email == "vilma@pastas.example"
