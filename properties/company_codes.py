"""Which payment book a payer code in a file means."""

from typing import Any

from django.utils.translation import gettext as _

from imports.kinds import Context
from imports.merging import temporary
from imports.tables import FileNotTaken


def lock_company(cursor: Any, context: Context) -> int:
    """Return the id of the company whose file it is, locked so that its files come in one after another.

    Raise FileNotTaken when there is no such company.
    """
    cursor.execute(
        "SELECT id FROM properties_managingcompany WHERE company_code = %s FOR NO KEY UPDATE",
        [context.company_code],
    )
    row = cursor.fetchone()
    if row is None:
        raise FileNotTaken(_("There is no company with the code %(code)s.") % {"code": context.company_code})
    return int(row[0])


def collect_codes(cursor: Any, company_id: int) -> None:
    """Make the temporary table `codes`: every payer code of the company, earlier ones too, with its book's dates."""
    temporary(
        cursor,
        "codes",
        """
        SELECT payer_code_key AS code_key, id AS book_id, opened_on, closed_on
        FROM properties_paymentbook WHERE managing_company_id = %(company)s
        UNION
        SELECT a.payer_code_key, b.id, b.opened_on, b.closed_on
        FROM properties_payercodealias a JOIN properties_paymentbook b ON b.id = a.payment_book_id
        WHERE b.managing_company_id = %(company)s
        """,
        {"company": company_id},
    )
    cursor.execute("CREATE INDEX ON codes (code_key)")
    cursor.execute("ANALYZE codes")


def book_of_code(code_key: str, day: str) -> str:
    """Return SQL of the book that a code means on a day: the open one, else the last before, else the first.

    A code stays with the flat when the payer changes; bills and payments go to whose day it was.
    """
    return f"""(
        SELECT c.book_id FROM codes c WHERE c.code_key = {code_key}
        ORDER BY (c.opened_on IS NULL OR c.opened_on <= {day}) AND (c.closed_on IS NULL OR {day} <= c.closed_on) DESC,
                 (c.opened_on IS NULL OR c.opened_on <= {day}) DESC,
                 CASE WHEN c.opened_on <= {day} THEN c.opened_on END DESC NULLS LAST,
                 c.opened_on NULLS FIRST, c.book_id
        LIMIT 1)"""
