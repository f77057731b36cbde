"""Readings of a file: judged like everybody's, taken once, never over what a resident read later."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meters.models import Meter, Reading
from meters.readings import Line, declare
from properties.models import BookPremises, PaymentBook
from tests.factories import BookFactory, MeterFactory, PropertyFactory, ReadingFactory, UserFactory
from tests.imports.conftest import counted

pytestmark = pytest.mark.django_db

TODAY = datetime(2026, 11, 22, 10, tzinfo=UTC)
HEADER = "payer_code;serial;type;period;value;read_on"
OCTOBER = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def book(company) -> PaymentBook:
    return BookFactory(managing_company=company, payer_code="A-1")


@pytest.fixture
def meter(book: PaymentBook) -> Meter:
    return MeterFactory(property=book.premises.get(), serial="77")


def file(*rows: str, more: str = "") -> str:
    return "\n".join([HEADER + more, *rows]) + "\n"


def row(value="100", period="2026-10", on="2026-10-20", code="A-1", serial="77", kind="cold_water") -> str:
    return f"{code};{serial};{kind};{period};{value};{on}"


def monthly(meter: Meter) -> list[tuple[str, Decimal | int, str, bool]]:
    """Month, value, source and whether it stands, in the order in which they came."""
    rows = Reading.objects.filter(meter=meter, kind="monthly").order_by("pk")
    return [(f"{one.period:%m}", one.value, one.source, one.replaced_at is None) for one in rows]


@pytest.fixture
def resident(meter: Meter, book: PaymentBook) -> Callable[..., None]:
    """Let a resident declare October's reading on the 20th."""

    def press(value: str = "100") -> None:
        [outcome] = declare(
            lines=[Line(meter_id=meter.pk, payment_book_id=book.pk, value=Decimal(value))],
            by=UserFactory(),
            at=datetime(2026, 10, 20, 12, tzinfo=UTC),
            source=Reading.Source.RESIDENT,
        )
        assert outcome.is_kept

    return press


