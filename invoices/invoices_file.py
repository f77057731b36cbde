"""Merging a staged file of invoices: rows are lines, gathered into invoices (`heads`) by their number.

An invoice is taken or rejected as a whole. What changed is found by one hash of the header and the lines, so
that the same file again touches nothing.
"""

from typing import Any

from django.utils.translation import gettext as _

from imports.kinds import Context, Counts
from imports.merging import count, exists, kept, reject, temporary
from imports.staging import reject_repeats
from properties.company_codes import book_of_code, collect_codes, lock_company

from .announcing import announce_new
from .freshness import mark_updated

_HEADER = ("code_key", "period", "issued_on", "due_on")
_OPTIONAL_MONEY = ("opening_balance", "received", "late_interest", "total")
_OPTIONAL_HEADER = (*_OPTIONAL_MONEY, "status")
_LINE_TEXTS = ("unit", "service_code", "meter_type", "serial")
_LINE = ("line_no", "service", "amount", "quantity", "unit_price", "vat_rate", "vat_amount", *_LINE_TEXTS)
_LINE_VALUES = ", ".join(f"coalesce(s.{name}, '')" if name in _LINE_TEXTS else f"s.{name}" for name in _LINE)


def merge_invoices(cursor: Any, context: Context) -> Counts:
    """Create invoices by number, or a new revision where the content is other than before."""
    company_id = lock_company(cursor, context)
    params = {"company": company_id, "at": context.at}
    collect_codes(cursor, company_id)
    cursor.execute("CREATE INDEX ON staging (number)")
    reject_repeats(cursor, key="number, line_no")
    _gather_heads(cursor, params)
    _refuse_impossible_invoices(cursor)
    _hash_contents(cursor)
    # The first file of a company brings its past, of which nobody needs to hear.
    is_first = not exists(cursor, "invoices_invoice WHERE managing_company_id = %s", [company_id])
    created = _create(cursor, params)
    if context.sends_letters and not is_first:
        announce_new(cursor, context)
    updated = _revise(cursor, params)
    mark_updated(cursor, company_id, context)
    taken = count(cursor, "heads WHERE error IS NULL")
    rejected = count(cursor, "heads WHERE error IS NOT NULL") + count(cursor, "staging WHERE number IS NULL")
    return Counts(created=created, updated=updated, unchanged=taken - created - updated, rejected=rejected)


def _gather_heads(cursor: Any, params: dict[str, Any]) -> None:
    required = ", ".join(f"min({name}) AS {name}" for name in _HEADER)
    optional = ", ".join(
        f"min({name}) AS {name}, bool_or({name}_given) AS {name}_given" for name in _OPTIONAL_HEADER
    )
    differ = " OR ".join(f"min({name}) <> max({name})" for name in (*_HEADER, *_OPTIONAL_HEADER))
    temporary(
        cursor,
        "heads",
        f"""
        SELECT number, min(line) AS line, {required}, {optional}, sum(amount) AS amounts,
               bool_or(abs(round(quantity * unit_price, 2) - amount) > 0.01) AS is_held,
               min(line) FILTER (WHERE error IS NOT NULL) AS bad_line, coalesce({differ}, false) AS rows_differ,
               NULL::text AS error, NULL::bigint AS id, NULL::bigint AS book_id, NULL::text AS content_hash,
               NULL::text AS old_hash
        FROM staging WHERE number IS NOT NULL GROUP BY number
        """,
    )
    cursor.execute("CREATE UNIQUE INDEX ON heads (number)")
    cursor.execute("ANALYZE heads")
    last_day = "(h.period + interval '1 month - 1 day')::date"
    cursor.execute(
        f"""
        UPDATE heads h SET id = o.id, old_hash = o.content_hash,
            book_id = (SELECT c.book_id FROM codes c
                       WHERE c.book_id = o.payment_book_id AND c.code_key = h.code_key LIMIT 1),
            opening_balance = {_effect("opening_balance")}, received = {_effect("received")},
            late_interest = {_effect("late_interest")}, total = {_effect("total")}, status = {_effect("status")},
            error = CASE WHEN NOT EXISTS (SELECT FROM codes c
                                          WHERE c.book_id = o.payment_book_id AND c.code_key = h.code_key)
                         THEN %(other_payer)s END
        FROM invoices_invoice o
        WHERE o.managing_company_id = %(company)s AND o.number = h.number
        """,
        params | {"other_payer": _("this number is already on file for another payer code")},
    )
    cursor.execute(f"UPDATE heads h SET book_id = {book_of_code('h.code_key', last_day)} WHERE h.id IS NULL")
    cursor.execute(
        "UPDATE heads SET late_interest = coalesce(late_interest, 0), status = coalesce(status, 'live')"
    )


