"""Addresses of calendars: whoever has one reads that person's, until the person makes another."""

import uuid
from datetime import datetime
from typing import Any

from django.core import signing

from .models import FeedKey


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt="notifications.feeds")


def token_of(*, person: Any) -> str:
    """Return what stands in the address of this person's calendar; empty when there is none yet."""
    made = FeedKey.objects.filter(person=person).first()
    return _signer().sign(made.key.hex) if made else ""


def renew(*, person: Any, at: datetime) -> None:
    """Give the person's calendar a new address; the old one is dead at once."""
    FeedKey.objects.update_or_create(person=person, defaults={"key": uuid.uuid4(), "made_at": at})


def person_with(token: str) -> Any | None:
    """Return whose calendar has this address; None when nobody's, or the account is closed."""
    try:
        key = uuid.UUID(hex=_signer().unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    found = FeedKey.objects.filter(key=key, person__is_active=True).select_related("person").first()
    return found.person if found else None
