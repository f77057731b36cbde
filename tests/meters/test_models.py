"""What PostgreSQL refuses about meters and readings, and whose they are."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection

from accounts.models import User
from meters.models import LateWindow, Meter, Reading, ReadingCase, ReadingExport
from properties.capabilities import Capability
from properties.models import Building, ManagingCompany, PaymentBook, Property
from tests.factories import BookFactory, MeterFactory, ReadingFactory

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def meter(flat: Property) -> Meter:
    return MeterFactory(property=flat)


@pytest.fixture
def reading(meter: Meter, book: PaymentBook) -> Reading:
    return ReadingFactory(meter=meter, payment_book=book)


def refuses(constraint: str, change: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        change()


METERS: list[tuple[str, dict[str, Any]]] = [
    ("serial_has_letters_or_digits", {"serial_key": ""}),
    ("register_is_known", {"register": "T3"}),
    ("meter_type_is_known", {"type": "steam"}),
    ("dial_has_some_digits", {"integer_digits": 0}),
    ("dial_has_some_digits", {"integer_digits": 10}),
    ("dial_has_some_digits", {"decimal_digits": 4}),
    ("meter_values_are_numbers", {"initial_reading": Decimal("-0.001")}),
    ("final_reading_is_of_a_removed_meter", {"final_reading": 5}),
    (
        "meter_is_removed_after_it_is_installed",
        {"installed_on": date(2026, 1, 2), "removed_on": date(2026, 1, 1)},
    ),
    ("last_reading_is_whole_or_absent", {"last_value": 5}),
    ("last_reading_is_whole_or_absent", {"last_kind": "monthly"}),
]


@pytest.mark.parametrize(("constraint", "fields"), METERS)
def test_no_impossible_meter(meter: Meter, constraint: str, fields: dict[str, Any]) -> None:
    refuses(constraint, lambda: Meter.objects.filter(pk=meter.pk).update(**fields))


def test_no_meter_replaces_itself(meter: Meter) -> None:
    refuses("meter_replaces_another", lambda: Meter.objects.update(replaces=meter.pk))


def test_one_meter_per_serial_type_and_register(meter: Meter) -> None:
    MeterFactory(property=meter.property, serial=meter.serial, type="hot_water")
    MeterFactory(property=meter.property, serial=meter.serial, register="T1")
    MeterFactory(serial=meter.serial)
    refuses(
        "one_meter_per_property_serial_type_and_register",
        lambda: MeterFactory(property=meter.property, serial=f"-{meter.serial[:4]} {meter.serial[4:]}"),
    )


def test_a_type_gives_unit_and_digits(flat: Property) -> None:
    dials = {
        kind: (row.unit, row.integer_digits, row.decimal_digits)
        for kind in Meter.Type
        for row in [MeterFactory(property=flat, type=kind)]
    }
    assert dials == {
        "cold_water": ("m³", 5, 3),
        "hot_water": ("m³", 5, 3),
        "electricity": ("kWh", 6, 0),
        "gas": ("m³", 5, 3),
        "heat": ("MWh", 6, 3),
    }
    own = MeterFactory(property=flat, type="heat", unit="kWh", integer_digits=7, decimal_digits=0)
    assert (own.unit, own.integer_digits, own.decimal_digits) == ("kWh", 7, 0)


READINGS: list[tuple[str, dict[str, Any]]] = [
    ("reading_is_a_number", {"value": Decimal("-0.001")}),
    ("reading_period_is_a_first_day_of_month", {"period": date(2026, 10, 2)}),
    ("reading_kind_is_known", {"kind": "guess"}),
    ("reading_source_is_known", {"source": "rumour"}),
]


@pytest.mark.parametrize(("constraint", "fields"), READINGS)
def test_no_impossible_reading(reading: Reading, constraint: str, fields: dict[str, Any]) -> None:
    refuses(constraint, lambda: Reading.objects.filter(pk=reading.pk).update(**fields))


@pytest.mark.parametrize(
    ("table", "column", "constraint"),
    [
        ("meters_reading", "value", "reading_is_a_number"),
        ("meters_meter", "initial_reading", "meter_values_are_numbers"),
        ("meters_meter", "final_reading", "meter_values_are_numbers"),
    ],
)
def test_nan_is_no_number(reading: Reading, table: str, column: str, constraint: str) -> None:
    Meter.objects.update(removed_on=date(2026, 10, 30))

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {column} = 'NaN'")

    refuses(constraint, write)


def test_no_reading_replaces_itself(reading: Reading) -> None:
    refuses("reading_replaces_another", lambda: Reading.objects.update(replaces=reading.pk))


def test_one_current_reading_per_month(reading: Reading, meter: Meter, book: PaymentBook) -> None:
    again = {"meter": meter, "payment_book": book, "period": OCTOBER}
    ReadingFactory(**again, kind="estimate")
    ReadingFactory(**again, kind="handover")
    ReadingFactory(**again, replaced_at=NOW)
    ReadingFactory(**(again | {"period": date(2026, 9, 1)}))
    ReadingFactory(
        **(again | {"payment_book": BookFactory(managing_company=book.managing_company, premises=[])})
    )
    refuses("one_current_reading_per_month", lambda: ReadingFactory(**again, read_on=date(2026, 10, 25)))


@pytest.mark.parametrize("kind", ["opening", "final"])
def test_a_meter_begins_and_ends_once(meter: Meter, book: PaymentBook, kind: str) -> None:
    ReadingFactory(meter=meter, payment_book=book, kind=kind, replaced_at=NOW)
    ReadingFactory(meter=meter, payment_book=book, kind=kind)
    refuses(
        "one_current_reading_per_end_of_a_meter",
        lambda: ReadingFactory(meter=meter, payment_book=book, kind=kind, read_on=date(2026, 1, 1)),
    )


def test_a_reading_is_corrected_once(reading: Reading, meter: Meter, book: PaymentBook) -> None:
    Reading.objects.update(replaced_at=NOW)
    ReadingFactory(meter=meter, payment_book=book, replaces=reading)
    refuses(
        "replaces_id",
        lambda: ReadingFactory(meter=meter, payment_book=book, kind="handover", replaces=reading),
    )


def test_no_impossible_late_window(meter: Meter, building: Building) -> None:
    whole = {"meter": meter, "period": OCTOBER, "opens_at": NOW, "ends_at": NOW + timedelta(days=1)}
    of = "late_window_is_for_a_building_or_a_meter"
    refuses(of, lambda: LateWindow.objects.create(**whole, building=building))


LATE: list[tuple[str, dict[str, Any]]] = [
    ("late_window_is_for_a_building_or_a_meter", {"meter": None}),
    ("late_window_ends_after_it_opens", {"ends_at": NOW}),
    ("late_window_period_is_a_first_day_of_month", {"period": NOW.date()}),
]


@pytest.mark.parametrize(("constraint", "fields"), LATE)
def test_no_late_window_of_nothing_or_no_time(
    meter: Meter, company_a: ManagingCompany, constraint: str, fields: dict[str, Any]
) -> None:
    late = LateWindow.objects.create(
        meter=meter, period=OCTOBER, opens_at=NOW, ends_at=NOW + timedelta(days=1)
    )
    assert late.managing_company == company_a
    refuses(constraint, lambda: LateWindow.objects.update(**fields))


CASES: list[tuple[str, dict[str, Any]]] = [
    ("case_value_is_a_number", {"value": Decimal("-0.001")}),
    ("case_period_is_a_first_day_of_month", {"period": NOW.date()}),
    ("settled_case_has_an_outcome", {"settled_at": NOW}),
    ("settled_case_has_an_outcome", {"outcome": "taken"}),
    ("refused_case_has_a_reason", {"settled_at": NOW, "outcome": "refused"}),
]


@pytest.mark.parametrize(("constraint", "fields"), CASES)
def test_no_impossible_case(meter: Meter, book: PaymentBook, constraint: str, fields: dict[str, Any]) -> None:
    ReadingCase.objects.create(meter=meter, payment_book=book, period=OCTOBER, value=5, sent_at=NOW)
    refuses(constraint, lambda: ReadingCase.objects.update(**fields))


def test_one_open_case_per_meter_and_period(meter: Meter, book: PaymentBook) -> None:
    case = {"meter": meter, "payment_book": book, "period": OCTOBER, "value": 5, "sent_at": NOW}
    ReadingCase.objects.create(**case, settled_at=NOW, outcome="taken")
    ReadingCase.objects.create(**case)
    refuses("one_open_case_per_meter_and_period", lambda: ReadingCase.objects.create(**case))


def test_an_export_is_of_a_month(company_a: ManagingCompany) -> None:
    refuses(
        "export_period_is_a_first_day_of_month",
        lambda: ReadingExport.objects.create(
            managing_company=company_a, period=NOW.date(), exported_at=NOW, last_reading_no=1
        ),
    )


DAYS: list[tuple[str, dict[str, Any]]] = [
    ("both_days_or_none", {"window_opens": 3}),
    ("both_days_or_none", {"window_closes": 3}),
    ("both_days_or_none", {"window_opens": 0, "window_closes": 3}),
    ("both_days_or_none", {"window_opens": 3, "window_closes": 32}),
]


@pytest.mark.parametrize(("constraint", "fields"), DAYS)
def test_a_building_has_a_whole_window_or_none(
    building: Building, constraint: str, fields: dict[str, Any]
) -> None:
    refuses(constraint, lambda: Building.objects.filter(pk=building.pk).update(**fields))


def test_a_building_may_have_a_window(building: Building) -> None:
    assert Building.objects.filter(pk=building.pk).update(window_opens=25, window_closes=3) == 1


# ── Whose ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 10, 20, 12, tzinfo=UTC)


def declares(person: User, now: datetime) -> set[Meter]:
    return set(Meter.objects.visible_to(person, Capability.DECLARE, at=now))


def sees(person: User, now: datetime) -> set[Meter]:
    return set(Meter.objects.visible_to(person, Capability.SEE_READINGS, at=now))


def test_own_meters_are_declared_by_whoever_may(
    meter: Meter,
    holder: User,
    guest: User,
    guest_declares: User,
    guest_pays: User,
    stranger: User,
    now: datetime,
) -> None:
    people = (holder, guest, guest_declares, guest_pays, stranger)
    assert [declares(one, now) for one in people] == [{meter}, {meter}, {meter}, set(), set()]
    assert [sees(one, now) for one in people] == [{meter}, {meter}, {meter}, set(), set()]


def test_clients_of_a_company_that_takes_none_declare_nothing(
    meter: Meter, holder: User, company_a: ManagingCompany, now: datetime
) -> None:
    company_a.declares_readings = False
    company_a.save()
    assert declares(holder, now) == set()
    assert sees(holder, now) == {meter}


def test_a_former_owner_keeps_the_meters_of_their_time(
    former_holder: User, former_book: PaymentBook, now: datetime
) -> None:
    place, last = former_book.premises.get(), former_book.closed_on
    assert last is not None
    at = datetime(last.year, last.month, last.day, 12, tzinfo=UTC) + timedelta(days=40)
    old = {MeterFactory(property=place, installed_on=last), MeterFactory(property=place)}
    MeterFactory(property=place, installed_on=last + timedelta(days=1))
    assert sees(former_holder, at) == old
    assert declares(former_holder, at) == set()
    assert set(Meter.objects.of_book(former_book)) == old


def test_a_new_owner_gets_no_meter_removed_before(
    holder: User, book: PaymentBook, flat: Property, now: datetime
) -> None:
    book.opened_on = date(2026, 5, 10)
    book.save()
    stay = {MeterFactory(property=flat, removed_on=date(2026, 5, 10)), MeterFactory(property=flat)}
    MeterFactory(property=flat, removed_on=date(2026, 5, 9))
    assert sees(holder, now) == stay


def test_history_begins_on_the_first_day_of_the_book(
    holder: User, stranger: User, book: PaymentBook, meter: Meter, now: datetime
) -> None:
    book.opened_on = date(2026, 5, 10)
    book.save()
    mine = ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 5, 10))
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 4, 20))
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 6, 20), replaced_at=now)
    ReadingFactory(meter=meter, read_on=date(2026, 6, 20))
    assert set(Reading.objects.visible_to(holder, at=now)) == {mine}
    assert not Reading.objects.visible_to(stranger, at=now)
    # Whoever names a book does not see it by that.


def test_meters_in_place(flat: Property) -> None:
    day = date(2026, 10, 20)
    there = {
        MeterFactory(property=flat),
        MeterFactory(property=flat, installed_on=day),
        MeterFactory(property=flat, removed_on=day),
    }
    MeterFactory(property=flat, installed_on=day + timedelta(days=1))
    MeterFactory(property=flat, removed_on=day - timedelta(days=1))
    assert set(Meter.objects.in_place(on=day)) == there
