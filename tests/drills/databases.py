"""A database, or a whole cluster, of its own for a drill whose processes are killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from config import devdb
from tests import template_database


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """Give the address of a database with all migrations applied, and drop it in the end."""
    database = sql.Identifier(f"test_savitarna_{os.getpid()}_{name}")
    template = sql.Identifier(template_database.ensure(settings.DATABASE_URL))
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(database, template))
        try:
            yield psycopg.conninfo.make_conninfo(
                settings.DATABASE_URL, dbname=database.as_string().strip('"')
            )
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))


class Cluster:
    """A PostgreSQL of its own that forgets nothing, and can be stopped as a power cut would."""

    def __init__(self, folder: Path) -> None:
        self._data_dir = folder / "pg18"
        self.address = devdb.ensure(self._data_dir)

    def start(self) -> None:
        """Start it again, with the recovery that a stop at once leaves to be done; wait until it answers."""
        devdb.ensure(self._data_dir)

    def stop_at_once(self) -> None:
        """End every process of it where it stands: nothing more is written."""
        pid = int((self._data_dir / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        while devdb.is_running(self._data_dir):
            time.sleep(0.01)

    def rows(self, query: str, *values: object) -> list[Any]:
        """Return the rows of a query on a connection of its own."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def do(self, *statements: str) -> None:
        """Carry out statements on a connection of its own, each by itself."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def close(self) -> None:
        """Stop it and leave nothing behind."""
        devdb.stop(self._data_dir)
        shutil.rmtree(self._data_dir)


@contextmanager
def own_cluster(folder: Path) -> Iterator[Cluster]:
    """Give a durable cluster with all migrations applied, and remove it in the end."""
    cluster = Cluster(folder)
    try:
        environment = {
            **os.environ,
            "DATABASE_URL": cluster.address,
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
        }
        for command in ("migrate", "createcachetable"):
            subprocess.run(
                [sys.executable, "manage.py", command, "--verbosity=0"],
                cwd=settings.BASE_DIR,
                env=environment,
                check=True,
            )
        yield cluster
    finally:
        cluster.close()
