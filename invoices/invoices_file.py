"""Merging a staged file of invoices: rows are lines, gathered into invoices (`heads`) by their number.

An invoice is taken or rejected as a whole. What changed is found by one hash of the header and the lines, so
that the same file again touches nothing.
"""

from typing import Any

from django.utils.translation import gettext as _

from imports.kinds import Context, Counts
from imports.merging import count, exists, give_memory, kept, temporary
from imports.staging import reject_repeats
from properties.company_codes import book_of_code, collect_codes, lock_company

from .announcing import announce_new
from .freshness import mark_updated

_HEADER = ("code_key", "period", "issued_on", "due_on")
_OPTIONAL_MONEY = ("opening_balance", "received", "late_interest", "total")
_OPTIONAL_HEADER = (*_OPTIONAL_MONEY, "status")
_LINE_TEXTS = ("unit", "service_code", "meter_type", "serial")
_LINE = ("line_no", "service", "amount", "quantity", "unit_price", "vat_rate", "vat_amount", *_LINE_TEXTS)
_LAST_DAY = "(g.period + interval '1 month - 1 day')::date"
_LINE_VALUES = ", ".join(f"coalesce(s.{name}, '')" if name in _LINE_TEXTS else f"s.{name}" for name in _LINE)


def merge_invoices(cursor: Any, context: Context) -> Counts:
    """Create invoices by number, or a new revision where the content is other than before."""
    company_id = lock_company(cursor, context)
    params = {"company": company_id, "at": context.at}
    give_memory(cursor)
    collect_codes(cursor, company_id)
    _gather_heads(cursor, params)
    if exists(cursor, "heads WHERE has_repeats", []):
        reject_repeats(cursor, key="number, line_no")
        _gather_heads(cursor, params)
    _return_rejected_lines(cursor)
    # The first file of a company brings its past, of which nobody needs to hear.
    is_first = not exists(cursor, "invoices_invoice WHERE managing_company_id = %s", [company_id])
    context.step(_("writing what is new"))
    created = _create(cursor, params)
    if context.sends_letters and not is_first:
        announce_new(cursor, context)
    context.step(_("writing what changed"))
    updated = _revise(cursor, params)
    mark_updated(cursor, company_id, context)
    taken = count(cursor, "heads WHERE error IS NULL")
    rejected = count(cursor, "heads WHERE error IS NOT NULL") + count(cursor, "staging WHERE number IS NULL")
    return Counts(created=created, updated=updated, unchanged=taken - created - updated, rejected=rejected)


# ── Heads ───────────────────────────────────────────────────────────────────────────────────────

# Rows of one number become one. They are sorted by number and line once, for everything that is asked of them.
_GATHERED = f"""
    SELECT number, min(line) AS line,
           {", ".join(f"min({name}) AS {name}" for name in (*_HEADER, *_OPTIONAL_HEADER))},
           {", ".join(f"bool_or({name}_given) AS {name}_given" for name in _OPTIONAL_HEADER)},
           {" OR ".join(f"min({name}) <> max({name})" for name in (*_HEADER, *_OPTIONAL_HEADER))} AS rows_differ,
           sum(amount) AS amounts,
           bool_or(abs(round(quantity * unit_price, 2) - amount) > 0.01) AS is_held,
           min(line) FILTER (WHERE error IS NOT NULL) AS bad_line,
           count(DISTINCT line_no) < count(line_no) AS has_repeats,
           string_agg(ROW({_LINE_VALUES})::text, ',' ORDER BY line_no) AS lines
    FROM staging s WHERE number IS NOT NULL GROUP BY number
"""


def _effect(name: str) -> str:
    return kept(name, f"o.{name}").replace("s.", "g.")


# What each invoice is to be: of the file, of what is on file under its number, of the code on the period's last day.
# Nearly every code means one book ever; only the others are looked at more closely.
_JOINED = f"""
    SELECT g.number, g.line, g.code_key, g.period, g.issued_on, g.due_on, g.amounts, g.is_held, g.bad_line,
           coalesce(g.rows_differ, false) AS rows_differ, g.has_repeats, g.lines,
           {", ".join(f"{_effect(name)} AS {name}" for name in _OPTIONAL_MONEY if name != "late_interest")},
           coalesce({_effect("late_interest")}, 0) AS late_interest,
           coalesce({_effect("status")}, 'live') AS status,
           o.id AS old_id, o.content_hash AS old_hash,
           CASE WHEN o.id IS NULL THEN coalesce(c.book_id, {book_of_code("g.code_key", _LAST_DAY)})
                ELSE (SELECT c.book_id FROM codes c
                      WHERE c.book_id = o.payment_book_id AND c.code_key = g.code_key LIMIT 1)
           END AS book_id
    FROM ({_GATHERED}) g
    LEFT JOIN invoices_invoice o ON o.managing_company_id = %(company)s AND o.number = g.number
    LEFT JOIN lone_codes c ON c.code_key = g.code_key
"""

# Of several reasons the first is told.
_JUDGED = f"""
    SELECT j.*, CASE
        WHEN bad_line IS NOT NULL THEN replace(%(another_row)s, '#', bad_line::text)
        WHEN old_id IS NOT NULL AND book_id IS NULL THEN %(other_payer)s
        WHEN rows_differ THEN %(rows_differ)s
        WHEN book_id IS NULL THEN %(no_such_code)s
        WHEN total <> coalesce(opening_balance, 0) - coalesce(received, 0) + amounts + late_interest
        THEN %(wrong_total)s
        WHEN abs(amounts + late_interest) >= 10000000000 THEN %(too_large)s
    END AS error
    FROM ({_JOINED}) j
"""
# One scale for every sum: 0 and 0.00 are written differently.
_HASHED = ", ".join(
    ["period", "issued_on", "due_on", "status", *(f"{name}::numeric(12,2)" for name in _OPTIONAL_MONEY)]
)


