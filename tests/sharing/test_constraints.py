"""What PostgreSQL refuses, whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from properties.models import Access, PaymentBook
from sharing.models import DraftLine, Offer
from tests.factories import AccessFactory, BookFactory, OfferFactory
from tests.sharing.conftest import AT

DAY = timedelta(days=1)


@contextmanager
def checked_at_once() -> Iterator[None]:
    """Ask also what is else asked at the end of a transaction."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def refused(name: str) -> Iterator[None]:
    """Expect PostgreSQL to refuse by the constraint of that name."""
    with pytest.raises(IntegrityError, match=name), checked_at_once():
        yield


def guest_row(granted_by: Access, person: User, **fields: Any) -> Access:
    values = {"payment_book": granted_by.payment_book, "starts_at": AT, **fields}
    row: Access = AccessFactory(person=person, granted_by=granted_by, **values)
    return row


@pytest.mark.parametrize(
    ("first_ends", "second"),
    [
        (None, {}),
        (None, {"starts_at": AT + 9 * DAY, "ends_at": AT + 10 * DAY}),
        (AT + 2 * DAY, {"starts_at": AT + DAY}),
        (AT + 2 * DAY, {"starts_at": AT - DAY, "ends_at": AT + DAY}),
    ],
)
def test_one_grant_per_guest_and_holder_at_a_time(
    first_ends: Any, second: dict[str, Any], holder_access: Access, newcomer: User, co_holder: User
) -> None:
    guest_row(holder_access, newcomer, ends_at=first_ends)
    with refused("one_grant_per_guest_and_holder_at_a_time"):
        guest_row(holder_access, newcomer, **second)
    # Of another holder it is another grant, and one after the other is none too many.
    guest_row(Access.objects.get(person=co_holder), newcomer, **second)
    Access.objects.filter(person=newcomer, granted_by=holder_access).update(ends_at=AT + DAY / 2)
    guest_row(holder_access, newcomer, starts_at=AT + DAY / 2)


def test_a_grant_that_ended_as_it_began_stands_in_nobodys_way(holder_access: Access, newcomer: User) -> None:
    guest_row(holder_access, newcomer, ends_at=AT)
    assert guest_row(holder_access, newcomer).pk


def test_a_guest_uses_the_book_of_the_holder(
    holder_access: Access, newcomer: User, former_book: PaymentBook
) -> None:
    with refused("guest_uses_the_book_of_the_holder"):
        guest_row(holder_access, newcomer, payment_book=former_book)
    row = guest_row(holder_access, newcomer)
    for moved in (row, holder_access):
        with refused("guest_uses_the_book_of_the_holder"):
            Access.objects.filter(pk=moved.pk).update(payment_book=former_book)
    # The holder's row takes its guests along.
    holder_access.delete()
    assert not Access.objects.filter(person=newcomer).exists()


def test_one_open_offer_per_holder_and_email(holder_access: Access, co_holder: User) -> None:
    first = OfferFactory(granted_by=holder_access, email="kas@pastas.example")
    with refused("one_open_offer_per_holder_and_email"):
        OfferFactory(granted_by=holder_access, email="kas@pastas.example")
    OfferFactory(granted_by=Access.objects.get(person=co_holder), email="kas@pastas.example")
    Offer.objects.filter(pk=first.pk).update(answer="declined", answered_at=AT)
    OfferFactory(granted_by=holder_access, email="kas@pastas.example")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("answered_offer_has_its_moment", {"answer": "declined"}),
        ("answered_offer_has_its_moment", {"answered_at": AT}),
        ("accepted_offer_has_its_access", {"answer": "accepted", "answered_at": AT}),
    ],
)
def test_an_offers_answer_is_whole(name: str, wrong: dict[str, Any], holder_access: Access) -> None:
    made = OfferFactory(granted_by=holder_access)
    with refused(name):
        Offer.objects.filter(pk=made.pk).update(**wrong)


def test_only_an_accepted_offer_has_access(holder_access: Access, newcomer: User) -> None:
    access = guest_row(holder_access, newcomer)
    made = OfferFactory(access=access)
    for wrong in ({"answer": "", "answered_at": None}, {"answer": "declined"}):
        with refused("accepted_offer_has_its_access"):
            Offer.objects.filter(pk=made.pk).update(**wrong)
    with refused("sharing_offer_access_id_key"):
        OfferFactory(access=access)


def test_an_offer_lapses_after_it_is_made(holder_access: Access) -> None:
    with refused("offer_lapses_after_it_is_made"):
        OfferFactory(granted_by=holder_access, offered_at=AT, expires_at=AT)
    OfferFactory(granted_by=holder_access, offered_at=AT, expires_at=AT + timedelta(microseconds=1))


def test_a_link_is_of_one_offer(holder_access: Access) -> None:
    OfferFactory(granted_by=holder_access, email="kas@pastas.example", token="tas-pats")
    with refused("sharing_offer_token"):
        OfferFactory(granted_by=holder_access, email="kita@pastas.example", token="tas-pats")


# ── Lines of a draft ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("object_is_once_in_a_draft", {"kind": "add"}),
        ("object_is_once_in_a_draft", {"kind": "remove"}),
        (
            "object_is_offered_to_an_email_once_in_a_draft",
            {"kind": "share", "email": "kas@pastas.example", "scope": "all"},
        ),
        ("share_is_ended_once_in_a_draft", {"kind": "unshare", "offer": True}),
    ],
)
def test_a_line_is_once_in_a_draft(
    name: str, fields: dict[str, Any], holder: User, holder_access: Access, newcomer: User, book: PaymentBook
) -> None:
    if "offer" in fields:
        fields = {**fields, "offer": OfferFactory(granted_by=holder_access)}
    line = {"payment_book": book, "staged_at": AT, **fields}
    DraftLine.objects.create(person=holder, **line)
    with refused(name):
        DraftLine.objects.create(person=holder, **line)
    DraftLine.objects.create(person=newcomer, **line)
    if "offer" not in fields:
        DraftLine.objects.create(person=holder, **{**line, "payment_book": BookFactory()})


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("line_that_ends_a_share_names_it", {"kind": "unshare"}),
        ("line_that_shares_says_with_whom", {"kind": "share", "scope": "all"}),
        ("line_that_shares_says_with_whom", {"kind": "share", "email": "kas@pastas.example"}),
        ("line_that_shares_says_with_whom", {"kind": "add", "email": "kas@pastas.example"}),
        ("line_that_shares_says_with_whom", {"kind": "remove", "scope": "all"}),
        ("line_that_shares_says_with_whom", {"kind": "add", "until_on": AT.date()}),
    ],
)
def test_a_line_says_what_its_kind_needs(
    name: str, fields: dict[str, Any], holder: User, book: PaymentBook
) -> None:
    with refused(name):
        DraftLine.objects.create(person=holder, payment_book=book, staged_at=AT, **fields)


def test_only_a_line_that_ends_a_share_names_one(
    holder: User, book: PaymentBook, holder_access: Access
) -> None:
    made = OfferFactory(granted_by=holder_access)
    with refused("line_that_ends_a_share_names_it"):
        DraftLine.objects.create(person=holder, payment_book=book, staged_at=AT, kind="add", offer=made)
    DraftLine.objects.create(person=holder, payment_book=book, staged_at=AT, kind="unshare", offer=made)
