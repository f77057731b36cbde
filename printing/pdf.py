"""Documents as tagged PDF (PDF/UA-1) by typst: our templates and fonts, words as data, nothing from a network."""

import json
import struct
import threading
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst

_HERE = Path(__file__).resolve().parent
_TEMPLATES = _HERE / "templates"
_FONTS = sorted((_HERE / "fonts").glob("*/*.ttf"))
_NO_GLYPH = "\u25a1"
_BREAK_HERE = "\u200b"
# A longer run of letters without a space would leave its column.
_LONGEST_RUN = 30


class _Own(threading.local):
    """Each thread's own compiler: typst refuses to let two use one at once."""

    def __init__(self) -> None:
        self.compiler = typst.Compiler(root=_TEMPLATES, font_paths=_fonts(), ignore_system_fonts=True)


@cache
def _fonts() -> typst.Fonts:
    """Return our fonts alone, so that a document looks the same on every machine."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_HERE / "fonts")]
    )


_own = _Own()


def pdf_of(
    *, template: str, language: str, data: Mapping[str, Any], pictures: Mapping[str, str] | None = None
) -> bytes:
    """Return the document that a template makes of data; the same data give the same bytes.

    `data` holds strings, lists and mappings; `pictures` are SVG by name.
    """
    words = json.dumps(_printable({**data, "language": language}), ensure_ascii=False)
    document = _own.compiler.compile(
        input=str(_TEMPLATES / f"{template}.typ"),
        format="pdf",
        pdf_standards=["ua-1"],
        sys_inputs={**(pictures or {}), "data": words},
    )
    assert isinstance(document, bytes)  # noqa: S101 (typst gives a list for pictures of pages only)
    return document


def _printable(value: Any) -> Any:
    """Return the same data with every string as `printable` makes it."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _printable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(part) for part in value]
    return value


def printable(text: str) -> str:
    """Return text that our fonts can draw: a document with a letter missing would not be accessible.

    What they lack becomes „□“; what is not seen is left out; long runs may be broken anywhere.
    """
    drawn = _drawn()
    letters = []
    run = 0
    for char in unicodedata.normalize("NFC", text):
        if char.isspace():
            letters.append(char if ord(char) in drawn else " ")
            run = 0
            continue
        # Controls, directions, halves of pairs: they would hide or turn around what is read.
        if unicodedata.category(char)[0] == "C":
            continue
        if run == _LONGEST_RUN:
            letters.append(_BREAK_HERE)
            run = 0
        letters.append(char if ord(char) in drawn else _NO_GLYPH)
        run += 1
    return "".join(letters)


@cache
def _drawn() -> frozenset[int]:
    """Return the characters that all our fonts have."""
    return frozenset.intersection(*(_characters(font.read_bytes()) for font in _FONTS))


def _characters(font: bytes) -> frozenset[int]:
    """Return the characters of a font: its table `cmap` in format 12, as OpenType describes it."""
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4s4xI4x", font, 12 + 16 * number) for number in range(tables))
    start = dict(records)[b"cmap"]
    (encodings,) = struct.unpack_from(">H", font, start + 2)
    for number in range(encodings):
        (offset,) = struct.unpack_from(">4xI", font, start + 4 + 8 * number)
        kind, groups = struct.unpack_from(">H10xI", font, start + offset)
        if kind == 12:
            ranges = (struct.unpack_from(">II", font, start + offset + 16 + 12 * n) for n in range(groups))
            return frozenset(code for first, last in ranges for code in range(first, last + 1))
    raise ValueError("no table of characters beyond the first 65,536")
