"""How an account comes to be: registered, then confirmed by the emailed code, or gone after a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from properties import linking
from properties.models import ManagingCompany

from .models import Consent, User, canonical_email

UNCONFIRMED_LIVES = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What somebody typed; `company` is None with an invitation, when no code is needed."""

    email: str
    password: str
    kind: User.Kind
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    company_code: str = ""
    contact_person: str = ""
    phone: str
    language: str
    policy_version: str
    company: ManagingCompany | None = None
    payer_code: str = ""


def register(*, registration: Registration, at: datetime) -> User | None:
    """Make an unconfirmed account with its claim; return None when the email belongs to an account already.

    A known email costs the same work, password and rows, which is then undone: the time tells nobody.
    """
    person = _person(registration)
    with holding(email=person.email):
        unconfirmed().filter(email=person.email).delete()
        known = User.objects.filter(email=person.email).exists()
        try:
            with transaction.atomic():
                if known:
                    person.email = f"{uuid4()}@undone.invalid"
                _write_down(person, registration, at)
                if known:
                    raise _KnownEmail
        except _KnownEmail:
            return None
    return person


class _KnownEmail(Exception):
    """Undoes what was written for a known email."""


def _person(registration: Registration) -> User:
    person = User(
        email=canonical_email(registration.email),
        kind=registration.kind,
        first_name=registration.first_name,
        last_name=registration.last_name,
        company_name=registration.company_name,
        company_code=registration.company_code,
        contact_person=registration.contact_person,
        phone=registration.phone,
        language=registration.language,
    )
    # Hashed before anything is locked: it is the slowest part of all.
    person.set_password(registration.password)
    return person


def _write_down(person: User, registration: Registration, at: datetime) -> None:
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=False)
    Consent.objects.create(person=person, policy_version=registration.policy_version, given_at=at)
    if registration.company:
        linking.store_claim(
            person=person, company=registration.company, payer_code=registration.payer_code, at=at
        )


def unconfirmed() -> QuerySet[User]:
    """Return who registered and has never typed the emailed code; accounts made by staff are not among them."""
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    agreed = Consent.objects.filter(person=OuterRef("pk"))
    return User.objects.filter(Exists(agreed), ~Exists(confirmed), is_staff=False, is_superuser=False)


def is_known(*, email: str) -> bool:
    """Tell whether a canonical email belongs to an account that its owner has confirmed, or staff made."""
    return User.objects.filter(email=email).exclude(pk__in=unconfirmed().values("pk")).exists()


@contextmanager
def holding(*, email: str) -> Iterator[None]:
    """Open a transaction in which nobody else registers, confirms or forgets this email."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [canonical_email(email)])
        yield


def forget_unconfirmed(*, at: datetime) -> int:
    """Delete accounts, with their claims, that nobody confirmed within 24 hours; return how many."""
    late = unconfirmed().filter(consents__given_at__lte=at - UNCONFIRMED_LIVES)
    forgotten = 0
    for email in list(late.values_list("email", flat=True)):
        with holding(email=email):
            forgotten += bool(late.filter(email=email).delete()[0])
    return forgotten


def decide_claims(*, person: User, network: str, at: datetime) -> None:
    """Decide what the person claimed at registration; the email must be confirmed by now."""
    linking.decide_claims(claimant=linking.claimant_of(person), network=network, at=at)
