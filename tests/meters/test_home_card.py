"""The card „Skaitiklių deklaravimas“ of the main window."""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from meters.late_windows import open_late
from meters.models import Meter, Reading
from properties.models import ManagingCompany, PaymentBook, Property
from tests.factories import (
    AccessFactory,
    BookFactory,
    BuildingFactory,
    MeterFactory,
    PropertyFactory,
    ReadingFactory,
)
from tests.meters.conftest import AT

ClientFor = Callable[[User], Client]
CLOSED = datetime(2026, 11, 3, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def card(client: Client) -> str:
    """Return the card as a reader sees it, nothing when it is not there."""
    body = client.get("/").content.decode()
    found = re.search(r'<section[^>]*aria-labelledby="declaration">.*?</section>', body, re.S)
    return re.sub(r"[ \n]+", " ", html.unescape(re.sub(r"<[^>]+>", " ", found[0]))).strip() if found else ""


def strip(client: Client) -> list[str]:
    """Return the days of the decoration."""
    body = client.get("/").content.decode()
    found = re.search(r'<ol class="days" aria-hidden="true">(.*?)</ol>', body)
    return re.findall(r'<li(?: class="([a-z]+)")?>', found[1]) if found else []


def test_says_how_long_and_how_much(
    client_for: ClientFor,
    holder: User,
    meter: Meter,
    flat: Property,
    book: PaymentBook,
    history: list[Reading],
) -> None:
    MeterFactory(property=flat, type="heat", is_remote=True)
    MeterFactory(property=flat, removed_on=AT.date() - timedelta(days=1))
    hot = MeterFactory(property=flat, type="hot_water")
    client = client_for(holder)
    window = "Skaitiklių deklaravimas Liko 8 dienos spalio 15 d. spalio 27 d."
    open_card = window + " Deklaruota {} iš 2 skaitiklių. Deklaruoti"
    assert card(client) == open_card.format(0)
    assert '<a class="button full" href="/meters">' in client.get("/").content.decode()
    assert strip(client) == ["past"] * 5 + ["today"] + [""] * 7
    client.post("/meters", {"declare": meter.pk, f"now-{meter.pk}": "109"})
    assert card(client) == open_card.format(1)
    client.post("/meters", {"declare": hot.pk, f"now-{hot.pk}": "9"})
    assert card(client) == open_card.format(2)
    # Done: the button is no longer the thing to do.
    assert '<a class="button second full" href="/meters">' in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (15, "Liko 13 dienų"),
        (17, "Liko 11 dienų"),
        (18, "Liko 10 dienų"),
        (26, "Liko 2 dienos"),
        (27, "Liko 1 diena"),
    ],
)
def test_days_have_their_plural_forms(
    client_for: ClientFor, holder: User, meter: Meter, day: int, words: str
) -> None:
    with time_machine.travel(datetime(2026, 10, day, 12, tzinfo=UTC), tick=False):
        assert f"{words} spalio 15 d." in card(client_for(holder))


def test_a_long_window(client_for: ClientFor, holder: User, meter: Meter, company_a: ManagingCompany) -> None:
    company_a.window_opens, company_a.window_closes = 1, 31
    company_a.save()
    client = client_for(holder)
    assert "Liko 12 dienų spalio 1 d. spalio 31 d. Deklaruota 0 iš 1 skaitiklio." in card(client)
    assert len(strip(client)) == 31


def test_closed_says_when_it_opens(client_for: ClientFor, holder: User, meter: Meter) -> None:
    with time_machine.travel(CLOSED, tick=False):
        assert card(client_for(holder)) == (
            "Skaitiklių deklaravimas Deklaruosite nuo lapkričio 15 d. "
            "Rodmenis priimame nuo kiekvieno mėnesio 15 iki 27 dienos. Paskutiniai rodmenys"
        )


def test_a_late_window_counts_its_own_meters(
    client_for: ClientFor, holder: User, staff_a: User, flat: Property, meter: Meter, history: list[Reading]
) -> None:
    MeterFactory(property=flat, type="hot_water")
    october, ends = date(2026, 10, 1), CLOSED + timedelta(days=2)
    open_late(meter=meter, period=october, opens_at=CLOSED - timedelta(days=1), ends_at=ends, by=staff_a)
    with time_machine.travel(CLOSED, tick=False):
        client = client_for(holder)
        assert card(client) == (
            "Skaitiklių deklaravimas Liko 3 dienos lapkričio 2 d. lapkričio 5 d. "
            "Rodmenis už spalį dar galite deklaruoti iki lapkričio 5 d. 12:00. "
            "Deklaruota 0 iš 1 skaitiklio. Deklaruoti"
        )
        client.post("/meters", {"declare": meter.pk, f"now-{meter.pk}": "109"})
        assert "Deklaruota 1 iš 1 skaitiklio." in card(client)


def test_a_company_that_takes_none(
    client_for: ClientFor, holder: User, meter: Meter, company_a: ManagingCompany, company_b: ManagingCompany
) -> None:
    company_a.declares_readings = False
    company_a.save()
    client = client_for(holder)
    assert card(client) == (
        "Skaitiklių deklaravimas Jūsų prižiūrinti įmonė rodmenų savitarnoje nepriima. "
        "Juos teikite taip, kaip iki šiol."
    )
    # With another object, where readings are taken, that one is spoken of.
    company_a.declares_readings = True
    company_a.save()
    AccessFactory(person=holder, payment_book__managing_company=company_b)
    assert "Deklaruota 0 iš 1 skaitiklio." in card(client)


def test_who_declares_nothing_sees_no_card(
    client_for: ClientFor,
    meter: Meter,
    guest_declares: User,
    guest_pays: User,
    former_holder: User,
    newcomer: User,
) -> None:
    assert "Liko 8 dienos" in card(client_for(guest_declares))
    assert [card(client_for(person)) for person in (guest_pays, former_holder, newcomer)] == ["", "", ""]


def test_a_former_owner_s_reading_is_not_the_new_one_s(
    client_for: ClientFor, former_book: PaymentBook, company_a: ManagingCompany
) -> None:
    flat = former_book.premises.get()
    former_book.closed_on = date(2026, 10, 17)
    former_book.save()
    ReadingFactory(meter=MeterFactory(property=flat), payment_book=former_book, read_on=date(2026, 10, 16))
    new = BookFactory(managing_company=company_a, premises=[flat], opened_on=date(2026, 10, 18))
    assert "Deklaruota 0 iš 1 skaitiklio." in card(client_for(AccessFactory(payment_book=new).person))


@pytest.mark.parametrize("objects", [1, 3, 50])
def test_costs_one_query_however_many_objects(
    client_for: ClientFor, holder: User, meter: Meter, company_a: ManagingCompany, objects: int
) -> None:
    for number in range(objects - 1):
        place = PropertyFactory(building=BuildingFactory(managing_company=company_a, house=str(number)))
        AccessFactory(person=holder, payment_book=BookFactory(managing_company=company_a, premises=[place]))
        MeterFactory(property=place)
    client = client_for(holder)
    with CaptureQueriesContext(connection) as captured:
        assert f"Deklaruota 0 iš {objects} skaitikli" in card(client)
    asked = [query["sql"] for query in captured.captured_queries]
    assert sum("meters_meter" in sql for sql in asked) == 1
    assert not any("meters_reading" in sql for sql in asked)
