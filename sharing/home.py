"""Sharing's part of the main window: the objects that others offer to share with this person."""

from datetime import datetime
from typing import Any

from properties.objects import places

from .models import Offer
from .waiting import WaitingOffer, shown


def cards(*, user: Any, at: datetime) -> list[WaitingOffer]:
    """Return what waits for this person, in one query."""
    offers = Offer.objects.waiting_for(user, at=at).annotate(places=places(book="granted_by__payment_book"))
    related = ("granted_by__person", "granted_by__payment_book__managing_company")
    return [shown(offer) for offer in offers.select_related(*related).order_by("pk")]
