"""The minutes: what a neighbour who disputes the vote finds in them, and what they do not tell."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.models import User
from files.documents import Document
from tests.printing.documents import marked_as, text_of
from voting import closing, conflicts, electorate, paper
from voting.minutes import minutes_pdf
from voting.models import Ballot, Conflict, Elector, Vote

Cast = Callable[..., Ballot]
Says = Callable[[str], dict[str, str]]

SCAN = Document(name="Biuletenis.pdf", content_type="application/pdf", content=b"%PDF-1.4")


@pytest.fixture
def disputed(
    vote: Vote,
    elector: Elector,
    says: Says,
    cast: Cast,
    holder: User,
    staff_a: User,
    now: datetime,
    owner_of: Callable[[Elector], User],
) -> Vote:
    """A counted vote: 15 voted online and otherwise on paper, 2 online, 3 on paper, 10 not at all."""
    two, three, _ten = vote.electors.exclude(pk=elector.pk)
    later = now + timedelta(hours=2)
    received: dict[str, Any] = {
        "received_on": timezone.localdate(later),
        "scan": SCAN,
        "by": staff_a,
        "at": later,
    }
    cast(elector, says("for"), holder)
    cast(two, says("for"), owner_of(two))
    paper.enter(elector=three, answers=says("for"), **received)
    paper.enter(elector=elector, answers=says("against"), **received)
    closing.extend(
        vote=vote,
        closes_at=vote.closes_at + timedelta(days=1),
        reason="Sugedo liftas.",
        by=staff_a,
        at=later,
    )
    after = vote.closes_at + timedelta(hours=1)
    assert not closing.close(vote=vote, at=after)
    conflicts.settle(
        conflict=Conflict.objects.get(),
        outcome=Conflict.Settled.ONLINE,
        reason="Popierinį pildė ne savininkė.",
        by=staff_a,
        at=after,
    )
    closing.close(vote=vote, at=after)
    vote.refresh_from_db()
    return vote


def test_minutes_are_tagged_and_say_what_was_decided_and_how(disputed: Vote) -> None:
    pdf = minutes_pdf(vote=disputed)
    found = marked_as(pdf)
    assert (found.language, found.is_tagged, found.is_pdf_ua) == ("lt", True, True)
    assert found.title == f"Balsavimo protokolas Nr. {disputed.pk}: Laiptinės remontas"
    assert {"/H1", "/H2", "/Table", "/TH"} <= found.tags
    text = text_of(pdf).replace("\u00a0", " ")
    for words in (
        "Savininkų nuomonė – pritarta",
        "Pritarta: už – 3, prieš – 0, balsavimo teisę turi 4.",
        "3 iš 4 butų",
        "Kvorumas buvo",
        "Popieriniai biuleteniai",
        "Popierinį pildė ne savininkė.",
        "Sugedo liftas.",
        "Po vieną balsą turėjo visos patalpos",
    ):
        assert words in text, words


def test_a_poll_names_no_premises_but_those_of_papers_and_conflicts(disputed: Vote) -> None:
    text = text_of(minutes_pdf(vote=disputed))
    assert "Beržyno g. 8-15" in text  # its ballots differed
    assert "Beržyno g. 8-2" not in text
    assert "Birutė" not in text


def test_the_minutes_of_a_written_vote_name_who_took_part_and_not_how(
    make_vote: Callable[..., Vote], neighbours: object, holder: User, now: datetime, cast: Cast
) -> None:
    vote = make_vote(kind="written_vote")
    electorate.open_vote(vote=vote, at=now)
    own = vote.electors.votable_by(holder, at=now).get()
    cast(own, {str(vote.questions.get().pk): "against"}, holder)
    closing.close(vote=vote, at=vote.closes_at + timedelta(hours=1))
    vote.refresh_from_db()
    text = text_of(minutes_pdf(vote=vote)).replace("\u00a0", " ")
    assert "Balsavimas neįvyko: nebuvo kvorumo" in text
    assert "Sprendimo nėra: dalyvavo per mažai, 1 iš 4." in text
    assert "Beržyno g. 8-15" in text
    assert "Beržyno g. 8-10" not in text
    assert "Birutė" not in text


def test_minutes_are_the_same_every_time_and_complete_in_english(disputed: Vote) -> None:
    assert minutes_pdf(vote=disputed) == minutes_pdf(vote=disputed)
    with translation.override("en"):
        text = text_of(minutes_pdf(vote=disputed))
    assert "Minutes of voting" in text
    assert "Balsavimo" not in text


def test_there_are_no_minutes_before_it_is_counted(vote: Vote) -> None:
    with pytest.raises(ValueError, match="not counted"):
        minutes_pdf(vote=vote)
