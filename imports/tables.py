"""Reading a file safely: CSV in whatever encoding and delimiter, or XLSX, as rows of text."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

Row = tuple[int, list[str]]

# A longer cell is an unclosed quote, not something that a person wrote.
csv.field_size_limit(1_000_000)
_CHUNK = 1 << 20


class FileNotTaken(Exception):
    """The file as a whole cannot be taken; the message says why in one sentence."""


@dataclass(frozen=True)
class Table:
    """A file that can be read again from its start: `rows` calls back with the share of it that is read."""

    path: Path
    # Said to the person who sent it, when it is not what one would expect.
    encoding: str
    rows: Callable[[], Iterator[Row]]
    size: int
    # What the reader left out, in words; filled when the file is read.
    notes: list[str] = field(default_factory=list)

    @property
    def is_windows_1257(self) -> bool:
        """Tell whether the file was not UTF-8."""
        return self.encoding == "cp1257"


def open_table(path: Path, *, knows_header: Callable[[str], bool]) -> Table:
    """Return the table in the file; raise FileNotTaken when there is none.

    `knows_header` tells whether a cell is the name of a column: the delimiter that gives most of them wins.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError:
        raise FileNotTaken(_("%(file)s cannot be read.") % {"file": path.name}) from None
    if start.startswith(b"PK\x03\x04") or path.suffix.lower() == ".xlsx":
        return _open_xlsx(path)
    return _open_csv(path, knows_header=knows_header)


def _open_csv(path: Path, *, knows_header: Callable[[str], bool]) -> Table:
    encoding = _encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        header = file.readline(_CHUNK)
    delimiter = max(";,\t", key=lambda mark: _known_names(header, mark, knows_header))

    def rows() -> Iterator[Row]:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            line = 1
            try:
                for cells in reader:
                    yield line, cells
                    line = reader.line_num + 1
            except csv.Error:
                raise FileNotTaken(
                    _("%(file)s: a quote that starts near line %(line)d is not closed.")
                    % {"file": path.name, "line": line}
                ) from None

    return Table(path=path, encoding=encoding, rows=rows, size=path.stat().st_size)


def _encoding_of(path: Path) -> str:
    """Return "utf-8-sig" when every byte says so, else Windows-1257, which takes nearly any bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    fallback = codecs.getincrementaldecoder("cp1257")()
    is_utf8 = is_1257 = True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if b"\0" in chunk:
                raise FileNotTaken(_("%(file)s is not a table: it has NUL characters.") % {"file": path.name})
            is_utf8 = is_utf8 and _decodes(decoder, chunk)
            is_1257 = is_1257 and (is_utf8 or _decodes(fallback, chunk))
    if is_utf8 and _decodes(decoder, b"", final=True):
        return "utf-8-sig"
    if not is_1257:
        raise FileNotTaken(_("%(file)s is neither UTF-8 nor Windows-1257 text.") % {"file": path.name})
    return "cp1257"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _known_names(header: str, delimiter: str, knows_header: Callable[[str], bool]) -> int:
    try:
        cells = next(csv.reader(io.StringIO(header), delimiter=delimiter), [])
    except csv.Error:
        return 0
    return sum(knows_header(cell) for cell in cells)


def _open_xlsx(path: Path) -> Table:
    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        formulas = _formulas(path)
    except (CalamineError, OSError, IndexError, KeyError, ValueError, zipfile.BadZipFile):
        raise FileNotTaken(_("%(file)s is not a readable XLSX workbook.") % {"file": path.name}) from None

    def rows() -> Iterator[Row]:
        for line, values in enumerate(sheet.iter_rows(), start=1):
            cells = [_as_text(value) for value in values]
            for column in formulas.get(line, ()):
                cells[column] = "="
            yield line, cells

    return Table(path=path, encoding="xlsx", rows=rows, size=sheet.total_height)


_FORMULA_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*><f[ />]')


def _formulas(path: Path) -> dict[int, list[int]]:
    """Return line → columns of cells that are computed: what a workbook remembers of them may be old or 0."""
    found: dict[int, list[int]] = {}
    with zipfile.ZipFile(path) as archive, archive.open(_first_sheet(archive)) as sheet:
        rest = b""
        while chunk := sheet.read(_CHUNK):
            window = rest + chunk
            end = 0
            for match in _FORMULA_CELL.finditer(window):
                end = match.end()
                found.setdefault(int(match[2]), []).append(_column_index(match[1]))
            rest = window[max(end, len(window) - 200) :]
    return found


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """Return the archive's name of the first sheet, as the workbook's own lists say."""
    relation = re.search(rb'<sheet [^>]*r:id="([^"]+)"', archive.read("xl/workbook.xml"))
    for tag in re.findall(rb"<Relationship [^>]*>", archive.read("xl/_rels/workbook.xml.rels")):
        target = re.search(rb'Target="([^"]+)"', tag)
        if relation and target and b'Id="' + relation[1] + b'"' in tag:
            return "xl/" + target[1].decode().removeprefix("/xl/")
    raise KeyError("no sheet")


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _as_text(cell: object) -> str:
    """Return what the person sees in the cell, as plainly as a CSV would hold it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        # Excel keeps 15 digits; what comes after them is noise of binary fractions.
        return format(Decimal(f"{cell:.15g}"), "f")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time().isoformat() == "00:00:00" else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
