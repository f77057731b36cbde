"""The page „Kliento informacija“: what it lists, to whom, at what cost."""

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from properties.models import Access, ManagingCompany, PaymentBook
from sharing import grants
from sharing.models import Offer
from tests.factories import AccessFactory, BookFactory, PropertyFactory, UserFactory

ADDRESS = "/client-information"
ClientFor = Callable[[User], Client]


def text_of(body: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body.replace("<wbr>", "")))).strip()


def rows(client: Client, section: str = "knygeles") -> list[str]:
    """Return the lines of one list of the page, as read aloud, without what follows the list."""
    body = client.get(ADDRESS).content.decode()
    listed = re.search(rf'id="{section}".*?(?=<form class="step-in)', body, re.S)
    return [text_of(row) for row in re.findall(r"<li[ >].*?</li>", listed[0], re.S)] if listed else []


def offered(book: PaymentBook, by: User, email: str = "dukra@pastas.example", **terms: Any) -> Offer:
    """Return an offer as its letter has just gone out."""
    given = {"scope": Access.Scope.ALL, "until_on": None, "at": timezone.now(), **terms}
    return grants.offer(book=book, email=email, by=by, **given)


def accepted(offer: Offer, person: User) -> Access:
    return grants.accept(offer=offer, by=person, at=timezone.now())


# ── Payment books ───────────────────────────────────────────────────────────────────────────────


def test_lists_ones_own_books_and_nobody_elses(
    client_for: ClientFor, holder: User, stranger: User, newcomer: User, revoked_guest: User
) -> None:
    mine = (
        "Beržyno g. 8-15, Klaipėda Mokėjimo knygelės ID KN-0418 22-15 UAB „Pajūrio namai“ "
        "Pašalinti knygelę: Beržyno g. 8-15"
    )
    assert rows(client_for(holder)) == [mine]
    assert "KN-0418 22-15" not in " ".join(rows(client_for(stranger)))
    assert rows(client_for(newcomer)) == []
    assert rows(client_for(revoked_guest)) == []


def test_names_every_address_of_a_book_and_how_long_it_lasts(
    client_for: ClientFor, former_holder: User, former_book: PaymentBook
) -> None:
    former_book.opened_on, former_book.closed_on = former_book.closed_on, former_book.closed_on
    former_book.save()
    place = PropertyFactory(building=former_book.premises.get().building, kind="storage", unit="R3")
    former_book.book_premises.create(property=place)
    (listed,) = rows(client_for(former_holder))
    assert listed.startswith("Beržyno g. 8-16, Klaipėda; Sandėliukas, Beržyno g. 8-R3, Klaipėda")
    assert "Atidaryta nuo" in listed
    assert "Uždaryta, paskutinė diena" in listed


@pytest.mark.parametrize(
    ("who", "rights"),
    [
        ("guest", "Galite viską, ką gali savininkas"),
        ("guest_declares", "Galite tik deklaruoti skaitiklius."),
        ("guest_pays", "Galite tik matyti sąskaitas ir mokėti."),
    ],
)
def test_tells_a_guest_whose_object_it_is_and_what_they_may_do(
    client_for: ClientFor, request: pytest.FixtureRequest, who: str, rights: str
) -> None:
    person = request.getfixturevalue(who)
    (listed,) = rows(client_for(person))
    assert "Birutė Pavyzdienė" in listed
    assert rights in listed
    assert listed.endswith("Atsisakyti objekto")
    assert "Pašalinti" not in listed
    assert rows(client_for(person), "dalinimasis") == []


def test_tells_a_guest_the_last_day(client_for: ClientFor, guest: User) -> None:
    access = guest.accesses.get()
    access.ends_at = datetime(2099, 1, 1, tzinfo=ZoneInfo("Europe/Vilnius"))
    access.save()
    (listed,) = rows(client_for(guest))
    assert "Galioja iki 2098 m. gruodžio 31 d." in listed.replace("\xa0", " ")


def test_shows_ones_own_contacts(client_for: ClientFor, holder: User) -> None:
    holder.phone = "+37060000000"
    holder.save()
    body = text_of(client_for(holder).get(ADDRESS).content.decode())
    assert "Vardas, pavardė Birutė Pavyzdienė El. paštas birute@pastas.example" in body
    assert "+370 600 00000 Keisti telefono numerį" in body


def test_says_whom_to_ask_for_an_object_to_who_has_none(
    client_for: ClientFor,
    newcomer: User,
    holder: User,
    company_a: ManagingCompany,
    company_b: ManagingCompany,
) -> None:
    body = client_for(newcomer).get(ADDRESS).content.decode()
    assert 'id="knygeles"' in body
    assert 'href="tel:+37070011111"' in body
    assert 'href="mailto:namai@aukstumos.example"' in body
    assert newcomer.email in body
    assert 'href="tel:+37070011111"' not in client_for(holder).get(ADDRESS).content.decode()


# ── Shares ──────────────────────────────────────────────────────────────────────────────────────


