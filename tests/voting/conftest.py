"""A building of four flats whose owners vote, and a vote that is prepared for it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from properties.models import Building, ManagingCompany, PaymentBook, Property
from tests.factories import AccessFactory, BookFactory, PropertyFactory, UserFactory
from voting import ballots, electorate
from voting.models import Ballot, Elector, Option, Question, Vote


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def neighbours(building: Building, book: PaymentBook, company_a: ManagingCompany) -> list[PaymentBook]:
    """Return the books of flats 15 (Birutė's), 2, 3 and 10."""
    others = [
        BookFactory(
            managing_company=company_a,
            premises=[PropertyFactory(building=building, unit=unit, staircase="I")],
        )
        for unit in ("2", "3", "10")
    ]
    return [book, *others]


@pytest.fixture
def make_vote(building: Building, now: datetime) -> Callable[..., Vote]:
    """Return what prepares a vote with one question."""

    def make(**fields: Any) -> Vote:
        usual = {"title": "Laiptinės remontas", "opens_at": now, "closes_at": now + timedelta(days=14)}
        vote = Vote.objects.create(building=building, **{**usual, **fields})
        Question.objects.create(vote=vote, text="Ar pritariate laiptinės remontui?")
        return vote

    return make


@pytest.fixture
def draft(make_vote: Callable[..., Vote], neighbours: list[PaymentBook]) -> Vote:
    return make_vote()


@pytest.fixture
def vote(draft: Vote, now: datetime) -> Vote:
    """An open one, of four premises."""
    electorate.open_vote(vote=draft, at=now)
    return draft


@pytest.fixture
def question(draft: Vote) -> Question:
    return draft.questions.earliest("position")


@pytest.fixture
def elector(vote: Vote, flat: Property) -> Elector:
    """Birutė's flat among those that vote."""
    return vote.electors.get(premises=flat)


@pytest.fixture
def says(question: Question) -> Callable[[str], dict[str, str]]:
    """Return what makes the answers of a ballot to the one question."""
    return lambda answer: {str(question.pk): answer}


@pytest.fixture
def cast(now: datetime) -> Callable[..., Ballot]:
    """Return what casts a ballot an hour after the opening."""

    def press(elector: Elector, answers: dict[str, str], by: User, **moment: Any) -> Ballot:
        at = moment.get("at", now + timedelta(hours=1))
        return ballots.cast(elector=elector, answers=answers, by=by, at=at)

    return press


@pytest.fixture
def owner_of() -> Callable[[Elector], User]:
    """Return what links somebody to the premises."""

    def link(elector: Elector) -> User:
        person: User = UserFactory()
        AccessFactory(person=person, payment_book=elector.books.get())
        return person

    return link


@pytest.fixture
def colours(draft: Vote) -> Question:
    """A second question of the draft, a choice of two."""
    question = Question.objects.create(vote=draft, position=2, text="Kokia spalva?", kind="choice")
    for position, text in enumerate(("Pilka", "Žalia"), 1):
        Option.objects.create(question=question, position=position, text=text)
    return question
