"""What staff may write, for whom, and what they may attach."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from noticeboard import announcing
from noticeboard.models import Announcement, Attachment, BuildingFile, Work
from noticeboard.staff_forms import AnnouncementForm
from notifications.models import Letter
from properties.models import Building, ManagingCompany, Property
from tests.estate import tiny_photo
from tests.factories import (
    AnnouncementFactory,
    AttachmentFactory,
    BuildingFactory,
    BuildingFileFactory,
    PropertyFactory,
    WorkFactory,
)

ADD = "/admin/noticeboard/announcement/add/"
NO_ROWS = {"attachments-TOTAL_FORMS": "0", "attachments-INITIAL_FORMS": "0"}


@pytest.fixture
def as_superuser(superuser: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(superuser)


@pytest.fixture
def staff(staff_a: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(staff_a)


def errors_of(response: Any) -> set[str]:
    assert response.status_code == 200
    return set(response.context["adminform"].form.errors)


def told(company: ManagingCompany, **fields: Any) -> dict[str, Any]:
    return {"managing_company": company.pk, "title": "Žinia", "text": "Tekstas", **NO_ROWS, **fields}


def test_an_announcement_is_written_for_whom_it_is(
    staff: Client, company_a: ManagingCompany, building: Building, flat: Property
) -> None:
    flat.staircase = "1"
    flat.save()
    for audience, fields, kept in (
        ("company", {"building": building.pk, "staircase": "9"}, (None, "", [])),
        ("building", {"building": building.pk, "properties": [flat.pk]}, (building, "", [])),
        ("staircase", {"building": building.pk, "staircase": " 1 "}, (building, "1", [])),
        ("premises", {"building": building.pk, "properties": [flat.pk]}, (building, "", [flat])),
    ):
        response = staff.post(ADD, told(company_a, audience=audience, **fields))
        assert response.status_code == 302, errors_of(response)
        row = Announcement.objects.latest("pk")
        assert (row.building, row.staircase, list(row.properties.all())) == kept
        assert row.published_at is None


def test_an_announcement_for_nobody_is_refused(
    staff: Client, company_a: ManagingCompany, company_b: ManagingCompany, building: Building, flat: Property
) -> None:
    other = PropertyFactory(building=BuildingFactory(managing_company=company_a))
    foreign = PropertyFactory(building=BuildingFactory(managing_company=company_b))
    for fields, wrong in (
        ({"audience": "building"}, "building"),
        ({"audience": "building", "building": foreign.building.pk}, "building"),
        ({"audience": "staircase", "building": building.pk, "staircase": "7"}, "staircase"),
        ({"audience": "staircase", "building": building.pk, "staircase": "7" * 21}, "staircase"),
        ({"audience": "premises", "building": building.pk}, "properties"),
        ({"audience": "premises", "building": building.pk, "properties": [other.pk]}, "properties"),
        ({"audience": "premises", "building": building.pk, "properties": [foreign.pk]}, "properties"),
        ({"audience": "premises", "building": building.pk, "properties": ["x"]}, "properties"),
        ({"audience": "company", "managing_company": company_b.pk}, "managing_company"),
        ({"audience": "company", "is_important": "on"}, "__all__"),
    ):
        assert wrong in errors_of(staff.post(ADD, {**told(company_a), **fields})), fields
    assert Announcement.objects.count() == 0


def test_it_is_said_whom_it_reaches(
    staff: Client, building: Building, holder: User, guest: User, former_holder: User
) -> None:
    row = AnnouncementFactory(building=building, published_at=None)
    body = staff.get(f"/admin/noticeboard/announcement/{row.pk}/change/").content.decode()
    assert "2 patalpos, 2 žmonės" in body


def press(staff: Client, model: str, action: str, row: Any) -> None:
    data = {"action": action, "_selected_action": row.pk, "index": "0"}
    assert staff.post(f"/admin/noticeboard/{model}/", data).status_code == 302
    row.refresh_from_db()


def test_a_draft_is_published_and_its_letters_stopped(
    staff: Client, building: Building, holder: User
) -> None:
    row = AnnouncementFactory(building=building, published_at=None, sends_letters=True)
    press(staff, "announcement", "publish", row)
    assert row.published_at <= timezone.now()
    assert Announcement.objects.visible_to(holder, at=timezone.now()).get() == row
    press(staff, "announcement", "stop_letters", row)
    assert row.stopped_at is not None
    assert Letter.objects.count() == 0


def test_letters_stopped_while_somebody_saves_stay_stopped(
    staff: Client, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = AnnouncementFactory(building=building, sends_letters=True)
    clean = AnnouncementForm.clean

    def stopped_meanwhile(form: AnnouncementForm) -> Any:
        announcing.stop(announcement=row, at=timezone.now())
        return clean(form)

    monkeypatch.setattr(AnnouncementForm, "clean", stopped_meanwhile)
    form = {"audience": "building", "building": building.pk, "title": "Kita", "text": "x", **NO_ROWS}
    assert staff.post(f"/admin/noticeboard/announcement/{row.pk}/change/", form).status_code == 302
    row.refresh_from_db()
    assert (row.title, row.stopped_at is not None) == ("Kita", True)


def test_staff_of_another_company_press_nothing(
    staff_b: User, client_for: Callable[[User], Client], building: Building
) -> None:
    row = AnnouncementFactory(building=building, published_at=None)
    press(client_for(staff_b), "announcement", "publish", row)
    assert row.published_at is None


def attached(name: str, content: bytes, kind: str) -> dict[str, Any]:
    return {
        "attachments-TOTAL_FORMS": "1",
        "attachments-INITIAL_FORMS": "0",
        "attachments-0-kind": kind,
        "attachments-0-upload": SimpleUploadedFile(name, content),
    }


def photo_with_a_place() -> bytes:
    """Return a photo that says where it was taken."""
    out, image = BytesIO(), Image.new("RGB", (4, 4), "red")
    exif = image.getexif()
    exif[0x8825] = {1: "N", 2: (55.0, 42.0, 0.0)}
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_what_is_attached_is_what_it_is(staff: Client, building: Building) -> None:
    work = WorkFactory(building=building, published_at=timezone.now())
    address = f"/admin/noticeboard/work/{work.pk}/change/"
    form = {"title": work.title, "kind": "other", "state": "done", "cost": "12,40"}
    form |= {"published_at_0": "2026-10-01", "published_at_1": "09:00"}
    for name, content, kind in (
        ("puslapis.jpg", b"<html><script>alert(1)</script></html>", "before"),
        ("puslapis.pdf", b"<html></html>", "document"),
        ("aktas.pdf", b"%PDF-1.7", "after"),
    ):
        response = staff.post(address, {**form, **attached(name, content, kind)})
        assert response.status_code == 200, name
    assert Attachment.objects.count() == 0
    assert (
        staff.post(address, {**form, **attached("a.png", photo_with_a_place(), "before")}).status_code == 302
    )
    row = Attachment.objects.get()
    assert (row.kind, row.content_type, row.name) == ("before", "image/jpeg", "a.jpg")
    with Image.open(row.file) as kept:
        assert not kept.getexif()
    work.refresh_from_db()
    assert str(work.cost) == "12.40"
    # What was published says something else since.
    assert work.changed_at is not None


def test_the_cost_is_a_number(staff: Client, building: Building) -> None:
    work = WorkFactory(building=building)
    form = {"title": "x", "kind": "other", "state": "planned", **NO_ROWS}
    for typed in ("1e5", "NaN", "-1", "1_000", "0,001", "abc", "\u0663", "9" * 12):
        response = staff.post(f"/admin/noticeboard/work/{work.pk}/change/", {**form, "cost": typed})
        assert errors_of(response) & {"cost", "__all__"}, typed
    assert Work.objects.get().cost is None


def test_a_day_is_of_our_times(staff: Client, company_a: ManagingCompany, building: Building) -> None:
    for year in ("0001", "0026", "2200", "9999"):
        typed = {"published_at_0": f"{year}-01-01", "published_at_1": "00:00"}
        answer = staff.post(ADD, told(company_a, audience="company", **typed))
        assert "published_at" in errors_of(answer), year
        work = {"building": building.pk, "title": "x", "kind": "other", "state": "done", **NO_ROWS}
        answer = staff.post("/admin/noticeboard/work/add/", {**work, "starts_on": f"{year}-12-31"})
        assert "starts_on" in errors_of(answer), year
    assert not Announcement.objects.exists()
    assert not Work.objects.exists()


def test_a_paper_is_added_to_one_s_own_building(
    staff: Client, building: Building, company_b: ManagingCompany
) -> None:
    address = "/admin/noticeboard/buildingfile/add/"
    form = {"kind": "minutes", "year": "2026", "title": "Protokolas", "building": building.pk}
    assert "upload" in errors_of(staff.post(address, form))
    foreign = BuildingFactory(managing_company=company_b).pk
    paper = SimpleUploadedFile("../../p\u0105.pdf", b"%PDF-1.7")
    assert "building" in errors_of(staff.post(address, {**form, "building": foreign, "upload": paper}))
    photo = SimpleUploadedFile("nuotrauka.exe", tiny_photo())
    assert staff.post(address, {**form, "upload": photo}).status_code == 302
    row = BuildingFile.objects.get()
    assert (row.name, row.content_type, row.added_on) == ("nuotrauka.jpg", "image/jpeg", timezone.localdate())
    assert row.managing_company == building.managing_company


def test_files_leave_with_what_they_are_of(
    as_superuser: Client, building: Building, django_capture_on_commit_callbacks: Any
) -> None:
    work, paper = WorkFactory(building=building), BuildingFileFactory(building=building)
    rows: list[Any] = [
        AttachmentFactory(work=work),
        AttachmentFactory(announcement=AnnouncementFactory()),
        paper,
    ]
    for model, row in (("work", work), ("announcement", rows[1].announcement), ("buildingfile", paper)):
        data = {"action": "delete_selected", "_selected_action": row.pk, "index": "0", "post": "yes"}
        with django_capture_on_commit_callbacks(execute=True):
            assert as_superuser.post(f"/admin/noticeboard/{model}/", data).status_code == 302
    assert [row.file.storage.exists(row.file.name) for row in rows] == [False] * 3
    assert not Attachment.objects.exists()
    assert not BuildingFile.objects.exists()


def test_a_file_leaves_with_its_row(
    staff: Client, building: Building, django_capture_on_commit_callbacks: Any
) -> None:
    work = WorkFactory(building=building)
    kept, replaced = (AttachmentFactory(work=work, title=title) for title in ("Aktas", "Planas"))
    names, storage = [kept.file.name, replaced.file.name], kept.file.storage
    form = {"title": "x", "kind": "other", "state": "planned", "attachments-TOTAL_FORMS": "2"}
    form |= {"attachments-INITIAL_FORMS": "2", "attachments-0-DELETE": "on"}
    for number, row in enumerate((kept, replaced)):
        form |= {f"attachments-{number}-id": row.pk, f"attachments-{number}-kind": "document"}
    another = SimpleUploadedFile("kitas.pdf", b"%PDF-1.7 kitas")
    address = f"/admin/noticeboard/work/{work.pk}/change/"
    # What is refused takes nothing away.
    with django_capture_on_commit_callbacks(execute=True):
        assert staff.post(address, {**form, "title": "", "attachments-1-upload": another}).status_code == 200
    assert [storage.exists(name) for name in names] == [True, True]
    another.seek(0)
    with django_capture_on_commit_callbacks(execute=True):
        assert staff.post(address, {**form, "attachments-1-upload": another}).status_code == 302
    assert [storage.exists(name) for name in names] == [False, False]
    with Attachment.objects.get().file.open() as file:
        assert file.read() == b"%PDF-1.7 kitas"
