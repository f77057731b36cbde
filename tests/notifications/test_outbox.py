"""A letter goes once, whatever happens on the way."""

import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from notifications import letters, outbox
from notifications.models import Letter

AT = datetime(2026, 11, 22, 10, 0, tzinfo=timezone.get_fixed_timezone(120))


class BusyServer(BaseEmailBackend):
    """A mail server that answers "try again later" to everything."""

    def send_messages(self, email_messages: Any) -> int:
        raise smtplib.SMTPServerDisconnected("try again later")


@pytest.fixture
def kind() -> Iterator[letters.Kind]:
    """Declare a kind of letter that is wanted unless its context says otherwise."""
    kind = letters.Kind(
        name="test_news",
        template="account/email/unknown_account",
        still_wanted=lambda context, at: not context.get("is_off"),
    )
    letters.register(kind)
    yield kind
    del letters._kinds[kind.name]


def post(to: str = "ona@pastas.example", event: str = "1", **context: Any) -> bool:
    return outbox.post(kind="test_news", to=to, event=event, language="lt", context=context, at=AT)


@pytest.mark.django_db
class TestOnce:
    def test_one_letter_per_address_kind_and_event(self, kind) -> None:
        assert [post(), post(), post(event="2"), post(to="kita@pastas.example")] == [True, False, True, True]
        assert Letter.objects.count() == 3
        assert ProcrastinateJob.objects.filter(task_name__endswith="send_letter").count() == 3

    def test_the_database_refuses_the_same_letter_twice(self, kind) -> None:
        post()
        letter = Letter.objects.get()
        letter.pk, letter.message_uuid = None, "00000000-0000-0000-0000-000000000001"
        with (
            pytest.raises(IntegrityError, match="one_letter_per_address_kind_and_event"),
            transaction.atomic(),
        ):
            letter.save()

    def test_sent_once_under_its_own_message_id_in_both_forms(self, kind) -> None:
        post()
        letter = Letter.objects.get()
        assert outbox.send(letter_id=letter.pk, at=AT) is True
        assert outbox.send(letter_id=letter.pk, at=AT) is False
        assert outbox.send_overdue(at=AT + timedelta(days=1)) == 0
        [message] = mail.outbox
        assert message.extra_headers["Message-ID"] == f"<{letter.message_uuid}@savitarna.test>"
        assert message.to == ["ona@pastas.example"]
        assert isinstance(message, EmailMultiAlternatives)
        assert message.alternatives[0][1] == "text/html"
        assert Letter.objects.get().sent_at == AT

    def test_a_kind_may_say_that_it_is_no_longer_wanted(self, kind) -> None:
        post(is_off=True)
        assert outbox.send(letter_id=Letter.objects.get().pk, at=AT) is False
        assert not mail.outbox
        assert Letter.objects.get().dropped_at == AT

    def test_in_the_readers_language(self, kind) -> None:
        for language in ("lt", "en"):
            outbox.post(kind="test_news", to="ona@pastas.example", event=language, language=language, at=AT)
        outbox.send_overdue(at=AT + timedelta(minutes=1))
        assert [message.body.startswith("Good day,") for message in mail.outbox] == [False, True]

    def test_an_unknown_kind_is_a_fault_of_ours(self) -> None:
        with pytest.raises(KeyError):
            post()


