"""The token of forms: Django's own, masked for less."""

import secrets
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, get_token
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString

_PLACES = {char: place for place, char in enumerate(CSRF_ALLOWED_CHARS)}
# The sum of two places goes round the alphabet.
_ROUND = CSRF_ALLOWED_CHARS * 2
# A random byte as a character. The bytes beyond the last whole round would make the first characters likelier.
_AS_CHAR = (CSRF_ALLOWED_CHARS * 5).encode()[:256]
_UNFAIR = bytes(range(256 - 256 % len(CSRF_ALLOWED_CHARS), 256))


def csrf(request: HttpRequest) -> dict[str, Any]:
    """Return the context of `{% csrf_token %}`, in place of the one that Django gives every template."""
    # Letters and digits: there is nothing to escape.
    return {"csrf_token": SimpleLazyObject(lambda: SafeString(token(request)))}


def token(request: HttpRequest) -> str:
    """Return the token for a form of this page, under a mask of its own.

    Django draws the mask character by character, each with a question to the operating system: of a page of a
    resident that was a twentieth. Here it is one question, and the token is the same to whoever checks it.
    """
    secret = request.META.get("CSRF_COOKIE")
    if secret is None:
        return get_token(request)
    # As `get_token` does: the cookie is sent again, so that it lives as long as the page's form needs it.
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    mask = _random_string()
    return mask + "".join(
        [_ROUND[_PLACES[one] + _PLACES[other]] for one, other in zip(secret, mask, strict=True)]
    )


def _random_string() -> str:
    chars = b""
    # Twice as many bytes as needed, of which one in thirty-two is unfair: once round, but for a miracle.
    while len(chars) < CSRF_SECRET_LENGTH:
        chars += secrets.token_bytes(2 * CSRF_SECRET_LENGTH).translate(_AS_CHAR, _UNFAIR)
    return chars[:CSRF_SECRET_LENGTH].decode("ascii")