class TestTaken:
    def test_a_reading_with_all_that_is_known_of_it(self, meter, book, take) -> None:
        result = take("readings", file(row("100,125")))
        assert (result.status, result.counts) == (0, counted(created=1))
        reading = Reading.objects.get()
        assert (reading.meter, reading.payment_book, reading.kind) == (meter, book, "monthly")
        assert (reading.period, reading.read_on, reading.value) == (
            OCTOBER,
            date(2026, 10, 20),
            Decimal("100.125"),
        )
        assert (reading.source, reading.declared_by, reading.declared_at) == ("import", None, TODAY)
        assert (reading.is_unusual, reading.is_rollover) == (False, False)
        meter.refresh_from_db()
        assert (meter.last_value, meter.last_on, meter.last_period, meter.last_book) == (
            Decimal("100.125"),
            date(2026, 10, 20),
            OCTOBER,
            book,
        )

    def test_under_lithuanian_names_and_with_a_zone(self, book, take) -> None:
        for register in ("T1", "T2"):
            MeterFactory(property=book.premises.get(), serial="E7", type="electricity", register=register)
        content = (
            "Mokėtojo kodas;Skaitiklio Nr.;Skaitiklio tipas;Laikotarpis;Rodmuo;Nurašymo data;Zona\n"
            "a1;e-7;elektra;2026-10;500;2026-10-20;t2\na1;e-7;elektra;2026-10;900;2026-10-20;T1\n"
        )
        assert take("readings", content).counts == counted(created=2)
        assert dict(Reading.objects.values_list("meter__register", "value")) == {"T2": 500, "T1": 900}

    def test_the_same_file_again_writes_nothing(self, meter, take) -> None:
        content = file(row(), row("105", "2026-11", "2026-11-20"))
        assert take("readings", content).counts == counted(created=2)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert take("readings", content.replace("105;", "105,000;")).counts == counted(unchanged=2)
        assert not [query for query in queries if "INSERT INTO meters_reading" in query["sql"]]
        assert Reading.objects.count() == 2

    def test_a_month_again_with_another_value_keeps_the_earlier_row(self, meter, take) -> None:
        take("readings", file(row("100")))
        assert take("readings", file(row("103"))).counts == counted(updated=1)
        assert monthly(meter) == [("10", 100, "import", False), ("10", 103, "import", True)]
        first, second = Reading.objects.order_by("pk")
        assert (second.replaces, first.replaced_at) == (first, TODAY)
        meter.refresh_from_db()
        assert meter.last_value == 103

    def test_a_back_dated_row_leaves_the_last_reading(self, meter, take) -> None:
        take("readings", file(row("105", "2026-11", "2026-11-20")))
        assert take("readings", file(row("100"))).counts == counted(created=1)
        meter.refresh_from_db()
        assert (meter.last_value, meter.last_on) == (105, date(2026, 11, 20))

    def test_rows_in_any_order_are_judged_oldest_first(self, meter, take) -> None:
        months = [row(str(100 + month), f"2026-{month:02}", f"2026-{month:02}-20") for month in range(1, 11)]
        assert take("readings", file(*reversed(months))).counts == counted(created=10)
        assert set(Reading.objects.values_list("is_unusual", flat=True)) == {False}

    @pytest.mark.parametrize("piece", [1, 2000])
    def test_two_months_corrected_in_one_file_make_room_for_each_other(
        self, meter, take, monkeypatch, piece
    ) -> None:
        """However small the pieces are: the rows of a payment book are never in two."""
        monkeypatch.setattr("meters.readings_file._PIECE", piece)
        take("readings", file(
            row("100", "2026-08", "2026-08-20"), row("103", "2026-09", "2026-09-20"), row("106")
        ))  # fmt: skip
        corrected = file(row("110", "2026-08", "2026-08-20"), row("113", "2026-09", "2026-09-20"), row("116"))
        assert take("readings", corrected).counts == counted(updated=3)
        assert take("readings", corrected).counts == counted(unchanged=3)

    def test_what_is_read_by_a_device_says_so(self, book, take) -> None:
        meter = MeterFactory(property=book.premises.get(), serial="77", is_remote=True)
        assert take("readings", file(row())).counts == counted(created=1)
        assert monthly(meter) == [("10", 100, "remote", True)]

    def test_a_removed_meter_may_still_bring_its_last_months(self, book, take) -> None:
        MeterFactory(property=book.premises.get(), serial="77", removed_on=date(2026, 10, 20))
        rows = file(row(), row("105", "2026-11", "2026-11-20"))
        assert take("readings", rows).counts == counted(created=1, rejected=1)

    def test_after_a_sale_each_gets_the_readings_of_their_own_days(self, meter, book, take) -> None:
        book.closed_on = date(2026, 10, 31)
        book.save()
        buyer = BookFactory(
            managing_company=book.managing_company,
            payer_code="A-1",
            opened_on=date(2026, 11, 1),
            premises=[meter.property],
        )
        rows = file(row(), row("101", "2026-10", "2026-11-02"), row("105", "2026-11", "2026-11-20"))
        assert take("readings", rows).counts == counted(created=3)
        assert sorted(Reading.objects.values_list("value", "payment_book_id")) == [
            (100, book.pk),
            (101, buyer.pk),
            (105, buyer.pk),
        ]

    def test_a_dry_run_says_the_same_and_leaves_nothing(self, meter, take) -> None:
        result = take("readings", file(row(), row("x")), dry_run=True)
        assert (result.counts, len(result.errors)) == (counted(created=1, rejected=1), 1)
        assert not Reading.objects.exists()
        meter.refresh_from_db()
        assert meter.last_value is None


class TestFlagged:
    @pytest.fixture
    def past(self, meter, book) -> None:
        for month, value in ((7, 100), (8, 103), (9, 106)):
            ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, month, 20), value=value)

    @pytest.mark.parametrize(("value", "is_unusual"), [("109", False), ("150", True)])
    def test_what_would_be_asked_is_taken_and_flagged(self, meter, past, take, value, is_unusual) -> None:
        assert take("readings", file(row(value))).counts == counted(created=1)
        assert Reading.objects.get(period=OCTOBER).is_unusual == is_unusual

    def test_a_dial_that_went_round(self, book, take) -> None:
        meter = MeterFactory(property=book.premises.get(), serial="77", integer_digits=3)
        take("readings", file(row("990", "2026-09", "2026-09-20")))
        assert take("readings", file(row("4"))).counts == counted(created=1)
        reading = Reading.objects.get(meter=meter, period=OCTOBER)
        assert (reading.is_rollover, reading.is_unusual) == (True, True)

    def test_two_swapped_meters_of_a_flat(self, meter, past, book, take) -> None:
        other = MeterFactory(property=meter.property, serial="78")
        for month, value in ((7, 900), (8, 903), (9, 906)):
            ReadingFactory(meter=other, payment_book=book, read_on=date(2026, month, 20), value=value)
        # The higher one is flagged; the lower one is not plausible and comes back.
        assert take("readings", file(row("909"), row("109", serial="78"))).counts == counted(
            created=1, rejected=1
        )
        assert Reading.objects.get(period=OCTOBER).is_unusual


