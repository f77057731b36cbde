"""What home says is owed is what the pages' rows add up to, whatever there is of books, shares, money and orders."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from invoices.amounts import ZERO, amount_due, settle
from properties.models import PaymentBook
from tests.factories import AccessFactory
from tests.invoices.test_amounts import TODAY, Ledger, ledgers, store
from tests.invoices.test_pages import NOW

ClientFor = Callable[[User], Client]
# How the person came to an object, and whether its invoices are shown to them.
WAYS = {"holder": True, "guest": True, "guest of two": True, "declares only": False, "ended": False}


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def let_in(person: User, way: str) -> PaymentBook:
    if way == "holder":
        own: PaymentBook = AccessFactory(person=person).payment_book
        return own
    first = AccessFactory()
    granters = [first, AccessFactory(payment_book=first.payment_book)] if way == "guest of two" else [first]
    for granter in granters:
        AccessFactory(
            person=person,
            payment_book=first.payment_book,
            granted_by=granter,
            scope="declare" if way == "declares only" else "invoices",
            ends_at=timezone.now() if way == "ended" else None,
        )
    shared: PaymentBook = first.payment_book
    return shared


def sums_in(client: Client, address: str, inside: str, pattern: str) -> Decimal:
    """Add up the sums that stand in one part of a page."""
    part = re.search(inside, client.get(address).content.decode(), re.S)
    found = re.findall(pattern + r"(−?[\d\u00a0]+,\d\d)\u00a0€", part[0]) if part else []
    return sum((Decimal(one.replace("\u00a0", "").replace(",", ".")) for one in found), ZERO)


@given(objects=st.lists(st.tuples(ledgers(), st.sampled_from(sorted(WAYS))), min_size=1, max_size=3))
@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_home_and_the_lists_say_the_same(
    client_for: ClientFor, newcomer: User, objects: list[tuple[Ledger, str]]
) -> None:
    expected = ZERO
    with transaction.atomic():
        client = client_for(newcomer)
        for ledger, way in objects:
            store(let_in(newcomer, way), *ledger)
            entry, invoices, payments, orders = ledger
            result = settle(opening=entry, invoices=invoices, payments=payments, orders=orders, today=TODAY)
            expected += amount_due(balance=result.balance) if WAYS[way] else ZERO
        said = sums_in(client, "/", r'<section class="due.*?</section>', r'class="sum">')
        rows = sums_in(client, "/invoices", r'aria-labelledby="unpaid".*?</section>', r'class="money">')
        tiles = sums_in(
            client,
            "/",
            r'<section class="stack-s" aria-labelledby="objects".*?</section>',
            r'class="money">(?=[^<]*</span><span class="tag (?:warn|bad)">)',
        )
        companies = sums_in(client, "/invoices/pay", r"<main.*</main>", r'class="big num">')
        transaction.set_rollback(True)
    assert {"home": said, "tiles": tiles, "rows": rows, "companies": companies} == dict.fromkeys(
        ("home", "tiles", "rows", "companies"), expected
    )
