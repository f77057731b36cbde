"""Meters of a file: whose they are, how their dials are, how they began and ended, what replaced what."""

from datetime import date
from decimal import Decimal

import pytest

from meters.models import Meter, Reading
from properties.models import BookPremises, ManagingCompany, PaymentBook, Property
from tests.factories import BookFactory, BuildingFactory, MeterFactory, PropertyFactory
from tests.imports.conftest import counted

pytestmark = pytest.mark.django_db

HEADER = "payer_code;serial;type"


@pytest.fixture
def book(company: ManagingCompany) -> PaymentBook:
    return BookFactory(managing_company=company, payer_code="A-1")


def file(*rows: str, more: str = "") -> str:
    return "\n".join([HEADER + more, *rows]) + "\n"


def ends(meter: Meter) -> list[tuple[str, Decimal, date, bool]]:
    """The readings of a meter's ends, oldest first, and whether each still stands."""
    rows = Reading.objects.filter(meter=meter, kind__in=["opening", "final"]).order_by("pk")
    return [(row.kind, row.value, row.read_on, row.replaced_at is None) for row in rows]


class TestDials:
    @pytest.mark.parametrize(
        ("word", "meant", "dial"),
        [
            ("cold_water", "cold_water", ("m³", 5, 3)),
            ("Karštas vanduo", "hot_water", ("m³", 5, 3)),
            ("elektra", "electricity", ("kWh", 6, 0)),
            ("DUJOS", "gas", ("m³", 5, 3)),
            ("siluma", "heat", ("MWh", 6, 3)),
        ],
    )
    def test_what_is_not_said_of_a_dial_comes_of_its_type(self, book, take, word, meant, dial) -> None:
        assert take("meters", file(f"a 1;41-82;{word}")).counts == counted(created=1)
        meter = Meter.objects.get()
        assert (meter.type, (meter.unit, meter.integer_digits, meter.decimal_digits)) == (meant, dial)
        assert (meter.property, meter.managing_company) == (book.premises.get(), book.managing_company)
        assert (meter.serial, meter.serial_key, meter.register, meter.is_remote) == (
            "41-82",
            "4182",
            "",
            False,
        )

    def test_everything_under_its_lithuanian_name(self, book, take) -> None:
        content = (
            "Mokėtojo kodas;Skaitiklio Nr.;Skaitiklio tipas;Mato vnt.;Zona;Sveikųjų skaitmenų;"
            "Skaitmenų po kablelio;Vieta;Įrengtas;Pradinis rodmuo;Patikra galioja iki;Nuotolinis\n"
            "A-1;E-7;elektra;kwh;T1;4;1;Koridorius;2024-03-05;12,5;2030-03-05;taip\n"
        )
        assert take("meters", content).counts == counted(created=1)
        meter = Meter.objects.get()
        assert (meter.unit, meter.register, meter.place, meter.is_remote) == ("kWh", "T1", "Koridorius", True)
        assert (meter.integer_digits, meter.decimal_digits) == (4, 1)
        assert (meter.installed_on, meter.initial_reading, meter.verified_until) == (
            date(2024, 3, 5),
            Decimal("12.5"),
            date(2030, 3, 5),
        )

    def test_each_register_and_type_of_a_serial_is_a_meter(self, book, take) -> None:
        rows = ("A-1;77;elektra;T1", "A-1;77;elektra;T2", "A-1;77;elektra;", "A-1;77;dujos;")
        assert take("meters", file(*rows, more=";register")).counts == counted(created=4)
        assert take("meters", file(*rows, more=";register")).counts == counted(unchanged=4)

    def test_an_empty_cell_keeps_and_a_dash_clears(self, book, take) -> None:
        more = ";unit;integer_digits;place;verified_until;remote"
        take("meters", file("A-1;77;heat;kWh;4;Rūsys;2030-01-01;yes", more=more))
        assert take("meters", file("A-1;77;heat;;;;;", more=more)).counts == counted(unchanged=1)
        assert take("meters", file("A-1;77;heat")).counts == counted(unchanged=1)
        assert take("meters", file("A-1;77;heat;-;-;-;-;-", more=more)).counts == counted(updated=1)
        meter = Meter.objects.get()
        assert (meter.unit, meter.integer_digits, meter.place, meter.verified_until, meter.is_remote) == (
            "MWh",
            6,
            "",
            None,
            False,
        )

    def test_what_is_not_in_the_file_stays(self, book, take) -> None:
        take("meters", file("A-1;77;heat", "A-1;78;gas"))
        assert take("meters", file("A-1;77;heat")).counts == counted(unchanged=1)
        assert Meter.objects.count() == 2

    def test_a_dry_run_leaves_nothing(self, book, take) -> None:
        assert take("meters", file("A-1;77;heat"), dry_run=True).counts == counted(created=1)
        assert not Meter.objects.exists()


