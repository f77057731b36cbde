"""From the letter: declare without signing in, the link dies; turn such letters off, and on again."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from meters import reminders
from meters.models import Reading
from meters.window import VILNIUS
from notifications import choices, outbox
from properties.models import ManagingCompany, PaymentBook, Property
from tests.browser.conftest import PHONE, Window
from tests.factories import MeterFactory, ReadingFactory

Open = Callable[..., Window]


@pytest.fixture
def letter(company_a: ManagingCompany, book: PaymentBook, flat: Property, holder: User) -> str:
    """The letter of a window that is open today alone."""
    today = timezone.localdate()
    company_a.window_opens = company_a.window_closes = today.day
    company_a.save()
    meter = MeterFactory(property=flat, serial="SALTAS-1", place="Vonia")
    for days, value in ((95, 100), (65, 103), (35, 106)):
        ReadingFactory(meter=meter, payment_book=book, read_on=today - timedelta(days=days), value=value)
    morning = datetime.combine(today, time(9), tzinfo=VILNIUS)
    assert reminders.post_due(at=morning) == 1
    assert outbox.send_overdue(at=morning + timedelta(minutes=1)) == 1
    return str(mail.outbox[-1].body)


def link_in(letter: str, path: str) -> str:
    found = re.search(rf"http://savitarna\.test({path}\S+)", letter)
    assert found
    return found[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("script", [True, False])
def test_declare_from_the_letter(window: Open, letter: str, script: bool) -> None:
    visitor = window(width=PHONE, script=script)
    page, link = visitor.page, link_in(letter, "/declare/")
    visitor.open(link)
    meter = page.get_by_role("group").filter(has_text="SALTAS-1")
    expect(meter).to_contain_text("106")
    meter.get_by_label("Dabar").fill("99")
    page.get_by_role("button", name="Deklaruoti").click()
    expect(page.get_by_role("alert")).to_contain_text("Deklaruota ne viskas")
    expect(meter.get_by_label("Dabar")).to_have_value("99")
    meter.get_by_label("Dabar").fill("109,5")
    page.get_by_role("button", name="Deklaruoti").click()
    expect(page.get_by_role("status").first).to_contain_text("Deklaruotas 1 rodmuo")
    expect(page.get_by_role("main")).to_contain_text("Viskas deklaruota")
    assert Reading.objects.filter(source="resident", period=timezone.localdate().replace(day=1)).count() == 1
    visitor.complaints.expected.add(404)
    visitor.open(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ši nuoroda nebeveikia")
    page.get_by_role("link", name="Prisijungti").click()
    visitor.expect_address("/login?next=/meters")


@pytest.mark.django_db(transaction=True)
def test_turn_such_letters_off_and_on_again(window: Open, letter: str, holder: User) -> None:
    visitor = window(width=PHONE)
    page = visitor.page
    visitor.open(link_in(letter, "/letters/off/"))
    page.get_by_role("button", name="Išjungti šiuos laiškus").click()
    expect(page.get_by_role("status").first).to_have_text(
        "Laiškai „Priminimai deklaruoti skaitiklius“ išjungti."
    )
    assert choices.refused_by(address=holder.email) == {"meters"}
    owner = window(person=holder, width=PHONE)
    owner.open("/contacts")
    owner.page.get_by_role("link", name="Pasirinkti laiškus").click()
    tick = owner.page.get_by_label("Priminimai deklaruoti skaitiklius")
    expect(tick).not_to_be_checked()
    tick.check()
    owner.page.get_by_role("button", name="Išsaugoti").click()
    expect(owner.page.get_by_role("status").first).to_have_text("Jūsų pasirinkimas išsaugotas.")
    assert choices.refused_by(address=holder.email) == frozenset()
