"""What becomes of declared lines: kept once, corrected in sight, asked about, refused."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from meters import histories
from meters.late_windows import open_late
from meters.models import Meter, Reading
from meters.readings import Line, Outcome, Result, declare
from meters.window import VILNIUS
from properties.models import Building, PaymentBook, Property
from tests import tables
from tests.factories import BookFactory, MeterFactory, ReadingFactory
from tests.meters.conftest import AT, Declare

OCTOBER = date(2026, 10, 1)
RESIDENT, STAFF, IMPORT = Reading.Source.RESIDENT, Reading.Source.STAFF, Reading.Source.IMPORT


def the(outcome: Outcome) -> Reading:
    """Return the reading that a line became."""
    assert outcome.reading_id is not None
    return Reading.objects.get(pk=outcome.reading_id)


def in_october() -> list[tuple[Decimal, bool]]:
    """Return the values of October and whether each still stands, oldest first."""
    rows = Reading.objects.filter(period=OCTOBER).order_by("pk")
    return [(row.value, row.replaced_at is None) for row in rows]


def test_a_declared_reading_stands_with_its_period_and_person(
    press: Declare, meter: Meter, book: PaymentBook, holder: User
) -> None:
    outcome = press("109.5")
    assert outcome.result == Result.DECLARED
    row = the(outcome)
    assert (row.meter, row.payment_book, row.kind, row.period) == (meter, book, "monthly", OCTOBER)
    assert (row.value, row.read_on, row.declared_at) == (Decimal("109.500"), date(2026, 10, 20), AT)
    assert (row.source, row.declared_by, row.is_unusual) == ("resident", holder, False)
    meter.refresh_from_db()
    assert (meter.last_value, meter.last_on, meter.last_kind, meter.last_period, meter.last_book) == (
        Decimal("109.500"),
        date(2026, 10, 20),
        "monthly",
        OCTOBER,
        book,
    )


def test_the_same_again_changes_nothing(press: Declare) -> None:
    first = press("109.5")
    before = tables.state()
    again = press("109,500".replace(",", "."), at=AT + timedelta(minutes=1))
    assert (again.result, again.reading_id) == (Result.UNCHANGED, first.reading_id)
    assert tables.state() == before


def test_another_value_needs_to_have_seen_the_first(
    press: Declare, holder: User, co_holder: User, meter: Meter
) -> None:
    first = press("109")
    before = tables.state()
    with translation.override("en"):
        second = press("108", by=co_holder, at=AT + timedelta(hours=1))
    assert (second.result, second.reading_id) == (Result.ALREADY, first.reading_id)
    assert second.words == (
        "Birutė Pavyzdienė declared 109\u00a0m³ for October 2026 on 20 October 2026, 15:00 already. "
        "To correct it, press “Declare” again."
    )
    assert tables.state() == before
    third = press("108", by=co_holder, at=AT + timedelta(hours=1), corrects=first.reading_id)
    assert third.result == Result.CORRECTED
    row = the(third)
    assert (row.replaces_id, row.declared_by) == (first.reading_id, co_holder)
    assert in_october() == [(Decimal(109), False), (Decimal(108), True)]
    assert the(first).replaced_at == AT + timedelta(hours=1)
    meter.refresh_from_db()
    assert meter.last_value == 108


def test_an_old_tab_corrects_nothing_that_it_has_not_seen(press: Declare) -> None:
    first = press("109")
    second = press("108", corrects=first.reading_id)
    third = press("107", corrects=first.reading_id)
    assert (third.result, third.reading_id) == (Result.ALREADY, second.reading_id)
    assert in_october() == [(Decimal(109), False), (Decimal(108), True)]


def test_a_correction_is_not_compared_with_what_it_corrects(press: Declare) -> None:
    first = press("109")
    assert press("107", corrects=first.reading_id).result == Result.CORRECTED
    assert press("106", corrects=Reading.objects.latest("pk").pk).result == Result.CORRECTED
    assert press("105", corrects=Reading.objects.latest("pk").pk).code == "lower_than_earlier"


def test_a_question_is_answered_for_one_value(press: Declare) -> None:
    asked = press("190")
    assert (asked.result, [question.code for question in asked.questions]) == (Result.ASKS, ["unusual"])
    assert in_october() == []
    # Confirmed for 190, changed to 195: that is asked about again.
    assert press("195", confirmed=Decimal(190)).result == Result.ASKS
    taken = press("190", confirmed=Decimal("190.000"))
    assert taken.result == Result.DECLARED
    assert the(taken).is_unusual


def test_a_file_is_not_asked_and_is_marked(press: Declare) -> None:
    taken = press("190", source=IMPORT, by=None, period=OCTOBER)
    assert taken.result == Result.DECLARED
    row = the(taken)
    assert (row.is_unusual, row.source, row.declared_by) == (True, "import", None)


def test_a_refused_value_may_be_sent(press: Declare) -> None:
    before = tables.state()
    refused = press("99")
    assert (refused.result, refused.code, refused.may_be_sent) == (
        Result.REFUSED,
        "lower_than_earlier",
        True,
    )
    assert refused.period == OCTOBER
    assert tables.state() == before


def test_good_lines_are_kept_and_bad_ones_come_back(
    press: Declare, meter: Meter, book: PaymentBook, flat: Property, holder: User
) -> None:
    others = [MeterFactory(property=flat, type=kind) for kind in ("hot_water", "electricity")]
    foreign = MeterFactory()
    values = ((meter, "99"), (others[0], "5.5"), (others[1], "0.5"), (foreign, "7"))
    lines = [Line(meter_id=one.pk, payment_book_id=book.pk, value=Decimal(value)) for one, value in values]
    lines.append(Line(meter_id=0, payment_book_id=book.pk, value=Decimal(1)))
    outcomes = declare(lines=lines, by=holder, at=AT, source=RESIDENT)
    assert [(one.line, one.code) for one in outcomes] == list(
        zip(
            lines,
            ["lower_than_earlier", "declared", "too_many_decimals", "not_ones_meter", "not_ones_meter"],
            strict=True,
        )
    )
    assert [row.meter for row in Reading.objects.filter(period=OCTOBER)] == [others[0]]


def test_the_same_meter_twice_in_one_submission(press: Declare, meter: Meter, book: PaymentBook) -> None:
    line = Line(meter_id=meter.pk, payment_book_id=book.pk, value=Decimal(109))
    other = Line(meter_id=meter.pk, payment_book_id=book.pk, value=Decimal(108))
    outcomes = declare(lines=[line, line, other], by=None, at=AT, source=RESIDENT)
    assert [one.code for one in outcomes] == ["declared", "unchanged", "twice"]
    assert in_october() == [(Decimal(109), True)]


def test_a_thousand_lines_take_as_many_queries_as_one(press: Declare, flat: Property, holder: User) -> None:
    def queries(count: int) -> int:
        books = [BookFactory(managing_company=flat.managing_company, premises=[flat])] * count
        meters = [MeterFactory(property=flat) for _number in range(count)]
        lines = [
            Line(meter_id=one.pk, payment_book_id=book.pk, value=Decimal(5))
            for one, book in zip(meters, books, strict=True)
        ]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            outcomes = declare(lines=lines, by=holder, at=AT, source=RESIDENT)
        assert {one.result for one in outcomes} == {Result.DECLARED}
        return len([one for one in captured if "SAVEPOINT" not in one["sql"]])

    assert (queries(1), queries(100)) == (3, 3)


# ── When ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2026, 10, 14, 23, 59, 59, 999999, VILNIUS), "window_closed"),
        (datetime(2026, 10, 15, tzinfo=VILNIUS), "declared"),
        (datetime(2026, 10, 27, 23, 59, 59, 999999, VILNIUS), "declared"),
        (datetime(2026, 10, 28, tzinfo=VILNIUS), "window_closed"),
    ],
)
def test_a_resident_is_judged_at_receipt(press: Declare, at: datetime, code: str) -> None:
    outcome = press("109", at=at)
    assert outcome.code == code
    assert len(in_october()) == (code == "declared")


def test_the_words_of_a_closed_window_say_when(press: Declare) -> None:
    with translation.override("en"):
        closed = press("109", at=datetime(2026, 10, 28, tzinfo=VILNIUS))
    assert closed.words == "Readings are not taken now. They will be from 15 November."


def test_a_building_has_its_own_window(press: Declare, building: Building) -> None:
    Building.objects.filter(pk=building.pk).update(window_opens=25, window_closes=3)
    assert press("109").code == "window_closed"
    across = press("109", at=datetime(2026, 11, 3, 23, 59, tzinfo=VILNIUS))
    assert (across.code, across.period) == ("declared", OCTOBER)


@pytest.mark.parametrize("of", ["building", "meter"])
def test_a_late_window_lets_one_declare_for_its_period(
    press: Declare, meter: Meter, building: Building, staff_a: User, of: str
) -> None:
    at = datetime(2026, 11, 5, 12, tzinfo=VILNIUS)
    assert press("109", at=at).code == "window_closed"
    place: dict[str, Any] = {"building": building} if of == "building" else {"meter": meter}
    open_late(
        period=OCTOBER,
        opens_at=datetime(2026, 11, 5, tzinfo=VILNIUS),
        ends_at=datetime(2026, 11, 6, tzinfo=VILNIUS),
        by=staff_a,
        **place,
    )
    late = press("109", at=at)
    assert (late.code, late.period) == ("declared", OCTOBER)
    assert press("110", at=datetime(2026, 11, 6, tzinfo=VILNIUS)).code == "window_closed"


def test_staff_declare_for_any_month_and_day(press: Declare, staff_a: User) -> None:
    at = datetime(2026, 11, 5, 12, tzinfo=VILNIUS)
    behalf: dict[str, Any] = {"source": STAFF, "by": staff_a, "at": at}
    # Without a word: the last window that has opened.
    assert press("109", **behalf).period == OCTOBER
    june = press("98", **behalf, period=date(2026, 6, 1), read_on=date(2026, 6, 20))
    assert (june.code, june.period) == ("declared", date(2026, 6, 1))
    back = press("104.5", **behalf, period=date(2026, 8, 1), read_on=date(2026, 9, 1))
    assert back.code == "already"
    high = press(
        "150", **behalf, period=date(2026, 6, 1), read_on=date(2026, 6, 25), corrects=june.reading_id
    )
    assert high.code == "higher_than_later"


def test_a_back_dated_reading_is_not_the_last(press: Declare, meter: Meter, staff_a: User) -> None:
    press("98", source=STAFF, by=staff_a, period=date(2026, 6, 1), read_on=date(2026, 6, 20))
    meter.refresh_from_db()
    assert (meter.last_value, meter.last_on) == (106, date(2026, 9, 20))


def test_a_correction_of_an_earlier_day_finds_the_last_again(
    press: Declare, meter: Meter, book: PaymentBook, staff_a: User
) -> None:
    ReadingFactory(meter=meter, payment_book=book, kind="handover", read_on=date(2026, 10, 19), value=107)
    first = press("107.2")
    late = {"source": STAFF, "by": staff_a, "read_on": date(2026, 10, 16)}
    assert press("107", **late, corrects=first.reading_id).code == "corrected"
    meter.refresh_from_db()
    assert (meter.last_value, meter.last_on, meter.last_kind) == (107, date(2026, 10, 19), "handover")


# ── Files against people ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "day", "code"),
    [
        ("109", 25, "unchanged"),
        ("110", 21, "corrected"),
        ("110", 20, "declared_later"),
        ("110", 19, "declared_later"),
    ],
)
def test_a_file_against_a_resident(press: Declare, value: str, day: int, code: str) -> None:
    press("109")
    given: dict[str, Any] = {"source": IMPORT, "by": None, "period": OCTOBER, "at": AT + timedelta(days=6)}
    assert press(value, read_on=date(2026, 10, day), **given).code == code
    assert in_october()[0] == (Decimal(109), code != "corrected")


def test_a_file_corrects_a_file(press: Declare) -> None:
    given: dict[str, Any] = {"source": IMPORT, "by": None, "period": OCTOBER, "read_on": date(2026, 10, 20)}
    assert press("109", **given).code == "declared"
    assert press("108", **given).code == "corrected"
    assert press("108", **given).code == "unchanged"


def test_months_of_a_file_build_on_each_other(meter: Meter, book: PaymentBook) -> None:
    lines = [
        Line(
            meter_id=meter.pk,
            payment_book_id=book.pk,
            value=Decimal(value),
            period=date(2026, month, 1),
            read_on=date(2026, month, 20),
        )
        for month, value in ((3, 12), (1, 5), (2, 8), (4, 11), (5, 900))
    ]
    outcomes = declare(lines=lines, by=None, at=AT, source=IMPORT)
    assert [one.code for one in outcomes] == [
        "declared",
        "declared",
        "declared",
        "lower_than_earlier",
        "declared",
    ]
    flags = dict(Reading.objects.values_list("value", "is_unusual"))
    assert flags == {Decimal(5): False, Decimal(8): False, Decimal(12): False, Decimal(900): True}


# ── Whose ───────────────────────────────────────────────────────────────────────────────────────


def sold(book: PaymentBook, flat: Property, on: date) -> PaymentBook:
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=on - timedelta(days=1))
    return BookFactory(managing_company=book.managing_company, premises=[flat], opened_on=on)


def test_a_new_owner_begins_with_the_handover(
    press: Declare, meter: Meter, book: PaymentBook, flat: Property, stranger: User
) -> None:
    mine = sold(book, flat, date(2026, 10, 1))
    lower = press("105", payment_book_id=mine.pk, by=stranger)
    assert lower.code == "lower_than_earlier"
    # 80 m³ would be asked of the former owner; the new one has no median yet.
    assert press("186", payment_book_id=mine.pk, by=stranger).code == "declared"
    assert press("110").code == "book_not_open"


def test_a_handover_entered_by_staff_goes_first(
    press: Declare, meter: Meter, book: PaymentBook, flat: Property, stranger: User
) -> None:
    ReadingFactory(meter=meter, payment_book=book, kind="handover", read_on=date(2026, 9, 15), value=104)
    mine = sold(book, flat, date(2026, 10, 1))
    assert press("103", payment_book_id=mine.pk, by=stranger).code == "lower_than_earlier"
    assert press("105", payment_book_id=mine.pk, by=stranger).code == "declared"


def test_a_meter_without_readings_begins_with_its_own(
    flat: Property, book: PaymentBook, holder: User
) -> None:
    new = MeterFactory(property=flat, initial_reading=Decimal("12.5"), installed_on=date(2026, 10, 1))
    line = Line(meter_id=new.pk, payment_book_id=book.pk, value=Decimal(12))
    [lower] = declare(lines=[line], by=holder, at=AT, source=RESIDENT)
    assert lower.code == "lower_than_earlier"


def test_a_remote_meter_is_refused_on_the_page_only(press: Declare, meter: Meter, staff_a: User) -> None:
    Meter.objects.update(is_remote=True)
    assert press("109").code == "remote"
    assert press("109", source=STAFF, by=staff_a).code == "declared"


def test_a_removed_meter_takes_nothing_more(press: Declare, meter: Meter) -> None:
    Meter.objects.update(removed_on=date(2026, 10, 19))
    assert press("109").code == "after_removed"
    Meter.objects.update(removed_on=date(2026, 10, 20))
    assert press("109").code == "declared"


def test_the_former_owner_is_not_named(
    press: Declare, meter: Meter, book: PaymentBook, flat: Property
) -> None:
    mine = sold(book, flat, date(2026, 10, 1))
    [facts] = histories.read(pairs=[(meter.pk, mine.pk)], on=AT.date()).values()
    [point] = facts.points
    assert (point.value, point.on, point.is_own) == (Decimal(106), date(2026, 9, 20), False)
    assert (point.declared_at, point.declared_by_id, point.source) == (None, None, "")


def test_an_own_reading_of_the_first_day_is_no_handover(
    meter: Meter, book: PaymentBook, flat: Property, history: list[Reading]
) -> None:
    mine = sold(book, flat, date(2026, 10, 1))
    first = ReadingFactory(meter=meter, payment_book=mine, read_on=date(2026, 10, 1), value=107)
    [facts] = histories.read(pairs=[(meter.pk, mine.pk)], on=AT.date()).values()
    assert [(point.value, point.is_own) for point in facts.points] == [
        (Decimal(106), False),
        (Decimal(107), True),
    ]
    assert facts.points[1].id == first.pk
