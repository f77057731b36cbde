"""What stands in every table: to say that nothing changed, and to leave nothing behind."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# Signing in and the limits on guessing write here.
OF_NO_INTEREST = frozenset({"django_session", "django_cache", "django_migrations"})


def state() -> dict[str, tuple[int, str | None]]:
    """Return the number of rows and a checksum of the content of every table."""
    tables = sorted(set(connection.introspection.table_names()) - OF_NO_INTEREST)
    parts = (
        f"SELECT '{table}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {name: (count, checksum) for name, count, checksum in cursor.fetchall()}


# What migrations bring, and Django brings again after it truncated.
OF_THE_SCHEMA = frozenset({"django_content_type", "auth_permission"})
# Beyond so many rows it is quicker to truncate.
FEW = 2000


@functools.cache
def _of_models() -> list[str]:
    names = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    # Django thinks the queue's tables none of its business: jobs of one test would be another's.
    queue = [name for name in connection.introspection.table_names() if name.startswith("procrastinate_")]
    # What points at jobs goes before them: its keys are checked at once.
    return [*sorted(queue, key=lambda name: name == "procrastinate_jobs"), *sorted(names - OF_THE_SCHEMA)]


def empty() -> bool:
    """Delete the rows of all models, in any order, as keys are checked at the end; refuse when there are many."""
    parts = (
        f"SELECT '{table}', count(*) FROM (SELECT FROM {table} LIMIT {FEW}) AS rows" for table in _of_models()
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        filled = [(table, count) for table, count in cursor.fetchall() if count]
        if any(count == FEW for _table, count in filled):
            return False
        # Some tables refuse: what was voted stays.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, _count in filled:
            cursor.execute(f"DELETE FROM {table}")
    return True


@contextmanager
def undone() -> Iterator[None]:
    """Let what is written inside be undone, within a test that has more to do."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