@pytest.mark.django_db
class TestTryingAgain:
    def test_a_refused_letter_waits_longer_each_time_and_is_given_up(self, kind, settings) -> None:
        settings.EMAIL_BACKEND = f"{__name__}.BusyServer"
        post()
        letter = Letter.objects.get()
        at = AT
        waits = []
        while letter.dropped_at is None:
            outbox.send(letter_id=letter.pk, at=at)
            letter.refresh_from_db()
            waits.append(int((letter.next_try_at - at).total_seconds() // 60))
            at = letter.next_try_at
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360]
        assert letter.tries == outbox.MOST_TRIES

    def test_it_goes_when_the_server_is_back(self, kind, settings) -> None:
        backend = settings.EMAIL_BACKEND
        settings.EMAIL_BACKEND = f"{__name__}.BusyServer"
        post()
        outbox.send(letter_id=Letter.objects.get().pk, at=AT)
        settings.EMAIL_BACKEND = backend
        assert outbox.send_overdue(at=AT + timedelta(seconds=80)) == 0
        assert outbox.send_overdue(at=AT + timedelta(seconds=100)) == 1
        assert len(mail.outbox) == 1

    def test_a_letter_left_behind_by_a_dead_worker_goes_after_half_a_minute(self, kind) -> None:
        post()
        assert outbox.send_overdue(at=AT + timedelta(seconds=29)) == 0
        assert outbox.send_overdue(at=AT + timedelta(seconds=31)) == 1


@pytest.mark.django_db
class TestToMany:
    def drafts(self, *people: str) -> list[outbox.Draft]:
        return [
            outbox.Draft(kind="test_news", to=f"{name}@pastas.example", event="1", language="lt")
            for name in people
        ]

    def minutes(self) -> list[float]:
        moments = Letter.objects.order_by("next_try_at").values_list("next_try_at", flat=True)
        return [(moment - AT).total_seconds() / 60 for moment in moments]

    def test_at_a_pace_they_wait_for_their_minute_and_the_sweep_takes_them(self, kind) -> None:
        assert outbox.post_many(drafts=self.drafts("a", "b", "c", "d"), at=AT, pace=2) == 4
        assert self.minutes() == [0, 0.5, 1, 1.5]
        assert not ProcrastinateJob.objects.filter(task_name__endswith="send_letter").exists()
        sent = [outbox.send_overdue(at=AT + timedelta(minutes=minutes)) for minutes in (0.5, 1, 2, 3)]
        assert sent == [1, 1, 2, 0]

    def test_a_second_batch_queues_behind_the_first(self, kind) -> None:
        outbox.post_many(drafts=self.drafts("a", "b"), at=AT, pace=1)
        assert outbox.post_many(drafts=self.drafts("b", "c"), at=AT, pace=1) == 1
        assert self.minutes() == [0, 1, 3]

    def test_a_pace_of_nothing_is_a_fault_of_ours(self, kind) -> None:
        with pytest.raises(ValueError, match="pace"):
            outbox.post_many(drafts=self.drafts("a"), at=AT, pace=0)

    def test_what_is_stopped_does_not_go(self, kind) -> None:
        outbox.post_many(drafts=self.drafts("a", "b", "c"), at=AT, pace=1)
        post(event="2")
        outbox.send_overdue(at=AT + timedelta(seconds=30), limit=1)
        assert outbox.stop(kind="test_news", event="1", at=AT + timedelta(minutes=1)) == 2
        assert outbox.send_overdue(at=AT + timedelta(hours=1)) == 1
        assert [message.to for message in mail.outbox] == [["a@pastas.example"], ["ona@pastas.example"]]

    def test_a_letter_that_breaks_does_not_hold_up_the_next(self, kind) -> None:
        post()
        Letter.objects.update(kind="forgotten_kind")
        post(event="2")
        assert outbox.send_overdue(at=AT + timedelta(minutes=1)) == 1
        assert [(letter.kind, letter.tries) for letter in Letter.objects.all()] == [
            ("test_news", 0),
            ("forgotten_kind", 1),
        ]


@pytest.mark.django_db(transaction=True)
def test_a_letter_of_a_transaction_that_fails_never_was(kind) -> None:
    jobs = ProcrastinateJob.objects.filter(task_name__endswith="send_letter")
    before = jobs.count()
    with transaction.atomic():
        post()
        assert jobs.count() == before + 1
        transaction.set_rollback(True)
    assert not Letter.objects.exists()
    assert jobs.count() == before
