"""Statements of the bank with typical human texts: how much is placed, and that nothing is placed wrongly."""

import os
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from invoices.models import BankEntry
from tests.drills.statements import PROVIDER_NAME, Score, Town, statement

pytestmark = pytest.mark.django_db

FULL = bool(os.environ.get("DRILL"))
SEEDS = range(40) if FULL else range(8)
PROVIDERS = override_settings(PAYMENT_PROVIDERS=[PROVIDER_NAME, "LT573500010000000009"])


def take(path: Path, content: str) -> str:
    path.write_text(content, encoding="utf-8")
    out = StringIO()
    with PROVIDERS:
        try:
            call_command("import_data", "bank_statement", str(path), company="300000017", stdout=out)
        except SystemExit as stop:
            assert stop.code == 1
    return out.getvalue().splitlines()[-1]


@pytest.fixture(scope="module")
def total() -> Score:
    return Score()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_statement(seed: int, total: Score, tmp_path: Path, time_machine: Any = None) -> None:
    town = Town(seed=seed)
    transfers = town.transfers(250)
    version = "02" if seed % 2 else "08"
    take(tmp_path / "statement.xml", statement(transfers, version=version))
    score = Score()
    score.add(transfers)
    total.add(transfers)
    print(f"\nseed {seed}: {score.matched}/{score.told} = {score.share:.1%}; wrong {len(score.wrong)}; beyond {score.beyond} of {score.all}")
    for one in score.wrong:
        print("WRONG", one)
    for one in score.left:
        print("  left", [e.reason for e in BankEntry.objects.filter(amount=one.amount, payer_name=one.payer)], one.what, one.amount, one.payer, "|", one.structured, "|", one.text, one.truth)
    print(Counter(one.what for one in score.left))
    assert not score.wrong
