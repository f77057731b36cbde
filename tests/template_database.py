"""One migrated database per state of the migrations, copied for every worker of every run."""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from psycopg import sql

_RUN = re.compile(r"test_savitarna_([0-9]+)(_|$)")


def ensure(url: str) -> str:
    """Return the name of the template in this cluster, making it once with all migrations applied."""
    name = f"savitarna_template_{_state_of_migrations()}"
    settings.DATA_DIR.mkdir(exist_ok=True)
    with (settings.DATA_DIR / "test-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(url, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return name
            _drop_leftovers(connection)
            unfinished = f"{name}_unfinished"
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
            _migrate(psycopg.conninfo.make_conninfo(url, dbname=unfinished))
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(unfinished), sql.Identifier(name)
                )
            )
    return name


def _state_of_migrations() -> str:
    digest = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        for file in sorted((Path(app.path) / "migrations").glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _drop_leftovers(connection: psycopg.Connection) -> None:
    """Drop databases of runs that were killed (their names end with the process) and many old templates."""
    names = [name for (name,) in connection.execute("SELECT datname FROM pg_database ORDER BY oid")]
    leftovers = [name for name in names if (run := _RUN.match(name)) and not Path(f"/proc/{run[1]}").exists()]
    templates = [name for name in names if name.startswith("savitarna_template_")]
    for name in leftovers + templates[:-4]:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _migrate(url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    for command in ("migrate", "createcachetable"):
        subprocess.run(
            [sys.executable, "manage.py", command, "--verbosity=0"],
            cwd=settings.BASE_DIR,
            env=environment,
            check=True,
        )
