"""How a vote ends: on time, once, with what the ballots say; and how it is repeated."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from noticeboard.models import Announcement
from tests import tables
from voting import closing, electorate, presets
from voting.models import Ballot, Elector, Extension, Option, Question, Result, Vote, VoteDocument

Says = Callable[[str], dict[str, str]]
DAY = timedelta(days=1)


def code_of(act: Callable[..., Any], **kwargs: Any) -> str:
    """Return the code of a refusal, and see that nothing was written."""
    before = tables.state()
    with pytest.raises(ValidationError) as error:
        act(**kwargs)
    assert tables.state() == before
    return str(error.value.code)


@pytest.fixture
def voted(
    vote: Vote, cast: Callable[..., Ballot], owner_of: Callable[[Elector], User], says: Says
) -> Callable[..., None]:
    """Return what lets the owners of the first premises vote, each with the next answer."""

    def by_first(*answers: str) -> None:
        for elector, answer in zip(vote.electors.all(), answers, strict=False):
            cast(elector, says(answer), owner_of(elector))

    return by_first


def test_what_the_ballots_say_is_written_down_once(
    vote: Vote, question: Question, voted: Callable[..., None]
) -> None:
    voted("for", "for", "for", "against")
    assert closing.close(vote=vote, at=vote.closes_at) is True
    closed = Vote.objects.get()
    assert (closed.state, closed.voted_count, closed.has_quorum) == ("closed", 4, True)
    result = Result.objects.get()
    assert result.question == question
    assert result.counts == {"for": 3, "against": 1, "abstain": 0, "blank": 0}
    assert result.outcome == "adopted"
    before = tables.state()
    assert closing.close(vote=vote, at=vote.closes_at + DAY) is True
    assert tables.state() == before


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (("for", "for"), "no_quorum"),
        (("for", "for", "abstain"), "rejected"),
        (("for", "for", "against", "against"), "rejected"),
        (("for", "for", "for"), "adopted"),
        ((), "no_quorum"),
    ],
)
def test_more_than_half_of_four(
    answers: tuple[str, ...], outcome: str, vote: Vote, voted: Callable[..., None]
) -> None:
    voted(*answers)
    closing.close(vote=vote, at=vote.closes_at)
    assert Result.objects.get().outcome == outcome


def test_a_choice_names_the_option(
    draft: Vote, colours: Question, now: datetime, cast: Callable[..., Ballot], owner_of: Any, says: Says
) -> None:
    electorate.open_vote(vote=draft, at=now)
    _grey, green = colours.options.all()
    for elector in draft.electors.all()[:3]:
        cast(elector, {**says("for"), str(colours.pk): str(green.pk)}, owner_of(elector))
    closing.close(vote=draft, at=draft.closes_at)
    assert colours.result.chosen == green


def test_nothing_is_counted_before_the_end(vote: Vote, voted: Callable[..., None]) -> None:
    voted("for", "for", "for")
    assert closing.close(vote=vote, at=vote.closes_at - timedelta(microseconds=1)) is False
    assert closing.turn(at=vote.closes_at) == 0
    assert Vote.objects.get().state == "open"
    assert not Result.objects.exists()
    assert closing.turn(at=vote.closes_at + closing.GRACE) == 1
    assert Vote.objects.get().state == "closed"


def test_days_for_paper_ballots_are_waited_for(
    make_vote: Callable[..., Vote], neighbours: object, now: datetime
) -> None:
    vote = make_vote(paper_days=3)
    electorate.open_vote(vote=vote, at=now)
    assert closing.turn(at=vote.closes_at + DAY) == 0
    assert Vote.objects.get().state == "counting"
    assert closing.turn(at=vote.closes_at + 3 * DAY) == 1
    assert Vote.objects.get().state == "closed"


def test_the_result_is_announced(vote: Vote, voted: Callable[..., None], holder: User) -> None:
    voted("for", "for", "for")
    closing.close(vote=vote, at=vote.closes_at)
    announced = Announcement.objects.visible_to(holder, at=vote.closes_at).latest("pk")
    assert announced.title == "Balsavimo rezultatas: Laiptinės remontas"
    assert "Ar pritariate laiptinės remontui? – Pritarta" in announced.text


# ── Longer ──────────────────────────────────────────────────────────────────────────────────────


def test_a_vote_is_made_longer_with_a_reason(vote: Vote, staff_a: User, now: datetime) -> None:
    first = vote.closes_at
    later = first + 7 * DAY
    how: dict[str, Any] = {"vote": vote, "by": staff_a, "at": now + DAY, "reason": "Trūksta kvorumo"}
    assert code_of(closing.extend, closes_at=first, **how) == "not_later"
    assert code_of(closing.extend, closes_at=first - DAY, **how) == "not_later"
    in_ten_years = later.replace(year=later.year + 10, day=1)
    assert code_of(closing.extend, closes_at=in_ten_years, **how) == "lasts_too_long"
    assert code_of(closing.extend, closes_at=later, **{**how, "reason": " "}) == "reason_missing"
    assert code_of(closing.extend, closes_at=later, **{**how, "at": first}) == "closed"
    closing.extend(closes_at=later, **how)
    assert Vote.objects.get().closes_at == later
    extension = Extension.objects.values_list("closes_before", "closes_after", "reason", "by_name").get()
    assert extension == (first, later, "Trūksta kvorumo", "Asta A")
    announced = Announcement.objects.latest("pk")
    assert announced.title == "Balsavimas pratęstas: Laiptinės remontas"
    assert "Balsavimas vyksta iki" in announced.text
    assert "Priežastis: Trūksta kvorumo" in announced.text


def test_what_is_not_open_is_not_made_longer(draft: Vote, staff_a: User, now: datetime) -> None:
    later = {"closes_at": draft.closes_at + DAY, "reason": "Dar", "by": staff_a, "at": now}
    assert code_of(closing.extend, vote=draft, **later) == "not_open"


def test_a_vote_is_given_up_before_it_opens_alone(draft: Vote, make_vote: Any, now: datetime) -> None:
    other = make_vote()
    closing.cancel(vote=other)
    assert other.state == "cancelled"
    electorate.open_vote(vote=draft, at=now)
    assert code_of(closing.cancel, vote=draft) == "already_open"


# ── Once more ───────────────────────────────────────────────────────────────────────────────────


def test_a_vote_without_quorum_is_repeated_with_the_lower_threshold(
    draft: Vote, colours: Question, staff_a: User, now: datetime, cast: Any, owner_of: Any, says: Says
) -> None:
    option = colours.options.first()
    VoteDocument.objects.create(vote=draft, option=option, file="voting/a.pdf", name="Spalva.pdf", size=3)
    electorate.open_vote(vote=draft, at=now)
    again = now + 20 * DAY
    how: dict[str, Any] = {"vote": draft, "opens_at": again, "closes_at": again + 14 * DAY, "by": staff_a}
    assert code_of(closing.repeat, **how) == "not_closed"
    closing.close(vote=draft, at=draft.closes_at)
    second = closing.repeat(**how)
    assert (second.state, second.repeat_of, second.title) == ("draft", draft, draft.title)
    assert presets.preset_of(second) == presets.REPEAT
    assert list(second.questions.values_list("text", "kind")) == list(
        draft.questions.values_list("text", "kind")
    )
    assert list(Option.objects.filter(question__vote=second).values_list("text", flat=True)) == [
        "Pilka",
        "Žalia",
    ]
    document = second.documents.get()
    assert (document.file.name, document.option) == (
        "voting/a.pdf",
        Option.objects.get(question__vote=second, text="Pilka"),
    )
    assert code_of(closing.repeat, **how) == "repeated_already"
    # One of four is a quarter.
    electorate.open_vote(vote=second, at=again)
    elector = second.electors.first()
    asked = second.questions.earliest("position")
    answers = {str(question.pk): "abstain" for question in second.questions.all()}
    cast(elector, {**answers, str(asked.pk): "for"}, owner_of(elector), at=again)
    closing.close(vote=second, at=second.closes_at)
    assert asked.result.outcome == "adopted"


def test_what_took_place_is_not_repeated(vote: Vote, voted: Any, staff_a: User) -> None:
    voted("against", "against", "against")
    closing.close(vote=vote, at=vote.closes_at)
    later = vote.closes_at + DAY
    how = {"vote": vote, "opens_at": later, "closes_at": later + DAY, "by": staff_a}
    assert code_of(closing.repeat, **how) == "had_quorum"
