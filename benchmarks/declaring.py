"""Row 7: what declaring costs beside a bare INSERT of the same rows, and its POST beside one that only inserts.

A database of its own is made for it. Real and bare take turns, flat by flat; in the next round those that were
bare are real. Bare knows everything that the real one looks up, and keeps no meter's last reading.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from benchmarks.flats import FLATS, USE, Flat, own_database, run
from benchmarks.table import Row

ROUNDS = 7
# Of a round: half of them real, half of them bare.
FLATS_OF_A_ROUND = 160
# Before anything is counted: statements are prepared, modules and words are loaded.
FLATS_TO_WARM_UP = 40
# A flat of the country has three; with six a press is watched, it shall not become dearer.
SIZES = (3, 6)
_AT_LEAST: dict[int, tuple[float, float | None]] = {3: (0.5, 0.8), 6: (0.4, None)}
TOKEN = "t" * 32


def measure(*, scale: str) -> Iterable[Row]:
    """Return the rows 7a and 7b with the counts beside them."""
    with own_database("bench_declaring") as environment:
        told = run(environment, "-m", "benchmarks.declaring", str(FLATS[scale]))
    return _rows(json.loads(told))


def _rows(told: dict[str, Any]) -> Iterator[Row]:
    for letter, size in zip("ab", SIZES, strict=True):
        rule, counts = told[f"rule {size}"], told[f"counts {size}"]
        yield Row(
            number=f"7{letter}",
            what=f"{size} declarations judged under lock and committed: rate ÷ bare INSERT + COMMIT",
            goal=0.2,
            stretch=0.45,
            at_least=True,
            rounds=rule["ratios"],
            note=f"{rule['real']:.1f} against {rule['bare']:.1f} ms; {counts['statements']:.0f} statements; "
            f"WAL {counts['real_wal']:.0f} against {counts['bare_wal']:.0f} bytes a declaration; "
            f"{counts['hot']:.0%} of the meters updated in place",
        )
    for letter, size in zip("cd", SIZES, strict=True):
        post, counts = told[f"post {size}"], told[f"counts {size}"]
        goal, stretch = _AT_LEAST[size]
        yield Row(
            number=f"7{letter}",
            what=f"POST of {size} meters: rate ÷ POST doing one bare INSERT",
            goal=goal,
            stretch=stretch,
            at_least=True,
            rounds=post["ratios"],
            note=f"{post['real']:.1f} against {post['bare']:.1f} ms; "
            f"{counts['post']:.0f} statements against {counts['bare_post']:.0f}",
        )


# ── In the process that measures ────────────────────────────────────────────────────────────────

_Act = Callable[[Flat, dict[int, Decimal]], None]


class Bench:
    """The flats of a town, what their meters show, and the two ways of declaring it."""

    def __init__(self, flats: list[Flat]) -> None:
        from django.core.handlers.wsgi import WSGIHandler
        from django.test.utils import override_settings

        from benchmarks import bare_post
        from benchmarks.floor import STOCK_MIDDLEWARE, STOCK_SESSIONS

        self.flats = flats
        self.at = datetime.now(UTC)
        self._portal = WSGIHandler()
        # As below a page: Django's own middleware, session and person.
        with override_settings(MIDDLEWARE=STOCK_MIDDLEWARE, SESSION_ENGINE=STOCK_SESSIONS):
            self._floor = WSGIHandler()
        rows = _all(
            "SELECT m.id, bp.payment_book_id, m.managing_company_id, m.last_value FROM meters_meter m "
            "JOIN properties_bookpremises bp ON bp.property_id = m.property_id"
        )
        bare_post.KNOWN.update({meter: (book, company) for meter, book, company, _last in rows})
        self._shown: dict[int, Decimal] = {meter: last for meter, _book, _company, last in rows}

    def compare(self, real: _Act, bare: _Act, *, begin: Callable[[], None]) -> dict[int, dict[str, Any]]:
        """Return for each size the ratio of every round, and the milliseconds of the median one."""
        found: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
        begin()
        self._round(real, bare, self.flats[:FLATS_TO_WARM_UP], turn=0)
        for turn in range(ROUNDS):
            begin()
            for size, seconds in self._round(real, bare, self.flats[:FLATS_OF_A_ROUND], turn=turn).items():
                found[size].append(seconds)
        return {size: _figures(rounds) for size, rounds in found.items()}

    def _round(
        self, real: _Act, bare: _Act, flats: list[Flat], *, turn: int
    ) -> dict[int, tuple[float, float]]:
        seconds = {size: [0.0, 0.0] for size in SIZES}
        for number, flat in enumerate(flats):
            # Neighbours are of both sizes, so they take turns by pairs.
            is_bare = (number // 2 + turn) % 2
            typed = self.typed(flat)
            begun = time.perf_counter()
            (bare if is_bare else real)(flat, typed)
            seconds[len(flat.meters)][is_bare] += time.perf_counter() - begun
        return {size: (real_s, bare_s) for size, (real_s, bare_s) in seconds.items()}

    def typed(self, flat: Flat) -> dict[int, Decimal]:
        """Return what the meters of a flat show a month after they were read last."""
        self._shown |= {meter: self._shown[meter] + USE for meter in flat.meters}
        return {meter: self._shown[meter] for meter in flat.meters}

    def next_month(self) -> None:
        """Go on to the 20th of the next month."""
        month = self.at.year * 12 + self.at.month
        self.at = datetime(month // 12, month % 12 + 1, 20, 12, tzinfo=UTC)

    def this_month_again(self) -> None:
        """Forget what was declared this month: a POST is always of today."""
        from django.db import connection

        from meters.last import keep_last

        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM meters_reading WHERE period >= %s", [self.at.date().replace(day=1)])
            keep_last(meter_ids=[meter for flat in self.flats for meter in flat.meters])
            cursor.execute("VACUUM meters_reading, meters_meter")
        self._shown = dict(_all("SELECT id, last_value FROM meters_meter"))

    def declare(self, flat: Flat, typed: dict[int, Decimal]) -> None:
        """Declare by the rule."""
        from accounts.models import User
        from meters.readings import Line, Source, declare

        lines = [Line(meter_id=meter, payment_book_id=flat.book, value=typed[meter]) for meter in typed]
        outcomes = declare(lines=lines, by=User(pk=flat.person), at=self.at, source=Source.RESIDENT)
        if any(outcome.result != "declared" for outcome in outcomes):
            raise RuntimeError(f"Not taken: {outcomes}")

    def insert(self, flat: Flat, typed: dict[int, Decimal]) -> None:
        """Insert the same rows by psycopg alone and commit."""
        from django.db import connection

        from benchmarks import bare_post

        bare = connection.connection
        bare.autocommit = False
        bare.execute(bare_post.INSERT, bare_post.values_of(typed, at=self.at, person=flat.person))
        bare.commit()
        bare.autocommit = True

    def post(self, flat: Flat, typed: dict[int, Decimal]) -> None:
        """Press „Deklaruoti visus“."""
        if "messages" not in self._ask(self._portal, "/meters", flat, typed):
            raise RuntimeError("No green message: nothing was declared.")

    def bare_post(self, flat: Flat, typed: dict[int, Decimal]) -> None:
        """Send the same form to the view that only inserts."""
        self._ask(self._floor, "/bare-post", flat, typed)

    def _ask(self, application: Any, path: str, flat: Flat, typed: dict[int, Decimal]) -> str:
        """Return the cookies that came with a redirect."""
        fields = {f"now-{meter}": str(value).replace(".", ",") for meter, value in typed.items()}
        body = urlencode({"csrfmiddlewaretoken": TOKEN} | fields | {"declare": "all"}).encode()
        answered: list[tuple[str, list[tuple[str, str]]]] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "savitarna.test",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "savitarna.test",
            "HTTP_COOKIE": f"sessionid={flat.session_key}; csrftoken={TOKEN}",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        answer = application(environ, lambda status, headers, *rest: answered.append((status, headers)))
        list(answer)
        answer.close()
        [(status, headers)] = answered
        if not status.startswith("302"):
            raise RuntimeError(f"{path} answered {status}")
        return " ".join(value for name, value in headers if name == "Set-Cookie")

    def counts(self, size: int) -> dict[str, float]:
        """Return statements and bytes of WAL a declaration, and the share of meters that were updated in place."""
        flats = [flat for flat in self.flats if len(flat.meters) == size]
        self.next_month()
        updates, in_place = _updates()
        real_wal = self._wal(self.declare, flats[:FLATS_OF_A_ROUND:2])
        updated, updated_in_place = _updates()
        bare_wal = self._wal(self.insert, flats[1:FLATS_OF_A_ROUND:2])
        statements = _statements(lambda: self.declare(flats[-1], self.typed(flats[-1])))
        return {
            "statements": statements,
            "real_wal": real_wal / size,
            "bare_wal": bare_wal / size,
            "hot": (updated_in_place - in_place) / (updated - updates),
        }

    def _wal(self, act: _Act, flats: list[Flat]) -> float:
        """Return how many bytes of WAL one flat made this process's connection write."""
        before = _wal_bytes()
        for flat in flats:
            act(flat, self.typed(flat))
        return (_wal_bytes() - before) / len(flats)

    def post_counts(self, size: int) -> dict[str, float]:
        """Return how many statements a POST makes, session and user included."""
        self.this_month_again()
        real, bare = [flat for flat in self.flats if len(flat.meters) == size][:2]
        return {
            "post": _statements(lambda: self.post(real, self.typed(real))),
            "bare_post": _statements(lambda: self.bare_post(bare, self.typed(bare))),
        }


