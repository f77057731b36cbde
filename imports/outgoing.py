"""Writing a file that people open in a spreadsheet: whole or not at all, and nothing in it runs."""

import csv
import os
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from pathlib import Path

import xlsxwriter

Cell = str | int | Decimal | None

# What a spreadsheet takes for a formula; a sign before digits is a number to it.
_FORMULA = ("=", "@", "\t", "\r")


def write_table(path: Path, *, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write CSV (UTF-8 BOM, `;`, decimal comma) or XLSX by the name's ending; return how many rows.

    Only its owner may read the file, and it appears once it is whole. Raise OSError when it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        write = _write_xlsx if path.suffix.lower() == ".xlsx" else _write_csv
        count = write(unfinished, columns, rows)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return count


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_as_text(cell) for cell in row])
            count += 1
    return count


def _as_text(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return format(cell, "f").replace(".", ",")
    text = "" if cell is None else str(cell)
    runs = text.startswith(_FORMULA) or (text.startswith(("+", "-")) and not set(text).isdisjoint("=|!("))
    return f"'{text}" if runs else text


def _write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    count = 0
    # Text cells are typed as text, so nothing in them is ever a formula, a number or a link.
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for count, row in enumerate(chain((columns,), rows)):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(count, column, cell)
                elif cell is not None:
                    sheet.write_number(count, column, float(cell))
    return count
