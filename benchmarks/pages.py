"""Rows 1, 2, 3 and 8: what a page costs in instructions, in requests a second, in queries and in bytes."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.table import Row

ROUNDS = 5
SECONDS = 2.0
CONNECTIONS = 8
SETTINGS = "benchmarks.settings"


def measure(*, scale: str) -> Iterator[Row]:
    """Yield the rows of pages, of a resident with three objects; queries also with one and with fifty."""
    _set_up(scale)
    from benchmarks import country

    people = country.sessions(scale)
    three = people.three[0]
    cookie = _cookie(three.session_key)
    paths = _paths(three)
    yield from _instructions(paths, cookie)
    yield from _requests(cookie)
    yield from _queries(people)
    yield from _bytes(paths, cookie)


def _set_up(scale: str) -> None:
    os.environ["BENCH_SCALE"] = scale
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()


def _cookie(session_key: str) -> str:
    # As of somebody who was here before: the cookie against forged forms is there already.
    return f"sessionid={session_key}; csrftoken={'a1' * 16}"


def _paths(person: Any) -> dict[str, str]:
    from django.urls import reverse

    return {
        "home": reverse("home:main"),
        "invoices": reverse("invoices:list"),
        "an invoice": reverse("invoices:detail", args=[person.invoice_ids[0]]),
        "declaring": reverse("meters:declare"),
        "declared readings": reverse("meters:history"),
        "client information": reverse("sharing:client_information"),
    }


# ── Row 1 ───────────────────────────────────────────────────────────────────────────────────────


# Of home a goal; of the others the least that was reached so far, a little above: they shall not become dearer.
_AT_MOST = {
    "home": 4.0,
    "invoices": 8.0,
    "an invoice": 17.0,
    "declaring": 10.0,
    "declared readings": 45.0,
    "client information": 26.0,
}


def _instructions(paths: dict[str, str], cookie: str) -> Iterator[Row]:
    from benchmarks.floor import AUTH1
    from benchmarks.under_valgrind import instructions

    asked = [path for page in paths.values() for path in (f"{AUTH1}{page}", page)]
    counts = instructions(asked, cookies=[cookie] * len(asked), settings=SETTINGS)
    for place, name in enumerate(paths):
        number = "1" if not place else f"1{chr(ord('a') + place)}"
        what = f"{name}: instructions ÷ AUTH1"
        goal, stretch = _AT_MOST[name], 2.0 if name == "home" else None
        if counts is None:
            yield Row(number=number, what=what, goal=goal, stretch=stretch, note="there is no valgrind here")
            continue
        floor, page = counts[2 * place : 2 * place + 2]
        note = f"{page / 1e6:.1f} M ÷ {floor / 1e6:.1f} M"
        yield Row(number=number, what=what, goal=goal, stretch=stretch, rounds=[page / floor], note=note)


# ── Row 2 ───────────────────────────────────────────────────────────────────────────────────────


# By it PostgreSQL tells the connections of the web server that is measured from all others.
_APPLICATION_NAME = "savitarna row 2"


class _Load(NamedTuple):
    """What came of asking for one page for some seconds."""

    per_second: float
    # Processor time of the web server and of its connections in PostgreSQL.
    cpu_seconds: float


def _requests(cookie: str) -> Iterator[Row]:
    from benchmarks.floor import AUTH1

    asked = (f"{AUTH1}/", "/", f"{AUTH1}/")
    rates, costs, last, cost = [], [], "", ""
    with _served() as (server, port):
        for path in asked[:2]:
            _load(server, port, path, cookie)
        for _round in range(ROUNDS):
            before, ours, after = (_load(server, port, path, cookie) for path in asked)
            floor_rate = (before.per_second + after.per_second) / 2
            floor_cost = (before.cpu_seconds + after.cpu_seconds) / 2
            rates.append(ours.per_second / floor_rate)
            costs.append(floor_cost / ours.cpu_seconds)
            last = f"last {ours.per_second:.0f}/s ÷ {floor_rate:.0f}/s"
            cost = f"last {floor_cost * 1000:.2f} ms ÷ {ours.cpu_seconds * 1000:.2f} ms"
    what = f"home: requests/s ÷ AUTH1, gunicorn gthread, {CONNECTIONS} connections"
    yield Row(number="2", what=what, goal=0.3, stretch=0.6, rounds=rates, at_least=True, note=last)
    # The load generator and whoever else works on the machine take none of it.
    what = "AUTH1 ÷ home: processor time of the same requests, web server and PostgreSQL together"
    yield Row(number="2b", what=what, goal=0.3, stretch=0.6, rounds=costs, at_least=True, note=cost)


@contextmanager
def _served() -> Iterator[tuple[int, int]]:
    """Serve the portal and the floors as production does; give the process and the port."""
    from config.run import web_server

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environ = os.environ | {"PGAPPNAME": _APPLICATION_NAME}
    server = subprocess.Popen(web_server(port, application="benchmarks.wsgi"), env=environ)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait()


def _load(server: int, port: int, path: str, cookie: str) -> _Load:
    command = [
        sys.executable,
        "-m",
        "benchmarks.load",
        str(port),
        path,
        cookie,
        str(CONNECTIONS),
        str(SECONDS),
    ]
    before = _cpu_seconds(server)
    done = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    answers, seconds = int(done[0]), float(done[1])
    return _Load(answers / seconds, (_cpu_seconds(server) - before) / answers)


def _cpu_seconds(server: int) -> float:
    """Return the processor time that the server's processes and their connections have taken up to now."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [_APPLICATION_NAME])
        backends = {pid for (pid,) in cursor.fetchall()}
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # After the name in brackets: the state, the parent, …, the ticks as a program and in the kernel.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        pid, parent = int(folder.name), int(fields[1])
        if server in (pid, parent) or pid in backends:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


