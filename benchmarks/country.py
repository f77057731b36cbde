"""A country in a database: 2,000 payment books of it, or 200,000.

`ensure(scale)` makes the database when it is not there, `sessions(scale)` signs its people in. The small tables
of names are sent by COPY; what is multiplied from them, 40 million rows, never leaves the database, and comes
month by month, as it does in life, into tables whose indexes are taken off meanwhile.
"""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from benchmarks import board
from config import devdb

BASE_DIR = Path(__file__).resolve().parent.parent
VILNIUS = ZoneInfo("Europe/Vilnius")
# Payment books and people with accounts; meters are three to a book.
SIZES = {"small": (2_000, 1_000), "country": (200_000, 100_000)}
# Raised when the country comes out other than before: databases of an earlier one are made anew.
GENERATION = 1
FILLED = (
    *("properties_managingcompany", "properties_building", "properties_property", "properties_paymentbook"),
    *(
        "properties_bookpremises",
        "properties_access",
        "sharing_offer",
        "accounts_user",
        "account_emailaddress",
    ),
    *(
        "accounts_consent",
        "meters_meter",
        "meters_reading",
        "invoices_balance",
        "invoices_invoice",
        "invoices_line",
    ),
    "invoices_payment",
)
# Of the whole cluster: a million rows are written between two checkpoints. Its durability stays.
CLUSTER = {"max_wal_size": "8GB", "checkpoint_timeout": "15min", "wal_compression": "on"}
# Tables that were just filled have no statistics: a loop over them would never end.
LOADING = {
    "maintenance_work_mem": "1GB",
    "work_mem": "256MB",
    "synchronous_commit": "off",
    "enable_nestloop": "off",
}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who is signed in, with what may be seen; invoices are the newest of each book."""

    session_key: str
    id: int
    book_ids: Sequence[int] = ()
    meter_ids: Sequence[int] = ()
    invoice_ids: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """Those who use the portal while it is measured, the same number at every size."""

    fifty: Person
    three: Sequence[Person]
    two: Sequence[Person]
    one: Sequence[Person]
    guests: Sequence[Person]
    superuser: Person
    staff_of_large: Person
    staff_of_small: Person

    @property
    def residents(self) -> list[Person]:
        """Return everybody with objects."""
        return [self.fifty, *self.three, *self.two, *self.one, *self.guests]


def address(scale: str, *, suffix: str = "") -> str:
    """Return the address of a scale's database, whether it is there or not."""
    return make_conninfo(_cluster(), dbname=f"savitarna_{scale}{suffix}")


def ensure(scale: str, *, say: Callable[[str], None] | None = None) -> str:
    """Return the address of the scale's database; make it when it is missing or of another generation.

    Migrations that came since are applied to what is there; one that is no more makes it anew.
    """
    say = say or _say
    known = _migrations_on_disk()
    # Whoever comes meanwhile, with another benchmark or the drill, waits for what is made here.
    with psycopg.connect(_cluster(), autocommit=True) as cluster:
        cluster.execute("SELECT pg_advisory_lock(hashtext(%s))", [f"savitarna_{scale}"])
        applied = _migrations(address(scale)) if is_made(scale) else set()
        if not applied or applied - known:
            _make(scale, say)
        elif known - applied:
            say("migrations …")
            manage(address(scale), "migrate", "--verbosity=0")
            # A migration may have written every row anew.
            with psycopg.connect(address(scale), autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")
    return address(scale)


def is_made(scale: str) -> bool:
    """Tell whether the scale's database is there."""
    return _made(scale) == GENERATION


# ── Making ──────────────────────────────────────────────────────────────────────────────────────


def _make(scale: str, say: Callable[[str], None]) -> None:
    """Make the database beside its place and move it there whole, so that a half-made one is never measured."""
    began = time.monotonic()
    books, people = SIZES[scale]
    say(f"{books:,} payment books are being made …")
    making, place = f"savitarna_{scale}_making", f"savitarna_{scale}"
    with psycopg.connect(_cluster(), autocommit=True) as cluster:
        for name, value in CLUSTER.items():
            cluster.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
        cluster.execute("SELECT pg_reload_conf()")
        _drop(cluster, making)
        cluster.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
    manage(address(scale, suffix="_making"), "migrate", "--verbosity=0")
    manage(address(scale, suffix="_making"), "createcachetable")

    def progress(step: str) -> None:
        say(f"{time.monotonic() - began:6.0f} s  {step}")

    with psycopg.connect(address(scale, suffix="_making"), autocommit=True) as connection:
        for name, value in LOADING.items():
            connection.execute(sql.SQL("SET {} = {}").format(sql.Identifier(name), value))
        fill(connection.cursor(), books=books, people=people, at=_now(), progress=progress)
        progress("what is told and voted on in the buildings")
        board.fill(connection.cursor(), at=_now())
        progress("VACUUM, ANALYZE")
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    with psycopg.connect(_cluster(), autocommit=True) as cluster:
        _drop(cluster, place)
        cluster.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(place))
        )
        cluster.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(place), _comment(GENERATION))
        )
    progress("made")


