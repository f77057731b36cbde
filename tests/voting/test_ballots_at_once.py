"""Co-owners who press at the same moment; all the races, and their controls, stand in tests/drills."""

from typing import Any

import pytest

from tests.drills.test_sharing import race
from tests.drills.test_votes import paper_and_online, two_co_owners


@pytest.mark.django_db(transaction=True)
def test_two_co_owners_make_one_ballot() -> None:
    assert race(10, two_co_owners).total() == 10


@pytest.mark.django_db(transaction=True)
def test_paper_and_online_at_once_are_a_conflict(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert race(5, paper_and_online).total() == 5
