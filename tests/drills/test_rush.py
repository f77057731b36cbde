"""The last evening of the window: nothing is lost or doubled, nobody waits for ever, nothing breaks.

The control takes the lock of the meters away: the same presses must then make several rows of one.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from threading import Barrier

import pytest

from tests.drills.databases import Cluster, own_cluster
from tests.drills.portal import Portal, served
from tests.drills.rush import Browser, Ledger, Rush, Said, compare, deadlocks, values_in
from tests.drills.town import Flat, Town, make

FLATS = 900 if os.environ.get("DRILL") else 60
DOORS = 40
PRESSES = 50
METERS = 10 if os.environ.get("DRILL") else 2
TRIES = 40


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with own_cluster(tmp_path_factory.mktemp("rush")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def town(cluster: Cluster) -> Town:
    # Those of the evening, then those on whose meters everybody presses at once.
    return make(cluster.address, flats=FLATS + METERS + TRIES)


@pytest.fixture(scope="module")
def evening(town: Town) -> Town:
    return Town(town.period, town.flats[:FLATS], [])


def test_the_last_evening(cluster: Cluster, evening: Town, tmp_path: Path) -> None:
    with served(cluster.address, tmp_path / "log") as portal:
        rush = Rush(portal.port, evening, doors=DOORS)
        rush.run()
    ledger = rush.ledger
    found = compare(cluster, evening, ledger, among=ledger.kept)
    print(
        f"\nthe last evening: {len(evening.flats)} flats through {DOORS} doors, {len(ledger.seconds)} requests in "
        f"{rush.seconds:.0f} s, {len(ledger.seconds) / rush.seconds:.0f}/s, p50 {ledger.quantile(0.5):.0f} ms, "
        f"p99 {ledger.quantile(0.99):.0f} ms; {len(ledger.kept)} declarations acknowledged, "
        f"{len(ledger.corrected)} corrections, {len(ledger.confirmed)} confirmed after a question, "
        f"{len(ledger.conflicts)} told of another's value; answers {dict(sorted(ledger.statuses.items()))}; "
        f"deadlocks {deadlocks(cluster)}; rows {found.rows}, lost {len(found.lost)}, doubled {len(found.doubled)}"
    )
    assert (ledger.strange, ledger.unanswered) == ([], [])
    assert set(ledger.statuses) == {200, 302}
    assert deadlocks(cluster) == 0
    assert (found.lost, found.doubled, found.wrong) == ([], [], [])
    everyone = [meter for flat in evening.flats for meter in flat.meters]
    assert found.current == len(everyone)
    assert found.rows == len(everyone) + len(ledger.corrected)
    standing = dict(ledger.kept)
    for meter, own, words in ledger.conflicts:
        assert own != standing[meter]
        assert standing[meter] in values_in(words)
    assert ledger.conflicts
    assert ledger.confirmed


# ── Fifty presses on one button ─────────────────────────────────────────────────────────────────


def press_at_once(portal: Portal, flat: Flat) -> list[Said]:
    """Press one button with one value so many times at the same moment; return the answers."""
    [meter, *_rest], ledger = flat.meters, Ledger()
    ready = Barrier(PRESSES)

    def press(number: int) -> Said:
        with closing(Browser(portal.port, flat.sessions[number % 2], ledger)) as browser:
            ready.wait()
            return browser.press(f"declare={meter}", {f"now-{meter}": f"{flat.shown[0] + 3},5"})

    with ThreadPoolExecutor(PRESSES) as threads:
        return list(threads.map(press, range(PRESSES)))


def rows_of(cluster: Cluster, town: Town, flat: Flat) -> list[Decimal]:
    rows = cluster.rows(
        "SELECT value FROM meters_reading WHERE meter_id = %s AND period = %s", flat.meters[0], town.period
    )
    return [value for (value,) in rows]


def test_fifty_identical_presses_make_one_row(cluster: Cluster, town: Town, tmp_path: Path) -> None:
    flats = town.flats[FLATS : FLATS + METERS]
    with served(cluster.address, tmp_path / "log") as portal:
        for flat in flats:
            said = press_at_once(portal, flat)
            assert {one.is_taken for one in said} == {True}
            assert rows_of(cluster, town, flat) == [flat.shown[0] + Decimal("3.5")]
    print(f"\n{PRESSES} identical presses at once, {len(flats)} times: one row each, each press acknowledged")


def test_control_without_the_lock_presses_make_several_rows(
    cluster: Cluster, town: Town, tmp_path: Path
) -> None:
    # Without the constraint it is the lock alone that keeps them apart.
    cluster.do("DROP INDEX one_current_reading_per_month")
    flats = town.flats[FLATS + METERS :]
    with served(cluster.address, tmp_path / "locked") as portal:
        press_at_once(portal, flats[0])
    assert len(rows_of(cluster, town, flats[0])) == 1
    with served(cluster.address, tmp_path / "log", application="tests.drills.without_lock") as portal:
        for number, flat in enumerate(flats[1:], start=1):
            press_at_once(portal, flat)
            rows = len(rows_of(cluster, town, flat))
            if rows > 1:
                print(f"\ncontrol: without the lock {PRESSES} presses made {rows} rows, in round {number}")
                return
    pytest.fail("one row without any lock: the drill has no teeth")