def fill(
    cursor: Any,
    *,
    books: int,
    people: int,
    at: datetime,
    progress: Callable[[str], None] = lambda step: None,
    months: tuple[int, int] | None = None,
    bare: bool = True,
) -> None:
    """Fill the empty tables with so many books; `months` are those read and billed, if not all.

    `bare` takes indexes and constraints off meanwhile; they are made again as the catalogue had them.
    """
    from benchmarks import land
    from benchmarks.months import MONTHS_BILLED, MONTHS_READ, Months, hang, happen

    read, billed = months or (MONTHS_READ, MONTHS_BILLED)
    time_ = Months(today=at.astimezone(VILNIUS).date(), at=at, read=read, billed=billed)
    with _without_indexes(cursor, progress) if bare else _as_they_are() as make_of:
        progress("companies, houses, books, people")
        land.build(cursor, books=books, people=people, today=time_.today, at=at)
        happen(cursor, time_, progress)
        progress("the last readings on the meters")
        make_of("readings_of_a_meter")
        cursor.execute("ANALYZE meters_reading")
        hang(cursor, time_)
    for table in FILLED:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))"
        )


@contextmanager
def _as_they_are() -> Iterator[Callable[[str], None]]:
    yield lambda name: None


@contextmanager
def _without_indexes(cursor: Any, progress: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """Take the filled tables' keys and indexes off and put them on again, as the catalogue says they were.

    Yields what makes one of them earlier.
    """
    cursor.execute(
        """
        SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid),
               CASE contype WHEN 'f' THEN 2 ELSE 0 END
        FROM pg_constraint
        WHERE contype IN ('p', 'u', 'x', 'f')
          AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))
        UNION ALL
        SELECT c.relname, i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid), 1
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = ANY(%(tables)s::regclass[])
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
        ORDER BY 4, 2, 1
        """,
        {"tables": list(FILLED)},
    )
    found = cursor.fetchall()
    # Keys that lead to a key go before it.
    for name, table, _definition, order in sorted(found, key=lambda each: each[3] != 2):
        cursor.execute(
            f'DROP INDEX "{name}"' if order == 1 else f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'
        )
    waiting = {
        name: definition if order == 1 else f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
        for name, table, definition, order in found
    }

    def make(name: str) -> None:
        statement = waiting.pop(name, None)
        if statement:
            began = time.monotonic()
            cursor.execute(statement)
            if time.monotonic() > began + 5:
                progress(name)

    yield make
    progress("indexes and constraints")
    for name in list(waiting):
        make(name)


def _drop(cluster: psycopg.Connection[Any], name: str) -> None:
    cluster.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _made(scale: str) -> int:
    """Return the generation of the scale's database, 0 when there is none."""
    with psycopg.connect(_cluster(), autocommit=True) as cluster:
        found = cluster.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [f"savitarna_{scale}"],
        ).fetchone()
    generation = ((found and found[0]) or "").removeprefix(_comment(0)[:-1])
    return int(generation) if generation.isdecimal() else 0


def _comment(generation: int) -> str:
    return f"benchmarks, generation {generation}"


