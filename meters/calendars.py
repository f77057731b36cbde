"""The days of declaring as a calendar that programs fetch again and again (iCalendar, RFC 5545)."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.models import User
from lithuanian.dates import for_month
from properties.capabilities import Capability
from properties.models import BookPremises, PaymentBook

from .models import Meter
from .window import Days, latest_window, next_month, window_of

MONTHS = 12


def calendar_of(*, person: User, at: datetime) -> bytes:
    """Return the windows of the coming 12 months, in the active language; empty without objects; one query.

    The first and the last day of each, with the addresses it is for; nothing else of the person.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//{settings.BRAND_NAME}//{settings.LANGUAGE_CODE}")
    calendar.add("x-wr-calname", _("Meter declaration"))
    calendar.add("refresh-interval;value=duration", "P1D")
    for days, addresses in _addresses(person, at).items():
        for event in _events(person, days, addresses, at):
            calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _addresses(person: User, at: datetime) -> dict[Days, list[str]]:
    """Return the street addresses where this person declares, by the days of their windows."""
    books = PaymentBook.objects.visible_to(person, Capability.DECLARE, at=at)
    dials = Meter.objects.filter(property=OuterRef("property"), is_remote=False)
    rows = (
        BookPremises.objects.filter(
            Exists(dials.in_place(on=timezone.localdate(at))),
            payment_book__in=books.filter(managing_company__declares_readings=True),
        )
        .annotate(
            opens=Coalesce(
                "property__building__window_opens", "payment_book__managing_company__window_opens"
            ),
            closes=Coalesce(
                "property__building__window_closes", "payment_book__managing_company__window_closes"
            ),
        )
        .select_related("property__building")
        .order_by("property__building__sort_key", "property__sort_key", "pk")
    )
    found: dict[Days, dict[str, None]] = {}
    for row in rows:
        found.setdefault(Days(row.opens, row.closes), {})[row.property.street_address] = None
    return {days: list(addresses) for days, addresses in found.items()}


def _events(person: User, days: Days, addresses: list[str], at: datetime) -> Iterator[Event]:
    period = latest_window(days=days, at=at).period
    for _month in range(MONTHS + 1):
        window = window_of(days=days, period=period)
        if window.ends_at > at:
            words = {"for_month": for_month(period)}
            opens = _("Declare your meters %(for_month)s: from today") % words
            closes = _("Declare your meters %(for_month)s: last day") % words
            for name, day, summary in (
                ("opens", window.first_day, opens),
                ("closes", window.last_day, closes),
            ):
                about = f"{person.pk} {name} {period:%Y-%m} {days.opens}-{days.closes}"
                yield _event(about, day, summary, addresses, at)
        period = next_month(period)


def _event(about: str, day: date, summary: str, addresses: list[str], at: datetime) -> Event:
    """Return an event of a whole day; the same one has the same name however often it is fetched."""
    host = urlsplit(settings.BASE_URL).hostname
    event = Event()
    event.add("uid", f"{uuid.uuid5(uuid.NAMESPACE_URL, f'{settings.BASE_URL} {about}')}@{host}")
    event.add("dtstamp", at)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", summary)
    event.add("description", "\n".join(addresses))
    event.add("url", settings.BASE_URL + reverse("meters:declare"))
    event.add("transp", "TRANSPARENT")
    return event


def address_of(token: str) -> str:
    """Return the whole address of a calendar, to be given to a calendar program; empty without a token."""
    return settings.BASE_URL + reverse("meters:calendar_feed", args=[token]) if token else ""
