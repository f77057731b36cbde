"""The web server and PostgreSQL are killed in the middle of a rush: what was acknowledged is there, once.

A file of readings is taken in at the same time: none of it or the whole of it stands. The control lets
PostgreSQL acknowledge before it has written: the same stops must then lose something.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from tests.drills.databases import Cluster, own_cluster
from tests.drills.portal import Portal, environment, served
from tests.drills.rush import Found, Rush, compare
from tests.drills.town import COMPANY, Town, make

KILLS = 10 if os.environ.get("DRILL") else 2
FLATS = 120 * KILLS
FILED = 2000
DOORS = 16
# Declarations that are acknowledged before each kill, at least.
BEFORE_A_KILL = 15
CANNOT_BOOT = 3


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with own_cluster(tmp_path_factory.mktemp("kills")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def whole_town(cluster: Cluster) -> Town:
    return make(cluster.address, flats=3 * FLATS, filed=2 * FILED)


def part(town: Town, number: int) -> Town:
    """Return the flats and the file of one of the drills."""
    flats = town.flats[number * FLATS : (number + 1) * FLATS]
    return Town(town.period, flats, town.filed[number * FILED : (number + 1) * FILED])


# ── A file that is taken in meanwhile ───────────────────────────────────────────────────────────


@dataclass
class Intake:
    """Files of readings, a month each: one that was cut off is taken again, else the next month's is."""

    cluster: Cluster
    town: Town
    folder: Path
    taken: int = 0
    cut_off: int = 0
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Begin to take the file and wait until it is being written."""
        file = self.folder / "readings.csv"
        with file.open("w") as output:
            output.write("payer_code;serial;type;period;value;read_on\n")
            for code, serial in self.town.filed:
                output.write(
                    f"{code};{serial};cold_water;{self._month:%Y-%m};{100 + 3 * self.taken};{self._month}\n"
                )
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "import_data", "readings", str(file), "--company", COMPANY],
            cwd=settings.BASE_DIR,
            env=environment(self.cluster.address) | {"PGAPPNAME": "intake"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while self.process.poll() is None and not self.cluster.rows(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'intake' AND query LIKE '%%staging%%'"
        ):
            time.sleep(0.01)

    def settle(self) -> None:
        """Wait for its end, whatever that was, and see that the file is there whole or not at all."""
        status = self.process.wait()
        rows = self._rows()
        assert rows in {0, len(self.town.filed)}
        assert rows or status != 0
        if rows:
            self.taken += 1
        else:
            self.cut_off += 1

    @property
    def _month(self) -> date:
        first = self.town.period
        for _month in range(2 * KILLS + 2 - self.taken):
            first = (first - timedelta(days=1)).replace(day=1)
        return first

    def _rows(self) -> int:
        [(rows,)] = self.cluster.rows(
            "SELECT count(*) FROM meters_reading r JOIN meters_meter m ON m.id = r.meter_id "
            "WHERE m.serial = ANY(%s) AND r.period = %s",
            [serial for _code, serial in self.town.filed],
            self._month,
        )
        return int(rows)


# ── Kills ───────────────────────────────────────────────────────────────────────────────────────


def kill_again_and_again(
    cluster: Cluster, portal: Portal, town: Town, folder: Path, kill: Callable[[Intake], None]
) -> tuple[Rush, Intake, Found]:
    """Kill in the middle of a rush and of a file, so many times; return what is there in the end."""
    dice = random.Random(2026)
    rush = Rush(portal.port, town, doors=DOORS, forgives=True)
    intake = Intake(cluster, town, folder)
    with rush.going_on():
        for _kill in range(KILLS):
            intake.start()
            rush.open()
            rush.wait_for(BEFORE_A_KILL)
            time.sleep(dice.uniform(0, 0.5))
            rush.shut()
            kill(intake)
            assert compare(cluster, town, rush.ledger, among=list(rush.ledger.kept)).lost == []
            intake.settle()
    intake.start()
    intake.settle()
    return rush, intake, compare(cluster, town, rush.ledger, among=rush.ledger.kept)


def tell(what: str, rush: Rush, intake: Intake, found: Found) -> None:
    ledger = rush.ledger
    errors = sum(count for status, count in ledger.statuses.items() if status >= 500)
    print(
        f"\n{what} {KILLS} times in a rush: {len(ledger.kept)} declarations acknowledged, "
        f"{len(ledger.unanswered)} tries without an answer and {errors} with an error, all made again; "
        f"rows {found.rows}, lost {len(found.lost)}, doubled {len(found.doubled)}; "
        f"files cut off in the middle {intake.cut_off}, whole {intake.taken}, half-done 0"
    )


def check(rush: Rush, intake: Intake, found: Found) -> None:
    ledger = rush.ledger
    assert ledger.strange == []
    assert (found.lost, found.doubled, found.wrong) == ([], [], [])
    # Whoever came in has declared each of their meters, once.
    meters = [meter for number in ledger.residents for meter in rush.town.flats[number].meters]
    assert found.current == len(meters)
    assert found.rows == len(meters) + len(ledger.corrected)
    assert intake.taken


def test_nothing_is_lost_when_the_web_server_is_killed(
    cluster: Cluster, whole_town: Town, tmp_path: Path
) -> None:
    with served(cluster.address, tmp_path / "log") as portal:

        def kill(intake: Intake) -> None:
            intake.process.send_signal(signal.SIGKILL)
            portal.kill()
            portal.start()

        done = kill_again_and_again(cluster, portal, part(whole_town, 0), tmp_path, kill)
    tell("web server killed", *done)
    check(*done)


def test_nothing_is_lost_when_postgresql_is_stopped(
    cluster: Cluster, whole_town: Town, tmp_path: Path
) -> None:
    def stop(intake: Intake) -> None:
        cluster.stop_at_once()
        cluster.start()

    with served(cluster.address, tmp_path / "log") as portal:
        done = kill_again_and_again(cluster, portal, part(whole_town, 1), tmp_path, stop)
    tell("PostgreSQL stopped", *done)
    check(*done)
    # What went wrong meanwhile is in the log, line by line.
    assert "OperationalError" in portal.said
    assert "Logging error" not in portal.said


def test_control_a_forgetful_postgresql_loses_what_it_acknowledged(
    cluster: Cluster, whole_town: Town, tmp_path: Path
) -> None:
    town, dice = part(whole_town, 2), random.Random(2026)
    lost: set[object] = set()
    stops_that_lost = 0
    with served(cluster.address, tmp_path / "log") as portal:
        # The portal has looked at its start; from now on nobody waits for the disk.
        cluster.do("ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()")
        try:
            rush = Rush(portal.port, town, doors=DOORS, forgives=True)
            with rush.going_on():
                for _stop in range(KILLS):
                    rush.open()
                    rush.wait_for(BEFORE_A_KILL)
                    time.sleep(dice.uniform(0, 0.5))
                    cluster.stop_at_once()
                    cluster.start()
                    now = compare(cluster, town, rush.ledger, among=list(rush.ledger.kept)).lost
                    stops_that_lost += bool(set(now) - lost)
                    lost.update(now)
                    rush.shut()
            status = Portal(cluster.address, tmp_path / "refused").refuses_to_start()
        finally:
            cluster.do("ALTER SYSTEM RESET synchronous_commit", "SELECT pg_reload_conf()")
    print(
        f"\ncontrol: with synchronous_commit=off {stops_that_lost} of {KILLS} stops lost something, "
        f"{len(lost)} of {len(rush.ledger.kept)} acknowledged declarations in all; a portal refuses to start on it"
    )
    assert stops_that_lost
    assert status == CANNOT_BOOT
