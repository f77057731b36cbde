"""Letters about votes: the notice to everybody, the reminder to the silent, the result."""

from collections.abc import Callable
from datetime import datetime, timedelta

from accounts.models import User
from notifications import choices, outbox
from notifications.models import Letter
from properties.models import PaymentBook
from tests.factories import AccessFactory
from voting import closing, electorate, letters
from voting.models import Ballot, Elector, Vote

Cast = Callable[..., Ballot]
Says = Callable[[str], dict[str, str]]


def told(kind: str) -> list[str]:
    return sorted(Letter.objects.filter(kind=kind).values_list("address", flat=True))


def sent(kind: str, mailoutbox: list[object], *, at: datetime) -> str:
    """Send the one letter of that kind and return its text."""
    letter = Letter.objects.get(kind=kind)
    assert outbox.send(letter_id=letter.pk, at=at)
    return str(mailoutbox[-1].body).replace("\u00a0", " ")  # type: ignore[attr-defined]


def test_everybody_who_holds_is_told_once_that_a_vote_begins(
    draft: Vote,
    neighbours: list[PaymentBook],
    holder: User,
    co_holder: User,
    guest: User,
    now: datetime,
) -> None:
    AccessFactory(person=holder, payment_book=neighbours[1])
    electorate.open_vote(vote=draft, at=now)
    assert told("vote_opened") == [holder.email, co_holder.email]


def test_the_notice_says_what_until_when_and_for_which_premises(
    draft: Vote, neighbours: list[PaymentBook], holder: User, now: datetime, mailoutbox: list[object]
) -> None:
    AccessFactory(person=holder, payment_book=neighbours[1])
    electorate.open_vote(vote=draft, at=now)
    text = sent("vote_opened", mailoutbox, at=now)
    assert "Laiptinės remontas" in text
    assert "Turite 2 balsus: Beržyno g. 8-2; Beržyno g. 8-15." in text
    assert "nuomonių apklausa" in text
    assert f"/votes/{draft.pk}" in text


def test_the_silent_are_reminded_once_three_days_before(
    vote: Vote, elector: Elector, holder: User, owner_of: Callable[[Elector], User], cast: Cast, says: Says
) -> None:
    other = vote.electors.exclude(pk=elector.pk).first()
    assert other is not None
    neighbour = owner_of(other)
    cast(other, says("for"), neighbour)
    moment = vote.closes_at - letters.REMINDED_BEFORE
    assert letters.tell_closing(at=moment - timedelta(seconds=1)) == 0
    assert letters.tell_closing(at=moment) == 1
    assert letters.tell_closing(at=moment + timedelta(hours=1)) == 0
    assert told("vote_closing") == [holder.email]


def test_a_reminder_is_dropped_when_the_ballot_comes_and_may_be_turned_off(
    vote: Vote, elector: Elector, holder: User, co_holder: User, cast: Cast, says: Says
) -> None:
    choices.refuse(address=co_holder.email, topic="voting", at=vote.opens_at)
    moment = vote.closes_at - timedelta(days=2)
    letters.tell_closing(at=moment)
    by_address = {letter.address: letter.pk for letter in Letter.objects.filter(kind="vote_closing")}
    if co_holder.email in by_address:
        assert not outbox.send(letter_id=by_address[co_holder.email], at=moment)
    cast(elector, says("for"), holder, at=moment)
    assert not outbox.send(letter_id=by_address[holder.email], at=moment)


def test_who_no_longer_holds_is_not_reminded(
    vote: Vote, elector: Elector, holder: User, book: PaymentBook, now: datetime
) -> None:
    book.closed_on = now.date()
    book.save()
    assert letters.tell_closing(at=vote.closes_at - timedelta(days=2)) == 0


def test_a_longer_vote_and_the_result_are_told(
    draft: Vote,
    holder: User,
    staff_a: User,
    now: datetime,
    cast: Cast,
    says: Says,
    mailoutbox: list[object],
) -> None:
    vote = draft
    electorate.open_vote(vote=vote, at=now)
    closing.extend(
        vote=vote,
        closes_at=vote.closes_at + timedelta(days=3),
        reason="Sugedo liftas.",
        by=staff_a,
        at=now + timedelta(hours=1),
    )
    assert "Priežastis: Sugedo liftas." in sent("vote_extended", mailoutbox, at=now)
    cast(vote.electors.votable_by(holder, at=now).get(), says("for"), holder)
    after = vote.closes_at + timedelta(hours=1)
    closing.close(vote=vote, at=after)
    text = sent("vote_closed", mailoutbox, at=after)
    assert "Dalyvavo 1 iš 4 patalpų." in text
    assert "Ar pritariate laiptinės remontui? Sprendimo nėra: dalyvavo per mažai, 1 iš 4." in text
