"""A small town of the drill: slips are caught, honest people are left in peace."""

import pytest

from tests.drills.histories import Home, homes
from tests.meters.counting import CAUGHT_AT_LEAST, HONEST_ASKED_AT_MOST, count_honest, count_slips


@pytest.fixture(scope="module")
def town() -> list[Home]:
    return list(homes(20261122, 60))


def test_slips_are_caught(town: list[Home]) -> None:
    found = count_slips(town)
    # Each kind is there, so that none passes by being absent.
    assert len(found.made) == 6
    assert found.share >= CAUGHT_AT_LEAST, [(slip.kind, slip.meter.type) for slip in found.missed]


def test_honest_people_are_left_in_peace(town: list[Home]) -> None:
    found = count_honest(town)
    assert found.total.total() > 3000
    assert found.refused == []
    assert found.share <= HONEST_ASKED_AT_MOST, found.why
