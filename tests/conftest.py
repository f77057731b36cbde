"""The cast: who is who in every test, and how each of them signs in.

Everybody's flat is at company A; `book` is the one they share, `former_book` the sold one.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import timezone

from accounts.models import User
from properties.models import Access, Building, ManagingCompany, PaymentBook, Property
from tests import tables, template_database
from tests.factories import (
    AccessFactory,
    BookFactory,
    BuildingFactory,
    CompanyFactory,
    OfferFactory,
    PropertyFactory,
    UserFactory,
)
from tests.parts import Apart


def pytest_collection() -> None:
    """Collect no garbage while tests are collected: what is made lives until the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    """And never look through it again: that took a third of the start and a twentieth of the rest."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Let each worker's database be a copy of one that is migrated already."""
    settings.DATABASES["default"]["TEST"]["TEMPLATE"] = template_database.ensure(settings.DATABASE_URL)


@pytest.fixture(scope="session", autouse=True)
def _emptied_where_filled() -> Iterator[None]:
    """After a test that commits empty the tables it filled: truncating all takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        truncate = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

        def empty(test: TransactionTestCase) -> None:
            if not tables.empty():
                truncate(test)

        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture
def apart(subtests: pytest.Subtests) -> Apart:
    """Return how to ask one case of several upon one estate: it fails alone and is undone before the next."""

    @contextmanager
    def asked(name: object) -> Iterator[None]:
        with subtests.test(str(name)), tables.undone():
            yield
            # What waits for the end of a transaction is checked as if this were one.
            connection.check_constraints()

    return asked


BACKEND = "accounts.backends.AuthenticationBackend"


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    """Return a browser in which that person is signed in."""

    def sign_in(person: User) -> Client:
        client = Client()
        client.force_login(person, backend=BACKEND)
        return client

    return sign_in


@pytest.fixture
def company_a(db: None) -> ManagingCompany:
    return CompanyFactory(
        company_code="300000017",
        name="UAB „Pajūrio namai“",
        phone="+370 700 11111",
        email="namai@pajurio.example",
    )


@pytest.fixture
def company_b(db: None) -> ManagingCompany:
    return CompanyFactory(
        company_code="300000024",
        name="UAB „Aukštumos namai“",
        phone="+370 700 22222",
        email="namai@aukstumos.example",
        declares_readings=False,
    )


@pytest.fixture
def building(company_a: ManagingCompany) -> Building:
    return BuildingFactory(managing_company=company_a, street="Beržyno g.", house="8", city="Klaipėda")


@pytest.fixture
def flat(building: Building) -> Property:
    return PropertyFactory(building=building, unit="15")


@pytest.fixture
def book(company_a: ManagingCompany, flat: Property) -> PaymentBook:
    return BookFactory(
        managing_company=company_a,
        payer_code="KN-0418 22-15",
        payer_name="Birutė Pavyzdienė",
        premises=[flat],
    )


@pytest.fixture
def holder_access(book: PaymentBook) -> Access:
    person = UserFactory(email="birute@pastas.example", first_name="Birutė", last_name="Pavyzdienė")
    return AccessFactory(person=person, payment_book=book)


@pytest.fixture
def holder(holder_access: Access) -> User:
    return holder_access.person


@pytest.fixture
def co_holder(book: PaymentBook) -> User:
    person: User = UserFactory(email="jonas@pastas.example", first_name="Jonas", last_name="Pavyzdys")
    AccessFactory(person=person, payment_book=book)
    return person


def _guest_of(holder_access: Access, email: str, scope: str, **fields: Any) -> Access:
    """Let somebody in as sharing does: a guest's row always comes of an accepted offer."""
    access: Access = AccessFactory(
        person=UserFactory(email=email, first_name="Ieva", last_name="Svetimavičė"),
        payment_book=holder_access.payment_book,
        granted_by=holder_access,
        scope=scope,
        **fields,
    )
    OfferFactory(access=access)
    return access


@pytest.fixture
def guest(holder_access: Access) -> User:
    return _guest_of(holder_access, "sveciai@pastas.example", Access.Scope.ALL).person


@pytest.fixture
def guest_declares(holder_access: Access) -> User:
    return _guest_of(holder_access, "skaitikliai@pastas.example", Access.Scope.DECLARE).person


@pytest.fixture
def guest_pays(holder_access: Access) -> User:
    return _guest_of(holder_access, "moketojas@pastas.example", Access.Scope.INVOICES).person


@pytest.fixture
def revoked_guest(holder_access: Access) -> User:
    ended = {"ends_at": timezone.now() - timedelta(minutes=1)}
    return _guest_of(holder_access, "buves.svecias@pastas.example", Access.Scope.ALL, **ended).person


@pytest.fixture
def expired_guest(holder_access: Access) -> User:
    """A guest whose last day was yesterday."""
    access = _guest_of(holder_access, "pasibaiges@pastas.example", Access.Scope.ALL)
    access.ends_at = timezone.make_aware(datetime.combine(timezone.localdate(), time()))
    access.save()
    access.offer.until_on = timezone.localdate() - timedelta(days=1)
    access.offer.save()
    return access.person


@pytest.fixture
def removed_holder(book: PaymentBook) -> User:
    """A co-holder who gave the object up."""
    person: User = UserFactory(email="atsisake@pastas.example", first_name="Jonas", last_name="Pavyzdys")
    AccessFactory(person=person, payment_book=book, ends_at=timezone.now() - timedelta(minutes=1))
    return person


@pytest.fixture
def former_book(company_a: ManagingCompany, building: Building) -> PaymentBook:
    return BookFactory(
        managing_company=company_a,
        payer_code="KN-0418 22-16",
        payer_name="Kazys Buvęs",
        premises=[PropertyFactory(building=building, unit="16")],
        closed_on=timezone.localdate() - timedelta(days=40),
    )


@pytest.fixture
def former_holder(former_book: PaymentBook) -> User:
    person: User = UserFactory(email="kazys@pastas.example", first_name="Kazys", last_name="Buvęs")
    AccessFactory(person=person, payment_book=former_book)
    return person


@pytest.fixture
def stranger(company_a: ManagingCompany) -> User:
    """A resident of the same company, with a book of their own."""
    person: User = UserFactory(email="svetimas@pastas.example", first_name="Adomas", last_name="Svetimas")
    AccessFactory(person=person, payment_book__managing_company=company_a)
    return person


@pytest.fixture
def newcomer(db: None) -> User:
    """Somebody with nothing yet."""
    return UserFactory(email="nauja@pastas.example", first_name="Nauja", last_name="Naujokė")


@pytest.fixture
def staff_a(company_a: ManagingCompany) -> User:
    person = UserFactory(email="darbuotoja.a@imone.example", first_name="Asta", last_name="A", is_staff=True)
    company_a.staff.add(person)
    return person


@pytest.fixture
def staff_b(company_b: ManagingCompany) -> User:
    person = UserFactory(email="darbuotoja.b@imone.example", first_name="Banga", last_name="B", is_staff=True)
    company_b.staff.add(person)
    return person


@pytest.fixture
def superuser(db: None) -> User:
    return UserFactory(email="operatore@imone.example", first_name="Ona", is_staff=True, is_superuser=True)
