"""The main window: each app's card, one after another."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from invoices import home as invoices
from lithuanian.dates import weekday_day
from meters import home as meters
from noticeboard import home as noticeboard
from properties import home as properties
from properties.contacts import contacts_of
from properties.models import ManagingCompany
from properties.objects import may_of, objects_of
from sharing import home as sharing
from voting import home as voting

from .waiting import may_wait_for


@require_safe
def main(request: HttpRequest) -> HttpResponse:
    """Show what concerns this person's objects, or how to begin when there are none."""
    at = timezone.now()
    today = timezone.localdate(at)
    objects = objects_of(user=request.user, at=at)
    offers, claims = may_wait_for(user=request.user, at=at)
    context: dict[str, Any] = {
        "today": weekday_day(today),
        "may": may_of(objects),
        "offers": sharing.cards(user=request.user, at=at) if offers else [],
        "claims": properties.cards(user=request.user, at=at) if claims else [],
    }
    if not objects:
        context["companies"] = contacts_of(companies=ManagingCompany.objects.all())
        return render(request, "home/start.html", context)
    context["invoices"] = invoices.card(objects=objects, today=today)
    context["meters"] = meters.card(objects=objects, at=at)
    board = noticeboard.card(user=request.user, objects=objects, at=at)
    vote = voting.card(objects=objects, at=at)
    context |= {"noticeboard": board, "unread": board.unread}
    context |= {"voting": vote, "to_vote": vote.to_vote if vote else 0}
    return render(request, "home/main.html", context)
