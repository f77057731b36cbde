"""Answers to what went wrong, in the portal's own look."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a form that came without its token: nothing was done, open the page again."""
    return render(request, "403_csrf.html", status=403)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Explain a limit: what is safe, when to try again and where to ask for help."""
    return render(request, "429.html", status=429)
