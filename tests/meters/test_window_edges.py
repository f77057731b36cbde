"""The edges of the window through HTTP: its first instant, the one before, its last and the one after."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from meters.late_windows import open_late
from meters.models import Meter, Reading
from meters.window import VILNIUS
from properties.models import Building, ManagingCompany, PaymentBook
from tests.factories import ReadingFactory

ClientFor = Callable[[User], Client]
TICK = timedelta(microseconds=1)


def at(day: date) -> datetime:
    """Return the moment at which a day begins in Vilnius."""
    return datetime(day.year, day.month, day.day, tzinfo=VILNIUS)


@pytest.fixture
def declared_at(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook
) -> Callable[[datetime], date | None]:
    """Return how to declare at a moment: the period that the reading was taken for, if it was."""
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2025, 12, 1), value=100)

    def declare(moment: datetime) -> date | None:
        with time_machine.travel(moment, tick=False):
            client = client_for(holder)
            has_field = f'name="now-{meter.pk}"' in client.get("/meters").content.decode()
            response = client.post("/meters", {"declare": meter.pk, f"now-{meter.pk}": "101"})
            row = Reading.objects.filter(value=101).first()
            # The page, its answer and what was kept agree.
            assert has_field is (response.status_code == 302) is (row is not None)
            if row is None:
                assert "101" in response.content.decode()
                return None
            assert (row.read_on, row.declared_at) == (timezone.localdate(moment), moment)
            Reading.objects.filter(pk=row.pk).delete()
            return row.period

    return declare


# First and last day of the window; the first day of it, and its last one.
WINDOWS = {
    "a usual month": ((15, 27), date(2026, 11, 15), date(2026, 11, 27)),
    "clocks go forward within": ((15, 31), date(2026, 3, 15), date(2026, 3, 31)),
    "clocks go forward on the first day": ((29, 31), date(2026, 3, 29), date(2026, 3, 31)),
    "clocks go forward on the last day": ((15, 29), date(2026, 3, 15), date(2026, 3, 29)),
    "clocks go back on the first day": ((25, 27), date(2026, 10, 25), date(2026, 10, 27)),
    "clocks go back on the last day": ((15, 25), date(2026, 10, 15), date(2026, 10, 25)),
    "across the end of a month": ((25, 5), date(2026, 10, 25), date(2026, 11, 5)),
    "across the end of the year": ((25, 5), date(2026, 12, 25), date(2027, 1, 5)),
    "31 in a month of 28 days": ((15, 31), date(2026, 2, 15), date(2026, 2, 28)),
    "31 in a month of 29 days": ((15, 31), date(2028, 2, 15), date(2028, 2, 29)),
    "31 in a month of 30 days": ((15, 31), date(2026, 11, 15), date(2026, 11, 30)),
    "31 in a month of 31 days": ((15, 31), date(2026, 12, 15), date(2026, 12, 31)),
    "30 in a month of 28 days, both": ((29, 30), date(2026, 2, 28), date(2026, 2, 28)),
    "one day": ((15, 15), date(2026, 11, 15), date(2026, 11, 15)),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_is_open_from_its_first_instant_to_its_last(
    name: str, declared_at: Callable[[datetime], date | None], company_a: ManagingCompany
) -> None:
    (opens, closes), first, last = WINDOWS[name]
    company_a.window_opens, company_a.window_closes = opens, closes
    company_a.save()
    period = first.replace(day=1)
    after = at(last + timedelta(days=1))
    assert [declared_at(moment) for moment in (at(first) - TICK, at(first), after - TICK, after)] == [
        None,
        period,
        period,
        None,
    ]


def test_a_window_of_all_days_is_always_open(
    declared_at: Callable[[datetime], date | None], company_a: ManagingCompany
) -> None:
    company_a.window_opens, company_a.window_closes = 1, 31
    company_a.save()
    new = at(date(2026, 3, 1))
    assert [declared_at(new - TICK), declared_at(new)] == [date(2026, 2, 1), date(2026, 3, 1)]


def test_a_building_overrides_its_company(
    declared_at: Callable[[datetime], date | None], building: Building
) -> None:
    building.window_opens, building.window_closes = 20, 22
    building.save()
    first, after = at(date(2026, 11, 20)), at(date(2026, 11, 23))
    november = date(2026, 11, 1)
    assert [declared_at(moment) for moment in (first - TICK, first, after - TICK, after)] == [
        None,
        november,
        november,
        None,
    ]


def test_a_late_window(
    declared_at: Callable[[datetime], date | None], building: Building, staff_a: User
) -> None:
    opens, ends = datetime(2026, 11, 3, 9, tzinfo=VILNIUS), datetime(2026, 11, 5, 17, 30, tzinfo=VILNIUS)
    october = date(2026, 10, 1)
    open_late(building=building, period=october, opens_at=opens, ends_at=ends, by=staff_a)
    assert [declared_at(moment) for moment in (opens - TICK, opens, ends - TICK, ends)] == [
        None,
        october,
        october,
        None,
    ]
