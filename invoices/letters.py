"""The letters that tell of invoices."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lithuanian.dates import for_month, long_day
from lithuanian.numbers import money
from notifications.letters import Kind, Topic, register, register_topic
from properties.models import Access

from .models import Invoice


def _is_still_theirs(context: dict[str, Any], at: datetime) -> bool:
    """Tell whether the invoice can still be seen by the holder it is told to."""
    invoice = Invoice.objects.filter(pk=context["invoice_id"], status=Invoice.Status.LIVE, is_held=False)
    access = Access.objects.live(at=at).filter(pk=context["access_id"])
    return invoice.exists() and access.exists()


def _words(context: dict[str, Any]) -> dict[str, Any]:
    """Return what the templates say, in the language that is active."""
    return {
        "number": context["number"],
        "for_month": for_month(date.fromisoformat(context["period"])),
        "charged": money(Decimal(context["charged"])),
        "due_on": long_day(date.fromisoformat(context["due_on"])),
        "url": settings.BASE_URL + reverse("invoices:detail", args=[context["invoice_id"]]),
    }


register_topic(
    Topic(
        name="invoices",
        label=_("New invoices"),
        explanation=_("When the managing company issues an invoice for an object of yours."),
    )
)
register(
    Kind(
        name="new_invoice",
        template="emails/invoices/new_invoice",
        still_wanted=_is_still_theirs,
        words=_words,
        topic="invoices",
    )
)
