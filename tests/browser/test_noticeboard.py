"""An important notice, from the main window to its own page, and the mark that goes away."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from properties.models import Building
from tests.browser.conftest import Window
from tests.factories import AnnouncementFactory, WorkFactory


def test_an_important_notice_is_read(
    window: Callable[..., Window], transactional_db: None, building: Building, holder: User
) -> None:
    now = timezone.now()
    work = WorkFactory(
        building=building,
        title="Nebus karšto vandens",
        description="Šaltas vanduo bus.",
        kind="water",
        starts_on=timezone.localdate(now) + timedelta(days=1),
        is_important=True,
        important_until=now + timedelta(days=1),
    )
    AnnouncementFactory(building=building, title="Konteineriai perkelti")
    shown = window(person=holder)
    page = shown.page
    shown.open("/")
    mark = page.locator(".side .count")
    expect(mark).to_have_text("2 nauji")
    banner = page.locator(".note.warn")
    expect(banner).to_contain_text("Nebus karšto vandens – rytoj")
    banner.get_by_role("link", name="Plačiau").click()
    shown.expect_address(f"/notices/works/{work.pk}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nebus karšto vandens")
    expect(page.locator("main")).to_contain_text("Šaltas vanduo bus.")
    shown.open("/")
    expect(mark).to_have_text("1 naujas")
    page.locator(".side").get_by_role("link", name="Pranešimai ir darbai").click()
    expect(page.locator(".line > li", has_text="Konteineriai perkelti")).to_contain_text("Naujas")
    shown.open("/")
    expect(mark).to_have_count(0)
    expect(banner).to_have_count(1)
