"""One vote when several act on it at the same moment, each on a connection of their own.

However they cross, premises have one ballot, its history ends with what stands, what is counted is what was
cast, and ballots that differ are a conflict. Each race has its control: without its lock it goes wrong.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import User
from files.documents import Document
from properties.models import PaymentBook
from tests.drills.test_sharing import control, in_turn, person, race, told
from tests.estate import tiny_photo
from tests.factories import AccessFactory, BookFactory
from voting import ballots, closing, electorate, paper
from voting.models import Ballot, BallotChange, Conflict, Elector, Question, Result, Vote, VoteQuerySet

ROUNDS = 100 if os.environ.get("DRILL") else 10
pytestmark = pytest.mark.django_db(transaction=True)
# Seconds by which the count begins later than the ballot, from round to round.
_later = cycle([0, 0.005, 0.01, 0.02, 0.04, 0.08])
SCAN = Document(name="b.jpg", content_type="image/jpeg", content=tiny_photo())


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def prepared(*, lasts: timedelta = timedelta(days=14)) -> tuple[Vote, PaymentBook, datetime]:
    book: PaymentBook = BookFactory()
    now = timezone.now()
    building = book.premises.get().building
    vote = Vote.objects.create(building=building, title="Lenktynės", opens_at=now, closes_at=now + lasts)
    Question.objects.create(vote=vote, text="Ar pritariate?")
    return vote, book, now


def opened() -> tuple[Elector, User, User, datetime]:
    """Return premises that vote, with two co-owners."""
    vote, book, now = prepared()
    electorate.open_vote(vote=vote, at=now)
    first, second = (AccessFactory(payment_book=book, person=person()).person for _ in range(2))
    return vote.electors.get(), first, second, now


def says(elector: Elector, answer: str) -> dict[str, str]:
    return {str(elector.vote.questions.get().pk): answer}


def safe(job: Callable[[], Any]) -> Callable[[], Any]:
    """Name what the database had to refuse because the rule did not: people would see an error."""

    def do() -> Any:
        try:
            return job()
        except IntegrityError as error:
            return f"refused by the database: {error}"

    return do


def pressed(elector: Elector, answer: str, by: User, at: datetime) -> Callable[[], Any]:
    answers = says(elector, answer)
    return safe(lambda: ballots.cast(elector=elector, answers=answers, by=by, at=at) and "cast")


def refusals(answers: list[Any]) -> list[str]:
    return [one for one in answers if "database" in str(one) or "deadlock" in str(one) or "error" in str(one)]


def two_co_owners(is_turned: bool) -> tuple[str, list[str]]:
    elector, first, second, now = opened()
    jobs = [pressed(elector, "for", first, now), pressed(elector, "against", second, now)]
    answers = in_turn(*jobs, is_turned=is_turned)
    wrong = refusals(answers)
    found = list(Ballot.objects.filter(elector=elector))
    changes = list(BallotChange.objects.filter(ballot__elector=elector).order_by("pk"))
    if len(found) != 1 or len(changes) != 2:
        wrong.append(f"{len(found)} ballots with {len(changes)} changes")
    elif (found[0].answers, found[0].receipt) != (changes[-1].answers, changes[-1].receipt):
        wrong.append("what stands is not the last change")
    return f"last {changes[-1].answers if changes else 'nothing'}"[:4], wrong


def the_same_press_twice(is_turned: bool) -> tuple[str, list[str]]:
    elector, first, _second, now = opened()
    job = pressed(elector, "for", first, now)
    wrong = refusals(in_turn(job, job, is_turned=is_turned))
    changes = BallotChange.objects.filter(ballot__elector=elector).count()
    return "one", wrong if changes == 1 else [*wrong, f"{changes} changes"]


def ballot_and_end(is_turned: bool) -> tuple[str, list[str]]:
    """A ballot that came in the last moment while the vote is counted: counted, or refused in words."""
    elector, first, _second, _now = opened()
    vote = elector.vote
    last = vote.closes_at - timedelta(microseconds=1)

    def count() -> Any:
        # Counting is the quicker of the two: without a later start no ballot would ever be first.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [next(_later)])
        return closing.close(vote=Vote.objects.get(pk=vote.pk), at=vote.closes_at)

    answers = in_turn(pressed(elector, "for", first, last), safe(count), is_turned=is_turned)
    wrong = refusals(answers)
    came = Ballot.objects.filter(elector=elector).count()
    counted = Result.objects.get(question__vote=vote).counts["for"]
    if counted != came:
        wrong.append(f"{came} ballots, {counted} counted")
    if (answers[0] == "cast") != bool(came):
        wrong.append(f"told {answers[0]}, kept {came}")
    return str(answers[0]), wrong


def paper_and_online(is_turned: bool) -> tuple[str, list[str]]:
    elector, first, second, now = opened()
    blank = says(elector, "against")
    entered = safe(
        lambda: paper.enter(
            elector=elector,
            answers=blank,
            received_on=timezone.localdate(now),
            scan=SCAN,
            by=second,
            at=now,
        )
    )
    wrong = refusals(in_turn(pressed(elector, "for", first, now), entered, is_turned=is_turned))
    found = Conflict.objects.filter(elector=elector, outcome="").count()
    return "a conflict", wrong if found == 1 else [*wrong, f"{found} conflicts noted"]


def two_openings(is_turned: bool) -> tuple[str, list[str]]:
    vote, _book, now = prepared()
    job = safe(lambda: electorate.open_vote(vote=Vote.objects.get(pk=vote.pk), at=now) or "opened")
    answers = in_turn(job, job, is_turned=is_turned)
    wrong = [] if sorted(map(str, answers)) == ["already_open", "opened"] else [str(answers)]
    return "one", wrong if vote.electors.count() == 1 else [*wrong, "the electors are not whole"]


RACES = {
    "co-owner‖co-owner": two_co_owners,
    "press‖press": the_same_press_twice,
    "ballot‖count": ballot_and_end,
    "online‖paper": paper_and_online,
    "open‖open": two_openings,
}


@pytest.mark.parametrize("name", RACES)
def test_however_they_cross(name: str) -> None:
    told(name, race(ROUNDS, RACES[name]))


@pytest.mark.parametrize("name", ["co-owner‖co-owner", "press‖press", "ballot‖count", "online‖paper"])
def test_control_without_the_lock(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ballots, "held", lambda elector: Elector.objects.get(pk=elector.pk))
    # People vote by rows of access of their own: what they lock together is the book.
    monkeypatch.setattr(ballots, "_lock_right", lambda elector, by, at: None)
    control(name, RACES[name])


def test_control_of_the_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VoteQuerySet, "select_for_update", lambda rows, **options: rows.all())
    control("open‖open", two_openings)
