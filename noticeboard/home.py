"""The noticeboard's part of the main window: what is important, what comes, what was told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Case, F, Func, JSONField, Q, QuerySet, When
from django.db.models.functions import JSONObject
from django.utils import timezone

from properties.models import Building, PaymentBook
from properties.objects import OwnObject
from properties.prepared import Prepared

from .items import Item, announcement_item, seen_by, unseen, work_item
from .models import STAYS_NEW, Announcement, Work
from .of_object import made, work_of, works_as_json
from .wording import Tag, when_words

# Of each sort on the main window; so many banners at most stand above all.
SHOWN = MOST_BANNERS = 3
# Of each sort; nobody counts further what is new.
_READ = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """One important thing on top of the main window: „Nebus karšto vandens – rytoj 9–16 val.“"""

    title: str
    when: str
    where: str
    icon: str
    url: str


class Line(NamedTuple):
    """A work or an announcement in a word; the same for everybody whom it concerns, so it is drawn once."""

    url: str
    title: str
    when: str
    mark: Tag | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the main window says of the building."""

    banners: list[Banner]
    works: list[Line]
    announcements: list[Line]
    # Of the last month, for the mark in the navigation.
    unread: int


def card(*, user: Any, objects: list[OwnObject], at: datetime) -> Card:
    """Return the card of a person with objects, in one query."""
    today = timezone.localdate(at)
    books = sorted(own.book.pk for own in objects)
    ((known, told),) = _CARD.rows(user=user, books=books, at=at)
    ahead = [row for row in known if row["is_ahead"]]
    is_of_one_company = len({own.book.managing_company_id for own in objects}) == 1
    works = {
        row["id"]: work_item(_seen(work_of(row, says_where=row["is_on_home"]), row), at=at, today=today)
        for row in _needed(ahead, key=_soonest)
    }
    announcements = {
        row["id"]: announcement_item(
            _announcement(row, objects), at=at, today=today, is_of_one_company=is_of_one_company
        )
        for row in _needed(told, key=_newest)
    }
    important = [item for item in (*works.values(), *announcements.values()) if item.is_on_home]
    return Card(
        banners=[_banner(item, today) for item in important[:MOST_BANNERS]],
        works=[_line(works[row["id"]]) for row in sorted(ahead, key=_soonest)[:SHOWN]],
        announcements=[_line(announcements[row["id"]]) for row in sorted(told, key=_newest)[:SHOWN]],
        unread=sum(row["is_unread"] for row in (*known, *told)),
    )


def _line(item: Item) -> Line:
    return Line(item.url, item.title, item.when, item.mark)


def _soonest(row: dict[str, Any]) -> Any:
    """Return the place among what is to come; what has no day yet stands last."""
    return row["starts_on"] is None, row["starts_on"] or row["day"], row["id"]


def _newest(row: dict[str, Any]) -> Any:
    return -date.fromisoformat(row["day"]).toordinal(), -row["id"]


def _needed(rows: list[dict[str, Any]], *, key: Callable[[dict[str, Any]], Any]) -> list[dict[str, Any]]:
    """Return the rows that the page shows: those on top of it, and the first in their order."""
    first = {row["id"] for row in sorted(rows, key=key)[:SHOWN]}
    return [row for row in rows if row["is_on_home"] or row["id"] in first]


def _banner(item: Item, today: date) -> Banner:
    return Banner(
        title=item.title,
        when=when_words(item.thing, today=today, is_short=True) if isinstance(item.thing, Work) else "",
        where=item.where,
        icon=item.icon,
        url=item.url,
    )


# ── The query ───────────────────────────────────────────────────────────────────────────────────


def _card(*, user: Any, books: list[int], at: datetime) -> Any:
    # Let through the gate already: they are this person's objects.
    theirs = PaymentBook.objects.filter(pk__in=books)
    works = Work.objects.reaching(books=theirs, at=at)
    announcements = Announcement.objects.reaching(books=theirs, at=at)
    is_ahead = Work.objects.is_ahead(on=timezone.localdate(at))
    coming = works.filter(is_ahead | unseen(user, thing="work", at=at))
    return (
        get_user_model()
        .objects.filter(pk=user.pk)
        .values_list(
            _in_one(
                works_as_json(
                    _flagged(coming, user, thing="work", at=at)
                    .annotate(is_ahead=_flag(is_ahead))
                    .order_by("-is_on_home", "-is_ahead", "day", "pk"),
                    is_ahead=F("is_ahead"),
                    **_FLAGS,
                )[:_READ]
            ),
            _in_one(
                _as_json(
                    _flagged(announcements, user, thing="announcement", at=at).order_by(
                        "-is_on_home", "-day", "-pk"
                    )
                )[:_READ]
            ),
        )
    )


def _in_one(rows: QuerySet[Any, Any]) -> Func:
    """Return rows as one value, which is read at once and not row by row."""
    return Func(ArraySubquery(rows), function="to_jsonb", output_field=JSONField())


_CARD: Prepared[tuple[Any, ...]] = Prepared(_card)


def _flagged(rows: Any, user: Any, *, thing: str, at: datetime) -> Any:
    return rows.annotate(
        is_on_home=_flag(Q(is_important=True, important_until__gt=at)),
        is_seen=seen_by(user, thing=thing),
        is_unread=_flag(Q(is_seen=False, published_at__gt=at - STAYS_NEW)),
    )


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=True), default=False, output_field=BooleanField())


_FLAGS = {name: F(name) for name in ("is_on_home", "is_seen", "is_unread")}
_OF_ANNOUNCEMENT = ("id", "audience", "staircase", "title", "is_important", "managing_company_id")


def _as_json(rows: QuerySet[Announcement]) -> QuerySet[Any, Any]:
    return rows.values(
        row=JSONObject(
            street=F("building__street"),
            house=F("building__house"),
            day="day",
            important_until="important_until",
            published_at="published_at",
            **_FLAGS,
            **{name: F(name) for name in _OF_ANNOUNCEMENT},
        )
    )


def _announcement(row: dict[str, Any], objects: list[OwnObject]) -> Announcement:
    given = {"text": ""} | {name: row[name] for name in _OF_ANNOUNCEMENT}
    given |= {
        "day": date.fromisoformat(row["day"]),
        "published_at": datetime.fromisoformat(row["published_at"]),
        "important_until": row["important_until"] and datetime.fromisoformat(row["important_until"]),
    }
    announcement: Announcement = made(Announcement, given)
    if row["is_on_home"]:
        # Only a banner says where.
        announcement.building = (
            made(Building, {"id": None, "street": row["street"], "house": row["house"]})
            if row["street"]
            else None
        )
        announcement.managing_company = next(
            own.book.managing_company
            for own in objects
            if own.book.managing_company_id == row["managing_company_id"]
        )
    return cast("Announcement", _seen(announcement, row))


def _seen(thing: Any, row: dict[str, Any]) -> Any:
    thing.is_seen = row["is_seen"]
    return thing
