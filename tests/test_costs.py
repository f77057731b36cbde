"""What a page may cost at most: queries, however many objects there are, and bytes of a first visit."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from benchmarks.first_visit import files_of, weight
from properties.models import PaymentBook
from tests.factories import (
    AccessFactory,
    InvoiceFactory,
    MeterFactory,
    PaymentFactory,
    PropertyFactory,
    RequestFactory,
)

ClientFor = Callable[[User], Client]

# Session and person are two of them. Of home, one asks whether offers or claims wait; objects, invoices, meters,
# noticeboard and voting ask one each.
QUERIES = {
    "home:main": 8,
    "invoices:list": 5,
    "meters:declare": 5,
    "meters:history": 4,
    "voting:list": 4,
    "sharing:client_information": 6,
    "services:list": 6,
    "services:fault": 5,
    "services:contact": 4,
    "account_contacts": 3,
    "account_change_password": 3,
    "notifications:letters": 4,
    "meters:calendar": 4,
    "guide:faq": 4,
}


def furnish(book: PaymentBook) -> None:
    """Give a payment book what each page has to show something of."""
    if not book.premises.exists():
        book.premises.add(PropertyFactory(building__managing_company=book.managing_company))
    MeterFactory(property=book.premises.first())
    InvoiceFactory(payment_book=book, charged="61.94", due_on=date(2026, 11, 30))
    PaymentFactory(payment_book=book, amount="5.00")
    RequestFactory(payment_book=book)


@pytest.mark.parametrize("name", QUERIES)
def test_a_page_asks_as_much_however_many_objects(
    client_for: ClientFor, holder: User, book: PaymentBook, name: str
) -> None:
    client = client_for(holder)
    furnish(book)
    counts = []
    for more in (0, 2):
        for _ in range(more):
            furnish(AccessFactory(person=holder).payment_book)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(name)).status_code == 200
        counts.append(len(asked))
    assert counts == [QUERIES[name]] * 2


@pytest.mark.parametrize("name", ["account_login", "home:main", "meters:declare"])
def test_a_first_visit_is_light(client_for: ClientFor, holder: User, book: PaymentBook, name: str) -> None:
    furnish(book)
    client = Client() if name == "account_login" else client_for(holder)
    page = client.get(reverse(name)).content
    assert {"css/savitarna.css", "js/savitarna.js"} <= files_of(page)
    print(name, len(page), weight(page), files_of(page))
    assert weight(page) <= 30_000
