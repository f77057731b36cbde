"""Answers to what went wrong, in the portal's own look."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from home.frame import brand


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Explain an address or a form that cannot be read; made without session and database."""
    return HttpResponse(render_to_string("400.html", {"brand": brand()}), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that it is our fault; made without session and database, which may be what broke."""
    return HttpResponse(render_to_string("500.html", {"brand": brand()}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a form that came without its token: nothing was done, open the page again."""
    return render(request, "403_csrf.html", status=403)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Explain a limit: what is safe, when to try again and where to ask for help."""
    return render(request, "429.html", status=429)
