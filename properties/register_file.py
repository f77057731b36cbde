"""Merging a staged register: whose payment book, for which premises, in which building.

The file's rows are first gathered into the books they speak of (`file_books`), because one book may have
several rows, and its successor may stand in the same file. Books of one code are taken in the order
in which they were opened, so that each meets its predecessor as the file left it.
"""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from imports.kinds import Context, Counts
from imports.merging import count, kept, reject, temporary
from imports.staging import reject_repeats

from .company_codes import lock_company

# What belongs to the payer and so must be the same in every row of one book.
_PAYER_CELLS = (
    "payer_code",
    "payer_name",
    "name_key",
    "payer_kind",
    "payer_email",
    "payer_email_given",
    "closed_on",
    "closed_on_given",
    "payer_role",
    "payer_role_given",
    "payer_company_code",
    "payer_company_code_given",
    "previous_payer_code",
    "previous_key",
)


def merge_register(cursor: Any, context: Context) -> Counts:
    """Create or change books, premises and buildings; a row is the object that is counted."""
    params = {
        "company": lock_company(cursor, context),
        "today": timezone.localdate(context.at),
        "at": context.at,
    }
    reject_repeats(
        cursor, key="code_key, opened_on, address_key, building_code, premises_kind, unit_key, premises_code"
    )
    _gather_books(cursor)
    cursor.execute("SELECT coalesce(max(round), 0) FROM file_books")
    for round_no in range(1, cursor.fetchone()[0] + 1):
        _take_books(cursor, params | {"round": round_no})
    cursor.execute(
        "UPDATE staging s SET error = f.error FROM file_books f WHERE s.error IS NULL AND f.error IS NOT NULL "
        "AND s.code_key = f.code_key AND s.opened_on IS NOT DISTINCT FROM f.opened_on"
    )
    _take_buildings(cursor, params)
    _take_premises(cursor, params)
    return _link(cursor)


# ── Books ───────────────────────────────────────────────────────────────────────────────────────


def _gather_books(cursor: Any) -> None:
    payer = ", ".join(_PAYER_CELLS)
    cursor.execute(
        f"""
        UPDATE staging s SET error = %s
        FROM (SELECT code_key, opened_on FROM staging WHERE error IS NULL
              GROUP BY code_key, opened_on HAVING count(DISTINCT ({payer})) > 1) d
        WHERE s.error IS NULL AND s.code_key = d.code_key AND s.opened_on IS NOT DISTINCT FROM d.opened_on
        """,
        [_("rows of this payment book name different payers, or two codes that differ only in spelling")],
    )
    temporary(
        cursor,
        "file_books",
        f"""
        SELECT DISTINCT ON (code_key, opened_on) code_key, opened_on, {payer},
               NULL::bigint AS book_id, false AS is_new, false AS is_changed, false AS is_renamed,
               NULL::bigint AS predecessor_id, NULL::date AS opens, NULL::date AS closes, NULL::text AS error,
               dense_rank() OVER (PARTITION BY code_key ORDER BY opened_on NULLS FIRST)::int AS round
        FROM staging WHERE error IS NULL ORDER BY code_key, opened_on, line
        """,
    )
    cursor.execute("CREATE INDEX ON file_books (code_key)")


def _take_books(cursor: Any, params: dict[str, Any]) -> None:
    _find_books(cursor, params)
    _find_renamed_books(cursor, params)
    _find_predecessors(cursor, params)
    _refuse_impossible_books(cursor, params)
    _close_predecessors(cursor, params)
    _change_books(cursor, params)
    _create_books(cursor, params)
    _keep_earlier_codes(cursor, params)


