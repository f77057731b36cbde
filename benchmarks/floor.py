"""The floors that pages are measured against: the very bytes of the real page, with next to nothing done for them.

BARE1 is Django without middleware and with one statement; AUTH1 is the middleware of `startproject`, the
session, the person and one statement. All stand in one process, so that both sides of a ratio meet the same
machine, the same pool and the same interpreter.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from io import BytesIO, StringIO
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, _get_user_session_key  # type: ignore[attr-defined]
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test.utils import override_settings
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

BARE1, AUTH1 = "/floor/bare1", "/floor/auth1"

# What `django-admin startproject` of Django 5.2 writes.
STOCK_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "benchmarks.floor.StockAuthentication",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
STOCK_SESSIONS = "django.contrib.sessions.backends.db"


class StockAuthentication(AuthenticationMiddleware):
    """Django's own with Django's own backend: the session names the portal's, which finds a person for less."""

    def process_request(self, request: HttpRequest) -> None:
        """Put the person on the request, found when asked for."""
        request.user = SimpleLazyObject(partial(_stock_person, request))  # type: ignore[assignment]


def _stock_person(request: HttpRequest) -> Any:
    if SESSION_KEY not in request.session:
        return AnonymousUser()
    user: Any = ModelBackend().get_user(_get_user_session_key(request))
    held = request.session.get(HASH_SESSION_KEY, "")
    return user if user and constant_time_compare(held, user.get_session_auth_hash()) else AnonymousUser()


def bare1(request: HttpRequest, page: str) -> HttpResponse:
    """Answer with the bytes of that page after one statement."""
    return _after_one_statement(request)


def auth1(request: HttpRequest, page: str) -> HttpResponse:
    """Answer with the bytes of that page, to a person, after one statement more than reading who asks."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return _after_one_statement(request)


def _after_one_statement(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return HttpResponse(request.META["floor.bytes"])


class Application:
    """The portal as production runs it, and beside it the two floors with middleware of their own."""

    def __init__(self) -> None:
        self._portal = WSGIHandler()
        with override_settings(MIDDLEWARE=[]):
            bare = WSGIHandler()
        with override_settings(MIDDLEWARE=STOCK_MIDDLEWARE, SESSION_ENGINE=STOCK_SESSIONS):
            stock = WSGIHandler()
        self._floors = {BARE1: bare, AUTH1: stock}
        # The bytes are those of the page at the first request; each process asks for its own.
        self._recorded = lru_cache(self._bytes_of)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer from the floor that the path begins with, else from the portal."""
        path = environ["PATH_INFO"]
        for prefix, floor in self._floors.items():
            if path.startswith(f"{prefix}/"):
                environ["floor.bytes"] = self._recorded(
                    path.removeprefix(prefix), environ.get("QUERY_STRING", ""), environ.get("HTTP_COOKIE", "")
                )
                return floor(environ, start_response)
        return self._portal(environ, start_response)

    def _bytes_of(self, path: str, query: str, cookie: str) -> bytes:
        status, body = ask(self._portal, path, query=query, cookie=cookie)
        if status != 200:
            raise ValueError(f"{path} answers {status}: a floor can only be laid under a page that is shown")
        return body


def ask(application: Any, path: str, *, query: str = "", cookie: str = "") -> tuple[int, bytes]:
    """Return the status and the body of a GET, through the whole of an application and without a server."""
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "savitarna.test",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "savitarna.test",
        "HTTP_COOKIE": cookie,
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
        "HTTP_ACCEPT_LANGUAGE": "lt,en;q=0.8",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    answer = application(environ, lambda status, headers, *rest: answered.append(status))
    try:
        body = b"".join(answer)
    finally:
        answer.close()
    return int(answered[0].partition(" ")[0]), body