def _gather_heads(cursor: Any, params: dict[str, Any]) -> None:
    """Make the temporary table `heads`: every invoice of the file, what becomes of it, and its number with us."""
    temporary(
        cursor,
        "lone_codes",
        "SELECT code_key, min(book_id) AS book_id FROM codes GROUP BY 1 HAVING count(*) = 1",
    )
    cursor.execute("ANALYZE lone_codes")
    temporary(
        cursor,
        "heads",
        f"""
        SELECT i.*, CASE WHEN error IS NULL THEN coalesce(old_id, nextval(%(ids)s::regclass)) END AS id
        FROM (SELECT number, line, code_key, book_id, period, issued_on, due_on, status, amounts, late_interest,
                     opening_balance, received, total, is_held, has_repeats, old_id, old_hash, error,
                     CASE WHEN error IS NULL THEN md5(concat(ROW({_HASHED})::text, lines)) END AS content_hash
              FROM ({_JUDGED}) judged ORDER BY line) i
        """,
        params
        | {
            "ids": _ids(cursor),
            "another_row": _("another row of this invoice is rejected (line #)"),
            "other_payer": _("this number is already on file for another payer code"),
            "rows_differ": _("rows of this invoice differ in what must be the same"),
            "no_such_code": _("this company has no such payer code"),
            "wrong_total": _("the total is not opening balance − received + lines + late interest"),
            "too_large": _("the sum is too large"),
        },
    )
    cursor.execute("ANALYZE heads")


def _ids(cursor: Any) -> str:
    cursor.execute("SELECT pg_get_serial_sequence('invoices_invoice', 'id')")
    return str(cursor.fetchone()[0])


def _return_rejected_lines(cursor: Any) -> None:
    """Give every line of a rejected invoice the reason; a line that has its own keeps that."""
    if exists(cursor, "heads WHERE error IS NOT NULL", []):
        cursor.execute(
            "UPDATE staging s SET error = h.error FROM heads h "
            "WHERE s.error IS NULL AND h.error IS NOT NULL AND h.number = s.number"
        )


# ── Written ─────────────────────────────────────────────────────────────────────────────────────


def _create(cursor: Any, params: dict[str, Any]) -> int:
    """Write what is new; ids follow the file, so that invoices and lines go to the end of their tables."""
    cursor.execute(
        """
        INSERT INTO invoices_invoice
            (id, managing_company_id, payment_book_id, number, period, issued_on, due_on, status, charged,
             late_interest, opening_balance, received, total, revision, is_held, content_hash)
        SELECT id, %(company)s, book_id, number, period, issued_on, due_on, status, amounts + late_interest,
               late_interest, opening_balance, received, total, 1, coalesce(is_held, false), content_hash
        FROM heads WHERE error IS NULL AND old_hash IS NULL
        """,
        params,
    )
    created = int(cursor.rowcount)
    if created:
        _insert_lines(cursor, "h.old_hash IS NULL")
    return created


def _insert_lines(cursor: Any, condition: str) -> None:
    cursor.execute(
        f"""
        INSERT INTO invoices_line (invoice_id, {", ".join(_LINE)})
        SELECT h.id, {_LINE_VALUES}
        FROM heads h JOIN staging s ON s.number = h.number
        WHERE h.error IS NULL AND {condition}
        """
    )


def _revise(cursor: Any, params: dict[str, Any]) -> int:
    """Replace header and lines of what is other than before; what it said stays as an earlier revision."""
    other = "h.error IS NULL AND h.old_hash IS NOT NULL AND h.old_hash <> h.content_hash"
    if not exists(cursor, f"heads h WHERE {other}", []):
        return 0
    cursor.execute(
        f"""
        INSERT INTO invoices_invoicerevision (invoice_id, revision, content, replaced_at)
        SELECT i.id, i.revision,
               to_jsonb(i) || jsonb_build_object('lines', (
                   SELECT jsonb_agg(to_jsonb(l) - 'id' - 'invoice_id' ORDER BY l.line_no)
                   FROM invoices_line l WHERE l.invoice_id = i.id)),
               %(at)s
        FROM heads h JOIN invoices_invoice i ON i.id = h.id WHERE {other}
        """,
        params,
    )
    cursor.execute(f"DELETE FROM invoices_line l USING heads h WHERE l.invoice_id = h.id AND {other}")
    _insert_lines(cursor, other)
    cursor.execute(
        f"""
        UPDATE invoices_invoice i
        SET period = h.period, issued_on = h.issued_on, due_on = h.due_on, status = h.status,
            charged = h.amounts + h.late_interest, late_interest = h.late_interest,
            opening_balance = h.opening_balance, received = h.received, total = h.total,
            revision = i.revision + 1, revised_at = %(at)s, is_held = coalesce(h.is_held, false),
            returned_at = NULL, return_reason = '', content_hash = h.content_hash
        FROM heads h WHERE i.id = h.id AND {other}
        """,
        params,
    )
    return int(cursor.rowcount)
