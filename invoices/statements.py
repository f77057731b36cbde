"""What many payment books owe, in one statement: the SQL twin of amounts.settle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from lithuanian.numbers import round_cents

from .amounts import ZERO, ShownInvoice, amount_due, credit

# Book by book: each costs a walk through its own rows by index, however many books there are in all. `line`
# has per number what was charged and what was received under it: an invoice, payments that name no counted
# one, or both. `rest` is what payments that name an invoice leave of it. All else that was received covers,
# in this order, the opening debt and the rests, and so does what orders brought online; so of all rests
# together `rests - balance` is covered, and a balance above all rests is the opening debt that stays. Where
# nothing is owed no invoice is open, and none is queued. GREATEST passes over NULL; OFFSET 0 keeps the
# planner from reading everybody's opening entries. Parameters: books, an array of ids; today.
_OWED = """
SELECT
    book.id AS book_id, owed.balance, greatest(owed.balance - owed.rests, 0) AS opening_due,
    opening.as_of_on AS opening_on, first_invoice.issued_on AS first_issued_on, online.amount AS pending,
    owed.id, owed.number, owed.period, owed.issued_on, owed.due_on, owed.charged,
    least(owed.rest, owed.rest_up_to_here - greatest(owed.rests - owed.balance, 0)) AS open_part
