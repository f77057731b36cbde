"""What the worker does for accounts while nobody waits."""

from django.core.management import call_command
from procrastinate.contrib.django import app


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="forget_ended_sessions", pass_context=False)
def forget_ended_sessions(timestamp: int) -> None:
    """Delete sessions that nobody can use any more, every night."""
    call_command("clearsessions")
