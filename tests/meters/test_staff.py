"""What staff do with meters: late windows, readings sent for checking, meters put in and taken out."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from meters import cases
from meters.consumption import used_by
from meters.ends import settle_ends
from meters.late_windows import open_late
from meters.models import LateWindow, Meter, Reading, ReadingCase
from meters.window import VILNIUS
from properties.models import Building, PaymentBook, Property
from tests import tables
from tests.factories import BookFactory, MeterFactory, ReadingFactory
from tests.meters.conftest import AT, Declare

OCTOBER = date(2026, 10, 1)
Outcome = ReadingCase.Outcome


def code_of(refused: pytest.ExceptionInfo[ValidationError]) -> str | None:
    return refused.value.code


# ── Late windows ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("opens", "ends", "code"),
    [
        # October's own is over at the end of the 27th, November's opens on the 15th.
        ((10, 28), (11, 15), None),
        ((10, 27), (11, 1), "not_closed_yet"),
        ((11, 14), (11, 16), "ends_after_next_opens"),
        ((11, 2), (11, 2), "ends_before_it_opens"),
    ],
)
def test_a_late_window_lies_between_two_windows(
    building: Building, staff_a: User, opens: tuple[int, int], ends: tuple[int, int], code: str | None
) -> None:
    given: dict[str, Any] = {
        "period": OCTOBER,
        "opens_at": datetime(2026, *opens, tzinfo=VILNIUS),
        "ends_at": datetime(2026, *ends, tzinfo=VILNIUS),
        "by": staff_a,
        "building": building,
    }
    if code is None:
        late = open_late(**given)
        assert (late.building, late.opened_by, late.period) == (building, staff_a, OCTOBER)
        return
    with pytest.raises(ValidationError) as refused:
        open_late(**given)
    assert code_of(refused) == code
    assert not LateWindow.objects.exists()


def test_a_late_window_goes_by_the_days_of_the_building(building: Building, staff_a: User) -> None:
    building.window_opens, building.window_closes = 25, 3
    building.save()
    given: dict[str, Any] = {"period": OCTOBER, "by": staff_a, "building": building}
    with pytest.raises(ValidationError) as refused:
        open_late(
            **given,
            opens_at=datetime(2026, 11, 3, tzinfo=VILNIUS),
            ends_at=datetime(2026, 11, 10, tzinfo=VILNIUS),
        )
    assert code_of(refused) == "not_closed_yet"
    open_late(
        **given,
        opens_at=datetime(2026, 11, 4, tzinfo=VILNIUS),
        ends_at=datetime(2026, 11, 25, tzinfo=VILNIUS),
    )


def test_a_late_window_is_for_one_place(building: Building, meter: Meter, staff_a: User) -> None:
    places: list[dict[str, Any]] = [{}, {"building": building, "meter": meter}]
    for place in places:
        with pytest.raises(ValidationError) as refused:
            open_late(period=OCTOBER, opens_at=AT, ends_at=AT + timedelta(days=1), by=staff_a, **place)
        assert code_of(refused) == "one_of_both"


# ── Cases ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def case(press: Declare, meter: Meter, book: PaymentBook, holder: User) -> ReadingCase:
    refused = press("99")
    assert refused.may_be_sent
    return cases.send(
        meter=meter,
        payment_book=book,
        period=OCTOBER,
        value=Decimal(99),
        note="Skaitiklis keistas",
        by=holder,
        at=AT,
    )


def test_a_case_keeps_what_was_sent(case: ReadingCase, holder: User, meter: Meter) -> None:
    assert (case.value, case.note, case.person, case.sent_at) == (99, "Skaitiklis keistas", holder, AT)
    assert case.managing_company == meter.managing_company


def test_while_a_case_is_open_it_is_written_again(case: ReadingCase, holder: User, meter: Meter) -> None:
    again = cases.send(
        meter=meter,
        payment_book=case.payment_book,
        period=OCTOBER,
        value=Decimal(98),
        note="",
        by=holder,
        at=AT,
    )
    assert (again.pk, ReadingCase.objects.get().value) == (case.pk, 98)


@pytest.mark.parametrize("value", ["-1", "1000000000", "1.0005", "NaN"])
def test_what_no_dial_shows_is_no_case(meter: Meter, book: PaymentBook, holder: User, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        cases.send(
            meter=meter,
            payment_book=book,
            period=OCTOBER,
            value=Decimal(value),
            note="",
            by=holder,
            at=AT,
        )
    assert refused.value.code == "no_such_dial"


def test_a_refusal_needs_a_reason(case: ReadingCase, staff_a: User) -> None:
    with pytest.raises(ValidationError) as refused:
        cases.settle(case=case, outcome=Outcome.REFUSED, reason=" ", by=staff_a, at=AT)
    assert code_of(refused) == "reason_missing"
    cases.settle(case=case, outcome=Outcome.REFUSED, reason="Ne tas skaitiklis", by=staff_a, at=AT)
    case.refresh_from_db()
    assert (case.outcome, case.settled_at, case.settled_by) == ("refused", AT, staff_a)
    with pytest.raises(ValidationError) as settled:
        cases.settle(case=case, outcome=Outcome.TAKEN, reason="", by=staff_a, at=AT)
    assert code_of(settled) == "already_settled"


def test_a_case_is_taken_when_nothing_stands_in_its_way(
    case: ReadingCase, press: Declare, staff_a: User, history: list[Reading]
) -> None:
    later = AT + timedelta(days=14)
    before = tables.state()
    with pytest.raises(ValidationError) as refused:
        cases.settle(case=case, outcome=Outcome.TAKEN, reason="", by=staff_a, at=later)
    assert code_of(refused) == "lower_than_earlier"
    assert tables.state() == before
    # The earlier readings were of another dial.
    Reading.objects.update(value=Decimal(95))
    cases.settle(case=case, outcome=Outcome.TAKEN, reason="", by=staff_a, at=later)
    row = Reading.objects.latest("pk")
    assert (row.value, row.period, row.read_on) == (99, OCTOBER, AT.date())
    assert (row.source, row.declared_by) == ("staff", staff_a)
    case.refresh_from_db()
    assert case.outcome == "taken"


# ── Put in and taken out ────────────────────────────────────────────────────────────────────────


def ends_of(meter: Meter) -> list[tuple[str, Decimal, date, bool]]:
    rows = Reading.objects.filter(meter=meter, kind__in=["opening", "final"]).order_by("pk")
    return [(row.kind, row.value, row.read_on, row.replaced_at is None) for row in rows]


def settle(*meters: Meter) -> None:
    settle_ends(meter_ids=[meter.pk for meter in meters], at=AT, source=Reading.Source.IMPORT)


@pytest.fixture
def replaced(meter: Meter, history: list[Reading]) -> Meter:
    """Take the meter out on 1 October and put another in."""
    meter.refresh_from_db()
    meter.removed_on, meter.final_reading = OCTOBER, Decimal("107.5")
    meter.save()
    new = MeterFactory(
        property=meter.property, replaces=meter, installed_on=OCTOBER, initial_reading=Decimal("0.5")
    )
    settle(meter, new)
    return new


def test_ends_become_readings(replaced: Meter, meter: Meter, book: PaymentBook) -> None:
    assert ends_of(meter) == [("final", Decimal("107.500"), OCTOBER, True)]
    assert ends_of(replaced) == [("opening", Decimal("0.500"), OCTOBER, True)]
    assert Reading.objects.get(kind="final").period == OCTOBER
    for one, value, kind in ((meter, Decimal("107.5"), "final"), (replaced, Decimal("0.5"), "opening")):
        one.refresh_from_db()
        assert (one.last_value, one.last_on, one.last_kind, one.last_book) == (value, OCTOBER, kind, book)


def test_ends_said_again_change_nothing(replaced: Meter, meter: Meter) -> None:
    before = tables.state()
    settle(meter, replaced)
    assert tables.state() == before


def test_a_changed_end_is_corrected_and_a_cleared_one_goes(replaced: Meter) -> None:
    Meter.objects.filter(pk=replaced.pk).update(initial_reading=Decimal(1))
    settle(replaced)
    assert ends_of(replaced) == [
        ("opening", Decimal("0.500"), OCTOBER, False),
        ("opening", Decimal("1.000"), OCTOBER, True),
    ]
    first, second = Reading.objects.filter(meter=replaced).order_by("pk")
    assert second.replaces == first
    Meter.objects.filter(pk=replaced.pk).update(initial_reading=None)
    settle(replaced)
    assert [stands for *_rest, stands in ends_of(replaced)] == [False, False]
    replaced.refresh_from_db()
    assert (replaced.last_value, replaced.last_kind) == (None, "")
    Meter.objects.filter(pk=replaced.pk).update(initial_reading=Decimal(1))
    settle(replaced)
    assert [stands for *_rest, stands in ends_of(replaced)] == [False, False, True]


def test_an_end_belongs_to_the_book_of_its_day(
    meter: Meter, book: PaymentBook, flat: Property, history: list[Reading]
) -> None:
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=date(2026, 9, 30))
    new = BookFactory(managing_company=book.managing_company, premises=[flat], opened_on=OCTOBER)
    for day, of in ((date(2026, 9, 30), book), (OCTOBER, new)):
        Meter.objects.filter(pk=meter.pk).update(removed_on=day, final_reading=107)
        settle(meter)
        assert Reading.objects.get(kind="final", replaced_at=None).payment_book == of


def test_an_end_while_no_book_lasted_stays_on_the_meter(
    meter: Meter, book: PaymentBook, history: list[Reading]
) -> None:
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=date(2026, 9, 30))
    Meter.objects.filter(pk=meter.pk).update(removed_on=OCTOBER, final_reading=107)
    settle(meter)
    assert ends_of(meter) == []


# ── Used ────────────────────────────────────────────────────────────────────────────────────────


def used(*readings: Reading) -> list[Any]:
    found = used_by(readings=readings)
    return [
        (one.amount, one.days, one.spans_replacement) if (one := found.get(row.pk)) else None
        for row in readings
    ]


def test_used_since_the_reading_before(history: list[Reading], meter: Meter, book: PaymentBook) -> None:
    # October was missed: November covers both.
    missed = ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 11, 20), value=112)
    ReadingFactory(
        meter=meter, payment_book=book, read_on=date(2026, 11, 1), value=500, replaced_at=AT, kind="handover"
    )
    assert used(*history, missed) == [None, (3, 31, False), (3, 31, False), (6, 61, False)]


def test_used_while_the_dial_went_round(meter: Meter, book: PaymentBook) -> None:
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 9, 20), value=99995)
    row = ReadingFactory(meter=meter, payment_book=book, value=2, is_rollover=True)
    assert used(row) == [(7, 30, False)]


def test_used_over_a_replacement_is_one_line(replaced: Meter, meter: Meter, book: PaymentBook) -> None:
    row = ReadingFactory(meter=replaced, payment_book=book, value=Decimal("2.5"))
    after = ReadingFactory(meter=replaced, payment_book=book, value=4, read_on=date(2026, 11, 20))
    final = Reading.objects.get(kind="final")
    opening = Reading.objects.get(kind="opening")
    # 107,5 − 106 of the old one, 2,5 − 0,5 of the new one, since 20 September.
    assert used(row, after, final, opening) == [
        (Decimal("3.5"), 30, True),
        (Decimal("1.5"), 31, False),
        None,
        None,
    ]


def test_used_until_a_meter_is_taken_out_for_good(meter: Meter, history: list[Reading]) -> None:
    meter.refresh_from_db()
    meter.removed_on, meter.final_reading = OCTOBER, Decimal("107.5")
    meter.save()
    settle(meter)
    assert used(Reading.objects.get(kind="final")) == [(Decimal("1.5"), 11, False)]


def test_a_new_owner_uses_from_the_handover(
    meter: Meter, book: PaymentBook, flat: Property, history: list[Reading]
) -> None:
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=date(2026, 9, 30))
    new = BookFactory(managing_company=book.managing_company, premises=[flat], opened_on=OCTOBER)
    first = ReadingFactory(meter=meter, payment_book=new, value=108)
    second = ReadingFactory(meter=meter, payment_book=new, value=110, read_on=date(2026, 11, 20))
    assert used(first, second) == [(2, 30, False), (2, 31, False)]


def test_an_estimate_that_was_too_high_is_given_back(
    meter: Meter, book: PaymentBook, history: list[Reading]
) -> None:
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 10, 1), value=110, kind="estimate")
    row = ReadingFactory(meter=meter, payment_book=book, value=108)
    assert used(row) == [(-2, 19, False)]
