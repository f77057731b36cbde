"""Which statements a page runs, how much each of them reads, and where one goes through a whole table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from benchmarks.floor import ask

# What grows with the country.
LARGE = frozenset(
    {"meters_reading", "meters_meter", "invoices_line", "invoices_invoice", "invoices_payment"}
    | {"properties_paymentbook", "properties_property", "properties_bookpremises", "properties_access"}
    | {"accounts_user", "account_emailaddress", "invoices_balance"}
)
# A few rows a house and year: of a resident's page too much, of a search by staff not.
OF_HOUSES = frozenset(
    {"noticeboard_announcement", "noticeboard_work", "noticeboard_seen"}
    | {"voting_vote", "voting_elector", "voting_electorbook", "voting_ballot"}
    | {"services_request", "services_message"}
)
# A page shows a hundred rows; whoever reads so many of a large table to find them has not found them by an index.
MOST_ROWS = 20_000

Statement = tuple[str, Any]


@dataclass(frozen=True, kw_only=True)
class Read:
    """What one statement reads."""

    sql: str
    # Pages of 8 KB, from memory or not.
    buffers: int
    milliseconds: float
    # Where it goes through a large table.
    faults: list[str] = field(default_factory=list)
    plan: dict[str, Any] = field(default_factory=dict)


def statements(application: Any, path: str, *, query: str = "", cookie: str = "") -> list[Statement]:
    """Return the statements that a page reads by, with their parameters; raise LookupError when it is not shown."""
    found: list[Statement] = []

    def keep(execute: Any, statement: str, parameters: Any, many: bool, context: Any) -> Any:
        if statement.lstrip().startswith(("SELECT", "WITH", "(SELECT")):
            found.append((statement, parameters))
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(keep):
        status, _body = ask(application, path, query=query, cookie=cookie)
    if status != 200:
        raise LookupError(f"{path}?{query} answers {status}")
    return found


def read(statement: Statement) -> Read:
    """Run a statement once more and return what it reads."""
    text, parameters = statement
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {text}", parameters)
        (told,) = cursor.fetchone()
    plan = told[0]["Plan"]
    return Read(
        sql=text,
        buffers=plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
        milliseconds=told[0]["Execution Time"],
        faults=list(faults(plan)),
        plan=plan,
    )


def faults(plan: dict[str, Any]) -> Iterator[str]:
    """Name each node that goes through a large table: in its order on the disk, or through most of an index."""
    for node in _nodes(plan):
        table = node.get("Relation Name", "")
        if table not in LARGE | OF_HOUSES:
            continue
        rows = _rows_of(node)
        if node["Node Type"] == "Seq Scan" and _is_whole(table, rows):
            yield f"sequential scan of {table}, {rows:,} rows"
        elif rows > MOST_ROWS:
            yield f"{node['Node Type']} of {rows:,} rows of {table} by {node.get('Index Name', 'no index')}"


def _is_whole(table: str, rows: int) -> bool:
    # The planner is right to read a table of a few pages whole; in a large one it stops only by luck.
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpages > 50 FROM pg_class WHERE oid = %s::regclass", [table])
        return bool(cursor.fetchone()[0])


def _rows_of(node: dict[str, Any]) -> int:
    thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + thrown) * node["Actual Loops"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def outline(plan: dict[str, Any], *, depth: int = 0) -> str:
    """Return a plan in lines that fit into a report."""
    where = " ".join(str(plan[key]) for key in ("Index Name", "Relation Name") if key in plan)
    rows = f"{_rows_of(plan):,} rows"
    buffers = plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0)
    lines = [f"{'  ' * depth}{plan['Node Type']} {where}: {rows}, {buffers:,} buffers"]
    lines += [outline(below, depth=depth + 1) for below in plan.get("Plans", ())]
    return "\n".join(lines)


def total(reads: Sequence[Read]) -> int:
    """Return how much a page reads altogether."""
    return sum(each.buffers for each in reads)