# Which existing book `b` a row of the file means. Without a date: the code's open book, or the one open since
# before all records, or the one that this very row closed before; of several, the one of the same payer.
# With a date: the book of that date; or the undated book of the same payer, whose first date this is.
_SAME_BOOK = """
    CASE WHEN f.opened_on IS NULL
         THEN b.opened_on IS NULL OR b.closed_on IS NULL OR b.closed_on >= %(today)s OR b.closed_on = f.closed_on
         ELSE b.opened_on = f.opened_on
              OR (b.opened_on IS NULL AND b.payer_name_key = f.name_key
                  AND (b.closed_on IS NULL OR b.closed_on >= f.opened_on))
    END
"""
_LIKELIEST_FIRST = """
    (b.opened_on IS NOT DISTINCT FROM f.opened_on AND f.opened_on IS NOT NULL) DESC,
    (b.closed_on IS NOT NULL AND b.closed_on IS NOT DISTINCT FROM f.closed_on) DESC,
    (b.payer_name_key = f.name_key) DESC,
    (b.closed_on IS NULL) DESC, b.closed_on DESC, b.id DESC
"""


def _find_books(cursor: Any, params: dict[str, Any]) -> None:
    cursor.execute(
        f"""
        UPDATE file_books f SET book_id = (
            SELECT b.id FROM properties_paymentbook b
            WHERE b.managing_company_id = %(company)s AND b.payer_code_key = f.code_key AND {_SAME_BOOK}
            ORDER BY {_LIKELIEST_FIRST} LIMIT 1)
        WHERE f.round = %(round)s AND f.error IS NULL
        """,
        params,
    )


def _find_renamed_books(cursor: Any, params: dict[str, Any]) -> None:
    """Find the book by its previous code, when none has the new one yet."""
    cursor.execute(
        f"""
        UPDATE file_books f SET is_renamed = true, book_id = (
            SELECT b.id FROM properties_paymentbook b
            WHERE b.managing_company_id = %(company)s AND b.payer_code_key = f.previous_key AND {_SAME_BOOK}
            ORDER BY {_LIKELIEST_FIRST} LIMIT 1)
        WHERE f.round = %(round)s AND f.error IS NULL AND f.book_id IS NULL
          AND f.previous_key NOT IN ('', f.code_key)
        """,
        params,
    )
    cursor.execute(
        "UPDATE file_books SET is_renamed = false WHERE round = %(round)s AND book_id IS NULL", params
    )


def _find_predecessors(cursor: Any, params: dict[str, Any]) -> None:
    """The same code with a later first day: the book before it ends the day before."""
    cursor.execute(
        """
        UPDATE file_books f SET is_new = true, predecessor_id = (
            SELECT b.id FROM properties_paymentbook b
            WHERE b.managing_company_id = %(company)s AND b.payer_code_key = f.code_key
              AND (b.opened_on IS NULL OR b.opened_on < f.opened_on)
              AND (b.closed_on IS NULL OR b.closed_on >= f.opened_on)
            ORDER BY b.opened_on DESC NULLS LAST LIMIT 1)
        WHERE f.round = %(round)s AND f.error IS NULL AND f.book_id IS NULL
        """,
        params,
    )


def _refuse_impossible_books(cursor: Any, params: dict[str, Any]) -> None:
    cursor.execute(
        f"""
        UPDATE file_books f SET opens = n.opens, closes = n.closes
        FROM (SELECT s.code_key, s.round, coalesce(s.opened_on, o.opened_on) AS opens,
                     {kept("closed_on", "o.closed_on")} AS closes
              FROM file_books s LEFT JOIN properties_paymentbook o ON o.id = s.book_id) n
        WHERE n.code_key = f.code_key AND n.round = f.round AND f.round = %(round)s
        """,
        params,
    )
    refuse = "UPDATE file_books f SET error = %(reason)s WHERE f.round = %(round)s AND f.error IS NULL AND"
    cursor.execute(
        f"{refuse} f.closes < f.opens", params | {"reason": _("the payment book would close before it opens")}
    )
    # CASE, since a range that ends before it starts is an error of its own and AND promises no order.
    overlaps = "daterange(o.opened_on, o.closed_on, '[]') && daterange(f.opens, f.closes, '[]')"
    cursor.execute(
        f"""
        {refuse} CASE WHEN f.error IS NULL THEN EXISTS (
            SELECT FROM properties_paymentbook o
            WHERE o.managing_company_id = %(company)s AND o.payer_code_key = f.code_key
              AND o.id IS DISTINCT FROM f.book_id AND o.id IS DISTINCT FROM f.predecessor_id AND {overlaps})
        END
        """,
        params | {"reason": _("another payment book has this payer code at the same time")},
    )
    cursor.execute(
        f"""
        {refuse} CASE WHEN f.error IS NULL THEN EXISTS (
            SELECT FROM properties_payercodealias a JOIN properties_paymentbook o ON o.id = a.payment_book_id
            WHERE a.managing_company_id = %(company)s AND a.payer_code_key = f.code_key
              AND o.id IS DISTINCT FROM f.book_id AND {overlaps})
        END
        """,
        params | {"reason": _("this payer code is the earlier code of another payment book")},
    )
    cursor.execute(
        f"""
        {refuse} f.book_id IN (
            SELECT book_id FROM file_books WHERE error IS NULL AND book_id IS NOT NULL AND round <= %(round)s
            GROUP BY book_id HAVING count(*) > 1)
        """,
        params | {"reason": _("two rows of the file speak of the same payment book")},
    )


