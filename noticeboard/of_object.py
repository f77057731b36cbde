"""What the page of one object shows of its building: works, files, and whom to ask."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Case, F, Model, OuterRef, QuerySet, When
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import timezone

from properties.capabilities import Capability
from properties.models import Building, PaymentBook
from properties.prepared import Prepared

from .items import Item, Shown, work_item
from .listing import is_ahead
from .models import BuildingFile, Work
from .wording import file_words

MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """The person in charge of a building; what is not known is empty."""

    address: str
    name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfObject:
    """Works of the object, those to come first, the newest files of its buildings, and who is in charge."""

    works: tuple[Item, ...] = ()
    files: tuple[Shown, ...] = ()
    managers: tuple[Manager, ...] = ()
    # Where all files are, by building: address of the building and of the page.
    all_files: tuple[tuple[str, str], ...] = ()


def of_object(*, user: Any, book: PaymentBook, at: datetime) -> OfObject:
    """Return what is known of this book's buildings, in one query; nothing of a book that is not theirs."""
    rows = _OBJECT.rows(user=user, book=book.pk, at=at)
    if not rows:
        return OfObject()
    works, files, buildings = rows[0]
    today = timezone.localdate(at)
    return OfObject(
        works=tuple(work_item(work_of(row), at=at, today=today) for row in works),
        files=tuple(
            Shown(
                file_words(row["title"], row["content_type"], row["size"]),
                reverse("noticeboard:building_file", args=[row["pk"]]),
                row["kind"],
            )
            for row in files
        ),
        managers=tuple(
            Manager(address=row["address"], name=row["name"], phone=row["phone"], email=row["email"])
            for row in map(_addressed, buildings)
            if row["name"] or row["phone"] or row["email"]
        ),
        all_files=tuple(
            (row["address"], reverse("noticeboard:building_files", args=[row["pk"]]))
            for row in map(_addressed, buildings)
        ),
    )


def _addressed(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "address": f"{row['street']} {row['house']}"}


def _object(*, user: Any, book: int, at: datetime) -> Any:
    mine = PaymentBook.objects.filter(pk=book)
    works = Work.objects.reaching(books=mine, at=at).annotate(is_ahead=is_ahead(at=at))
    # What is to come by its first day, what has no day yet after it; what is over from the newest.
    soonest = Case(When(is_ahead=True, then=F("starts_on"))).asc(nulls_last=True)
    files = BuildingFile.objects.reaching(books=mine).order_by("-year", "-pk")
    buildings = Building.objects.filter(properties__payment_books=OuterRef("pk")).distinct().order_by("pk")
    fields = {name: F(name) for name in ("pk", "kind", "title", "content_type", "size")}
    manager = {name: F(f"manager_{name}") for name in ("name", "phone", "email")}
    return (
        PaymentBook.objects.visible_to(user, Capability.SEE_OBJECT, at=at)
        .filter(pk=book)
        .values_list(
            ArraySubquery(works_as_json(works.order_by("-is_ahead", soonest, "-day", "-pk")[:MOST])),
            ArraySubquery(files.values(row=JSONObject(**fields))[:MOST]),
            ArraySubquery(
                buildings.values(row=JSONObject(pk="pk", street="street", house="house", **manager))
            ),
        )
    )


_OBJECT: Prepared[tuple[Any, ...]] = Prepared(_object)


# ── A work within another row ───────────────────────────────────────────────────────────────────

_DATES, _TIMES, _MOMENTS = (
    ("day", "starts_on", "ends_on"),
    ("from_time", "until_time"),
    ("important_until", "published_at"),
)
_OF_WORK = ("id", "staircase", "title", "kind", "state", "is_important", *_DATES, *_TIMES, *_MOMENTS)


def works_as_json(works: QuerySet[Work]) -> QuerySet[Any, Any]:
    """Return each work as one value, for `work_of`."""
    fields = {name: F(name) for name in _OF_WORK}
    return works.values(row=JSONObject(street=F("building__street"), house=F("building__house"), **fields))


def work_of(row: dict[str, Any]) -> Work:
    """Return the work of a value that `works_as_json` made, without what stands in no list."""
    given = {"description": ""} | {name: row[name] for name in _OF_WORK}
    given |= {name: row[name] and date.fromisoformat(row[name]) for name in _DATES}
    given |= {name: row[name] and time.fromisoformat(row[name]) for name in _TIMES}
    given |= {name: row[name] and datetime.fromisoformat(row[name]) for name in _MOMENTS}
    work: Work = _made(Work, given)
    work.building = _made(Building, {"id": None, "street": row["street"], "house": row["house"]})
    return work


def _made(model: type[Model], given: dict[str, Any]) -> Any:
    """Return a row as the database would give it: by name Django makes one at three times the cost."""
    fields = [field.attname for field in model._meta.concrete_fields if field.attname in given]
    return model.from_db(DEFAULT_DB_ALIAS, fields, [given[name] for name in fields])
