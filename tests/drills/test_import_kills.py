"""An import that is killed or stopped leaves nothing half-done, and the same file taken again is whole.

The control saves the same invoices one by one: the same kills must catch it in the middle.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests.drills.databases import own_database

ROUNDS = 20 if os.environ.get("DRILL") else 3
INVOICES = 4000
COMPANY = "300000117"


@pytest.fixture
def url() -> Iterator[str]:
    with own_database("import_kills") as address:
        yield address


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "companies.csv").write_text(f"company_code;name;declares_readings\n{COMPANY};Namai;yes\n")
    (tmp_path / "register.csv").write_text(
        "payer_code;payer_name;payer_kind;city;street;house;premises_kind;unit\n"
        "A-1;Ona;person;Kaunas;Beržyno g.;8;flat;1\n"
    )
    with (tmp_path / "invoices.csv").open("w") as file:
        file.write("number;payer_code;period;issued_on;due_on;line_no;service;amount\n")
        for number in range(INVOICES):
            for line in (1, 2):
                file.write(f"S-{number};A-1;2026-09;2026-10-05;2026-10-31;{line};Vanduo;1,00\n")
    return tmp_path


def command(url: str, *words: str, is_heard: bool = False) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if is_heard else None,
    )


def take(url: str, kind: str, path: Path, *, is_heard: bool = False) -> subprocess.Popen[bytes]:
    company = [] if kind == "companies" else ["--company", COMPANY]
    return command(url, "manage.py", "import_data", kind, str(path), *company, is_heard=is_heard)


def counts(url: str) -> tuple[int, int]:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM invoices_invoice), (SELECT count(*) FROM invoices_line)"
        ).fetchone()
    assert row is not None
    return row


def wait_until_it_works(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the process brings rows into the database, or has ended."""
    with psycopg.connect(url, autocommit=True) as connection:
        while process.poll() is None:
            busy = connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND xact_start IS NOT NULL AND query LIKE '%staging%'"
            ).fetchone()
            if busy:
                return
            time.sleep(0.01)


def kill_during(
    url: str,
    process: subprocess.Popen[bytes],
    dice: random.Random,
    longest: float,
    how: signal.Signals = signal.SIGKILL,
) -> None:
    wait_until_it_works(url, process)
    time.sleep(dice.uniform(0, longest))
    process.send_signal(how)
    process.wait()


def test_a_killed_import_is_whole_or_nothing(url: str, files: Path) -> None:
    dice = random.Random(2026)
    for kind in ("companies", "register"):
        assert take(url, kind, files / f"{kind}.csv").wait() == 0
    seen = []
    for _round in range(ROUNDS):
        kill_during(url, take(url, "invoices", files / "invoices.csv"), dice, longest=1.0)
        seen.append(counts(url))
        assert seen[-1] in {(0, 0), (INVOICES, 2 * INVOICES)}
        assert not (files / "invoices.csv.errors.csv").exists()
        if seen[-1] != (0, 0):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("TRUNCATE invoices_invoice CASCADE")
    assert take(url, "invoices", files / "invoices.csv").wait() == 0
    assert counts(url) == (INVOICES, 2 * INVOICES)
    assert take(url, "invoices", files / "invoices.csv").wait() == 0
    assert counts(url) == (INVOICES, 2 * INVOICES)
    print(
        f"\nimport killed {ROUNDS} times: {seen.count((0, 0))} left nothing, the rest had just ended; none half-done"
    )


def stopped_runs(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM imports_importrun WHERE is_stopped").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_import_is_whole_or_nothing_and_says_so(url: str, files: Path, how: signal.Signals) -> None:
    dice = random.Random(2026)
    for kind in ("companies", "register"):
        assert take(url, kind, files / f"{kind}.csv").wait() == 0
    stopped = 0
    for _round in range(ROUNDS):
        process = take(url, "invoices", files / "invoices.csv", is_heard=True)
        kill_during(url, process, dice, longest=1.0, how=how)
        said = process.communicate()[1].decode()
        is_stopped = process.returncode == 2
        # Else it was in already; a process that is just leaving is ended by the signal.
        assert is_stopped or process.returncode in {0, -how}
        assert said.count("\n") == is_stopped
        assert "Traceback" not in said
        stopped += is_stopped
        assert counts(url) == ((0, 0) if is_stopped else (INVOICES, 2 * INVOICES))
        assert stopped_runs(url) == stopped
        assert not list(files.glob("*errors*"))
        if not is_stopped:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("TRUNCATE invoices_invoice CASCADE")
    assert take(url, "invoices", files / "invoices.csv").wait() == 0
    assert counts(url) == (INVOICES, 2 * INVOICES)
    print(
        f"\nimport stopped by {how.name} {stopped} of {ROUNDS} times, the rest had just ended; none half-done"
    )


ONE_BY_ONE = """
import os, sys
import psycopg
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    book, company = connection.execute("SELECT id, managing_company_id FROM properties_paymentbook").fetchone()
    for number in range(int(sys.argv[1])):
        connection.execute(
            "INSERT INTO invoices_invoice (managing_company_id, payment_book_id, number, period, issued_on, due_on, "
            "status, charged, late_interest, revision, is_held, content_hash) "
            "VALUES (%s, %s, %s, '2026-09-01', '2026-10-05', '2026-10-31', 'live', 2, 0, 1, false, '')",
            [company, book, f"S-{number}"],
        )
"""


def test_control_saving_one_by_one_is_caught_in_the_middle(url: str, files: Path) -> None:
    for kind in ("companies", "register"):
        assert take(url, kind, files / f"{kind}.csv").wait() == 0
    process = command(url, "-c", ONE_BY_ONE, "1000000")
    with psycopg.connect(url, autocommit=True) as connection:
        while (
            process.poll() is None
            and not connection.execute("SELECT 1 FROM invoices_invoice LIMIT 1").fetchone()
        ):
            time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    half, _lines = counts(url)
    assert 0 < half < 1000000
    print(f"\ncontrol: one by one, the kill left {half} of 1000000 invoices")
