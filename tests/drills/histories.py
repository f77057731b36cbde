"""Believable histories of meters, month by month, and the slips that people make when they copy a dial.

Seeded: the same seed makes the same town. Nothing here knows how readings are judged.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from meters.dials import DIALS
from meters.window import next_month

FIRST_MONTH = date(2024, 1, 1)

# What a home uses in a month: the middle, and how far homes differ (sigma of a log-normal).
USES = {
    "cold_water": (3.2, 0.5),
    "hot_water": (2.2, 0.5),
    "electricity": (150.0, 0.5),
    "gas": (12.0, 0.6),
    "heat": (0.55, 0.4),
}
# January to December, of the mean month.
HEATING = (2.1, 1.9, 1.6, 0.8, 0.15, 0.0, 0.0, 0.0, 0.1, 0.9, 1.5, 1.9)
# A cooker, and in some homes a boiler too.
BOILER = (2.6, 2.4, 2.0, 1.2, 0.5, 0.3, 0.3, 0.3, 0.4, 1.2, 1.9, 2.4)
LIGHT = (1.2, 1.1, 1.05, 0.95, 0.9, 0.85, 0.8, 0.85, 0.95, 1.05, 1.15, 1.25)


@dataclass
class Read:
    """What a dial honestly showed on a day."""

    meter: int
    month: int
    on: date
    value: Decimal
    is_rollover: bool = False
    kind: str = "monthly"


@dataclass
class Dialled:
    """One meter of a home with everything that was read from it."""

    number: int
    type: str
    integer_digits: int
    decimal_digits: int
    # People copy the black digits only, or the red ones too.
    places: int
    replaces: "Dialled | None" = None
    reads: list[Read] = field(default_factory=list)
    # The use of each month, also of those that were not read.
    uses: list[float] = field(default_factory=list)

    @property
    def chain(self) -> list["Dialled"]:
        """Return the meters that this one goes on from, oldest first."""
        return [*(self.replaces.chain if self.replaces else []), self]

    def median_month(self) -> Decimal:
        """Return what the middle one of the last 12 months used, over a replacement too."""
        return Decimal(str(median([use for one in self.chain for use in one.uses][-13:-1] or [0.0])))


@dataclass
class Home:
    meters: list[Dialled]
    months: int
    is_empty: bool


@dataclass(frozen=True)
class Slip:
    """A value typed by mistake for the last month of a meter; `others` are lines typed beside it."""

    kind: str
    home: Home
    meter: Dialled
    honest: Decimal
    typed: Decimal
    others: tuple[tuple[Dialled, Decimal], ...] = ()


def homes(seed: int, count: int) -> Iterator[Home]:
    """Return so many homes with their whole histories."""
    chance = random.Random(seed)
    for _number in range(count):
        yield _home(chance)


def _home(chance: random.Random) -> Home:
    months = chance.choice((6, 9, 14, 18, 24, 30, 30, 30))
    kinds = ["cold_water", "hot_water", *chance.choice(((), ("cold_water", "hot_water")))]
    kinds += [
        kind for kind, share in (("electricity", 0.8), ("gas", 0.5), ("heat", 0.5)) if chance.random() < share
    ]
    presence, is_empty = _presence(chance, months)
    home = Home(meters=[], months=months, is_empty=is_empty)
    for number, kind in enumerate(kinds):
        home.meters.append(_meter(chance, number, kind, months, presence))
    return home


def _presence(chance: random.Random, months: int) -> tuple[list[float], bool]:
    """Return how much people were at home in each month: empty flats, long absences, holidays, guests."""
    share = [1.0] * months
    kind = chance.random()
    if kind < 0.06:
        return [chance.choice((0.0, 0.0, 0.0, 0.05)) for _month in share], True
    if kind < 0.16 and months > 9:
        away = chance.randint(2, 6)
        begin = chance.randint(1, months - away)
        share[begin : begin + away] = [0.0] * len(share[begin : begin + away])
    for month in range(months):
        luck = chance.random()
        if luck < 0.08:
            share[month] *= chance.uniform(0.2, 0.6)
        elif luck < 0.12:
            share[month] *= chance.uniform(1.3, 1.9)
    return share, False


def _use(
    chance: random.Random, kind: str, mean: float, calendar: int, presence: float, *, boiler: bool
) -> float:
    noise = chance.lognormvariate(0, 0.22)
    if kind == "heat":
        # A home is heated, if less, while nobody is in it.
        return mean * HEATING[calendar] * noise * (0.6 + 0.4 * min(presence, 1))
    if kind == "gas" and boiler:
        return mean * 5 * BOILER[calendar] * noise * (0.5 + 0.5 * min(presence, 1))
    if kind == "electricity":
        # Something always stands by.
        return mean * LIGHT[calendar] * noise * (0.12 + 0.88 * presence)
    return mean * noise * presence


def _meter(chance: random.Random, number: int, kind: str, months: int, presence: list[float]) -> Dialled:
    dial = DIALS[kind]
    middle, spread = USES[kind]
    mean, boiler = middle * chance.lognormvariate(0, spread), chance.random() < 0.4
    places = dial.decimal_digits if kind == "heat" or chance.random() < 0.3 else 0
    top = 10**dial.integer_digits
    value = chance.uniform(0, mean * 12 * 8)
    if chance.random() < 0.01:
        value = top - mean * chance.uniform(0, months)
    replaced_in = chance.randrange(2, months) if chance.random() < 0.08 else None
    meter = Dialled(number, kind, dial.integer_digits, dial.decimal_digits, places)
    month, last, before = FIRST_MONTH, _day(chance, FIRST_MONTH), 0.0
    turned = False
    for place in range(months):
        on = _day(chance, month)
        days = (on - last).days if place else 30
        use = _use(chance, kind, mean, month.month - 1, presence[place], boiler=boiler) * days / 30
        meter.uses.append(use * 30 / days)
        value, before = value + use, value
        if value >= top:
            value, turned = value - top, True
        if place == replaced_in:
            meter, value = _replaced(chance, meter, before, value if not turned else before, last, on)
            turned = False
        elif place in (0, months - 1) or chance.random() > 0.04:
            shown = _shown(value, meter.places)
            if not turned and meter.reads and shown < meter.reads[-1].value:
                # Black digits alone are less than a technician's whole value: then people write the red ones.
                shown = _shown(value, 3)
            meter.reads.append(Read(meter.number, place, on, shown, turned))
            turned = False
        last, month = on, next_month(month)
    return meter


def _replaced(
    chance: random.Random, old: Dialled, before: float, value: float, last: date, on: date
) -> tuple[Dialled, float]:
    """Take the dial out between two readings, put another in and read it for the first time."""
    day = last + (on - last) / 2
    half = (value - before) / 2
    old.reads.append(
        Read(old.number, -1, day, _shown(max(before + half, float(old.reads[-1].value)), 3), kind="final")
    )
    new = Dialled(old.number + 100, old.type, old.integer_digits, old.decimal_digits, old.places, old)
    new.uses.append(old.uses.pop())
    begin = chance.choice((0.0, 0.0, 0.4, 2.0))
    new.reads.append(Read(new.number, -1, day, _shown(begin, 3), kind="opening"))
    shown = max(_shown(begin + half, new.places), new.reads[0].value)
    new.reads.append(Read(new.number, 0, on, shown))
    return new, begin + half


def _day(chance: random.Random, month: date) -> date:
    """Return a day of the window: most people come early or on the last evenings."""
    return month + timedelta(days=chance.choice((14, 15, 16, 17, 20, 23, 24, 25, 26, 26)))


def _shown(value: float, places: int) -> Decimal:
    """Return what the dial shows; digits that are not copied are cut off."""
    unit = Decimal(10) ** -places
    return (Decimal(str(round(value, 6))) // unit) * unit


def slips(home: Home, chance: random.Random) -> Iterator[Slip]:
    """Return one slip of each kind for the last reading of each meter, as far as there can be one."""
    for meter in home.meters:
        honest = meter.reads[-1].value
        for kind, typed in (
            ("two digits swapped", _two_swapped(chance, honest)),
            ("a digit dropped", _dropped(chance, honest)),
            ("a digit too many", _doubled(chance, honest)),
            ("decimals written with the rest", _without_point(chance, meter, honest)),
            ("the old meter's value", _of_the_old(meter)),
        ):
            if typed is not None and _matters(meter, honest, typed):
                yield Slip(kind, home, meter, honest, typed)
    yield from _two_meters(home)


def _matters(meter: Dialled, honest: Decimal, typed: Decimal) -> bool:
    """Tell whether a slip moves the value by more than two median months."""
    return typed != honest and abs(typed - honest) > 2 * meter.median_month()


def _two_swapped(chance: random.Random, value: Decimal) -> Decimal | None:
    text = str(value)
    at = [place for place in range(len(text) - 1) if "." not in text[place : place + 2]]
    at = [place for place in at if text[place] != text[place + 1]]
    if not at:
        return None
    place = chance.choice(at)
    return Decimal(text[:place] + text[place + 1] + text[place] + text[place + 2 :])


def _dropped(chance: random.Random, value: Decimal) -> Decimal | None:
    text = str(value)
    digits = [place for place, char in enumerate(text) if char != "."]
    place = chance.choice(digits)
    rest = text[:place] + text[place + 1 :]
    return Decimal(rest) if len(digits) > 1 and rest[0] != "." and rest[-1] != "." else None


def _doubled(chance: random.Random, value: Decimal) -> Decimal:
    text = str(value)
    place = chance.choice([place for place, char in enumerate(text) if char != "."])
    return Decimal(
        text[: place + 1] + chance.choice((text[place], str(chance.randrange(10)))) + text[place + 1 :]
    )


def _without_point(chance: random.Random, meter: Dialled, value: Decimal) -> Decimal | None:
    if not meter.decimal_digits:
        # Many a dial of whole numbers has a red tenth that does not count.
        return value * 10 + chance.randrange(10) if meter.type == "electricity" else None
    red = value * Decimal(10) ** meter.decimal_digits
    return red.to_integral_value() if meter.places else red + chance.randrange(10**meter.decimal_digits)


def _of_the_old(meter: Dialled) -> Decimal | None:
    if meter.replaces is None or sum(read.kind == "monthly" for read in meter.reads) > 2:
        return None
    final = meter.replaces.reads[-1].value
    return _shown(float(final) + meter.uses[-1] / 2, meter.places)


def _two_meters(home: Home) -> Iterator[Slip]:
    for place, one in enumerate(home.meters):
        for other in home.meters[place + 1 :]:
            mine, theirs = one.reads[-1].value, other.reads[-1].value
            if DIALS[one.type].unit != DIALS[other.type].unit:
                continue
            if _matters(one, mine, theirs) or _matters(other, theirs, mine):
                yield Slip("two meters swapped", home, one, mine, theirs, others=((other, mine),))
