"""The outbox: a letter is written down with what it tells about, and sent once, whatever breaks.

It is sent while its row is locked and marked in the same transaction. A worker that dies in between leaves
the row unmarked, and the letter goes again under the same Message-ID.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from .compose import compose
from .letters import kind_named
from .models import Letter

MOST_TRIES = 10
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A letter to be: `event` says what about, so that the same thing is told to an address once."""

    kind: str
    to: str
    event: str
    language: str
    context: dict[str, Any] = field(default_factory=dict)


def post(
    *, kind: str, to: str, event: str, language: str, context: dict[str, Any] | None = None, at: datetime
) -> bool:
    """Put a letter into the outbox, with the caller's transaction; return False when it is there already."""
    draft = Draft(kind=kind, to=to, event=event, language=language, context=context or {})
    return post_many(drafts=[draft], at=at) == 1


def post_many(*, drafts: Iterable[Draft], at: datetime) -> int:
    """Put letters into the outbox, with the caller's transaction; return how many are new."""
    letters = [
        Letter(
            kind=kind_named(draft.kind).name,
            address=draft.to,
            event=draft.event,
            language=draft.language,
            context=draft.context,
            created_at=at,
            next_try_at=at,
        )
        for draft in drafts
    ]
    with transaction.atomic():
        Letter.objects.bulk_create(letters, ignore_conflicts=True, batch_size=1000)
        uuids = [letter.message_uuid for letter in letters]
        new = list(Letter.objects.filter(message_uuid__in=uuids).order_by("id").values_list("id", flat=True))
        if new:
            _call_the_worker(new)
    return len(new)


def _call_the_worker(ids: list[int]) -> None:
    from .tasks import send_letter

    send_letter.batch_defer(*[{"letter_id": letter_id} for letter_id in ids])


def send(*, letter_id: int, at: datetime) -> bool:
    """Send a waiting letter, or put it off when the mail server refuses; return whether it went."""
    with transaction.atomic():
        waiting = Letter.objects.filter(sent_at=None, dropped_at=None)
        letter = waiting.select_for_update(skip_locked=True).filter(pk=letter_id).first()
        if letter is None:
            return False
        kind = kind_named(letter.kind)
        if not kind.still_wanted(letter.context, at):
            letter.dropped_at = at
            letter.save(update_fields=["dropped_at"])
            return False
        message = compose(
            template=kind.template,
            to=letter.address,
            language=letter.language,
            context=letter.context,
            words_of=kind.words,
        )
        message.extra_headers["Message-ID"] = message_id_of(letter)
        try:
            message.send()
        except OSError:  # smtplib's own errors are OSErrors
            _put_off(letter, at)
            return False
        letter.sent_at = at
        letter.save(update_fields=["sent_at"])
        return True


def message_id_of(letter: Letter) -> str:
    """Return the one Message-ID that this letter has however often it is sent."""
    return f"<{letter.message_uuid}@{urlsplit(settings.BASE_URL).hostname}>"


def _put_off(letter: Letter, at: datetime) -> None:
    letter.tries += 1
    if letter.tries >= MOST_TRIES:
        letter.dropped_at = at
    letter.next_try_at = at + min(_FIRST_WAIT * 2 ** (letter.tries - 1), _LONGEST_WAIT)
    letter.save(update_fields=["tries", "dropped_at", "next_try_at"])


def send_overdue(*, at: datetime, limit: int = 500) -> int:
    """Send what waits for a second try, or was left behind by a worker that died; return how many went."""
    overdue = Letter.objects.filter(
        sent_at=None, dropped_at=None, next_try_at__lte=at - timedelta(seconds=30)
    )
    ids = list(overdue.order_by("next_try_at").values_list("id", flat=True)[:limit])
    return sum(send(letter_id=letter_id, at=at) for letter_id in ids)
