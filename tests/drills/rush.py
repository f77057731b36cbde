"""The last evening: many residents at once, each with a browser, and a ledger of what the portal told them.

A press whose answer never came is made again, as people do; only what was acknowledged goes into the ledger.
"""

import http.client
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Event, Thread
from urllib.parse import urlencode

from tests.drills.databases import Cluster
from tests.drills.town import Flat, Town

PAGE = "/meters"
TOKEN = "t" * 32
PATIENCE = 60


@dataclass
class Ledger:
    """What residents were told, in the order in which they heard it."""

    # Meter and value of what was pressed, told to be declared, and told to be in another's way.
    typed: set[tuple[int, Decimal]] = field(default_factory=set)
    kept: list[tuple[int, Decimal]] = field(default_factory=list)
    conflicts: list[tuple[int, Decimal, str]] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    # Presses whose answer never came.
    unanswered: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    residents: list[int] = field(default_factory=list)
    # What nobody should hear.
    strange: list[str] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Return how many milliseconds so many of the requests took at most."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(frozen=True)
class Said:
    status: int
    location: str
    body: str

    @property
    def is_taken(self) -> bool:
        """Tell whether all that was typed is declared: the page leads back to itself with a green message."""
        return self.status == 302 and self.location == PAGE

    def about(self, meter: int) -> str:
        """Return what the page says at a meter; empty when it says nothing."""
        found = re.search(rf'id="said-{meter}".*?(?=<div class="meter"|</form>)', self.body, re.DOTALL)
        return found[0] if found else ""

    def seen(self, meter: int) -> str:
        """Return the reading that sending once more would correct."""
        found = re.search(rf'name="seen-{meter}" value="([0-9]+)"', self.body)
        return found[1] if found else ""


class Browser:
    """One window of a resident who is signed in, on a connection that is kept."""

    def __init__(self, port: int, session: str, ledger: Ledger) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._cookies = f"sessionid={session}; csrftoken={TOKEN}"
        self._ledger = ledger

    def look(self) -> Said:
        """Open the page."""
        return self._ask("GET", "")

    def press(self, button: str, fields: dict[str, str]) -> Said:
        """Press a button of the form: `declare=12`."""
        name, _, value = button.partition("=")
        return self._ask("POST", urlencode({"csrfmiddlewaretoken": TOKEN, name: value} | fields))

    def close(self) -> None:
        """Close the window."""
        self._connection.close()

    def _ask(self, method: str, body: str) -> Said:
        """Ask on the kept connection; when the server had closed it, on a new one, as browsers do."""
        begun = time.perf_counter()
        is_kept = self._connection.sock is not None
        try:
            said = self._ask_once(method, body)
        except ConnectionError:
            if not is_kept:
                raise
            said = self._ask_once(method, body)
        self._ledger.seconds.append(time.perf_counter() - begun)
        self._ledger.statuses[said.status] += 1
        return said

    def _ask_once(self, method: str, body: str) -> Said:
        headers = {"Cookie": self._cookies, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            self._connection.request(method, PAGE, body, headers)
            response = self._connection.getresponse()
            return Said(response.status, response.headers.get("Location", ""), response.read().decode())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise


@dataclass(frozen=True)
class Typed:
    """Values for meters of one flat, with what else the form sends."""

    button: str
    values: dict[int, Decimal]
    more: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, str]:
        """Return the form's fields, with a decimal comma."""
        return {
            f"now-{meter}": f"{value}".replace(".", ",") for meter, value in self.values.items()
        } | self.more


