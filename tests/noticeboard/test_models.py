"""What PostgreSQL refuses, whoever asks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from noticeboard.models import Announcement, Attachment, BuildingFile, Seen, Work
from properties.models import Building
from tests.factories import (
    AnnouncementFactory,
    AttachmentFactory,
    BuildingFileFactory,
    UserFactory,
    WorkFactory,
)

LATER = timezone.now() + timedelta(days=1)

REFUSED: list[tuple[str, Any, dict[str, Any]]] = [
    ("announcement_names_its_audience", Announcement, {"audience": "company"}),
    ("announcement_names_its_audience", Announcement, {"audience": "staircase"}),
    ("announcement_names_its_audience", Announcement, {"building": None}),
    ("announcement_names_its_audience", Announcement, {"staircase": "1"}),
    ("important_announcement_says_until_when", Announcement, {"is_important": True}),
    ("published_announcement_has_a_day", Announcement, {"known_on": None}),
    ("work_ends_after_it_starts", Work, {"ends_on": "2000-01-01"}),
    ("work_ends_after_it_starts", Work, {"starts_on": None, "ends_on": "2000-01-01"}),
    ("work_has_both_hours_or_none", Work, {"from_time": "09:00"}),
    ("work_has_both_hours_or_none", Work, {"from_time": "09:00", "until_time": "09:00"}),
    ("cost_of_a_work_is_not_negative", Work, {"cost": Decimal("-0.01")}),
    ("cost_of_a_work_is_not_negative", Work, {"cost": Decimal("NaN")}),
    ("important_work_says_until_when", Work, {"is_important": True}),
    ("published_work_has_a_day", Work, {"day": None}),
    ("attachment_belongs_to_one_thing", Attachment, {"work": None}),
    ("photo_is_a_picture_of_a_work", Attachment, {"kind": "before"}),
    ("year_of_a_file_is_of_our_times", BuildingFile, {"year": 1899}),
]


@pytest.mark.parametrize(("rule", "model", "fields"), REFUSED)
def test_the_database_refuses(building: Building, rule: str, model: Any, fields: dict[str, Any]) -> None:
    made: Any = {
        Announcement: lambda: AnnouncementFactory(building=building),
        Work: lambda: WorkFactory(building=building),
        Attachment: lambda: AttachmentFactory(work=WorkFactory(building=building)),
        BuildingFile: lambda: BuildingFileFactory(building=building),
    }[model]()
    # As raw as it gets: NaN is no number that Django would let through.
    if any(isinstance(value, Decimal) and value.is_nan() for value in fields.values()):
        fields = {"cost": _nan()}
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        model.objects.filter(pk=made.pk).update(**fields)


def _nan() -> Any:
    from django.db.models.expressions import RawSQL

    return RawSQL("'NaN'::numeric", [])


def test_a_thing_is_seen_once(building: Building) -> None:
    person, told = UserFactory(), AnnouncementFactory(building=building)
    work = WorkFactory(building=building)
    for rule, fields in (
        ("announcement_is_seen_once_by_a_person", {"announcement": told}),
        ("work_is_seen_once_by_a_person", {"work": work}),
    ):
        Seen.objects.create(person=person, **fields)
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            Seen.objects.create(person=person, **fields)
    with pytest.raises(IntegrityError, match="one_thing_is_seen_at_a_time"), transaction.atomic():
        Seen.objects.create(person=person)
