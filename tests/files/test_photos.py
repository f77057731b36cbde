"""What is taken as a photo, what is refused, and what is left of it."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms

from files.photos import LARGEST_FILE, LONGEST_SIDE, recoded

RED, BLUE = (255, 0, 0), (0, 0, 255)


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("IMG 0001.jpg", content, content_type="image/jpeg")


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def halves(size: tuple[int, int] = (80, 40)) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, *size))
    return picture


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(recoded(upload(content))))
    picture.load()
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    return picture


def is_like(found: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(found, colour, strict=True))


def refused(content: bytes) -> Any:
    with pytest.raises(ValidationError) as error:
        recoded(upload(content))
    assert error.value.messages[0]
    return error.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_taken_whatever_its_name(kind: str) -> None:
    picture = opened(encoded(halves(), kind))
    assert picture.size == (80, 40)
    assert is_like(picture.getpixel((10, 20)), RED)
    assert is_like(picture.getpixel((70, 20)), BLUE)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_picture_of_any_colours_is_taken(mode: str) -> None:
    assert opened(encoded(Image.new(mode, (30, 20)), "PNG")).size == (30, 20)


def test_a_picture_for_print_is_taken() -> None:
    assert opened(encoded(Image.new("CMYK", (30, 20)), "JPEG")).size == (30, 20)


def test_what_is_clear_becomes_white() -> None:
    picture = opened(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG"))
    assert is_like(picture.getpixel((10, 10)), (255, 255, 255))


@pytest.mark.parametrize(("size", "kept"), [((4000, 1000), (2000, 500)), ((900, 3000), (600, 2000))])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_is_made_smaller(size: tuple[int, int], kept: tuple[int, int], kind: str) -> None:
    picture = opened(encoded(halves(size), kind))
    assert (picture.size, max(picture.size)) == (kept, LONGEST_SIDE)


def test_nothing_but_the_picture_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SLAPTAS-GAMINTOJAS"
    exif.get_ifd(0x8825).update({1: "N", 2: (54.0, 41.0, 13.0), 3: "E", 4: (25.0, 16.0, 45.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = encoded(
        halves(), "JPEG", exif=exif, comment=b"SLAPTA-PASTABA", icc_profile=profile, xmp=b"SLAPTAS-XMP"
    )
    given = Image.open(BytesIO(content))
    assert given.getexif().get_ifd(0x8825)
    assert {b"SLAPTAS-GAMINTOJAS" in content, b"SLAPTA-PASTABA" in content, b"SLAPTAS-XMP" in content} == {
        True
    }
    kept = recoded(upload(content))
    assert b"SLAPT" not in kept
    assert b"Exif" not in kept
    picture = Image.open(BytesIO(kept))
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [
        (1, (80, 40), (10, 20)),
        (2, (80, 40), (70, 20)),
        (3, (80, 40), (70, 20)),
        (4, (80, 40), (10, 20)),
        (5, (40, 80), (20, 10)),
        (6, (40, 80), (20, 10)),
        (7, (40, 80), (20, 70)),
        (8, (40, 80), (20, 70)),
        (99, (80, 40), (10, 20)),
    ],
)
def test_a_picture_stands_upright(orientation: int, size: tuple[int, int], red: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = opened(encoded(halves(), "JPEG", exif=exif))
    assert picture.size == size
    assert is_like(picture.getpixel(red), RED)


def png_that_says(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that claims to be that large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


# Over our limit, over what Pillow warns of, over what it refuses.
@pytest.mark.parametrize("side", [7100, 10_000, 20_000, 2**31 - 1])
def test_a_bomb_is_refused_before_it_is_unpacked(side: int) -> None:
    assert refused(png_that_says(side, side)) == "too_many_pixels"


def test_a_file_that_is_too_large_is_not_looked_into() -> None:
    small = encoded(halves(), "JPEG")
    assert refused(small + bytes(LARGEST_FILE + 1 - len(small))) == "too_large"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_heic_is_refused_with_a_way_out(brand: bytes) -> None:
    assert refused(b"\x00\x00\x00\x18ftyp" + brand + bytes(100)) == "heic"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        encoded(Image.new("RGB", (9, 9)), "GIF"),
        encoded(Image.new("RGB", (9, 9)), "BMP"),
        encoded(Image.new("RGB", (9, 9)), "TIFF"),
        encoded(halves(), "JPEG")[:400],
        encoded(halves(), "PNG")[:60],
        encoded(halves(), "WEBP")[:40],
        b"\xff\xd8\xff\xe0" + bytes(1000),
        png_that_says(0, 10),
        png_that_says(50, 50),
    ],
    ids=lambda content: content[:8].hex() + f"-{len(content)}",
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert refused(content) == "no_picture"
