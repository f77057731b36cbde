"""What the pages about services show; the queries of „Paslaugos“ are two, and one more for the requests."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from lithuanian.dates import long_day, short_day
from properties.capabilities import Capability
from properties.models import ManagingCompany
from properties.objects import OwnObject, may_of

from . import requests
from .models import CatalogueItem, Message, Photo, Request
from .wording import (
    Step,
    Tag,
    deadline_words,
    deed_words,
    number_words,
    place_words,
    steps_of,
    tag_of,
    visit_words,
    what_words,
    wish_words,
)

# Of one's own requests the newest; older ones are found by their letters.
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What one company offers."""

    company: ManagingCompany
    items: list[CatalogueItem]

    @property
    def emergency_url(self) -> str:
        """Return what a phone dials."""
        return f"tel:{''.join(self.company.emergency_phone.split())}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A request as its list shows it."""

    request: Request
    title: str
    about: str
    number: str
    tag: Tag
    steps: list[Step]
    # Who asked, when that was somebody else.
    asker: str
    sent: str
    deadline: str
    url: str


def shelves_of(*, objects: Sequence[OwnObject], today: date) -> list[Shelf]:
    """Return the companies of objects that are still one's own, each with what this person may order of it;
    two queries. Whoever may only declare meters still has whom to call when water runs."""
    lasting = [own for own in objects if own.book.closed_on is None or own.book.closed_on >= today]
    if not lasting:
        return []
    # Those of one's home come first, as its object does.
    order = list(dict.fromkeys(own.book.managing_company_id for own in lasting))
    companies = sorted(
        ManagingCompany.objects.filter(pk__in=order), key=lambda company: order.index(company.pk)
    )
    ids = {own.book.managing_company_id for own in lasting if Capability.ORDER in own.may}
    items = list(CatalogueItem.objects.filter(managing_company__in=ids, is_offered=True)) if ids else []
    return [
        Shelf(company=company, items=[item for item in items if item.managing_company_id == company.pk])
        for company in companies
    ]


def orderable(*, objects: Iterable[OwnObject], shelves: Iterable[Shelf]) -> list[OwnObject]:
    """Return the objects for which orders and faults are taken: those of companies that offer something."""
    taking = {shelf.company.pk for shelf in shelves if shelf.items}
    return [own for own in objects if Capability.ORDER in own.may and own.book.managing_company_id in taking]


def listing(*, user: Any, objects: list[OwnObject], at: datetime) -> dict[str, Any]:
    """Return what „Paslaugos“ shows."""
    today = timezone.localdate(at)
    shelves = shelves_of(objects=objects, today=today)
    held = [own.book.pk for own in objects if own.is_held]
    # Said once more in ids, by which the indexes find them; what may be seen the gate has said.
    rows = Request.objects.visible_to(user, at=at).filter(Q(person=user) | Q(payment_book__in=held))
    newest = rows.select_related(
        "item", "managing_company", "payment_book", "premises__building", "person"
    ).order_by("-sent_at", "-pk")[:MOST_SHOWN]
    cards = [card_of(asked=asked, user=user, today=today) for asked in newest]
    return {
        "may": may_of(objects),
        "shelves": [shelf for shelf in shelves if shelf.items],
        "emergencies": emergencies(shelves),
        "can_report": bool(orderable(objects=objects, shelves=shelves)),
        "has_objects": bool(objects),
        "may_order": any(Capability.ORDER in own.may for own in objects),
        "waiting": [card for card in cards if card.request.is_waiting],
        "closed": [card for card in cards if not card.request.is_waiting],
    }


def emergencies(shelves: Iterable[Shelf]) -> list[Shelf]:
    """Return the companies with a phone for emergencies; one number of several companies stands once."""
    by_phone = {shelf.company.emergency_phone: shelf for shelf in shelves if shelf.company.emergency_phone}
    return list(by_phone.values())


def card_of(*, asked: Request, user: Any, today: date) -> Card:
    """Return a request in words."""
    return Card(
        request=asked,
        title=asked.title,
        about=" · ".join([what_words(asked), place_words(asked)]),
        number=number_words(asked),
        tag=tag_of(asked, today=today),
        steps=steps_of(asked),
        asker="" if asked.person_id == user.pk else asked.asker,
        sent=short_day(timezone.localdate(asked.sent_at)),
        deadline=deadline_words(asked, today=today),
        url=reverse("services:request", args=[asked.pk]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry of the thread."""

    who: str
    is_of_staff: bool
    when: str
    deed: str
    text: str
    photos: list[Photo]


def detail(*, asked: Request, user: Any, is_open: bool, at: datetime) -> dict[str, Any]:
    """Return what the page of one request shows; two queries, of messages and of photos."""
    today = timezone.localdate(at)
    is_person_s = is_open and asked.person_id == user.pk
    return {
        "card": card_of(asked=asked, user=user, today=today),
        "place": place_words(asked, with_city=True),
        "sent_on": long_day(timezone.localdate(asked.sent_at)),
        "wish": wish_words(asked),
        "visit": visit_words(asked),
        "phone_url": f"tel:{''.join(asked.in_charge_phone.split())}",
        **_thread(asked),
        "can_write": is_person_s and asked.is_answered(at=at),
        "can_reopen": is_person_s and asked.can_reopen(at=at),
        "can_cancel": is_person_s and asked.is_waiting,
        "can_wish": is_person_s and asked.is_waiting and asked.kind != Request.Kind.CONTACT,
        "is_over": is_person_s and not asked.is_answered(at=at),
        "over_words": requests.over_words(asked),
    }


def _thread(asked: Request) -> dict[str, Any]:
    photos = list(Photo.objects.filter(request=asked))
    said = [
        Said(
            who=asked.managing_company.name if message.is_of_staff else str(message.by),
            is_of_staff=message.is_of_staff,
            when=_when(message),
            deed=deed_words(message, of=asked),
            text=message.text,
            photos=[photo for photo in photos if photo.message_id == message.pk],
        )
        for message in Message.objects.filter(request=asked).select_related("by")
    ]
    return {"thread": said, "photos": [photo for photo in photos if photo.message_id is None]}


def _when(message: Message) -> str:
    moment = timezone.localtime(message.written_at)
    return f"{short_day(moment.date())}, {moment:%H:%M}"
