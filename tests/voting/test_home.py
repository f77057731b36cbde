"""Voting's card on the main window: one query, and what waits."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from properties.models import PaymentBook, Property
from properties.objects import objects_of
from tests.factories import AccessFactory
from voting import electorate, home
from voting.models import Ballot, Elector, Vote

Cast = Callable[..., Ballot]
Says = Callable[[str], dict[str, str]]


def card(person: User, at: datetime) -> Any:
    return home.card(objects=objects_of(user=person, at=at), at=at)


def test_a_vote_waits_until_it_is_cast(
    vote: Vote, elector: Elector, holder: User, guest: User, cast: Cast, says: Says, now: datetime
) -> None:
    found = card(holder, now)
    assert (found.title, found.is_awaited, found.to_vote, found.voted, found.total) == (
        "Laiptinės remontas",
        True,
        1,
        0,
        4,
    )
    assert found.url == f"/votes/{vote.pk}"
    assert found.tag.text == "Laukia Jūsų balso"
    assert found.words.startswith("Balsavo 0 iš 4 butų. Balsuokite iki ")
    of_guest = card(guest, now)
    assert (of_guest.is_awaited, of_guest.to_vote, of_guest.tag.text) == (False, 0, "Balsuoja savininkai")
    cast(elector, says("for"), holder)
    later = card(holder, now + timedelta(hours=2))
    assert (later.is_awaited, later.to_vote, later.voted, later.tag.text) == (False, 0, 1, "Jūs balsavote")
    assert card(holder, vote.closes_at) is None


def test_a_vote_waits_while_one_of_several_premises_is_silent(
    draft: Vote, neighbours: list[PaymentBook], holder: User, cast: Cast, says: Says, now: datetime
) -> None:
    AccessFactory(person=holder, payment_book=neighbours[1])
    electorate.open_vote(vote=draft, at=now)
    first, second = draft.electors.filter(books__in=neighbours[:2])
    cast(first, says("for"), holder)
    assert card(holder, now).is_awaited
    cast(second, says("for"), holder)
    assert not card(holder, now).is_awaited


def test_the_card_is_of_the_first_to_end_of_those_that_wait(
    make_vote: Callable[..., Vote],
    neighbours: list[PaymentBook],
    flat: Property,
    holder: User,
    cast: Cast,
    now: datetime,
) -> None:
    votes = [make_vote(title=str(days), closes_at=now + timedelta(days=days)) for days in (14, 2, 9)]
    for vote in votes:
        electorate.open_vote(vote=vote, at=now)
    last, first, second = votes
    for vote, waiting in ((first, 3), (second, 2), (last, 1)):
        found = card(holder, now)
        assert (found.title, found.to_vote, found.is_awaited, found.voted) == (vote.title, waiting, True, 0)
        assert (found.url, found.others) == (f"/votes/{vote.pk}", "Vyksta dar 2 balsavimai")
        question = vote.questions.get()
        cast(vote.electors.get(premises=flat), {str(question.pk): "for"}, holder)
    found = card(holder, now)
    assert (found.title, found.to_vote, found.is_awaited, found.voted) == (first.title, 0, False, 1)
    assert found.tag.text == "Jūs balsavote"


def test_there_is_no_card_for_strangers_and_drafts(
    draft: Vote, holder: User, stranger: User, newcomer: User, now: datetime
) -> None:
    assert card(holder, now) is None
    electorate.open_vote(vote=draft, at=now)
    assert card(holder, now) is not None
    assert card(stranger, now) is None
    assert card(newcomer, now) is None


def test_the_card_asks_once(
    vote: Vote, holder: User, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    objects = objects_of(user=holder, at=now)
    with django_assert_num_queries(1):
        home.card(objects=objects, at=now)
    with django_assert_num_queries(0):
        home.card(objects=[], at=now)
