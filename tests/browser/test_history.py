"""Looking back on readings: narrowed by hand, kept in the address, the same without JavaScript and on a phone."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from properties.models import PaymentBook
from tests.browser.conftest import DESKTOP, PHONE, Window
from tests.factories import AccessFactory, MeterFactory, ReadingFactory


@pytest.mark.parametrize(("width", "script"), [(DESKTOP, True), (PHONE, False)])
def test_readings_are_narrowed_paged_and_taken_home(
    window: Callable[..., Window],
    transactional_db: None,
    holder: User,
    book: PaymentBook,
    width: int,
    script: bool,
) -> None:
    today = timezone.localdate()
    cold = MeterFactory(property=book.premises.get(), place="Virtuvė", serial="41820731")
    hot = MeterFactory(property=book.premises.get(), type="hot_water", serial="41820732")
    for back in range(30):
        day = today - timedelta(days=31 * back)
        ReadingFactory(meter=cold, payment_book=book, read_on=day, value=400 - 5 * back)
        if back < 2:
            ReadingFactory(meter=hot, payment_book=book, read_on=day, value=90 - back)
    other = AccessFactory(person=holder).payment_book

    shown = window(person=holder, width=width, script=script)
    page = shown.page
    shown.open("/")
    if width == PHONE:
        page.get_by_text("Daugiau").click()
    page.get_by_role("link", name="Deklaruotų skaitiklių duomenys").locator("visible=true").click()
    shown.expect_address("/meters/history")
    expect(page.get_by_role("heading", level=1)).to_have_text("Deklaruotų skaitiklių duomenys")
    expect(page.get_by_role("heading", name="Šaltas vanduo")).to_be_visible()
    rows = page.get_by_role("row").filter(has_text="4182073")
    expect(rows).to_have_count(24)

    page.get_by_label("Skaitiklio tipas").select_option(label="Šaltas vanduo")
    page.get_by_label("Objektas").select_option(label="Beržyno g. 8-15, Klaipėda")
    page.get_by_label("Deklaravimo data iki").fill(today.isoformat())
    page.get_by_role("button", name="Rodyti").click()
    expect(page.get_by_label("Skaitiklio tipas")).to_have_value("cold_water")
    expect(page.get_by_label("Deklaravimo data iki")).to_have_value(today.isoformat())
    expect(page.get_by_role("heading", name="Karštas vanduo")).to_have_count(0)
    expect(rows).to_have_count(24)
    expect(rows.first).to_contain_text("400")
    page.get_by_role("link", name="Rodyti senesnius").click()
    expect(rows).to_have_count(6)
    expect(page.get_by_label("Skaitiklio tipas")).to_have_value("cold_water")
    with page.expect_download() as download:
        page.get_by_role("link", name="Atsisiųsti CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 31

    page.get_by_role("link", name="Grįžti prie naujausių").click()
    expect(rows).to_have_count(24)
    page.get_by_label("Objektas").select_option(value=str(other.pk))
    page.get_by_role("button", name="Rodyti").click()
    expect(page.get_by_text("Tokių rodmenų nėra.")).to_be_visible()
    page.get_by_role("link", name="Rodyti visus rodmenis").click()
    shown.expect_address("/meters/history")
