"""The file of a company's payment references, from which paper bills are printed."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path

from django.db.models import Prefetch, Q

from imports.outgoing import write_table
from properties.models import BookPremises, ManagingCompany, PaymentBook

from .references import references_for_books, references_for_invoices
from .statements import statements_of

COLUMNS = ("payer_code", "payer_name", "address", "invoice_number", "due_on", "amount", "payment_reference")
# References of one batch are made in one transaction, and pages that need one wait no longer than that.
_BATCH = 2000

Row = tuple[str, str, str, str, str, Decimal, str]


def write_references(*, company: ManagingCompany, path: Path, today: date) -> int:
    """Write a row for each book and each open invoice, CSV or XLSX by the name's ending; return how many.

    What has no reference yet gets one. Raise OSError when the file cannot be written.
    """
    return write_table(path, columns=COLUMNS, rows=_rows(company, today))


def _rows(company: ManagingCompany, today: date) -> Iterator[Row]:
    premises = BookPremises.objects.select_related("property__building").order_by(
        "property__building__sort_key", "property__sort_key", "property_id"
    )
    books = (
        PaymentBook.objects.filter(
            Q(opened_on__isnull=True) | Q(opened_on__lte=today), managing_company=company
        )
        .prefetch_related(Prefetch("book_premises", queryset=premises))
        .order_by("payer_code_key", "pk")
        .iterator(chunk_size=_BATCH)
    )
    while batch := list(islice(books, _BATCH)):
        yield from _rows_of(company, batch, today)


def _rows_of(company: ManagingCompany, books: Iterable[PaymentBook], today: date) -> Iterator[Row]:
    found = {book.pk: book for book in books}
    statements = statements_of(books=found, today=today)
    # A closed book is paid for as long as something is owed on it.
    wanted = [book for book in found.values() if book.is_open(on=today) or statements[book.pk].amount_due]
    of_books = references_for_books(company=company.pk, books=[book.pk for book in wanted])
    of_invoices = references_for_invoices(
        company=company.pk, invoices=[row.id for book in wanted for row in statements[book.pk].unpaid]
    )
    for book in wanted:
        statement = statements[book.pk]
        address = "; ".join(row.property.address for row in book.book_premises.all())
        payer = (book.payer_code, book.payer_name, address)
        yield *payer, "", "", statement.amount_due, of_books[book.pk]
        for row in statement.unpaid:
            yield *payer, row.number, row.due_on.isoformat(), row.open_part, of_invoices[row.id]
