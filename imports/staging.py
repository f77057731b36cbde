"""The way of a row into the staging table, and back out when it is rejected."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from .cells import Numeric
from .kinds import IGNORED_HEADERS, Column, Derived, Kind, folded_header
from .merging import exists, temporary
from .progress import Progress
from .tables import FileNotTaken, Row, Table

_BATCH = 2000
# How many cells of a column are remembered with what they came to.
_REMEMBERED = 2048
_NULL = "\\N"


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
    columns = ["line bigint NOT NULL", "error text"]
    for column in kind.columns:
        columns.append(f"{column.name} {column.type}")
        if not column.required:
            columns.append(f"{column.name}_given boolean NOT NULL DEFAULT false")
    columns += [f"{derived.name} text" for derived in kind.derived]
    cursor.execute("DROP TABLE IF EXISTS pg_temp.staging")
    cursor.execute(f"CREATE TEMP TABLE staging ({', '.join(columns)}) ON COMMIT DROP")


def copy_rows(cursor: Any, kind: Kind, table: Table, header: Header, progress: Progress) -> int:
    """Copy every row with something in it into staging and return how many there were."""
    stager = _Stager(kind, header)
    stage = stager.stage
    count = 0
    batch: list[str] = []
    rows = table.rows()
    next(rows)
    with cursor.copy(f"COPY staging ({', '.join(stager.names)}) FROM STDIN") as copy:
        for line, cells in rows:
            staged = stage(line, cells)
            if not staged:
                continue
            batch.append(staged)
            count += 1
            if len(batch) == _BATCH:
                copy.write("".join(batch))
                batch.clear()
                progress.read(count)
        copy.write("".join(batch))
    progress.read(count)
    # How many rows there are is what matters; a small sample tells it.
    cursor.execute("SET LOCAL default_statistics_target = 10")
    cursor.execute("ANALYZE staging")
    cursor.execute("SET LOCAL default_statistics_target = DEFAULT")
    return count


class _BadCell(Exception):
    """Something in the row cannot be taken."""


class _Cells(dict[str, str]):
    """From a cell as it was typed to its part of a line for COPY; raises _BadCell when there is none.

    Months, services and prices repeat from row to row, so what a cell came to is remembered for a while.
    """

    def __init__(self, column: Column, derived: Sequence[Derived]) -> None:
        self.column = column
        self.derived = derived
        self._parse = column.parse
        parse = column.parse
        self._is_plain = parse.plain.fullmatch if isinstance(parse, Numeric) and not derived else None
        self._given = "" if column.required else "\tt"
        self._not_given = "" if column.required else "\tf"
        self.names = [column.name]
        if not column.required:
            self.names.append(f"{column.name}_given")
        self.names += [one.name for one in derived]

    def __missing__(self, cell: str) -> str:
        # Sums hardly repeat, so that most of the time of a large file is spent here.
        if self._is_plain is not None and self._is_plain(cell):
            return cell.replace(",", ".") + self._given
        typed = cell.strip()
        if not typed or typed == "-" or typed[0] == "=":
            value, problem = self.read(cell)
            if problem:
                raise _BadCell
        else:
            try:
                value = self._parse(typed)
            except ValueError:
                raise _BadCell from None
        if len(self) >= _REMEMBERED:
            self.clear()
        part = self[cell] = self.part(typed, value)
        return part

    def read(self, cell: str) -> tuple[str, str]:
        """Return the value in PostgreSQL's text, or nothing and why it cannot be taken."""
        typed = cell.strip()
        if not typed:
            return "", _("is missing") if self.column.required else ""
        if typed == "-" and not self.column.required:
            return "", ""
        try:
            if typed.startswith("="):
                raise ValueError(_("is a formula; write the value itself"))
            return self.column.parse(typed), ""
        except ValueError as problem:
            return "", str(problem)

    def part(self, typed: str, value: str) -> str:
        """Return the value, whether an optional cell had anything, and what is made of the value."""
        part = (_escaped(value) if value else _NULL) + (self._given if typed else self._not_given)
        for derived in self.derived:
            part += f"\t{_escaped(derived.make(value))}"
        return part


