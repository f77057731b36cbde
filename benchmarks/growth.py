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
from functools import cached_property
from math import ceil
from pathlib import Path
from statistics import mean
from typing import Any

import psycopg

from benchmarks.table import Row

BASE_DIR = Path(__file__).resolve().parent.parent
ROUNDS = 5
# How often a page is asked for before it is measured: by then the statements are prepared and the pages in memory.
WARM = 8
# Those lists of the administration that grow with the country, and of their searches the ones staff use most.
LISTS = ("invoice", "payment", "reading", "meter", "paymentbook")
SEARCHES = ("payer code", "address", "invoice number", "serial")
# Kinds of visits, each with a row for time and one for buffers.
GROUPS = {"residents": "pages of residents", "lists": "lists of staff", "searches": "searches of staff"}


def measure(*, scale: str) -> Iterator[Row]:
    """Yield rows 4 and 5; row 4 needs both sizes."""
    from benchmarks import country

    wanted = ("country", "small") if scale == "country" else ("small",)
    for each in wanted:
        country.ensure(each)
    with served(wanted) as portals:
        if scale == "country":
            yield from _growth(portals["country"], portals["small"])
        else:
            yield Row(
                number="4",
                what="time, buffers in a country ÷ in a town",
                goal=1.25,
                note="needs both: make bench SCALE=country",
            )
        yield from _ends(portals[scale])


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


def _ends(portal: "Served") -> Iterator[Row]:
    """Yield row 5: the last page of each long list against its first."""
    pages = portal.names["ends"]
    ratios: dict[str, list[float]] = {page: [] for page in pages}
    counts = {}
    for page in pages:
        portal.ask("warm", "ends", page), portal.ask("warm", "starts", page)
        for _round in range(ROUNDS):
            before, other, after = (portal.ask("time", which, page) for which in ("ends", "starts", "ends"))
            ratios[page].append((before + after) / 2 / other)
        counts[page] = portal.ask("buffers", "ends", page) / portal.ask("buffers", "starts", page)
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

    def __init__(self, scale: str, *, whole: bool = False) -> None:
        environment = os.environ | {"BENCH_SCALE": scale, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        environment.pop("DATABASE_URL", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.growth", scale, *(["whole"] if whole else [])],
            cwd=BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """Return the pages that may be asked for, by group; waits until the process is there."""
        found: dict[str, list[str]] = self._answer()
        return found

    def ask(self, what: str, group: str, name: str) -> float:
        """Return the seconds or buffers of a page."""
        return float(self._asked(what, group, name))

    def faults(self, group: str, name: str) -> list[str]:
        """Return where a page goes through a whole large table."""
        return list(self._asked("faults", group, name))

    def faults_of(self, statement: str) -> list[str]:
        """Return where a statement goes through a whole large table."""
        return list(self._asked("faults of", "", statement))

    def _asked(self, what: str, group: str, name: str) -> Any:
        assert self._process.stdin
        print(json.dumps([what, group, name]), file=self._process.stdin, flush=True)
        return self._answer()

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
def served(scales: Iterable[str], *, whole: bool = False) -> Iterator[dict[str, Served]]:
    """Serve these sizes; `whole` with every list, filter and search there is."""
    found: dict[str, Served] = {}
    try:
        for scale in scales:
            found[scale] = Served(scale, whole=whole)
        # They begin at the same time; the first line of each says that it is ready.
        _ready = [each.names for each in found.values()]
        yield found
    finally:
        for each in found.values():
            each.end()


def serve(scale: str, *, whole: bool) -> None:
    """Answer questions from the standard input, a line each."""
    import logging

    import django

    django.setup()
    # Of some lists staff are told that they may not.
    logging.disable(logging.WARNING)
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    visits = _visits(application, scale, whole=whole)
    print(json.dumps({group: list(pages) for group, pages in visits.items()}), flush=True)
    for line in sys.stdin:
        what, group, name = json.loads(line)
        print(json.dumps(_answer(application, what, visits[group][name] if group else name)), flush=True)


def _answer(application: Any, what: str, of: Any) -> Any:
    from benchmarks import plans
    from benchmarks.floor import ask

    if what == "faults of":
        return plans.read((of, None)).faults
    if what in ("warm", "time"):
        gc.collect()
        began = time.perf_counter()
        # Several people are as many askings of the same statements.
        for _turn in range(ceil(WARM / len(of)) if what == "warm" else 1):
            for each in of:
                status, _body = ask(application, each.path, query=each.query, cookie=each.cookie)
                if status != 200:
                    raise LookupError(f"{each.path}?{each.query} answers {status}")
        return time.perf_counter() - began
    reads = [
        plans.read(statement)
        for each in of
        for statement in plans.statements(application, each.path, query=each.query, cookie=each.cookie)
    ]
    return (
        plans.total(reads)
        if what == "buffers"
        else sorted({fault for each in reads for fault in each.faults})
    )


def _visits(application: Any, scale: str, *, whole: bool) -> dict[str, dict[str, list[Any]]]:
    """Return the visits of each page by group and name; those of people who are alike go together."""
    from benchmarks import country, visits

    people = country.sessions(scale)
    with psycopg.connect(country.address(scale)) as connection:
        terms = visits.terms(connection.cursor())
    found: dict[str, dict[str, list[Any]]] = {
        group: {} for group in ("residents", "lists", "searches", "starts", "ends")
    }
    for visit in visits.of_residents(people):
        found["residents"].setdefault(visit.name, []).append(visit)
    words = {kind: term for kind, term in terms.items() if whole or kind in SEARCHES}
    for visit in visits.of_staff(application, people, terms=words, lists=None if whole else LISTS):
        if not whole and visit.query and "smallest" in visit.name:
            continue
        found["searches" if visit.query else "lists"][visit.name] = [visit]
        if not visit.query and (whole or "largest" in visit.name):
            _add_offered(found, visit, list(visits.offered(application, visit, most=3 if whole else 1)))
    for name, path in (("invoices", "/invoices"), ("history", "/meters/history")):
        start, end = visits.long_list(application, name=name, path=path, session_key=people.fifty.session_key)
        found["starts"][name], found["ends"][name] = [start], [end]
    return found


def _add_offered(found: dict[str, dict[str, list[Any]]], visit: Any, offered: list[Any]) -> None:
    from benchmarks.visits import LAST

    for each in offered:
        found["lists"].setdefault(each.name, [each])
        if each.query == LAST:
            found["starts"][visit.name], found["ends"][visit.name] = [visit], [each]


if __name__ == "__main__":
    serve(sys.argv[1], whole="whole" in sys.argv)
