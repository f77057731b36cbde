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


# Readings `r`, meters `m`, books `b` and what stands before, `e`, come from whoever asks.
USED = """r.id, r.read_on, r.value, r.kind, r.is_rollover, m.integer_digits,
       coalesce(e.value, m.initial_reading), coalesce(e.read_on, m.installed_on),
       r.kind = 'final' AND EXISTS (SELECT FROM meters_meter new WHERE new.replaces_id = m.id),
       f.value, f.is_rollover, old.integer_digits, g.value, g.read_on"""
# Of a meter that was put in place of another.
_OLD = f"""LEFT JOIN LATERAL (
    SELECT * FROM meters_meter WHERE id = m.replaces_id AND e.kind = 'opening' LIMIT 1
) old ON true
LEFT JOIN LATERAL (
    SELECT * FROM meters_reading f
    WHERE f.meter_id = old.id AND f.payment_book_id = b.id AND f.kind = 'final' AND f.replaced_at IS NULL
    -- There is one; said so that it is looked for by the meter, and not among the final readings of a country.
    ORDER BY f.id LIMIT 1
) f ON true
LEFT JOIN LATERAL ({_before("old", "f")}) g ON true"""
# Readings of one dial and day in the order in which they were true.
_RANK = "CASE k.kind WHEN 'opening' THEN 0 WHEN 'final' THEN 2 ELSE 1 END"
# For many readings `r`, a CTE that comes before these: each meter and book is looked up once, and what a dial showed
# for a book is gone through once, instead of a look back from every reading. OFFSET 0 keeps a look-up one, whatever
# the planner expects of how many there are.
OF_MANY = f"""
m AS MATERIALIZED (
    SELECT m.* FROM (SELECT DISTINCT meter_id AS id FROM r) d
    CROSS JOIN LATERAL (SELECT * FROM meters_meter WHERE id = d.id OFFSET 0) m
),
b AS MATERIALIZED (
    SELECT b.* FROM (SELECT DISTINCT payment_book_id AS id FROM r) d
    CROSS JOIN LATERAL (SELECT id, opened_on FROM properties_paymentbook WHERE id = d.id OFFSET 0) b
),
dial AS MATERIALIZED (
    SELECT r.meter_id, b.id AS book_id, b.opened_on, min(r.read_on) AS first_on, max(r.read_on) AS last_on
    FROM r JOIN b ON b.id = r.payment_book_id GROUP BY r.meter_id, b.id, b.opened_on
),
k AS (
    SELECT dial.meter_id, dial.book_id, k.id, k.read_on, k.kind, k.value
    FROM dial CROSS JOIN LATERAL (
        (SELECT * FROM meters_reading k
         WHERE k.meter_id = dial.meter_id AND k.payment_book_id = dial.book_id AND k.replaced_at IS NULL
           AND k.read_on >= greatest(dial.first_on, dial.opened_on) AND k.read_on <= dial.last_on)
        UNION ALL
        (SELECT * FROM meters_reading k
         WHERE k.meter_id = dial.meter_id AND k.payment_book_id = dial.book_id AND k.replaced_at IS NULL
           AND k.read_on < dial.first_on AND k.read_on >= coalesce(dial.opened_on, '-infinity')
         ORDER BY k.read_on DESC, {_RANK} DESC, k.id DESC LIMIT 1)
    ) k
    -- One that was corrected meanwhile is among them all the same.
    UNION SELECT meter_id, payment_book_id, id, read_on, kind, value FROM r
),
before AS MATERIALIZED (
    SELECT k.id, lag(k.id) OVER known AS earlier_id, lag(k.read_on) OVER known AS read_on,
           lag(k.kind) OVER known AS kind, lag(k.value) OVER known AS value
    FROM k WINDOW known AS (PARTITION BY k.meter_id, k.book_id ORDER BY k.read_on, {_RANK}, k.id)
)
"""
FROM_MANY = f"""FROM r
JOIN m ON m.id = r.meter_id
JOIN b ON b.id = r.payment_book_id
JOIN before ON before.id = r.id
LEFT JOIN LATERAL (
    SELECT h.* FROM ({handover("m")}) h WHERE before.earlier_id IS NULL AND h.id <> r.id
) h ON true
CROSS JOIN LATERAL (
    SELECT coalesce(before.kind, h.kind) AS kind, coalesce(before.value, h.value) AS value,
           coalesce(before.read_on, h.read_on) AS read_on
) e
{_OLD}
"""
_OF_READINGS = f"""
WITH r AS MATERIALIZED (
    SELECT *
    FROM unnest(%(id)s::bigint[], %(meter)s::bigint[], %(book)s::bigint[], %(read_on)s::date[], %(value)s::numeric[],
                %(kind)s::text[], %(is_rollover)s::boolean[])
         AS r (id, meter_id, payment_book_id, read_on, value, kind, is_rollover)
), {OF_MANY}
SELECT {USED} {FROM_MANY}
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
    with connection.cursor() as cursor:
        cursor.execute(_OF_READINGS, columns)
        rows = cursor.fetchall()
    found = {row[0]: used_of(row) for row in rows}
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
SELECT m.serial, m.serial_key, m.type, m.register, m.unit, {USED}
FROM meters_reading r
JOIN meters_meter m ON m.id = r.meter_id
JOIN properties_paymentbook b ON b.id = r.payment_book_id
LEFT JOIN LATERAL ({_before("m", "r")}) e ON true
{_OLD}
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
        used = used_of(tuple(row))
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


def used_of(row: tuple[Any, ...]) -> Used | None:
    """Return what the columns `USED` say; None where nothing is counted."""
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
