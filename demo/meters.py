"""What meters there are in the town, and what they showed month by month.

What is used of water and heat is what the bills say. A reading depends on its meter and month alone: a town
looked at a month later has the same readings, and one month more of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from demo.history import HEATING, MONTHS_SHOWN, next_month, quantity, water_places
from demo.places import Book, Premises, books, seeded

WINDOW_OPENS, WINDOW_CLOSES = 15, 27
# Months for which a meter is verified; then another takes its place.
VERIFIED_FOR = {"cold_water": 72, "hot_water": 72, "electricity": 192, "gas": 96, "heat": 48}
WHOLE, THOUSANDTH = Decimal(1), Decimal("0.001")
# How many of a hundred months a household forgets.
FORGOTTEN = 3

# Buildings with more than water meters: what, where it hangs, whether it is read remotely.
HEATED = {"0419 23": ("Koridorius", True), "0420 24": ("Koridorius", False)}
WITH_GAS = {"0423 27"}
TWO_ZONES = {"KN-0418 22-15", "KN-0418 22-7", "KN-0418 22-38", "KN-0420 24-14"}
# An old meter of four digits, which goes round every other year; verified again, it is never replaced.
FOUR_DIGITS = {"KN-0418 22-K1"}
FOUR_DIGITS_SINCE = date(2011, 3, 1)
# So that somebody always has a meter replaced within two years, and one whose verification runs out.
REPLACED_EVERY_24 = {("KN-0418 22-15", "hot_water", "Virtuvė")}
RUNNING_OUT = {("KN-0418 22-15", "cold_water", "Vonia")}


@dataclass(frozen=True)
class Place:
    """Where a meter hangs: one follows another there."""

    premises: Premises
    type: str
    name: str
    registers: tuple[str, ...] = ("",)
    is_remote: bool = False
    integer_digits: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what tells this place from every other."""
        return (f"{self.premises.building.account}-{self.premises.unit}", self.type, self.name)

    @property
    def lasts(self) -> int:
        """Return after how many months a meter is replaced here."""
        if self.integer_digits is not None:
            return 1200
        return 24 if self.key in REPLACED_EVERY_24 else VERIFIED_FOR[self.type]


@dataclass(frozen=True)
class Meter:
    """One dial, from its first day to its last."""

    place: Place
    register: str
    serial: str
    installed_on: date
    verified_until: date
    removed_on: date | None
    final_reading: Decimal | None


@dataclass(frozen=True)
class Reading:
    """What a dial showed, and to whose payment book it belongs."""

    meter: Meter
    book: Book
    period: date
    read_on: date
    value: Decimal


def newest_reading_period(*, today: date) -> date:
    """Return the month whose window opened last."""
    month = today.replace(day=1)
    return month if today.day >= WINDOW_OPENS else next_month(month, -1)


def periods_shown(*, today: date) -> list[date]:
    """Return the months with readings, oldest first."""
    newest = newest_reading_period(today=today)
    return [next_month(newest, -back) for back in reversed(range(MONTHS_SHOWN))]


@lru_cache(maxsize=2)
def meters(*, today: date) -> tuple[tuple[Meter, tuple[tuple[date, Decimal], ...]], ...]:
    """Return every meter of the months shown with its values, whether anybody read them or not."""
    premises = {
        each.code: each
        for book in books(today=today)
        if book.company.declares_readings
        for each in book.premises
    }
    return tuple(
        found
        for each in premises.values()
        for place in _places(each)
        for register in place.registers
        for found in _one_after_another(place, register, today=today)
    )


def shown(*, today: date) -> Iterator[Reading]:
    """Yield what every meter shows on the reading days of its months, the newest month's maybe still to come."""
    payers = _payers(today=today)
    for meter, values in meters(today=today):
        for period, value in values:
            for book in payers[meter.place.premises.code]:
                read_on = reading_day(book, period, is_remote=meter.place.is_remote)
                if _is_open(book, read_on):
                    yield Reading(meter, book, period, read_on, value)


def readings(*, today: date) -> Iterator[Reading]:
    """Yield what was read up to this day and not forgotten."""
    for reading in shown(today=today):
        is_read = reading.meter.place.is_remote or not _is_forgotten(reading.book, reading.period)
        if is_read and reading.read_on <= today:
            yield reading


def handovers(*, today: date) -> Iterator[Reading]:
    """Yield what the meters showed on the seller's last day, between two readings of their months."""
    payers = _payers(today=today)
    for meter, values in meters(today=today):
        for book in payers[meter.place.premises.code]:
            month = book.closed_on and book.closed_on.replace(day=1)
            value = dict(values).get(month) if month else None
            if book.closed_on and month and value is not None:
                used = _used(meter.place, meter.register, next_month(month))
                yield Reading(meter, book, month, book.closed_on, value + _part(used, meter.place))


def payer(premises: Premises, *, today: date) -> Book:
    """Return the book that meters of these premises are declared in now."""
    return next(book for book in _payers(today=today)[premises.code] if book.closed_on is None)


def reading_day(book: Book, period: date, *, is_remote: bool = False) -> date:
    """Return a day of the window: devices are read on the 25th, people come towards the end."""
    dice = seeded(book.payer_code, period.isoformat(), "reads")
    late = max(dice.randint(WINDOW_OPENS, WINDOW_CLOSES) for _ in range(2))
    return period.replace(day=25 if is_remote else late)


def _payers(*, today: date) -> dict[str, list[Book]]:
    """Return the books of each of the premises in which meters are declared: a tenant's goes before the owner's."""
    found: dict[str, list[Book]] = {}
    for book in books(today=today):
        if book.services != "upkeep":
            for each in book.premises:
                found.setdefault(each.code, []).append(book)
    return found


