"""The window is exact: to the microsecond, on days when clocks change, in months of every length."""

from datetime import UTC, date, datetime, timedelta

import pytest

from meters.window import (
    VILNIUS,
    Days,
    Window,
    days_of,
    latest_window,
    month_before,
    next_month,
    next_window,
    open_window,
    window_of,
)
from properties.models import Building, ManagingCompany

USUAL = Days(15, 27)
A_MICROSECOND = timedelta(microseconds=1)


def vilnius(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0
) -> datetime:
    return datetime(year, month, day, hour, minute, second, microsecond, VILNIUS)


def span(days: Days, period: date) -> tuple[date, date]:
    window = window_of(days=days, period=period)
    return window.first_day, window.last_day


def open_period(days: Days, at: datetime) -> date | None:
    window = open_window(days=days, at=at)
    return window.period if window else None


@pytest.mark.parametrize(
    ("period", "opens_at", "ends_at"),
    [
        # Winter: two hours before UTC; summer: three.
        (date(2026, 12, 1), "2026-12-14T22:00Z", "2026-12-27T22:00Z"),
        (date(2026, 7, 1), "2026-07-14T21:00Z", "2026-07-27T21:00Z"),
    ],
)
def test_the_usual_window_in_universal_time(period: date, opens_at: str, ends_at: str) -> None:
    window = window_of(days=USUAL, period=period)
    assert (window.opens_at, window.ends_at) == (
        datetime.fromisoformat(opens_at),
        datetime.fromisoformat(ends_at),
    )


def test_clocks_change_inside_the_window() -> None:
    # 2026-03-29 at 3:00 it is 4:00; 2026-10-25 at 4:00 it is 3:00.
    spring = window_of(days=Days(25, 31), period=date(2026, 3, 1))
    assert (spring.opens_at, spring.ends_at) == (
        datetime(2026, 3, 24, 22, tzinfo=UTC),
        datetime(2026, 3, 31, 21, tzinfo=UTC),
    )
    autumn = window_of(days=USUAL, period=date(2026, 10, 1))
    assert (autumn.opens_at, autumn.ends_at) == (
        datetime(2026, 10, 14, 21, tzinfo=UTC),
        datetime(2026, 10, 27, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=["23 hours", "25 hours"])
def test_the_day_on_which_clocks_change_may_be_first_or_last(day: date) -> None:
    only = Days(day.day, day.day)
    window = window_of(days=only, period=day)
    hours = (window.ends_at.astimezone(UTC) - window.opens_at.astimezone(UTC)) / timedelta(hours=1)
    assert hours == {3: 23, 10: 25}[day.month]
    assert (window.first_day, window.last_day) == (day, day)
    first, last = window.opens_at.astimezone(UTC), window.ends_at.astimezone(UTC) - A_MICROSECOND
    assert [window.is_open(at=at) for at in (first - A_MICROSECOND, first, last, last + A_MICROSECOND)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("days", [USUAL, Days(1, 10), Days(28, 31), Days(30, 31), Days(20, 5), Days(31, 31)])
def test_every_edge_of_every_month(days: Days, month: int) -> None:
    for year in (2026, 2028):
        window = window_of(days=days, period=date(year, month, 1))
        first, after = window.opens_at.astimezone(UTC), window.ends_at.astimezone(UTC)
        moments = (first - A_MICROSECOND, first, after - A_MICROSECOND, after)
        assert [open_period(days, at) for at in moments] == [None, window.period, window.period, None]
        assert (window.opens_at.hour, window.ends_at.hour) == (0, 0)


@pytest.mark.parametrize(
    ("days", "period", "first", "last"),
    [
        (Days(15, 31), date(2026, 2, 1), date(2026, 2, 15), date(2026, 2, 28)),
        (Days(15, 31), date(2028, 2, 1), date(2028, 2, 15), date(2028, 2, 29)),
        (Days(15, 31), date(2026, 4, 1), date(2026, 4, 15), date(2026, 4, 30)),
        (Days(15, 31), date(2026, 5, 1), date(2026, 5, 15), date(2026, 5, 31)),
        (Days(15, 29), date(2026, 2, 1), date(2026, 2, 15), date(2026, 2, 28)),
        (Days(30, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 2, 28)),
        (Days(31, 31), date(2026, 4, 1), date(2026, 4, 30), date(2026, 4, 30)),
        # Across the end of a month, of a year, of a short month.
        (Days(25, 3), date(2026, 10, 1), date(2026, 10, 25), date(2026, 11, 3)),
        (Days(25, 3), date(2026, 12, 1), date(2026, 12, 25), date(2027, 1, 3)),
        (Days(31, 3), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 3)),
        (Days(31, 30), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 27)),
        (Days(30, 29), date(2028, 1, 1), date(2028, 1, 30), date(2028, 2, 28)),
    ],
)
def test_short_months_and_months_across(days: Days, period: date, first: date, last: date) -> None:
    assert span(days, period) == (first, last)


