from collections import Counter

from django.http import HttpRequest
from django.middleware.csrf import (  # type: ignore[attr-defined]
    CSRF_ALLOWED_CHARS,
    _does_token_match,
    _unmask_cipher_token,
)
from django.template import Context, RequestContext, Template

from config.csrf import _random_string, token


def asked(**meta: str) -> HttpRequest:
    request = HttpRequest()
    request.META |= meta
    return request


def test_the_token_is_the_secret_under_a_new_mask_each_time() -> None:
    for secret in ("9" * 32, "a" * 32, _random_string()):
        request = asked(CSRF_COOKIE=secret)
        tokens = {token(request) for _ in range(50)}
        assert len(tokens) == 50
        assert all(len(one) == 64 and _unmask_cipher_token(one) == secret for one in tokens)
        assert all(_does_token_match(one, secret) for one in tokens)
        assert request.META["CSRF_COOKIE_NEEDS_UPDATE"]


def test_a_visitor_without_a_secret_gets_one() -> None:
    request = asked()
    assert _does_token_match(token(request), request.META["CSRF_COOKIE"])


def test_every_character_is_as_likely() -> None:
    drawn = Counter(char for _ in range(4000) for char in _random_string())
    assert set(drawn) == set(CSRF_ALLOWED_CHARS)
    # 2,065 of each are to be expected, give or take 45; unfair bytes would make some 2,400.
    assert all(1750 < count < 2350 for count in drawn.values())


def test_a_page_asks_for_one_token_and_only_if_it_has_a_form() -> None:
    request = asked(CSRF_COOKIE="a" * 32)
    Template("no form").render(RequestContext(request))
    assert "CSRF_COOKIE_NEEDS_UPDATE" not in request.META
    page: Context = RequestContext(request)
    one, other = Template("{% csrf_token %} {% csrf_token %}").render(page).split("> ")
    assert one.rstrip(">") == other.rstrip(">")