def _is_open(book: Book, day: date) -> bool:
    return (book.opened_on is None or book.opened_on <= day) and (
        book.closed_on is None or day <= book.closed_on
    )


def _is_forgotten(book: Book, period: date) -> bool:
    return seeded(book.payer_code, period.isoformat(), "forgets").randrange(100) < FORGOTTEN


# ── Where meters hang ───────────────────────────────────────────────────────────────────────────


def _places(premises: Premises) -> Iterator[Place]:
    account = premises.building.account
    number = premises.building.number
    payer_code = f"{account}-{premises.unit}"
    for name in water_places(premises):
        yield Place(premises, "cold_water", name)
        if premises.kind == "flat":
            yield Place(premises, "hot_water", name)
    if premises.kind == "flat" and number in HEATED:
        name, is_remote = HEATED[number]
        yield Place(premises, "heat", name, is_remote=is_remote)
    if premises.kind == "flat" and number in WITH_GAS:
        yield Place(premises, "gas", "Virtuvė")
    if payer_code in TWO_ZONES:
        yield Place(premises, "electricity", "Laiptinė", registers=("T1", "T2"))
    if payer_code in FOUR_DIGITS:
        yield Place(premises, "electricity", "Skydinė", integer_digits=4)


# ── One meter after another ─────────────────────────────────────────────────────────────────────


def _one_after_another(
    place: Place, register: str, *, today: date
) -> Iterator[tuple[Meter, tuple[tuple[date, Decimal], ...]]]:
    first, *_between, newest = periods_shown(today=today)
    started = _first_month(place, before=first)
    while _installed_on(place, started) <= today:
        following = next_month(started, place.lasts)
        value = -_part(_used(place, register, started), place)
        values = []
        month = started
        while month <= newest and month < following:
            value += _used(place, register, month)
            if month >= first:
                values.append((month, _on_dial(value, place)))
            month = next_month(month)
        removed_on = _installed_on(place, following)
        is_removed = removed_on <= today
        last = value + _part(_used(place, register, following), place)
        installed_on = _installed_on(place, started)
        meter = Meter(
            place=place,
            register=register,
            serial=_serial(place, started),
            installed_on=installed_on,
            verified_until=_verified_until(place, installed_on, today=today),
            removed_on=removed_on if is_removed else None,
            final_reading=_on_dial(last, place) if is_removed else None,
        )
        yield meter, tuple(values)
        started = following


def _first_month(place: Place, *, before: date) -> date:
    """Return the month in which the meter was put in that hung here in the first month shown."""
    if place.integer_digits is not None:
        return FOUR_DIGITS_SINCE
    number = before.year * 12 + before.month - 1
    since = (number - seeded(*place.key, "phase").randrange(place.lasts)) % place.lasts
    return next_month(before, -since)


def _installed_on(place: Place, month: date) -> date:
    """Return a day before the month's window."""
    return month.replace(day=seeded(*place.key, month.isoformat(), "installed").randint(2, WINDOW_OPENS - 3))


def _verified_until(place: Place, installed_on: date, *, today: date) -> date:
    if place.key in RUNNING_OUT:
        return next_month(today.replace(day=1), 2) - timedelta(days=1)
    until = installed_on
    while until == installed_on or (until <= today and place.integer_digits is not None):
        until = next_month(until.replace(day=1), VERIFIED_FOR[place.type]).replace(day=installed_on.day)
    return until


def _serial(place: Place, month: date) -> str:
    return str(seeded(*place.key, month.isoformat(), "serial").randrange(10**7, 10**8))


def _on_dial(value: Decimal, place: Place) -> Decimal:
    """Return what the dial shows: past its highest value it has begun at zero again."""
    return value if place.integer_digits is None else value % 10**place.integer_digits


def _part(used: Decimal, place: Place) -> Decimal:
    """Return what was used in the month's first days."""
    return (used / 4).quantize(THOUSANDTH) if place.type == "heat" else (used / 4).quantize(WHOLE)


@lru_cache(maxsize=65536)
def _used(place: Place, register: str, month: date) -> Decimal:
    """Return units of a month, whole but for heat: people leave out the red digits."""
    premises = place.premises
    dice = seeded(*place.key, register, month.isoformat(), "used")
    if place.type in ("cold_water", "hot_water"):
        return _share_of_water(place, month)
    if place.type == "heat":
        return ((quantity("heating", premises, month) or Decimal(0)) / 1000).quantize(THOUSANDTH)
    if place.type == "gas":
        heating = HEATING.get(month.month, Decimal(0)) * premises.area_m2 / 10
        return (heating + dice.randint(3, 6) * premises.people).quantize(WHOLE)
    if place.integer_digits is not None:
        return Decimal(dice.randint(430, 520))
    dark = 15 if month.month in (11, 12, 1, 2) else 0
    by_day = premises.people * dice.randint(55, 75) + dark * 2
    return Decimal(by_day if register != "T2" else by_day * dice.randint(35, 45) // 100)


def _share_of_water(place: Place, month: date) -> Decimal:
    """Return what of the billed water went through this place's meter; together they make the bill's whole."""
    billed = quantity(place.type, place.premises, month) or Decimal(0)
    names = water_places(place.premises)
    if len(names) == 1:
        return billed
    percent = seeded(*place.key[:2], month.isoformat(), "share").randint(35, 65)
    at_first = (billed * percent / 100).quantize(WHOLE)
    return at_first if place.name == names[0] else billed - at_first
