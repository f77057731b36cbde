"""Answers to what went wrong, in the portal's own look."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import is_valid_path
from django.views.defaults import page_not_found

from home.frame import brand


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Explain an address or a form that cannot be read; made without session and database."""
    return HttpResponse(render_to_string("400.html", {"brand": brand()}), status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Lead who typed a slash too many to the page that is meant; else say that there is no such page."""
    path = request.path_info.rstrip("/")
    leads_nowhere = request.resolver_match is None and request.method in {"GET", "HEAD"}
    if leads_nowhere and path != request.path_info and is_valid_path(path):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{path}?{query}" if query else path)
    return page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that it is our fault; made without session and database, which may be what broke."""
    return HttpResponse(render_to_string("500.html", {"brand": brand()}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a form that came without its token: nothing was done, open the page again."""
    return render(request, "403_csrf.html", status=403)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Explain a limit: what is safe, when to try again and where to ask for help."""
    return render(request, "429.html", status=429)
