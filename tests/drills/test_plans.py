"""Every query of every page finds its rows by an index; residents read no more of a country than of a town.

Of a town the planner is right to read tables whole, so this needs the country: `make bench SCALE=country` makes
it. The controls are statements that are known to read a whole table.
"""

from collections.abc import Iterator

import pytest

from benchmarks import country
from benchmarks.growth import Served, served
from benchmarks.plans import OF_HOUSES

NEEDED = "country", "small"
MOST = 1.3
# Of a page of staff: a hundred rows, each with its meter, premises, house and book through an index of four levels.
MOST_BUFFERS = 6_000
# Those that look past rows which do not fit until a page is full, and what they may read.
LOOKING = {"missing": 25_000, "state": 12_000}

pytestmark = pytest.mark.skipif(
    not all(map(country.is_made, NEEDED)),
    reason="there is no country yet: make it by `make bench SCALE=country`",
)


@pytest.fixture(scope="module")
def portals() -> Iterator[dict[str, Served]]:
    for scale in NEEDED:
        country.ensure(scale)
    with served(NEEDED, whole=True) as portals:
        yield portals


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "SELECT * FROM invoices_invoice WHERE lower(number) LIKE '%x%'",
            "sequential scan of invoices_invoice",
        ),
        ("SELECT count(*) FROM meters_reading", "scan of "),
        ("SELECT * FROM meters_reading ORDER BY value LIMIT 20", "sequential scan of meters_reading"),
        ("SELECT * FROM invoices_payment ORDER BY id OFFSET 50000 LIMIT 100", "rows of invoices_payment"),
    ],
)
def test_what_reads_a_whole_table_is_named(portals: dict[str, Served], statement: str, fault: str) -> None:
    assert any(fault in found.lower() for found in portals["country"].faults_of(statement))


def faults_of(portal: Served, group: str, page: str) -> list[str]:
    spared = OF_HOUSES if group != "residents" else ()
    return [fault for fault in portal.faults(group, page) if not any(table in fault for table in spared)]


def test_no_page_reads_a_whole_table(portals: dict[str, Served]) -> None:
    portal = portals["country"]
    pages = [(group, page) for group in ("residents", "lists", "searches") for page in portal.names[group]]
    found = {page: faults for group, page in pages if (faults := faults_of(portal, group, page))}
    print(f"\nplans: {len(pages)} pages, {len(found)} with a statement that reads too much")
    for page, faults in found.items():
        print(f"  {page}: {'; '.join(faults)}")
    assert found == {}
    assert len(pages) > 300


def test_pages_of_residents_read_no_more_of_a_country_than_of_a_town(portals: dict[str, Served]) -> None:
    ours, theirs = compared(portals, "residents")
    assert ours <= MOST * theirs


@pytest.mark.parametrize("group", ["lists", "searches"])
def test_pages_of_staff_read_no_more_than_a_page_needs(portals: dict[str, Served], group: str) -> None:
    """The ratio to a town is printed and is no limit here, because it cannot be kept honestly.

    A town has less than a page of most lists, a surname is borne by twenty times as few, and its small tables are
    read whole and once, where those of a country are looked into row by row. So each page has a limit of its own.
    """
    compared(portals, group)
    portal = portals["country"]
    read = {page: portal.ask("buffers", group, page) for page in portal.names[group]}
    assert {page: buffers for page, buffers in read.items() if buffers > _may_read(page)} == {}


def _may_read(page: str) -> int:
    narrowed = page.rpartition(": ")[2].partition(" ")[0]
    return LOOKING.get(narrowed, MOST_BUFFERS)


def compared(portals: dict[str, Served], group: str) -> tuple[float, float]:
    """Print and return what the pages of a group read in the country and in the town."""
    country_, town = (portals[scale] for scale in NEEDED)
    # Whoever serves a dozen people has less than a page of everything in a town.
    pages = [page for page in country_.names[group] if page in town.names[group] and "smallest" not in page]
    read = {page: (country_.ask("buffers", group, page), town.ask("buffers", group, page)) for page in pages}
    ours, theirs = (sum(each) for each in zip(*read.values(), strict=True))
    print(f"\nbuffers, {group}: {ours:,.0f} in the country, {theirs:,.0f} in the town, × {ours / theirs:.2f}")
    for page, (one, other) in sorted(read.items(), key=lambda each: -each[1][0] / each[1][1])[:10]:
        print(f"  × {one / other:.2f}  {one:,.0f} and {other:,.0f}: {page}")
    return ours, theirs
