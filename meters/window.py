"""When readings are taken: days of the month made into the exact moments between which a window is open.

A window is half-open, [first day 00:00, day after the last 00:00) in Vilnius, and names its period: the month
in which it opens. At any moment at most one is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from properties.models import Building, ManagingCompany

VILNIUS = ZoneInfo("Europe/Vilnius")


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day of the month; with first > last it runs into the next month."""

    opens: int
    closes: int


USUAL_DAYS = Days(15, 27)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    period: date
    opens_at: datetime
    # The first moment at which it is closed again.
    ends_at: datetime
    is_late: bool = False

    @property
    def first_day(self) -> date:
        """Return the day on which it opens."""
        return self.opens_at.astimezone(VILNIUS).date()

    @property
    def last_day(self) -> date:
        """Return the last day on which it is open."""
        return (self.ends_at.astimezone(VILNIUS) - timedelta(microseconds=1)).date()

    def is_open(self, *, at: datetime) -> bool:
        """Tell whether what is received at that moment is in time."""
        return self.opens_at <= at < self.ends_at

    def days_left(self, *, at: datetime) -> int:
        """Return how many days are left, today counted: 1 on the last day, 0 when it has closed."""
        return max((self.last_day - at.astimezone(VILNIUS).date()).days + 1, 0)


def days_of(*, company: ManagingCompany, building: Building | None = None) -> Days:
    """Return the building's own days, or its company's."""
    if building is None:
        return Days(company.window_opens, company.window_closes)
    return days_from(company=company, opens=building.window_opens, closes=building.window_closes)


def days_from(*, company: ManagingCompany, opens: int | None, closes: int | None) -> Days:
    """Return these days, which are a building's own, or its company's when it has none."""
    if opens is not None and closes is not None:
        return Days(opens, closes)
    return Days(company.window_opens, company.window_closes)


@lru_cache(maxsize=4096)
def window_of(*, days: Days, period: date) -> Window:
    """Return the window of a month; it is over at the latest when the next one opens."""
    following = next_month(period)
    closing = period if days.opens <= days.closes else following
    last = _day(closing, days.closes)
    ends = min(last + timedelta(days=1), _day(following, days.opens))
    return Window(
        period=period.replace(day=1),
        opens_at=midnight(_day(period, days.opens)),
        ends_at=midnight(ends),
    )


def open_window(*, days: Days, at: datetime, late: Iterable[Window] = ()) -> Window | None:
    """Return the window that is open at that moment, a late one included."""
    regular = latest_window(days=days, at=at)
    if regular.is_open(at=at):
        return regular
    return next((window for window in late if window.is_open(at=at)), None)


def latest_window(*, days: Days, at: datetime) -> Window:
    """Return the regular window that opened last: it may be open still."""
    month = at.astimezone(VILNIUS).date().replace(day=1)
    window = window_of(days=days, period=month)
    return window if window.opens_at <= at else window_of(days=days, period=month_before(month))


def next_window(*, days: Days, at: datetime) -> Window:
    """Return the first regular window that opens after that moment."""
    month = at.astimezone(VILNIUS).date().replace(day=1)
    window = window_of(days=days, period=month)
    return window if window.opens_at > at else window_of(days=days, period=next_month(month))


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins in Vilnius; clocks are never changed at midnight there."""
    return datetime.combine(day, time.min, tzinfo=VILNIUS)


def next_month(day: date) -> date:
    """Return the first day of the month after the one of that day."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def month_before(day: date) -> date:
    """Return the first day of the month before the one of that day."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def _day(month: date, number: int) -> date:
    """Return that day of the month, or its last day when the month is shorter."""
    length = (next_month(month) - timedelta(days=1)).day
    return month.replace(day=min(number, length))
