"""Merging a staged file of opening entries."""

from typing import Any

from django.utils.translation import gettext as _

from imports.kinds import Context, Counts
from imports.merging import count, reject, temporary, write_target
from imports.staging import reject_repeats
from properties.company_codes import book_of_code, collect_codes, lock_company

from .freshness import mark_updated


def merge_balances(cursor: Any, context: Context) -> Counts:
    """Set each book's opening entry; a later day replaces an earlier one, never the other way round."""
    company_id = lock_company(cursor, context)
    collect_codes(cursor, company_id)
    reject_repeats(cursor, key="code_key, as_of_on")
    cursor.execute("ALTER TABLE staging ADD book_id bigint")
    cursor.execute(
        f"UPDATE staging s SET book_id = {book_of_code('s.code_key', 's.as_of_on')} WHERE error IS NULL"
    )
    reject(cursor, "book_id IS NULL", _("this company has no such payer code"))
    reject(
        cursor,
        "EXISTS (SELECT FROM invoices_balance o WHERE o.payment_book_id = s.book_id AND o.as_of_on > s.as_of_on) "
        "OR EXISTS (SELECT FROM staging l WHERE l.error IS NULL AND l.book_id = s.book_id AND l.as_of_on > s.as_of_on)",
        _("there is a balance of a later day"),
    )
    reject(
        cursor,
        "EXISTS (SELECT FROM staging l WHERE l.book_id = s.book_id AND l.line < s.line AND l.error IS NULL)",
        _("the file gives this payment book's balance twice"),
    )
    temporary(
        cursor,
        "target",
        """
        SELECT s.line, o.id, s.book_id AS payment_book_id, s.as_of_on, s.balance AS amount
        FROM staging s LEFT JOIN invoices_balance o ON o.payment_book_id = s.book_id WHERE s.error IS NULL
        """,
    )
    created, updated = write_target(
        cursor, table="invoices_balance", columns=("payment_book_id", "as_of_on", "amount"), extra={}
    )
    mark_updated(cursor, company_id, context)
    return Counts(
        created=created,
        updated=updated,
        unchanged=count(cursor, "target") - created - updated,
        rejected=count(cursor, "staging WHERE error IS NOT NULL"),
    )