# ── Row 3 ───────────────────────────────────────────────────────────────────────────────────────


def _queries(people: Any) -> Iterator[Row]:
    counts = {
        kind: {name: _count(path, _cookie(person.session_key)) for name, path in _paths(person).items()}
        for kind, person in (("one", people.one[0]), ("three", people.three[0]), ("fifty", people.fifty))
    }
    home = counts["three"]["home"]
    cards = "session, person, objects, invoices, meters, whether anything waits, noticeboard, voting"
    cards += "; offers and claims one each"
    yield Row(number="3", what="home: queries", goal=9, rounds=[home], note=cards)
    others = {name: count for name, count in counts["three"].items() if name != "home"}
    most = max(others, key=lambda name: others[name])
    yield Row(number="3b", what="other pages: most queries", goal=6, rounds=[others[most]], note=most)
    growth = max(counts["fifty"][name] - counts["one"][name] for name in counts["one"])
    yield Row(number="3c", what="queries more with 50 objects than with one", goal=0, rounds=[growth])


def _count(path: str, cookie: str) -> int:
    from django.db import connection

    from benchmarks.floor import ask

    ask(_application(), path, cookie=cookie)
    asked: list[str] = []

    def seen(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(seen):
        status, _body = ask(_application(), path, cookie=cookie)
    if status != 200:
        raise ValueError(f"{path} answers {status}")
    return sum(not sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for sql in asked)


def _application() -> Any:
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


# ── Row 8 ───────────────────────────────────────────────────────────────────────────────────────


def _bytes(paths: dict[str, str], cookie: str) -> Iterator[Row]:
    from django.urls import reverse

    from benchmarks.first_visit import weight
    from benchmarks.floor import ask

    visits = [("home", paths["home"], cookie), ("declaring", paths["declaring"], cookie)]
    for letter, (name, path, by) in zip(
        "abc", [("login", reverse("account_login"), ""), *visits], strict=True
    ):
        status, body = ask(_application(), path, cookie=by)
        if status != 200:
            raise ValueError(f"{path} answers {status}")
        what = f"first visit of {name}: everything, compressed"
        yield Row(
            number=f"8{letter}", what=what, goal=30, stretch=20, rounds=[weight(body) / 1000], unit=" KB"
        )


if __name__ == "__main__":
    from benchmarks.table import table

    print(table(measure(scale=os.environ.get("BENCH_SCALE", "small"))))
