"""Documents that people send: a PDF as it is, a picture anew; what it claims to be does not count."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from .photos import recoded

LARGEST_FILE = 20 * 1024 * 1024
LONGEST_NAME = 100
PDF, JPEG = "application/pdf", "image/jpeg"
_EXTENSIONS = {PDF: ".pdf", JPEG: ".jpg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What may be kept of a file: a name to show, what it is, and its bytes."""

    name: str
    content_type: str
    content: bytes

    def stored(self) -> "ContentFile[bytes]":
        """Return it under a name that nobody can guess and that says nothing of what it was called."""
        return stored(self.content, content_type=self.content_type)


def stored(content: bytes, *, content_type: str = JPEG) -> "ContentFile[bytes]":
    """Return the bytes under a random name, for a FileField."""
    return ContentFile(content, name=f"{secrets.token_hex(16)}{_EXTENSIONS[content_type]}")


def checked(upload: "File[bytes]") -> Document:
    """Return what is kept of a PDF or of a picture, which is made anew without anything said beside it.

    Raise ValidationError too_large, too_many_pixels, heic, no_document, with words for the person.
    """
    if upload.size > LARGEST_FILE:
        raise ValidationError(_("The file is larger than 20 MB. Send a smaller one."), code="too_large")
    upload.seek(0)
    # A PDF may have some bytes before its head (ISO 32000-1, annex H.3.4.1); we take none but the usual.
    if upload.read(5) == b"%PDF-":
        upload.seek(0)
        return Document(name=named(upload.name, PDF), content_type=PDF, content=upload.read())
    try:
        picture = recoded(upload)
    except ValidationError as error:
        if error.code != "no_picture":
            raise
        words = _("This file cannot be taken. Send a PDF, or a picture in the JPEG, PNG or WebP format.")
        raise ValidationError(words, code="no_document") from error
    return Document(name=named(upload.name, JPEG), content_type=JPEG, content=picture)


def named(name: str | None, content_type: str) -> str:
    """Return a file's name as it may be shown and saved: no path, no signs that mean something, the true ending."""
    stem = PurePosixPath((name or "").replace("\\", "/")).stem
    visible = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in stem)
    plain = re.sub(r"[^\w .,()–+-]", "_", " ".join(visible.split()))[:LONGEST_NAME].strip(" .")
    return (plain or _("Document")) + _EXTENSIONS[content_type]
