"""A database of its own for a drill whose processes are killed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from psycopg import sql

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
