"""A town on the last evening of its window: flats with meters, holders who are signed in already.

As a program it makes the town in the database of its settings and writes down who lives there.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from tests.drills.portal import environment

COMPANY = "300000117"
MONTHS = 4
# What the dial showed last: of no two meters of a flat the same.
APART = 137
USE = 3


@dataclass(frozen=True)
class Flat:
    book: int
    meters: list[int]
    # What each meter showed last.
    shown: list[int]
    # Sessions of the holders.
    sessions: list[str]


@dataclass(frozen=True)
class Town:
    period: date
    flats: list[Flat]
    # Payer code and serial number of the meters that only a file declares.
    filed: list[tuple[str, str]]


def make(address: str, *, flats: int, filed: int = 0) -> Town:
    """Make a town in a migrated database."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.drills.town", str(flats), str(filed)],
        cwd=settings.BASE_DIR,
        env=environment(address),
        stdout=subprocess.PIPE,
        check=True,
    )
    told: dict[str, Any] = json.loads(made.stdout)
    return Town(
        period=date.fromisoformat(told["period"]),
        flats=[Flat(**flat) for flat in told["flats"]],
        filed=[(code, serial) for code, serial in told["filed"]],
    )


def main(flats: int, filed: int) -> None:
    """Make the town and print it."""
    import django

    django.setup()
    from django.db import transaction

    with transaction.atomic():
        town = _made(flats, filed)
    print(json.dumps(asdict(town), default=str))


def _made(flats: int, filed: int) -> Town:
    from django.utils import timezone

    from properties.models import Building, ManagingCompany

    company = ManagingCompany.objects.create(
        company_code=COMPANY, name="Namai", declares_readings=True, window_opens=1, window_closes=31
    )
    street = {"managing_company": company, "city": "Klaipėda", "street": "Liepų g."}
    today = timezone.localdate()
    homes = _homes(Building.objects.create(house="1", **street), [_meters_of(n) for n in range(flats)])
    _read(homes, today)
    sessions = _sessions(homes)
    rest = _homes(Building.objects.create(house="2", **street), [2] * (filed // 2))
    return Town(
        period=today.replace(day=1),
        flats=[
            Flat(
                book=book.pk,
                meters=[meter.pk for meter in meters],
                shown=[_shown(place) for place in range(len(meters))],
                sessions=sessions[book.pk],
            )
            for book, meters in homes
        ],
        filed=[(book.payer_code, meter.serial) for book, meters in rest for meter in meters],
    )


def _meters_of(flat: int) -> int:
    return 6 if flat % 6 == 0 else 1 + flat % 2


def _shown(place: int) -> int:
    return 100 + APART * place + USE * MONTHS


def _homes(building: Any, counts: list[int]) -> list[tuple[Any, list[Any]]]:
    from meters.models import Meter
    from properties.models import BookPremises, PaymentBook, Property

    company = building.managing_company
    places = [Property(building=building, kind="flat", unit=str(n + 1)) for n in range(len(counts))]
    books = [
        PaymentBook(
            managing_company=company,
            payer_code=f"N{building.house}-{n}",
            payer_name="Rasa Bandomoji",
            payer_kind="person",
        )
        for n in range(len(counts))
    ]
    _insert(Property, places)
    _insert(PaymentBook, books)
    BookPremises.objects.bulk_create(
        BookPremises(payment_book=book, property=place) for book, place in zip(books, places, strict=True)
    )
    meters = [
        [
            Meter(property=place, serial=f"{building.house}-{flat}-{n}", type="cold_water")
            for n in range(counts[flat])
        ]
        for flat, place in enumerate(places)
    ]
    _insert(Meter, [meter for ours in meters for meter in ours])
    return list(zip(books, meters, strict=True))


def _insert(model: Any, rows: list[Any]) -> None:
    for row in rows:
        row.derive_keys()
    model.objects.bulk_create(rows, batch_size=2000)


def _read(homes: list[tuple[Any, list[Any]]], today: date) -> None:
    """Let every meter be read in each of the months before: 31 days always lead into another month."""
    from django.utils import timezone

    from meters.last import keep_last
    from meters.models import Reading

    Reading.objects.bulk_create(
        (
            Reading(
                meter=meter,
                managing_company_id=meter.managing_company_id,
                payment_book=book,
                value=Decimal(_shown(place) - USE * (ago - 1)),
                read_on=today - timedelta(days=31 * ago),
                period=(today - timedelta(days=31 * ago)).replace(day=1),
                declared_at=timezone.now() - timedelta(days=31 * ago),
                source="resident",
            )
            for book, meters in homes
            for place, meter in enumerate(meters)
            for ago in range(MONTHS, 0, -1)
        ),
        batch_size=2000,
    )
    keep_last(meter_ids=[meter.pk for _book, meters in homes for meter in meters])


def _sessions(homes: list[tuple[Any, list[Any]]]) -> dict[int, list[str]]:
    """Give every flat two holders who have just signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.auth.hashers import make_password
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from properties.models import Access

    now, store, model = timezone.now(), SessionStore(), get_user_model()
    books = [book for book, _meters in homes for _person in range(2)]
    people = model.objects.bulk_create(
        model(
            email=f"nr{n}@pastas.example",
            first_name="Rasa" if n % 2 else "Jonas",
            last_name=f"Bandomieji {n}",
            password=make_password(None),
        )
        for n in range(len(books))
    )
    Access.objects.bulk_create(
        Access(person=person, payment_book=book, starts_at=now - timedelta(days=400))
        for person, book in zip(people, books, strict=True)
    )
    sessions: dict[int, list[str]] = {book.pk: [] for book in books}
    rows = []
    for person, book in zip(people, books, strict=True):
        key = f"vakaras{person.pk:025}"
        sessions[book.pk].append(key)
        said = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: person.get_session_auth_hash(),
        }
        rows.append(
            Session(session_key=key, session_data=store.encode(said), expire_date=now + timedelta(days=1))
        )
    Session.objects.bulk_create(rows, batch_size=2000)
    return sessions


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