@pytest.mark.parametrize("days", [Days(1, 31), Days(16, 15), Days(31, 30), Days(28, 27), Days(2, 1)])
def test_a_window_of_all_days_is_always_open_for_one_period(days: Days) -> None:
    at = vilnius(2027, 12, 1)
    month = month_before(at.date())
    while month < date(2029, 4, 1):
        window, following = (window_of(days=days, period=one) for one in (month, next_month(month)))
        assert window.ends_at == following.opens_at
        assert open_period(days, window.ends_at - A_MICROSECOND) == month
        assert open_period(days, window.ends_at) == next_month(month)
        month = next_month(month)


def test_no_two_windows_are_open_at_once() -> None:
    for opens in range(1, 32):
        for closes in range(1, 32):
            days, month = Days(opens, closes), date(2027, 11, 1)
            while month < date(2028, 5, 1):
                window, following = (window_of(days=days, period=one) for one in (month, next_month(month)))
                assert window.opens_at < window.ends_at <= following.opens_at, (days, month)
                month = next_month(month)


def test_the_next_and_the_latest() -> None:
    days = Days(25, 3)
    for at, latest, following in (
        (vilnius(2026, 12, 24, 23, 59, 59, 999999), date(2026, 11, 1), date(2026, 12, 1)),
        (vilnius(2026, 12, 25), date(2026, 12, 1), date(2027, 1, 1)),
        (vilnius(2027, 1, 3, 23, 59), date(2026, 12, 1), date(2027, 1, 1)),
        (vilnius(2027, 1, 10), date(2026, 12, 1), date(2027, 1, 1)),
    ):
        assert latest_window(days=days, at=at).period == latest
        assert next_window(days=days, at=at).period == following
    assert next_window(days=USUAL, at=vilnius(2026, 12, 1)).first_day == date(2026, 12, 15)


def test_days_left() -> None:
    window = window_of(days=USUAL, period=date(2026, 10, 1))
    for at, left in (
        (vilnius(2026, 10, 15), 13),
        (vilnius(2026, 10, 22, 12), 6),
        (vilnius(2026, 10, 27), 1),
        (vilnius(2026, 10, 27, 23, 59, 59), 1),
        (vilnius(2026, 10, 28), 0),
        (vilnius(2026, 11, 28), 0),
    ):
        assert window.days_left(at=at) == left


def test_a_building_has_its_own_days() -> None:
    company = ManagingCompany(window_opens=15, window_closes=27)
    assert days_of(company=company) == USUAL
    assert days_of(company=company, building=Building(window_opens=25, window_closes=3)) == Days(25, 3)
    assert days_of(company=company, building=Building(window_opens=None, window_closes=None)) == USUAL


def test_a_late_window_names_its_period() -> None:
    late = Window(
        period=date(2026, 9, 1), opens_at=vilnius(2026, 10, 2), ends_at=vilnius(2026, 10, 9), is_late=True
    )
    for at, period in (
        (vilnius(2026, 10, 2) - A_MICROSECOND, None),
        (vilnius(2026, 10, 2), late),
        (vilnius(2026, 10, 9) - A_MICROSECOND, late),
        (vilnius(2026, 10, 9), None),
    ):
        assert open_window(days=USUAL, at=at, late=[late]) == period
    # Whatever was entered, a regular window that is open goes first.
    forgotten = Window(
        period=date(2026, 9, 1), opens_at=vilnius(2026, 10, 2), ends_at=vilnius(2026, 11, 9), is_late=True
    )
    found = open_window(days=USUAL, at=vilnius(2026, 10, 20), late=[forgotten])
    assert found == window_of(days=USUAL, period=date(2026, 10, 1))
