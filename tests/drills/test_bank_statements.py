"""Statements of the bank with typical human texts: how much is placed, and that nothing is placed wrongly.

What a careful clerk with the books, the bills and the register could place is said by the generator, way by way;
beyond that are lumps, reversals, transfers that tell nothing, second payments, and slips that only the payer could
explain. Two controls show that wrong ones are there to be made.
"""

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from invoices import bank_matching
from invoices.models import BankEntry, Payment
from tests.drills.statements import PROVIDER_IBAN, PROVIDER_NAME, Score, Town, Transfer, statement

pytestmark = pytest.mark.django_db

SEEDS = range(40) if os.environ.get("DRILL") else range(4)
TRANSFERS = 250
AT_LEAST = 0.98
# More than this beyond anybody's knowledge would be an easy way to a good share.
AT_MOST_BEYOND = 0.06
PROVIDERS = override_settings(PAYMENT_PROVIDERS=[PROVIDER_NAME, PROVIDER_IBAN])


def take(path: Path, content: str) -> None:
    """Take a statement in; something is always left for staff."""
    path.write_text(content, encoding="utf-8")
    with PROVIDERS, pytest.raises(SystemExit) as left, path.with_suffix(".log").open("w") as log:
        call_command("import_data", "bank_statement", str(path), company="300000017", stdout=log)
    assert left.value.code == 1


@pytest.fixture(scope="module")
def total() -> Score:
    return Score()


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_of_a_statement_is_placed_wrongly(seed: int, total: Score, tmp_path: Path) -> None:
    town = Town(seed=seed)
    transfers = town.transfers(TRANSFERS)
    path = tmp_path / "statement.xml"
    take(path, statement(transfers, version="08" if seed % 2 else "02"))
    score = Score()
    for one in (score, total):
        one.add(transfers)
    for transfer in score.wrong:
        print("WRONG", transfer)
    assert not score.wrong
    before = (Payment.objects.count(), BankEntry.objects.count())
    # Another bank's fashion of writing, another order: the same credits.
    take(path, statement(transfers[::-1], version="02"))
    assert (Payment.objects.count(), BankEntry.objects.count()) == before


def test_enough_is_placed(total: Score) -> None:
    left = Counter(transfer.what for transfer in total.left)
    print(
        f"\n{total.all} credits of {len(SEEDS)} statements: {total.matched} of the {total.told} that a careful clerk "
        f"could place are placed ({total.share:.2%}), {len(total.wrong)} wrongly, {len(total.left)} left for staff "
        f"({', '.join(f'{what} {count}' for what, count in left.most_common())}); "
        f"{total.beyond} ({total.beyond / total.all:.1%}) are beyond a clerk"
    )
    assert total.share >= AT_LEAST
    assert total.beyond / total.all <= AT_MOST_BEYOND
    assert not total.wrong


def wrong_by_sum_alone(town: Town, transfers: list[Transfer]) -> int:
    owing: dict[Decimal, set[int]] = {}
    for household in town.everybody():
        owing.setdefault(household.due, set()).add(household.book.pk)
    wrong = 0
    for transfer in transfers:
        books = owing.get(transfer.amount, set())
        wrong += len(books) == 1 and {*books} != set(transfer.truth or ())
    return wrong


def test_control_the_sum_alone_is_wrong(tmp_path: Path) -> None:
    town = Town(seed=1)
    wrong = wrong_by_sum_alone(town, town.transfers(TRANSFERS))
    print(f"\ncontrol: by the sum alone {wrong} are placed wrongly")
    assert wrong


def test_control_a_code_that_nothing_confirms_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_matching, "_refused", lambda *of_a_hit: None)
    score = Score()
    for seed in range(100, 103):
        town = Town(seed=seed)
        transfers = town.transfers(TRANSFERS)
        take(tmp_path / "statement.xml", statement(transfers))
        score.add(transfers)
        Payment.objects.all().delete()
        BankEntry.objects.all().delete()
        town.company.company_code = f"{seed}"
        town.company.save()
    print(f"\ncontrol: with codes that nothing confirms {len(score.wrong)} are placed wrongly")
    assert score.wrong
