"""What the flats of a building use in a month, told only where nobody can be recognised in it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from .window import month_before, next_month

# So many flats must have declared, and none may make up a greater part of the sum.
FEWEST_FLATS = 15
GREATEST_PART = Decimal("0.15")


@dataclass(frozen=True, slots=True, kw_only=True)
class Median:
    amount: Decimal
    flats: int


# A flat counts with all its meters of a type or not at all: each declared for this month and for the one
# before, and nothing estimated or replaced in between. One query, and each meter's last months are read once.
_MEDIANS = """
WITH flat AS (
    SELECT m.type, m.unit, p.id,
           sum(r.value - r.earlier + CASE WHEN r.is_rollover THEN 10::numeric ^ m.integer_digits ELSE 0 END) AS used
    FROM properties_property p
    JOIN meters_meter m ON m.property_id = p.id
        AND (m.installed_on IS NULL OR m.installed_on < %(after)s)
        AND (m.removed_on IS NULL OR m.removed_on >= %(month)s)
    LEFT JOIN LATERAL (
        SELECT * FROM (
            SELECT o.*, lead(o.value) OVER newest AS earlier, lead(o.period) OVER newest AS earlier_period,
                   lead(o.kind) OVER newest AS earlier_kind
            FROM meters_reading o
            -- A period's reading is never far from it.
            WHERE o.meter_id = m.id AND o.replaced_at IS NULL AND o.read_on >= %(near)s
            WINDOW newest AS (ORDER BY o.read_on DESC, o.id DESC)
        ) o
        WHERE o.kind = 'monthly' AND o.period = %(month)s
        ORDER BY o.read_on DESC, o.id DESC LIMIT 1
    ) r ON true
    WHERE p.building_id = %(building)s AND p.kind = 'flat'
    GROUP BY m.type, m.unit, p.id
    HAVING bool_and(coalesce(r.earlier_period = %(before)s AND r.earlier_kind = 'monthly', false))
)
SELECT type, unit, percentile_cont(0.5) WITHIN GROUP (ORDER BY used), count(*)
FROM flat WHERE used >= 0
GROUP BY type, unit
HAVING count(*) >= %(fewest)s AND max(used) <= %(part)s * sum(used)
"""


def medians_of(*, building_id: int, period: date) -> dict[tuple[str, str], Median]:
    """Return by type and unit the median use of the building's flats in that month, where it may be told."""
    given: dict[str, Any] = {
        "building": building_id,
        "month": period,
        "before": month_before(period),
        "near": month_before(period) - timedelta(days=62),
        "after": next_month(period),
        "fewest": FEWEST_FLATS,
        "part": GREATEST_PART,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MEDIANS, given)
        rows = cursor.fetchall()
    return {
        (type_, unit): Median(amount=round(Decimal(median), 3), flats=flats)
        for type_, unit, median, flats in rows
    }
