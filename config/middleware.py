"""What every request and answer passes through."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from config.errors import bad_request, not_found

GetResponse = Callable[[HttpRequest], HttpResponse]


class RefuseBrokenInput:
    """Answer 400 to NUL in an address or a cookie: PostgreSQL takes none, and each would become a 500.

    Fields of forms refuse it themselves and say where it stood.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Stop such a request before anything reads it."""
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path or "\0" in query or "%00" in query:
            return bad_request(request, ValueError("NUL in the address"))
        # A server refuses NUL in a header, and Django makes one of the `\\000` in a quoted cookie.
        if any("\0" in value for value in request.COOKIES.values()):
            return bad_request(request, ValueError("NUL in a cookie"))
        return self.get_response(request)


class SignedIn(LoginRequiredMiddleware):
    """Lead whoever is not signed in to the sign-in, and tell who sent something that it was not taken."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        """Come back after a form to the page where it stood: the address it was sent to may show none."""
        if request.method != "POST":
            return super().handle_no_permission(request, view_func)
        messages.warning(
            request,
            _("You were signed out meanwhile, so what you sent was not taken. Sign in and send it again."),
        )
        came_from = urlsplit(request.headers.get("Referer", ""))
        is_ours = came_from.netloc == request.get_host()
        page = came_from._replace(scheme="", netloc="", fragment="").geturl() if is_ours else ""
        return redirect_to_login(page or request.get_full_path())


class NeverStore:
    """Keep every page out of caches: a shared computer must not show it after signing out."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark every answer that comes through here."""
        response = self.get_response(request)
        response["Cache-Control"] = "no-store, private"
        return response


class OwnNotFoundPage:
    """Show our own 404 in development too: Django's would list every address of the portal."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Put our page in place of the technical one."""
        response = self.get_response(request)
        if response.status_code == 404 and b"URLconf" in response.content:
            return not_found(request, LookupError("no such page"))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a view's own 404 before Django's technical page does."""
        from django.http import Http404

        return not_found(request, exception) if isinstance(exception, Http404) else None
