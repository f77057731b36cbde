"""What the worker does for objects while nobody waits."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import attempts


@app.periodic(cron="27 3 * * *")
@app.task(queueing_lock="forget_link_attempts", pass_context=False)
def forget_link_attempts(timestamp: int) -> None:
    """Delete the attempts of earlier days every night."""
    attempts.forget(before=timezone.localdate())
