"""Every version of the privacy policy can be read, and a person sees which one they agreed to."""

import html
import re
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client

from accounts import policies
from accounts.models import Consent, User

VERSIONS = [(version, language) for version in policies.VERSIONS for language in ("lt", "en")]


def body(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


@pytest.mark.parametrize(("version", "language"), VERSIONS)
def test_every_version_is_read_at_its_own_address(
    client: Client, db: None, version: str, language: str
) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = body(client, f"/privacy/{version}")
    heading = re.findall(
        r"<h2>(.*?)</h2>", render_to_string(policies.template_of(version=version, language=language))
    )
    assert len(heading) > 5
    for words in heading:
        assert words in page
    assert f'href="/privacy/{version}" aria-current="page"' in page


def test_versions_are_days_of_which_the_last_is_in_force(client: Client, db: None) -> None:
    assert [*policies.VERSIONS] == sorted({*policies.VERSIONS})
    assert [date.fromisoformat(version) for version in policies.VERSIONS]
    page = body(client, "/privacy")
    assert f'href="/privacy/{policies.CURRENT}" aria-current="page"' in page
    assert "Galioja nuo 2026 m. lapkričio 22 d." in page
    assert "Sutikote" not in page


@pytest.mark.parametrize("version", ["2020-01-01", "2026-11-22.lt", "nonsense", "..%2f..%2fbase"])
def test_what_is_no_version_is_not_there(client: Client, db: None, version: str) -> None:
    assert client.get(f"/privacy/{version}").status_code == 404


def test_a_person_sees_what_they_agreed_to(
    client_for: Callable[[User], Client], holder: User, stranger: User
) -> None:
    given_at = datetime(2026, 11, 30, 23, 30, tzinfo=ZoneInfo("Europe/Vilnius"))
    Consent.objects.create(person=holder, policy_version=policies.CURRENT, given_at=given_at)
    assert "Sutikote 2026 m. lapkričio 30 d." in body(client_for(holder), "/privacy")
    assert "Sutikote" not in body(client_for(stranger), "/privacy")


@pytest.mark.parametrize("language", ["lt", "en"])
def test_the_policy_names_every_cookie(language: str) -> None:
    text = render_to_string(policies.template_of(version=policies.CURRENT, language=language))
    named = set(re.findall(r"<li><strong>([a-z_]+)</strong>", text))
    assert named == {
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
        settings.LANGUAGE_COOKIE_NAME,
        "messages",
    }
    assert settings.SESSION_COOKIE_AGE == 14 * 24 * 60 * 60
