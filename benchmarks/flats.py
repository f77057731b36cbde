"""Flats whose holders declare, in a database of their own: of three and of six meters by turns.

Read, billed and paid for two years: of tables that are still empty PostgreSQL makes plans that no portal lives with.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config import devdb

BASE_DIR = Path(__file__).resolve().parent.parent
COMPANY = "300000117"
FLATS = {"small": 1000, "country": 20_000}

MONTHS = 24
# What every meter uses in a month.
USE = 3


@dataclass(frozen=True, kw_only=True)
class Flat:
    book: int
    meters: list[int]
    person: int
    session_key: str


@contextmanager
def own_database(name: str) -> Iterator[dict[str, str]]:
    """Give the environment of a migrated database on the durable cluster, and drop the database in the end."""
    cluster = devdb.ensure(BASE_DIR / ".data" / "pg18-bench")
    database = sql.Identifier(name)
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
        address = psycopg.conninfo.make_conninfo(cluster, dbname=name)
        environment = os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        try:
            for command in ("migrate", "createcachetable"):
                run(environment, "manage.py", command, "--verbosity=0")
            yield environment
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))


def run(environment: dict[str, str], *arguments: str) -> bytes:
    """Return what a program of the portal printed."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, check=True
    ).stdout


_READ = """
INSERT INTO meters_reading (meter_id, managing_company_id, payment_book_id, kind, period, value, read_on,
                            declared_at, source, declared_by_id, is_unusual, is_rollover)
SELECT m.id, m.managing_company_id, bp.payment_book_id, 'monthly', month,
       100 + 40 * (m.id %% 7) + %(use)s * no, (month + interval '19 days')::date,
       month + interval '19 days', 'resident', NULL, false, false
FROM generate_series(1, %(months)s) no,
     LATERAL (SELECT (%(first)s::date + make_interval(months => no - 1))::date AS month) at,
     meters_meter m JOIN properties_bookpremises bp ON bp.property_id = m.property_id
ORDER BY no, m.id
"""

_BILLED = (
    """
    INSERT INTO invoices_invoice (managing_company_id, payment_book_id, number, period, issued_on, due_on, status,
                                  charged, late_interest, total, revision, is_held, content_hash)
    SELECT b.managing_company_id, b.id, 'S-' || no || '-' || b.id, month, month + 34, month + 57, 'live',
           15, 0, 15, 1, false, ''
    FROM generate_series(1, %(months)s) no,
         LATERAL (SELECT (%(first)s::date + make_interval(months => no - 1))::date AS month) at,
         properties_paymentbook b
    ORDER BY no, b.id
    """,
    """
    INSERT INTO invoices_line (invoice_id, line_no, service, service_code, unit, amount, meter_type, serial)
    SELECT i.id, no, 'Namo administravimas', 'ADM', '', 5, '', ''
    FROM invoices_invoice i, generate_series(1, 3) no ORDER BY i.id, no
    """,
    """
    INSERT INTO invoices_payment (managing_company_id, payment_book_id, bank_reference, part_no, paid_on, amount,
                                  invoice_number, order_id, payer_name, note)
    SELECT managing_company_id, payment_book_id, number, 1, due_on, 15, number, '', '', ''
    FROM invoices_invoice ORDER BY id
    """,
)


def first_month(today: date) -> date:
    """Return the first of so many months before this one."""
    months = today.year * 12 + today.month - 1 - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def make_town(count: int, *, today: date) -> list[Flat]:
    """Make so many flats of three and of six meters by turns, each with a holder who is signed in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.auth.hashers import make_password
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.db import connection, transaction
    from django.utils import timezone

    from meters.last import keep_last
    from meters.models import Meter
    from properties.models import Access, BookPremises, Building, ManagingCompany, PaymentBook, Property

    now = timezone.now()
    with transaction.atomic():
        company = ManagingCompany.objects.create(
            company_code=COMPANY, name="Namai", declares_readings=True, window_opens=1, window_closes=31
        )
        building = Building.objects.create(
            managing_company=company, city="Klaipėda", street="Liepų g.", house="1"
        )
        places = [Property(building=building, kind="flat", unit=str(n + 1)) for n in range(count)]
        books = [
            PaymentBook(
                managing_company=company,
                payer_code=f"N-{n}",
                payer_name="Rasa Bandomoji",
                payer_kind="person",
            )
            for n in range(count)
        ]
        meters = [
            Meter(property=place, serial=f"{n}-{dial}", type=("cold_water", "hot_water", "gas")[dial % 3])
            for n, place in enumerate(places)
            for dial in range(3 + 3 * (n % 2))
        ]
        _insert(Property, places)
        _insert(PaymentBook, books)
        for meter in meters:
            meter.property_id = meter.property.pk
        _insert(Meter, meters)
        BookPremises.objects.bulk_create(
            (BookPremises(payment_book=b, property=p) for b, p in zip(books, places, strict=True)),
            batch_size=2000,
        )
        people = get_user_model().objects.bulk_create(
            (
                get_user_model()(
                    email=f"nr{n}@pastas.example",
                    first_name="Rasa",
                    last_name=f"Bandomoji {n}",
                    password=make_password(None),
                )
                for n in range(count)
            ),
            batch_size=2000,
        )
        Access.objects.bulk_create(
            (
                Access(person=person, payment_book=book, starts_at=now - timedelta(days=1000))
                for person, book in zip(people, books, strict=True)
            ),
            batch_size=2000,
        )
        Session.objects.bulk_create(
            (
                Session(
                    session_key=f"deklaruoja{person.pk:022}",
                    session_data=SessionStore().encode(
                        {
                            SESSION_KEY: str(person.pk),
                            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                            HASH_SESSION_KEY: person.get_session_auth_hash(),
                        }
                    ),
                    expire_date=now + timedelta(days=10),
                )
                for person in people
            ),
            batch_size=2000,
        )
        with connection.cursor() as cursor:
            for statement in (_READ, *_BILLED):
                cursor.execute(statement, {"use": USE, "months": MONTHS, "first": first_month(today)})
        keep_last(meter_ids=[meter.pk for meter in meters])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    ids: dict[int, list[int]] = {}
    for meter in meters:
        ids.setdefault(meter.property_id, []).append(meter.pk)
    return [
        Flat(book=b.pk, meters=ids[p.pk], person=u.pk, session_key=f"deklaruoja{u.pk:022}")
        for b, p, u in zip(books, places, people, strict=True)
    ]


def _insert(model: Any, rows: list[Any]) -> None:
    for row in rows:
        row.derive_keys()
    model.objects.bulk_create(rows, batch_size=2000)
