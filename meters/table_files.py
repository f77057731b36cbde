"""The history of readings as a file for a spreadsheet: what is text stays text there."""

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .history import Entry

Cell = str | int | Decimal | None
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def headings() -> tuple[str, ...]:
    """Return the names of the columns in the active language."""
    return (
        pgettext("premises", "Object"),
        _("Meter type"),
        pgettext("meter", "Meter No."),
        pgettext("meter", "Zone"),
        pgettext("meter", "Place"),
        pgettext("measure", "Unit"),
        pgettext("reading", "Kind"),
        pgettext("readings", "Period"),
        _("Declaration date"),
        pgettext("readings", "Reading"),
        pgettext("readings", "Used"),
        pgettext("readings", "Used since"),
        pgettext("readings", "How declared"),
        pgettext("readings", "Who declared"),
    )


def _cells(entry: Entry) -> tuple[Cell, ...]:
    meter, reading, used = entry.meter, entry.reading, entry.used
    return (
        entry.address,
        str(meter.get_type_display()),
        meter.serial,
        meter.register,
        meter.place,
        meter.unit,
        entry.kind or entry.any_kind,
        f"{reading.period:%Y-%m}" if entry.is_own else "",
        entry.declared_on.isoformat(),
        reading.value,
        used.amount if used else None,
        used.since.isoformat() if used else "",
        entry.how,
        entry.who,
    )


def _rows(entries: Iterable[Entry]) -> Iterator[tuple[Cell, ...]]:
    yield headings()
    yield from map(_cells, entries)


def as_csv(*, entries: Iterable[Entry]) -> bytes:
    """Return a CSV: UTF-8 with BOM, semicolons, a decimal comma."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    for row in _rows(entries):
        writer.writerow([_as_text(cell) for cell in row])
    return file.getvalue().encode("utf-8-sig")


def _as_text(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return format(cell.normalize(), "f").replace(".", ",")
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_xlsx(*, entries: Iterable[Entry]) -> bytes:
    """Return a workbook of one sheet."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(_rows(entries)):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    # Typed as text, so that nothing in it is ever a formula, a number or a link.
                    sheet.write_string(place, column, cell)
                elif cell is not None:
                    sheet.write_number(place, column, float(cell))
    return file.getvalue()
