"""Declaring from a letter, without signing in."""

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lithuanian.dates import for_month

from .forms import DeclareForm
from .reminder_links import link_page, take, visible_to_link
from .sheet import Answered, Sheet
from .window_words import until_words


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def reminder(request: HttpRequest, token: str) -> HttpResponse:
    """Show and take the one declaration that the link opens, to whoever has it.

    No cookie is asked for or given: the link alone entitles, so there is nothing that another site could misuse.
    """
    at = timezone.now()
    found = visible_to_link(token, at=at)
    if not ratelimit.consume(request, action="reminder"):
        too_many: HttpResponse = ratelimit.respond_429(request)
        return too_many
    if found is None:
        return _answer(request, "meters/reminder_over.html", {}, status=404)
    with translation.override(found.person.language):
        sheet, answered = Sheet(), Answered()
        if request.method == "POST":
            form = DeclareForm(request.POST, MultiValueDict(), meters=found.undeclared)
            sheet, answered = take(found=found, sheet=form.sheet(), at=at)
        page = link_page(found=found, sheet=sheet, answered=answered, at=at)
        words = {"for_month": for_month(found.window.period), "until": until_words(window=found.window)}
        return _answer(request, "meters/reminder.html", {"page": page, **words})


def _answer(
    request: HttpRequest, template: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Answer alike whoever asks: without their menu, and without forms that need a cookie."""
    response = render(request, template, context | {"who": None, "csrf_token": ""}, status=status)
    # The address is the key: it is told to nobody, ourselves included.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response["Content-Language"] = get_language() or ""
    return response
