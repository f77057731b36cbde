"""The properties' part of the main window: objects that could not be added, and what to do about them."""

from datetime import datetime
from typing import Any

from .claims import WaitingClaim, shown
from .models import Claim


def cards(*, user: Any, at: datetime) -> list[WaitingClaim]:
    """Return what waits for this person, in one query."""
    return [shown(claim=claim) for claim in Claim.objects.waiting_for(user, at=at)]
