"""What the worker does for the outbox."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import outbox


@app.task(queue="letters")
def send_letter(letter_id: int) -> None:
    """Send one letter as soon as what it tells about is committed."""
    outbox.send(letter_id=letter_id, at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queue="letters", queueing_lock="send_overdue_letters")
def send_overdue_letters(timestamp: int) -> None:
    """Every minute send what was put off or left behind."""
    outbox.send_overdue(at=timezone.now())
