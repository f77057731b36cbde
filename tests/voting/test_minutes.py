"""The minutes: what a neighbour who disputes the vote finds in them, and what they do not tell."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.models import User
from files.documents import Document
from tests.printing.documents import marked_as, text_of
from voting import ballots, closing, conflicts, electorate, paper, presets
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


def test_the_rule_and_the_electors_are_there_to_be_reckoned_again(disputed: Vote) -> None:
    text = " ".join(text_of(minutes_pdf(vote=disputed)).split())
    assert "Kvorumui reikia daugiau kaip pusės visų patalpų biuletenių: bent 3 iš 4." in text
    assert "Sprendimui reikia daugiau kaip pusės visų patalpų balsų: bent 3 iš 4." in text
    assert "Butas (4): 2, 3, 10, 15" in text


def test_a_repeat_vote_says_its_lower_threshold(
    make_vote: Callable[..., Vote], neighbours: object, holder: User, now: datetime, cast: Cast
) -> None:
    vote = make_vote(**presets.REPEAT.numbers)
    electorate.open_vote(vote=vote, at=now)
    own = vote.electors.votable_by(holder, at=now).get()
    cast(own, {str(vote.questions.get().pk): "for"}, holder)
    closing.close(vote=vote, at=vote.closes_at + timedelta(hours=1))
    vote.refresh_from_db()
    text = " ".join(text_of(minutes_pdf(vote=vote)).split())
    assert "Kvorumui reikia bent ketvirtadalio visų patalpų biuletenių: bent 1 iš 4." in text
    assert "Sprendimui reikia daugiau kaip pusės dalyvavusiųjų balsų: bent 1 iš 1." in text
    assert "Kartu reikia bent ketvirtadalio visų patalpų balsų: bent 1 iš 4." in text


@pytest.mark.parametrize(
    ("outcome", "is_counted", "left_out"),
    [("online", True, False), ("paper", False, False), ("none", False, True)],
)
def test_a_receipt_stands_in_the_minutes_when_its_ballot_counted(
    vote: Vote,
    elector: Elector,
    says: Says,
    cast: Cast,
    holder: User,
    staff_a: User,
    now: datetime,
    outcome: str,
    is_counted: bool,
    left_out: bool,
) -> None:
    ballot = cast(elector, says("for"), holder)
    paper_ballot = paper.enter(
        elector=elector,
        answers=says("against"),
        received_on=timezone.localdate(now),
        scan=SCAN,
        by=staff_a,
        at=now + timedelta(hours=2),
    )
    after = vote.closes_at + timedelta(hours=1)
    conflicts.settle(
        conflict=Conflict.objects.get(),
        outcome=Conflict.Settled(outcome),
        paper=paper_ballot if outcome == "paper" else None,
        reason="Patikrinta.",
        by=staff_a,
        at=after,
    )
    closing.close(vote=vote, at=after)
    vote.refresh_from_db()
    text = text_of(minutes_pdf(vote=vote))
    assert (ballots.printed(ballot.receipt) in text) == is_counted
    assert ("Neįskaityta" in text) == left_out