def _figures(rounds: list[tuple[float, float]]) -> dict[str, Any]:
    each = FLATS_OF_A_ROUND / 2 / len(SIZES) / 1000
    real, bare = (sorted(seconds)[len(rounds) // 2] / each for seconds in zip(*rounds, strict=True))
    return {"ratios": [bare_s / real_s for real_s, bare_s in rounds], "real": real, "bare": bare}


def _all(query: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[Any] = cursor.fetchall()
    return rows


def _statements(act: Callable[[], None]) -> int:
    from django.db import connection

    ran = []

    def count(execute: Any, query: str, *rest: Any) -> Any:
        ran.append(query)
        return execute(query, *rest)

    with connection.execute_wrapper(count):
        act()
    return len(ran)


def _wal_bytes() -> int:
    _all("SELECT pg_stat_force_next_flush()")
    [(written,)] = _all("SELECT wal_bytes FROM pg_stat_get_backend_wal(pg_backend_pid())")
    return int(written)


def _updates() -> tuple[int, int]:
    _all("SELECT pg_stat_force_next_flush()")
    [counts] = _all("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'meters_meter'")
    return counts[0], counts[1]


def main(flats: int) -> dict[str, Any]:
    """Measure in the empty database of the settings."""
    import django
    from django.conf import settings

    django.setup()
    settings.ROOT_URLCONF = "benchmarks.bare_post"
    from django.utils import timezone, translation

    from benchmarks.flats import make_town

    translation.activate("lt")
    bench = Bench(make_town(flats, today=timezone.localdate()))
    told: dict[str, Any] = {}
    posts = bench.compare(bench.post, bench.bare_post, begin=bench.this_month_again)
    counts = {size: bench.post_counts(size) for size in SIZES}
    rules = bench.compare(bench.declare, bench.insert, begin=bench.next_month)
    for size in SIZES:
        told[f"post {size}"], told[f"rule {size}"] = posts[size], rules[size]
        told[f"counts {size}"] = counts[size] | bench.counts(size)
    return told


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
