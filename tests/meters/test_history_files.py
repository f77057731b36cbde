"""The history as a file: everything that the pages show, and no cell that a spreadsheet would run."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from python_calamine import CalamineWorkbook

from accounts.models import User
from meters.models import Meter, Reading
from properties.models import PaymentBook
from tests.factories import MeterFactory, ReadingFactory
from tests.meters.conftest import AT

ClientFor = Callable[[User], Client]
LIST = "/meters/history"
HEADINGS = [
    "Objektas", "Skaitiklio tipas", "Skaitiklio Nr.", "Zona", "Vieta", "Mato vnt.", "Rodmens rūšis",
    "Laikotarpis", "Deklaravimo data", "Rodmuo", "Sunaudota", "Sunaudota nuo", "Kaip pateikta", "Kas deklaravo",
]  # fmt: skip


def table(client: Client, query: str = "") -> list[list[str]]:
    with time_machine.travel(AT, tick=False):
        response = client.get(f"{LIST}.csv?{query}")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="rodmenys-2026-10-20.csv"'
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";", strict=True))


def test_a_csv_holds_what_the_pages_show(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook, history: list[Reading]
) -> None:
    ReadingFactory(meter=meter, payment_book=book, value=Decimal("1107.25"), declared_by=holder)
    client = client_for(holder)
    head, first, *rest = table(client)
    assert head == HEADINGS
    assert first == [
        "Beržyno g. 8-15, Klaipėda", "Šaltas vanduo", meter.serial, "", "Virtuvė", "m³", "Mėnesio rodmuo", "2026-10",
        "2026-10-20", "1107,25", "1001,25", "2026-09-20", "Gyventojas", "Jūs",
    ]  # fmt: skip
    assert [row[9:11] for row in rest] == [["106", "3"], ["103", "3"], ["100", ""]]


def test_a_file_is_narrowed_like_the_page_and_never_cut_off(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook
) -> None:
    other = MeterFactory(property=meter.property, type="gas")
    for day in range(1, 31):
        for dial in (meter, other):
            ReadingFactory(
                meter=dial, payment_book=book, read_on=date(2026, 9, day), value=day, kind="estimate"
            )
    client = client_for(holder)
    assert len(table(client)) == 61
    assert len(table(client, "type=gas&before=2026-09-02_1")) == 31
    assert [row[9] for row in table(client, "type=gas&from=2026-09-29")[1:]] == ["30", "29"]
    assert len(table(client, "from=2027-01-01")) == 1


DANGEROUS = "=HYPERLINK(1)"


@pytest.mark.parametrize("text", [DANGEROUS, "+1", "-1|x", "@SUM(1)", "\t=1"])
def test_a_cell_of_a_csv_is_no_formula(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading], text: str
) -> None:
    Meter.objects.filter(pk=meter.pk).update(place=text)
    assert {row[4] for row in table(client_for(holder))[1:]} == {f"'{text}"}


def test_an_estimate_given_back_stays_a_number(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook, history: list[Reading]
) -> None:
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 10, 1), value=110, kind="estimate")
    ReadingFactory(meter=meter, payment_book=book, value=108)
    assert table(client_for(holder))[1][10] == "-2"


def test_a_workbook_holds_text_as_text_and_numbers_as_numbers(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    Meter.objects.filter(pk=meter.pk).update(place=DANGEROUS, serial="00123")
    response = client_for(holder).get(f"{LIST}.xlsx")
    assert response.headers["Content-Disposition"].endswith('.xlsx"')
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    head, first, *_rest = book.get_sheet_by_index(0).to_python()
    assert head == HEADINGS
    assert first[2:5] == ["00123", "", DANGEROUS]
    assert first[9:11] == [106, 3]
    with zipfile.ZipFile(io.BytesIO(response.content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_a_file_speaks_the_reader_s_language(
    client_for: ClientFor, holder: User, history: list[Reading]
) -> None:
    client = client_for(holder)
    client.post("/language", {"language": "en", "next": "/"})
    content = client.get(f"{LIST}.csv").content.decode("utf-8-sig")
    assert content.startswith(
        "Object;Meter type;Meter No.;Zone;Place;Unit;Kind;Period;Declaration date;Reading;"
    )
    assert "Cold water" in content
