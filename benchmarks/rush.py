"""Row 9: how long home takes at worst while a file comes in, or while many declare, beside how long it takes alone.

Through the web server as it runs, on a database of its own; the file's program takes its share of the machine,
and so do those who ask.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import date
from itertools import cycle
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any
from urllib.parse import urlencode

from benchmarks.flats import BASE_DIR, COMPANY, FLATS, USE, own_database, run
from benchmarks.table import Row

READERS = 4
DOORS = 4
ROUNDS = 5
SECONDS = 8
# Months in a file, three lines an invoice: of the small town 60,000 lines, of the large one a million.
MONTHS_OF_A_FILE = {"small": 20, "country": 17}
# A large file is watched to its end, and that once.
FILES = {"small": 5, "country": 1}
TOKEN = "t" * 32

_HEAD = (
    "number;payer_code;period;issued_on;due_on;opening_balance;received;late_interest;total;status;line_no;"
    "service_code;service;quantity;unit;unit_price;amount;vat_rate;vat_amount"
)
_LINES = (
    "1;ADM;Namo administravimas;50,00;m²;0,1000;5,00;21;0,87",
    "2;KAUP;Kaupiamosios lėšos;50,00;m²;0,1000;5,00;0;0,00",
    "3;VAL;Bendrų patalpų valymas;1,00;vnt.;5,0000;5,00;21;0,87",
)


def measure(*, scale: str) -> Iterable[Row]:
    """Return the rows 9a and 9b."""
    with own_database("bench_rush") as environment:
        told = json.loads(run(environment, "-m", "benchmarks.rush", scale))
    for letter, name, what in (
        ("a", "file", "a file of invoices comes in"),
        ("b", "press", f"people declare through {DOORS} doors"),
    ):
        rounds = [during[2] / alone[2] for alone, during in told[name]]
        medians = ", ".join(
            f"{words} {median(figures[at] for _alone, figures in told[name]):.0f} {unit}"
            for at, words, unit in ((0, "requests", "a second"), (1, "median", "ms"), (2, "p99", "ms"))
        )
        alone = median(figures[2] for figures, _during in told[name])
        yield Row(
            number=f"9{letter}",
            what=f"p99 of home while {what} ÷ alone",
            goal=3,
            stretch=1.5,
            rounds=rounds,
            note=f"{medians}; alone p99 {alone:.0f} ms; {READERS} readers",
        )


# ── In the process that measures ────────────────────────────────────────────────────────────────


def main(scale: str) -> dict[str, Any]:
    """Make the town in the empty database of the settings, serve it and measure."""
    import django

    django.setup()
    from django.utils import timezone

    from benchmarks.flats import make_town
    from tests.drills.portal import served

    flats = make_town(FLATS[scale], today=timezone.localdate())
    told: dict[str, Any] = {"file": [], "press": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        served(os.environ["DATABASE_URL"], Path(folder) / "log") as portal,
    ):
        sessions = [flat.session_key for flat in flats]
        wait = _wait_for_seconds
        _read(portal.port, sessions, wait)
        alone = _read(portal.port, sessions, wait)
        for turn in range(ROUNDS):
            for name in ("file", "press"):
                if name == "press":
                    with _pressing(portal.port, scale, turn):
                        during = _read(portal.port, sessions, wait)
                elif turn < FILES[scale]:
                    file = Path(folder) / f"{name}-{turn}.csv"
                    months = MONTHS_OF_A_FILE[scale]
                    _write(file, books=len(flats), first=months * turn, months=months)
                    importer = _import(file)
                    during = _read(portal.port, sessions, importer.wait)
                    if importer.returncode:
                        raise RuntimeError(f"The file was not taken: {importer.returncode}")
                else:
                    continue
                after = _read(portal.port, sessions, wait)
                # Alone before and after: A, B, A.
                told[name].append([[(a + b) / 2 for a, b in zip(alone, after, strict=True)], during])
                alone = after
    return told


def _wait_for_seconds() -> None:
    time.sleep(SECONDS)


def _read(port: int, sessions: list[str], wait: Callable[[], Any]) -> tuple[float, float, float]:
    """Open home again and again until the waiting is over; return requests a second, median and p99 in ms."""
    is_over = Event()

    def look(number: int) -> list[float]:
        taken: list[float] = []
        in_turn = cycle(sessions[number::READERS])
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
            while not is_over.is_set():
                begun = time.perf_counter()
                _ask(connection, "GET", "/", next(in_turn))
                taken.append(time.perf_counter() - begun)
        return taken

    begun = time.perf_counter()
    with ThreadPoolExecutor(READERS) as readers:
        looking = [readers.submit(look, number) for number in range(READERS)]
        try:
            wait()
        finally:
            is_over.set()
    lasted = time.perf_counter() - begun
    taken = sorted(seconds for one in looking for seconds in one.result())
    return len(taken) / lasted, 1000 * median(taken), 1000 * taken[int(0.99 * len(taken))]


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    session: str,
    fields: dict[str, str] | None = None,
) -> None:
    headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}"}
    if fields is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    body = urlencode({"csrfmiddlewaretoken": TOKEN} | fields) if fields is not None else None
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
    except ConnectionError:
        # A kept connection that the server had closed; browsers ask again too.
        connection.close()
        connection.request(method, path, body, headers)
        response = connection.getresponse()
    response.read()
    if response.status != (302 if method == "POST" else 200):
        raise RuntimeError(f"{method} {path} answered {response.status}")


# ── A file comes in ─────────────────────────────────────────────────────────────────────────────


def _write(file: Path, *, books: int, first: int, months: int) -> None:
    """Write invoices of so many months for every book; files with another `first` have none in common."""
    with file.open("w", encoding="utf-8") as rows:
        rows.write(f"{_HEAD}\n")
        for number in range(first, first + months):
            month = date(2000 + number // 12, number % 12 + 1, 1)
            period, issued, due = (f"{month:%Y-%m}", f"{month:%Y-%m}-05", f"{month:%Y-%m}-28")
            for book in range(books):
                head = f"N-{number}-{book};N-{book};{period};{issued};{due};0,00;0,00;0,00;15,00;live"
                rows.writelines(f"{head};{line}\n" for line in _LINES)


def _import(file: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "manage.py", "import_data", "invoices", str(file), "--company", COMPANY]
    return subprocess.Popen(
        [*command, "--no-letters"],
        cwd=BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


# ── People declare ──────────────────────────────────────────────────────────────────────────────


@contextmanager
def _pressing(port: int, scale: str, turn: int) -> Iterator[None]:
    """Let people in, in a process of their own, and end it afterwards."""
    share = FLATS[scale] // ROUNDS
    people = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.rush", "press", str(port), str(turn * share), str(share)],
        cwd=BASE_DIR,
    )
    try:
        time.sleep(2)
        yield
    finally:
        with suppress(ProcessLookupError):
            people.terminate()
        people.wait()


def press(port: int, first: int, count: int) -> None:
    """Look at the page, declare all and look again, one flat after another; those who have come back once more."""
    import django

    django.setup()
    from meters.models import Meter
    from properties.models import Access

    flats: dict[int, dict[str, str]] = {}
    people = dict(Access.objects.values_list("payment_book_id", "person_id"))
    rows = Meter.objects.order_by("pk").values_list("pk", "last_book_id", "last_value")
    for meter, book, last in rows:
        value = f"{int(last or 0) + USE}"
        flats.setdefault(people[book or 0], {})[f"now-{meter}"] = value
    ours = iter(sorted(flats.items())[first : first + count] * 100)

    def come() -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
            for person, fields in ours:
                session = f"deklaruoja{person:022}"
                _ask(connection, "GET", "/meters", session)
                _ask(connection, "POST", "/meters", session, fields | {"declare": "all"})
                _ask(connection, "GET", "/meters", session)

    with ThreadPoolExecutor(DOORS) as doors:
        for door in [doors.submit(come) for _door in range(DOORS)]:
            door.result()


if __name__ == "__main__":
    if sys.argv[1] == "press":
        press(*map(int, sys.argv[2:]))
    else:
        print(json.dumps(main(sys.argv[1])))
