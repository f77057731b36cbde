"""Declaring: lines go in, each is taken, asked about or refused; what is good is kept.

The meters are locked by their ids ascending, then everything is read, judged and written, so that presses,
tabs and people cannot cross: identical lines make one row, and a second value never displaces a first one
that its sender has not seen.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from lithuanian.dates import for_month, long_day, short_day
from lithuanian.numbers import NO_BREAK_SPACE

from . import histories
from .checks import Neighbour, Question, Questions, Refused, judge
from .ends import mark_rounds
from .facts import Facts, Point
from .last import keep_last
from .models import Reading
from .typed import value_words
from .window import latest_window, next_window, open_window

Source = Reading.Source
Kind = Reading.Kind

# People answer for themselves; files and devices cannot be asked.
ASKED = frozenset({Source.RESIDENT, Source.STAFF})
FROM_PEOPLE = frozenset({"resident", "staff"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One value for one meter of one payment book, already let through the gate."""

    meter_id: int
    payment_book_id: int
    value: Decimal
    # None: today.
    read_on: date | None = None
    # Staff and files name it; a resident's is that of the open window.
    period: date | None = None
    kind: str = Kind.MONTHLY
    # The value that the person confirmed after a question; another one asks again.
    confirmed: Decimal | None = None
    # The reading that the person saw and corrects.
    corrects: int | None = None


class Result(StrEnum):
    DECLARED = "declared"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"
    ASKS = "asks"
    # Another value is there that the sender has not seen.
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    line: Line
    result: Result
    period: date | None = None
    reading_id: int | None = None
    code: str = ""
    words: str = ""
    questions: tuple[Question, ...] = ()
    may_be_sent: bool = False
    # The reading that was there before.
    existing: Point | None = None

    @property
    def is_kept(self) -> bool:
        """Tell whether the value now stands."""
        return self.result in {Result.DECLARED, Result.CORRECTED, Result.UNCHANGED}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """A line with its period and verdict, and what is to be written for it."""

    line: Line
    result: Result
    period: date | None = None
    on: date | None = None
    code: str = ""
    words: str = ""
    questions: tuple[Question, ...] = ()
    may_be_sent: bool = False
    existing: Point | None = None
    is_rollover: bool = False
    is_unusual: bool = False

    @property
    def is_written(self) -> bool:
        return self.result in {Result.DECLARED, Result.CORRECTED}


@transaction.atomic
def declare(*, lines: Sequence[Line], by: User | None, at: datetime, source: Reading.Source) -> list[Outcome]:
    """Take these lines at that moment and return what became of each, in their order.

    A resident's lines are judged against the window; staff and files name the period themselves. Questions
    to files are not asked: such a reading is marked unusual.
    """
    if not lines:
        return []
    today = timezone.localdate(at)
    # Sent together, to wait for PostgreSQL once: there the second begins when the first has its locks.
    with connection.connection.pipeline():
        _lock(lines)
        asked = histories.ask(
            pairs=[(line.meter_id, line.payment_book_id) for line in lines],
            on=min(line.read_on or today for line in lines),
        )
    known = histories.told(asked)
    decided = _decide_all(lines, known, at=at, source=source)
    ids = _write([one for one in decided if one.is_written], by=by, at=at, source=source)
    gone = {one.line.meter_id for one in decided if one.is_written and _is_removed(one.line, known)}
    if gone:
        mark_rounds(meter_ids=sorted(gone))
    people = _people(decided)
    return [_outcome(one, ids, _already_words(one, people, known, by, source)) for one in decided]


def _is_removed(line: Line, known: dict[tuple[int, int], Facts]) -> bool:
    return known[line.meter_id, line.payment_book_id].removed_on is not None


