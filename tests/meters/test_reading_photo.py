"""„Pridėti nuotrauką“: a photo of the dial beside a declared reading, for those who may see it and for staff."""

import html
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image

from accounts.models import User
from meters.models import Meter, Reading, ReadingPhoto
from tests.estate import tiny_photo
from tests.meters.conftest import AT

pytestmark = [pytest.mark.django_db]
ClientFor = Callable[[User], Client]
AFTER_THE_WINDOW = AT.replace(month=11, day=3)


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    from config.settings import STORAGES

    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.STORAGES = settings.STORAGES | {"default": STORAGES["default"]}
    return tmp_path / "uploads"


@pytest.fixture
def declared(press: Callable[..., Any]) -> Reading:
    """What was declared for October: 109 m³."""
    press("109")
    return Reading.objects.latest("pk")


def photo(content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("IMG_1.jpg", tiny_photo() if content is None else content)


def add(client: Client, reading: Reading, content: bytes | None = None) -> Any:
    return client.post(f"/meters/readings/{reading.pk}/photo", {"photo": photo(content)})


def kept(uploads: Path) -> list[str]:
    return [str(path.relative_to(uploads)) for path in uploads.rglob("*") if path.is_file()]


def test_a_declared_meter_offers_it_and_the_history_leads_to_it(
    client_for: ClientFor, holder: User, declared: Reading, uploads: Path
) -> None:
    client = client_for(holder)
    page = f"/meters/readings/{declared.pk}/photo"
    assert f'<a href="{page}">Pridėti nuotrauką' in client.get("/meters").content.decode()
    body = client.get(page).content.decode()
    assert "Šaltas vanduo, virtuvė" in body
    assert "109\xa0m³" in body
    answer = add(client, declared)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/meters")
    assert "Nuotrauka pridėta." in client.get("/meters").content.decode()
    [name] = kept(uploads)
    assert (ReadingPhoto.objects.get().file.name, ReadingPhoto.objects.get().added_by) == (name, holder)
    address = f"{page}.jpg"
    assert [row.photo for row in client.get("/meters/history").context["rows"]] == [address, "", "", ""]
    assert f'<a href="{address}">' in client.get("/meters/history").content.decode()
    assert f'<img src="{address}"' in client.get(page).content.decode()
    answer = client.get(address)
    assert (answer.status_code, answer.content) == (200, (uploads / name).read_bytes())
    assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == (
        "image/jpeg",
        "nosniff",
    )
    (uploads / name).unlink()
    assert client.get(address).status_code == 404


def test_a_device_s_reading_has_none(
    client_for: ClientFor, holder: User, declared: Reading, meter: Meter
) -> None:
    Reading.objects.filter(pk=declared.pk).update(source="remote")
    assert "Pridėti nuotrauką" not in client_for(holder).get("/meters").content.decode()


def test_who_adds_and_who_sees_it(
    client_for: ClientFor,
    holder: User,
    co_holder: User,
    guest_declares: User,
    guest_pays: User,
    revoked_guest: User,
    staff_a: User,
    staff_b: User,
    stranger: User,
    declared: Reading,
) -> None:
    address = f"/meters/readings/{declared.pk}/photo.jpg"
    for person in (guest_pays, revoked_guest, staff_a, stranger):
        assert add(client_for(person), declared).status_code == 404
    assert ReadingPhoto.objects.count() == 0
    assert add(client_for(guest_declares), declared).status_code == 302
    for person in (holder, co_holder, guest_declares, staff_a):
        assert client_for(person).get(address).status_code == 200
    for person in (guest_pays, revoked_guest, staff_b, stranger):
        assert client_for(person).get(address).status_code == 404


def test_staff_see_it_at_the_reading_and_in_the_list(
    client_for: ClientFor, holder: User, staff_a: User, declared: Reading
) -> None:
    add(client_for(holder), declared)
    client, address = client_for(staff_a), f"/meters/readings/{declared.pk}/photo.jpg"
    page = f"/admin/meters/reading/{declared.pk}/change/"
    assert f'<img src="{address}"' in client.get(page).content.decode()
    Reading.objects.filter(pk=declared.pk).update(is_unusual=True)
    unusual = client.get("/admin/meters/reading/?is_unusual__exact=1").content.decode()
    assert f'<a href="{address}">nuotrauka</a>' in unusual


def test_a_new_one_takes_the_place_of_the_old(
    client_for: ClientFor,
    holder: User,
    declared: Reading,
    uploads: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = client_for(holder)
    add(client, declared)
    first = kept(uploads)
    with django_capture_on_commit_callbacks(execute=True):
        add(client, declared)
    assert kept(uploads) == [ReadingPhoto.objects.get().file.name]
    assert kept(uploads) != first


def test_a_corrected_reading_keeps_its_own_for_staff(
    client_for: ClientFor, holder: User, staff_a: User, declared: Reading, press: Callable[..., Any]
) -> None:
    client = client_for(holder)
    add(client, declared)
    press("110", corrects=declared.pk)
    assert add(client, declared).status_code == 404
    address = f"/meters/readings/{declared.pk}/photo.jpg"
    assert client.get(address).status_code == 404
    assert client_for(staff_a).get(address).status_code == 200
    assert add(client, Reading.objects.latest("pk")).status_code == 302
    assert ReadingPhoto.objects.count() == 2


def test_after_the_window_none_is_taken(
    client_for: ClientFor, holder: User, declared: Reading, uploads: Path
) -> None:
    with time_machine.travel(AFTER_THE_WINDOW, tick=False):
        answer = add(client_for(holder), declared)
    words = "Nuotrauką galima pridėti tik tol, kol priimami to mėnesio rodmenys."
    assert (answer.status_code, words in answer.content.decode()) == (200, True)
    assert (ReadingPhoto.objects.count(), kept(uploads) if uploads.exists() else []) == (0, [])


def located() -> bytes:
    """A picture that says where it was taken."""
    image, out = Image.new("RGB", (8, 8), "red"), BytesIO()
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (54.0, 41.0, 13.0)})
    image.save(out, "JPEG", exif=exif)
    assert Image.open(BytesIO(out.getvalue())).getexif().get_ifd(0x8825)
    return out.getvalue()


