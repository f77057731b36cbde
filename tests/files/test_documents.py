"""What is taken as a document, under which name it is kept, and how it is handed out."""

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.fields.files import FieldFile
from django.http import Http404
from PIL import Image

from files.documents import JPEG, LARGEST_FILE, PDF, checked, named
from files.views import hand_out


def upload(content: bytes, name: str = "failas.bin") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def picture() -> bytes:
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Butas 15"
    Image.new("RGB", (4, 4), "red").save(out, "PNG", exif=exif)
    return out.getvalue()


def refused(content: bytes, name: str = "sąmata.pdf") -> Any:
    with pytest.raises(ValidationError) as error:
        checked(upload(content, name))
    assert error.value.messages[0]
    return error.value.code


def test_a_pdf_is_kept_as_it_is() -> None:
    found = checked(upload(b"%PDF-1.7\n...", "Sąmata 2026.pdf.exe"))
    assert (found.name, found.content_type, found.content) == ("Sąmata 2026.pdf.pdf", PDF, b"%PDF-1.7\n...")


def test_a_picture_is_made_anew() -> None:
    found = checked(upload(picture(), "Prieš.png"))
    assert (found.name, found.content_type) == ("Prieš.jpg", JPEG)
    assert b"Butas 15" in picture()
    assert b"Butas 15" not in found.content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<script>alert(1)</script>",
        b"\x00%PDF-1.7",
        b"PK\x03\x04",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_what_is_neither_is_refused(content: bytes) -> None:
    assert refused(content) == "no_document"


def test_too_large_a_file_is_refused() -> None:
    assert refused(b"%PDF-" + b"0" * LARGEST_FILE) == "too_large"
    assert checked(upload(b"%PDF-" + b"0" * (LARGEST_FILE - 5))).content_type == PDF


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Aktai\\aktas.pdf", "aktas.pdf"),
        ("a\r\nX-Evil: 1.pdf", "a X-Evil_ 1.pdf"),
        ("<b>\u202efdp.pdf", "_b_ fdp.pdf"),
        ("...", "Dokumentas.pdf"),
        ("", "Dokumentas.pdf"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_name_says_nothing_but_a_name(name: str, shown: str) -> None:
    assert named(name, PDF) == shown


def test_two_files_of_one_name_are_kept_apart() -> None:
    first, second = (checked(upload(b"%PDF-1.7", "aktas.pdf")).stored() for _again in range(2))
    assert first.name != second.name
    assert first.name is not None
    assert "aktas" not in first.name


class Kept:
    """What a FileField of a model gives."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content

    def open(self) -> Any:
        if self.content is None:
            raise FileNotFoundError
        return BytesIO(self.content)


def handed_out(content: bytes | None, **options: Any) -> Any:
    file: FieldFile = Kept(content)  # type: ignore[assignment]
    return hand_out(file=file, name="Aktas „A“.pdf", content_type=PDF, **options)


def test_a_file_is_handed_out_as_what_it_is() -> None:
    shown, saved = handed_out(b"%PDF-1.7"), handed_out(b"%PDF-1.7", is_download=True)
    assert (shown.content, shown["Content-Type"], shown["X-Content-Type-Options"]) == (
        b"%PDF-1.7",
        PDF,
        "nosniff",
    )
    assert shown["Content-Disposition"].startswith("inline; filename*=utf-8''Aktas%20")
    assert saved["Content-Disposition"].startswith("attachment; ")


def test_a_file_that_is_gone_is_not_there() -> None:
    with pytest.raises(Http404):
        handed_out(None)
