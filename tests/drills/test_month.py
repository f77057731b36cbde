"""A simulated month of reminders to 10,000 residents with three objects each; the worker is killed ten times.

Everybody hears what is planned for them, nobody anything twice, and nothing of what is declared. The controls,
which must fail: a loop that remembers nothing writes twice, and a worker that does not look again before sending
writes to whom has declared meanwhile.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests.drills.databases import own_database

PEOPLE = 10_000 if os.environ.get("DRILL") else 200
KILLS_A_DAY = 5
PATIENCE = 3600
# Who turns reminders off on the 20th: people of the last group, who declare nothing.
REFUSING = 50


@pytest.fixture
def url() -> Iterator[str]:
    with own_database("month") as address:
        yield address


class Month:
    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        folder.mkdir(exist_ok=True)

    def start(self, *words: str, out: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "DEBUG": "1",
            "DATABASE_URL": self.url,
            "MAIL_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "-m", "tests.drills.month", *words]
        return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=out)

    def run(self, *words: str) -> str:
        out, _errors = (process := self.start(*words, out=subprocess.PIPE)).communicate(timeout=PATIENCE)
        assert process.returncode == 0, words
        return out.decode()

    def count(self, where: str) -> int:
        with psycopg.connect(self.url) as connection:
            found = connection.execute(f"SELECT count(*) FROM notifications_letter WHERE {where}").fetchone()
        assert found is not None
        return int(found[0])

    def kill_in_the_middle(self, step: str, at: str, progress: str, dice: random.Random) -> None:
        """Start a step, wait until it has done something more, and kill it."""
        before, process = self.count(progress), self.start(step, at)
        end = time.monotonic() + PATIENCE
        while self.count(progress) <= before and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 0.3))
        assert process.poll() is None, "it was over before it could be killed"
        process.kill()
        process.wait()

    def letters(self) -> list[tuple[str, str]]:
        """Return what came: to whom, under which Message-ID."""
        read = [message_from_bytes(path.read_bytes()) for path in self.folder.glob("*.eml")]
        return [(str(one["To"]), str(one["Message-ID"])) for one in read]

    def kinds(self) -> dict[str, str]:
        """Return what each letter of the outbox is about, by the first part of its Message-ID."""
        with psycopg.connect(self.url) as connection:
            return dict(connection.execute("SELECT message_uuid::text, kind FROM notifications_letter"))


def morning(day: int) -> str:
    return f"2026-11-{day:02}T09:00:00+02:00"


def planned(people: int) -> dict[str, tuple[int, int]]:
    """Return how many letters of opening and of closing each person is to get, by what their group does."""
    of_group = {
        0: (0, 0),  # declares everything as the window opens
        1: (1, 0),  # declares everything on the 18th
        2: (1, 1),  # declares two of three on the 18th
        3: (1, 0),  # declares everything on the 24th, when the letter is posted and has not gone
        4: (1, 1),  # declares nothing
    }
    plan = {f"nr{n}@pastas.example": of_group[n % 5] for n in range(people)}
    return plan | {f"nr{n}@pastas.example": (1, 0) for n in range(REFUSING - 1, people, REFUSING)}


def test_everybody_hears_what_is_planned_and_nothing_twice(url: str, tmp_path: Path) -> None:
    dice, month = random.Random(2026), Month(url, tmp_path / "mail")
    month.run("make", str(PEOPLE))
    month.run("declare", "0", "3", "2026-11-15T00:10:00+02:00")
    took = {}
    assert month.run("post", *map(morning, range(1, 15))).split() == ["0"] * 14
    for day in (15, 24):
        at = morning(day)
        if PEOPLE > 1000:
            # In the middle of posting: some thousands are in the outbox, the rest come with the next quarter.
            month.kill_in_the_middle("post", at, "true", dice)
        begun = time.monotonic()
        assert int(month.run("post", at)) > 0
        took[day] = time.monotonic() - begun
        if day == 24:
            month.run("declare", "3", "3", at)
        for _kill in range(KILLS_A_DAY - (PEOPLE > 1000)):
            month.kill_in_the_middle("send", at, "sent_at IS NOT NULL OR dropped_at IS NOT NULL", dice)
        month.run("send", at)
        if day == 15:
            month.run("declare", "1", "3", morning(18))
            month.run("declare", "2", "2", morning(18))
            month.run("refuse", str(REFUSING), morning(20))
        later = map(morning, range(day, 24) if day == 15 else range(day, 31))
        assert set(month.run("post", *later).split()) == {"0"}
    came = month.letters()
    kinds = month.kinds()
    told = Counter((to, kinds[letter[1:].partition("@")[0]]) for to, letter in set(came))
    people = {to: (told[to, "window_opens"], told[to, "window_closes"]) for to in planned(PEOPLE)}
    wrong = {to: got for to, got in people.items() if got != planned(PEOPLE)[to]}
    again = len(came) - len(set(came))
    print(
        f"\n{PEOPLE} people, {3 * PEOPLE} objects: {len(set(came))} letters, worker killed {2 * KILLS_A_DAY} times; "
        f"{again} cut off in the middle went again under the same Message-ID; "
        f"posting took {took[15]:.1f} s and {took[24]:.1f} s"
    )
    assert wrong == {}
    assert {to for to, _id in came} <= set(people)


def test_control_without_looking_again_tells_what_is_declared(url: str, tmp_path: Path) -> None:
    month = Month(url, tmp_path / "mail")
    month.run("make", "50")
    month.run("post", morning(15))
    month.run("declare", "3", "3", morning(15))
    month.run("blind", morning(15))
    told = {to for to, _id in month.letters()}
    assert {f"nr{n}@pastas.example" for n in range(3, 50, 5)} <= told


def test_control_a_loop_that_remembers_nothing_writes_twice(url: str, tmp_path: Path) -> None:
    month = Month(url, tmp_path / "mail")
    month.run("make", "50")
    process, end = month.start("loop", morning(15)), time.monotonic() + PATIENCE
    while len(list(month.folder.glob("*.eml"))) < 5 and time.monotonic() < end:
        time.sleep(0.02)
    process.kill()
    process.wait()
    month.run("loop", morning(15))
    times = Counter(to for to, _id in month.letters())
    assert max(times.values()) > 1
