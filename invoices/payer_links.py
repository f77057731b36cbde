"""A payer's link: whoever has it sees how to pay one invoice, and nothing else of it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse

from .models import Invoice, PayerLink


@transaction.atomic
def make(*, invoice: Invoice, access: int, at: datetime) -> PayerLink:
    """Return the link of this invoice that lives by this holder's access row; made when there is none.

    Of two presses at once both get the same one.
    """
    Invoice.objects.select_for_update().get(pk=invoice.pk)
    open_links = PayerLink.objects.filter(invoice=invoice, access_id=access, ended_at__isnull=True)
    open_links.filter(made_at__lte=at - PayerLink.LASTS).update(ended_at=at)
    return open_links.get_or_create(invoice=invoice, access_id=access, defaults={"made_at": at})[0]


def link_of(*, user: Any, at: datetime) -> Subquery:
    """Return an annotation of an invoice: the living link that this holder made, or nothing."""
    mine = PayerLink.objects.alive(at=at).filter(invoice=OuterRef("pk"), access__person=user)
    return Subquery(mine.values(row=JSONObject(pk="pk", made_at="made_at"))[:1])


def take_back(*, link: PayerLink, at: datetime) -> None:
    """End a link at once; one that has ended stays as it was."""
    PayerLink.objects.filter(pk=link.pk, ended_at__isnull=True).update(ended_at=at)


def address_of(link: int) -> str:
    """Return the whole address of a link, to be sent to somebody.

    It is signed and not stored: who reads the database alone cannot make one.
    """
    return settings.BASE_URL + reverse("invoices:payer_link", args=[_signer().sign(str(link))])


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt="invoices.payer_link")


def link_in(token: str) -> int | None:
    """Return the id in the signed part of an address, or None when nobody here signed it."""
    try:
        return int(_signer().unsign(token))
    except (signing.BadSignature, ValueError):
        return None
