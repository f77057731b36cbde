"""Which letters come: the person's own page, and the link in the foot of each letter."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from . import choices
from .forms import ChoicesForm
from .letters import topic_named


@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: HttpRequest) -> HttpResponse:
    """Show which letters come to one's email, and take another choice."""
    person: Any = request.user
    address = person.email
    data = request.POST if request.method == "POST" else None
    form = ChoicesForm(data, refused=choices.refused_by(address=address))
    if request.method == "POST" and form.is_valid():
        choices.choose(address=address, wanted=form.wanted, at=timezone.now())
        messages.success(request, _("Your choice of letters is saved."))
        return redirect("notifications:letters")
    return render(request, "notifications/letters.html", {"form": form})


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Turn off the letters of a link's topic, or turn them on again; opening the link alone changes nothing.

    Mail programs send the POST themselves (RFC 8058), without a cookie: the signed link is what entitles.
    """
    chosen = choices.chosen_in(token)
    if chosen is None:
        return render(request, "notifications/unsubscribe_over.html", status=404)
    address, topic = chosen
    if request.method == "POST" and request.POST.get("again"):
        choices.allow(address=address, topic=topic)
    elif request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click":
        choices.refuse(address=address, topic=topic, at=timezone.now())
    context = {
        "label": topic_named(topic).label,
        "is_off": choices.is_refused(address=address, topic=topic),
        "is_changed": bool(request.POST),
    }
    return render(request, "notifications/unsubscribe.html", context)
