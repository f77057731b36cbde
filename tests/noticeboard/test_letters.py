"""Announcements by letters: one for each person, made in batches, stopped for good."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from noticeboard import announcing
from notifications import outbox
from notifications.models import Letter
from properties.models import Access, Building
from tests.factories import AccessFactory, AnnouncementFactory

Mailbox = list[Any]


@pytest.fixture
def told(building: Building) -> Any:
    return AnnouncementFactory(building=building, sends_letters=True, title="Nebus vandens")


def make(row: Any) -> int:
    return announcing.make_letters(announcement_id=row.pk, at=timezone.now())


def test_everybody_gets_one(
    told: Any, holder: User, co_holder: User, guest: User, stranger: User, former_holder: User, newcomer: User
) -> None:
    other = AccessFactory(person=holder, payment_book__managing_company=told.managing_company)
    assert other.person == holder
    assert make(told) == 3
    assert set(Letter.objects.values_list("address", flat=True)) == {
        person.email for person in (holder, co_holder, guest)
    }
    assert make(told) == 0
    told.refresh_from_db()
    assert told.letters_made_at is not None


def test_a_cut_off_batch_goes_on_where_it_ended(
    told: Any, holder: User, co_holder: User, guest: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "BATCH", 2)
    assert announcing._make_batch(told.pk, timezone.now()) == 2
    told.refresh_from_db()
    assert told.letters_upto == sorted(person.pk for person in (holder, co_holder, guest))[1]
    assert make(told) == 1
    assert Letter.objects.count() == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"sends_letters": False},
        {"published_at": None},
        {"published_at": timezone.now() + timedelta(days=1)},
        {"stopped_at": timezone.now()},
    ],
)
def test_nothing_is_sent_that_should_not_be(building: Building, holder: User, fields: dict[str, Any]) -> None:
    row = AnnouncementFactory(building=building, **{"sends_letters": True, **fields})
    assert list(announcing.due(at=timezone.now())) == []
    assert make(row) == 0
    assert Letter.objects.count() == 0


def test_what_is_stopped_does_not_go(told: Any, holder: User, co_holder: User, mailoutbox: Mailbox) -> None:
    make(told)
    first, second = Letter.objects.order_by("pk")
    now = timezone.now()
    assert outbox.send(letter_id=first.pk, at=now) is True
    assert announcing.stop(announcement=told, at=now) == 1
    assert outbox.send(letter_id=second.pk, at=now) is False
    assert [letter.to for letter in mailoutbox] == [[first.address]]
    assert make(told) == 0


def test_the_letter_says_it(told: Any, holder: User, mailoutbox: Mailbox) -> None:
    told.text = "Rytoj <b>nebus</b> vandens."
    told.save()
    make(told)
    outbox.send(letter_id=Letter.objects.get().pk, at=timezone.now())
    (letter,) = mailoutbox
    assert letter.subject == "Nebus vandens"
    assert "Rytoj <b>nebus</b> vandens." in letter.body
    assert f"/notices/announcements/{told.pk}" in letter.body
    assert "Rytoj &lt;b&gt;nebus&lt;/b&gt; vandens." in letter.alternatives[0][0]


def test_who_may_no_longer_see_it_gets_no_letter(told: Any, holder: User, mailoutbox: Mailbox) -> None:
    make(told)
    Access.objects.update(ends_at=timezone.now())
    assert outbox.send(letter_id=Letter.objects.get().pk, at=timezone.now()) is False
    assert mailoutbox == []
