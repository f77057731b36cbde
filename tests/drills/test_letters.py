"""The worker is killed again and again; every letter goes, and none under two Message-IDs.

The control marks letters as sent before it sends them: the same kills must make it lose some.
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

LETTERS = 1000 if os.environ.get("DRILL") else 100
KILLS = 10 if os.environ.get("DRILL") else 2
PATIENCE = 240

POST = """
import sys
from django.utils import timezone
from notifications import letters, outbox
letters.register(letters.Kind("drill", "account/email/unknown_account"))
drafts = [
    outbox.Draft(kind="drill", to=f"nr{n}@pastas.example", event="1", language="lt") for n in range(int(sys.argv[1]))
]
assert outbox.post_many(drafts=drafts, at=timezone.now()) == len(drafts)
"""
# The worker of the portal, with one more kind of letter.
WORK = """
from django.core.management import call_command
from notifications import letters
letters.register(letters.Kind("drill", "account/email/unknown_account"))
call_command("procrastinate", "worker")
"""
MARK_FIRST = """
import time
from django.utils import timezone
from notifications.compose import compose
from notifications.models import Letter
for letter in Letter.objects.filter(sent_at=None):
    Letter.objects.filter(pk=letter.pk).update(sent_at=timezone.now())
    time.sleep(0.05)
    compose(template="account/email/unknown_account", to=letter.address, language="lt", context={}).send()
"""
SETUP = "import django; django.setup()\n"


@pytest.fixture
def url() -> Iterator[str]:
    with own_database("letters") as address:
        yield address


def python(code: str, url: str, folder: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DEBUG": "1",
        "DATABASE_URL": url,
        "MAIL_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-c", SETUP + code, *words],
        cwd=settings.BASE_DIR,
        env=environment,
        stderr=subprocess.DEVNULL,
    )


def unsent(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM notifications_letter WHERE sent_at IS NULL").fetchone()
    assert row is not None
    return int(row[0])


def letters_in(folder: Path) -> list[tuple[str, str]]:
    letters = [message_from_bytes(path.read_bytes()) for path in folder.glob("*.eml")]
    return [(str(letter["To"]), str(letter["Message-ID"])) for letter in letters]


def wait_for_progress(url: str, before: int) -> None:
    end = time.monotonic() + PATIENCE
    while unsent(url) >= before and before and time.monotonic() < end:
        time.sleep(0.02)


def test_every_letter_goes_and_none_twice_under_another_message_id(url: str, tmp_path: Path) -> None:
    dice = random.Random(2026)
    assert python(POST, url, tmp_path, str(LETTERS)).wait() == 0
    for _kill in range(KILLS):
        worker = python(WORK, url, tmp_path)
        wait_for_progress(url, unsent(url))
        time.sleep(dice.uniform(0, 0.3))
        worker.kill()
        worker.wait()
    left = unsent(url)
    worker = python(WORK, url, tmp_path)
    end = time.monotonic() + PATIENCE
    while unsent(url) and time.monotonic() < end:
        time.sleep(0.2)
    worker.kill()
    worker.wait()
    letters = letters_in(tmp_path)
    assert unsent(url) == 0
    assert {to for to, _id in letters} == {f"nr{n}@pastas.example" for n in range(LETTERS)}
    assert len({message_id for _to, message_id in letters}) == LETTERS
    again = sum(times - 1 for times in Counter(letters).values())
    print(
        f"\n{LETTERS} letters, worker killed {KILLS} times ({left} were left then): all went, "
        f"{again} cut off in the middle went again under the same Message-ID"
    )


def test_control_marking_before_sending_loses_letters(url: str, tmp_path: Path) -> None:
    assert python(POST, url, tmp_path, str(LETTERS)).wait() == 0
    for _kill in range(KILLS):
        sender = python(MARK_FIRST, url, tmp_path)
        wait_for_progress(url, unsent(url))
        sender.kill()
        sender.wait()
    lost = LETTERS - unsent(url) - len(letters_in(tmp_path))
    assert lost > 0
    print(f"\ncontrol: marked before sending, {KILLS} kills lost {lost} letters")