class Resident:
    """Somebody of a flat; what they do hangs on the flat's number, with what values on the dice."""

    def __init__(self, rush: "Rush", number: int, flat: Flat) -> None:
        self._rush = rush
        self._number = number
        self._flat = flat
        self._dice = random.Random(number)
        holder, other = flat.sessions
        self._mine, self._tab, self._theirs = (
            Browser(rush.port, session, rush.ledger) for session in (holder, holder, other)
        )

    def declare_all(self) -> None:
        """Do what this flat does on the last evening."""
        with closing(self._mine), closing(self._tab), closing(self._theirs):
            if self._rush.looks:
                self._do(self._mine, Browser.look)
            if len(self._flat.meters) == 6:
                self._all_at_once()
            else:
                habits = (self._once, self._two_holders, self._twice, self._two_tabs, self._corrected)
                for place, meter in enumerate(self._flat.meters):
                    habits[self._number % 5](meter, place)
            if self._rush.looks:
                self._do(self._mine, Browser.look)

    def _all_at_once(self) -> None:
        one = Typed(
            "declare=all", {meter: self._value(place) for place, meter in enumerate(self._flat.meters)}
        )
        if self._number % 12 == 0:
            self._together((self._mine, one), (self._tab, one))
        elif self._number % 18 == 6:
            # The other holder goes through them from the last one on, with other values.
            values = {meter: value + 1 for meter, value in reversed(one.values.items())}
            self._together((self._mine, one), (self._theirs, Typed("declare=all", values)))
        else:
            self._send(self._mine, one)

    def _once(self, meter: int, place: int) -> None:
        if self._number % 25:
            self._send(self._mine, self._one(meter, place))
            return
        high = Typed(f"declare={meter}", {meter: Decimal(self._flat.shown[place] + 80)})
        said = self._send(self._mine, high)
        tick = re.search(rf'name="sure-{meter}" value="([0-9,]+)"', said.body)
        if tick is None:
            self._rush.ledger.strange.append(f"meter {meter}: no question about {high.values[meter]}")
            return
        self._send(self._mine, Typed(high.button, high.values, {f"sure-{meter}": tick[1]}))
        self._rush.ledger.confirmed.append(meter)

    def _two_holders(self, meter: int, place: int) -> None:
        other = self._one(meter, place, more=1)
        self._together((self._mine, self._one(meter, place)), (self._theirs, other))

    def _twice(self, meter: int, place: int) -> None:
        one = self._one(meter, place)
        self._together((self._mine, one), (self._tab, one))

    def _two_tabs(self, meter: int, place: int) -> None:
        other = self._one(meter, place, more=1)
        self._together((self._mine, self._one(meter, place)), (self._tab, other))

    def _corrected(self, meter: int, place: int) -> None:
        self._send(self._mine, self._one(meter, place))
        page = self._do(self._mine, lambda browser: browser.press(f"edit={meter}", {}))
        other = self._one(meter, place, more=1)
        self._send(self._mine, Typed(other.button, other.values, {f"seen-{meter}": page.seen(meter)}))
        self._rush.ledger.corrected.append(meter)

    def _value(self, place: int) -> Decimal:
        return self._flat.shown[place] + Decimal(self._dice.randrange(1000, 5000)) / 1000

    def _one(self, meter: int, place: int, *, more: int = 0) -> Typed:
        return Typed(f"declare={meter}", {meter: self._value(place) + more})

    def _together(self, *presses: tuple[Browser, Typed]) -> None:
        with ThreadPoolExecutor(len(presses)) as threads:
            list(threads.map(lambda press: self._send(*press), presses))

    def _send(self, browser: Browser, typed: Typed) -> Said:
        """Press until an answer comes, and write down what it was."""
        ledger = self._rush.ledger
        ledger.typed.update(typed.values.items())
        said = self._do(browser, lambda browser: browser.press(typed.button, typed.fields))
        for meter, value in typed.values.items():
            words = "" if said.is_taken else said.about(meter)
            if said.is_taken or (said.status == 200 and typed.button == "declare=all" and not words):
                ledger.kept.append((meter, value))
            elif said.seen(meter):
                ledger.conflicts.append((meter, value, words))
            elif f"sure-{meter}" not in words:
                ledger.strange.append(f"meter {meter}, {value}: {said.status} {said.location} {words[:300]}")
        return said

    def _do(self, browser: Browser, act: Callable[[Browser], Said]) -> Said:
        """Do something; after no answer, or an error of the server, once more."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                said = act(browser)
                if said.status < 500 or not self._rush.forgives:
                    return said
            except (OSError, http.client.HTTPException) as error:
                self._rush.ledger.unanswered.append(repr(error))
                if not self._rush.forgives or time.monotonic() > until:
                    raise
            time.sleep(0.1)


class Rush:
    """Residents who come one after another through so many doors; `forgives` the server its deaths."""

    def __init__(self, port: int, town: Town, *, doors: int, forgives: bool = False) -> None:
        self.port = port
        self.town = town
        self.forgives = forgives
        # Whoever is only interested in acknowledgements need not look at the page before and after.
        self.looks = not forgives
        self.ledger = Ledger()
        self.seconds = 0.0
        self._waiting = iter(enumerate(town.flats))
        self._is_open = Event()
        self._is_over = Event()
        self._doors = [Thread(target=self._let_in, daemon=True) for _door in range(doors)]

    def run(self) -> None:
        """Let everybody in and wait until the last one has left."""
        begun = time.monotonic()
        self.open()
        for door in self._doors:
            door.start()
        for door in self._doors:
            door.join()
        self.seconds = time.monotonic() - begun

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Let residents in while the doors are open; in the end those who are inside finish."""
        for door in self._doors:
            door.start()
        try:
            yield
        finally:
            self._is_over.set()
            self.open()
            for door in self._doors:
                door.join()

    def open(self) -> None:
        """Let residents in."""
        self._is_open.set()

    def shut(self) -> None:
        """Let nobody else in; those who are inside go on."""
        self._is_open.clear()

    def wait_for(self, more: int) -> None:
        """Wait until so many more readings are acknowledged."""
        enough = len(self.ledger.kept) + more
        while len(self.ledger.kept) < enough:
            assert any(door.is_alive() for door in self._doors), "Nobody is left to declare."
            time.sleep(0.005)

    def _let_in(self) -> None:
        while self._is_open.wait() and not self._is_over.is_set():
            # One step of a shared counter is never given to two.
            number, flat = next(self._waiting, (0, None))
            if flat is None:
                return
            try:
                Resident(self, number, flat).declare_all()
            except Exception as error:
                self.ledger.strange.append(f"flat {number}: {error!r}")
            self.ledger.residents.append(number)


