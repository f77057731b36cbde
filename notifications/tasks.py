"""What the worker does for the outbox."""

import contextlib

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from . import outbox

# Then others' jobs have their turn.
_IN_ONE_SWEEP = 500


@app.task(queue="letters")
def send_letter(letter_id: int) -> None:
    """Send one letter as soon as what it tells about is committed."""
    outbox.send(letter_id=letter_id, at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queue="letters", queueing_lock="send_overdue_letters")
def send_overdue_letters(timestamp: int) -> None:
    """Every minute send what was put off or left behind, and what has its turn of letters to many."""
    ids = outbox.overdue(at=timezone.now(), limit=_IN_ONE_SWEEP)
    for letter_id in ids:
        outbox.send(letter_id=letter_id, at=timezone.now())
    if len(ids) == _IN_ONE_SWEEP:
        # More may be due: not in a minute, or a great pace would never be kept up with.
        with contextlib.suppress(AlreadyEnqueued):
            send_overdue_letters.defer(timestamp=timestamp)
