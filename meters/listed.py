"""Reads the readings of payment books for their history: a page, the months of the charts, what was handed over.

They are found first; then each meter is looked up once, and so is each person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, connection
from django.utils import timezone

from properties.capabilities import Capability
from properties.objects import OwnObject

from .consumption import FROM_MANY, OF_MANY, USED, Used, used_of
from .histories import handover
from .models import Meter, Reading
from .window import midnight, month_before

PAGE = 24
# This month and the 12 before it.
MONTHS = 13
_BATCH = 1000

# Such readings came in files: they were read on a day and never declared.
FROM_FILES = (Reading.Source.IMPORT, Reading.Source.REMOTE, Reading.Source.ESTIMATE)


class Place(NamedTuple):
    """Where a page ended: the next one starts below it, whatever was added meanwhile."""

    read_on: date
    reading_id: int

    def __str__(self) -> str:
        return f"{self.read_on.isoformat()}_{self.reading_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the list is narrowed to; `book` is the chosen object, `books` all that are looked at."""

    books: tuple[int, ...]
    book: int | None = None
    type: str = ""
    # Days of declaring, the last one included.
    since: date | None = None
    until: date | None = None
    before: Place | None = None


class Told(NamedTuple):
    """One reading with its meter and what was used up to it."""

    # Of what it is a part: „own“ is listed, „recent“ is drawn, „handover“ was the owner before's.
    part: str
    pk: int
    meter: Meter
    payment_book_id: int
    kind: str
    period: date
    value: Decimal
    read_on: date
    declared_at: datetime
    source: str
    replaces_id: int | None
    is_rollover: bool
    # Nothing where nothing stands before it.
    used: Used | None
    # The resident who declared it, and whether there is a photo of the dial; of those that are listed.
    person: Any
    has_photo: bool


def page_of(*, objects: dict[int, OwnObject], wanted: Wanted, at: datetime) -> list[Told]:
    """Return a page of readings and one more, and on the first page those of the last 13 months; one query."""
    parts = [_LISTED, _HANDED_OVER] if wanted.before else [_LISTED, _HANDED_OVER, _RECENT]
    return _told(_statement(*parts, is_of_type=bool(wanted.type)), _values(objects, wanted, at))