def _effect(name: str) -> str:
    return kept(name, f"o.{name}").replace("s.", "h.")


def _refuse_impossible_invoices(cursor: Any) -> None:
    """Reject whole invoices; each of their lines comes back with the reason."""
    for condition, reason in (
        ("rows_differ", _("rows of this invoice differ in what must be the same")),
        ("book_id IS NULL", _("this company has no such payer code")),
        (
            "total <> coalesce(opening_balance, 0) - coalesce(received, 0) + amounts + late_interest",
            _("the total is not opening balance − received + lines + late interest"),
        ),
        ("abs(amounts + late_interest) >= 10000000000", _("the sum is too large")),
    ):
        cursor.execute(
            f"UPDATE heads SET error = %s WHERE error IS NULL AND bad_line IS NULL AND ({condition})",
            [reason],
        )
    cursor.execute(
        "UPDATE heads SET error = replace(%s, '#', bad_line::text) WHERE bad_line IS NOT NULL",
        [_("another row of this invoice is rejected (line #)")],
    )
    reject(cursor, "number IN (SELECT number FROM heads WHERE error IS NOT NULL)", "")
    cursor.execute(
        "UPDATE staging s SET error = h.error FROM heads h WHERE s.error = '' AND h.number = s.number"
    )


def _hash_contents(cursor: Any) -> None:
    # One scale for every sum: 0 and 0.00 are written differently.
    money = [f"h.{name}::numeric(12,2)" for name in _OPTIONAL_MONEY]
    header = ", ".join(["h.period", "h.issued_on", "h.due_on", "h.status", *money])
    cursor.execute(
        f"""
        UPDATE heads h SET content_hash = md5(concat(ROW({header})::text, l.lines))
        FROM (SELECT number, string_agg(ROW({_LINE_VALUES})::text, ',' ORDER BY line_no) AS lines
              FROM staging s WHERE error IS NULL GROUP BY number) l
        WHERE l.number = h.number AND h.error IS NULL
        """
    )


def _create(cursor: Any, params: dict[str, Any]) -> int:
    cursor.execute(
        """
        INSERT INTO invoices_invoice
            (managing_company_id, payment_book_id, number, period, issued_on, due_on, status, charged, late_interest,
             opening_balance, received, total, revision, is_held, content_hash)
        SELECT %(company)s, book_id, number, period, issued_on, due_on, status, amounts + late_interest, late_interest,
               opening_balance, received, total, 1, coalesce(is_held, false), content_hash
        FROM heads WHERE error IS NULL AND id IS NULL ORDER BY line
        """,
        params,
    )
    created = int(cursor.rowcount)
    cursor.execute(
        """
        UPDATE heads h SET id = i.id FROM invoices_invoice i
        WHERE h.error IS NULL AND h.id IS NULL AND i.managing_company_id = %(company)s AND i.number = h.number
        """,
        params,
    )
    _insert_lines(cursor, "h.old_hash IS NULL")
    return created


def _insert_lines(cursor: Any, condition: str) -> None:
    cursor.execute(
        f"""
        INSERT INTO invoices_line (invoice_id, {", ".join(_LINE)})
        SELECT h.id, {_LINE_VALUES}
        FROM heads h JOIN staging s ON s.number = h.number
        WHERE h.error IS NULL AND {condition} ORDER BY h.id, s.line_no
        """
    )


def _revise(cursor: Any, params: dict[str, Any]) -> int:
    """Replace header and lines of what is other than before; what it said stays as an earlier revision."""
    other = "h.error IS NULL AND h.old_hash IS NOT NULL AND h.old_hash <> h.content_hash"
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
            content_hash = h.content_hash
        FROM heads h WHERE i.id = h.id AND {other}
        """,
        params,
    )
    return int(cursor.rowcount)
