"""Whom an announcement is told to: the other side of `Announcement.objects.visible_to`."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils import timezone

from properties.models import Access, BookPremises, PaymentBook, Property

from .models import Announcement


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How many premises and people an announcement is told to."""

    premises: int
    people: int


def reach_of(*, announcement: Announcement, at: datetime) -> Reach:
    """Count whom a saved announcement is told to, as if it were published now when it is a draft."""
    return Reach(
        premises=_premises(announcement).count(), people=people_of(announcement=announcement, at=at).count()
    )


def people_of(*, announcement: Announcement, at: datetime) -> QuerySet[Any]:
    """Return the people who may see it at that moment: those with whom an object is shared too."""
    today = timezone.localdate(at)
    books = _books(announcement, said_on=announcement.known_on or today, told_on=announcement.day or today)
    accesses = Access.objects.live(at=at).filter(payment_book__in=books)
    return get_user_model()._default_manager.filter(is_active=True, pk__in=accesses.values("person"))


def _premises(announcement: Announcement) -> QuerySet[Property]:
    audience = Announcement.Audience(announcement.audience)
    if audience == Announcement.Audience.COMPANY:
        return Property.objects.filter(managing_company=announcement.managing_company_id)
    if audience == Announcement.Audience.PREMISES:
        return Property.objects.filter(announcements=announcement, building=announcement.building_id)
    rows = Property.objects.filter(building=announcement.building_id)
    return rows.filter(staircase=announcement.staircase) if announcement.staircase else rows


def _books(announcement: Announcement, *, said_on: date, told_on: date) -> QuerySet[PaymentBook]:
    books = PaymentBook.objects.filter(Q(closed_on__isnull=True) | Q(closed_on__gte=said_on))
    if announcement.audience == Announcement.Audience.COMPANY:
        return books.filter(managing_company=announcement.managing_company_id)
    if announcement.audience == Announcement.Audience.PREMISES:
        # Whoever has the flat later was not meant.
        books = books.filter(Q(opened_on__isnull=True) | Q(opened_on__lte=told_on))
    places = BookPremises.objects.filter(property__in=_premises(announcement))
    return books.filter(pk__in=places.values("payment_book"))