def _close_predecessors(cursor: Any, params: dict[str, Any]) -> None:
    cursor.execute(
        """
        UPDATE properties_paymentbook b SET closed_on = f.opened_on - 1
        FROM file_books f
        WHERE b.id = f.predecessor_id AND f.round = %(round)s AND f.error IS NULL
        """,
        params,
    )


_NEW_VALUES = f"""
    s.payer_code, s.code_key AS payer_code_key, coalesce(s.opened_on, o.opened_on) AS opened_on,
    {kept("closed_on", "o.closed_on")} AS closed_on,
    s.payer_name, s.name_key AS payer_name_key, s.payer_kind,
    {kept("payer_role", "o.payer_role", "'owner'")} AS payer_role,
    {kept("payer_email", "o.payer_email", "''")} AS payer_email,
    {kept("payer_company_code", "o.payer_company_code", "''")} AS payer_company_code
"""
_BOOK_COLUMNS = (
    "payer_code",
    "payer_code_key",
    "opened_on",
    "closed_on",
    "payer_name",
    "payer_name_key",
    "payer_kind",
    "payer_role",
    "payer_email",
    "payer_company_code",
)


def _change_books(cursor: Any, params: dict[str, Any]) -> None:
    """Write what the file says now; a changed payer makes the old activation code worthless."""
    temporary(
        cursor,
        "changed",
        f"""
        SELECT n.*, o.payer_name AS old_name, o.payer_name_key AS old_name_key, o.payer_code AS old_code,
               o.payer_code_key AS old_code_key
        FROM (SELECT o.id, {_NEW_VALUES}
              FROM file_books s JOIN properties_paymentbook o ON o.id = s.book_id
              WHERE s.round = %(round)s AND s.error IS NULL AND NOT s.is_new) n
        JOIN properties_paymentbook o ON o.id = n.id
        WHERE ROW({", ".join(f"o.{name}" for name in _BOOK_COLUMNS)})
              IS DISTINCT FROM ROW({", ".join(f"n.{name}" for name in _BOOK_COLUMNS)})
        """,
        params,
    )
    cursor.execute(
        """
        INSERT INTO properties_payercorrection (payment_book_id, old_name, new_name, corrected_at)
        SELECT id, old_name, payer_name, %(at)s FROM changed WHERE old_name_key <> payer_name_key ORDER BY id
        """,
        params,
    )
    cursor.execute(
        """
        INSERT INTO properties_payercodealias (payment_book_id, managing_company_id, payer_code, payer_code_key)
        SELECT id, %(company)s, old_code, old_code_key FROM changed WHERE old_code_key <> payer_code_key
        ON CONFLICT DO NOTHING
        """,
        params,
    )
    cursor.execute(
        f"""
        UPDATE properties_paymentbook b
        SET {", ".join(f"{name} = n.{name}" for name in _BOOK_COLUMNS)},
            activation_no = b.activation_no + (n.old_name_key <> n.payer_name_key)::int
        FROM changed n WHERE b.id = n.id
        """
    )
    cursor.execute("UPDATE file_books f SET is_changed = true FROM changed n WHERE n.id = f.book_id")


