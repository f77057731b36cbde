"""Working days in Lithuania: Monday to Friday but for the holidays that the law names (Darbo kodeksas, 123 str.)."""

from collections.abc import Set
from datetime import date, timedelta
from functools import lru_cache

from holidays import country_holidays


def is_working_day(day: date) -> bool:
    """Tell whether offices work on that day."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def working_day_after(day: date, *, days: int) -> date:
    """Return the day so many working days after this one; of none it is the same day, whatever day that is."""
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


@lru_cache(maxsize=64)
def _holidays(year: int) -> Set[date]:
    # Easter and what the law added since are kept by the library; it asks no network.
    return frozenset(country_holidays("LT", years=year))
