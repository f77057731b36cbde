"""Merging a staged file of meters: which dials there are, how they began and ended, what replaced what."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from imports.kinds import Context, Counts
from imports.merging import count, kept, refresh_statistics, reject, temporary
from imports.staging import reject_repeats
from properties.company_codes import book_of_code, collect_codes, lock_company

from .dials import DIALS
from .ends import settle_ends
from .models import Reading

# Meters whose ends are settled at once.
_PIECE = 2000
_COLUMNS = (
    "property_id",
    "managing_company_id",
    "serial",
    "serial_key",
    "type",
    "register",
    "unit",
    "integer_digits",
    "decimal_digits",
    "place",
    "installed_on",
    "initial_reading",
    "removed_on",
    "final_reading",
    "verified_until",
    "is_remote",
)
_DIALS = ", ".join(
    f"('{name}', '{dial.unit}', {dial.integer_digits}, {dial.decimal_digits})" for name, dial in DIALS.items()
)
_NEW = ", ".join(f"n.{column}" for column in _COLUMNS)
_OLD = ", ".join(f"o.{column}" for column in _COLUMNS)
_DIFFERS = f"ROW({_OLD}) IS DISTINCT FROM ROW({_NEW})"


def merge_meters(cursor: Any, context: Context) -> Counts:
    """Create or change meters by premises, serial, type and register, with their first and last readings."""
    company_id = lock_company(cursor, context)
    collect_codes(cursor, company_id)
    cursor.execute("UPDATE staging SET register = '' WHERE register IS NULL")
    _find_premises(cursor, company_id, context)
    reject_repeats(cursor, key="property_id, serial_key, type, register")
    _aim(cursor, company_id)
    _reject_impossible(cursor)
    cursor.execute("DELETE FROM target n USING staging s WHERE s.line = n.line AND s.error IS NOT NULL")
    updated = _change(cursor)
    created = _create(cursor)
    written = sorted(updated + created)
    if written:
        refresh_statistics(cursor, "meters_meter", written=len(written))
        _link_replaced(cursor, written)
        _settle_ends(cursor, written, context)
    return Counts(
        created=len(created),
        updated=len(updated),
        unchanged=count(cursor, "target") - len(created) - len(updated),
        rejected=count(cursor, "staging WHERE error IS NOT NULL"),
    )


def _settle_ends(cursor: Any, written: list[int], context: Context) -> None:
    """Write first and last readings in pieces: a plan made while the tables are empty does for one of them."""
    for start in range(0, len(written), _PIECE):
        piece = written[start : start + _PIECE]
        settle_ends(meter_ids=piece, at=context.at, source=Reading.Source.IMPORT)
        refresh_statistics(cursor, "meters_reading", written=len(piece))


def _find_premises(cursor: Any, company_id: int, context: Context) -> None:
    """Find the premises among those of the code's present payment book: by their code, else the only ones."""
    cursor.execute("ALTER TABLE staging ADD book_id bigint, ADD property_id bigint")
    book = book_of_code("s.code_key", "%(today)s::date")
    cursor.execute(
        f"UPDATE staging s SET book_id = {book} WHERE error IS NULL",
        {"today": timezone.localdate(context.at)},
    )
    reject(cursor, "book_id IS NULL", _("this company has no such payer code"))
    cursor.execute(
        """
        UPDATE staging s SET property_id = p.id
        FROM properties_property p JOIN properties_bookpremises l ON l.property_id = p.id
        WHERE s.error IS NULL AND p.managing_company_id = %s AND p.premises_code = s.premises_code
          AND l.payment_book_id = s.book_id
        """,
        [company_id],
    )
    reject(
        cursor,
        "property_id IS NULL AND premises_code IS NOT NULL",
        _("this payer code has no premises with this unique number"),
    )
    # A table of its own, so that its size is known and it is not gone through for every row.
    temporary(
        cursor,
        "only_premises",
        """
        SELECT payment_book_id AS book_id, min(property_id) AS property_id FROM properties_bookpremises
        WHERE payment_book_id IN (SELECT book_id FROM codes) GROUP BY 1 HAVING count(*) = 1
        """,
    )
    cursor.execute("ANALYZE only_premises")
    cursor.execute(
        "UPDATE staging s SET property_id = o.property_id FROM only_premises o "
        "WHERE s.error IS NULL AND s.property_id IS NULL AND o.book_id = s.book_id"
    )
    reject(
        cursor,
        "property_id IS NULL AND EXISTS (SELECT FROM properties_bookpremises l WHERE l.payment_book_id = s.book_id)",
        _("this payer code has several premises; give the unique number"),
    )
    reject(cursor, "property_id IS NULL", _("this payer code has no premises"))