def _create_books(cursor: Any, params: dict[str, Any]) -> None:
    names = ", ".join(_BOOK_COLUMNS)
    cursor.execute(
        """
        UPDATE file_books SET book_id = nextval(pg_get_serial_sequence('properties_paymentbook', 'id'))
        WHERE round = %(round)s AND error IS NULL AND is_new
        """,
        params,
    )
    cursor.execute(
        f"""
        INSERT INTO properties_paymentbook (id, uuid, activation_no, managing_company_id, {names})
        SELECT n.id, gen_random_uuid(), 1, %(company)s, {names}
        FROM (SELECT s.book_id AS id, {_NEW_VALUES}
              FROM file_books s LEFT JOIN properties_paymentbook o ON false
              WHERE s.round = %(round)s AND s.error IS NULL AND s.is_new) n
        ORDER BY n.id
        """,
        params,
    )


def _keep_earlier_codes(cursor: Any, params: dict[str, Any]) -> None:
    cursor.execute(
        """
        INSERT INTO properties_payercodealias (payment_book_id, managing_company_id, payer_code, payer_code_key)
        SELECT f.book_id, %(company)s, f.previous_payer_code, f.previous_key FROM file_books f
        WHERE f.round = %(round)s AND f.error IS NULL AND f.previous_key NOT IN ('', f.code_key)
          AND NOT EXISTS (SELECT FROM properties_paymentbook o
                          WHERE o.managing_company_id = %(company)s AND o.payer_code_key = f.previous_key)
        ON CONFLICT DO NOTHING
        """,
        params,
    )


# ── Buildings and premises ──────────────────────────────────────────────────────────────────────


def _take_buildings(cursor: Any, params: dict[str, Any]) -> None:
    """Find each row's building by its code, else by its address; make the missing ones."""
    cursor.execute(
        "ALTER TABLE staging ADD building_id bigint, ADD property_id bigint, ADD is_changed boolean DEFAULT false"
    )
    coded = "s.error IS NULL AND s.building_code IS NOT NULL AND s.building_id IS NULL"
    find = f"""
        UPDATE staging s SET building_id = b.id FROM properties_building b
        WHERE {coded} AND b.managing_company_id = %(company)s AND b.building_code = s.building_code
        """
    cursor.execute(find, params)
    # A building known only by its address takes the code that comes with that address.
    cursor.execute(
        f"""
        WITH coded AS (
            UPDATE properties_building b SET building_code = n.building_code
            FROM (SELECT DISTINCT ON (address_key) address_key, building_code FROM staging s
                  WHERE {coded} ORDER BY address_key, line) n
            WHERE b.managing_company_id = %(company)s AND b.building_code = '' AND b.address_key = n.address_key
            RETURNING b.id, b.building_code
        )
        UPDATE staging s SET building_id = c.id, is_changed = true FROM coded c
        WHERE {coded} AND c.building_code = s.building_code
        """,
        params,
    )
    _create_buildings(cursor, params, coded, by="building_code")
    cursor.execute(find, params)
    plain = "s.error IS NULL AND s.building_code IS NULL"
    reject(
        cursor,
        "s.building_code IS NULL AND 1 < (SELECT count(*) FROM properties_building b "
        "WHERE b.managing_company_id = %(company)s AND b.address_key = s.address_key)",
        _("several buildings have this address; give the building's code"),
        params,
    )
    _create_buildings(
        cursor,
        params,
        f"{plain} AND NOT EXISTS (SELECT FROM properties_building b "
        "WHERE b.managing_company_id = %(company)s AND b.address_key = s.address_key)",
        by="address_key",
    )
    cursor.execute(
        f"""
        UPDATE staging s SET building_id = b.id FROM properties_building b
        WHERE {plain} AND b.managing_company_id = %(company)s AND b.address_key = s.address_key
        """,
        params,
    )
    _change_buildings(cursor)


