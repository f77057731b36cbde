"""Proving an object by hand: from the neutral answer on home to the object itself, by code or by the staff."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from notifications.models import Letter
from properties import activation
from properties.models import Access, PaymentBook
from tests.browser.conftest import DESKTOP, PHONE, Window
from tests.properties.conftest import CODE, failed_claim

Open = Callable[..., Window]
ANSWER = "Objekto pagal šiuos duomenis pridėti nepavyko."


@pytest.mark.parametrize(("width", "script"), [(PHONE, True), (DESKTOP, False)])
def test_the_activation_code_after_a_mistake(
    width: int, script: bool, transactional_db: None, window: Open, newcomer: User, book: PaymentBook
) -> None:
    failed_claim(newcomer, book.managing_company, CODE, timezone.now())
    shown = window(width=width, script=script, person=newcomer)
    shown.open("/")
    expect(shown.page.get_by_text(ANSWER)).to_be_visible()
    shown.page.get_by_label("Aktyvavimo kodas").fill("ACDEF-GHJKM")
    shown.page.get_by_role("button", name="Patvirtinti kodą").click()
    expect(shown.page.get_by_role("alert")).to_contain_text(ANSWER)
    field = shown.page.get_by_label("Aktyvavimo kodas")
    expect(field).to_have_value("")
    field.fill(activation.printed(activation.code_of(book)).lower())
    shown.page.get_by_role("button", name="Patvirtinti kodą").click()
    expect(shown.page.get_by_role("status").first).to_be_visible()
    expect(shown.page.get_by_role("link", name="Beržyno g. 8-15")).to_be_visible()
    expect(shown.page.get_by_text(ANSWER)).to_have_count(0)


def test_the_staff_let_in_and_the_holder_objects(
    transactional_db: None,
    window: Open,
    newcomer: User,
    holder: User,
    staff_a: User,
    book: PaymentBook,
) -> None:
    failed_claim(newcomer, book.managing_company, CODE, timezone.now())
    asking = window(width=PHONE, script=False, person=newcomer)
    asking.open("/")
    asking.page.get_by_role("button", name="Siųsti prašymą administratoriui").click()
    expect(asking.page.get_by_role("status").first).to_be_visible()
    expect(asking.page.get_by_role("button", name="Siųsti prašymą administratoriui")).to_have_count(0)

    office = window(script=False, person=staff_a)
    office.open("/admin/properties/linkrequest/")
    office.page.get_by_role("link", name="Nauja Naujokė").click()
    expect(office.page.get_by_text("Birutė Pavyzdienė").first).to_be_visible()
    office.page.locator("input[name=verdict][value=approve]").check()
    office.page.locator("input[name=_save]").click()
    asking.open("/")
    expect(asking.page.get_by_role("link", name="Beržyno g. 8-15")).to_be_visible()

    token = Letter.objects.get(kind="object_linked", address=holder.email).context["token"]
    objecting = window(width=PHONE, script=False)
    objecting.open(f"/not-me/{token}")
    expect(objecting.page.get_by_text("Beržyno g. 8-15, Klaipėda")).to_be_visible()
    objecting.page.get_by_role("button", name="Tai ne aš").click()
    expect(objecting.page.get_by_role("status").first).to_be_visible()
    asking.open("/")
    expect(asking.page.get_by_role("link", name="Beržyno g. 8-15")).to_have_count(0)
    assert Access.objects.get(person=newcomer).frozen_at is not None