def _migrations(url: str) -> set[tuple[str, str]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return set(connection.execute("SELECT app, name FROM django_migrations").fetchall())


def _migrations_on_disk() -> set[tuple[str, str]]:
    _set_up()
    from django.db.migrations.loader import MigrationLoader

    return set(MigrationLoader(None).disk_migrations)


def manage(url: str, *command: str) -> None:
    """Run one of the portal's commands on a database."""
    given = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    subprocess.run([sys.executable, "manage.py", *command], cwd=BASE_DIR, env=given, check=True)


def _cluster() -> str:
    return devdb.ensure(BASE_DIR / ".data" / "pg18-bench")


def _now() -> datetime:
    return datetime.now(tz=VILNIUS)


def _say(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


# ── Signing in ──────────────────────────────────────────────────────────────────────────────────


def sessions(scale: str) -> Sessions:
    """Sign everybody in and return their cookies with what they may see.

    The sessions last as long as any; Django must be set up with the settings that will read them.
    """
    from benchmarks.land import ACTIVE, BEFORE_RESIDENTS, STAFF_OF_LARGE, STAFF_OF_SMALL, SUPERUSER

    with psycopg.connect(address(scale), autocommit=True) as connection:
        known = _seen(connection, BEFORE_RESIDENTS + 1, BEFORE_RESIDENTS + ACTIVE)
        known |= {number: _Seen() for number in (SUPERUSER, STAFF_OF_LARGE, STAFF_OF_SMALL)}
        _set_up()
        _sign_in(connection, scale, list(known))
    people = {
        number: Person(
            session_key=_key(scale, number),
            id=number,
            book_ids=seen.books,
            meter_ids=seen.meters,
            invoice_ids=seen.invoices,
        )
        for number, seen in known.items()
    }
    residents = [people[number] for number in sorted(people) if number > BEFORE_RESIDENTS]
    own = [person for person in residents if not known[person.id].is_guest]
    return Sessions(
        fifty=own[0],
        three=[person for person in own[1:] if len(person.book_ids) == 3],
        two=[person for person in own[1:] if len(person.book_ids) == 2],
        one=[person for person in own[1:] if len(person.book_ids) == 1],
        guests=[person for person in residents if known[person.id].is_guest],
        superuser=people[SUPERUSER],
        staff_of_large=people[STAFF_OF_LARGE],
        staff_of_small=people[STAFF_OF_SMALL],
    )


@dataclass(frozen=True, kw_only=True)
class _Seen:
    books: Sequence[int] = ()
    meters: Sequence[int] = ()
    invoices: Sequence[int] = ()
    is_guest: bool = False


def _seen(connection: psycopg.Connection[Any], first: int, last: int) -> dict[int, _Seen]:
    rows = connection.execute(
        """
        SELECT a.person_id, array_agg(a.payment_book_id ORDER BY a.payment_book_id),
               array_agg(i.id ORDER BY a.payment_book_id) FILTER (WHERE i.id IS NOT NULL),
               bool_or(a.granted_by_id IS NOT NULL),
               (SELECT array_agg(m.id ORDER BY m.id) FROM properties_access o
                JOIN properties_bookpremises l ON l.payment_book_id = o.payment_book_id
                JOIN meters_meter m ON m.property_id = l.property_id AND m.removed_on IS NULL
                WHERE o.person_id = a.person_id)
        FROM properties_access a
        LEFT JOIN LATERAL (
            SELECT id FROM invoices_invoice i WHERE i.payment_book_id = a.payment_book_id AND NOT i.is_held
            ORDER BY issued_on DESC, id DESC LIMIT 1
        ) i ON true
        WHERE a.person_id BETWEEN %s AND %s GROUP BY a.person_id
        """,
        [first, last],
    ).fetchall()
    return {
        person: _Seen(books=books, meters=meters or (), invoices=invoices or (), is_guest=is_guest)
        for person, books, invoices, is_guest, meters in rows
    }


def _sign_in(connection: psycopg.Connection[Any], scale: str, ids: Sequence[int]) -> None:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import User

    # That of all of them, with which nobody signs in.
    signature = User(password="!").get_session_auth_hash()
    rows = []
    for number in ids:
        content = {
            SESSION_KEY: str(number),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: signature,
        }
        rows.append((_key(scale, number), SessionStore().encode(content)))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO django_session (session_key, session_data, expire_date)
            SELECT *, now() + interval '14 days' FROM unnest(%s::text[], %s::text[])
            ON CONFLICT (session_key) DO UPDATE
            SET session_data = excluded.session_data, expire_date = excluded.expire_date
            """,
            [[key for key, _content in rows], [content for _key_, content in rows]],
        )


def _key(scale: str, number: int) -> str:
    """Return a cookie; a session that was signed with another secret has another one."""
    from django.conf import settings

    words = f"{settings.SECRET_KEY} {scale} {number}"
    return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()


def _set_up() -> None:
    """Set Django up, unless that is done."""
    import django
    from django.apps import apps

    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
        django.setup()


if __name__ == "__main__":
    ensure(sys.argv[1] if len(sys.argv) > 1 else "small")
