"""What the portal refuses to start without, each time in one sentence."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config.checks import refuse_forgetful_database

PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "x" * 60,
    "ACTIVATION_KEY": "x" * 60,
    "BASE_URL": "https://savitarna.example",
    "ALLOWED_HOSTS": "savitarna.example",
    "DATABASE_URL": "postgresql://nobody@localhost/never-asked",
}


def start(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *command], env=keep | environment, cwd=settings.BASE_DIR, capture_output=True, text=True
    )  # fmt: skip


def test_with_everything_said_it_starts() -> None:
    assert start(PRODUCTION, "manage.py", "check").returncode == 0


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ACTIVATION_KEY", "BASE_URL", "ALLOWED_HOSTS", "DATABASE_URL"]
)
def test_without_one_it_refuses_in_one_sentence_that_names_it(name: str) -> None:
    result = start(PRODUCTION | {name: ""}, "manage.py", "check")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert name in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", ".savitarna.example"),
        ("BASE_URL", "savitarna"),
        ("DATABASE_URL", "x y z"),
        ("PAYSERA_PROJECTS", '{"300000017": {"project": "70001", "password": ""}}'),
    ],
)
def test_what_is_said_badly_is_refused_too(name: str, value: str) -> None:
    result = start(PRODUCTION | {name: value}, "manage.py", "check")
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert name in result.stderr


def test_the_web_server_gives_up_with_the_same_sentence() -> None:
    result = start(PRODUCTION | {"SECRET_KEY": ""}, "-c", "import config.wsgi")
    assert result.returncode == 3
    assert result.stderr.startswith("Set SECRET_KEY")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["synchronous_commit", "fsync", "full_page_writes"])
def test_a_forgetful_database_is_refused(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync')")
        if cursor.fetchone()[0] == "on" and name != "synchronous_commit":
            pytest.skip("only a cluster of our own has it off")
        cursor.execute(f"SET LOCAL synchronous_commit = {'off' if name == 'synchronous_commit' else 'on'}")
    with pytest.raises(ImproperlyConfigured, match="may lose"):
        refuse_forgetful_database(names=(name,))
