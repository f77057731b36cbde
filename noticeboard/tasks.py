"""What the worker does for announcements."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import announcing


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="make_letters_of_announcements", pass_context=False)
def make_letters_of_announcements(timestamp: int) -> None:
    """Every minute make the letters of what has been published."""
    at = timezone.now()
    for pk in announcing.due(at=at).order_by("published_at").values_list("pk", flat=True):
        announcing.make_letters(announcement_id=pk, at=at)