# ── What is there afterwards ────────────────────────────────────────────────────────────────────


@dataclass
class Found:
    """The readings of the month beside the ledger, each fault by its meter."""

    rows: int = 0
    current: int = 0
    lost: list[tuple[int, Decimal]] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    # A value that nobody typed, or another one on top than the last that was acknowledged.
    wrong: list[int] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is lost, doubled or wrong."""
        return not self.lost and not self.doubled and not self.wrong


def compare(cluster: Cluster, town: Town, ledger: Ledger, *, among: Sequence[tuple[int, Decimal]]) -> Found:
    """Look for everything acknowledged `among` the ledger in the database, and for what should not be there."""
    rows: dict[int, list[tuple[Decimal, bool, Decimal]]] = {}
    for meter, value, is_current, last in cluster.rows(
        "SELECT r.meter_id, r.value, r.replaced_at IS NULL, m.last_value FROM meters_reading r "
        "JOIN meters_meter m ON m.id = r.meter_id WHERE r.period = %s AND r.meter_id = ANY(%s)",
        town.period,
        [meter for flat in town.flats for meter in flat.meters],
    ):
        rows.setdefault(meter, []).append((value, is_current, last))
    found = Found(rows=sum(map(len, rows.values())))
    last_kept = dict(among)
    found.lost = [
        (meter, value)
        for meter, value in among
        if value not in [there for there, _is_current, _last in rows.get(meter, [])]
    ]
    for meter, ours in rows.items():
        values = [value for value, _is_current, _last in ours]
        current = [(value, last) for value, is_current, last in ours if is_current]
        found.current += len(current)
        if len(current) != 1 or len(set(values)) < len(values):
            found.doubled.append(meter)
        elif (
            current[0][0] != current[0][1]
            or any((meter, value) not in ledger.typed for value in values)
            or (meter in last_kept and current[0][0] != last_kept[meter])
        ):
            found.wrong.append(meter)
    return found


def deadlocks(cluster: Cluster) -> int:
    """Return how many deadlocks PostgreSQL has had to end since it started."""
    [(count,)] = cluster.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(count)


def values_in(words: str) -> set[Decimal]:
    """Return the numbers of a text, as „1 482,5“."""
    numbers = re.findall(r"[0-9]+(?:[  ][0-9]{3})*(?:,[0-9]+)?", words)
    return {Decimal(re.sub(r"[  ]", "", number).replace(",", ".")) for number in numbers}
