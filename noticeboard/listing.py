"""The list of announcements and works, and the papers of a building."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, When
from django.urls import reverse
from django.utils import timezone

from lithuanian.dates import month_heading
from properties.capabilities import Capability
from properties.models import BookPremises, Building, PaymentBook
from properties.objects import OwnObject

from .items import Item, announcement_item, files_of, seen_by, work_item
from .models import Announcement, BuildingFile, Work

PAGE = 20
# Works to come, of all buildings of a person; a company with a hundred flats sees the nearest ones.
MOST_AHEAD = 30
# Of a company with objects all over the town the rest is found on the pages of its objects.
MOST_BUILDINGS = 6
# A building has a few papers a year.
MOST_FILES = 500

EVERYTHING, PLANNED, DONE, ANNOUNCEMENTS = "", "planned", "done", "announcements"


class Place(NamedTuple):
    """Where a page ended: the next one starts below it, whatever was added meanwhile."""

    day: date
    is_announcement: bool
    pk: int

    def __str__(self) -> str:
        return f"{self.day.isoformat()}_{'a' if self.is_announcement else 'w'}_{self.pk}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the list is narrowed to, and where it begins."""

    show: str = EVERYTHING
    before: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What happened in one month, the newest first."""

    heading: str
    items: list[Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the list: what is to come, on the first one, and what has been."""

    ahead: list[Item]
    months: list[Month]
    next: Place | None
    is_first: bool

    @property
    def items(self) -> list[Item]:
        """Return all that is shown."""
        return [*self.ahead, *(item for month in self.months for item in month.items)]


def page_of(*, user: Any, objects: list[OwnObject], wanted: Wanted, at: datetime) -> Page:
    """Return a page of what concerns this person, in at most two queries."""
    if not objects:
        return Page(ahead=[], months=[], next=None, is_first=True)
    today = timezone.localdate(at)
    # Let through the gate already: they are this person's objects.
    theirs = PaymentBook.objects.filter(pk__in=[own.book.pk for own in objects])
    works = [] if wanted.show == ANNOUNCEMENTS else _works(user, theirs, wanted, at)
    past = sorted(
        [
            *(work_item(row, at=at, today=today) for row in works if not row.is_ahead),
            *_announcements(user, theirs, objects, wanted, at),
        ],
        key=lambda item: item.key,
        reverse=True,
    )
    ahead = [row for row in works if row.is_ahead]
    shown = past[:PAGE]
    return Page(
        ahead=[work_item(row, at=at, today=today) for row in sorted(ahead, key=_soonest)],
        months=[
            Month(heading=month_heading(date(year, month, 1)), items=list(items))
            for (year, month), items in groupby(shown, key=lambda item: (item.day.year, item.day.month))
        ],
        next=Place(*shown[-1].key) if len(past) > PAGE else None,
        is_first=wanted.before is None,
    )


def _soonest(work: Work) -> tuple[bool, date | None, int]:
    """Return the place among what is to come; what has no day yet stands last."""
    return work.starts_on is None, work.starts_on or work.day, work.pk


def _works(user: Any, books: QuerySet[PaymentBook], wanted: Wanted, at: datetime) -> list[Any]:
    rows = with_all(Work.objects.reaching(books=books, at=at), user=user).annotate(is_ahead=is_ahead(at=at))
    if wanted.show == DONE:
        rows = rows.filter(state=Work.State.DONE)
    if wanted.show == PLANNED:
        rows = rows.filter(is_ahead=True)
    if wanted.before:
        day, is_announcement, pk = wanted.before
        of_the_day = Q(day=day) if is_announcement else Q(day=day, pk__lt=pk)
        rows = rows.filter(Q(day__lt=day) | of_the_day, is_ahead=False)
    return list(rows.order_by("-is_ahead", "-day", "-pk")[: MOST_AHEAD + PAGE + 1])


def _announcements(
    user: Any, books: QuerySet[PaymentBook], objects: list[OwnObject], wanted: Wanted, at: datetime
) -> list[Item]:
    if wanted.show in {PLANNED, DONE}:
        return []
    rows = with_all(Announcement.objects.reaching(books=books, at=at), user=user)
    if wanted.before:
        day, is_announcement, pk = wanted.before
        of_the_day = Q(day=day, pk__lt=pk) if is_announcement else Q(pk__in=[])
        rows = rows.filter(Q(day__lt=day) | of_the_day)
    is_of_one_company = len({own.book.managing_company_id for own in objects}) == 1
    today = timezone.localdate(at)
    return [
        announcement_item(row, at=at, today=today, is_of_one_company=is_of_one_company)
        for row in rows.order_by("-day", "-pk")[: PAGE + 1]
    ]


def is_ahead(*, at: datetime) -> Case:
    """Return an annotation: whether a work is still to come or goes on."""
    coming = Work.objects.is_ahead(on=timezone.localdate(at))
    return Case(When(coming, then=True), default=False, output_field=BooleanField())


Rows = TypeVar("Rows", bound=QuerySet[Any, Any])


def with_all(rows: Rows, *, user: Any) -> Rows:
    """Fetch at once what an item shows: its place, its files, and whether this person was shown it."""
    thing = "work" if rows.model is Work else "announcement"
    return rows.select_related("building", "managing_company").annotate(
        is_seen=seen_by(user, thing=thing), shown_files=files_of(thing)
    )


# ── Papers of a building ────────────────────────────────────────────────────────────────────────


def buildings_of(*, user: Any, at: datetime) -> QuerySet[Building]:
    """Return the buildings where this person has an object."""
    books = PaymentBook.objects.visible_to(user, Capability.SEE_OBJECT, at=at)
    places = BookPremises.objects.filter(payment_book__in=books, property__building=OuterRef("pk"))
    return Building.objects.filter(Exists(places))


def papers_of(*, objects: list[OwnObject]) -> list[tuple[str, str]]:
    """Return where the papers of a person's buildings are: address of the building and of the page."""
    buildings = {place.building_id: place.building for own in objects for place in own.premises}
    return [
        (f"{building.street} {building.house}", reverse("noticeboard:building_files", args=[pk]))
        for pk, building in list(buildings.items())[:MOST_BUILDINGS]
    ]


def files_of_building(*, user: Any, building: Building, at: datetime) -> list[BuildingFile]:
    """Return the papers of a building that this person may see, the newest first."""
    rows = BuildingFile.objects.visible_to(user, at=at).filter(building=building)
    return list(rows.order_by("-year", "-pk")[:MOST_FILES])
