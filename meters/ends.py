"""The opening and the final reading of meters, from what stands on the meters themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.models import User

from .last import keep_last
from .models import Reading

# What the meters say of one of their ends, for the payment book that lasted on that day.
_SAID = """
WITH said AS (
    SELECT m.id AS meter_id, m.managing_company_id, {day} AS read_on, {value} AS value, b.id AS book_id
    FROM meters_meter m
    LEFT JOIN LATERAL (
        SELECT b.id FROM properties_bookpremises bp
        JOIN properties_paymentbook b ON b.id = bp.payment_book_id
        WHERE bp.property_id = m.property_id AND m.{day} IS NOT NULL AND m.{value} IS NOT NULL
          AND (b.opened_on IS NULL OR b.opened_on <= m.{day})
          AND (b.closed_on IS NULL OR b.closed_on >= m.{day})
        ORDER BY b.opened_on DESC NULLS LAST, b.id LIMIT 1
    ) b ON true
    WHERE m.id = ANY(%(meters)s)
)
"""
_REPLACE = """
UPDATE meters_reading r SET replaced_at = %(at)s FROM said
WHERE r.meter_id = said.meter_id AND r.kind = %(kind)s AND r.replaced_at IS NULL
  AND (said.book_id IS NULL OR (r.value, r.read_on) IS DISTINCT FROM (said.value, said.read_on))
"""
_WRITE = """
INSERT INTO meters_reading (
    meter_id, managing_company_id, payment_book_id, kind, period, value, read_on, declared_at, source,
    declared_by_id, replaces_id, is_unusual, is_rollover
)
SELECT said.meter_id, said.managing_company_id, said.book_id, %(kind)s,
       date_trunc('month', said.read_on::timestamp)::date, said.value, said.read_on, %(at)s, %(source)s,
       %(by)s::bigint, earlier.id, false, false
FROM said
LEFT JOIN LATERAL (
    SELECT r.id FROM meters_reading r
    WHERE r.meter_id = said.meter_id AND r.kind = %(kind)s
      AND NOT EXISTS (SELECT FROM meters_reading n WHERE n.replaces_id = r.id)
    ORDER BY r.id DESC LIMIT 1
) earlier ON true
WHERE said.book_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM meters_reading r
    WHERE r.meter_id = said.meter_id AND r.kind = %(kind)s AND r.replaced_at IS NULL
)
"""

# A final value below the reading before it: the dial went round, unless that would be a quarter of all it shows.
_ROUNDS = """
UPDATE meters_reading f SET is_rollover = went.round
FROM (
    SELECT f.id, coalesce(
        e.value > f.value AND 10::numeric ^ m.integer_digits - e.value + f.value <= 10::numeric ^ m.integer_digits / 4,
        false
    ) AS round
    FROM meters_reading f
    JOIN meters_meter m ON m.id = f.meter_id
    LEFT JOIN LATERAL (
        SELECT e.value FROM meters_reading e
        WHERE e.meter_id = f.meter_id AND e.replaced_at IS NULL AND e.id <> f.id AND e.read_on <= f.read_on
          AND e.kind <> 'estimate'
        ORDER BY e.read_on DESC, e.id DESC LIMIT 1
    ) e ON true
    WHERE f.meter_id = ANY(%s) AND f.kind = 'final' AND f.replaced_at IS NULL
) went
WHERE f.id = went.id AND f.is_rollover IS DISTINCT FROM went.round
"""


def mark_rounds(*, meter_ids: Sequence[int]) -> None:
    """Note on the final readings of these meters whether the dial went round since the reading before."""
    with connection.cursor() as cursor:
        cursor.execute(_ROUNDS, [list(meter_ids)])


@transaction.atomic
def settle_ends(
    *, meter_ids: Sequence[int], at: datetime, source: Reading.Source, by: User | None = None
) -> None:
    """Make the opening and final readings say what the meters say; what says the same already stays.

    A changed end is corrected, a cleared one replaced by nothing. Without a payment book that lasted on the
    day there is no row: the meter's own values are then all there is.
    """
    meters = sorted(set(meter_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM meters_meter WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [meters]
        )
        for kind, day, value in (
            (Reading.Kind.OPENING, "installed_on", "initial_reading"),
            (Reading.Kind.FINAL, "removed_on", "final_reading"),
        ):
            said = _SAID.format(day=day, value=value)
            values: dict[str, Any] = {
                "meters": meters,
                "kind": str(kind),
                "at": at,
                "source": str(source),
                "by": by.pk if by else None,
            }
            for statement in (_REPLACE, _WRITE):
                cursor.execute(said + statement, values)
    mark_rounds(meter_ids=meters)
    keep_last(meter_ids=meters)
