"""Sharing's part of the main window: the objects that others offer to share with this person."""

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef

from properties.objects import places
from properties.prepared import Prepared

from .models import Offer
from .waiting import WaitingOffer, shown


def cards(*, user: Any, at: datetime) -> list[WaitingOffer]:
    """Return what waits for this person, in one query."""
    return [shown(offer) for offer in _WAITING.rows(user=user, at=at)]


def may_wait(*, at: datetime) -> Exists:
    """Return a condition on a person: whether it pays to ask what waits."""
    addresses = EmailAddress.objects.filter(user=OuterRef(OuterRef("pk")), email=OuterRef("email"))
    return Exists(Offer.objects.filter(Exists(addresses), answer="", expires_at__gt=at))


def _waiting(*, user: Any, at: datetime) -> Any:
    offers = Offer.objects.waiting_for(user, at=at).annotate(places=places(book="granted_by__payment_book"))
    related = ("granted_by__person", "granted_by__payment_book__managing_company")
    return offers.select_related(*related).only(*_SHOWN).order_by("pk")


# All that `shown` reads; the rest would be fetched when asked for.
_SHOWN = (
    "scope", "until_on", "expires_at", "granted_by__payment_book__managing_company__name",
    "granted_by__payment_book__payer_code", "granted_by__person__kind", "granted_by__person__first_name",
    "granted_by__person__last_name", "granted_by__person__company_name",
)  # fmt: skip


_WAITING: Prepared[Offer] = Prepared(_waiting)