def _aim(cursor: Any, company_id: int) -> None:
    """Make the temporary table `target`: how each meter of the file is to be."""
    temporary(
        cursor,
        "target",
        f"""
        SELECT s.line, o.id, s.property_id, %(company)s::bigint AS managing_company_id,
               s.serial, s.serial_key, s.type, s.register,
               {kept("unit", "o.unit", "d.unit")} AS unit,
               {kept("integer_digits", "o.integer_digits", "d.integer_digits")} AS integer_digits,
               {kept("decimal_digits", "o.decimal_digits", "d.decimal_digits")} AS decimal_digits,
               {kept("place", "o.place", "''")} AS place,
               {kept("installed_on", "o.installed_on")} AS installed_on,
               {kept("initial_reading", "o.initial_reading")} AS initial_reading,
               {kept("removed_on", "o.removed_on")} AS removed_on,
               {kept("final_reading", "o.final_reading")} AS final_reading,
               {kept("verified_until", "o.verified_until")} AS verified_until,
               {kept("remote", "o.is_remote", "false")} AS is_remote
        FROM staging s JOIN (VALUES {_DIALS}) AS d(type, unit, integer_digits, decimal_digits) USING (type)
        LEFT JOIN meters_meter o ON o.property_id = s.property_id AND o.serial_key = s.serial_key
             AND o.type = s.type AND o.register = s.register
        WHERE s.error IS NULL
        """,
        {"company": company_id},
    )
    cursor.execute("CREATE INDEX ON target (line)")
    cursor.execute("ANALYZE target")


def _reject_impossible(cursor: Any) -> None:
    for condition, reason in (
        ("n.removed_on < n.installed_on", _("the meter is removed before it is installed")),
        (
            "n.final_reading IS NOT NULL AND n.removed_on IS NULL",
            _("a final reading needs the day on which the meter was removed"),
        ),
        (
            "least(n.initial_reading, n.final_reading) < 0",
            _("a reading cannot be below zero"),
        ),
        (
            "greatest(n.initial_reading, n.final_reading) >= 10::numeric ^ n.integer_digits",
            _("the reading has more digits than the meter"),
        ),
        (
            "n.initial_reading <> round(n.initial_reading, n.decimal_digits) "
            "OR n.final_reading <> round(n.final_reading, n.decimal_digits)",
            _("the reading has more digits after the point than the meter"),
        ),
    ):
        reject(cursor, f"EXISTS (SELECT FROM target n WHERE n.line = s.line AND ({condition}))", reason)


def _change(cursor: Any) -> list[int]:
    """Write what differs and return the ids; locked in the order in which residents' readings lock them."""
    cursor.execute(
        f"""
        SELECT o.id FROM meters_meter o JOIN target n ON n.id = o.id
        WHERE {_DIFFERS} ORDER BY o.id FOR NO KEY UPDATE OF o
        """
    )
    changes = ", ".join(f"{column} = n.{column}" for column in _COLUMNS)
    cursor.execute(
        f"UPDATE meters_meter o SET {changes} FROM target n WHERE o.id = n.id AND {_DIFFERS} RETURNING o.id"
    )
    return [row[0] for row in cursor.fetchall()]


def _create(cursor: Any) -> list[int]:
    cursor.execute(
        f"""
        INSERT INTO meters_meter ({", ".join(_COLUMNS)}, last_kind)
        SELECT {_NEW}, '' FROM target n WHERE n.id IS NULL ORDER BY n.line RETURNING id
        """
    )
    return [row[0] for row in cursor.fetchall()]


def _link_replaced(cursor: Any, written: list[int]) -> None:
    """Link each new meter with the one it was put in place of: same premises, type and register.

    The same place goes first, else the last one removed before; two that could be meant are left to staff.
    """
    cursor.execute(
        """
        UPDATE meters_meter n SET replaces_id = NULL
        FROM meters_meter o WHERE o.id = ANY(%s) AND o.removed_on IS NULL AND n.replaces_id = o.id
        """,
        [written],
    )
    # Only premises of which a meter was taken off, in a table whose size the planner knows.
    temporary(
        cursor,
        "here",
        """
        SELECT id, property_id, type, register, place, installed_on, removed_on, replaces_id FROM meters_meter
        WHERE property_id IN (SELECT property_id FROM meters_meter WHERE id = ANY(%(written)s)
                              INTERSECT SELECT property_id FROM meters_meter WHERE removed_on IS NOT NULL)
        """,
        {"written": written},
    )
    cursor.execute("ANALYZE here")
    cursor.execute(
        """
        WITH pairs AS (
            SELECT n.id AS new_id, o.id AS old_id,
                   rank() OVER (PARTITION BY n.id
                                ORDER BY lower(o.place) = lower(n.place) DESC, o.removed_on DESC) AS of_new,
                   rank() OVER (PARTITION BY o.id
                                ORDER BY lower(o.place) = lower(n.place) DESC, n.installed_on) AS of_old
            FROM here n JOIN here o ON o.property_id = n.property_id AND o.type = n.type
                 AND o.register = n.register AND o.id <> n.id AND o.removed_on <= n.installed_on
            WHERE n.replaces_id IS NULL AND NOT EXISTS (SELECT FROM here m WHERE m.replaces_id = o.id)
              AND (o.place = '' OR n.place = '' OR lower(o.place) = lower(n.place))
        ), best AS (
            SELECT new_id, old_id, count(*) OVER (PARTITION BY new_id) + count(*) OVER (PARTITION BY old_id) AS rivals
            FROM pairs WHERE of_new = 1 AND of_old = 1
        )
        UPDATE meters_meter n SET replaces_id = best.old_id
        FROM best WHERE n.id = best.new_id AND best.rivals = 2
        """
    )
