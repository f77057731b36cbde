"""An open offer in words, as the invited person sees it on home and on „Kliento informacija“."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lithuanian.dates import long_day
from properties.objects import object_of

from .wording import rights_words, until_words


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingOffer:
    """An open offer as the invited person sees it."""

    pk: int
    holder: str
    address: str
    company: str
    rights: str
    until: str
    expires: str


def shown(offer: Any) -> WaitingOffer:
    """Return an offer in words; it is read with its holder, book, company and `places`."""
    book = offer.granted_by.payment_book
    return WaitingOffer(
        pk=offer.pk,
        holder=offer.granted_by.person.get_full_name(),
        address=object_of(book=book, rows=offer.places).address,
        company=book.managing_company.name,
        rights=rights_words(offer.scope),
        until=until_words(offer.until_on),
        expires=_("The invitation waits until %(day)s")
        % {"day": long_day(timezone.localdate(offer.expires_at))},
    )
