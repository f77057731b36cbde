"""What is known about one meter of one payment book: its dial, its window, its readings.

A meter that was put in place of another goes on with that one's history.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from .dials import capacity
from .window import USUAL_DAYS, Days, Window

YEAR = timedelta(days=365)
# Readings of one day in the order in which they were true.
_ORDER = {"opening": 0, "handover": 1, "estimate": 2, "monthly": 3, "final": 4}


# Tuples, which are made several times faster than data classes: a file brings hundreds of thousands.
class Point(NamedTuple):
    """A current reading, or what is known instead of one: how the dial began."""

    meter_id: int
    value: Decimal
    # None: the dial began so, nobody knows when.
    on: date | None
    kind: str
    id: int | None = None
    period: date | None = None
    is_rollover: bool = False
    # False: the handover reading; only its value and day may be shown.
    is_own: bool = True
    # Seconds since 1970: of hardly any reading somebody asks when it was declared.
    declared: float | None = None
    source: str = ""
    declared_by_id: int | None = None

    @property
    def declared_at(self) -> datetime | None:
        """Return the moment at which it was declared; None of another owner's."""
        return None if self.declared is None else datetime.fromtimestamp(self.declared, UTC)

    @property
    def is_real(self) -> bool:
        """Tell whether the dial was read and not guessed."""
        return self.kind != "estimate"


def in_order(points: Iterable[Point]) -> tuple[Point, ...]:
    """Return readings of a meter in the order in which they were true."""
    return tuple(sorted(points, key=_place))


def _place(point: Point) -> tuple[date, int, int]:
    return point.on or date.min, _ORDER[point.kind], point.id or 0


class Stretch(NamedTuple):
    """What was used between two readings of one dial."""

    since: date
    until: date
    used: Decimal

    @property
    def days(self) -> int:
        """Return how many days it took, at least one."""
        return max((self.until - self.since).days, 1)

    @property
    def per_day(self) -> Decimal:
        """Return units a day."""
        return self.used / self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    meter_id: int
    payment_book_id: int
    property_id: int
    building_id: int
    serial: str
    register: str
    place: str
    type: str
    unit: str
    integer_digits: int
    decimal_digits: int
    is_remote: bool = False
    installed_on: date | None = None
    removed_on: date | None = None
    book_opened_on: date | None = None
    book_closed_on: date | None = None
    # Whether the meter is in premises of the payment book.
    is_of_book: bool = True
    days: Days = USUAL_DAYS
    late: tuple[Window, ...] = ()
    # Oldest first; those of the meter that this one replaced are among them.
    points: tuple[Point, ...] = ()

    @property
    def capacity(self) -> Decimal:
        """Return what the dial counts up to."""
        return capacity(self.integer_digits)

    def current(self, period: date) -> Point | None:
        """Return the book's monthly reading of that period."""
        for point in self.points:
            if (
                point.period == period
                and point.meter_id == self.meter_id
                and point.kind == "monthly"
                and point.is_own
            ):
                return point
        return None

    def before(self, on: date, *, without: int | None = None, real: bool = False) -> Point | None:
        """Return the last reading of this dial up to that day."""
        for point in reversed(self.points):
            if (
                (point.on is None or point.on <= on)
                and point.meter_id == self.meter_id
                and (without is None or point.id != without)
                and (point.is_real or not real)
            ):
                return point
        return None

    def after(self, on: date, *, without: int | None = None) -> Point | None:
        """Return the first real reading of this dial after that day."""
        for point in self.points:
            if (
                point.on is not None
                and point.on > on
                and point.meter_id == self.meter_id
                and (without is None or point.id != without)
                and point.is_real
            ):
                return point
        return None

    def with_point(self, point: Point, *, without: int | None = None) -> "Facts":
        """Return the same facts with one reading more, which corrects another."""
        kept = [one for one in self.points if without is None or one.id != without]
        return replace(self, points=in_order((*kept, point)))

    def readings_before(self, on: date, *, without: int | None = None) -> int:
        """Return how many times the book's people read the dial before that day."""
        return sum(
            point.kind == "monthly" and point.is_own and point.on is not None and point.on <= on
            for point in self.points
            if without is None or point.id != without
        )

    def stretches(self, on: date, *, without: int | None = None) -> Iterator[Stretch]:
        """Return the use between real readings up to that day, oldest first."""
        last: dict[int, Point] = {}
        for point in self.points:
            if not point.is_real or (without is not None and point.id == without):
                continue
            earlier, last[point.meter_id] = last.get(point.meter_id), point
            if earlier is None or earlier.on is None or point.on is None:
                continue
            if not earlier.on < point.on <= on:
                continue
            used = point.value - earlier.value + (self.capacity if point.is_rollover else 0)
            if used >= 0:
                yield Stretch(since=earlier.on, until=point.on, used=used)

    def usual_per_day(self, on: date, *, without: int | None = None) -> Decimal | None:
        """Return units of the median day of the 12 months up to that day, None when nothing is known.

        Half of the days had no more: every day counts as its stretch's mean.
        """
        since = on - YEAR
        days = [
            (stretch.per_day, (stretch.until - max(stretch.since, since)).days)
            for stretch in self.stretches(on, without=without)
            if stretch.until > since
        ]
        half = sum(count for _, count in days) / 2
        for per_day, count in sorted(days):
            half -= count
            if half <= 0:
                return per_day
        return None

    def year_ago_per_day(self, since: date, until: date) -> Decimal | None:
        """Return units a day in the same days a year before, None when less than half of them is known."""
        since, until = since - YEAR, until - YEAR
        used, known = Decimal(0), 0
        for stretch in self.stretches(until + YEAR):
            days = (min(stretch.until, until) - max(stretch.since, since)).days
            if days > 0:
                used += stretch.per_day * days
                known += days
        return used / known if known and known * 2 >= (until - since).days else None
