"""The properties' part of the main window: objects that could not be added, and what to do about them."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from .claims import WaitingClaim, shown
from .models import Claim
from .prepared import Prepared


def cards(*, user: Any, at: datetime) -> list[WaitingClaim]:
    """Return what waits for this person, in one query."""
    return [shown(claim=claim) for claim in _WAITING.rows(user=user, at=at)]


def may_wait(*, at: datetime) -> Exists:
    """Return a condition on a person: whether it pays to ask what waits."""
    linked_to_nothing = Claim.objects.filter(outcome__in=("", Claim.Outcome.NOT_LINKED))
    return Exists(linked_to_nothing.filter(person=OuterRef("pk"), made_at__gt=at - Claim.WAITS))


def _waiting(*, user: Any, at: datetime) -> Any:
    return Claim.objects.waiting_for(user, at=at)


_WAITING: Prepared[Claim] = Prepared(_waiting)
