"""Rows 4 and 5: what a page costs in a country against a small town, and a list's last page against its first.

Both databases are served at once, each by a process of its own with the settings of production, and take turns:
country, small, country. Time is that of the whole page; buffers are those of the plans of all its statements.
"""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

import psycopg

from benchmarks.table import Row

BASE_DIR = Path(__file__).resolve().parent.parent
ROUNDS = 7
# How often a page is asked for before it is measured: by then the statements are prepared and the pages in memory.
WARM = 7
# Those lists of the administration that grow with the country, and of their searches the ones staff use most.
LISTS = ("invoice", "payment", "reading", "meter", "paymentbook", "property", "access", "user")
SEARCHES = ("payer code", "address", "invoice number", "serial")
# Kinds of visits, each with a row for time and one for buffers.
GROUPS = {"residents": "pages of residents", "lists": "lists of staff", "searches": "searches of staff"}


def measure(*, scale: str) -> Iterator[Row]:
    """Yield rows 4 and 5; row 4 needs both sizes."""
    from benchmarks import country

    wanted = ("country", "small") if scale == "country" else ("small",)
    for each in wanted:
        country.ensure(each)
    with _served(wanted) as served:
        if scale == "country":
            yield from _growth(served["country"], served["small"])
        else:
            yield Row(
                number="4", what="time, buffers in a country ÷ in a town", goal=1.25, note="SCALE=country"
            )
        yield from _ends(served[scale])


