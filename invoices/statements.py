"""What many payment books owe, in one statement: the SQL twin of amounts.settle."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection

from lithuanian.numbers import round_cents

from .amounts import ZERO, amount_due, credit

# `rest` is what payments that name an invoice leave of it. All else that was received covers, in this order,
# the opening debt and the rests, and so does what orders brought online; so of all rests together
# `rest - balance` is covered, and a balance above all rests is the opening debt that stays. Parameters: books,
# an array of ids; today.
_STATEMENTS = """
WITH book AS (
    SELECT wanted.id, coalesce(opening.amount, 0) AS opening, opening.as_of_on
    FROM unnest((SELECT %(books)s::bigint[])) AS wanted (id)
    LEFT JOIN invoices_balance AS opening ON opening.payment_book_id = wanted.id
), online AS (
    SELECT book.id AS book_id, sum(part.amount) AS amount
    FROM book
    JOIN invoices_orderpart AS part ON part.payment_book_id = book.id AND part.counted_on IS NOT NULL
    GROUP BY book.id
), received AS (
    SELECT book.id AS book_id, payment.invoice_number, sum(payment.amount) AS amount
    FROM book
    JOIN invoices_payment AS payment
        ON payment.payment_book_id = book.id
        AND (book.as_of_on IS NULL OR payment.paid_on > book.as_of_on)
    GROUP BY book.id, payment.invoice_number
), charge AS (
    SELECT
        book.id AS book_id, invoice.id, invoice.number, invoice.period, invoice.issued_on, invoice.due_on,
        invoice.charged, greatest(invoice.charged - greatest(coalesce(received.amount, 0), 0), 0) AS rest
    FROM book
    JOIN invoices_invoice AS invoice
        ON invoice.payment_book_id = book.id
        AND invoice.status = 'live' AND NOT invoice.is_held AND invoice.issued_on <= %(today)s::date
        AND (book.as_of_on IS NULL OR invoice.issued_on > book.as_of_on)
    LEFT JOIN received ON received.book_id = book.id AND received.invoice_number = invoice.number
), queue AS (
    SELECT
        charge.*,
        sum(rest) OVER (
            PARTITION BY book_id ORDER BY due_on, number COLLATE "C"
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS rest_up_to_here
    FROM charge
), total AS (
    SELECT
        book.id, book.as_of_on, coalesce(charged.rest, 0) AS rest,
        coalesce(online.amount, 0) AS online,
        book.opening + coalesce(charged.amount, 0) - coalesce(paid.amount, 0) - coalesce(online.amount, 0) AS balance
    FROM book
    LEFT JOIN online ON online.book_id = book.id
    LEFT JOIN (
        SELECT book_id, sum(charged) AS amount, sum(rest) AS rest FROM charge GROUP BY book_id
    ) AS charged ON charged.book_id = book.id
    LEFT JOIN (
        SELECT book_id, sum(amount) AS amount FROM received GROUP BY book_id
    ) AS paid ON paid.book_id = book.id
)
SELECT
    total.id, total.balance, greatest(total.balance - total.rest, 0), total.as_of_on, first_invoice.issued_on,
    total.online,
    queue.id, queue.number, queue.period, queue.issued_on, queue.due_on, queue.charged,
    least(queue.rest, queue.rest_up_to_here - greatest(total.rest - total.balance, 0))
FROM total
CROSS JOIN LATERAL (
    SELECT min(issued_on) AS issued_on FROM invoices_invoice
    WHERE payment_book_id = total.id AND NOT is_held AND issued_on <= %(today)s::date
) AS first_invoice
LEFT JOIN queue
    ON queue.book_id = total.id
    AND queue.rest > 0 AND queue.rest_up_to_here > greatest(total.rest - total.balance, 0)
ORDER BY queue.due_on, queue.number COLLATE "C"
"""


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
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS, {"books": sorted(set(books)), "today": today})
        for book_id, balance, opening_due, opening_on, first_issued_on, pending, *invoice in cursor:
            statement = found.get(book_id)
            if statement is None:
                statement = found[book_id] = Statement(
                    book_id=book_id,
                    balance=round_cents(balance),
                    opening_due=round_cents(opening_due),
                    opening_on=opening_on,
                    first_issued_on=first_issued_on,
                    pending=round_cents(pending),
                )
            if invoice[0] is not None:
                statement.unpaid.append(_open_invoice(book_id, *invoice))
    return found


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
