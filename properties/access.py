"""Ending and freezing access: one row is written, and whoever was let in by it is out at once."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from .models import Access, AccessQuerySet, PaymentBook


@transaction.atomic
def end(*, accesses: AccessQuerySet, at: datetime) -> list[Access]:
    """End these rows at that moment and return them; what has ended already is left as it was."""
    rows = _locked(accesses.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)))
    # A row that was to start later ends before it opens anything.
    _rows(rows).update(ends_at=Greatest(F("starts_at"), at))
    return rows


@transaction.atomic
def freeze(*, accesses: AccessQuerySet, at: datetime) -> list[Access]:
    """Close these rows while somebody looks into them and return them; they still count as held."""
    rows = _locked(accesses.filter(frozen_at__isnull=True))
    _rows(rows).update(frozen_at=at)
    return rows


@transaction.atomic
def unfreeze(*, accesses: AccessQuerySet) -> list[Access]:
    """Open these rows again and return them."""
    rows = _locked(accesses.filter(frozen_at__isnull=False))
    _rows(rows).update(frozen_at=None)
    return rows


def _locked(accesses: AccessQuerySet) -> list[Access]:
    """Lock payment books, then access rows, ids ascending: everybody locks in this order."""
    books = PaymentBook.objects.filter(pk__in=accesses.order_by().values("payment_book"))
    list(books.order_by("pk").select_for_update().values_list("pk", flat=True))
    return list(accesses.select_related(None).order_by("pk").select_for_update(of=("self",)))


def _rows(rows: list[Access]) -> AccessQuerySet:
    return Access.objects.filter(pk__in=[row.pk for row in rows])
