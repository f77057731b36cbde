"""Row 6: what a file of invoices costs beside COPY of the very rows that come of it, and what the other files cost.

A database of its own is made for it, with a company and a year of bills. Import and COPY take turns; each writes
its own new invoices and lines into the same tables, with their indexes, checks and foreign keys. COPY is given
rows whose ids, sums and hashes are ready. The import is the whole command, its start included.
"""

import io
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.flats import COMPANY, own_database, run
from benchmarks.table import Row

# Payment books and invoices of one file; each invoice has three lines, each book three meters.
SIZES = {"small": (2_000, 20_000), "country": (50_000, 1_000_000)}
# A million takes minutes: three rounds of it.
ROUNDS = {"small": 5, "country": 3}
LINES = 3
BLOCK = 1 << 20
SERVICES = (
    ("Šaltas vanduo", "m³", "cold_water", 1.8734),
    ("Karštas vanduo", "m³", "hot_water", 7.1192),
    ("Šildymas", "MWh", "", 98.1234),
    ("Bendrosios elektros dalis", "kWh", "", 0.2211),
    ("Administravimas", "m²", "", 0.0534),
)
INVOICE_HEADER = (
    "number;payer_code;period;issued_on;due_on;line_no;service;amount;quantity;unit;unit_price;vat_rate;"
    "vat_amount;opening_balance;received;late_interest;total;status;service_code;meter_type;serial\n"
)


def measure(*, scale: str) -> Iterable[Row]:
    """Return the rows 6a and 6b (time), 6c (memory) and 6d (WAL of the same file again)."""
    with (
        own_database("bench_files_own") as environment,
        tempfile.TemporaryDirectory() as folder,
    ):
        bench = _Bench(environment, Path(folder), scale)
        yield from bench.rows()


# ── Files ───────────────────────────────────────────────────────────────────────────────────────