class _Stager:
    """Turns a row into one line of COPY's text format."""

    def __init__(self, kind: Kind, header: Header) -> None:
        self._header = header
        self._width = len(header.names)
        known = {column.name for column, _place in header.places}
        # What is made of one column alone is remembered with its cell.
        own = {
            column.name: [one for one in kind.derived if one.sources == (column.name,)]
            for column, _place in header.places
        }
        self._columns = [
            (_Cells(column, own[column.name]), place)
            for column, place in sorted(header.places, key=lambda found: found[1])
        ]
        self._places = [place for _cells, place in self._columns]
        self._has_every_place = self._places == list(range(self._width))
        self._dicts = [cells for cells, _place in self._columns]
        self._rest = [one for one in kind.derived if len(one.sources) > 1 or one.sources[0] not in known]
        self._made: dict[tuple[str, ...], str] = {}
        self._sources = [
            place
            for cells, place in self._columns
            if any(cells.column.name in derived.sources for derived in self._rest)
        ]
        self.names = ["line", "error"]
        for cells in self._dicts:
            self.names += cells.names
        self.names += [one.name for one in self._rest]

    def stage(self, line: int, cells: list[str]) -> str:
        """Return the row's line for COPY, with what is wrong with it; nothing of a blank row."""
        if len(cells) != self._width:
            return self._stage_with_errors(line, cells)
        try:
            typed = cells if self._has_every_place else [cells[place] for place in self._places]
            parts = [known[cell] for known, cell in zip(self._dicts, typed, strict=True)]
        except _BadCell:
            return self._stage_with_errors(line, cells)
        if self._rest:
            parts.append(self._made_of_several(cells))
        return f"{line}\t{_NULL}\t" + "\t".join(parts) + "\n"

    def _made_of_several(self, cells: list[str]) -> str:
        key = tuple([cells[place] for place in self._sources])
        made = self._made.get(key)
        if made is None:
            values = {known.column.name: known.read(cells[place])[0] for known, place in self._columns}
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            made = self._made[key] = self._make(values)
        return made

    def _make(self, values: dict[str, str]) -> str:
        made = [one.make(*[values.get(source, "") for source in one.sources]) for one in self._rest]
        return "\t".join([_escaped(text) for text in made])

    def _stage_with_errors(self, line: int, cells: list[str]) -> str:
        if not any(map(str.strip, cells)):
            return ""
        errors: list[str] = []
        width = self._width
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            errors.append(
                _("the row has %(found)d cells, the header %(width)d") % {"found": len(cells), "width": width}
            )
            cells = cells + [""] * (width - len(cells))
        parts: list[str] = []
        values: dict[str, str] = {}
        for known, place in self._columns:
            value, problem = known.read(cells[place])
            if problem:
                errors.append(f"{self._header.names[place]}: {problem}")
            values[known.column.name] = value
            parts.append(known.part(cells[place].strip(), value))
        if self._rest:
            parts.append(self._make(values))
        error = _escaped("; ".join(errors)) if errors else _NULL
        return f"{line}\t{error}\t" + "\t".join(parts) + "\n"


def _escaped(text: str) -> str:
    if "\\" in text or not text.isprintable():
        return text.replace("\\", "\\\\").replace("\n", " ").replace("\t", " ").replace("\r", " ")
    return text


def reject_repeats(cursor: Any, *, key: str) -> None:
    """Reject rows of one key that say different things; of equal rows keep the first.

    `key` is an SQL list of staging columns, where empty equals empty.
    """
    temporary(
        cursor,
        "repeated",
        f"SELECT ROW({key})::text AS key FROM staging WHERE error IS NULL GROUP BY {key} HAVING count(*) > 1",
    )
    if not exists(cursor, "repeated", []):
        return
    cursor.execute("ANALYZE repeated")
    temporary(
        cursor,
        "repeats",
        f"""
        SELECT line, min(said) OVER same <> max(said) OVER same AS differ, line > min(line) OVER same AS is_later
        FROM (SELECT s.line, r.key, (to_jsonb(s) - 'line' - 'error')::text AS said
              FROM staging s JOIN repeated r ON r.key = ROW({key})::text WHERE s.error IS NULL) rows
        WINDOW same AS (PARTITION BY key)
        """,
    )
    cursor.execute(
        "UPDATE staging s SET error = %s FROM repeats r WHERE r.differ AND r.line = s.line",
        [_("the file says different things about the same key; keep one row")],
    )
    cursor.execute(
        "DELETE FROM staging s USING repeats r WHERE NOT r.differ AND r.is_later AND r.line = s.line"
    )


def write_errors(cursor: Any, table: Table, header: Header, path: Path) -> int:
    """Write the rejected rows, as they were typed, with their line and reason; return how many.

    Two streams in the order of lines, so that a file of any size needs no memory.
    """
    keep = [place for place, name in enumerate(header.names) if folded_header(name) not in IGNORED_HEADERS]
    cursor.execute("SELECT count(*) FROM staging WHERE error IS NOT NULL")
    count = int(cursor.fetchone()[0])
    if not count:
        return 0
    cursor.execute("CREATE INDEX ON staging (line) WHERE error IS NOT NULL")
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
