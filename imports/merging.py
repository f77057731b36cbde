"""Pieces of SQL that every merge of a staged file needs."""

from typing import Any


def kept(column: str, old: str, default: str = "NULL") -> str:
    """Return SQL of an optional cell's effect: empty keeps the old value, `-` clears it to the default."""
    return (
        f"CASE WHEN s.{column}_given THEN coalesce(s.{column}, {default}) ELSE coalesce({old}, {default}) END"
    )


def temporary(cursor: Any, name: str, select: str, params: dict[str, Any] | None = None) -> None:
    """Make a temporary table of what the statement selects, until the import ends."""
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {select}", params)


def reject(cursor: Any, condition: str, reason: str, params: dict[str, Any] | None = None) -> None:
    """Give the staged rows `s` for which the condition holds this reason, unless they have one."""
    cursor.execute(
        f"UPDATE staging s SET error = %(reason)s WHERE error IS NULL AND ({condition})",
        {"reason": reason, **(params or {})},
    )


def count(cursor: Any, what: str) -> int:
    """Return the number that `SELECT count(*) …` of this FROM clause gives."""
    cursor.execute(f"SELECT count(*) FROM {what}")
    return int(cursor.fetchone()[0])


def exists(cursor: Any, what: str, params: list[Any]) -> bool:
    """Tell whether this FROM clause gives any row."""
    cursor.execute(f"SELECT EXISTS (SELECT FROM {what})", params)
    return bool(cursor.fetchone()[0])


def give_memory(cursor: Any) -> None:
    """Let this transaction sort and join in memory what a large file brings, instead of in files."""
    cursor.execute("SET LOCAL work_mem = '128MB'")


def refresh_statistics(cursor: Any, table: str, *, written: int) -> None:
    """Have the planner look at a table of which this transaction wrote more than a tenth.

    Otherwise it goes on planning for what was there before: a table that was empty is gone through whole for
    every row of the file. Residents are not kept waiting, only a vacuum and another import's look.
    """
    cursor.execute(
        "SELECT %s > 1000 AND %s > 0.1 * reltuples FROM pg_class WHERE oid = to_regclass(%s)",
        [written, written, table],
    )
    row = cursor.fetchone()
    if row is not None and row[0]:
        cursor.execute(f"ANALYZE {table}")


def write_target(
    cursor: Any, *, table: str, columns: tuple[str, ...], extra: dict[str, str]
) -> tuple[int, int]:
    """Bring the temporary table `target` into a table; return how many rows were created and updated.

    `target` has the columns by name and `id` of the row that exists, or NULL. `extra` are columns
    written on creation only, as SQL.
    """
    names = ", ".join(columns)
    new = ", ".join(f"n.{column}" for column in columns)
    old = ", ".join(f"o.{column}" for column in columns)
    changes = ", ".join(f"{column} = n.{column}" for column in columns)
    cursor.execute(
        f"UPDATE {table} o SET {changes} FROM target n "
        f"WHERE o.id = n.id AND ROW({old}) IS DISTINCT FROM ROW({new})"
    )
    updated = cursor.rowcount
    cursor.execute(
        f"INSERT INTO {table} ({', '.join([names, *extra])}) "
        f"SELECT {', '.join([new, *extra.values()])} FROM target n WHERE n.id IS NULL ORDER BY n.line"
    )
    return cursor.rowcount, updated