def all_of(*, objects: dict[int, OwnObject], wanted: Wanted, at: datetime) -> Iterator[Told]:
    """Yield the same of all pages, what was handed over last; a query per thousand readings."""
    values = _values(objects, wanted, at)
    is_of_type = bool(wanted.type)
    handed = _told(_statement(_HANDED_OVER, is_of_type=is_of_type), values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {_sources(is_of_type=is_of_type)} {_asked(_ALL, is_of_type=is_of_type)}", values
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        told = {row.pk: row for row in _told(_statement(_THESE, is_of_type=False), values | {"ids": batch})}
        yield from (told[pk] for pk in batch if pk in told)
    own = set(ids)
    yield from (row for row in handed if row.pk not in own)


# ── Asked ───────────────────────────────────────────────────────────────────────────────────────

_COLUMNS = (
    "id", "meter_id", "payment_book_id", "kind", "period", "value", "read_on", "declared_at", "source",
    "declared_by_id", "replaces_id", "is_rollover",
)  # fmt: skip
_READING = ", ".join(f"r.{name}" for name in _COLUMNS)
# In the order of the model.
_OF_METER = ("id", "property_id", "serial", "type", "register", "unit", "place", "removed_on")
# What makes a name, see `get_full_name`.
_OF_PERSON = ("id", "kind", "first_name", "last_name", "company_name")

# Values stand in subqueries, where the planner does not look at them: it plans once for a connection.
_BOOKS = """book (id, opened_on) AS MATERIALIZED (
    SELECT * FROM unnest((SELECT %(books)s::bigint[]), (SELECT %(opened)s::date[]))
)"""
# A row for each dial of the type that was ever read for a book; those of a book are found by its readings, once.
_DIALS_OF_TYPE = """of_type (id, opened_on, meter_id) AS MATERIALIZED (
    SELECT d.id, d.opened_on, m.id
    FROM (SELECT DISTINCT b.id, b.opened_on, r.meter_id
          FROM book b JOIN meters_reading r ON r.payment_book_id = b.id) d
    -- OFFSET 0: so they are looked up one by one, and not all the meters of a country are read beside them.
    CROSS JOIN LATERAL (
        SELECT id FROM meters_meter WHERE id = d.meter_id AND type = (SELECT %(type)s::text) OFFSET 0
    ) m
)"""
_BELOW = "(r.read_on, r.id) < ((SELECT %(before_on)s::date), (SELECT %(before_id)s::bigint))"
_READ_BETWEEN = "r.read_on BETWEEN (SELECT %(since)s::date) AND (SELECT %(until)s::date)"
# Current readings of book `b`, nothing from before its first day; what came in a file was never declared.
_OF_BOOK = f"""
    r.payment_book_id = b.id AND r.replaced_at IS NULL AND r.read_on >= coalesce(b.opened_on, '-infinity')
    AND CASE WHEN r.source IN ({", ".join(f"'{source}'" for source in FROM_FILES)}) THEN {_READ_BETWEEN}
        ELSE r.declared_at >= (SELECT %(since_at)s::timestamptz)
             AND r.declared_at < (SELECT %(until_at)s::timestamptz) END
"""
_LISTED = f"""(
    SELECT 'own' AS part, {_READING} FROM {{source}} b CROSS JOIN LATERAL (
        SELECT * FROM meters_reading r WHERE {_OF_BOOK} AND {_BELOW} {{of_dial}}
        ORDER BY r.read_on DESC, r.id DESC LIMIT {PAGE + 1}
    ) r ORDER BY r.read_on DESC, r.id DESC LIMIT {PAGE + 1}
)"""
# A period's reading is never far from it; the index is by day. OFFSET 0 keeps them from being looked for
# among everything that was read on those days.
_RECENT = f"""
    SELECT 'recent' AS part, {_READING} FROM {{source}} b CROSS JOIN LATERAL (
        SELECT * FROM meters_reading r
        WHERE r.payment_book_id = b.id AND r.replaced_at IS NULL {{of_dial}}
          AND r.read_on >= greatest((SELECT %(near)s::date), b.opened_on)
          AND r.period >= (SELECT %(first)s::date)
        OFFSET 0
    ) r
"""
# What the next owner begins with, unless their own book has a reading of the same day for that.
_HANDED_OVER = f"""
    SELECT 'handover' AS part, {_READING} FROM book b
    JOIN properties_bookpremises bp ON bp.payment_book_id = b.id
    JOIN meters_meter m ON m.property_id = bp.property_id
        AND (m.removed_on IS NULL OR m.removed_on >= b.opened_on)
    CROSS JOIN LATERAL ({handover("m")}) h
    JOIN meters_reading r ON r.id = h.id
    WHERE b.opened_on IS NOT NULL AND NOT EXISTS (
        SELECT FROM meters_reading own
        WHERE own.meter_id = m.id AND own.payment_book_id = b.id AND own.replaced_at IS NULL
          AND own.kind IN ('handover', 'opening') AND own.read_on = b.opened_on
    ) AND {_READ_BETWEEN} AND {_BELOW} {{of_type}}
"""
_ALL = f"""
    SELECT r.id FROM {{source}} b JOIN meters_reading r ON {_OF_BOOK} {{of_dial}} ORDER BY r.read_on DESC, r.id DESC
"""
_THESE = f"SELECT 'own' AS part, {_READING} FROM meters_reading r WHERE r.id = ANY(%(ids)s)"
_TOLD = f"""
p AS MATERIALIZED (
    SELECT p.* FROM (SELECT DISTINCT declared_by_id AS id FROM r WHERE part = 'own' AND source = 'resident') d
    CROSS JOIN LATERAL (SELECT * FROM accounts_user WHERE id = d.id OFFSET 0) p
)
SELECT r.part, {_READING}, {", ".join(f"m.{name}" for name in _OF_METER)},
       {", ".join(f"p.{name}" for name in _OF_PERSON)}, photo.is_there, {USED}
{FROM_MANY}
LEFT JOIN LATERAL (
    SELECT true AS is_there FROM meters_readingphoto WHERE reading_id = r.id AND r.part = 'own' OFFSET 0
) photo ON true
LEFT JOIN p ON p.id = r.declared_by_id AND r.part = 'own'
"""


def _statement(*parts: str, is_of_type: bool) -> str:
    readings = _asked(" UNION ALL ".join(parts), is_of_type=is_of_type)
    return f"WITH {_sources(is_of_type=is_of_type)}, r AS MATERIALIZED ({readings}), {OF_MANY}, {_TOLD}"


def _sources(*, is_of_type: bool) -> str:
    return f"{_BOOKS}, {_DIALS_OF_TYPE}" if is_of_type else _BOOKS


def _asked(part: str, *, is_of_type: bool) -> str:
    if not is_of_type:
        return part.format(source="book", of_dial="", of_type="")
    return part.format(
        source="of_type",
        of_dial="AND r.meter_id = b.meter_id",
        of_type="AND m.type = (SELECT %(type)s::text)",
    )


def _values(objects: dict[int, OwnObject], wanted: Wanted, at: datetime) -> dict[str, Any]:
    books = [objects[pk].book for pk in wanted.books if Capability.SEE_READINGS in objects[pk].may]
    first = timezone.localdate(at)
    for _month in range(MONTHS):
        first = month_before(first)
    before_on, before_id = wanted.before or (date.max, 2**63 - 1)
    return {
        "books": [book.pk for book in books],
        "opened": [book.opened_on for book in books],
        "type": wanted.type,
        "before_on": before_on,
        "before_id": before_id,
        "since": wanted.since or "-infinity",
        "until": wanted.until or "infinity",
        "since_at": midnight(wanted.since) if wanted.since else "-infinity",
        "until_at": midnight(wanted.until + timedelta(days=1)) if wanted.until else "infinity",
        "first": first,
        "near": first - timedelta(days=62),
    }


# ── Told ────────────────────────────────────────────────────────────────────────────────────────


def _told(statement: str, values: dict[str, Any]) -> list[Told]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    meters: dict[int, Meter] = {}
    return [_told_of(row, meters) for row in rows]


def _told_of(row: tuple[Any, ...], meters: dict[int, Meter]) -> Told:
    (
        part, pk, meter, book, kind, period, value, read_on, declared_at, source, _by, replaces, is_rollover,
    ) = row[:_METER_AT]  # fmt: skip
    if meter not in meters:
        meters[meter] = Meter.from_db(DEFAULT_DB_ALIAS, _OF_METER, row[_METER_AT:_PERSON_AT])
    person = None
    if row[_PERSON_AT] is not None:
        person = get_user_model()(**dict(zip(_OF_PERSON, row[_PERSON_AT:_PHOTO_AT], strict=True)))
    return Told(
        part, pk, meters[meter], book, kind, period, value, read_on, declared_at, source, replaces, is_rollover,
        used_of(row[_USED_AT:]), person, bool(row[_PHOTO_AT]),
    )  # fmt: skip


_METER_AT = 1 + len(_COLUMNS)
_PERSON_AT = _METER_AT + len(_OF_METER)
_PHOTO_AT = _PERSON_AT + len(_OF_PERSON)
_USED_AT = _PHOTO_AT + 1
