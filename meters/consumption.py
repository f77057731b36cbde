"""What was used between readings, over a dial that went round and over a meter that was replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from .dials import capacity
from .histories import handover
from .models import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    amount: Decimal
    # The day of the reading before; the next reading after a missed month covers both.
    since: date
    until: date
    # The old meter's last days are counted in.
    spans_replacement: bool = False

    @property
    def days(self) -> int:
        """Return how many days it took."""
        return (self.until - self.since).days


def used_between(
    *, earlier: Decimal, later: Decimal, integer_digits: int, is_rollover: bool = False
) -> Decimal:
    """Return the use between two readings of one dial; below zero after an estimate that was too high."""
    return later - earlier + (capacity(integer_digits) if is_rollover else 0)


def _before(meter: str, reading: str) -> str:
    """Return SQL of what stands before a reading: the dial's last one of the same book, else the handover."""
    return f"""
        SELECT * FROM (
            (SELECT 1 AS choice, e.* FROM meters_reading e
             WHERE e.meter_id = {meter}.id AND e.payment_book_id = b.id AND e.replaced_at IS NULL
               AND e.id <> {reading}.id AND e.read_on >= coalesce(b.opened_on, '-infinity')
               -- Said once more for the index: it begins there, not at the newest reading.
               AND e.read_on <= {reading}.read_on
               AND (e.read_on < {reading}.read_on
                    OR (e.read_on = {reading}.read_on
                        AND (e.kind = 'opening' OR {reading}.kind = 'final'
                             OR ({reading}.kind <> 'opening' AND e.id < {reading}.id))))
             ORDER BY e.read_on DESC, e.kind <> 'opening' DESC, e.id DESC LIMIT 1)
            UNION ALL
            (SELECT 2, h.* FROM ({handover(meter)}) h WHERE h.id <> {reading}.id)
        ) either
        ORDER BY choice LIMIT 1
    """


# Meters come by the name `m` from `_METERS`, readings `r` and books `b` from whoever asks.
_METERS = """SELECT m.*, EXISTS (SELECT FROM meters_meter new WHERE new.replaces_id = m.id) AS is_replaced
FROM meters_meter m"""
_USED = """r.id, r.read_on, r.value, r.kind, r.is_rollover, m.integer_digits,
       coalesce(e.value, m.initial_reading), coalesce(e.read_on, m.installed_on), m.is_replaced,
       f.value, f.is_rollover, old.integer_digits, g.value, g.read_on"""
_EARLIER = f"""LEFT JOIN LATERAL ({_before("m", "r")}) e ON true
LEFT JOIN meters_meter old ON old.id = m.replaces_id AND e.kind = 'opening'
LEFT JOIN LATERAL (
    SELECT * FROM meters_reading f
    WHERE f.meter_id = old.id AND f.payment_book_id = b.id AND f.kind = 'final' AND f.replaced_at IS NULL
    -- There is one; said so that it is looked for by the meter, and not among the final readings of a country.
    ORDER BY f.id LIMIT 1
) f ON true
LEFT JOIN LATERAL ({_before("old", "f")}) g ON true"""
# The readings are at hand: they are not looked up again, and each meter and book once, however many there are.
_OF_READINGS = f"""
WITH m AS MATERIALIZED ({_METERS} WHERE m.id = ANY(%(meters)s)),
b AS MATERIALIZED (SELECT id, opened_on FROM properties_paymentbook WHERE id = ANY(%(books)s))
SELECT {_USED}
FROM unnest(%(id)s::bigint[], %(meter)s::bigint[], %(book)s::bigint[], %(read_on)s::date[], %(value)s::numeric[],
            %(kind)s::text[], %(is_rollover)s::boolean[])
     AS r (id, meter_id, payment_book_id, read_on, value, kind, is_rollover)
JOIN m ON m.id = r.meter_id
JOIN b ON b.id = r.payment_book_id
{_EARLIER}
"""


def used_by(*, readings: Sequence[Reading]) -> dict[int, Used]:
    """Return by id the use up to each reading since the one before it, in one query for a page of rows.

    What is not there has none: the first reading of all, an opening one, and the final one of a meter that
    was replaced (the new meter's first reading counts it in).
    """
    columns: dict[str, list[Any]] = {
        "id": [reading.pk for reading in readings],
        "meter": [reading.meter_id for reading in readings],
        "book": [reading.payment_book_id for reading in readings],
        "read_on": [reading.read_on for reading in readings],
        "value": [Decimal(reading.value) for reading in readings],
        "kind": [reading.kind for reading in readings],
        "is_rollover": [reading.is_rollover for reading in readings],
    }
    once: dict[str, list[Any]] = {
        "meters": sorted(set(columns["meter"])),
        "books": sorted(set(columns["book"])),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_READINGS, columns | once)
        rows = cursor.fetchall()
    found = {row[0]: _used(row) for row in rows}
    return {pk: used for pk, used in found.items() if used is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfMeter:
    """What a meter's dial showed for one month, and what was used up to then."""

    serial: str
    serial_key: str
    type: str
    register: str
    unit: str
    value: Decimal
    # What the dial showed before; None where a replaced meter's last days are counted in.
    earlier: Decimal | None
    used: Used


_MONTH = f"""
SELECT m.serial, m.serial_key, m.type, m.register, m.unit, {_USED}
FROM meters_reading r
JOIN ({_METERS}) m ON m.id = r.meter_id
JOIN properties_paymentbook b ON b.id = r.payment_book_id
{_EARLIER}
WHERE r.payment_book_id = %s AND r.period = %s AND r.replaced_at IS NULL
ORDER BY m.type, m.serial_key, m.register, r.read_on, r.id
"""


def months_of_meters(*, payment_book: int, period: date) -> list[MonthOfMeter]:
    """Return what the meters of a payment book used by their readings of one month, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTH, [payment_book, period])
        rows = cursor.fetchall()
    found = []
    for serial, serial_key, type_, register, unit, *row in rows:
        used = _used(tuple(row))
        if used is not None:
            value, earlier = row[2], None if used.spans_replacement else row[6]
            found.append(
                MonthOfMeter(
                    serial=serial,
                    serial_key=serial_key,
                    type=type_,
                    register=register,
                    unit=unit,
                    value=value,
                    earlier=earlier,
                    used=used,
                )
            )
    return found


def _used(row: tuple[Any, ...]) -> Used | None:
    (
        _id, until, value, kind, is_rollover, digits, earlier, since, is_replaced,
        final, final_rolled, old_digits, old_earlier, old_since,
    ) = row  # fmt: skip
    if kind == "opening" or (kind == "final" and is_replaced) or earlier is None or since is None:
        return None
    amount = used_between(earlier=earlier, later=value, integer_digits=digits, is_rollover=is_rollover)
    if final is None or old_earlier is None:
        return Used(amount=amount, since=since, until=until)
    old = used_between(earlier=old_earlier, later=final, integer_digits=old_digits, is_rollover=final_rolled)
    return Used(amount=amount + old, since=old_since, until=until, spans_replacement=True)
