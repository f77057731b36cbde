"""The file of a company's activation codes, from which letters to payers are printed."""

import csv
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import xlsxwriter
from django.db.models import Prefetch, Q

from . import activation
from .models import BookPremises, ManagingCompany, PaymentBook

COLUMNS = ("payer_code", "payer_name", "address", "activation_code")
# A spreadsheet would take what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BATCH = 2000


def write_codes(*, company: ManagingCompany, path: Path, today: date) -> int:
    """Write the codes of all open payment books, CSV or XLSX by the name's ending; return how many.

    The file appears whole or not at all and only its owner may read it: a code opens a payment book.
    Raise OSError when it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        write = _write_xlsx if path.suffix.lower() == ".xlsx" else _write_csv
        count = write(unfinished, _rows(company, today))
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return count


def _rows(company: ManagingCompany, today: date) -> Iterator[tuple[str, ...]]:
    premises = BookPremises.objects.select_related("property__building").order_by(
        "property__building__sort_key", "property__sort_key", "property_id"
    )
    books = PaymentBook.objects.filter(
        Q(opened_on__isnull=True) | Q(opened_on__lte=today),
        Q(closed_on__isnull=True) | Q(closed_on__gte=today),
        managing_company=company,
    ).prefetch_related(Prefetch("book_premises", queryset=premises))
    for book in books.order_by("payer_code_key", "pk").iterator(chunk_size=_BATCH):
        address = "; ".join(row.property.address for row in book.book_premises.all())
        yield book.payer_code, book.payer_name, address, activation.printed(activation.code_of(book))


def _write_csv(path: Path, rows: Iterator[tuple[str, ...]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
            count += 1
    return count


def _write_xlsx(path: Path, rows: Iterator[tuple[str, ...]]) -> int:
    count = 0
    # Every cell is written as text, so nothing in it is ever a formula, a number or a link.
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for count, row in enumerate((COLUMNS, *rows)):
            for column, cell in enumerate(row):
                sheet.write_string(count, column, cell)
    return count
