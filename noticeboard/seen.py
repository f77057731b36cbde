"""What a person was shown: written down once, and nothing else changes by looking."""

from collections.abc import Iterable
from typing import Any

from .items import Item
from .models import Announcement, Seen


def note(*, user: Any, items: Iterable[Item]) -> None:
    """Write down that these were shown to this person, in one statement; nothing when none of them is new."""
    rows = [
        Seen(person_id=user.pk, announcement_id=item.thing.pk)
        if isinstance(item.thing, Announcement)
        else Seen(person_id=user.pk, work_id=item.thing.pk)
        for item in items
        if item.is_new
    ]
    if rows:
        # Two pages opened at once write it once.
        Seen.objects.bulk_create(rows, ignore_conflicts=True)