def write_invoices(path: Path, *, address: str, lines: int, number: str = "R") -> str:
    """Write a file of new invoices for the company with the most payment books; return its code.

    `number` begins the numbers of the invoices: another one makes them new again.
    """
    with psycopg.connect(address) as connection:
        company_id, code = connection.execute(
            "SELECT c.id, c.company_code FROM properties_managingcompany c "
            "JOIN properties_paymentbook b ON b.managing_company_id = c.id "
            "GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 1"
        ).fetchone() or (0, "")
        codes = [
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT payer_code FROM properties_paymentbook "
                "WHERE managing_company_id = %s ORDER BY 1",
                [company_id],
            )
        ]
    with path.open("w", encoding="utf-8") as file:
        file.write(INVOICE_HEADER)
        for invoice in range(lines // LINES):
            file.writelines(_lines(f"{number}-{invoice}", codes, invoice))
    return str(code)


def _lines(number: str, codes: list[str], invoice: int) -> Iterator[str]:
    """Yield the lines of one invoice, whose sums add up."""
    dice = random.Random(invoice)
    book, month = invoice % len(codes), invoice // len(codes)
    period = f"{2025 - month // 12}-{12 - month % 12:02}"
    head = f"{number};{codes[book]};{period};{period}-28;{period}-28"
    rows = []
    for line in range(LINES):
        service, unit, meter, price = SERVICES[(book + line) % len(SERVICES)]
        quantity = dice.randrange(1, 40_000)
        rows.append((line + 1, service, unit, meter, price, quantity, round(quantity * price / 10)))
    opening = dice.randrange(0, 9_000)
    balance = f"{_euros(opening)};{_euros(opening)};0,00;{_euros(sum(row[-1] for row in rows))}"
    for no, service, unit, meter, price, quantity, cents in rows:
        yield (
            f"{head};{no};{service};{_euros(cents)};{quantity / 1000:.3f};{unit};{price:.4f};21;"
            f"{_euros(round(cents * 21 / 121))};{balance};;P{no};{meter};{f'S{book:06}' if meter else ''}\n"
        )


def _euros(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02}"


def _write_town(folder: Path, books: int) -> None:
    """Write the other kinds of files: a book with a flat, three meters, a payment, a month's readings."""
    with (
        (folder / "companies.csv").open("w") as companies,
        (folder / "register.csv").open("w") as register,
        (folder / "payments.csv").open("w") as payments,
        (folder / "meters.csv").open("w") as meters,
        (folder / "readings.csv").open("w") as readings,
    ):
        companies.write(f"company_code;name;declares_readings\n{COMPANY};Namai;yes\n")
        register.write(
            "payer_code;payer_name;payer_kind;city;street;house;premises_kind;unit;area_m2;opened_on\n"
        )
        payments.write("bank_reference;payer_code;paid_on;amount;invoice_number;note\n")
        meters.write("payer_code;serial;type;place;installed_on;initial_reading\n")
        readings.write("payer_code;serial;type;period;value;read_on\n")
        for book in range(books):
            code, house = f"KN-{book:06}", book // 60
            register.write(
                f"{code};Rasa Bandomoji {book};person;Klaipėda;Liepų g. {house // 40 + 1};{house % 40 + 1};"
                f"flat;{book % 60 + 1};{40 + book % 50},5;2020-01-01\n"
            )
            payments.write(f"BN{book:09};{code};2025-11-{book % 28 + 1:02};{book % 90 + 5},10;;Už būstą\n")
            for meter, use in (("cold_water", 3), ("hot_water", 2), ("electricity", 150)):
                serial = f"{meter[0].upper()}{book:06}"
                meters.write(f"{code};{serial};{meter};Virtuvė;2021-01-01;{book % 7}\n")
                readings.write(f"{code};{serial};{meter};2025-11;{book % 7 + use};2025-11-25\n")


# ── Measured ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class _Taken:
    seconds: float
    # Of the importer's process, at its highest.
    megabytes: float
    wal_bytes: int
    # Of the importer and of PostgreSQL's process for it; they work side by side.
    processor: float


class _Bench:
    def __init__(self, environment: dict[str, str], folder: Path, scale: str) -> None:
        self._environment = environment
        self._folder = folder
        self._rounds = ROUNDS[scale]
        self._books, self._invoices = SIZES[scale]

    def rows(self) -> Iterator[Row]:
        """Yield the rows, measured one after the other."""
        rates = self._other_kinds()
        # A year of bills that is there already.
        self._take("invoices", self._file("0"))
        ratios, of_processor, imports, copies, taken = [], [], [], [], []
        path = Path()
        for number in range(1, self._rounds + 1):
            path = self._file(str(number))
            taken.append(self._take("invoices", path))
            copied, processor = self._copy(str(number))
            of_processor.append(taken[-1].processor / processor)
            imports.append(taken[-1].seconds)
            copies.append(copied)
            ratios.append(taken[-1].seconds / copied)
            print(
                f"  {number}: import {imports[-1]:.1f} s ({taken[-1].processor:.1f} of processors), "
                f"COPY {copied:.1f} s ({processor:.1f})",
                file=sys.stderr,
            )
        # As it happens by itself within minutes: whoever first reads new rows marks them, which is written too.
        self._run_alone("VACUUM (ANALYZE) invoices_invoice, invoices_line")
        again = self._take("invoices", path)
        lines = self._invoices * LINES
        yield Row(
            number="6a",
            what="import of invoices ÷ COPY of the prepared rows into the same tables",
            goal=3,
            stretch=1.8,
            rounds=ratios,
            note=f"{self._invoices:,} invoices, {lines:,} lines: {min(imports):.1f} against {min(copies):.1f} s; "
            f"the same file again {again.seconds:.1f} s; rows a second: {rates}",
        )
        yield Row(
            number="6b",
            what="the same in seconds of processors, the importer's and PostgreSQL's",
            goal=3,
            stretch=1.8,
            rounds=of_processor,
        )
        yield Row(
            number="6c",
            what="memory of the importer at its highest",
            goal=200,
            stretch=128,
            unit=" MB",
            rounds=[one.megabytes for one in taken],
        )
        yield Row(
            number="6d",
            what="WAL of the same file again ÷ first",
            goal=2,
            stretch=2,
            unit=" %",
            rounds=[100 * again.wal_bytes / taken[-1].wal_bytes],
            note=f"{again.wal_bytes:,} against {taken[-1].wal_bytes:,} bytes",
        )

    def _other_kinds(self) -> str:
        """Take the files of the other kinds in; return their rates in words."""
        _write_town(self._folder, self._books)
        told: list[str] = []
        for kind in ("companies", "register", "payments", "meters", "readings", "readings"):
            path = self._folder / f"{kind}.csv"
            with path.open() as file:
                rows = sum(1 for _line in file) - 1
            taken = self._take(kind, path)
            again = "the same again" if any(kind in words for words in told) else "new"
            if rows > 1:
                told.append(f"{kind} {again} {rows / taken.seconds:,.0f}")
                print(f"  {told[-1]}", file=sys.stderr)
        return ", ".join(told)

    def _file(self, number: str) -> Path:
        path = self._folder / f"invoices-{number}.csv"
        write_invoices(
            path,
            address=self._environment["DATABASE_URL"],
            lines=self._invoices * LINES,
            number=number,
        )
        return path

    def _take(self, kind: str, path: Path) -> _Taken:
        self._run_alone("CHECKPOINT")
        began = time.perf_counter()
        said = run(self._environment, "-m", "benchmarks.files", kind, str(path))
        seconds = time.perf_counter() - began
        return _Taken(seconds=seconds, **json.loads(said.splitlines()[-1]))

    def _copy(self, number: str) -> tuple[float, float]:
        """Write the rows of a file once more, under other numbers, by COPY; return seconds, and of processors."""
        with psycopg.connect(self._environment["DATABASE_URL"]) as connection:
            invoices, lines = (self._prepared(connection, table, number) for table in _SELECT)
        self._run_alone("CHECKPOINT")
        with psycopg.connect(self._environment["DATABASE_URL"]) as connection:
            backend = connection.info.backend_pid
            began, worked = time.perf_counter(), time.process_time() + _processor(backend)
            for table, path in (("invoices_invoice", invoices), ("invoices_line", lines)):
                names = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS[table]))
                statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
                with connection.cursor().copy(statement) as copy, path.open("rb") as file:
                    while block := file.read(BLOCK):
                        copy.write(block)
            connection.commit()
            seconds = time.perf_counter() - began
            processor = time.process_time() + _processor(backend) - worked
            for table in _COLUMNS:
                connection.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))".encode())
        return seconds, processor

    def _prepared(self, connection: psycopg.Connection, table: str, number: str) -> Path:
        path = self._folder / f"{table}.copy"
        statement = f"COPY ({_SELECT[table]}) TO STDOUT".replace("%(like)s", f"'{number}-%'")
        with connection.cursor().copy(statement.encode()) as copy, path.open("wb") as file:
            for block in copy:
                file.write(block)
        return path

    def _run_alone(self, statement: str) -> None:
        with psycopg.connect(self._environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(statement.encode())


_COLUMNS = {
    "invoices_invoice": (
        *(
            "id",
            "managing_company_id",
            "payment_book_id",
            "number",
            "period",
            "issued_on",
            "due_on",
            "status",
        ),
        *("charged", "late_interest", "opening_balance", "received", "total", "revision", "is_held"),
        "content_hash",
    ),
    "invoices_line": (
        *("id", "invoice_id", "line_no", "service", "amount", "quantity", "unit_price", "vat_rate"),
        *("vat_amount", "unit", "service_code", "meter_type", "serial"),
    ),
}
# The ids follow those that are there.
_NEXT = "{0}.id - first.{0} + last.{0} + 1"
_IDS = (
    "(SELECT min(i.id) AS i, min(l.id) AS l FROM invoices_invoice i JOIN invoices_line l ON l.invoice_id = i.id "
    "WHERE i.number LIKE %(like)s) first, "
    "(SELECT (SELECT max(id) FROM invoices_invoice) AS i, (SELECT max(id) FROM invoices_line) AS l) last"
)
_SELECT = {
    "invoices_invoice": (
        f"SELECT {_NEXT.format('i')}, managing_company_id, payment_book_id, 'C' || number, "
        f"{', '.join(_COLUMNS['invoices_invoice'][4:])} FROM invoices_invoice i, {_IDS} "
        "WHERE i.number LIKE %(like)s ORDER BY i.id"
    ),
    "invoices_line": (
        f"SELECT {_NEXT.format('l')}, {_NEXT.format('i')}, "
        f"{', '.join(f'l.{name}' for name in _COLUMNS['invoices_line'][2:])} "
        f"FROM invoices_line l JOIN invoices_invoice i ON i.id = l.invoice_id, {_IDS} "
        "WHERE i.number LIKE %(like)s ORDER BY l.id"
    ),
}


def take(kind: str, path: str) -> dict[str, Any]:
    """Run the importer's command here; return what it took of memory and WAL."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    company = {} if kind == "companies" else {"company": COMPANY}
    call_command("import_data", kind, path, no_letters=True, stdout=io.StringIO(), **company)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT wal_bytes::bigint FROM pg_stat_get_backend_wal(pg_backend_pid())")
        wal_bytes = cursor.fetchone()[0]
        cursor.execute("SELECT pg_backend_pid()")
        processor = time.process_time() + _processor(cursor.fetchone()[0])
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "megabytes": int(status["VmHWM"].split()[0]) / 1024,
        "wal_bytes": wal_bytes,
        "processor": processor,
    }


def _processor(pid: int) -> float:
    """Return the seconds that a process has worked; 0 where the system does not tell."""
    try:
        fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(take(*sys.argv[1:])))
    else:
        from benchmarks.table import table

        print(table(measure(scale=os.environ.get("BENCH_SCALE") or "small")))
