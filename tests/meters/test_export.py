"""The file of declared readings: what the accounting system gets, once, and may send back."""

import csv
import os
import stat
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from meters.ends import settle_ends
from meters.export import COLUMNS
from meters.models import Meter, Reading, ReadingExport
from meters.readings import Line, declare
from properties.models import ManagingCompany, PaymentBook, Property
from tests.factories import BookFactory, MeterFactory, ReadingFactory
from tests.imports.conftest import counted, import_path

pytestmark = pytest.mark.django_db

AT = datetime(2026, 10, 22, 10, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)

Export = Callable[..., list[dict[str, Any]]]

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def meter(flat: Property) -> Meter:
    return MeterFactory(property=flat, serial="007-A", place="Virtuvė")


@pytest.fixture
def export(company_a: ManagingCompany, tmp_path: Path) -> Export:
    def run(name: str = "out.csv", *options: str) -> list[dict[str, Any]]:
        path, out = tmp_path / name, StringIO()
        call_command(
            "export_readings", str(path), "--company", company_a.company_code, "--period", "2026-10", *options,
            stdout=out,
        )  # fmt: skip
        if path.suffix == ".xlsx":
            sheet: list[list[Any]] = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
            rows: list[dict[str, Any]] = [dict(zip(sheet[0], row, strict=True)) for row in sheet[1:]]
        else:
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file, delimiter=";", strict=True))
        assert out.getvalue() == f"written={len(rows)}\n"
        return rows

    return run


def read(meter: Meter, book: PaymentBook, on: date, value: str, **fields: object) -> Reading:
    reading: Reading = ReadingFactory(
        meter=meter, payment_book=book, read_on=on, value=Decimal(value), **fields
    )
    return reading


def correct(reading: Reading, value: str) -> int:
    """Let the company's staff correct a reading now, and return the new one's number."""
    line = Line(
        meter_id=reading.meter_id,
        payment_book_id=reading.payment_book_id,
        value=Decimal(value),
        period=reading.period,
        confirmed=Decimal(value),
        corrects=reading.pk,
    )
    [outcome] = declare(lines=[line], by=None, at=AT, source=Reading.Source.STAFF)
    assert outcome.reading_id is not None
    return outcome.reading_id


def test_every_column_in_its_order(export, meter, book, tmp_path) -> None:
    read(meter, book, date(2026, 9, 20), "100.125")
    reading = read(meter, book, date(2026, 10, 20), "105.5")
    [row] = export()
    assert tuple(row) == COLUMNS
    assert row == {
        "reading_id": str(reading.pk),
        "payer_code": "KN-0418 22-15",
        "address": "Beržyno g. 8-15, Klaipėda",
        "serial": "007-A",
        "type": "cold_water",
        "register": "",
        "unit": "m³",
        "period": "2026-10",
        "previous_value": "100,125",
        "value": "105,5",
        "consumption": "5,375",
        "read_on": "2026-10-20",
        "declared_at": "2026-10-20 15:00:00+03:00",
        "source": "resident",
        "status": "new",
        "replaces": "",
        "is_estimate": "no",
    }
    path = tmp_path / "out.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfreading_id;")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_workbook_types_numbers_as_numbers_and_text_as_text(export, meter, book) -> None:
    meter.serial = "=1+1"
    read(meter, book, date(2026, 9, 20), "100")
    reading = read(meter, book, date(2026, 10, 20), "105.5")
    [row] = export("out.xlsx")
    assert (row["reading_id"], row["value"], row["consumption"]) == (reading.pk, 105.5, 5.5)
    assert (row["serial"], row["period"], row["read_on"]) == ("=1+1", "2026-10", "2026-10-20")
    [row] = export()
    assert row["serial"] == "'=1+1"


def test_only_the_companys_own_of_that_month_and_only_what_was_declared(
    export, meter, book, flat, company_b
) -> None:
    MeterFactory(property=flat, serial="undeclared")
    read(meter, book, date(2026, 9, 20), "100")
    read(meter, book, date(2026, 11, 20), "109")
    ReadingFactory(meter__property__building__managing_company=company_b)
    MeterFactory(property=flat, installed_on=date(2026, 10, 2), initial_reading=0)
    settle_ends(
        meter_ids=list(Meter.objects.values_list("pk", flat=True)), at=AT, source=Reading.Source.STAFF
    )
    assert Reading.objects.filter(kind="opening", period=OCTOBER).count() == 1
    assert export() == []
    reading = read(meter, book, date(2026, 10, 20), "105")
    assert [row["reading_id"] for row in export()] == [str(reading.pk)]


def test_a_corrected_reading_names_what_it_replaces(export, meter, book) -> None:
    first = read(meter, book, date(2026, 10, 20), "105")
    second = correct(first, "104")
    [row] = export()
    assert (row["reading_id"], row["status"], row["replaces"]) == (str(second), "corrected", str(first.pk))
    assert (row["value"], row["source"]) == ("104", "staff")


def test_since_last_has_only_what_no_export_had(export, meter, book, flat) -> None:
    first = read(meter, book, date(2026, 10, 20), "105")
    assert len(export()) == 1
    assert export("out.csv", "--since-last") == []
    second = correct(first, "104")
    other = read(MeterFactory(property=flat), book, date(2026, 10, 19), "9")
    later = export("out.csv", "--since-last")
    assert {(row["reading_id"], row["status"], row["replaces"]) for row in later} == {
        (str(second), "corrected", str(first.pk)),
        (str(other.pk), "new", ""),
    }
    assert export("out.csv", "--since-last") == []
    assert len(export()) == 2


