"""Voting online: who may, when, and what is kept of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from properties.models import Access, PaymentBook, Property
from tests import tables
from tests.factories import AccessFactory, BookFactory, UserFactory
from voting.models import Ballot, BallotChange, Elector, Question, Vote

Cast = Callable[..., Ballot]
Says = Callable[[str], dict[str, str]]


def refused(cast: Cast, *args: object, **moment: datetime) -> str:
    """Return the code with which a ballot is refused, and see that nothing was written."""
    before = tables.state()
    with pytest.raises(ValidationError) as error:
        cast(*args, **moment)
    assert tables.state() == before
    return str(error.value.code)


def test_a_holder_votes_and_changes_it(
    cast: Cast, says: Says, elector: Elector, holder: User, now: datetime
) -> None:
    first = cast(elector, says("for"), holder)
    assert len(first.receipt) == 10
    second = cast(elector, says("against"), holder, at=now + timedelta(days=13))
    assert second.pk == first.pk
    assert second.receipt != first.receipt
    assert Ballot.objects.get().answers == says("against")
    changes = BallotChange.objects.values_list("answers", "by", "by_name", "cast_at", "receipt")
    assert list(changes) == [
        (says("for"), holder.pk, "Birutė Pavyzdienė", now + timedelta(hours=1), first.receipt),
        (says("against"), holder.pk, "Birutė Pavyzdienė", now + timedelta(days=13), second.receipt),
    ]


def test_the_same_press_twice_is_one(cast: Cast, says: Says, elector: Elector, holder: User) -> None:
    first = cast(elector, says("for"), holder)
    before = tables.state()
    assert cast(elector, says("for"), holder).receipt == first.receipt
    assert tables.state() == before


def test_co_owners_change_the_one_ballot_and_it_says_who_did_last(
    cast: Cast, says: Says, elector: Elector, holder: User, co_holder: User
) -> None:
    cast(elector, says("for"), holder)
    cast(elector, says("for"), co_holder)
    ballot = Ballot.objects.get()
    assert (ballot.by, ballot.by_name) == (co_holder, "Jonas Pavyzdys")
    assert [change.by for change in ballot.changes.all()] == [holder, co_holder]


def test_of_a_legal_person_it_is_kept_who_clicked(cast: Cast, says: Says, elector: Elector) -> None:
    company = UserFactory(
        kind="legal_person", company_name="UAB „Vėjo malūnas“", contact_person="Ona Vėjūnė", first_name=""
    )
    AccessFactory(person=company, payment_book=elector.books.get())
    assert cast(elector, says("for"), company).by_name == "UAB „Vėjo malūnas“ (Ona Vėjūnė)"


def test_votes_count_from_the_opening_to_the_last_moment(
    cast: Cast, says: Says, elector: Elector, holder: User, vote: Vote
) -> None:
    moment = timedelta(microseconds=1)
    before = {"at": vote.opens_at - moment}
    assert refused(cast, elector, says("for"), holder, **before) == "not_open"
    cast(elector, says("for"), holder, at=vote.opens_at)
    cast(elector, says("against"), holder, at=vote.closes_at - moment)
    assert refused(cast, elector, says("for"), holder, at=vote.closes_at) == "closed"
    a_second_late = vote.closes_at + timedelta(seconds=1)
    assert refused(cast, elector, says("for"), holder, at=a_second_late) == "closed"


@pytest.mark.parametrize("who", ["guest", "guest_declares", "stranger", "removed_holder", "revoked_guest"])
def test_who_does_not_hold_an_owner_s_book_does_not_vote(
    who: str, cast: Cast, says: Says, elector: Elector, holder: User, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(who)
    assert refused(cast, elector, says("for"), person) == "not_yours"
    assert not Elector.objects.votable_by(person, at=timezone.now()).exists()
    cast(elector, says("for"), holder)
    assert list(Elector.objects.votable_by(holder, at=timezone.now())) == [elector]


def test_nobody_votes_for_others_premises(
    cast: Cast, says: Says, vote: Vote, elector: Elector, holder: User
) -> None:
    other = vote.electors.exclude(pk=elector.pk).first()
    assert refused(cast, other, says("for"), holder) == "not_yours"
    cast(elector, says("for"), holder)


def test_a_frozen_access_and_a_book_that_became_a_tenant_s_do_not_vote(
    cast: Cast, says: Says, elector: Elector, holder_access: Access, book: PaymentBook, now: datetime
) -> None:
    holder = holder_access.person
    cast(elector, says("for"), holder)
    Access.objects.filter(pk=holder_access.pk).update(frozen_at=now)
    assert refused(cast, elector, says("against"), holder) == "not_yours"
    Access.objects.filter(pk=holder_access.pk).update(frozen_at=None)
    PaymentBook.objects.filter(pk=book.pk).update(payer_role="tenant")
    assert refused(cast, elector, says("against"), holder) == "not_yours"


def test_a_buyer_s_new_book_does_not_vote_and_the_sold_one_no_longer(
    cast: Cast, says: Says, elector: Elector, holder: User, book: PaymentBook, flat: Property, now: datetime
) -> None:
    today = timezone.localdate(now)
    cast(elector, says("for"), holder)
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=today)
    buyers = BookFactory(
        managing_company=book.managing_company, premises=[flat], opened_on=today + timedelta(days=1)
    )
    buyer = AccessFactory(payment_book=buyers).person
    tomorrow = {"at": now + timedelta(days=1)}
    assert refused(cast, elector, says("against"), buyer, **tomorrow) == "not_yours"
    assert refused(cast, elector, says("against"), holder, **tomorrow) == "not_yours"
    # What was cast while it was theirs stands.
    assert Ballot.objects.get().answers == says("for")


def test_whoever_is_linked_later_to_the_frozen_book_votes(
    cast: Cast, says: Says, elector: Elector, co_holder: User
) -> None:
    assert cast(elector, says("abstain"), co_holder).by == co_holder


@pytest.mark.parametrize(
    ("answer", "code"), [("", "missing_answer"), ("maybe", "unknown_answer"), ("blank", "unknown_answer")]
)
def test_an_answer_that_is_not_offered_is_refused(
    answer: str, code: str, cast: Cast, says: Says, elector: Elector, holder: User
) -> None:
    assert refused(cast, elector, says(answer), holder) == code
    assert refused(cast, elector, {}, holder) == "missing_answer"
    assert refused(cast, elector, {**says("for"), "999999": "for"}, holder) == "unknown_answer"


def test_an_option_of_another_question_is_refused(
    draft: Vote, colours: Question, cast: Cast, says: Says, request: pytest.FixtureRequest, holder: User
) -> None:
    elector = request.getfixturevalue("elector")
    grey = str(colours.options.earliest("position").pk)
    both = {**says("for"), str(colours.pk): grey}
    assert refused(cast, elector, {**both, **says(grey)}, holder) == "unknown_answer"
    assert refused(cast, elector, {**both, str(colours.pk): "for"}, holder) == "unknown_answer"
    assert refused(cast, elector, {**both, str(colours.pk): str(10**15)}, holder) == "unknown_answer"
    assert cast(elector, both, holder).answers == both
