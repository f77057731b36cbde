"""A payment about which everybody brings the news at the same moment; all the races stand in tests/drills."""

import pytest

from tests.drills.test_orders import notice_return_and_check, posted_by_rule
from tests.drills.test_sharing import race


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("one_round", [notice_return_and_check, posted_by_rule])
def test_the_money_counts_once(one_round: object) -> None:
    assert race(10, one_round).total() == 10  # type: ignore[arg-type]
