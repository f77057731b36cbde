"""The days of declaring in a calendar: those of one's own buildings, under an address that can be changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from icalendar import Calendar

from accounts.models import User
from meters.models import Meter
from notifications import feeds
from notifications.models import FeedKey
from properties.models import Access, ManagingCompany
from tests.factories import AccessFactory, BuildingFactory, MeterFactory, PropertyFactory

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def address_of(person: User) -> str:
    feeds.renew(person=person, at=AT)
    return f"/calendar/{feeds.token_of(person=person)}.ics"


def events(address: str) -> list[tuple[date, str, str]]:
    response = Client().get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    found = Calendar.from_ical(response.content).walk("VEVENT")
    return [(event.decoded("dtstart"), str(event["summary"]), str(event["description"])) for event in found]


@pytest.mark.usefixtures("meter")
class TestDays:
    def test_the_window_s_days_of_the_coming_year(self, holder: User) -> None:
        found = events(address_of(holder))
        assert found[:3] == [
            (
                date(2026, 11, 15),
                "Deklaruokite skaitiklius už lapkritį: nuo šiandien",
                "Beržyno g. 8-15",
            ),
            (
                date(2026, 11, 27),
                "Deklaruokite skaitiklius už lapkritį: paskutinė diena",
                "Beržyno g. 8-15",
            ),
            (date(2026, 12, 15), "Deklaruokite skaitiklius už gruodį: nuo šiandien", "Beržyno g. 8-15"),
        ]
        assert found[-1][0] == date(2027, 11, 27)
        assert len(found) == 26

    def test_in_the_person_s_language(self, holder: User) -> None:
        User.objects.update(language="en")
        assert events(address_of(holder))[0][1] == "Declare your meters for November: from today"

    def test_each_building_s_own_days(self, holder: User, company_a: ManagingCompany) -> None:
        building = BuildingFactory(managing_company=company_a, house="3", window_opens=25, window_closes=3)
        place = PropertyFactory(building=building)
        AccessFactory(person=holder, payment_book__managing_company=company_a, payment_book__premises=[place])
        MeterFactory(property=place)
        days = {(day, where) for day, _what, where in events(address_of(holder))}
        assert {(date(2026, 11, 25), "Liepų g. 3-15"), (date(2026, 12, 3), "Liepų g. 3-15")} < days
        assert (date(2026, 11, 27), "Beržyno g. 8-15") in days

    def test_the_same_event_keeps_its_name(self, holder: User, co_holder: User) -> None:
        def names(person: User) -> list[str]:
            calendar = Calendar.from_ical(Client().get(address_of(person)).content)
            return [str(event["uid"]) for event in calendar.walk("VEVENT")]

        assert names(holder) == names(holder)
        assert len(set(names(holder) + names(co_holder))) == 52

    def test_nothing_of_the_person_is_told(self, holder: User) -> None:
        text = Client().get(address_of(holder)).content.decode()
        for own in ("Birut", "Pavyzd", holder.email, "KN-0418", "41820"):
            assert own not in text


class TestAccess:
    def test_empty_when_the_access_has_ended(self, holder: User, holder_access: Access, meter: Meter) -> None:
        address = address_of(holder)
        assert events(address)
        Access.objects.filter(pk=holder_access.pk).update(ends_at=AT)
        assert events(address) == []

    def test_dead_when_the_account_is_closed(self, holder: User, meter: Meter) -> None:
        address = address_of(holder)
        User.objects.filter(pk=holder.pk).update(is_active=False)
        assert Client().get(address).status_code == 404

    def test_the_page_makes_a_link_and_changes_it(self, holder: User, meter: Meter, client_for: Any) -> None:
        client = client_for(holder)
        assert ".ics" not in client.get("/calendar").content.decode()
        client.post("/calendar")
        assert not FeedKey.objects.exists()
        addresses = []
        for _ in range(2):
            page = client.post("/calendar", {"make": "1"}, follow=True).content.decode()
            addresses.append(f"/calendar/{feeds.token_of(person=holder)}.ics")
            assert f"http://savitarna.test{addresses[-1]}" in page
            assert Client().get(addresses[-1]).status_code == 200
        assert Client().get(addresses[0]).status_code == 404

    def test_a_forged_one_is_not_there(self, holder: User) -> None:
        address = address_of(holder)
        key = FeedKey.objects.get().key
        for wrong in (f"/calendar/{key.hex}.ics", f"/calendar/{key}.ics", address.replace(".ics", "x.ics")):
            assert Client().get(wrong).status_code == 404

    def test_one_key_a_person(self, holder: User) -> None:
        address_of(holder)
        with pytest.raises(IntegrityError, match="person_id"), transaction.atomic():
            FeedKey.objects.create(person=holder, made_at=AT)
