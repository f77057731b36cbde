"""An announcement or a work as the pages show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import JSONObject
from django.urls import reverse

from .models import STAYS_NEW, Announcement, Attachment, Seen, Work
from .wording import (
    Tag,
    announcement_icon,
    announcement_tag,
    cost_words,
    day_words,
    file_words,
    icon_of,
    important_tag,
    mark_of,
    new_tag,
    sentence,
    state_tag,
    when_words,
    where_words,
)

PHOTOS = (Attachment.Kind.BEFORE, Attachment.Kind.AFTER)


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that can be opened: words and address."""

    words: str
    url: str
    kind: str

    @property
    def caption(self) -> str:
        """Return what a photo shows."""
        return str(Attachment.Kind(self.kind).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a list shows of an announcement or a work."""

    thing: Announcement | Work
    day: date
    url: str
    title: str
    text: str
    when: str
    icon: str
    tone: str
    is_new: bool
    # Important, and the moment has not come until which it is.
    is_on_home: bool
    files: tuple[Shown, ...] = ()
    # Where a person has objects of one company there is no need to say whose it is.
    is_of_one_company: bool = True

    @property
    def key(self) -> tuple[date, bool, int]:
        """Return the place in a list, the newest the greatest; of one day announcements stand before works."""
        return self.day, isinstance(self.thing, Announcement), self.thing.pk

    @property
    def tags(self) -> list[Tag]:
        """Return what it is or in what state, and whether it is new."""
        return [self._state_tag, new_tag()] if self.is_new else [self._state_tag]

    @property
    def _state_tag(self) -> Tag:
        if isinstance(self.thing, Announcement):
            return important_tag() if self.is_on_home else announcement_tag()
        is_as_planned = self.thing.state == Work.State.PLANNED
        return important_tag() if self.is_on_home and is_as_planned else state_tag(self.thing.state)

    @property
    def where(self) -> str:
        """Return which building or staircase it concerns, or that it concerns all objects."""
        return where_words(self.thing, is_of_one_company=self.is_of_one_company)

    @property
    def cost(self) -> str:
        """Return what a work costs and who pays, as far as it is known."""
        return cost_words(self.thing) if isinstance(self.thing, Work) else ""

    @property
    def mark(self) -> Tag | None:
        """Return the one tag that a short list has room for."""
        state = self.thing.state if isinstance(self.thing, Work) else None
        return mark_of(state=state, is_on_home=self.is_on_home, is_new=self.is_new)

    @property
    def papers(self) -> list[Shown]:
        """Return the documents attached to it."""
        return [file for file in self.files if file.kind not in PHOTOS]

    @property
    def photos(self) -> list[Shown]:
        """Return the photos of it, those from before the work first."""
        return [file for kind in PHOTOS for file in self.files if file.kind == kind]


def announcement_item(
    row: Announcement, *, at: datetime, today: date, is_of_one_company: bool = True
) -> Item:
    """Return an announcement that `annotated` or a card read."""
    is_important = _is_important(row, at)
    day = row.day or today
    return Item(
        thing=row,
        day=day,
        url=url_of("announcement", row.pk),
        title=row.title,
        text=row.text,
        when=sentence(day_words(day, today=today)),
        is_of_one_company=is_of_one_company,
        icon=announcement_icon(),
        tone="warn" if is_important else "info",
        is_new=_is_new(row, at),
        is_on_home=is_important,
        files=_files(row),
    )


def work_item(row: Work, *, at: datetime, today: date) -> Item:
    """Return a work that `annotated` or a card read."""
    is_important = _is_important(row, at)
    tone = "warn" if is_important else "ok" if row.state == Work.State.DONE else ""
    return Item(
        thing=row,
        day=row.day or today,
        url=url_of("work", row.pk),
        title=row.title,
        text=row.description,
        when=sentence(when_words(row, today=today)),
        icon=icon_of(row.kind),
        tone=tone,
        is_new=_is_new(row, at),
        is_on_home=is_important,
        files=_files(row),
    )


def url_of(thing: str, pk: int) -> str:
    """Return the address of an announcement, or of a work."""
    return f"{_place(thing)}{pk}"


@lru_cache
def _place(thing: str) -> str:
    """Return the address of all of them, found once: a list has hundreds."""
    return reverse(f"noticeboard:{thing}", args=[0]).removesuffix("0")


def _is_important(row: Announcement | Work, at: datetime) -> bool:
    return row.is_important and row.important_until is not None and row.important_until > at


def _is_new(row: Announcement | Work, at: datetime) -> bool:
    is_news = row.published_at is not None and row.published_at > at - STAYS_NEW
    return is_news and not getattr(row, "is_seen", True)


def _files(row: Announcement | Work) -> tuple[Shown, ...]:
    found: Iterable[dict[str, Any]] = getattr(row, "shown_files", ())
    return tuple(
        Shown(
            file_words(each["title"] or each["name"], each["content_type"], each["size"]),
            reverse("noticeboard:file", args=[each["pk"]]),
            each["kind"],
        )
        for each in found
    )


# ── What is read for it ─────────────────────────────────────────────────────────────────────────


def seen_by(user: Any, *, thing: str) -> Exists:
    """Return an annotation: whether this person was shown the announcement, or the work."""
    return Exists(Seen.objects.filter(person=user, **{thing: OuterRef("pk")}))


def unseen(user: Any, *, thing: str, at: datetime) -> Q:
    """Return the condition for what still is news to this person."""
    # In this order: of what is older nobody looks whether it was seen.
    return Q(published_at__gt=at - STAYS_NEW) & ~Q(seen_by(user, thing=thing))


def files_of(thing: str) -> ArraySubquery:
    """Return an annotation: the attachments of an announcement, or of a work."""
    rows = Attachment.objects.filter(**{thing: OuterRef("pk")}).order_by("pk")
    fields = ("pk", "kind", "title", "name", "content_type", "size")
    return ArraySubquery(rows.values(row=JSONObject(**{name: F(name) for name in fields})))
