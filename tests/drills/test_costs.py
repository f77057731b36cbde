"""What pages cost in counts that do not wobble: instructions of home against its floor, queries with fifty objects."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from psycopg.conninfo import make_conninfo

from accounts.models import User
from benchmarks.floor import AUTH1
from benchmarks.under_valgrind import instructions
from properties.models import PaymentBook
from tests.factories import AccessFactory
from tests.test_costs import QUERIES, furnish

ClientFor = Callable[[User], Client]


@pytest.mark.parametrize("name", QUERIES)
def test_fifty_objects_cost_no_query_more(
    client_for: ClientFor, holder: User, book: PaymentBook, name: str
) -> None:
    client = client_for(holder)
    furnish(book)
    for _ in range(49):
        furnish(AccessFactory(person=holder).payment_book)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse(name)).status_code == 200
    assert len(asked) == QUERIES[name]


@pytest.mark.django_db(transaction=True)
def test_home_costs_at_most_four_floors(
    client_for: ClientFor, holder: User, book: PaymentBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (book, *(AccessFactory(person=holder).payment_book for _ in range(2))):
        furnish(one)
    cookie = f"sessionid={client_for(holder).cookies['sessionid'].value}; csrftoken={'a1' * 16}"
    name = connection.settings_dict["NAME"]
    monkeypatch.setenv("DATABASE_URL", make_conninfo(settings.DATABASE_URL, dbname=name))
    monkeypatch.setenv("SECRET_KEY", settings.SECRET_KEY)
    counted = instructions([f"{AUTH1}/", "/"], cookies=[cookie] * 2, settings="tests.drills.costs_settings")
    if counted is None:
        pytest.skip("There is no valgrind here: instructions are not counted.")
    floor, home = counted
    print(f"home {home / 1e6:.1f} M instructions, AUTH1 {floor / 1e6:.1f} M: {home / floor:.2f}")
    assert home <= 4.2 * floor
