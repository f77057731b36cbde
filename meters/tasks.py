"""What the worker does for meters while nobody waits."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import reminders


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="remind_to_declare")
def remind_to_declare(timestamp: int) -> None:
    """Every quarter of an hour post the reminders that are due; the rule says on which days and at what hours."""
    reminders.post_due(at=timezone.now())
