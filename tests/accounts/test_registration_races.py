"""Two who hurry at once for one email: one account is left, and it belongs to one of them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import registration
from accounts.models import Consent, User
from properties.models import Claim, ManagingCompany
from tests.accounts.test_registration import CODE_PAGE, EMAIL, code_in
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company():
    cache.clear()
    yield CompanyFactory()
    cache.clear()


def typed(company: ManagingCompany, password: str) -> registration.Registration:
    return registration.Registration(
        email=EMAIL,
        password=password,
        kind=User.Kind.NATURAL_PERSON,
        first_name="Birutė",
        last_name="Pavyzdienė",
        phone="+37061234567",
        language="lt",
        policy_version="1",
        company=company,
        payer_code="KN-1",
    )


def at_once(*jobs):
    """Do the jobs at the same moment, each with a connection of its own."""
    start = Barrier(len(jobs))

    def do(job):
        try:
            start.wait()
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return [done.result() for done in [threads.submit(do, job) for job in jobs]]


def test_eight_at_once_leave_one_account_with_one_claim(company):
    people = at_once(
        *[
            lambda password=f"Slaptas-{number}": registration.register(
                registration=typed(company, password), at=timezone.now()
            )
            for number in range(8)
        ]
    )
    # Nobody confirmed, so each replaced the one before.
    assert all(people)
    assert User.objects.count() == EmailAddress.objects.count() == Consent.objects.count() == 1
    assert Claim.objects.get().person == User.objects.get()


@pytest.mark.parametrize("round_", range(5))
def test_a_right_code_and_a_new_registration_at_once_never_mix(company, round_):
    browser = Client(REMOTE_ADDR=f"10.0.0.{round_}")
    form = {
        "kind": "natural_person",
        "first_name": "Birutė",
        "last_name": "Pavyzdienė",
        "email": EMAIL,
        "phone": "8 612 34567",
        "password1": "Pirmas-Rytas-7",
        "has_invitation": "on",
        "consent": "on",
    }
    browser.post("/register", form)
    code = code_in(mail.outbox[-1])
    answer, second = at_once(
        lambda: browser.post(CODE_PAGE, {"code": code, "action": "verify"}),
        lambda: registration.register(registration=typed(company, "Antras-Rytas-7"), at=timezone.now()),
    )
    assert answer.status_code in {200, 302}
    person = User.objects.get()
    confirmed = EmailAddress.objects.get().verified
    assert confirmed is (second is None)
    assert person.check_password("Pirmas-Rytas-7" if confirmed else "Antras-Rytas-7")