class TestAgainstAResident:
    def test_the_same_value_is_unchanged_whatever_the_day(self, meter, resident, take) -> None:
        resident("100")
        for on in ("2026-10-01", "2026-10-20", "2026-10-31"):
            assert take("readings", file(row("100", on=on))).counts == counted(unchanged=1)
        assert monthly(meter) == [("10", 100, "resident", True)]

    @pytest.mark.parametrize("on", ["2026-10-19", "2026-10-20"])
    def test_of_an_earlier_or_the_same_day_the_residents_stays(self, meter, resident, take, on) -> None:
        resident("100")
        result = take("readings", file(row("101", on=on)))
        assert (result.status, result.counts) == (1, counted(rejected=1))
        assert "100" in result.errors[0]["error"]
        assert monthly(meter) == [("10", 100, "resident", True)]

    def test_of_a_later_day_the_files_wins(self, meter, resident, take) -> None:
        resident("100")
        assert take("readings", file(row("101", on="2026-10-21"))).counts == counted(updated=1)
        assert monthly(meter) == [("10", 100, "resident", False), ("10", 101, "import", True)]


@pytest.mark.parametrize(
    "bad",
    [
        row("1e5"),
        row("NaN"),
        row("-1"),
        row("1_000"),
        row("٣"),
        row("12,345,6"),
        row(""),
        row("=1"),
        row("100000"),
        row("1,2345"),
        row("100", period="2026-13"),
        row("100", on="2026-11-23"),
        row("100", on="2025-12-31", period="2025-12"),
        row("100", code="X-9"),
        row("100", serial="78"),
        row("100", kind="heat"),
        row("9", period="2026-11", on="2026-11-20"),
        row("51", period="2026-02", on="2026-02-20"),
    ],
)
def test_a_bad_row_comes_back_and_the_rest_goes_in(meter, book, take, bad) -> None:
    Meter.objects.update(installed_on=date(2026, 1, 1))
    take("readings", file(row("10", "2026-01", "2026-01-20"), row("50", "2026-05", "2026-05-20")))
    result = take("readings", file(bad, row("60", "2026-06", "2026-06-20")))
    assert (result.status, result.counts) == (1, counted(created=1, rejected=1))
    assert [(error["line"], bool(error["error"])) for error in result.errors] == [("2", True)]
    assert [value for _month, value, _source, _stands in monthly(meter)] == [10, 50, 60]


def test_somebody_elses_meter_and_another_companys(meter, book, take) -> None:
    theirs = BookFactory(managing_company=book.managing_company, payer_code="B-1")
    MeterFactory(property=theirs.premises.get(), serial="99")
    result = take("readings", file(row(serial="99"), row(code="B-1"), row()))
    assert result.counts == counted(created=1, rejected=2)


def test_two_rows_of_one_month(meter, take) -> None:
    rows = file(row("100"), row("101"), row("7", "2026-09", "2026-09-20"), row("7", "2026-09", "2026-09-20"))
    assert take("readings", rows).counts == counted(created=1, rejected=2)


def test_a_number_that_two_premises_of_a_payer_have(meter, book, take) -> None:
    garage = PropertyFactory(building=meter.property.building, unit="G1", kind="garage")
    BookPremises.objects.create(payment_book=book, property=garage)
    MeterFactory(property=garage, serial="77")
    assert take("readings", file(row())).counts == counted(rejected=1)


def test_the_number_of_queries_does_not_grow_with_the_rows(meter, book, take) -> None:
    def queries(count: int, period: str) -> int:
        rows = [row("10", period, f"{period}-20", serial=f"Q{n}") for n in range(count)]
        with CaptureQueriesContext(connection) as found:
            assert take("readings", file(*rows)).counts == counted(created=count)
        return len(found)

    for number in range(30):
        MeterFactory(property=meter.property, serial=f"Q{number}")
    assert queries(2, "2026-09") == queries(30, "2026-10")


def test_every_piece_is_judged(company, take, monkeypatch) -> None:
    monkeypatch.setattr("meters.readings_file._PIECE", 2)
    rows = []
    for number in range(5):
        book = BookFactory(managing_company=company, payer_code=f"P-{number}")
        for serial in range(3):
            MeterFactory(property=book.premises.get(), serial=f"{serial}")
            rows.append(row("10", code=f"P-{number}", serial=f"{serial}"))
    assert take("readings", file(*rows)).counts == counted(created=15)
