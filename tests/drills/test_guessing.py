"""Whoever guesses payer codes opens nothing and learns nothing, and no owner is locked out by it.

The control takes the lock of the slots away: the same parallel guesses must then get past a limit.
"""

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from properties import activation, attempts, linking
from properties.models import Access, LinkAttempt, ManagingCompany, PaymentBook
from tests.factories import AccessFactory, BookFactory, UserFactory
from tests.properties.conftest import claimant_of, failed_claim

CODES = 10_000 if os.environ.get("DRILL") else 500
ACCOUNTS = 50
ROUNDS = 3 if os.environ.get("DRILL") else 1
PROCESSES, GUESSES = 8, 60

ClientFor = Callable[[User], Client]


def test_ten_thousand_codes_open_nothing_and_teach_nothing(
    client_for: ClientFor, company_a: ManagingCompany, newcomer: User
) -> None:
    dice = random.Random(2026)
    codes = [f"SPEJIMAS-{number:06}" for number in range(CODES)]
    books = [
        BookFactory(managing_company=company_a, payer_code=code, payer_name="Birutė Pavyzdienė", premises=[])
        for code in codes[::10]
    ]
    for book in books[::2]:
        AccessFactory(payment_book=book)
    held = Access.objects.count()
    guessers = [
        UserFactory(email=f"spejikas{number}@pastas.example", first_name="Kas", last_name="Kitas")
        for number in range(ACCOUNTS)
    ]
    browsers = {person: client_for(person) for person in guessers}
    answers: Counter[Any] = Counter()
    for code, (place, person) in zip(dice.sample(codes, CODES), cycle(enumerate(guessers)), strict=False):
        address = f"198.51.100.{place}"
        now = timezone.now()
        claim = linking.store_claim(person=person, company=company_a, payer_code=code, at=now)
        linking.decide_claims(claimant=claimant_of(person), network=address, at=now)
        typed = "".join(dice.choices(activation.ALPHABET, k=activation.LENGTH))
        response = browsers[person].post(
            f"/claims/{claim.pk}", {"activation_code": typed}, REMOTE_ADDR=address
        )
        answers[told(response, code, person)] += 1
        claim.delete()
    assert list(answers.values()) == [CODES]
    assert Access.objects.count() == held
    assert LinkAttempt.objects.count() == ACCOUNTS * attempts.OF_A_PERSON

    LinkAttempt.objects.bulk_create(
        LinkAttempt(
            managing_company=company_a,
            network=f"more {number}",
            payer_code_key="X",
            day=timezone.localdate(),
            attempted_at=timezone.now(),
            is_name_judged=True,
        )
        for number in range(attempts.FAILURES_AT_A_COMPANY)
    )
    book = books[1]
    claim = failed_claim(newcomer, company_a, book.payer_code, timezone.now())
    response = client_for(newcomer).post(
        f"/claims/{claim.pk}", {"activation_code": activation.code_of(book)}, REMOTE_ADDR="203.0.113.9"
    )
    assert response.status_code == 302
    assert Access.objects.get(person=newcomer).payment_book == book
    print(
        f"\n{CODES} codes, {len(books)} of them real, from {ACCOUNTS} accounts and addresses: "
        "nothing opened, one answer to the last letter; the owner with the activation code is in"
    )


def told(response: Any, code: str, person: User) -> tuple[int, str, str]:
    """Return what an answer tells, without what the guesser typed and who they are."""
    body = re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", response.content.decode())
    body = re.sub(r"/claims/[0-9]+", "/claims/", body)
    return (
        response.status_code,
        str(sorted((name, value) for name, value in response.headers.items() if name != "Content-Length")),
        body.replace(code, "").replace(person.email, ""),
    )


# ── In parallel ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def people(transactional_db: None, company_a: ManagingCompany) -> list[int]:
    BookFactory(managing_company=company_a, payer_code="SPEJIMAS-1", premises=[])
    return [UserFactory().pk for _person in range(GUESSES)]


def many(limit: str, people: list[int]) -> list[dict[str, Any]]:
    """Return guesses that have only what is limited in common."""
    return [
        {
            "person": people[0] if limit == "person" else person,
            "network": "192.0.2.1" if limit in {"network", "code"} else f"198.51.100.{number}",
            "code": "SPEJIMAS-1" if limit == "code" else f"SPEJIMAS-{number}",
        }
        for number, person in enumerate(people)
    ]


def guess_at_once(guesses: list[dict[str, Any]], *, lock: str = "locked") -> list[str]:
    """Make all guesses at the same moment, over 8 processes; return what each heard."""
    url = psycopg.conninfo.make_conninfo(settings.DATABASE_URL, dbname=connection.settings_dict["NAME"])
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.drills.guesser", json.dumps(guesses[start::PROCESSES]), lock],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for start in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    heard = []
    for process in processes:
        said, _nothing = process.communicate()
        assert process.returncode == 0
        heard += json.loads(said)
    return heard


LIMITS = {
    "person": (attempts.OF_A_PERSON, attempts.OF_A_PERSON),
    "network": (attempts.OF_A_NETWORK, attempts.OF_A_NETWORK),
    # Past the code's limit the network's still lets activation codes be tried.
    "code": (attempts.OF_A_NETWORK, attempts.OF_A_CODE_FROM_A_NETWORK),
    "company": (GUESSES, 10),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_parallel_guesses_never_exceed_a_limit(
    limit: str, people: list[int], company_a: ManagingCompany
) -> None:
    slots, names = LIMITS[limit]
    for _round in range(ROUNDS):
        LinkAttempt.objects.all().delete()
        if limit == "company":
            fill(company_a, attempts.FAILURES_AT_A_COMPANY - names)
        assert guess_at_once(many(limit, people)) == ["not_linked"] * GUESSES
        taken = LinkAttempt.objects.exclude(payer_code_key="BEFORE")
        assert (taken.count(), taken.filter(is_name_judged=True).count()) == (slots, names)
    assert not Access.objects.exists()
    assert PaymentBook.objects.get().activation_no == 1
    print(
        f"\n{GUESSES} guesses at once, {ROUNDS} times, limit of the {limit}: {slots} slots, {names} by name"
    )


def fill(company: ManagingCompany, count: int) -> None:
    LinkAttempt.objects.bulk_create(
        LinkAttempt(
            managing_company=company,
            network=f"before {number}",
            payer_code_key="BEFORE",
            day=timezone.localdate(),
            attempted_at=timezone.now(),
            is_name_judged=True,
        )
        for number in range(count)
    )


def test_control_without_the_lock_guesses_get_past_the_limit(people: list[int]) -> None:
    for number in range(1, 21):
        LinkAttempt.objects.all().delete()
        guess_at_once(many("person", people), lock="unlocked")
        taken = LinkAttempt.objects.count()
        if taken > attempts.OF_A_PERSON:
            print(f"\ncontrol: without the lock {taken} slots were taken in round {number}")
            return
    pytest.fail("the limit held without its lock: the drill has no teeth")
