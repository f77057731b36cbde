"""Somebody with a confirmed email and a password."""

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User

PASSWORD = "Kiemas-2026"


def make_person(email: str, **fields: object) -> User:
    person = User.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def person(db: None) -> User:
    return make_person(
        "birute@pastas.example", first_name="Birutė", last_name="Pavyzdienė", phone="+37060000000"
    )
