"""Merging a staged file of payments."""

from typing import Any

from django.utils.translation import gettext as _

from imports.kinds import Context, Counts
from imports.merging import count, kept, reject, temporary, write_target
from imports.staging import reject_repeats
from properties.company_codes import book_of_code, collect_codes, lock_company

from .bank_entries import close_posted
from .freshness import mark_updated
from .orders import post_named

_TEXTS = ("invoice_number", "order_id", "payer_name", "note")


def merge_payments(cursor: Any, context: Context) -> Counts:
    """Create or change payments by bank reference and part; the amount and the payer never change."""
    company_id = lock_company(cursor, context)
    collect_codes(cursor, company_id)
    cursor.execute("UPDATE staging SET part_no = 1 WHERE part_no IS NULL")
    reject_repeats(cursor, key="bank_reference, part_no")
    _find_books(cursor, company_id)
    reject(cursor, "book_id IS NULL", _("this company has no such payer code"))
    reject(
        cursor,
        "EXISTS (SELECT FROM invoices_payment o WHERE o.managing_company_id = %(company)s "
        "AND o.bank_reference = s.bank_reference AND o.part_no = s.part_no "
        "AND (o.amount <> s.amount OR o.payment_book_id <> s.book_id))",
        _("this payment is already on file with another amount or payer"),
        {"company": company_id},
    )
    texts = ", ".join(f"{kept(name, f'o.{name}', chr(39) * 2)} AS {name}" for name in _TEXTS)
    temporary(
        cursor,
        "target",
        f"""
        SELECT s.line, o.id, %(company)s::bigint AS managing_company_id, s.book_id AS payment_book_id,
               s.bank_reference, s.part_no, s.paid_on, s.amount, {texts}
        FROM staging s LEFT JOIN invoices_payment o
             ON o.managing_company_id = %(company)s AND o.bank_reference = s.bank_reference AND o.part_no = s.part_no
        WHERE s.error IS NULL
        """,
        {"company": company_id},
    )
    created, updated = write_target(
        cursor,
        table="invoices_payment",
        columns=(
            "managing_company_id",
            "payment_book_id",
            "bank_reference",
            "part_no",
            "paid_on",
            "amount",
            *_TEXTS,
        ),
        extra={},
    )
    close_posted(company=company_id, at=context.at)
    cursor.execute("SELECT DISTINCT order_id FROM target WHERE order_id <> ''")
    post_named(company=company_id, numbers=[number for (number,) in cursor.fetchall()], at=context.at)
    mark_updated(cursor, company_id, context)
    return Counts(
        created=created,
        updated=updated,
        unchanged=count(cursor, "target") - created - updated,
        rejected=count(cursor, "staging WHERE error IS NOT NULL"),
    )


def _find_books(cursor: Any, company_id: int) -> None:
    """Find the book: of the same payment before, of the invoice it names, else by the code on the day it was paid.

    The first two only when the code is one of that book's, so that a slip of the pen moves no money.
    """
    cursor.execute("ALTER TABLE staging ADD book_id bigint")
    cursor.execute(
        """
        UPDATE staging s SET book_id = c.book_id
        FROM invoices_payment o JOIN codes c ON c.book_id = o.payment_book_id
        WHERE s.error IS NULL AND o.managing_company_id = %s AND o.bank_reference = s.bank_reference
          AND o.part_no = s.part_no AND c.code_key = s.code_key
        """,
        [company_id],
    )
    cursor.execute(
        """
        UPDATE staging s SET book_id = c.book_id
        FROM invoices_invoice i JOIN codes c ON c.book_id = i.payment_book_id
        WHERE s.error IS NULL AND s.book_id IS NULL AND i.managing_company_id = %s AND i.number = s.invoice_number
          AND c.code_key = s.code_key
        """,
        [company_id],
    )
    book = book_of_code("s.code_key", "s.paid_on")
    cursor.execute(f"UPDATE staging s SET book_id = {book} WHERE error IS NULL AND book_id IS NULL")