class TestPremises:
    def test_of_several_premises_the_code_tells_which(self, book, take) -> None:
        second = PropertyFactory(building=book.premises.get().building, unit="16", premises_code="9-16")
        BookPremises.objects.create(payment_book=book, property=second)
        rows = file("A-1;77;heat;", "A-1;78;heat;9-16", more=";premises_code")
        result = take("meters", rows)
        assert (result.status, result.counts) == (1, counted(created=1, rejected=1))
        assert [(row["serial"], row["line"]) for row in result.errors] == [("77", "2")]
        assert (Meter.objects.get().serial, Meter.objects.get().property) == ("78", second)

    def test_premises_of_another_payer_are_not_ones(self, book, take) -> None:
        other = PropertyFactory(
            building=BuildingFactory(managing_company=book.managing_company), premises_code="X"
        )
        BookFactory(managing_company=book.managing_company, payer_code="B-1", premises=[other])
        result = take("meters", file("A-1;77;heat;X", "A-1;78;heat;?", more=";premises_code"))
        assert result.counts == counted(rejected=2)

    def test_a_code_without_premises_or_of_another_company(self, book, take) -> None:
        BookFactory(managing_company=book.managing_company, payer_code="B-1", premises=[])
        ManagingCompany.objects.create(company_code="300000028", name="Kita", declares_readings=True)
        assert take("meters", file("B-1;77;heat", "C-1;77;heat")).counts == counted(rejected=2)
        assert take("meters", file("A-1;77;heat"), company="300000028").counts == counted(rejected=1)

    def test_after_a_sale_the_meter_stays_where_it_is(self, book, take) -> None:
        book.closed_on = date(2026, 3, 31)
        book.save()
        take("meters", file("A-1;77;heat"))
        BookFactory(
            managing_company=book.managing_company,
            payer_code="A-1",
            opened_on=date(2026, 4, 1),
            premises=[book.premises.get()],
        )
        assert take("meters", file("A-1;77;heat")).counts == counted(unchanged=1)


class TestEnds:
    MORE = ";place;installed_on;initial_reading;removed_on;final_reading"

    def test_a_meter_begins_with_an_opening_reading(self, book, take) -> None:
        row = file("A-1;77;cold_water;;2026-01-10;0,125;;", more=self.MORE)
        take("meters", row)
        meter = Meter.objects.get()
        assert ends(meter) == [("opening", Decimal("0.125"), date(2026, 1, 10), True)]
        assert (meter.last_value, meter.last_on, meter.last_book) == (
            Decimal("0.125"),
            date(2026, 1, 10),
            book,
        )
        reading = Reading.objects.get()
        assert (reading.source, reading.payment_book, reading.period) == ("import", book, date(2026, 1, 1))
        assert take("meters", row).counts == counted(unchanged=1)
        assert Reading.objects.count() == 1

    def test_a_replaced_meter_closes_and_the_new_one_goes_on_from_it(self, book, take) -> None:
        take("meters", file("A-1;77;cold_water;Vonia;2020-01-10;0;;", more=self.MORE))
        rows = (
            "A-1;77;cold_water;Vonia;;;2026-05-06;812,4",
            "A-1;78;cold_water;Vonia;2026-05-06;0,2;;",
        )
        assert take("meters", file(*rows, more=self.MORE)).counts == counted(created=1, updated=1)
        old, new = Meter.objects.get(serial="77"), Meter.objects.get(serial="78")
        assert new.replaces == old
        assert ends(old)[1:] == [("final", Decimal("812.4"), date(2026, 5, 6), True)]
        assert ends(new) == [("opening", Decimal("0.2"), date(2026, 5, 6), True)]
        assert (old.last_value, old.last_kind) == (Decimal("812.4"), "final")
        assert take("meters", file(*rows, more=self.MORE)).counts == counted(unchanged=2)

    def test_a_corrected_end_keeps_the_earlier_one(self, book, take) -> None:
        take("meters", file("A-1;77;cold_water;;;;2026-05-06;812,4", more=self.MORE))
        take("meters", file("A-1;77;cold_water;;;;2026-05-06;821,4", more=self.MORE))
        assert ends(Meter.objects.get()) == [
            ("final", Decimal("812.4"), date(2026, 5, 6), False),
            ("final", Decimal("821.4"), date(2026, 5, 6), True),
        ]

    def replaced(self) -> dict[str, str | None]:
        return dict(Meter.objects.values_list("serial", "replaces__serial"))

    def test_only_a_meter_of_the_same_type_and_register_put_in_afterwards_replaces(self, book, take) -> None:
        more = self.MORE + ";register"
        take("meters", file(
            "A-1;1;electricity;;2020-01-01;;2026-05-06;;T1",
            "A-1;2;electricity;;2026-05-06;;;;T2",
            "A-1;3;gas;;2026-05-06;;;;",
            "A-1;4;electricity;;2026-05-05;;;;T1",
            "A-1;5;electricity;;2026-05-07;;;;T1",
            "A-1;6;cold_water;;2020-01-01;;2026-05-06;;",
            more=more,
        ))  # fmt: skip
        assert self.replaced() == {"1": None, "2": None, "3": None, "4": None, "5": "1", "6": None}

    def test_two_meters_replaced_at_once_are_matched_by_their_places(self, book, take) -> None:
        take("meters", file(
            "A-1;1;cold_water;Virtuvė;2020-01-01;;2026-05-06;",
            "A-1;2;cold_water;Vonia;2020-01-01;;2026-05-06;",
            "A-1;3;cold_water;vonia;2026-05-06;;;",
            "A-1;4;cold_water;virtuvė;2026-05-06;;;",
            more=self.MORE,
        ))  # fmt: skip
        assert self.replaced() == {"1": None, "2": None, "3": "2", "4": "1"}

    def test_one_at_another_place_is_not_in_the_stead_of_the_removed_one(self, book, take) -> None:
        take("meters", file(
            "A-1;1;cold_water;Virtuvė;2020-01-01;;2026-05-06;",
            "A-1;2;cold_water;Vonia;2026-05-06;;;",
            more=self.MORE,
        ))  # fmt: skip
        assert self.replaced() == {"1": None, "2": None}

    def test_which_of_two_was_meant_is_left_to_staff(self, book, take) -> None:
        take("meters", file(
            "A-1;1;cold_water;;2020-01-01;;2026-05-06;",
            "A-1;2;cold_water;;2020-01-01;;2026-05-06;",
            "A-1;3;cold_water;;2026-05-06;;;",
            "A-1;4;cold_water;;2026-05-06;;;",
            more=self.MORE,
        ))  # fmt: skip
        assert set(self.replaced().values()) == {None}

    def test_three_in_a_row_at_one_place(self, book, take) -> None:
        take("meters", file(
            "A-1;3;cold_water;Vonia;2026-05-06;;;",
            "A-1;1;cold_water;Vonia;2014-01-01;;2020-02-02;",
            "A-1;2;cold_water;Vonia;2020-02-02;;2026-05-06;",
            more=self.MORE,
        ))  # fmt: skip
        assert self.replaced() == {"1": None, "2": "1", "3": "2"}

    def test_a_removal_taken_back_unlinks(self, book, take) -> None:
        self.test_a_replaced_meter_closes_and_the_new_one_goes_on_from_it(book, take)
        take("meters", file("A-1;77;cold_water;;;;-;-", more=self.MORE))
        assert self.replaced() == {"77": None, "78": None}
        assert ends(Meter.objects.get(serial="77"))[-1] == (
            "final",
            Decimal("812.4"),
            date(2026, 5, 6),
            False,
        )


