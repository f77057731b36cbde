"""Reads what is known about meters of payment books: one query for any number of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from .facts import Facts, Point, in_order
from .window import Days, Window

# The last 12 months, the same month a year ago, and two missed months.
REACH = timedelta(days=460)
# How long before a book's first day a handover reading may have been taken.
HANDOVER_REACH = 31


def handover(meter: str) -> str:
    """Return SQL of the reading with which a later owner begins, for meter `{meter}.id` and book `b`.

    The meter's last current reading up to the book's first day; one entered as handover goes first.
    """
    return f"""
        SELECT h.* FROM meters_reading h
        WHERE h.meter_id = {meter}.id AND h.replaced_at IS NULL AND b.opened_on IS NOT NULL
          AND (h.read_on < b.opened_on OR (h.read_on = b.opened_on AND h.payment_book_id <> b.id))
        ORDER BY (h.kind = 'handover' AND h.read_on >= b.opened_on - {HANDOVER_REACH}) DESC,
                 h.read_on DESC, h.id DESC
        LIMIT 1
    """


# A value in a subquery is none that the planner looks at: the statement is planned once for a connection, which
# takes longer than to carry it out.
_SINCE = "(SELECT %(since)s::date)"
_FACTS = f"""
SELECT m.id, b.id, m.property_id, p.building_id, m.serial, m.register, m.place, m.type, m.unit,
       m.integer_digits, m.decimal_digits, m.is_remote, m.installed_on, m.removed_on, m.initial_reading,
       b.opened_on, b.closed_on,
       EXISTS (SELECT FROM properties_bookpremises bp
               WHERE bp.payment_book_id = b.id AND bp.property_id = m.property_id),
       coalesce(bu.window_opens, c.window_opens), coalesce(bu.window_closes, c.window_closes),
       (SELECT json_agg(json_build_array(lw.period, extract(epoch FROM lw.opens_at),
                                      extract(epoch FROM lw.ends_at)))
             FROM meters_latewindow lw
             WHERE (lw.building_id = p.building_id OR lw.meter_id = m.id) AND lw.ends_at > {_SINCE}),
       (
           SELECT json_agg(json_build_array(
               r.id, r.meter_id, r.value::text, r.read_on, r.kind, r.period, r.is_rollover, r.is_own,
               CASE WHEN r.is_own THEN extract(epoch FROM r.declared_at) END,
               CASE WHEN r.is_own THEN r.source ELSE '' END, CASE WHEN r.is_own THEN r.declared_by_id END))
           FROM (
               SELECT o.*, true AS is_own FROM meters_reading o
               WHERE o.meter_id IN (m.id, m.replaces_id) AND o.payment_book_id = b.id
                 AND o.replaced_at IS NULL AND o.read_on >= greatest({_SINCE}, b.opened_on)
               UNION ALL
               (SELECT o.*, true FROM meters_reading o
                WHERE o.meter_id = m.id AND o.payment_book_id = b.id AND o.replaced_at IS NULL
                  AND o.read_on < {_SINCE} AND o.read_on >= coalesce(b.opened_on, '-infinity')
                ORDER BY o.read_on DESC, o.id DESC LIMIT 1)
               UNION ALL
               (SELECT h.*, false FROM ({handover("m")}) h)
           ) r
       )
FROM unnest((SELECT %(meters)s::bigint[]), (SELECT %(books)s::bigint[])) AS pair(meter_id, book_id)
JOIN meters_meter m ON m.id = pair.meter_id
JOIN properties_paymentbook b ON b.id = pair.book_id
JOIN properties_property p ON p.id = m.property_id
JOIN properties_building bu ON bu.id = p.building_id
JOIN properties_managingcompany c ON c.id = m.managing_company_id
"""


def read(*, pairs: Sequence[tuple[int, int]], on: date) -> dict[tuple[int, int], Facts]:
    """Return what is known for each (meter id, payment book id), from 15 months before that day on.

    A meter that is in none of the book's premises has `is_of_book` False; who may see it is the gate's to say.
    """
    return told(ask(pairs=pairs, on=on)) if pairs else {}


def ask(*, pairs: Sequence[tuple[int, int]], on: date) -> CursorWrapper:
    """Ask the same and wait for nothing in a pipeline: its end brings what `told` returns."""
    pairs = list(dict.fromkeys(pairs))
    cursor = connection.cursor()
    cursor.execute(
        _FACTS,
        {"meters": [meter for meter, _ in pairs], "books": [book for _, book in pairs], "since": on - REACH},
    )
    return cursor


def told(asked: CursorWrapper) -> dict[tuple[int, int], Facts]:
    """Return the answer, as `read` does."""
    with asked:
        found = [_facts(row) for row in asked.fetchall()]
    return {(facts.meter_id, facts.payment_book_id): facts for facts in found}


def _facts(row: tuple[Any, ...]) -> Facts:
    (
        meter, book, place_id, building, serial, register, place, kind, unit, whole, part, is_remote,
        installed_on, removed_on, initial, opened_on, closed_on, is_of_book, opens, closes, late, readings,
    ) = row  # fmt: skip
    points = [_point(reading) for reading in readings or ()]
    if initial is not None and not any(point.meter_id == meter for point in points):
        points.append(Point(meter_id=meter, value=initial, on=installed_on, kind="opening", is_own=False))
    return Facts(
        meter_id=meter,
        payment_book_id=book,
        property_id=place_id,
        building_id=building,
        serial=serial,
        register=register,
        place=place,
        type=kind,
        unit=unit,
        integer_digits=whole,
        decimal_digits=part,
        is_remote=is_remote,
        installed_on=installed_on,
        removed_on=removed_on,
        book_opened_on=opened_on,
        book_closed_on=closed_on,
        is_of_book=is_of_book,
        days=Days(opens, closes),
        late=tuple(_late(window) for window in late or ()),
        points=in_order(points),
    )


def _point(reading: list[Any]) -> Point:
    pk, meter, value, on, kind, period, is_rollover, is_own, *who = reading
    return Point(
        meter, Decimal(value), date.fromisoformat(on), kind, pk, date.fromisoformat(period), is_rollover, is_own, *who
    )  # fmt: skip


def _late(window: list[Any]) -> Window:
    period, opens_at, ends_at = window
    return Window(
        period=date.fromisoformat(period),
        opens_at=datetime.fromtimestamp(opens_at, UTC),
        ends_at=datetime.fromtimestamp(ends_at, UTC),
        is_late=True,
    )
