"""What stands on company A's file, and who says that it is theirs."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from properties import activation, linking
from properties.linking import Claimant, Outcome
from properties.models import Access, Claim, LinkAttempt, ManagingCompany, PaymentBook
from tests.factories import AccessFactory, UserFactory

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOME = "192.0.2.7"
CODE = "KN-0418 22-15"

Try = Callable[..., Outcome]


def claimant_of(person: User, **other: Any) -> Claimant:
    """Return the person as the portal names them, or otherwise where a test says so."""
    is_company = person.kind == User.Kind.LEGAL_PERSON
    known = {
        "kind": "company" if is_company else "person",
        "name": person.get_full_name(),
        "email": person.email,
    }
    return Claimant(person=person, **{**known, **other})


@pytest.fixture
def birute(db: None) -> User:
    """The person whom the file names as the payer; she holds nothing yet."""
    person: User = UserFactory(email="birute@pastas.example", first_name="Birutė", last_name="Pavyzdienė")
    return person


@pytest.fixture
def attempt(book: PaymentBook, company_a: ManagingCompany) -> Try:
    """Let somebody try to link a payer code of company A."""

    def run(person: User, payer_code: str = CODE, **changes: Any) -> Outcome:
        who = {name: changes.pop(name) for name in ("kind", "name", "email") if name in changes}
        values = {"company": company_a, "network": HOME, "at": AT, "activation_code": "", **changes}
        return linking.link(claimant=claimant_of(person, **who), payer_code=payer_code, **values)

    return run


@pytest.fixture
def code(book: PaymentBook) -> str:
    return activation.code_of(book)


def hold(person: User, book: PaymentBook, **fields: Any) -> Access:
    made: Access = AccessFactory(person=person, payment_book=book, **fields)
    return made


def holders_of(book: PaymentBook) -> list[str]:
    """Return the emails of all who ever held the book."""
    rows = Access.objects.filter(payment_book=book, granted_by=None).order_by("pk")
    return [row.person.email for row in rows.select_related("person")]


def failed_claim(person: User, company: ManagingCompany, payer_code: str, at: datetime) -> Claim:
    claim = linking.store_claim(person=person, company=company, payer_code=payer_code, at=at)
    linking.decide_claims(claimant=claimant_of(person, name="Kas Kitas"), network="198.51.100.200", at=at)
    LinkAttempt.objects.all().delete()
    claim.refresh_from_db()
    assert claim.outcome == "not_linked"
    return claim


def masked(response: Any) -> str:
    """Return the body without the token of its forms."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", response.content.decode())


def html_of(letter: Any) -> str:
    """Return the HTML half of a letter that was sent."""
    return str(letter.alternatives[0].content)