FROM unnest((SELECT %(books)s::bigint[])) AS book (id)
LEFT JOIN LATERAL (
    SELECT amount, as_of_on FROM invoices_balance WHERE payment_book_id = book.id OFFSET 0
) AS opening ON true
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS amount FROM invoices_orderpart
    WHERE payment_book_id = book.id AND counted_on IS NOT NULL
) AS online
CROSS JOIN LATERAL (
    SELECT min(issued_on) AS issued_on FROM invoices_invoice
    WHERE payment_book_id = book.id AND NOT is_held AND issued_on <= %(today)s::date
) AS first_invoice
CROSS JOIN LATERAL (
    WITH line AS (
        SELECT
            id, number, period, issued_on, due_on, charged, received,
            greatest(charged - greatest(received, 0), 0) AS rest
        FROM (
            SELECT id, number, period, issued_on, due_on, charged FROM invoices_invoice
            WHERE payment_book_id = book.id AND status = 'live' AND NOT is_held
                AND issued_on <= %(today)s::date AND issued_on > coalesce(opening.as_of_on, '-infinity')
        ) AS invoice
        FULL JOIN (
            SELECT invoice_number AS number, sum(amount) AS received FROM invoices_payment
            WHERE payment_book_id = book.id AND paid_on > coalesce(opening.as_of_on, '-infinity')
            GROUP BY invoice_number
        ) AS payment USING (number)
    ), total AS (
        SELECT
            coalesce(sum(rest), 0) AS rests,
            coalesce(opening.amount, 0) + coalesce(sum(charged), 0) - coalesce(sum(received), 0)
                - online.amount AS balance
        FROM line
    )
    SELECT total.balance, total.rests, queue.*
    FROM total
    LEFT JOIN LATERAL (
        SELECT
            line.*,
            sum(rest) OVER (
                ORDER BY due_on, number COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS rest_up_to_here
        FROM line
        WHERE rest > 0 AND total.balance > 0
    ) AS queue ON queue.rest_up_to_here > greatest(total.rests - total.balance, 0)
) AS owed
"""
_STATEMENTS = f'{_OWED} ORDER BY owed.due_on, owed.number COLLATE "C"'

# The same with the newest of what residents may see, whatever its state; only these rows have a status.
NEWEST = 3
_STATEMENTS_AND_NEWEST = f"""
SELECT * FROM (
    SELECT statement.*, NULL AS status FROM ({_OWED}) AS statement
    UNION ALL (
        SELECT
            book.id, NULL, NULL, NULL, NULL, NULL,
            shown.id, shown.number, shown.period, shown.issued_on, shown.due_on, shown.charged, NULL, shown.status
        FROM unnest((SELECT %(books)s::bigint[])) AS book (id)
        CROSS JOIN LATERAL (
            SELECT id, number, period, issued_on, due_on, charged, status FROM invoices_invoice
            WHERE payment_book_id = book.id AND NOT is_held AND issued_on <= %(today)s::date
            ORDER BY issued_on DESC, id DESC
            LIMIT {NEWEST}
        ) AS shown
        ORDER BY shown.issued_on DESC, shown.id DESC
        LIMIT {NEWEST}
    )
) AS found
ORDER BY due_on, number COLLATE "C"
"""  # noqa: S608 (a statement and a number of our own)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvoice:
    """An invoice with something left to pay."""

    id: int
    book_id: int
    number: str
    period: date
    issued_on: date
    due_on: date
    charged: Decimal
    open_part: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one book owes today; `opening_due` and the open parts of `unpaid` add up to `amount_due`."""

    book_id: int
    balance: Decimal
    # Debt from before the first counted invoice, and refunds: the row „Ankstesnis likutis“.
    opening_due: Decimal
    # The day of the opening entry; invoices issued up to it are shown and not counted.
    opening_on: date | None
    # When the first invoice that residents may see was issued; None: there is none yet.
    first_issued_on: date | None
    # Received through a payment provider and not posted yet; the balance holds it already.
    pending: Decimal = ZERO
    # By due date, then number.
    unpaid: list[OpenInvoice] = field(default_factory=list)

    @property
    def amount_due(self) -> Decimal:
        """Return what is to be paid for this book."""
        return amount_due(balance=self.balance)

    @property
    def credit(self) -> Decimal:
        """Return what was paid too much for this book."""
        return credit(balance=self.balance)


def statements_of(*, books: Iterable[int], today: date) -> dict[int, Statement]:
    """Return what each of these books owes, by the id of the book, in one query."""
    found: dict[int, Statement] = {}
    for row in _rows(_STATEMENTS, books, today):
        _take(row, found)
    return found


def statements_and_newest(
    *, books: Iterable[int], today: date
) -> tuple[dict[int, Statement], list[ShownInvoice]]:
    """Return the same and the newest invoices of all these books, the newest first, in one query."""
    found: dict[int, Statement] = {}
    newest = []
    for *row, status in _rows(_STATEMENTS_AND_NEWEST, books, today):
        if status is None:
            _take(row, found)
        else:
            invoice_id, _number, period, issued_on, due_on, charged, _open_part = row[_INVOICE]
            newest.append(ShownInvoice(invoice_id, row[0], period, issued_on, due_on, charged, status))
    newest.sort(key=lambda invoice: (invoice.issued_on, invoice.id), reverse=True)
    return found, newest


def _rows(statement: str, books: Iterable[int], today: date) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"books": sorted(set(books)), "today": today})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


# Where a row tells of an invoice.
_INVOICE = slice(6, 13)


def _take(row: Sequence[Any], found: dict[int, Statement]) -> None:
    """Take in one book, or one more open invoice of it."""
    book_id, balance, opening_due, opening_on, first_issued_on, pending = row[: _INVOICE.start]
    if book_id not in found:
        found[book_id] = Statement(
            book_id=book_id,
            balance=round_cents(balance),
            opening_due=round_cents(opening_due),
            opening_on=opening_on,
            first_issued_on=first_issued_on,
            pending=round_cents(pending),
        )
    if row[_INVOICE.start] is not None:
        found[book_id].unpaid.append(_open_invoice(book_id, *row[_INVOICE]))


def _open_invoice(
    book_id: int,
    invoice_id: int,
    number: str,
    period: date,
    issued_on: date,
    due_on: date,
    charged: Decimal,
    open_part: Decimal,
) -> OpenInvoice:
    return OpenInvoice(
        id=invoice_id,
        book_id=book_id,
        number=number,
        period=period,
        issued_on=issued_on,
        due_on=due_on,
        charged=charged,
        open_part=round_cents(open_part),
    )
