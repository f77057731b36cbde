"""An announcement by letters: made in batches for everybody who may see it, and stopped when staff say so."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from notifications import outbox

from .models import Announcement
from .reach import people_of

KIND = "announcement"
# One transaction makes so many: whatever breaks, the next one begins where it ended.
BATCH = 500


def due(*, at: datetime) -> QuerySet[Announcement]:
    """Return the announcements whose letters are still to be made at that moment."""
    return Announcement.objects.filter(
        sends_letters=True, letters_made_at__isnull=True, stopped_at__isnull=True, published_at__lte=at
    )


def make_letters(*, announcement_id: int, at: datetime) -> int:
    """Put all letters of an announcement into the outbox, one for each person; return how many are new."""
    made = 0
    while (batch := _make_batch(announcement_id, at)) is not None:
        made += batch
    return made


@transaction.atomic
def _make_batch(announcement_id: int, at: datetime) -> int | None:
    """Put the letters of some more people into the outbox; return None when there are no more."""
    # Whoever stops them waits for this lock, and then finds all that were made.
    row = due(at=at).select_for_update().filter(pk=announcement_id).first()
    if row is None:
        return None
    people = people_of(announcement=row, at=at).filter(pk__gt=row.letters_upto)
    batch = list(people.order_by("pk").values_list("pk", "email", "language")[:BATCH])
    if not batch:
        row.letters_made_at = at
        row.save(update_fields=["letters_made_at"])
        return None
    row.letters_upto = batch[-1][0]
    row.save(update_fields=["letters_upto"])
    drafts = [
        outbox.Draft(
            kind=KIND,
            to=email,
            event=str(row.pk),
            language=language,
            context={"announcement": row.pk, "person": person},
        )
        for person, email, language in batch
    ]
    return outbox.post_many(drafts=drafts, at=at, pace=outbox.USUAL_PACE)


@transaction.atomic
def stop(*, announcement: Announcement, at: datetime) -> int:
    """Let no more letters of an announcement go; return how many had been made and had not gone."""
    row = Announcement.objects.select_for_update().get(pk=announcement.pk)
    if row.stopped_at is None:
        row.stopped_at = at
        row.save(update_fields=["stopped_at"])
    return outbox.stop(kind=KIND, event=str(row.pk), at=at)
