"""What would silently lose acknowledged work stops the start."""

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")


def refuse_forgetful_database() -> None:
    """Raise ImproperlyConfigured when PostgreSQL may forget what it has acknowledged."""
    with connection.cursor() as cursor:
        for name in MUST_BE_ON:
            cursor.execute("SELECT current_setting(%s::text)", [name])
            if cursor.fetchone()[0] == "off":
                raise ImproperlyConfigured(
                    f"PostgreSQL runs with {name}=off and may lose what it has acknowledged: turn it on."
                )
    connection.close()
