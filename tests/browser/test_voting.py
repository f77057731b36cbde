"""A vote from its preparing to its minutes, as staff and owners see it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from properties.models import Building, ManagingCompany, PaymentBook
from tests.browser.conftest import PHONE, Window
from tests.factories import AccessFactory, BookFactory, PropertyFactory, UserFactory
from tests.printing.documents import marked_as, text_of
from voting import closing
from voting.models import Ballot, Vote

Open = Callable[..., Window]


@pytest.fixture
def shop(transactional_db: None, building: Building, company_a: ManagingCompany) -> User:
    """A company that owns premises of the house."""
    person = UserFactory(
        kind="legal_person",
        first_name="",
        last_name="",
        company_name="UAB „Pavyzdinė kepykla“",
        contact_person="Jonas Samanėlis",
    )
    place = PropertyFactory(building=building, kind="commercial", unit="K1")
    AccessFactory(person=person, payment_book=BookFactory(managing_company=company_a, premises=[place]))
    return person


def prepare(page: Page) -> None:
    """Write a vote in the administration, look who would vote, and open it."""
    page.goto("/admin/voting/vote/add/")
    page.locator(".field-building .select2-selection").click()
    page.locator(".select2-search__field").fill("Beržyno")
    page.locator(".select2-results__option", has_text="Beržyno g. 8").click()
    page.locator("#id_title").fill("Laiptinių remontas")
    page.locator("#id_description").fill("Perdažyti sienas.")
    today = timezone.localdate()
    page.locator("#id_opens_at_0").fill(today.isoformat())
    page.locator("#id_opens_at_1").fill("00:00:00")
    page.locator("#id_last_day").fill((today + timedelta(days=14)).isoformat())
    page.locator("#id_questions-0-text").fill("Ar pritariate laiptinių remontui?")
    page.locator("[name=_continue]").click()
    page.locator("button[value=open_votes]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def vote(page: Page, answer: str) -> None:
    page.get_by_label(answer, exact=True).check()
    page.get_by_role("button", name="Balsuoti").click()
    expect(page.get_by_role("status")).to_contain_text("Jūsų balsas gautas. Kvito kodas:")


def test_from_preparing_to_the_minutes(
    window: Open,
    tmp_path: Path,
    staff_a: User,
    holder: User,
    co_holder: User,
    shop: User,
    book: PaymentBook,
    company_a: ManagingCompany,
) -> None:
    prepare(window(person=staff_a).page)
    opened = Vote.objects.get()
    buyer = AccessFactory(
        payment_book=BookFactory(managing_company=company_a, premises=list(book.premises.all()))
    ).person

    # An owner is led from the main window, and votes on the phone.
    first = window(person=holder, width=PHONE)
    first.open("/")
    first.page.get_by_role("link", name="Balsuoti").click()
    first.expect_address(f"/votes/{opened.pk}")
    vote(first.page, "Už")
    expect(first.page.locator("main")).to_contain_text("1 iš 2 patalpų")

    # The co-owner sees who voted and changes it.
    second = window(person=co_holder)
    second.open(f"/votes/{opened.pk}")
    expect(second.page.locator("main")).to_contain_text("Balsavo Birutė Pavyzdienė")
    vote(second.page, "Prieš")
    first.page.reload()
    expect(first.page.locator("main")).to_contain_text("Balsavo Jonas Pavyzdys")
    vote(first.page, "Už")

    # The company's ballot says who clicked; without the script.
    third = window(person=shop, script=False)
    third.open(f"/votes/{opened.pk}")
    vote(third.page, "Už")
    expect(third.page.locator("main")).to_contain_text("Balsavo UAB „Pavyzdinė kepykla“ (Jonas Samanėlis)")
    expect(third.page.locator("main")).to_contain_text("Kvorumas yra")

    # Who bought the flat since is told why they do not vote.
    fourth = window(person=buyer)
    fourth.open(f"/votes/{opened.pk}")
    expect(fourth.page.locator("main")).to_contain_text("kam patalpos priklausė balsavimo pradžioje")
    expect(fourth.page.get_by_role("button", name="Balsuoti")).to_have_count(0)

    # Two weeks later.
    assert Ballot.objects.count() == 2
    assert closing.close(vote=opened, at=opened.closes_at + timedelta(minutes=1))
    first.page.reload()
    expect(first.page.locator("main")).to_contain_text("Pritarta: už – 2, prieš – 0")
    with first.page.expect_download() as download:
        first.page.get_by_role("link", name="Atsisiųsti protokolą (PDF)").click()
    kept = tmp_path / "protokolas.pdf"
    download.value.save_as(kept)
    document = kept.read_bytes()
    assert marked_as(document).is_pdf_ua
    assert "Pritarta: už – 2, prieš – 0, balsavimo teisę turi 2." in text_of(document)
