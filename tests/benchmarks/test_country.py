"""A small piece of the country that pages are measured in: it is what the importer would have made."""

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from benchmarks import country
from benchmarks.land import HOUSE
from imports.kinds import all_kinds
from imports.runs import import_file
from invoices.amounts import settle
from invoices.models import Balance, Invoice, Line, Payment
from meters.last import keep_last
from meters.models import Meter, Reading
from properties.models import ManagingCompany, PaymentBook

AT = datetime(2026, 11, 22, 12, tzinfo=timezone.get_default_timezone())
# So that the largest company has a house of which a flat was sold.
BOOKS = 2 * HOUSE + 20
HEADERS = {
    "number": "Sąskaitos Nr.",
    "payment_book__payer_code": "Mokėtojo kodas",
    "period": "Laikotarpis",
    "issued_on": "Išrašyta",
    "due_on": "Apmokėti iki",
    "opening_balance": "Ankstesnis likutis",
    "received": "Gauta",
    "late_interest": "Delspinigiai",
    "total": "Mokėti iš viso",
    "status": "Būsena",
    "lines__line_no": "Eil. Nr.",
    "lines__service_code": "Paslaugos kodas",
    "lines__service": "Paslauga",
    "lines__quantity": "Kiekis",
    "lines__unit": "Mato vnt.",
    "lines__unit_price": "Kaina su PVM",
    "lines__amount": "Suma su PVM",
    "lines__vat_rate": "PVM %",
    "lines__vat_amount": "PVM suma",
    "lines__meter_type": "Skaitiklio tipas",
}


@pytest.fixture
def piece(db: None) -> None:
    with connection.cursor() as cursor:
        country.fill(cursor, books=BOOKS, people=4, at=AT, months=(5, 3), bare=False)


def test_a_file_of_its_invoices_changes_nothing(piece: None, tmp_path: Path) -> None:
    company = ManagingCompany.objects.get(pk=1)
    rows = list(
        Invoice.objects.filter(managing_company=company)
        .order_by("id", "lines__line_no")
        .values_list(*HEADERS)
    )
    path = tmp_path / "invoices.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADERS.values())
        writer.writerows([_cell(value) for value in row] for row in rows)
    outcome = import_file(
        kind=all_kinds()["invoices"],
        path=path,
        company_code=company.company_code,
        dry_run=True,
        at=AT,
    )
    counts = outcome.counts
    assert counts.unchanged == Invoice.objects.filter(managing_company=company).count() > 100
    assert (counts.created, counts.updated, counts.rejected) == (0, 0, 0)


def _cell(value: Any) -> str:
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else str(value)


def test_what_is_derived_is_what_saving_would_derive(piece: None) -> None:
    checked = 0
    for model in apps.get_models():
        if hasattr(model, "derive_keys"):
            for row in model._default_manager.all():
                stored = dict(row.__dict__)
                row.derive_keys()
                assert row.__dict__ | {"_state": None} == stored | {"_state": None}
                checked += 1
    assert checked > 4 * BOOKS


def test_last_readings_stand_on_the_meters(piece: None) -> None:
    last = ("id", "last_value", "last_on", "last_kind", "last_period", "last_book_id")
    stored = list(Meter.objects.order_by("id").values_list(*last))
    keep_last(meter_ids=[row[0] for row in stored])
    assert list(Meter.objects.order_by("id").values_list(*last)) == stored
    assert all(value is not None for _id, value, *_rest in stored)


def test_no_dial_goes_back_and_ids_follow_the_months(piece: None) -> None:
    readings = Reading.objects.current().order_by("meter_id", "read_on", "id")
    values: dict[int, Decimal] = {}
    for meter, value in readings.values_list("meter_id", "value"):
        assert value >= values.get(meter, 0)
        values[meter] = value
    assert {"opening", "monthly", "handover"} <= set(readings.values_list("kind", flat=True))
    periods = list(Invoice.objects.order_by("id").values_list("period", flat=True))
    assert periods == sorted(periods)


def test_amounts_add_up(piece: None) -> None:
    for invoice in Invoice.objects.prefetch_related("lines"):
        lines = sum(line.amount for line in invoice.lines.all())
        assert invoice.charged == lines + invoice.late_interest
        assert invoice.total == (invoice.opening_balance or 0) - (invoice.received or 0) + invoice.charged
    assert Line.objects.count() > 2 * Invoice.objects.count()


def test_the_printed_balance_is_the_one_that_is_owed(piece: None) -> None:
    today = AT.date()
    for book in PaymentBook.objects.filter(managing_company=1, closed_on=None):
        newest = book.invoices.order_by("-issued_on").first()
        if newest is None or newest.is_held or newest.status != Invoice.Status.LIVE:
            continue
        since = sum(
            payment.amount
            for payment in Payment.objects.filter(payment_book=book, paid_on__gte=newest.issued_on)
        )
        owed = settle(
            opening=Balance.objects.get(payment_book=book),
            invoices=book.invoices.all(),
            payments=book.payments.all(),
            today=today,
        )
        assert owed.balance == (newest.total or 0) - since
