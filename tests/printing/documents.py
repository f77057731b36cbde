"""What a reader's program finds in a PDF, by libraries that did not write it."""

import io
import re
from dataclasses import dataclass
from typing import Any

import pypdf
import pypdfium2


@dataclass(frozen=True)
class Marks:
    """What a screen reader needs of a document."""

    language: str
    title: str
    is_tagged: bool
    is_pdf_ua: bool
    tags: set[str]


def marked_as(pdf: bytes) -> Marks:
    """Return how a document is marked for screen readers."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    root: Any = reader.root_object
    tags: set[str] = set()
    _gather(root["/StructTreeRoot"], tags)
    return Marks(
        language=root["/Lang"],
        title=str(reader.metadata.title if reader.metadata else ""),
        is_tagged=bool(root["/MarkInfo"]["/Marked"]),
        is_pdf_ua=b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data(),
        tags=tags,
    )


def _gather(node: Any, tags: set[str]) -> None:
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            if not isinstance(child, int):
                _gather(child, tags)
    elif isinstance(node, dict):
        if "/S" in node:
            tags.add(node["/S"])
        if "/K" in node and not isinstance(node["/K"], int):
            _gather(node["/K"], tags)


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """Return the names of the fonts, and whether each is in the document."""
    found: dict[str, bool] = {}
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        fonts: Any = page["/Resources"]["/Font"]  # type: ignore[index]
        for font in fonts.values():
            about = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            name = about["/FontName"].rpartition("+")[2]
            found[name] = any(key.startswith("/FontFile") for key in about)
    return found


def pages_of(pdf: bytes) -> list[str]:
    """Return the words of each page, with single spaces."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = [document[number].get_textpage().get_text_range() for number in range(len(document))]
    finally:
        document.close()
    return [re.sub(r"\s+", " ", text.replace("\u200b", "")) for text in texts]


def text_of(pdf: bytes) -> str:
    """Return the words of the whole document, with single spaces."""
    return " ".join(pages_of(pdf))


def widest(pdf: bytes) -> tuple[float, float]:
    """Return the left-most and the right-most edge of any letter, in millimetres."""
    document = pypdfium2.PdfDocument(pdf)
    edges = []
    try:
        for number in range(len(document)):
            page = document[number].get_textpage()
            edges += [page.get_charbox(index) for index in range(page.count_chars())]
    finally:
        document.close()
    return min(edge[0] for edge in edges) / 72 * 25.4, max(edge[2] for edge in edges) / 72 * 25.4