def _create_buildings(cursor: Any, params: dict[str, Any], condition: str, *, by: str) -> None:
    cursor.execute(
        f"""
        INSERT INTO properties_building
            (managing_company_id, building_code, city, street, house, postal_code, address_key, sort_key,
             manager_name, manager_phone, manager_email)
        SELECT %(company)s, coalesce(building_code, ''), city, street, house, coalesce(postal_code, ''), address_key,
               building_sort_key, '', '', ''
        FROM (SELECT DISTINCT ON ({by}) * FROM staging s WHERE {condition} ORDER BY {by}, line) n ORDER BY n.line
        """,
        params,
    )


def _change_buildings(cursor: Any) -> None:
    """Write a building's address as the last row about it says; every row of it then counts as changed."""
    cursor.execute(
        f"""
        WITH said AS (
            SELECT DISTINCT ON (s.building_id) s.building_id AS id, s.city, s.street, s.house, s.address_key,
                   s.building_sort_key AS sort_key, {kept("postal_code", "o.postal_code", "''")} AS postal_code
            FROM staging s JOIN properties_building o ON o.id = s.building_id
            WHERE s.error IS NULL ORDER BY s.building_id, s.postal_code_given DESC, s.line DESC
        ), written AS (
            UPDATE properties_building b
            SET city = n.city, street = n.street, house = n.house, postal_code = n.postal_code,
                address_key = n.address_key, sort_key = n.sort_key
            FROM said n
            WHERE b.id = n.id AND ROW(b.city, b.street, b.house, b.postal_code)
                  IS DISTINCT FROM ROW(n.city, n.street, n.house, n.postal_code)
            RETURNING b.id
        )
        UPDATE staging s SET is_changed = true FROM written w WHERE w.id = s.building_id
        """
    )


def _take_premises(cursor: Any, params: dict[str, Any]) -> None:
    """Find premises by their code, else by building, kind and unit, else by the book; make the missing ones."""
    cursor.execute(
        """
        ALTER TABLE staging ADD book_id bigint, ADD premises_key text
        """
    )
    cursor.execute(
        """
        UPDATE staging s SET book_id = f.book_id, is_changed = s.is_changed OR f.is_changed FROM file_books f
        WHERE s.error IS NULL AND s.code_key = f.code_key AND s.opened_on IS NOT DISTINCT FROM f.opened_on
        """
    )
    cursor.execute(
        """
        UPDATE staging SET premises_key = CASE
            WHEN premises_code IS NOT NULL THEN 'code|' || premises_code
            WHEN unit_key <> '' THEN concat_ws('|', 'unit', building_id, premises_kind, unit_key)
            ELSE concat_ws('|', 'book', book_id, building_id, premises_kind) END
        WHERE error IS NULL
        """
    )
    cursor.execute(
        """
        UPDATE staging s SET property_id = p.id FROM properties_property p
        WHERE s.error IS NULL AND p.managing_company_id = %(company)s AND p.premises_code = s.premises_code
        """,
        params,
    )
    cursor.execute(
        """
        UPDATE staging s SET property_id = p.id FROM properties_property p
        WHERE s.error IS NULL AND s.property_id IS NULL AND s.unit_key <> ''
          AND p.building_id = s.building_id AND p.kind = s.premises_kind AND p.unit_key = s.unit_key
          AND (p.premises_code = '' OR (s.premises_code IS NULL AND 1 = (
                SELECT count(*) FROM properties_property q
                WHERE q.building_id = p.building_id AND q.kind = p.kind AND q.unit_key = p.unit_key)))
        """
    )
    reject(
        cursor,
        "s.property_id IS NULL AND s.unit_key <> '' AND s.premises_code IS NULL AND EXISTS ("
        "SELECT FROM properties_property p WHERE p.building_id = s.building_id AND p.kind = s.premises_kind "
        "AND p.unit_key = s.unit_key)",
        _("several premises have this number; give the unique number"),
    )
    cursor.execute(
        """
        UPDATE staging s SET property_id = p.id
        FROM properties_bookpremises l JOIN properties_property p ON p.id = l.property_id
        WHERE s.error IS NULL AND s.property_id IS NULL AND s.premises_code IS NULL AND s.unit_key = ''
          AND l.payment_book_id = s.book_id AND p.building_id = s.building_id AND p.kind = s.premises_kind
          AND p.unit_key = ''
        """
    )
    _create_premises(cursor, params)
    _change_premises(cursor)


