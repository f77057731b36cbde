"""Photos that people send: only what is a picture is taken, and only the picture of it is kept."""

from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _
from PIL import Image

LARGEST_FILE = 15 * 1024 * 1024
# A small file may unpack to gigabytes; no phone takes more in one piece.
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2000
QUALITY = 85

_FORMATS = ("JPEG", "PNG", "WEBP")
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_ORIENTATION = 0x0112
# How to turn what a camera held that way (Exif 2.32, 4.6.4, tag 0x0112).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def recoded(upload: "File[bytes]") -> bytes:
    """Return the picture anew as a JPEG, upright, at most 2000 px long and without anything said beside it.

    Raise ValidationError too_large, too_many_pixels, heic or no_picture, with words for the person.
    """
    if upload.size > LARGEST_FILE:
        raise ValidationError(_("The photo is larger than 15 MB. Send a smaller one."), code="too_large")
    upload.seek(0)
    start = upload.read(12)
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC:
        words = _(
            "This photo is in the HEIC format. Save it as JPEG and send that. On an iPhone you may also choose "
            "Settings → Camera → Formats → Most Compatible and take it again."
        )
        raise ValidationError(words, code="heic")
    upload.seek(0)
    try:
        return _jpeg(upload)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_many_pixels() from bomb
    except ValidationError:
        raise
    # What takes a file apart fails at a broken one in any way it likes.
    except Exception as error:
        words = _("This photo cannot be read. Send a picture in the JPEG, PNG or WebP format.")
        raise ValidationError(words, code="no_picture") from error


def _too_many_pixels() -> ValidationError:
    words = _("The photo has more than 50 megapixels. Send a smaller one.")
    return ValidationError(words, code="too_many_pixels")


def _jpeg(upload: Any) -> bytes:
    with Image.open(upload, formats=_FORMATS) as image:
        # Only its head is read until now.
        if image.width * image.height > MOST_PIXELS:
            raise _too_many_pixels()
        turn = _TURNS.get(_orientation(image))
        # A JPEG is read smaller at once: less to hold in memory.
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture = _on_white(image)
    if turn is not None:
        picture = picture.transpose(turn)
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _orientation(image: Image.Image) -> int:
    """Return how the camera was held; nothing is turned when that cannot be read."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:
        return 1
    return found if isinstance(found, int) else 1


def _on_white(image: Image.Image) -> Image.Image:
    """Return a fresh picture that carries nothing of the file: comments of a JPEG would be written again."""
    small: Image.Image = image
    if small.mode not in {"L", "RGB", "RGBA", "CMYK"}:
        small = small.convert("RGBA" if small.has_transparency_data else "RGB")
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    fresh = Image.new("RGB", small.size, "white")
    if small.has_transparency_data:
        small = small.convert("RGBA")
        fresh.paste(small, mask=small.getchannel("A"))
    else:
        fresh.paste(small.convert("RGB"))
    return fresh
