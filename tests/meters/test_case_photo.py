"""The photo that goes with „Siųsti rodmenį patikrai“: sent, kept, shown to few, refused in words."""

import html
import re
import stat
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import User
from meters.models import Meter, Reading, ReadingCase
from tests.estate import tiny_photo
from tests.meters.conftest import AT

ClientFor = Callable[[User], Client]
PAGE = "/meters"


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    """Files on a disk, as they are kept in an installation."""
    from config.settings import STORAGES

    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.STORAGES = settings.STORAGES | {"default": STORAGES["default"]}
    return tmp_path / "uploads"


def photo(content: bytes | None = None, name: str = "../../IMG_1.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, tiny_photo() if content is None else content, content_type="image/jpeg")


def send(client: Client, meter: Meter, value: str = "99", *, with_: SimpleUploadedFile | None = None) -> Any:
    files = {f"photo-{meter.pk}": with_} if with_ else {}
    return client.post(PAGE, {"send": meter.pk, f"now-{meter.pk}": value} | files)


def kept(uploads: Path) -> list[Path]:
    return [path for path in uploads.rglob("*") if path.is_file()] if uploads.exists() else []


def test_a_place_for_a_photo_is_there_when_a_reading_may_be_sent(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    client = client_for(holder)
    field = f'<input id="photo-{meter.pk}" name="photo-{meter.pk}" type="file" accept="image/*"'
    assert field not in client.get(PAGE).content.decode()
    body = client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "99"}).content.decode()
    assert field in body
    assert "Skaitiklio nuotrauka" in body
    assert "Nebūtina." in body
    assert 'enctype="multipart/form-data"' in body


def test_who_sent_it_and_staff_see_the_photo(
    client_for: ClientFor,
    holder: User,
    co_holder: User,
    staff_a: User,
    staff_b: User,
    superuser: User,
    stranger: User,
    meter: Meter,
    history: list[Reading],
    uploads: Path,
) -> None:
    client = client_for(holder)
    assert send(client, meter, with_=photo()).status_code == 302
    case = ReadingCase.objects.get()
    address = f"/meters/cases/{case.pk}/photo"
    [file] = kept(uploads)
    assert re.fullmatch(r"cases/[0-9a-f]{32}\.jpg", str(file.relative_to(uploads)))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for person in (holder, staff_a, superuser):
        response = client_for(person).get(address)
        assert (response.status_code, response.content) == (200, file.read_bytes())
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.headers["Content-Disposition"] == "inline"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store, private"
    assert Image.open(BytesIO(file.read_bytes())).size == (4, 4)
    for person in (co_holder, staff_b, stranger):
        assert client_for(person).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    for public in (f"/{case.photo.name}", f"/uploads/{case.photo.name}", f"/media/{case.photo.name}"):
        assert client.get(public).status_code == 404
    # Staff who are no longer staff see nothing.
    staff_a.is_staff = False
    staff_a.save()
    assert client_for(staff_a).get(address).status_code == 404
    # A file that is lost is not there, and is no failure.
    file.unlink()
    assert client.get(address).status_code == 404


def test_whose_right_has_ended_sees_it_no_more(
    client_for: ClientFor, guest: User, staff_a: User, meter: Meter, history: list[Reading]
) -> None:
    client = client_for(guest)
    send(client, meter, with_=photo())
    address = f"/meters/cases/{ReadingCase.objects.get().pk}/photo"
    assert client.get(address).status_code == 200
    guest.accesses.update(ends_at=AT)
    assert client.get(address).status_code == 404
    assert client_for(staff_a).get(address).status_code == 200


def test_staff_see_it_beside_the_case(
    client_for: ClientFor, holder: User, staff_a: User, meter: Meter, history: list[Reading]
) -> None:
    send(client_for(holder), meter, with_=photo())
    case = ReadingCase.objects.get()
    page = f"/admin/meters/readingcase/{case.pk}/change/"
    assert f'<img src="/meters/cases/{case.pk}/photo"' in client_for(staff_a).get(page).content.decode()
    ReadingCase.objects.update(photo="")
    assert "<img src=" not in client_for(staff_a).get(page).content.decode()
    assert client_for(holder).get(f"/meters/cases/{case.pk}/photo").status_code == 404


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no picture", "Nuotraukos perskaityti nepavyko."),
        (b"\x00\x00\x00\x18ftypheic" + bytes(50), "HEIC formato"),
    ],
)
def test_a_bad_photo_is_said_and_nothing_typed_is_lost(
    client_for: ClientFor,
    holder: User,
    meter: Meter,
    history: list[Reading],
    uploads: Path,
    content: bytes,
    words: str,
) -> None:
    response = send(client_for(holder), meter, with_=photo(content))
    body = html.unescape(response.content.decode())
    assert response.status_code == 200
    assert re.search(rf'<p class="err" id="wrong-{meter.pk}">.*?{words}', body, re.S)
    assert f'aria-describedby="wrong-{meter.pk} hint-{meter.pk}" aria-invalid="true"' in body
    assert re.search(rf'<input id="now-{meter.pk}"[^>]* value="99"', body)
    assert "Siųsti rodmenį patikrai" in body
    assert (ReadingCase.objects.count(), kept(uploads)) == (0, [])


def test_a_photo_is_only_taken_with_its_own_button(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading], uploads: Path
) -> None:
    client = client_for(holder)
    client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "99", f"photo-{meter.pk}": photo()})
    sent = {"send": meter.pk, f"now-{meter.pk}": "99", f"photo-{meter.pk + 1}": photo()}
    assert client.post(PAGE, sent).status_code == 302
    assert (ReadingCase.objects.get().photo.name, kept(uploads)) == ("", [])


def test_sent_again_without_a_photo_the_first_one_stays(
    client_for: ClientFor,
    holder: User,
    meter: Meter,
    history: list[Reading],
    uploads: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = client_for(holder)
    send(client, meter, with_=photo())
    first = ReadingCase.objects.get().photo.name
    send(client, meter, "98")
    assert ReadingCase.objects.get().photo.name == first
    with django_capture_on_commit_callbacks(execute=True):
        send(client, meter, "97", with_=photo())
    second = ReadingCase.objects.get().photo.name
    assert second != first
    assert [str(path.relative_to(uploads)) for path in kept(uploads)] == [second]


def test_a_thousand_refused_meters_are_taken(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    """A browser sends a part for each place of a photo, chosen or not."""
    part = '--b\r\nContent-Disposition: form-data; name="{}-{}"{}\r\n\r\n\r\n'
    names = (("now", ""), ("sure", ""), ("seen", ""), ("photo", '; filename=""'))
    body = "".join(part.format(name, pk, rest) for pk in range(1000) for name, rest in names)
    button = '--b\r\nContent-Disposition: form-data; name="declare"\r\n\r\nall\r\n--b--\r\n'
    content_type = "multipart/form-data; boundary=b"
    response = client_for(holder).post(PAGE, (body + button).encode(), content_type=content_type)
    assert response.status_code == 200