def _create_premises(cursor: Any, params: dict[str, Any]) -> None:
    temporary(
        cursor,
        "new_premises",
        """
        SELECT nextval(pg_get_serial_sequence('properties_property', 'id')) AS id, n.*
        FROM (SELECT DISTINCT ON (premises_key) premises_key, building_id, premises_kind, unit, unit_key, unit_sort_key,
                     premises_code, staircase, area_m2, line
              FROM staging WHERE error IS NULL AND property_id IS NULL ORDER BY premises_key, line) n
        """,
    )
    cursor.execute(
        """
        INSERT INTO properties_property
            (id, managing_company_id, building_id, kind, unit, unit_key, sort_key, premises_code, staircase, area_m2)
        SELECT id, %(company)s, building_id, premises_kind, coalesce(unit, ''), unit_key, unit_sort_key,
               coalesce(premises_code, ''), coalesce(staircase, ''), area_m2
        FROM new_premises ORDER BY id
        """,
        params,
    )
    cursor.execute(
        """
        UPDATE staging s SET property_id = n.id FROM new_premises n
        WHERE s.error IS NULL AND s.property_id IS NULL AND s.premises_key = n.premises_key
        """
    )


def _change_premises(cursor: Any) -> None:
    cursor.execute(
        f"""
        WITH said AS (
            SELECT DISTINCT ON (s.property_id) s.property_id AS id, s.building_id, s.premises_kind AS kind,
                   {kept("unit", "o.unit", "''")} AS unit,
                   CASE WHEN s.unit_given THEN s.unit_key ELSE o.unit_key END AS unit_key,
                   CASE WHEN s.unit_given THEN s.unit_sort_key ELSE o.sort_key END AS sort_key,
                   {kept("premises_code", "o.premises_code", "''")} AS premises_code,
                   {kept("staircase", "o.staircase", "''")} AS staircase,
                   {kept("area_m2", "o.area_m2")} AS area_m2
            FROM staging s JOIN properties_property o ON o.id = s.property_id
            WHERE s.error IS NULL ORDER BY s.property_id, s.line DESC
        ), written AS (
            UPDATE properties_property p
            SET building_id = n.building_id, kind = n.kind, unit = n.unit, unit_key = n.unit_key,
                sort_key = n.sort_key, premises_code = n.premises_code, staircase = n.staircase, area_m2 = n.area_m2
            FROM said n
            WHERE p.id = n.id
              AND ROW(p.building_id, p.kind, p.unit, p.premises_code, p.staircase, p.area_m2)
                  IS DISTINCT FROM ROW(n.building_id, n.kind, n.unit, n.premises_code, n.staircase, n.area_m2)
            RETURNING p.id
        )
        UPDATE staging s SET is_changed = true FROM written w WHERE w.id = s.property_id
        """
    )


def _link(cursor: Any) -> Counts:
    """Join books with their premises; a row whose pair is new is created, else updated or unchanged."""
    cursor.execute(
        """
        WITH linked AS (
            INSERT INTO properties_bookpremises (payment_book_id, property_id)
            SELECT DISTINCT book_id, property_id FROM staging WHERE error IS NULL
            ON CONFLICT DO NOTHING RETURNING payment_book_id, property_id
        )
        SELECT count(*) FILTER (WHERE l.property_id IS NOT NULL),
               count(*) FILTER (WHERE l.property_id IS NULL AND s.is_changed),
               count(*) FILTER (WHERE l.property_id IS NULL AND NOT s.is_changed)
        FROM staging s LEFT JOIN linked l ON l.payment_book_id = s.book_id AND l.property_id = s.property_id
        WHERE s.error IS NULL
        """
    )
    created, updated, unchanged = cursor.fetchone()
    rejected = count(cursor, "staging WHERE error IS NOT NULL")
    return Counts(created=created, updated=updated, unchanged=unchanged, rejected=rejected)