def _lock(lines: Sequence[Line]) -> None:
    ids = sorted({line.meter_id for line in lines})
    with connection.cursor() as cursor:
        # What another transaction wrote is read by the next statement, after the wait.
        cursor.execute("SELECT id FROM meters_meter WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])


def _decide_all(
    lines: Sequence[Line], known: dict[tuple[int, int], Facts], *, at: datetime, source: Reading.Source
) -> list[_Decided]:
    """Judge the lines oldest first, so that a file's later months build on its earlier ones."""
    today = timezone.localdate(at)
    together: dict[int, list[Line]] = {}
    for line in lines:
        together.setdefault(line.payment_book_id, []).append(line)
    times = Counter((line.meter_id, line.payment_book_id) for line in lines)
    beside: dict[int, list[tuple[Line, Neighbour]]] = {}
    decided: dict[int, _Decided] = {}
    for place in sorted(range(len(lines)), key=lambda place: lines[place].read_on or today):
        line = lines[place]
        book, pair = line.payment_book_id, (line.meter_id, line.payment_book_id)
        facts = known.get(pair)
        if facts is None:
            decided[place] = _refused(line, "not_ones_meter", _("There is no such meter."))
            continue
        if book not in beside:
            beside[book] = _neighbours(together[book], known, at=at, source=source)
        neighbours = [
            other
            for its, other in beside[book]
            if its.meter_id != line.meter_id and its.period == line.period
        ]
        one = _decide(line, facts, neighbours, today=today, at=at, source=source)
        if one.is_written and times[pair] > 1:
            known[pair] = _with(facts, one)
            del beside[book]
        decided[place] = one
    return [decided[place] for place in range(len(lines))]


def _decide(
    line: Line,
    facts: Facts,
    neighbours: list[Neighbour],
    *,
    today: date,
    at: datetime,
    source: Reading.Source,
) -> _Decided:
    on = line.read_on or today
    period = _period(line, facts, at=at, source=source)
    if period is None:
        opens = next_window(days=facts.days, at=at).first_day
        words = _("Readings are not taken now. They will be from %(day)s.") % {"day": short_day(opens)}
        return _refused(line, "window_closed", words)
    existing = _existing(line, facts, period, on)
    if existing is not None:
        met = _meets(line, existing, period, on, source)
        if met is not None:
            return met
    verdict = judge(
        value=line.value,
        on=on,
        today=today,
        facts=facts,
        corrects=existing.id if existing else None,
        neighbours=neighbours,
        is_on_page=source == Source.RESIDENT,
    )
    if isinstance(verdict, Refused):
        return _Decided(
            line=line,
            result=Result.REFUSED,
            period=period,
            code=verdict.code,
            words=verdict.words,
            may_be_sent=verdict.may_be_sent,
            existing=existing,
        )
    questions = verdict.items if isinstance(verdict, Questions) else ()
    if questions and source in ASKED and line.confirmed != line.value:
        return _Decided(line=line, result=Result.ASKS, period=period, questions=questions, existing=existing)
    return _Decided(
        line=line,
        result=Result.CORRECTED if existing else Result.DECLARED,
        period=period,
        on=on,
        existing=existing,
        is_rollover=verdict.is_rollover,
        is_unusual=bool(questions),
    )


def _period(line: Line, facts: Facts, *, at: datetime, source: Reading.Source) -> date | None:
    """Return the month that the reading is for; None when a resident's window is closed."""
    if source != Source.RESIDENT and line.period is not None:
        return line.period.replace(day=1)
    window = open_window(days=facts.days, at=at, late=facts.late)
    if window is None and source != Source.RESIDENT:
        window = latest_window(days=facts.days, at=at)
    return window.period if window else None


def _existing(line: Line, facts: Facts, period: date, on: date) -> Point | None:
    """Return the reading whose place this line would take."""
    if line.kind == Kind.MONTHLY:
        return facts.current(period)
    own = (point for point in facts.points if point.meter_id == line.meter_id and point.is_own)
    return next((point for point in own if (point.kind, point.on) == (line.kind, on)), None)


def _meets(line: Line, existing: Point, period: date, on: date, source: Reading.Source) -> _Decided | None:
    """Return what becomes of a line for which a reading is there; None when it may take its place."""
    if existing.id is None:
        # Twice in one submission.
        if existing.value == line.value:
            return _Decided(line=line, result=Result.UNCHANGED, period=period)
        return _refused(line, "twice", _("There is another reading of this meter for the same month here."))
    if existing.value == line.value:
        return _Decided(line=line, result=Result.UNCHANGED, period=period, existing=existing)
    if source in ASKED:
        if line.corrects == existing.id:
            return None
        return _Decided(line=line, result=Result.ALREADY, period=period, existing=existing)
    # A file against what a person declared: the later day wins, on a tie the person.
    if existing.source in FROM_PEOPLE and existing.on is not None and on <= existing.on:
        words = _("Declared on %(day)s already: %(value)s.") % {
            "day": long_day(existing.on),
            "value": value_words(existing.value),
        }
        return _refused(line, "declared_later", words)
    return None


def _neighbours(
    together: list[Line], known: dict[tuple[int, int], Facts], *, at: datetime, source: Reading.Source
) -> list[tuple[Line, Neighbour]]:
    """Return what is declared at the same time for the meters of one object."""
    if len(together) > 50:  # a file: rows are compared within a flat, and no flat has so many
        return []
    found = []
    for line in together:
        facts = known.get((line.meter_id, line.payment_book_id))
        if facts is None:
            continue
        period = _period(line, facts, at=at, source=source)
        current = facts.current(period) if period else None
        without = current.id if current else None
        found.append((line, Neighbour(facts=facts, value=line.value, without=without)))
    return found


def _with(facts: Facts, one: _Decided) -> Facts:
    line = one.line
    point = Point(
        meter_id=line.meter_id,
        value=line.value,
        on=one.on,
        kind=line.kind,
        period=one.period,
        is_rollover=one.is_rollover,
    )
    return facts.with_point(point, without=one.existing.id if one.existing else None)


def _refused(line: Line, code: str, words: str) -> _Decided:
    return _Decided(line=line, result=Result.REFUSED, code=code, words=words)


# ── Written ─────────────────────────────────────────────────────────────────────────────────────

# One statement, planned once for a connection: in subqueries the planner does not look at the arrays.
# The count makes the corrections happen before the rows that take their place.
_WRITE = """
WITH line AS (
    SELECT * FROM unnest(
        (SELECT %(meters)s::bigint[]), (SELECT %(books)s::bigint[]), (SELECT %(kinds)s::text[]),
        (SELECT %(periods)s::date[]), (SELECT %(values)s::numeric[]), (SELECT %(days)s::date[]),
        (SELECT %(corrects)s::bigint[]), (SELECT %(unusual)s::boolean[]), (SELECT %(rollovers)s::boolean[]),
        (SELECT %(sources)s::text[])
    ) WITH ORDINALITY
    AS l(meter_id, book_id, kind, period, value, read_on, corrects, is_unusual, is_rollover, source, no)
), corrected AS (
    UPDATE meters_reading r SET replaced_at = %(at)s FROM line
    WHERE r.id = line.corrects AND r.replaced_at IS NULL
    RETURNING r.id
), taken AS (
    INSERT INTO meters_reading (
        meter_id, managing_company_id, payment_book_id, kind, period, value, read_on, declared_at, source,
        declared_by_id, replaces_id, is_unusual, is_rollover
    )
    SELECT meter_id, (SELECT managing_company_id FROM meters_meter WHERE id = meter_id), book_id, kind, period,
           value, read_on, %(at)s, source, %(by)s::bigint, corrects, is_unusual, is_rollover
    FROM line WHERE (SELECT count(*) FROM corrected) >= 0 ORDER BY no
    RETURNING id, meter_id, payment_book_id, kind, period, value, read_on
), kept AS (
    UPDATE meters_meter m
    SET last_value = t.value, last_on = t.read_on, last_kind = t.kind, last_period = t.period,
        last_book_id = t.payment_book_id
    FROM (SELECT DISTINCT ON (meter_id) * FROM taken ORDER BY meter_id, read_on DESC, id DESC) t
    WHERE m.id = t.meter_id AND (m.last_on IS NULL OR m.last_on <= t.read_on)
)
SELECT meter_id, payment_book_id, kind, period, read_on, id FROM taken
"""

_Key = tuple[int, int, str, date | None, date | None]


def _write(
    decided: Sequence[_Decided], *, by: User | None, at: datetime, source: Reading.Source
) -> dict[_Key, int]:
    if not decided:
        return {}
    lines = [one.line for one in decided]
    columns: dict[str, Any] = {
        "meters": [line.meter_id for line in lines],
        "books": [line.payment_book_id for line in lines],
        "kinds": [str(line.kind) for line in lines],
        "periods": [one.period for one in decided],
        "values": [line.value for line in lines],
        "days": [one.on for one in decided],
        "corrects": [one.existing.id if one.existing else None for one in decided],
        "unusual": [one.is_unusual for one in decided],
        "rollovers": [one.is_rollover for one in decided],
        "sources": [str(Source.ESTIMATE if line.kind == Kind.ESTIMATE else source) for line in lines],
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, columns | {"at": at, "by": by.pk if by else None})
        ids = {(meter, book, kind, period, on): pk for meter, book, kind, period, on, pk in cursor.fetchall()}
    # A correction of an earlier day may leave another reading the last.
    moved = {
        one.line.meter_id
        for one in decided
        if one.existing is not None and one.existing.on is not None and one.on is not None
        if one.on < one.existing.on
    }
    if moved:
        keep_last(meter_ids=sorted(moved))
    return ids


def _outcome(one: _Decided, ids: dict[_Key, int], already_words: str) -> Outcome:
    line = one.line
    key = (line.meter_id, line.payment_book_id, str(line.kind), one.period, one.on)
    return Outcome(
        line=line,
        result=one.result,
        period=one.period,
        reading_id=ids[key] if one.is_written else (one.existing.id if one.existing else None),
        code=one.code or one.result.value,
        words=already_words or one.words,
        questions=one.questions,
        may_be_sent=one.may_be_sent,
        existing=one.existing,
    )


def _people(decided: Sequence[_Decided]) -> dict[int, User]:
    """Return those whose readings are in somebody's way; nobody is asked for when none is."""
    ids = {
        one.existing.declared_by_id
        for one in decided
        if one.result == Result.ALREADY and one.existing is not None
    } - {None}
    return get_user_model().objects.in_bulk(ids) if ids else {}


def _already_words(
    one: _Decided,
    people: dict[int, User],
    known: dict[tuple[int, int], Facts],
    by: User | None,
    source: Reading.Source,
) -> str:
    """Return who has declared what and when, and how to correct it; nothing where nothing is in the way."""
    existing = one.existing
    if one.result != Result.ALREADY or existing is None:
        return ""
    unit = known[one.line.meter_id, one.line.payment_book_id].unit
    words = {
        "value": f"{value_words(existing.value)}{NO_BREAK_SPACE}{unit}",
        "for_month": for_month(one.period or existing.period or date.min, with_year=True),
        "when": _when(existing.declared_at),
    }
    person = people.get(existing.declared_by_id or 0)
    is_resident = person is not None and existing.source == Source.RESIDENT
    if is_resident and person == by:
        said = _("You declared %(value)s %(for_month)s on %(when)s already.") % words
    else:
        # Residents know each other by name; of the staff and of files only that it was the company.
        words["who"] = str(person) if is_resident else _("The managing company")
        said = _("%(who)s declared %(value)s %(for_month)s on %(when)s already.") % words
    is_on_page = source == Source.RESIDENT
    how = _("To correct it, press “Declare” again.") if is_on_page else _("Send yours again to correct it.")
    return f"{said} {how}"


def _when(moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{long_day(local.date())}, {local:%H:%M}"
