"""Merging a staged file of readings: SQL finds their meters and leaves out what is on file already.

The rest goes through the validator of the page, in pieces of whole payment books: a file of any size needs the
memory of one piece, and the database is asked a few times a piece, never a row.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from imports.kinds import Context, Counts
from imports.merging import count, reject, temporary
from imports.staging import reject_repeats
from properties.company_codes import book_of_code, collect_codes, lock_company

from .models import Reading
from .readings import Line, Outcome, Result, declare

# Rows judged at once.
_PIECE = 2000
# Refused for what another row of the file may put right: both months of a correction stand in it.
_OUT_OF_ORDER = frozenset({"higher_than_later", "lower_than_earlier"})

# Line of the file, whether the meter is read remotely, and the reading.
_Row = tuple[int, bool, Line]


def merge_readings(cursor: Any, context: Context) -> Counts:
    """Create or correct monthly readings; what a resident declared later stays."""
    company_id = lock_company(cursor, context)
    collect_codes(cursor, company_id)
    cursor.execute("UPDATE staging SET register = '' WHERE register IS NULL")
    _find_meters(cursor, company_id)
    reject_repeats(cursor, key="meter_id, book_id, period")
    unchanged = _leave_out_what_is_on_file(cursor)
    _line_up(cursor)
    created = updated = 0
    for piece in _pieces(cursor):
        became = _judge(piece, context)
        results = [outcome.result for _line, outcome in became]
        created += results.count(Result.DECLARED)
        updated += results.count(Result.CORRECTED)
        unchanged += results.count(Result.UNCHANGED)
        _reject(cursor, [(line, outcome.words) for line, outcome in became if not outcome.is_kept])
    return Counts(
        created=created,
        updated=updated,
        unchanged=unchanged,
        rejected=count(cursor, "staging WHERE error IS NOT NULL"),
    )


def _find_meters(cursor: Any, company_id: int) -> None:
    """Find the payment book by the code on the day of reading, and the meter in its premises."""
    cursor.execute("ALTER TABLE staging ADD book_id bigint, ADD meter_id bigint, ADD is_remote boolean")
    book = book_of_code("s.code_key", "s.read_on")
    cursor.execute(f"UPDATE staging s SET book_id = {book} WHERE error IS NULL")
    reject(cursor, "book_id IS NULL", _("this company has no such payer code"))
    temporary(
        cursor,
        "dials",
        """
        SELECT l.payment_book_id AS book_id, m.serial_key, m.type, m.register, min(m.id) AS meter_id,
               bool_or(m.is_remote) AS is_remote, count(*) AS meters
        FROM meters_meter m JOIN properties_bookpremises l ON l.property_id = m.property_id
        WHERE m.managing_company_id = %(company)s GROUP BY 1, 2, 3, 4
        """,
        {"company": company_id},
    )
    cursor.execute("ANALYZE dials")
    same = "d.book_id = s.book_id AND d.serial_key = s.serial_key AND d.type = s.type AND d.register = s.register"
    reject(
        cursor,
        f"EXISTS (SELECT FROM dials d WHERE {same} AND d.meters > 1)",
        _("several premises of this payer code have a meter with this number"),
    )
    cursor.execute(
        "UPDATE staging s SET meter_id = d.meter_id, is_remote = d.is_remote "
        f"FROM dials d WHERE s.error IS NULL AND {same}"
    )
    reject(cursor, "meter_id IS NULL", _("this payer code has no such meter"))


def _leave_out_what_is_on_file(cursor: Any) -> int:
    """Mark rows that say what stands already, before anything is locked; return how many.

    An estimate is on file as one; its row comes back from the export with the day and value it has.
    """
    cursor.execute("ALTER TABLE staging ADD is_known boolean NOT NULL DEFAULT false")
    same = "r.meter_id = s.meter_id AND r.payment_book_id = s.book_id AND r.period = s.period AND r.value = s.value"
    cursor.execute(
        f"""
        UPDATE staging s SET is_known = true FROM meters_reading r
        WHERE s.error IS NULL AND {same} AND r.kind = 'monthly' AND r.replaced_at IS NULL
        """
    )
    cursor.execute(
        f"""
        UPDATE staging s SET is_known = true FROM meters_reading r
        WHERE s.error IS NULL AND NOT s.is_known AND {same} AND r.read_on = s.read_on
          AND r.kind = 'estimate' AND r.replaced_at IS NULL
        """
    )
    return count(cursor, "staging WHERE is_known")


def _line_up(cursor: Any) -> None:
    """Cut the rows to judge into pieces, those of a payment book in one; lock their meters.

    All at once and by ids ascending, as residents' readings lock them: the pieces come in another order.
    """
    temporary(
        cursor,
        "waiting",
        """
        SELECT *, (min(no) OVER (PARTITION BY book_id) - 1) / %(piece)s AS piece
        FROM (SELECT row_number() OVER (ORDER BY book_id, read_on, line) AS no, line, is_remote, meter_id, book_id,
                     period, value, read_on
              FROM staging WHERE error IS NULL AND NOT is_known) numbered
        """,
        {"piece": _PIECE},
    )
    cursor.execute("CREATE INDEX ON waiting (piece, no)")
    cursor.execute("CREATE INDEX ON staging (line)")
    cursor.execute("ANALYZE waiting")
    cursor.execute(
        """
        WITH locked AS (
            SELECT id FROM meters_meter WHERE id IN (SELECT meter_id FROM waiting)
            ORDER BY id FOR NO KEY UPDATE
        )
        SELECT count(*) FROM locked
        """
    )


def _pieces(cursor: Any) -> Iterator[list[_Row]]:
    cursor.execute("SELECT max(piece) FROM waiting")
    last = cursor.fetchone()[0]
    for piece in range(0 if last is None else last + 1):
        cursor.execute(
            "SELECT line, is_remote, meter_id, book_id, period, value, read_on FROM waiting "
            "WHERE piece = %s ORDER BY no",
            [piece],
        )
        yield [
            (
                line,
                is_remote,
                Line(meter_id=meter, payment_book_id=book, period=period, value=value, read_on=read_on),
            )
            for line, is_remote, meter, book, period, value, read_on in cursor.fetchall()
        ]


def _judge(piece: list[_Row], context: Context) -> list[tuple[int, Outcome]]:
    """Let the validator take or refuse the rows, and again those that a later month of the file made right."""
    became: dict[int, Outcome] = {}
    waiting = piece
    while waiting:
        outcomes = dict(_declare(waiting, context))
        became |= outcomes
        refused = [row for row in waiting if outcomes[row[0]].code in _OUT_OF_ORDER]
        if not any(outcome.result == Result.CORRECTED for outcome in outcomes.values()):
            break
        waiting = refused
    return list(became.items())


def _declare(rows: Sequence[_Row], context: Context) -> Iterator[tuple[int, Outcome]]:
    """Declare rows as read by the company or by a device."""
    by_source = sorted(rows, key=lambda row: row[1])
    for is_remote, group in groupby(by_source, key=lambda row: row[1]):
        own = list(group)
        outcomes = declare(
            lines=[line for _no, _is_remote, line in own],
            by=None,
            at=context.at,
            source=Reading.Source.REMOTE if is_remote else Reading.Source.IMPORT,
        )
        yield from zip((no for no, _is_remote, _line in own), outcomes, strict=True)


def _reject(cursor: Any, refused: Sequence[tuple[int, str]]) -> None:
    if refused:
        cursor.execute(
            "UPDATE staging s SET error = r.words FROM unnest(%s::bigint[], %s::text[]) AS r(line, words) "
            "WHERE s.line = r.line",
            [[line for line, _words in refused], [words for _line, words in refused]],
        )
