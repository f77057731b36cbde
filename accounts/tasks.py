"""What the worker does for accounts while nobody waits."""

from datetime import UTC, datetime

from django.core.management import call_command
from procrastinate.contrib.django import app

from accounts import registration


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="forget_ended_sessions", pass_context=False)
def forget_ended_sessions(timestamp: int) -> None:
    """Delete sessions that nobody can use any more, every night."""
    call_command("clearsessions")


@app.periodic(cron="41 * * * *")
@app.task(queueing_lock="forget_unconfirmed", pass_context=False)
def forget_unconfirmed(timestamp: int) -> None:
    """Delete accounts that nobody confirmed within a day, every hour."""
    registration.forget_unconfirmed(at=datetime.fromtimestamp(timestamp, tz=UTC))
