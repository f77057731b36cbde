"""Working days: holidays of the law, Easter among them, and weekends are none."""

from datetime import date

import pytest

from lithuanian.holidays import is_working_day, working_day_after


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 20), True),  # a Friday
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 11, 2), False),  # Vėlinės, since 2020
        (date(2026, 4, 6), False),  # the Monday after Easter
        (date(2027, 3, 29), False),
        (date(2026, 12, 24), False),
        (date(2026, 12, 23), True),
    ],
)
def test_a_working_day(day: date, works: bool) -> None:
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "days", "answer"),
    [
        (date(2026, 11, 18), 2, date(2026, 11, 20)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 22), 1, date(2026, 11, 23)),
        (date(2026, 12, 23), 1, date(2026, 12, 28)),  # Christmas, then a weekend
        (date(2026, 12, 31), 1, date(2027, 1, 4)),  # over the year's end
        (date(2026, 11, 22), 0, date(2026, 11, 22)),
    ],
)
def test_a_deadline_counts_working_days(day: date, days: int, answer: date) -> None:
    assert working_day_after(day, days=days) == answer
