"""Letters about sharing: the invitation, its acceptance, and an end that the staff made."""

import re
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from notifications import letters

from .models import Offer
from .wording import rights_words, until_words


def _is_open(context: dict[str, Any], at: datetime) -> bool:
    return Offer.objects.visible_to_link(context["token"], at=at).exists()


def _offer_words(context: dict[str, Any]) -> dict[str, Any]:
    until_on = date.fromisoformat(context["until_on"]) if context["until_on"] else None
    return {
        **context,
        "holder": _harmless(context["holder"]),
        "rights": rights_words(context["scope"]),
        "until": until_words(until_on),
        "url": settings.BASE_URL + reverse("sharing:invitation", args=[context["token"]]),
    }


def _harmless(name: str) -> str:
    """Return a name that people typed themselves, unless it could be taken for an address of the web."""
    return _("A resident") if re.search(r"[/@:]|\.\w\w", name) else name


def _accepted_words(context: dict[str, Any]) -> dict[str, Any]:
    return {**context, "url": settings.BASE_URL + reverse("sharing:client_information")}


letters.register(letters.Kind("offer", "emails/sharing/offer", still_wanted=_is_open, words=_offer_words))
letters.register(letters.Kind("offer_accepted", "emails/sharing/offer_accepted", words=_accepted_words))
letters.register(letters.Kind("share_revoked", "emails/sharing/share_revoked"))
