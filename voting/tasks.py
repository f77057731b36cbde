"""What the worker does for votes while nobody waits."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import closing, letters


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="turn_votes", pass_context=False)
def turn_votes(timestamp: int) -> None:
    """Every minute open the votes whose hour has come and count those that are over."""
    closing.turn(at=timezone.now())


@app.periodic(cron="8 * * * *")
@app.task(queueing_lock="tell_of_closing_votes", pass_context=False)
def tell_of_closing_votes(timestamp: int) -> None:
    """Every hour remind those who have not voted of votes that are nearly over."""
    letters.tell_closing(at=timezone.now())
