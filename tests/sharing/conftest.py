"""A flat that is shared: what its holder offers, and what each person may do at a moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from properties.capabilities import Capability
from properties.models import Access, PaymentBook
from sharing import grants
from sharing.models import Offer

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)

MakeOffer = Callable[..., Offer]


@pytest.fixture
def offer_of(book: PaymentBook, holder: User) -> MakeOffer:
    """Let the flat's holder offer it to a person, or to an address."""

    def make(to: Any, **changes: Any) -> Offer:
        values = {
            "book": book,
            "scope": Access.Scope.ALL,
            "until_on": None,
            "by": holder,
            "at": AT,
            **changes,
        }
        return grants.offer(email=getattr(to, "email", to), **values)

    return make


def sees(
    person: User, book: PaymentBook, at: datetime = AT, what: Capability = Capability.SEE_OBJECT
) -> bool:
    return PaymentBook.objects.visible_to(person, what, at=at).filter(pk=book.pk).exists()


def refusal(rule: Callable[..., Any], **values: Any) -> str:
    """Return the code of the rule's refusal; fail when it does not refuse."""
    with pytest.raises(ValidationError) as refused:
        rule(**values)
    return str(refused.value.code)
