"""Every query of every page finds its rows by an index, and reads no more of a country than of a town.

Of a town the planner is right to read tables whole, so this needs the country: `make bench SCALE=country` makes
it. The controls are statements that are known to read a whole table.
"""

from collections.abc import Iterator

import pytest

from benchmarks import country
from benchmarks.growth import Served, served

NEEDED = "country", "small"
MOST = 1.3

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


def test_no_page_reads_a_whole_table(portals: dict[str, Served]) -> None:
    portal = portals["country"]
    pages = [(group, page) for group in ("residents", "lists", "searches") for page in portal.names[group]]
    found = {page: faults for group, page in pages if (faults := portal.faults(group, page))}
    print(f"\nplans: {len(pages)} pages, {len(found)} with a statement that reads too much")
    for page, faults in found.items():
        print(f"  {page}: {'; '.join(faults)}")
    assert found == {}
    assert len(pages) > 300


@pytest.mark.parametrize("group", ["residents", "lists", "searches"])
def test_a_country_is_read_no_more_than_a_town(portals: dict[str, Served], group: str) -> None:
    country_, town = (portals[scale] for scale in NEEDED)
    # Whoever serves a dozen people has less than a page of everything in a town.
    pages = [page for page in country_.names[group] if page in town.names[group] and "smallest" not in page]
    read = {page: (country_.ask("buffers", group, page), town.ask("buffers", group, page)) for page in pages}
    ours, theirs = (sum(each) for each in zip(*read.values(), strict=True))
    print(f"\nbuffers, {group}: {ours:,.0f} in the country, {theirs:,.0f} in the town, × {ours / theirs:.2f}")
    for page, (one, other) in sorted(read.items(), key=lambda each: -each[1][0] / each[1][1])[:10]:
        print(f"  × {one / other:.2f}  {one:,.0f} and {other:,.0f}: {page}")
    assert ours <= MOST * theirs
