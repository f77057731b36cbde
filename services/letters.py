"""Letters about requests: each step to who asked, and what is new to the company's staff."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import pgettext

from notifications.letters import Kind, register

from .models import Message, Request
from .wording import deed_words, number_words, place_words, visit_words, what_words, wish_words


def _is_theirs(context: dict[str, Any], at: datetime) -> bool:
    """Tell whether who asked may still read it: their use of the object may have ended meanwhile."""
    asked = _request(context)
    if asked is None or asked.person is None:
        return asked is not None
    return Request.objects.visible_to(asked.person, at=at).filter(pk=asked.pk).exists()


def _is_there(context: dict[str, Any], at: datetime) -> bool:
    return _request(context) is not None


def _request(context: dict[str, Any]) -> Request | None:
    return _rows(context).first()


def _rows(context: dict[str, Any]) -> QuerySet[Request]:
    """Return the request of a letter; once `still_wanted` has found it, it is there."""
    return Request.objects.select_related(
        "person", "managing_company", "item", "premises__building", "payment_book"
    ).filter(pk=context["request"])


def _said(context: dict[str, Any]) -> Message | None:
    return Message.objects.filter(pk=context["message"]).first() if context["message"] else None


def _frame(asked: Request) -> dict[str, Any]:
    return {
        "number": number_words(asked),
        "what": what_words(asked),
        "place": place_words(asked, with_city=True),
        "company": asked.managing_company.name,
    }


def _step_words(context: dict[str, Any]) -> dict[str, Any]:
    # A message is never deleted alone.
    asked, message = _rows(context).get(), Message.objects.get(pk=context["message"])
    deed = Message.Deed(message.deed)
    master = ", ".join(filter(None, (asked.in_charge_name, asked.in_charge_phone)))
    return {
        **_frame(asked),
        "asked": asked.title,
        "deed": deed_words(message, of=asked) or pgettext("letter", "Answer"),
        "text": message.text,
        "master": master if deed in {Message.Deed.ASSIGNED, Message.Deed.SCHEDULED} else "",
        "visit": visit_words(asked) if deed == Message.Deed.SCHEDULED else "",
        "url": settings.BASE_URL + reverse("services:request", args=[asked.pk]) if asked.person else "",
        "reply_to": "" if asked.person else asked.managing_company.email,
    }


def _staff_words(context: dict[str, Any]) -> dict[str, Any]:
    asked, message = _rows(context).get(), _said(context)
    is_new = context["what"] == "new"
    return {
        **_frame(asked),
        "deed": ""
        if is_new or message is None
        else deed_words(message, of=asked) or pgettext("letter", "Message"),
        "asker": asked.asker,
        "urgency": asked.get_urgency_display() if asked.urgency else "",
        "wish": wish_words(asked),
        "text": asked.text if message is None else message.text,
        "url": settings.BASE_URL + reverse("admin:services_request_change", args=[asked.pk]),
    }


register(Kind("request_step", "emails/services/step", still_wanted=_is_theirs, words=_step_words))
register(Kind("request_for_staff", "emails/services/for_staff", still_wanted=_is_there, words=_staff_words))