def test_lists_who_waits_and_who_uses_it_alike_with_an_account_or_without(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    daughter = UserFactory(email="dukra@pastas.example", first_name="Eglė", last_name="Pavyzdė")
    offer = offered(book, holder)
    until = timezone.localdate() + timedelta(days=400)
    offered(book, holder, "nera@pastas.example", scope="declare", until_on=until)
    known, unknown = rows(client_for(holder), "dalinimasis")
    assert known == (
        "dukra@pastas.example Beržyno g. 8-15 Gali matyti sąskaitas, mokėti, deklaruoti skaitiklius ir užsakyti "
        "paslaugas Laukiame patvirtinimo Panaikinti dalinimąsi su dukra@pastas.example: Beržyno g. 8-15"
    )
    assert "nera@pastas.example Beržyno g. 8-15 Gali tik deklaruoti skaitiklius Galioja iki" in unknown
    assert "Laukiame patvirtinimo" in unknown

    accepted(offer, daughter)
    (uses, _waits) = rows(client_for(holder), "dalinimasis")
    assert uses.startswith("dukra@pastas.example Eglė Pavyzdė Beržyno g. 8-15 Gali matyti")
    assert "Naudojasi nuo" in uses


def test_a_co_holder_sees_who_else_gets_in_and_ends_nothing_of_the_other(
    client_for: ClientFor, holder: User, co_holder: User, book: PaymentBook
) -> None:
    offer = offered(book, holder)
    client = client_for(co_holder)
    other, guest = rows(client, "dalinimasis")
    assert other == "Birutė Pavyzdienė Beržyno g. 8-15 Taip pat turi šį objektą"
    assert "Dalinasi: Birutė Pavyzdienė Laukiame patvirtinimo" in guest
    assert "Panaikinti" not in guest
    assert client.post(f"{ADDRESS}/change", {"unshare": offer.pk}).status_code == 404
    assert client_for(holder).post(f"{ADDRESS}/change", {"unshare": offer.pk}).status_code == 302


def test_shows_what_others_offer_to_share(client_for: ClientFor, holder: User, book: PaymentBook) -> None:
    daughter = UserFactory(email="dukra@pastas.example")
    stranger = UserFactory()
    offered(book, holder)
    body = text_of(client_for(daughter).get(ADDRESS).content.decode())
    assert "Beržyno g. 8-15, Klaipėda" in body
    assert "Birutė Pavyzdienė" in body
    assert "Beržyno g. 8-15" not in client_for(stranger).get(ADDRESS).content.decode()


def test_a_guest_is_shown_another_holders_offer_of_the_same_object_and_no_other_guests(
    client_for: ClientFor, guest: User, co_holder: User, book: PaymentBook
) -> None:
    offered(book, co_holder, guest.email)
    offered(book, co_holder, "slaptas@pastas.example")
    body = text_of(client_for(guest).get(ADDRESS).content.decode())
    assert body.count("Priimti") == 1
    assert "slaptas@pastas.example" not in body


# ── Cost and doors ──────────────────────────────────────────────────────────────────────────────

QUERIES = 6


def test_costs_the_same_however_many_objects_and_shares(
    client_for: ClientFor, holder: User, book: PaymentBook, django_assert_num_queries: Any
) -> None:
    client = client_for(holder)
    books = [book]
    with django_assert_num_queries(QUERIES):
        assert len(rows(client)) == 1
    for _ in range(4):
        books.append(BookFactory(managing_company=book.managing_company))
        AccessFactory(person=holder, payment_book=books[-1])
    for each in books:
        accepted(offered(each, holder, "dukra@pastas.example"), _daughter())
        offered(each, holder, "sunus@pastas.example")
        offered(each, holder, "kaimynas@pastas.example")
    client.post(f"{ADDRESS}/change", {"remove": books[-1].pk})
    with django_assert_num_queries(QUERIES):
        body = client.get(ADDRESS).content.decode()
    assert body.count("Laukiame patvirtinimo") == 10
    assert body.count("Naudojasi nuo") == 5


def _daughter() -> User:
    found: User | None = User.objects.filter(email="dukra@pastas.example").first()
    return found or UserFactory(email="dukra@pastas.example")


BUTTONS = ("add", "request", "share", "change", "save", "discard", "leave")


@pytest.mark.parametrize("button", BUTTONS)
def test_who_comes_to_a_buttons_address_is_led_to_the_page(
    client_for: ClientFor, holder: User, button: str
) -> None:
    response = client_for(holder).get(f"{ADDRESS}/{button}")
    assert (response.status_code, response.headers["Location"]) == (302, ADDRESS)
    refused = Client().post(f"{ADDRESS}/{button}")
    assert (refused.status_code, refused.headers["Location"]) == (302, f"/login?next={ADDRESS}/{button}")


@pytest.mark.parametrize("address", ["/", "/invoices", "/invoices/1", ADDRESS])
def test_whoever_is_not_signed_in_is_asked_to(client: Client, db: None, address: str) -> None:
    response = client.get(address)
    assert (response.status_code, response.headers["Location"]) == (302, f"/login?next={address}")
