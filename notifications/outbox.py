"""The outbox: a letter is written down with what it tells about, and sent once, whatever breaks.

It is sent while its row is locked and marked in the same transaction. A worker that dies in between leaves
the row unmarked, and the letter goes again under the same Message-ID.

Letters to many people are spread over time: each has its minute, and the sweep that looks every minute sends
what is due. Until then any of them can be stopped.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from . import choices
from .compose import compose
from .letters import kind_named
from .models import Letter

logger = logging.getLogger(__name__)

# Letters a minute of what goes to many at once: mail servers of receivers take faster ones for spam.
USUAL_PACE = 300
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


def post_many(*, drafts: Iterable[Draft], at: datetime, pace: int | None = None) -> int:
    """Put letters into the outbox, with the caller's transaction; return how many are new.

    With a pace, in letters a minute, they go one after another, behind what waits of the same kinds already.
    """
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
    if pace is not None:
        _spread(letters, at=at, pace=pace)
    with transaction.atomic():
        Letter.objects.bulk_create(letters, ignore_conflicts=True, batch_size=1000)
        uuids = [letter.message_uuid for letter in letters]
        new = list(Letter.objects.filter(message_uuid__in=uuids).order_by("id").values_list("id", flat=True))
        if new and pace is None:
            _call_the_worker(new)
    return len(new)


def _spread(letters: list[Letter], *, at: datetime, pace: int) -> None:
    if pace < 1:
        raise ValueError("A pace is a number of letters a minute, at least one.")
    step = timedelta(minutes=1) / pace
    kinds = {letter.kind for letter in letters}
    queued = Letter.objects.filter(kind__in=kinds, tries=0, sent_at=None, dropped_at=None)
    last = queued.aggregate(last=Max("next_try_at"))["last"]
    start = at if last is None else max(at, last + step)
    for place, letter in enumerate(letters):
        letter.next_try_at = start + place * step


def _call_the_worker(ids: list[int]) -> None:
    from .tasks import send_letter

    send_letter.batch_defer(*[{"letter_id": letter_id} for letter_id in ids])


def send(*, letter_id: int, at: datetime) -> bool:
    """Send a waiting letter, or put it off when the mail server refuses; return whether it went."""
    try:
        return _send(letter_id, at)
    except Exception:
        # A fault of ours in one letter must not hold up those behind it.
        logger.exception("letter %s cannot be sent", letter_id)
        with transaction.atomic():
            letter = _waiting(letter_id)
            if letter is not None:
                _put_off(letter, at)
        return False


def _waiting(letter_id: int) -> Letter | None:
    """Return the letter, locked; None when it is done with, or another worker has it in hand."""
    waiting = Letter.objects.filter(sent_at=None, dropped_at=None)
    return waiting.select_for_update(skip_locked=True).filter(pk=letter_id).first()


@transaction.atomic
def _send(letter_id: int, at: datetime) -> bool:
    letter = _waiting(letter_id)
    if letter is None:
        return False
    kind = kind_named(letter.kind)
    is_refused = choices.is_refused(address=letter.address, topic=kind.topic)
    if is_refused or not kind.still_wanted(letter.context, at):
        letter.dropped_at = at
        letter.save(update_fields=["dropped_at"])
        return False
    message = compose(
        template=kind.template,
        to=letter.address,
        language=letter.language,
        context=letter.context | {"at": at},
        words_of=kind.words,
        turned_off_by=choices.token_of(letter=letter) if kind.topic else "",
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


def stop(*, kind: str, event: str, at: datetime) -> int:
    """Send no more of these letters; return how many had not gone. One that is just being sent still goes."""
    waiting = Letter.objects.filter(kind=kind, event=event, sent_at=None, dropped_at=None)
    return waiting.update(dropped_at=at)


def message_id_of(letter: Letter) -> str:
    """Return the one Message-ID that this letter has however often it is sent."""
    return f"<{letter.message_uuid}@{urlsplit(settings.BASE_URL).hostname}>"


def _put_off(letter: Letter, at: datetime) -> None:
    letter.tries += 1
    if letter.tries >= MOST_TRIES:
        letter.dropped_at = at
    letter.next_try_at = at + min(_FIRST_WAIT * 2 ** (letter.tries - 1), _LONGEST_WAIT)
    letter.save(update_fields=["tries", "dropped_at", "next_try_at"])


def overdue(*, at: datetime, limit: int = 500) -> list[int]:
    """Return the letters that wait for a second try, for their minute, or since a worker died; longest first."""
    waiting = Letter.objects.filter(
        sent_at=None, dropped_at=None, next_try_at__lte=at - timedelta(seconds=30)
    )
    return list(waiting.order_by("next_try_at").values_list("id", flat=True)[:limit])


def send_overdue(*, at: datetime, limit: int = 500) -> int:
    """Send what is overdue at that moment; return how many went."""
    return sum(send(letter_id=letter_id, at=at) for letter_id in overdue(at=at, limit=limit))
