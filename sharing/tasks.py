"""What the worker does for sharing while nobody waits."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import drafts


@app.periodic(cron="42 3 * * *")
@app.task(queueing_lock="forget_drafts", pass_context=False)
def forget_drafts(timestamp: int) -> None:
    """Delete every night what was prepared and not saved in time."""
    drafts.forget(at=timezone.now())
