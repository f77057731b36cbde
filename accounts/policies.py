"""The privacy policy, kept word for word in every version that anybody has agreed to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lithuanian.dates import long_day

from .models import Consent

# The day a version came into force; a change of one word is a new version with its own two files.
VERSIONS = ("2026-11-22",)
CURRENT = VERSIONS[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version, as the list of all of them shows it."""

    name: str
    since: str
    is_current: bool
    is_shown: bool
    # When this person agreed to it, in words.
    agreed: str


def template_of(*, version: str, language: str) -> str:
    """Return the template that holds the text of a version in a language."""
    return f"accounts/privacy/{version}.{language}.html"


def versions(*, person: Any, shown: str) -> list[Version]:
    """Return every version, newest first; one query for who is signed in."""
    given = Consent.objects.filter(person=person) if person.is_authenticated else Consent.objects.none()
    agreed = dict(given.values_list("policy_version", "given_at"))
    return [
        Version(
            name=version,
            since=long_day(date.fromisoformat(version)),
            is_current=version == CURRENT,
            is_shown=version == shown,
            agreed=_agreed_words(agreed.get(version)),
        )
        for version in reversed(VERSIONS)
    ]


def _agreed_words(given_at: datetime | None) -> str:
    if given_at is None:
        return ""
    return _("You agreed on %(day)s") % {"day": long_day(timezone.localdate(given_at))}
