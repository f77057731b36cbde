"""Who votes: written down at the opening, and not changed by what happens afterwards."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from noticeboard.models import Announcement
from properties.models import Access, Building, PaymentBook, Property
from tests import tables
from tests.factories import AccessFactory, BookFactory, PropertyFactory
from voting import closing, electorate
from voting.models import Elector, Notice, Option, Question, Vote

DAY = timedelta(days=1)


def units(vote: Vote) -> list[str]:
    return [elector.unit for elector in vote.electors.all()]


def test_premises_with_an_open_owner_s_book_vote_in_the_order_of_their_numbers(vote: Vote) -> None:
    assert units(vote) == ["2", "3", "10", "15"]
    assert (vote.state, vote.elector_count) == ("open", 4)
    assert vote.place == "Beržyno g. 8, Klaipėda"
    assert vote.electors.all()[0].address == "Beržyno g. 8-2"


@pytest.mark.parametrize(
    "changed",
    [
        {"payer_role": "tenant"},
        {"closed_on": timezone.localdate() - DAY},
        {"opened_on": timezone.localdate() + DAY},
    ],
)
def test_tenants_and_books_of_another_time_do_not_vote(
    changed: dict[str, object], draft: Vote, book: PaymentBook, now: datetime
) -> None:
    PaymentBook.objects.filter(pk=book.pk).update(**changed)
    electorate.open_vote(vote=draft, at=now)
    assert units(draft) == ["2", "3", "10"]


def test_the_first_and_the_last_day_of_a_book_are_its_own(
    draft: Vote, book: PaymentBook, now: datetime
) -> None:
    today = timezone.localdate(now)
    PaymentBook.objects.filter(pk=book.pk).update(opened_on=today, closed_on=today)
    electorate.open_vote(vote=draft, at=now)
    assert units(draft) == ["2", "3", "10", "15"]


def test_a_staircase_votes_alone(make_vote: Callable[..., Vote], neighbours: object, now: datetime) -> None:
    vote = make_vote(staircase=" I ")
    electorate.open_vote(vote=vote, at=now)
    assert units(vote) == ["2", "3", "10"]
    assert vote.place == "Beržyno g. 8, Klaipėda, laiptinė I"


def test_premises_with_books_of_two_co_owners_have_one_vote(
    draft: Vote, book: PaymentBook, flat: Property, holder: User, now: datetime, cast: Callable
) -> None:
    second = BookFactory(managing_company=book.managing_company, premises=[flat])
    other = AccessFactory(payment_book=second).person
    electorate.open_vote(vote=draft, at=now)
    elector = draft.electors.get(premises=flat)
    assert set(elector.books.all()) == {book, second}
    answers = {str(draft.questions.get().pk): "for"}
    assert cast(elector, answers, holder) == cast(elector, answers, other)


def test_a_book_of_two_premises_has_two_votes(
    draft: Vote, book: PaymentBook, building: Building, holder: User, now: datetime
) -> None:
    book.premises.add(PropertyFactory(building=building, unit="15G", kind="garage"))
    electorate.open_vote(vote=draft, at=now)
    mine = Elector.objects.votable_by(holder, at=now)
    assert [elector.address for elector in mine] == ["Beržyno g. 8-15", "Garažas, Beržyno g. 8-15G"]


def test_what_happens_after_the_opening_changes_nothing(
    vote: Vote, book: PaymentBook, building: Building, now: datetime
) -> None:
    before = list(vote.electors.values())
    PaymentBook.objects.filter(pk=book.pk).update(payer_role="tenant", payer_name="Kitas Žmogus")
    Building.objects.filter(pk=building.pk).update(street="Pervadinta g.")
    BookFactory(
        managing_company=building.managing_company, premises=[PropertyFactory(building=building, unit="99")]
    )
    assert list(vote.electors.values()) == before
    assert vote.electors.get(unit="15").elector_books.get().payer_name == "Birutė Pavyzdienė"


def test_it_is_kept_how_each_premises_was_told(
    draft: Vote, holder: User, co_holder: User, guest: User, staff_a: User, now: datetime
) -> None:
    electorate.open_vote(vote=draft, at=now)
    told = Notice.objects.order_by("pk").values_list("elector__unit", "way", "to")
    assert list(told) == [("15", "letter", holder.email), ("15", "letter", co_holder.email)]
    others = draft.electors.filter(notices=None)
    where: dict[str, Any] = {"to": "Pašto dėžutė", "by": staff_a, "at": now + DAY}
    assert electorate.note_paper(electors=others, **where) == 3
    assert electorate.note_paper(electors=draft.electors.filter(unit="2"), **where) == 0
    assert not draft.electors.filter(notices=None).exists()


def test_the_opening_is_announced_where_it_concerns(vote: Vote, holder: User, now: datetime) -> None:
    announcement = Announcement.objects.visible_to(holder, at=now).get()
    assert announcement.title == "Prasidėjo balsavimas: Laiptinės remontas"
    assert f"/votes/{vote.pk}" in announcement.text


# ── What cannot be opened ───────────────────────────────────────────────────────────────────────


def refused(vote: Vote, at: datetime) -> str:
    before = tables.state()
    with pytest.raises(ValidationError) as error:
        electorate.open_vote(vote=vote, at=at)
    assert tables.state() == before
    return str(error.value.code)


def test_what_is_not_ready_is_not_opened(draft: Vote, now: datetime) -> None:
    draft.questions.update(kind="choice")
    assert refused(draft, now) == "few_options"
    draft.questions.all().delete()
    assert refused(draft, now) == "no_questions"
    Question.objects.create(vote=draft, text="Ar pritariate?")
    assert refused(draft, draft.closes_at) == "closes_in_the_past"
    usual = draft.closes_at
    Vote.objects.filter(pk=draft.pk).update(closes_at=now + 366 * DAY + timedelta(seconds=1))
    assert refused(draft, now) == "lasts_too_long"
    Vote.objects.filter(pk=draft.pk).update(closes_at=usual, staircase="IX")
    assert refused(draft, now) == "no_electors"
    Vote.objects.filter(pk=draft.pk).update(staircase="")
    electorate.open_vote(vote=draft, at=now)
    assert refused(draft, now) == "already_open"


def test_a_repeat_vote_asks_the_same(draft: Vote, colours: Question, now: datetime, staff_a: User) -> None:
    electorate.open_vote(vote=draft, at=now)
    over = draft.closes_at + timedelta(minutes=1)
    closing.close(vote=draft, at=over)
    again = closing.repeat(vote=draft, opens_at=over, closes_at=over + 7 * DAY, by=staff_a)
    usual = again.questions.earliest("position").text
    again.questions.filter(position=1).update(text="Ar pritariate kitkam?")
    assert refused(again, over) == "not_the_same"
    again.questions.filter(position=1).update(text=usual)
    grey = again.questions.get(position=2).options.earliest("position")
    grey.delete()
    Option.objects.create(question_id=grey.question_id, text="Juoda")
    assert refused(again, over) == "not_the_same"
    Option.objects.filter(text="Juoda", question__vote=again).update(text=grey.text)
    electorate.open_vote(vote=again, at=over)


def test_a_scheduled_vote_opens_by_itself(draft: Vote, now: datetime) -> None:
    Vote.objects.filter(pk=draft.pk).update(opens_at=now + DAY)
    electorate.schedule(vote=draft, at=now)
    assert closing.turn(at=now + DAY - timedelta(seconds=1)) == 0
    assert Vote.objects.get().state == "scheduled"
    assert closing.turn(at=now + DAY) == 1
    vote = Vote.objects.get()
    assert (vote.state, vote.opens_at, vote.elector_count) == ("open", now + DAY, 4)
    assert closing.turn(at=now + DAY) == 0


def test_a_scheduled_vote_that_lost_its_electors_goes_back_to_the_drafts(
    draft: Vote, now: datetime, neighbours: list[PaymentBook]
) -> None:
    Vote.objects.filter(pk=draft.pk).update(opens_at=now + DAY)
    electorate.schedule(vote=draft, at=now)
    PaymentBook.objects.update(payer_role="tenant")
    closing.turn(at=now + DAY)
    assert Vote.objects.get().state == "draft"


# ── Who sees it ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("holder", True),
        ("guest", True),
        ("guest_pays", True),
        ("stranger", False),
        ("removed_holder", False),
        ("revoked_guest", False),
        ("former_holder", False),
    ],
)
def test_people_of_the_building_see_it(
    who: str, sees: bool, vote: Vote, now: datetime, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(who)
    assert Vote.objects.visible_to(person, at=now).exists() == sees


def test_a_draft_is_the_staff_s_own(draft: Vote, holder: User, now: datetime) -> None:
    assert not Vote.objects.visible_to(holder, at=now).exists()
    electorate.open_vote(vote=draft, at=now)
    assert Vote.objects.visible_to(holder, at=now).get() == draft


def test_of_a_closed_book_votes_are_seen_that_opened_while_it_lasted(
    vote: Vote, holder: User, book: PaymentBook, now: datetime
) -> None:
    opened = timezone.localdate(now)
    later = now + 5 * DAY
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=opened)
    assert Vote.objects.visible_to(holder, at=later).exists()
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=opened - DAY)
    assert not Vote.objects.visible_to(holder, at=later).exists()


def test_another_staircase_does_not_see_a_staircase_s_vote(
    make_vote: Callable[..., Vote], neighbours: list[PaymentBook], holder: User, now: datetime
) -> None:
    vote = make_vote(staircase="I")
    electorate.open_vote(vote=vote, at=now)
    neighbour = AccessFactory(payment_book=neighbours[1]).person
    assert not Vote.objects.visible_to(holder, at=now).exists()
    assert Vote.objects.visible_to(neighbour, at=now).get() == vote


def test_a_frozen_holder_is_not_told(draft: Vote, holder_access: Access, now: datetime) -> None:
    Access.objects.update(frozen_at=now)
    electorate.open_vote(vote=draft, at=now)
    assert not Notice.objects.exists()
