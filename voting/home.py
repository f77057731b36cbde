"""Voting's part of the main window: the vote that waits for this person."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, OuterRef, When, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from properties.capabilities import Capability
from properties.models import PaymentBook, Property
from properties.objects import OwnObject
from properties.prepared import Prepared

from .models import Ballot, Elector, PaperBallot, Vote
from .page import Tag
from .wording import turnout_words, until_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the main window says of votes that are going on: the first to end of those that wait, or of all."""

    title: str
    url: str
    tag: Tag
    is_awaited: bool
    voted: int
    total: int
    turnout: str
    words: str
    # „Dar vyksta 2 balsavimai“, or nothing.
    others: str
    # How many votes wait for this person, for the navigation.
    to_vote: int


class _First(NamedTuple):
    """The vote that the card is of."""

    pk: int
    title: str
    electors: int
    # Whether nothing came yet of some of this person's premises.
    is_awaited: bool
    # What is read of this one alone: when it ends, its turnout, and whether this person votes in it.
    closes_at: datetime
    turnout: int
    may: bool
    has_other_kinds: bool


_IS_AWAITED = _First._fields.index("is_awaited")


def card(*, objects: list[OwnObject], at: datetime) -> Card | None:
    """Return the card, in one query; None where no vote is going on, or there are no objects."""
    buildings = sorted({place.building_id for own in objects for place in own.premises})
    if not buildings:
        return None
    books = sorted([own.book.id for own in objects])
    voting = sorted([own.book.id for own in objects if Capability.VOTE in own.may])
    rows = _VOTES.rows(books=books, voting=voting, buildings=buildings, at=at)
    if not rows:
        return None
    first = _First(*rows[0])
    said = turnout_words(voted=first.turnout, total=first.electors, are_flats=not first.has_other_kinds)
    others = len(rows) - 1
    return Card(
        title=first.title,
        url=f"{_place()}{first.pk}",
        tag=_tag(first),
        is_awaited=first.is_awaited,
        voted=first.turnout,
        total=first.electors,
        turnout=_("%(turnout)s have voted.") % {"turnout": said},
        words=_words(said, until_day(first.closes_at, today=timezone.localdate(at)), may=first.may),
        others=_more(others) if others else "",
        to_vote=[row[_IS_AWAITED] for row in rows].count(True),
    )


@lru_cache
def _place() -> str:
    """Return the address that all votes have in common."""
    return reverse("voting:detail", args=[0]).removesuffix("0")


def _more(others: int) -> str:
    return ngettext("%(n)d more vote is going on", "%(n)d more votes are going on", others) % {"n": others}


def _tag(row: _First) -> Tag:
    if row.is_awaited:
        return Tag("info", "vote", _("Your vote is awaited"))
    if row.may:
        return Tag("ok", "check", _("You have voted"))
    return Tag("", "vote", _("The owners vote"))


def _words(turnout: str, day: str, *, may: bool) -> str:
    words = {"turnout": turnout, "day": day}
    if may:
        return _("%(turnout)s have voted. Vote until %(day)s.") % words
    return _("%(turnout)s have voted. The vote goes on until %(day)s.") % words


def _votes(*, books: list[int], voting: list[int], buildings: list[int], at: datetime) -> Any:
    # Let through the gate already: they are this person's objects.
    theirs = PaymentBook.objects.filter(pk__in=books)
    mine = Elector.objects.of_books(voting).filter(vote=OuterRef("pk"))
    silent = mine.filter(
        ~Exists(Ballot.objects.filter(elector=OuterRef("pk"))),
        ~Exists(PaperBallot.objects.standing().filter(elector=OuterRef("pk"))),
    )
    other_kinds = Elector.objects.filter(vote=OuterRef("pk")).exclude(kind=Property.Kind.FLAT)
    order = (F("is_awaited").desc(), F("closes_at").asc(), F("pk").asc())

    def of_first(expression: Any) -> Case:
        # To count who voted is what costs most.
        return Case(When(nth=1, then=expression))

    return (
        Vote.objects.reaching(books=theirs, at=at)
        .running(at=at)
        .filter(building__in=buildings)
        .annotate(is_awaited=Exists(silent))
        .alias(nth=Window(RowNumber(), order_by=order))
        .order_by(*order)
        .values_list(
            "pk",
            "title",
            "elector_count",
            "is_awaited",
            of_first(F("closes_at")),
            of_first(Vote.objects.turnout()),
            of_first(Exists(mine)),
            of_first(Exists(other_kinds)),
        )
    )


_VOTES: Prepared[tuple[Any, ...]] = Prepared(_votes)
