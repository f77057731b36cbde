"""Keeps a meter's last current reading on its row."""

from collections.abc import Sequence

from django.db import connection

# On one day the opening reading is the earliest.
_KEEP = """
UPDATE meters_meter m
SET last_value = r.value, last_on = r.read_on, last_kind = coalesce(r.kind, ''),
    last_period = r.period, last_book_id = r.payment_book_id
FROM unnest(%s::bigint[]) AS of(id)
LEFT JOIN LATERAL (
    SELECT * FROM meters_reading r
    WHERE r.meter_id = of.id AND r.replaced_at IS NULL
    ORDER BY r.read_on DESC, r.kind <> 'opening' DESC, r.id DESC LIMIT 1
) r ON true
WHERE m.id = of.id
"""


def keep_last(*, meter_ids: Sequence[int]) -> None:
    """Write the last current reading of these locked meters on their rows, or that there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(meter_ids)])