def _growth(country: "Served", small: "Served") -> Iterator[Row]:
    for letter, (group, what) in zip("abc", GROUPS.items(), strict=True):
        pages = sorted(set(country.names[group]) & set(small.names[group]))
        for page in pages:
            country.ask("warm", group, page), small.ask("warm", group, page)
        ratios: dict[str, list[float]] = {page: [] for page in pages}
        totals = []
        for _round in range(ROUNDS):
            ours = theirs = 0.0
            for page in pages:
                before, other, after = (each.ask("time", group, page) for each in (country, small, country))
                ratios[page].append((before + after) / 2 / other)
                ours, theirs = ours + (before + after) / 2, theirs + other
            totals.append(ours / theirs)
        slowest = max(pages, key=lambda page: sorted(ratios[page])[ROUNDS // 2])
        yield Row(
            number=f"4{letter}",
            what=f"{what}: time in a country ÷ in a town",
            goal=1.25,
            stretch=1.1,
            rounds=totals,
            note=f"most {sorted(ratios[slowest])[ROUNDS // 2]:.2f}: {slowest}",
        )
        counts = {
            page: (country.ask("buffers", group, page), small.ask("buffers", group, page)) for page in pages
        }
        greediest = max(pages, key=lambda page: counts[page][0] / counts[page][1])
        yield Row(
            number=f"4{letter}",
            what=f"{what}: buffers in a country ÷ in a town",
            goal=1.3,
            stretch=1.15,
            rounds=[sum(ours for ours, _ in counts.values()) / sum(theirs for _, theirs in counts.values())],
            note=f"most {counts[greediest][0] / counts[greediest][1]:.2f}: {greediest}",
        )


def _ends(served: "Served") -> Iterator[Row]:
    """Yield row 5: the last page of each long list against its first."""
    pages = served.names["ends"]
    ratios: dict[str, list[float]] = {page: [] for page in pages}
    counts = {}
    for page in pages:
        served.ask("warm", "ends", page), served.ask("warm", "starts", page)
        for _round in range(ROUNDS):
            before, other, after = (served.ask("time", which, page) for which in ("ends", "starts", "ends"))
            ratios[page].append((before + after) / 2 / other)
        counts[page] = served.ask("buffers", "ends", page) / served.ask("buffers", "starts", page)
    middle = {page: sorted(found)[ROUNDS // 2] for page, found in ratios.items()}
    slowest, greediest = max(pages, key=middle.__getitem__), max(pages, key=counts.__getitem__)
    yield Row(
        number="5",
        what="last page of a long list ÷ its first: time of the worst",
        goal=1.5,
        stretch=1.1,
        rounds=ratios[slowest],
        note=f"{slowest}; of all {mean(middle.values()):.2f}",
    )
    yield Row(
        number="5",
        what="last page of a long list ÷ its first: buffers of the worst",
        goal=1.5,
        stretch=1.1,
        rounds=[counts[greediest]],
        note=f"{greediest}; of all {mean(counts.values()):.2f}",
    )


# ── A process for each size ─────────────────────────────────────────────────────────────────────


class Served:
    """The portal on the database of one size, asked for pages by name."""

    def __init__(self, scale: str) -> None:
        environment = os.environ | {"BENCH_SCALE": scale, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        environment.pop("DATABASE_URL", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.growth", scale],
            cwd=BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.names: dict[str, list[str]] = self._answer()

    def ask(self, what: str, group: str, name: str) -> float:
        """Return the seconds or buffers of a page."""
        assert self._process.stdin
        print(json.dumps([what, group, name]), file=self._process.stdin, flush=True)
        return float(self._answer())

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise ChildProcessError("The portal that was measured has ended.")
        return json.loads(line)

    def end(self) -> None:
        """Let the process go."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=30)


@contextmanager
def _served(scales: Iterable[str]) -> Iterator[dict[str, Served]]:
    found: dict[str, Served] = {}
    try:
        for scale in scales:
            found[scale] = Served(scale)
        yield found
    finally:
        for each in found.values():
            each.end()


def serve(scale: str) -> None:
    """Answer questions from the standard input, a line each."""
    import django

    django.setup()
    from django.core.wsgi import get_wsgi_application

    from benchmarks import plans
    from benchmarks.floor import ask

    application = get_wsgi_application()
    visits = _visits(application, scale)
    print(json.dumps({group: list(pages) for group, pages in visits.items()}), flush=True)
    for line in sys.stdin:
        what, group, name = json.loads(line)
        own = visits[group][name]
        if what == "buffers":
            answer: float = sum(
                plans.total(
                    [
                        plans.read(one)
                        for one in plans.statements(
                            application, each.path, query=each.query, cookie=each.cookie
                        )
                    ]
                )
                for each in own
            )
        else:
            gc.collect()
            began = time.perf_counter()
            for _turn in range(WARM if what == "warm" else max(1, 6 // len(own))):
                for each in own:
                    ask(application, each.path, query=each.query, cookie=each.cookie)
            answer = time.perf_counter() - began
        print(json.dumps(answer), flush=True)


def _visits(application: Any, scale: str) -> dict[str, dict[str, list[Any]]]:
    """Return the visits of each page by group and name; those of people who are alike go together."""
    from benchmarks import country, visits

    people = country.sessions(scale)
    with psycopg.connect(country.address(scale)) as connection:
        terms = visits.terms(connection.cursor())
    found: dict[str, dict[str, list[Any]]] = {
        "residents": {},
        "lists": {},
        "searches": {},
        "starts": {},
        "ends": {},
    }
    for visit in visits.of_residents(people):
        found["residents"].setdefault(visit.name, []).append(visit)
    words = {kind: term for kind, term in terms.items() if kind in SEARCHES}
    for visit in visits.of_staff(people, terms=words):
        model = visit.name.split(",")[0].split(" by ")[0]
        if model not in LISTS:
            continue
        found["searches" if visit.query else "lists"][visit.name] = [visit]
        if not visit.query:
            offered = list(visits.offered(application, visit))
            for each in offered:
                if not each.name.startswith((f"{visit.name}: after", f"{visit.name}: before")):
                    found["lists"].setdefault(each.name, [each])
                elif each.query == "before=end":
                    found["starts"][visit.name], found["ends"][visit.name] = [visit], [each]
    for name, path in (("invoices", "/invoices"), ("history", "/meters/history")):
        start, end = visits.long_list(application, name=name, path=path, session_key=people.fifty.session_key)
        found["starts"][name], found["ends"][name] = [start], [end]
    return found


if __name__ == "__main__":
    serve(sys.argv[1])