def test_each_month_is_remembered_for_itself(export, meter, book, company_a, tmp_path) -> None:
    read(meter, book, date(2026, 9, 20), "100")
    read(meter, book, date(2026, 10, 20), "105")
    assert len(export("out.csv", "--since-last")) == 1
    out = StringIO()
    call_command(
        "export_readings", str(tmp_path / "out.csv"), company=company_a.company_code, period="2026-09",
        since_last=True, stdout=out,
    )  # fmt: skip
    assert out.getvalue() == "written=1\n"


def test_a_file_that_could_not_be_written_is_not_remembered(export, meter, book, company_a, tmp_path) -> None:
    read(meter, book, date(2026, 10, 20), "105")
    with pytest.raises(CommandError) as refusal:
        export("nowhere/out.csv", "--since-last")
    assert refusal.value.returncode == 2
    assert not ReadingExport.objects.exists()
    assert len(export("out.csv", "--since-last")) == 1


@pytest.mark.parametrize("name", ["back.csv", "back.xlsx"])
def test_the_file_comes_back_in_unchanged(export, meter, book, flat, tmp_path, name) -> None:
    electricity = [
        MeterFactory(property=flat, serial="E-1", type="electricity", register=zone) for zone in ("T1", "T2")
    ]
    read(meter, book, date(2026, 9, 20), "100.125")
    correct(read(meter, book, date(2026, 10, 20), "105.5"), "105.25")
    for dial in electricity:
        read(dial, book, date(2026, 10, 21), "123456")
    guessed = MeterFactory(property=flat, serial="guessed")
    read(guessed, book, date(2026, 10, 21), "7", kind="estimate", source="estimate")
    rows = export(name)
    assert sorted(row["is_estimate"] for row in rows) == ["no", "no", "no", "yes"]
    before = list(Reading.objects.order_by("pk").values())
    result = import_path("readings", tmp_path / name, company="300000017")
    assert (result.status, result.counts) == (0, counted(unchanged=4))
    assert list(Reading.objects.order_by("pk").values()) == before


def test_both_payers_of_a_month_in_which_the_flat_was_sold(export, meter, book, flat, tmp_path) -> None:
    book.closed_on = date(2026, 10, 18)
    book.save()
    buyer = BookFactory(
        managing_company=book.managing_company,
        payer_code=book.payer_code,
        opened_on=date(2026, 10, 19),
        premises=[flat],
    )
    read(meter, book, date(2026, 10, 16), "100")
    read(meter, buyer, date(2026, 10, 21), "101")
    rows = export()
    assert [(row["previous_value"], row["value"], row["consumption"]) for row in rows] == [
        ("", "100", ""),
        ("100", "101", "1"),
    ]
    assert import_path("readings", tmp_path / "out.csv", company="300000017").counts == counted(unchanged=2)


def test_an_estimate_gives_way_to_what_was_read(export, meter, book) -> None:
    read(meter, book, date(2026, 10, 18), "104", kind="estimate", source="estimate")
    assert [row["is_estimate"] for row in export()] == ["yes"]
    reading = read(meter, book, date(2026, 10, 20), "105")
    assert [row["reading_id"] for row in export()] == [str(reading.pk)]


def test_what_was_used_over_a_dial_that_went_round_and_one_that_was_replaced(export, flat, book) -> None:
    rolled = MeterFactory(property=flat, serial="R", integer_digits=3)
    read(rolled, book, date(2026, 9, 20), "990")
    read(rolled, book, date(2026, 10, 20), "4", is_rollover=True)
    old = MeterFactory(property=flat, serial="OLD", removed_on=date(2026, 10, 1), final_reading=52)
    read(old, book, date(2026, 9, 20), "50")
    new = MeterFactory(
        property=flat, serial="NEW", installed_on=date(2026, 10, 1), initial_reading="0.5", replaces=old
    )
    settle_ends(meter_ids=[old.pk, new.pk], at=AT, source=Reading.Source.IMPORT)
    read(new, book, date(2026, 10, 20), "3.5")
    assert {row["serial"]: (row["previous_value"], row["value"], row["consumption"]) for row in export()} == {
        "R": ("990", "4", "14"),
        "NEW": ("0,5", "3,5", "5"),
    }


@pytest.mark.parametrize(
    ("company", "period", "name"),
    [("300000099", "2026-10", "a.csv"), ("300000017", "2026-13", "a.csv"), ("300000017", "2026-10", "a.pdf")],
)
def test_what_cannot_be_exported_says_so(company_a, tmp_path, company, period, name) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("export_readings", str(tmp_path / name), company=company, period=period)
    assert refusal.value.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_a_reading_that_is_being_written_is_waited_for(export, meter, book) -> None:
    """Numbers are given before rows are seen: without waiting, a lower one would never be exported."""
    written, waited_for = threading.Event(), threading.Event()

    def declare_slowly() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                read(meter, book, date(2026, 10, 20), "105")
                cursor.execute("SELECT pg_backend_pid()")
                pid = cursor.fetchone()[0]
                written.set()
                while not waited_for.is_set():
                    cursor.execute(WAITING, [pid])
                    if cursor.fetchone()[0]:
                        waited_for.set()
        finally:
            connection.close()

    slow = threading.Thread(target=declare_slowly)
    slow.start()
    assert written.wait(10)
    try:
        rows = export("out.csv", "--since-last")
    finally:
        waited_for.set()
        slow.join()
    assert len(rows) == 1


def test_every_export_is_kept_with_its_moment(export, meter, book, company_a) -> None:
    reading = read(meter, book, date(2026, 10, 20), "105")
    with time_machine.travel(AT + timedelta(hours=1), tick=False):
        export()
    kept = ReadingExport.objects.get()
    assert (kept.managing_company, kept.period, kept.exported_at, kept.last_reading_no) == (
        company_a,
        OCTOBER,
        AT + timedelta(hours=1),
        reading.pk,
    )
