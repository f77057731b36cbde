"""The page „Kliento informacija“: one's payment books, and how to get another object."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from properties.models import ManagingCompany, PaymentBook
from tests.factories import AccessFactory, BookFactory, PropertyFactory

ADDRESS = "/client-information"
ClientFor = Callable[[User], Client]


def books(client: Client) -> list[str]:
    """Return the listed payment books, without the companies below them."""
    body = client.get(ADDRESS).content.decode()
    listed = re.search(r'id="knygeles".*?(?=<div class="step-in)', body, re.S)
    assert listed is not None
    texts = [
        html.unescape(re.sub(r"<[^>]+>", " ", row)) for row in re.findall(r"<li>.*?</li>", listed[0], re.S)
    ]
    return [re.sub(r"[ \n]+", " ", text).strip() for text in texts]


def test_lists_ones_own_books_and_nobody_elses(
    client_for: ClientFor, holder: User, stranger: User, newcomer: User, revoked_guest: User
) -> None:
    mine = "Beržyno g. 8-15, Klaipėda Mokėjimo knygelės ID KN-0418 22-15 UAB „Pajūrio namai“"
    assert books(client_for(holder)) == [mine]
    assert "22-15" not in " ".join(books(client_for(stranger)))
    assert books(client_for(newcomer)) == []
    assert books(client_for(revoked_guest)) == []


def test_names_every_address_of_a_book_and_how_long_it_lasts(
    client_for: ClientFor, former_holder: User, former_book: PaymentBook
) -> None:
    former_book.opened_on, former_book.closed_on = former_book.closed_on, former_book.closed_on
    former_book.save()
    place = PropertyFactory(building=former_book.premises.get().building, kind="storage", unit="R3")
    former_book.book_premises.create(property=place)
    (listed,) = books(client_for(former_holder))
    assert listed.startswith("Beržyno g. 8-16, Klaipėda; Sandėliukas, Beržyno g. 8-R3, Klaipėda")
    assert "Atidaryta nuo" in listed
    assert "Uždaryta, paskutinė diena" in listed


def test_says_whom_to_ask_for_another_object(
    client_for: ClientFor, newcomer: User, company_a: ManagingCompany, company_b: ManagingCompany
) -> None:
    body = client_for(newcomer).get(ADDRESS).content.decode()
    assert 'id="knygeles"' in body
    assert 'href="tel:+37070011111"' in body
    assert 'href="mailto:namai@aukstumos.example"' in body
    assert newcomer.email in body


def test_costs_the_same_however_many_books(
    client_for: ClientFor, holder: User, book: PaymentBook, django_assert_num_queries: Any
) -> None:
    client = client_for(holder)
    with django_assert_num_queries(4):
        assert len(books(client)) == 1
    for _ in range(2):
        AccessFactory(person=holder, payment_book=BookFactory(managing_company=book.managing_company))
    with django_assert_num_queries(4):
        assert len(books(client)) == 3


@pytest.mark.parametrize("address", ["/", "/invoices", "/invoices/1", ADDRESS])
def test_whoever_is_not_signed_in_is_asked_to(client: Client, db: None, address: str) -> None:
    response = client.get(address)
    assert (response.status_code, response.headers["Location"]) == (302, f"/login?next={address}")
