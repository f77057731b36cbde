"""Paper ballots, and ballots of one premises that say different things."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from files.documents import Document, checked
from tests import tables
from tests.estate import tiny_photo
from voting import closing, conflicts, paper
from voting.models import Ballot, Conflict, Elector, PaperBallot, Vote

Says = Callable[[str], dict[str, str]]
Settled = Conflict.Settled
DAY = timedelta(days=1)


def scan(name: str = "biuletenis.pdf") -> Document:
    return checked(SimpleUploadedFile(name, b"%PDF-1.4 " + name.encode()))


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def enter(elector: Elector, staff_a: User, now: datetime) -> Callable[..., PaperBallot]:
    """Return what enters a paper ballot of Birutė's flat a day after the opening."""

    def put(answers: dict[str, str], **changed: Any) -> PaperBallot:
        usual: dict[str, Any] = {
            "elector": elector,
            "received_on": timezone.localdate(now),
            "scan": scan(),
            "at": now + DAY,
        }
        return paper.enter(answers=answers, by=staff_a, **{**usual, **changed})

    return put


Enter = Callable[..., PaperBallot]


def code_of(act: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """Return the code of a refusal, and see that nothing was written."""
    before = tables.state()
    with pytest.raises(ValidationError) as error:
        act(*args, **kwargs)
    assert tables.state() == before
    return str(error.value.code)


def test_a_paper_ballot_counts_as_one(enter: Enter, says: Says, vote: Vote, staff_a: User) -> None:
    ballot = enter(says("for"))
    assert (ballot.by, ballot.by_name, ballot.name) == (staff_a, "Asta A", "biuletenis.pdf")
    assert not Conflict.objects.exists()
    assert Vote.objects.with_turnout().get().turnout == 1
    assert closing.count(vote).results[vote.questions.get().pk].counts["for"] == 1


def test_a_question_left_empty_is_blank(enter: Enter, says: Says) -> None:
    assert enter({}).answers == says("blank")


def test_what_came_too_late_or_is_no_answer_is_refused(
    enter: Enter, says: Says, vote: Vote, elector: Elector, now: datetime
) -> None:
    opened, last = timezone.localdate(now), paper.last_day(vote)
    assert code_of(enter, says("for"), received_on=opened - DAY) == "received_too_early"
    assert (
        code_of(enter, says("for"), received_on=last + DAY, at=vote.closes_at + 2 * DAY)
        == "received_too_late"
    )
    assert code_of(enter, says("for"), received_on=opened + 2 * DAY) == "received_too_late"
    assert code_of(enter, says("perhaps")) == "unknown_answer"
    enter(says("for"), received_on=last, at=vote.closes_at + DAY)
    assert code_of(enter, says("against"), received_on=last, at=vote.closes_at + DAY) == "entered_already"


def test_a_script_is_no_scan() -> None:
    for content in (
        b"<script>alert(1)</script>",
        b"#!/bin/sh\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ):
        with pytest.raises(ValidationError) as error:
            checked(SimpleUploadedFile("biuletenis.pdf", content, content_type="application/pdf"))
        assert error.value.code == "no_document"
    assert checked(SimpleUploadedFile("b.pdf", tiny_photo())).content_type == "image/jpeg"


def test_paper_that_says_the_same_as_online_is_no_conflict(
    cast: Callable[..., Ballot], enter: Enter, says: Says, elector: Elector, holder: User, vote: Vote
) -> None:
    cast(elector, says("for"), holder)
    enter(says("for"))
    assert not Conflict.objects.exists()
    assert closing.count(vote).voted == 1


def test_paper_against_online_is_a_conflict_until_they_agree(
    cast: Callable[..., Ballot], enter: Enter, says: Says, elector: Elector, holder: User, now: datetime
) -> None:
    cast(elector, says("for"), holder)
    enter(says("against"))
    assert Conflict.objects.get().outcome == ""
    cast(elector, says("against"), holder, at=now + 2 * DAY)
    assert Conflict.objects.get().outcome == Settled.AGREED
    cast(elector, says("abstain"), holder, at=now + 3 * DAY)
    assert [conflict.outcome for conflict in Conflict.objects.all()] == [Settled.AGREED, ""]


def test_paper_against_paper_is_a_conflict_and_a_mistake_is_withdrawn(
    enter: Enter, says: Says, staff_a: User, now: datetime, vote: Vote
) -> None:
    wrong = enter(says("for"))
    enter(says("against"), scan=scan("kitas.pdf"))
    assert Conflict.objects.get().outcome == ""
    undo: dict[str, Any] = {"paper": wrong, "by": staff_a, "at": now + DAY}
    assert code_of(paper.withdraw, reason=" ", **undo) == "reason_missing"
    paper.withdraw(reason="Kito buto biuletenis", **undo)
    assert Conflict.objects.get().outcome == Settled.AGREED
    assert code_of(paper.withdraw, reason="Dar kartą", **undo) == "withdrawn_already"
    counts = closing.count(vote).results[vote.questions.get().pk].counts
    assert (counts["for"], counts["against"]) == (0, 1)


@pytest.fixture
def conflict(
    cast: Callable[..., Ballot], enter: Enter, says: Says, elector: Elector, holder: User, vote: Vote
) -> Conflict:
    """„Už“ online, „Prieš“ on paper."""
    cast(elector, says("for"), holder)
    enter(says("against"))
    return Conflict.objects.get()


def test_a_conflict_holds_back_the_results_until_it_is_settled(
    conflict: Conflict, vote: Vote, staff_a: User
) -> None:
    over = vote.closes_at + timedelta(minutes=1)
    assert closing.close(vote=vote, at=over) is False
    assert Vote.objects.get().state == "counting"
    conflicts.settle(
        conflict=conflict, outcome=Settled.ONLINE, reason="Popierinis be parašo", by=staff_a, at=over
    )
    assert closing.close(vote=vote, at=over) is True
    assert Vote.objects.get().state == "closed"


@pytest.mark.parametrize(
    ("outcome", "voted", "for_", "against"), [("online", 1, 1, 0), ("paper", 1, 0, 1), ("none", 0, 0, 0)]
)
def test_what_staff_settle_is_what_counts(
    outcome: str, voted: int, for_: int, against: int, conflict: Conflict, vote: Vote, staff_a: User
) -> None:
    over = vote.closes_at
    chosen = PaperBallot.objects.get() if outcome == "paper" else None
    conflicts.settle(
        conflict=conflict, outcome=Settled(outcome), paper=chosen, reason="Patikrinta", by=staff_a, at=over
    )
    counted = closing.count(vote)
    counts = counted.results[vote.questions.get().pk].counts
    assert (counted.voted, counts["for"], counts["against"]) == (voted, for_, against)


def test_a_conflict_is_settled_once_with_a_reason_when_the_vote_is_over(
    conflict: Conflict, vote: Vote, staff_a: User, enter: Enter, says: Says
) -> None:
    settle = conflicts.settle
    how: dict[str, Any] = {"conflict": conflict, "by": staff_a, "at": vote.closes_at, "reason": "Patikrinta"}
    early = {**how, "at": vote.closes_at - timedelta(microseconds=1)}
    assert code_of(settle, outcome=Settled.NONE, **early) == "not_over"
    assert code_of(settle, outcome=Settled.NONE, **{**how, "reason": "  "}) == "reason_missing"
    assert code_of(settle, outcome=Settled.AGREED, **how) == "no_such_ballot"
    assert code_of(settle, outcome=Settled.PAPER, **how) == "no_such_ballot"
    settle(outcome=Settled.NONE, **how)
    assert code_of(settle, outcome=Settled.ONLINE, **how) == "already_settled"
    # What nobody has judged is a new conflict.
    enter(says("abstain"), scan=scan("trecias.pdf"), at=vote.closes_at)
    assert Conflict.objects.filter(outcome="").count() == 1


def test_another_premises_paper_does_not_settle_it(
    conflict: Conflict, vote: Vote, staff_a: User, enter: Enter, says: Says, elector: Elector
) -> None:
    theirs = enter(says("for"), elector=vote.electors.exclude(pk=elector.pk).first())
    how: dict[str, Any] = {"conflict": conflict, "by": staff_a, "at": vote.closes_at, "reason": "Patikrinta"}
    assert code_of(conflicts.settle, outcome=Settled.PAPER, paper=theirs, **how) == "no_such_ballot"
