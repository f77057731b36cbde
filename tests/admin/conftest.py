"""Two companies with one row of everything each, and browsers of their staff."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from properties.models import Access, LinkRequest, ManagingCompany, PaymentBook
from tests.estate import Estate, everything_of
from tests.factories import (
    LONG_AGO,
    BalanceFactory,
    BookFactory,
    InvoiceFactory,
    PaymentFactory,
    PropertyFactory,
    UserFactory,
)


@pytest.fixture
def estate_a(book: PaymentBook, holder_access: Access) -> Estate:
    """Company A's; its invoice is held back."""
    return everything_of(book, holder_access, is_held=True)


@pytest.fixture
def estate_b(company_b: ManagingCompany) -> Estate:
    """Company B has something too, so that its lists are not empty."""
    place = PropertyFactory(
        building__managing_company=company_b, building__street="Ąžuolyno g.", building__city="Kaunas"
    )
    book = BookFactory(managing_company=company_b, payer_code="B-1", payer_name="Petras Bė", premises=[place])
    invoice = InvoiceFactory(payment_book=book, number="BE-1")
    payment = PaymentFactory(payment_book=book, bank_reference="BEBANKAS-1")
    balance = BalanceFactory(payment_book=book)
    request = LinkRequest.objects.create(
        person=UserFactory(),
        managing_company=company_b,
        payer_code="B-1",
        payer_code_key="B1",
        created_at=LONG_AGO,
    )
    objects = (company_b, place.building, place, book, invoice, payment, balance, request)
    return Estate({type(row): row for row in objects})


@pytest.fixture
def as_a(client_for: Callable[[User], Client], staff_a: User) -> Client:
    return client_for(staff_a)


@pytest.fixture
def as_b(client_for: Callable[[User], Client], staff_b: User) -> Client:
    """A browser of B's staff, who were even given every one of Django's permissions by mistake."""
    staff_b.user_permissions.set(Permission.objects.all())
    return client_for(staff_b)


@pytest.fixture
def as_superuser(client_for: Callable[[User], Client], superuser: User) -> Client:
    return client_for(superuser)
