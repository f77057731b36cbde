"""What would silently lose acknowledged work stops the start."""

from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")


def refuse_forgetful_database(*, names: Iterable[str] = MUST_BE_ON) -> None:
    """Raise ImproperlyConfigured when PostgreSQL is out of reach or may forget what it has acknowledged."""
    try:
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute("SELECT current_setting(%s::text)", [name])
                if cursor.fetchone()[0] == "off":
                    raise ImproperlyConfigured(
                        f"PostgreSQL runs with {name}=off and may lose what it has acknowledged: turn it on."
                    )
    except OperationalError as error:
        raise ImproperlyConfigured("The database in DATABASE_URL cannot be reached.") from error
