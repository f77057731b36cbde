"""The examples of docs/import-files.md are files that the importer takes."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from imports.kinds import all_kinds, folded_header
from meters.export import COLUMNS

DOCS = Path(settings.BASE_DIR) / "docs"
COMPANY = "999000049"
OBJECTS = {
    "companies": 1,
    "register": 6,
    "balances": 3,
    "invoices": 2,
    "payments": 4,
    "meters": 6,
    "readings": 6,
}
# A file of the bank's, with no columns of ours.
STATEMENT = "bank_statement"


def take_in(kind: str) -> str:
    """The last line printed; any exit status but 0 raises."""
    out = StringIO()
    company = {} if kind == "companies" else {"company": COMPANY}
    name = f"{kind}.{'xml' if kind == STATEMENT else 'csv'}"
    call_command("import_data", kind, str(DOCS / "import-files" / name), stdout=out, **company)
    return out.getvalue().splitlines()[-1]


@pytest.mark.django_db(transaction=True)
def test_every_example_goes_in_whole_and_a_second_time_changes_nothing() -> None:
    first = {kind: take_in(kind) for kind in OBJECTS}
    assert first == {
        kind: f"created={number} updated=0 unchanged=0 rejected=0" for kind, number in OBJECTS.items()
    }
    second = {kind: take_in(kind) for kind in OBJECTS}
    assert second == {
        kind: f"created=0 updated=0 unchanged={number} rejected=0" for kind, number in OBJECTS.items()
    }
    assert take_in(STATEMENT) == "created=2 updated=0 unchanged=0 rejected=0"
    assert take_in(STATEMENT) == "created=0 updated=0 unchanged=2 rejected=0"


def test_there_is_an_example_of_every_kind_of_file() -> None:
    assert set(all_kinds()) == {*OBJECTS, STATEMENT}
    assert {path.stem for path in (DOCS / "import-files").glob("*.csv")} == set(OBJECTS)


@pytest.mark.parametrize("kind", OBJECTS)
def test_the_page_names_every_column_and_which_are_required(kind: str) -> None:
    page = (DOCS / "import-files.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {kind}\n")[1].split("\n## ")[0]
    told = re.findall(r"^\| (\**)(\w+)\** \| ([^|]+) \|", section, re.MULTILINE)
    assert {(name, lithuanian, bool(stars)) for stars, name, lithuanian in told if name != "Column"} == {
        (column.name, column.lithuanian, column.required) for column in all_kinds()[kind].columns
    }


@pytest.mark.parametrize("kind", OBJECTS)
def test_the_excerpt_on_the_page_is_from_the_file(kind: str) -> None:
    page = (DOCS / "import-files.md").read_text(encoding="utf-8")
    excerpt = page.split(f"\n## {kind}\n")[1].split("```\n")[1].splitlines()
    lines = (DOCS / "import-files" / f"{kind}.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(excerpt) >= 2
    for shown, line in zip(excerpt, lines, strict=False):
        parts = [re.escape(part.strip(";")) for part in shown.split("…")]
        assert re.match(".*".join(parts), line), (shown, line)


@pytest.mark.parametrize("kind", OBJECTS)
def test_the_example_uses_the_lithuanian_names(kind: str) -> None:
    header = (
        (DOCS / "import-files" / f"{kind}.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(";")
    )
    known = {folded_header(column.lithuanian) for column in all_kinds()[kind].columns}
    assert [name for name in header if folded_header(name) not in known] == []


def test_the_page_names_every_column_of_the_export_in_its_order() -> None:
    section = (DOCS / "import-files.md").read_text(encoding="utf-8").split("\n## Files out\n")[1]
    section = section.split("\n`export_")[0]
    told = re.findall(r"^\| ([a-z_, ]+) \|", section, re.MULTILINE)
    assert ", ".join(told).split(", ") == list(COLUMNS)
