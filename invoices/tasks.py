"""What the worker does for payments while nobody waits."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import orders


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="ask_about_orders", pass_context=False)
def ask_about_orders(timestamp: int) -> None:
    """Every five minutes ask the providers about payments that have no answer yet."""
    orders.ask_about_unanswered(at=timezone.now())
