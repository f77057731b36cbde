"""Slips are caught and honest people left in peace, counted on a labelled, seeded town.

A slip counts when it moves the value by more than two median months. The town is made by a generator that
does not know how readings are judged.
"""

import os
from collections import Counter

import pytest

from tests.drills.histories import Home, homes
from tests.meters.counting import CAUGHT_AT_LEAST, HONEST_ASKED_AT_MOST, count_honest, count_slips

HOMES = 500 if os.environ.get("DRILL") else 40
SEEDS = (20261122, 7, 41)


@pytest.fixture(scope="module")
def town() -> list[Home]:
    return [home for seed in SEEDS for home in homes(seed, HOMES)]


def test_slips_are_caught(town: list[Home]) -> None:
    found = count_slips(town)
    print(f"\nslips: {found.made.total()}, caught {found.share:.1%}")
    for kind in sorted(found.made):
        print(f"  {kind}: {found.made[kind]}, caught {found.caught[kind] / found.made[kind]:.1%}")
    for (kind, meter), number in Counter((slip.kind, slip.meter.type) for slip in found.missed).most_common(
        8
    ):
        print(f"  missed {number}: {kind}, {meter}")
    for slip in found.missed[:12]:
        print(
            f"    {slip.meter.type}: {slip.honest} typed as {slip.typed} after {slip.meter.reads[-2].value}, "
            f"median month {slip.meter.median_month():.2f}"
        )
    assert len(found.made) == 6
    assert found.share >= CAUGHT_AT_LEAST


def test_honest_people_are_left_in_peace(town: list[Home]) -> None:
    found = count_honest(town)
    print(
        f"\nhonest readings: {found.total.total()}, asked about {found.share:.2%}, "
        f"impossible to submit {len(found.refused)}"
    )
    for meter in sorted(found.total):
        print(f"  {meter}: {found.total[meter]}, asked about {found.asked[meter] / found.total[meter]:.2%}")
    for (code, meter), number in found.why.most_common(8):
        print(f"  {code}, {meter}: {number}")
    assert found.refused == []
    assert found.share <= HONEST_ASKED_AT_MOST
