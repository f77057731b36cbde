"""Counts, on a town of made-up homes, which slips are caught and how many honest readings are asked about."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

from meters.checks import Accepted, Neighbour, Questions, Refused, Verdict, judge
from meters.dials import DIALS
from meters.facts import Facts, Point
from tests.drills.histories import Dialled, Home, Read, Slip, slips

CAUGHT_AT_LEAST = 0.95
HONEST_ASKED_AT_MOST = 0.02

_ids = count(1)


def facts_of(meter: Dialled, before: Read) -> Facts:
    """Return what would be known of a meter when this reading of it is declared."""
    dial = DIALS[meter.type]
    known = [
        read
        for one in meter.chain
        for read in one.reads
        if read.on < before.on or (one is meter and read is not before and read.on <= before.on)
    ]
    return Facts(
        meter_id=meter.number,
        payment_book_id=1,
        property_id=1,
        building_id=1,
        serial=f"{meter.number}",
        register="",
        place="",
        type=meter.type,
        unit=dial.unit,
        integer_digits=meter.integer_digits,
        decimal_digits=meter.decimal_digits,
        points=tuple(point_of(read) for read in sorted(known, key=lambda read: read.on)),
    )


def point_of(read: Read) -> Point:
    return Point(
        id=next(_ids),
        meter_id=read.meter,
        value=read.value,
        on=read.on,
        kind=read.kind,
        period=read.on.replace(day=1),
        is_rollover=read.is_rollover,
    )


def verdict(meter: Dialled, read: Read, value: Decimal, neighbours: Sequence[Neighbour] = ()) -> Verdict:
    return judge(value=value, on=read.on, today=read.on, facts=facts_of(meter, read), neighbours=neighbours)


def beside(home: Home, slip_lines: dict[int, Decimal], meter: Dialled) -> list[Neighbour]:
    """Return the other lines of „Deklaruoti visus“."""
    return [
        Neighbour(
            facts=facts_of(other, other.reads[-1]),
            value=slip_lines.get(other.number, other.reads[-1].value),
        )
        for other in home.meters
        if other is not meter
    ]


def is_caught(slip: Slip) -> bool:
    lines = {slip.meter.number: slip.typed} | {meter.number: typed for meter, typed in slip.others}
    meters = [slip.meter, *(meter for meter, _typed in slip.others)]
    return any(
        not isinstance(
            verdict(meter, meter.reads[-1], lines[meter.number], beside(slip.home, lines, meter)), Accepted
        )
        for meter in meters
    )


@dataclass
class Slips:
    made: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    missed: list[Slip] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.caught.total() / self.made.total()


@dataclass
class Honest:
    total: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    # Of what and of which meters they were asked.
    why: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: list[tuple[str, str, Read]] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.asked.total() / self.total.total()


def count_slips(town: Sequence[Home]) -> Slips:
    found, chance = Slips(), random.Random(3)
    for slip in (slip for home in town for slip in slips(home, chance)):
        found.made[slip.kind] += 1
        if is_caught(slip):
            found.caught[slip.kind] += 1
        else:
            found.missed.append(slip)
    return found


def count_honest(town: Sequence[Home]) -> Honest:
    found = Honest()
    for meter in (one for home in town for last in home.meters for one in last.chain):
        for read in (read for read in meter.reads if read.kind == "monthly"):
            found.total[meter.type] += 1
            judged = verdict(meter, read, read.value)
            if isinstance(judged, Refused):
                found.refused.append((judged.code, meter.type, read))
            elif isinstance(judged, Questions):
                found.asked[meter.type] += 1
                found.why.update((question.code, meter.type) for question in judged.items)
    return found