@pytest.mark.parametrize(
    "row",
    [
        "A-1;;heat;;;;;;",
        "A-1;---;heat;;;;;;",
        "A-1;9;steam;;;;;;",
        "A-1;9;heat;T3;;;;;",
        "A-1;9;heat;;2026-05-06;;2026-05-05;;",
        "A-1;9;heat;;;;;5;",
        "A-1;9;heat;;2026-05-06;-1;;;",
        "A-1;9;heat;;2026-05-06;NaN;;;",
        "A-1;9;heat;;2026-05-06;1e3;;;",
        "A-1;9;heat;;2026-05-06;٣;;;",
        "A-1;9;heat;;2026-05-06;1,2345;;;",
        "A-1;9;electricity;;2026-05-06;1,5;;;",
        "A-1;9;gas;;2026-05-06;100000;;;",
        "A-1;9;gas;;2026-05-06;1000;;;3",
        "A-1;9;gas;;;;;;10",
        "A-1;9;gas;;2026-02-30;;;;",
        "A-1;=1+1;gas;;;;;;",
    ],
)
def test_a_bad_row_comes_back_and_the_rest_goes_in(book, take, row) -> None:
    more = ";register;installed_on;initial_reading;removed_on;final_reading;integer_digits"
    result = take("meters", file(row, "A-1;good;gas;;2026-05-06;99999,999;;;", more=more))
    assert (result.status, result.counts) == (1, counted(created=1, rejected=1))
    assert [error["line"] for error in result.errors] == ["2"]
    assert result.errors[0]["error"]
    assert list(Meter.objects.values_list("serial", flat=True)) == ["good"]


def test_what_a_row_would_make_of_a_meter_on_file_is_judged_too(book, take) -> None:
    MeterFactory(property=book.premises.get(), serial="77", type="heat", installed_on=date(2026, 5, 6))
    result = take("meters", file("A-1;77;heat;2026-05-05", more=";removed_on"))
    assert result.counts == counted(rejected=1)


def test_two_rows_of_one_meter(book, take) -> None:
    rows = ("A-1;7-7;heat;Rūsys", "a1;77;heat;Palėpė", "A-1;78;heat;X", "A-1;78;heat;X")
    assert take("meters", file(*rows, more=";place")).counts == counted(created=1, rejected=2)
    assert Meter.objects.get().serial == "78"


def test_the_same_serial_in_two_flats_is_two_meters(book, take) -> None:
    BookFactory(managing_company=book.managing_company, payer_code="B-1")
    assert take("meters", file("A-1;77;heat", "B-1;77;heat")).counts == counted(created=2)
    assert Property.objects.filter(meters__serial="77").count() == 2
