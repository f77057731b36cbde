"""The noticeboard's part of the main window: what is important, what comes, what was told."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import starmap
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, Func, JSONField, Q, QuerySet, TextField
from django.db.models.functions import Coalesce
from django.utils import timezone

from properties.models import PaymentBook
from properties.objects import OwnObject
from properties.prepared import Prepared

from .items import unseen, url_of
from .models import Announcement, Near, Work
from .wording import (
    Tag,
    When,
    announcement_icon,
    day_words,
    everywhere_words,
    icon_of,
    mark_of,
    place_words,
    sentence,
    when_words,
)

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
    buildings = {place.building_id: place.building for own in objects for place in own.premises}
    companies = {own.book.managing_company_id: own.book.managing_company for own in objects}
    ((known, told),) = _CARD.rows(
        user=user,
        books=sorted([own.book.id for own in objects]),
        companies=sorted(companies),
        buildings=sorted(buildings),
        at=at,
    )
    # Who has no premises has no works either.
    works = [*starmap(_Work, json.loads(known or "[]"))]
    announcements = [*starmap(_Announcement, json.loads(told))]
    ahead = [row for row in works if row.is_ahead]
    important: list[_Work | _Announcement] = [row for row in ahead if row.is_on_home]
    important += [row for row in announcements if row.is_on_home]

    def where(row: _Work | _Announcement) -> str:
        if row.building is None:
            return everywhere_words("" if len(companies) == 1 else companies[row.managing_company].name)
        audience = row.audience if isinstance(row, _Announcement) else ""
        return place_words(buildings[row.building], staircase=row.staircase, audience=audience)

    return Card(
        banners=[
            Banner(
                title=row.title,
                when=row.when(today, is_short=True) if isinstance(row, _Work) else "",
                where=where(row),
                icon=row.icon,
                url=row.url,
            )
            for row in important[:MOST_BANNERS]
        ],
        works=[_line(row, today) for row in sorted(ahead)[:SHOWN]],
        announcements=[_line(row, today) for row in sorted(announcements, reverse=True)[:SHOWN]],
        unread=sum(row.is_unread for row in works) + sum(row.is_unread for row in announcements),
    )


def _line(row: "_Work | _Announcement", today: date) -> Line:
    return Line(row.url, row.title, sentence(row.when(today)), row.mark)


class _Work(NamedTuple):
    """A work as the query gives it, in the order of the list by its first fields: what has no day yet stands last."""

    is_undated: bool
    first_day: str
    id: int
    title: str
    kind: str
    state: str
    day: str
    starts_on: str | None
    ends_on: str | None
    from_time: str | None
    until_time: str | None
    building: int
    staircase: str
    is_ahead: bool
    is_on_home: bool
    is_unread: bool

    @property
    def url(self) -> str:
        return url_of("work", self.id)

    @property
    def icon(self) -> str:
        return icon_of(self.kind)

    @property
    def mark(self) -> Tag | None:
        return mark_of(state=self.state, is_on_home=self.is_on_home, is_new=self.is_unread)

    def when(self, today: date, *, is_short: bool = False) -> str:
        days = When(
            state=self.state,
            day=date.fromisoformat(self.day),
            starts_on=date.fromisoformat(self.starts_on) if self.starts_on else None,
            ends_on=date.fromisoformat(self.ends_on) if self.ends_on else None,
            from_time=time.fromisoformat(self.from_time) if self.from_time else None,
            until_time=time.fromisoformat(self.until_time) if self.until_time else None,
        )
        return when_words(days, today=today, is_short=is_short)


class _Announcement(NamedTuple):
    """An announcement as the query gives it, in the order of the list, reversed, by its first fields."""

    day: str
    id: int
    title: str
    audience: str
    building: int | None
    managing_company: int
    staircase: str
    is_on_home: bool
    is_unread: bool

    @property
    def url(self) -> str:
        return url_of("announcement", self.id)

    @property
    def icon(self) -> str:
        return announcement_icon()

    @property
    def mark(self) -> Tag | None:
        return mark_of(state=None, is_on_home=self.is_on_home, is_new=self.is_unread)

    def when(self, today: date) -> str:
        return day_words(date.fromisoformat(self.day), today=today)


# ── The query ───────────────────────────────────────────────────────────────────────────────────


def _card(*, user: Any, books: list[int], companies: list[int], buildings: list[int], at: datetime) -> Any:
    # Let through the gate already: they are this person's objects.
    theirs = PaymentBook.objects.filter(pk__in=books)
    near = Near(companies=companies, buildings=buildings)
    is_ahead = Work.objects.is_ahead(on=timezone.localdate(at))
    is_new = unseen(user, thing="work", at=at)
    works = (
        Work.objects.reaching(books=theirs, near=near, at=at)
        .filter(is_ahead | is_new)
        .annotate(
            is_undated=_flag(Q(starts_on__isnull=True)),
            first_day=Coalesce("starts_on", "day"),
            is_ahead=_flag(is_ahead),
            is_on_home=_on_home(at),
            is_unread=_flag(is_new),
        )
        .order_by("-is_on_home", "-is_ahead", "day", "pk")
    )
    announcements = (
        Announcement.objects.reaching(books=theirs, near=near, at=at)
        .annotate(is_on_home=_on_home(at), is_unread=_flag(unseen(user, thing="announcement", at=at)))
        .order_by("-is_on_home", "-day", "-pk")
    )
    person = get_user_model().objects.filter(pk=user.pk)
    return person.values_list(_in_one(works, _Work._fields), _in_one(announcements, _Announcement._fields))


_CARD: Prepared[tuple[str | None, str]] = Prepared(_card)


def _flag(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _on_home(at: datetime) -> ExpressionWrapper:
    return _flag(Q(is_important=True) & Q(important_until__gt=at))


def _in_one(rows: QuerySet[Any, Any], columns: tuple[str, ...]) -> Func:
    """Return rows as one JSON text, each an array: PostgreSQL writes it and `json.loads` reads it at once.

    JSONB, or an object for each row, costs both of them more.
    """
    arrays = rows.values_list(Func(*columns, function="json_build_array", output_field=JSONField()))
    return Func(
        ArraySubquery(arrays[:_READ]),
        template="to_json((%(expressions)s)::json[])::text",
        output_field=TextField(),
    )
