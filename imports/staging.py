"""The way of a row into the staging table, and back out when it is rejected."""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from .kinds import IGNORED_HEADERS, Column, Kind, folded_header
from .merging import temporary
from .tables import FileNotTaken, Row, Table

_BATCH = 2000


@dataclass(frozen=True)
class Header:
    names: list[str]
    # Where each known column stands in a row.
    places: list[tuple[Column, int]]
    unknown: list[str]


def read_header(kind: Kind, cells: list[str]) -> Header:
    """Match the header row with the kind's columns; raise FileNotTaken when one is missing or there twice."""
    places: dict[str, tuple[Column, int]] = {}
    unknown = []
    for place, name in enumerate(cells):
        folded = folded_header(name)
        column = kind.headers.get(folded)
        if column is None:
            if folded and folded not in IGNORED_HEADERS:
                unknown.append(name.strip())
        elif column.name in places:
            raise FileNotTaken(_("Column “%(name)s” is there twice.") % {"name": name.strip()})
        else:
            places[column.name] = (column, place)
    missing = [column for column in kind.columns if column.required and column.name not in places]
    if missing:
        names = ", ".join(f"{column.name} ({column.lithuanian})" for column in missing)
        raise FileNotTaken(_("Required columns are missing: %(names)s.") % {"names": names})
    return Header(names=[name.strip() for name in cells], places=list(places.values()), unknown=unknown)


def create_staging(cursor: Any, kind: Kind) -> None:
    """Make the empty staging table: a column per cell, and for optional ones whether anything was typed."""
    columns = ["line bigint NOT NULL", "error text", "row_hash text"]
    for column in kind.columns:
        columns.append(f"{column.name} {column.type}")
        if not column.required:
            columns.append(f"{column.name}_given boolean NOT NULL DEFAULT false")
    columns += [f"{derived.name} text" for derived in kind.derived]
    cursor.execute("DROP TABLE IF EXISTS pg_temp.staging")
    cursor.execute(f"CREATE TEMP TABLE staging ({', '.join(columns)}) ON COMMIT DROP")


def copy_rows(cursor: Any, kind: Kind, table: Table, header: Header, progress: Callable[[int], None]) -> int:
    """Copy every row with something in it into staging and return how many there were."""
    names = ["line", "error", "row_hash"]
    for column, _place in header.places:
        names.append(column.name)
        if not column.required:
            names.append(f"{column.name}_given")
    names += [derived.name for derived in kind.derived]
    stage = _stager(kind, header)
    count = 0
    batch: list[str] = []
    rows = table.rows()
    next(rows)
    with cursor.copy(f"COPY staging ({', '.join(names)}) FROM STDIN") as copy:
        for line, cells in rows:
            if not any(cells) or not any(cell.strip() for cell in cells):
                continue
            batch.append(stage(line, cells))
            count += 1
            if len(batch) == _BATCH:
                copy.write("".join(batch))
                batch.clear()
                progress(line)
        copy.write("".join(batch))
    cursor.execute("CREATE INDEX ON staging (line)")
    cursor.execute("ANALYZE staging")
    return count


def _stager(kind: Kind, header: Header) -> Callable[[int, list[str]], str]:
    """Return what turns a row into one line of COPY's text format."""
    width = len(header.names)
    places = header.places

    def stage(line: int, cells: list[str]) -> str:
        errors: list[str] = []
        parts: list[str] = []
        values: dict[str, str] = {}
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            errors.append(
                _("the row has %(found)d cells, the header %(width)d") % {"found": len(cells), "width": width}
            )
            cells = cells + [""] * (width - len(cells))
        for column, place in places:
            typed = cells[place].strip()
            value, given = "", bool(typed)
            if typed and (column.required or typed != "-"):
                try:
                    if typed.startswith("="):
                        raise ValueError(_("is a formula; write the value itself"))
                    value = column.parse(typed)
                except ValueError as problem:
                    errors.append(f"{header.names[place]}: {problem}")
            elif column.required:
                errors.append(_("%(column)s: is missing") % {"column": header.names[place]})
            values[column.name] = value
            parts.append(_escaped(value) if value else "\\N")
            if not column.required:
                parts.append("t" if given else "f")
        for derived in kind.derived:
            made = derived.make(*[values.get(source, "") for source in derived.sources])
            parts.append(_escaped(made))
        content = "\t".join(parts)
        row_hash = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
        return f"{line}\t{_escaped('; '.join(errors)) if errors else chr(92) + 'N'}\t{row_hash}\t{content}\n"

    return stage


def _escaped(text: str) -> str:
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        return text.replace("\\", "\\\\").replace("\n", " ").replace("\t", " ").replace("\r", " ")
    return text


def reject_repeats(cursor: Any, *, key: str) -> None:
    """Reject rows of one key that say different things; of equal rows keep the first.

    `key` is an SQL list of staging columns; rows without a whole key are left alone.
    """
    temporary(
        cursor,
        "repeats",
        f"""
        SELECT {key}, count(DISTINCT row_hash) > 1 AS differ, min(line) AS first_line
        FROM staging WHERE error IS NULL GROUP BY {key} HAVING count(*) > 1
        """,
    )
    same_key = f"ROW({_qualified(key, 'staging')}) IS NOT DISTINCT FROM ROW({_qualified(key, 'repeats')})"
    cursor.execute(
        f"UPDATE staging SET error = %s FROM repeats WHERE differ AND error IS NULL AND {same_key}",
        [_("the file says different things about the same key; keep one row")],
    )
    cursor.execute(
        "DELETE FROM staging USING repeats "
        f"WHERE NOT differ AND line > first_line AND error IS NULL AND {same_key}"
    )


def _qualified(key: str, table: str) -> str:
    return ", ".join(f"{table}.{name.strip()}" for name in key.split(","))


def write_errors(cursor: Any, table: Table, header: Header, path: Path) -> int:
    """Write the rejected rows, as they were typed, with their line and reason; return how many.

    Two streams in the order of lines, so that a file of any size needs no memory.
    """
    keep = [place for place, name in enumerate(header.names) if folded_header(name) not in IGNORED_HEADERS]
    cursor.execute("SELECT count(*) FROM staging WHERE error IS NOT NULL")
    count = int(cursor.fetchone()[0])
    if not count:
        return 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([header.names[place] for place in keep] + ["line", "error"])
        rows = table.rows()
        for line, error in _rejected(cursor):
            cells = _cells_of(rows, line)
            writer.writerow(
                [_harmless(cells[place]) if place < len(cells) else "" for place in keep] + [line, error]
            )
    return count


def _rejected(cursor: Any) -> Iterator[tuple[int, str]]:
    last = 0
    while True:
        cursor.execute(
            "SELECT line, error FROM staging WHERE error IS NOT NULL AND line > %s ORDER BY line LIMIT 5000",
            [last],
        )
        batch = cursor.fetchall()
        if not batch:
            return
        yield from batch
        last = batch[-1][0]


def _cells_of(rows: Iterator[Row], wanted: int) -> list[str]:
    for line, cells in rows:
        if line == wanted:
            return cells
    return []


def _harmless(cell: str) -> str:
    """Return the cell so that a spreadsheet that opens the errors file runs nothing."""
    runs = cell.startswith(("=", "@", "\t", "\r")) or (
        cell.startswith(("+", "-")) and not set(cell).isdisjoint("=|!(")
    )
    return f"'{cell}" if runs else cell
