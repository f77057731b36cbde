"""One row of everything at company A, and what of it may never be shown to company B."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.models import User
from imports.models import ImportRun
from invoices.models import InvoiceRevision
from properties.models import (
    Access,
    Building,
    ManagingCompany,
    PayerCodeAlias,
    PayerCorrection,
    PaymentBook,
    Property,
)
from tests.factories import (
    BalanceFactory,
    BookFactory,
    InvoiceFactory,
    LineFactory,
    PaymentFactory,
    PropertyFactory,
)


@dataclass
class Estate:
    """One object of each kind of a company, by model."""

    objects: dict[type[Model], Model]

    def __getitem__(self, model: type[Model]) -> Any:
        return self.objects[model]


# Each of these is in company A's rows and nowhere else.
SECRETS = (
    "Pajūrio namai",
    "300000017",
    "Beržyno",
    "KN-0418",
    "SENAS-77",
    "Pavyzdien",
    "Klaidinga Pavardė",
    "birute@pastas.example",
    "SF-SLAPTA-1",
    "BANKAS-SLAPTAS-1",
    "Slapta paslauga",
    "987,65",
    "432,10",
    "76,54",
    "76.54",
    "registras-slaptas.csv",
)


def secrets_in(response: Any) -> set[str]:
    """Return which of company A's secrets an answer holds."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = body.decode() + "".join(f"{name}: {value}" for name, value in response.headers.items())
    text = text.replace("\\u017e", "ž").replace("\\u016b", "ū")
    return {secret for secret in SECRETS if secret in text}


@pytest.fixture
def estate_a(
    company_a: ManagingCompany, building: Building, flat: Property, book: PaymentBook, holder_access: Access
) -> Estate:
    PayerCodeAlias.objects.create(
        payment_book=book, managing_company=company_a, payer_code="SENAS-77", payer_code_key="SENAS77"
    )
    PayerCorrection.objects.create(
        payment_book=book, old_name="Klaidinga Pavardė", new_name=book.payer_name, corrected_at=timezone.now()
    )
    invoice = InvoiceFactory(
        payment_book=book, number="SF-SLAPTA-1", charged=Decimal("987.65"), is_held=True, revision=2
    )
    LineFactory(invoice=invoice, service="Slapta paslauga", amount=Decimal("987.65"))
    InvoiceRevision.objects.create(
        invoice=invoice, revision=1, content={"service": "Slapta paslauga"}, replaced_at=timezone.now()
    )
    payment = PaymentFactory(payment_book=book, bank_reference="BANKAS-SLAPTAS-1", amount=Decimal("432.10"))
    balance = BalanceFactory(payment_book=book, amount=Decimal("76.54"), as_of_on=date(2020, 1, 1))
    run = ImportRun.objects.create(
        kind="register",
        company_code=company_a.company_code,
        file_name="registras-slaptas.csv",
        started_at=timezone.now(),
        finished_at=timezone.now(),
        created=1,
        updated=0,
        unchanged=0,
        rejected=0,
    )
    objects = (company_a, building, flat, book, holder_access, invoice, payment, balance, run)
    return Estate({type(row): row for row in objects} | {User: holder_access.person})


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
    objects = (company_b, place.building, place, book, invoice, payment, balance)
    return Estate({type(row): row for row in objects})


@pytest.fixture
def as_a(client_for: Callable[[User], Client], staff_a: User) -> Client:
    return client_for(staff_a)


@pytest.fixture
def as_b(client_for: Callable[[User], Client], staff_b: User) -> Client:
    """A browser of B's staff, who were even given every one of Django's permissions by mistake."""
    from django.contrib.auth.models import Permission

    staff_b.user_permissions.set(Permission.objects.all())
    return client_for(staff_b)


@pytest.fixture
def as_superuser(client_for: Callable[[User], Client], superuser: User) -> Client:
    return client_for(superuser)
