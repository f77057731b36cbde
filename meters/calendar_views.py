"""The days of declaring in the person's own calendar."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from notifications import feeds

from .calendars import address_of, calendar_of


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """Show the address of one's calendar; make one, or another in its place."""
    if request.method == "POST":
        if request.POST.get("make"):
            feeds.renew(person=request.user, at=timezone.now())
            messages.success(request, _("The link to your calendar is ready."))
        return redirect("meters:calendar")
    address = address_of(feeds.token_of(person=request.user))
    return render(request, "meters/calendar.html", {"address": address})


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Hand out the calendar to whoever has its address; calendar programs do not sign in."""
    person = feeds.person_with(token)
    if person is None:
        raise Http404("no such calendar")
    with translation.override(person.language):
        made = calendar_of(person=person, at=timezone.now())
    headers = {"Content-Disposition": 'inline; filename="savitarna.ics"', "X-Robots-Tag": "noindex"}
    return HttpResponse(made, content_type="text/calendar; charset=utf-8", headers=headers)