def huge() -> bytes:
    """300 megapixels in a few kilobytes."""
    out = BytesIO()
    Image.new("1", (20_000, 15_000)).save(out, "PNG")
    return out.getvalue()


def test_a_location_is_not_kept(
    client_for: ClientFor, holder: User, declared: Reading, uploads: Path
) -> None:
    assert add(client_for(holder), declared, located()).status_code == 302
    [name] = kept(uploads)
    assert dict(Image.open(BytesIO((uploads / name).read_bytes())).getexif()) == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: b"<html><script>alert(1)</script></html>", "Nuotraukos perskaityti nepavyko."),
        (lambda: b"\xff\xd8" + bytes(40 * 1024 * 1024), "didesnė kaip 15 MB"),
        (huge, "megapikseli"),
    ],
    ids=["a page", "40 MB", "300 megapixels"],
)
def test_what_is_no_photo_is_said(
    client_for: ClientFor, holder: User, declared: Reading, content: Callable[[], bytes], words: str
) -> None:
    answer = add(client_for(holder), declared, content())
    assert answer.status_code == 200
    assert words in html.unescape(answer.content.decode())
    assert ReadingPhoto.objects.count() == 0


def test_the_database_has_the_last_word(declared: Reading) -> None:
    ReadingPhoto.objects.create(reading=declared, file="readings/a.jpg", added_at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReadingPhoto.objects.create(reading=declared, file="readings/b.jpg", added_at=AT)
    with pytest.raises(IntegrityError, match="photo_has_a_file"):
        ReadingPhoto.objects.update(file="")
