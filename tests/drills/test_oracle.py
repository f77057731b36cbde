"""The form's answer takes as long for a known email as for an unknown one: nobody learns who has an account.

The control answers a known email at once, without the work that is undone; it must be seen from far.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import registration, views
from config.settings import PASSWORD_HASHERS
from notifications.models import Letter
from properties.models import ManagingCompany
from sharing.models import DraftLine
from tests.accounts.conftest import make_person
from tests.conftest import BACKEND
from tests.factories import AccessFactory, CompanyFactory

DRILL = bool(os.environ.get("DRILL"))
PAIRS = 200 if DRILL else 3
FAR = 0.5


@pytest.fixture(autouse=True)
def _as_in_production(transactional_db: None, settings: Any) -> Iterator[None]:
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def company(transactional_db: None) -> ManagingCompany:
    made: ManagingCompany = CompanyFactory()
    return made


def known_people() -> None:
    for number in range(PAIRS):
        make_person(f"zinomas{number}@pastas.example", first_name="Rasa", last_name="Bandomoji")


def medians(path: str, form_of: Callable[[str], dict[str, object]]) -> dict[str, float]:
    """Return the median seconds of known and unknown emails, asked in turns, each from an address of its own."""
    known_people()
    took: dict[str, list[float]] = {"zinomas": [], "nezinomas": []}
    form_of("x")
    for number in range(-5, PAIRS):
        # Who is asked first changes, so that neither always comes after the other.
        for who in sorted(took, reverse=bool(number % 2)):
            network = f"10.{number % 250}.{len(who)}.7"
            client, form = Client(REMOTE_ADDR=network), form_of(f"{who}{number}@pastas.example")
            begin = time.perf_counter()
            answer = client.post(path, form)
            end = time.perf_counter()
            assert answer.status_code == 302
            if number >= 0:
                took[who].append(end - begin)
    return {who: statistics.median(times) for who, times in took.items()}


def difference(kind: str, found: dict[str, float]) -> float:
    """Return by what part of the longer the two differ, and print it."""
    known, unknown = found["zinomas"], found["nezinomas"]
    apart = abs(known - unknown) / max(known, unknown)
    print(
        f"{kind}: known {known * 1000:.1f} ms, unknown {unknown * 1000:.1f} ms, {apart:.1%} apart, n={PAIRS}"
    )
    return apart


def registration_form(company: ManagingCompany) -> Callable[[str], dict[str, object]]:
    return lambda email: {
        "kind": "natural_person",
        "first_name": "Rasa",
        "last_name": "Bandomoji",
        "email": email,
        "phone": "8 600 00000",
        "password1": "Liepos-Rytas-7",
        "managing_company": company.pk,
        "payer_code": "KN-1",
        "consent": "on",
    }


def test_a_registration_takes_as_long_for_a_known_email(company: ManagingCompany) -> None:
    apart = difference("register", medians("/register", registration_form(company)))
    assert apart < 0.1 or not DRILL


def test_a_reset_takes_as_long_for_a_known_email() -> None:
    apart = difference("reset", medians("/password/reset", lambda email: {"email": email}))
    assert apart < 0.1 or not DRILL


def test_an_invitation_takes_as_long_for_a_known_email(company: ManagingCompany) -> None:
    """Staged and saved by ten holders in turn, so that nobody meets the limit of a day."""
    known_people()
    holders = AccessFactory.create_batch(10, payment_book__managing_company=company)
    browsers = [Client() for _ in holders]
    for browser, access in zip(browsers, holders, strict=True):
        browser.force_login(access.person, backend=BACKEND)
    took: dict[str, list[float]] = {"zinomas": [], "nezinomas": []}
    for number in range(-5, PAIRS):
        browser, access = browsers[number % 10], holders[number % 10]
        for who in sorted(took, reverse=bool(number % 2)):
            begin = time.perf_counter()
            typed = {"book": access.payment_book_id, "email": f"{who}{number}@pastas.example", "scope": "all"}
            staged = browser.post("/client-information/share", typed)
            line = DraftLine.objects.get(person=access.person)
            saved = browser.post("/client-information/save", {"line": line.pk})
            end = time.perf_counter()
            assert (staged.status_code, saved.status_code) == (302, 302)
            if number >= 0:
                took[who].append(end - begin)
    assert Letter.objects.filter(kind="offer").count() == 2 * (PAIRS + 5)
    found = {who: statistics.median(times) for who, times in took.items()}
    assert difference("invitation", found) < 0.1 or not DRILL


def test_without_the_undone_work_it_would_be_seen(
    company: ManagingCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a rule that answers a known email at once."""

    class Hasty:
        @staticmethod
        def register(*, registration: registration.Registration, at: object) -> object:
            if registration.email.startswith("zinomas"):
                return None
            return rule(registration=registration, at=at)  # type: ignore[arg-type]

    rule = registration.register
    monkeypatch.setattr(views, "registration", Hasty)
    apart = difference("control", medians("/register", registration_form(company)))
    assert apart > FAR or not DRILL
