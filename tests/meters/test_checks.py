"""The one validator: what it takes, asks about and refuses, at the edge of every rule."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from meters.checks import Accepted, Neighbour, Questions, Refused, Verdict, judge
from meters.dials import DIALS
from meters.facts import Facts, Point, in_order

ON = date(2026, 10, 20)
METER, OLD = 1, 9


def facts(kind: str = "cold_water", *, points: tuple[Point, ...] = (), **given: Any) -> Facts:
    dial = DIALS[kind]
    whole: dict[str, Any] = {
        "meter_id": METER,
        "payment_book_id": 1,
        "property_id": 1,
        "building_id": 1,
        "serial": "41820731",
        "register": "",
        "place": "",
        "type": kind,
        "unit": dial.unit,
        "integer_digits": dial.integer_digits,
        "decimal_digits": dial.decimal_digits,
        "points": in_order(points),
    }
    return Facts(**(whole | given))


_ids = iter(range(1, 1_000_000))


def point(value: object, days_ago: int, **given: Any) -> Point:
    on = ON - timedelta(days=days_ago)
    whole: dict[str, Any] = {
        "id": next(_ids),
        "meter_id": METER,
        "value": Decimal(str(value)),
        "on": on,
        "kind": "monthly",
        "period": on.replace(day=1),
    }
    return Point(**(whole | given))


def monthly(first: object, *uses: object, **given: Any) -> tuple[Point, ...]:
    """Return readings every 30 days, the last one 30 days ago, with these uses between them."""
    value, count, points = Decimal(str(first)), len(uses), []
    for place in range(count + 1):
        points.append(point(value, 30 * (count + 1 - place), **given))
        value += Decimal(str(uses[place])) if place < count else 0
    return tuple(points)


# 12 readings, 3 m³ in 30 days, the last one 133 m³.
STEADY = monthly(100, *[3] * 11)


def verdict(value: object, known: Facts, **given: Any) -> Verdict:
    whole: dict[str, Any] = {"value": Decimal(str(value)), "on": ON, "today": ON, "facts": known}
    return judge(**(whole | given))


def code_of(found: Verdict) -> str | tuple[str, ...]:
    """Return "accepted", the code of a refusal, or the codes of what is asked."""
    if isinstance(found, Refused):
        return found.code
    if isinstance(found, Questions):
        return tuple(question.code for question in found.items)
    return "accepted"


def code(value: object, known: Facts, **given: Any) -> str | tuple[str, ...]:
    return code_of(verdict(value, known, **given))


# ── Refused ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("-0.001", "negative"),
        ("NaN", "negative"),
        ("Infinity", "negative"),
        ("0", "accepted"),
        ("99999.999", "accepted"),
        ("100000", "too_many_digits"),
        ("5.123", "accepted"),
        ("5.1230", "accepted"),
        ("5.1234", "too_many_decimals"),
    ],
)
def test_what_the_dial_can_show(value: str, expected: str) -> None:
    assert code(value, facts()) == expected


def test_a_dial_of_whole_numbers() -> None:
    known = facts("electricity")
    assert [code(value, known) for value in ("999999", "1000000", "5.0", "5.5")] == [
        "accepted",
        "too_many_digits",
        "accepted",
        "too_many_decimals",
    ]


@pytest.mark.parametrize(
    ("given", "shift", "expected"),
    [
        ({}, 0, "accepted"),
        ({}, 1, "in_the_future"),
        ({"removed_on": ON}, 0, "accepted"),
        ({"removed_on": ON - timedelta(days=1)}, 0, "after_removed"),
        ({"installed_on": ON}, 0, "accepted"),
        ({"installed_on": ON}, -1, "before_installed"),
        ({"book_opened_on": ON}, 0, "accepted"),
        ({"book_opened_on": ON}, -1, "book_not_open"),
        ({"book_closed_on": ON}, 0, "accepted"),
        ({"book_closed_on": ON - timedelta(days=1)}, 0, "book_not_open"),
        ({"is_of_book": False}, 0, "not_ones_meter"),
        ({"is_remote": True}, 0, "accepted"),
    ],
)
def test_the_day_and_the_meter(given: dict[str, Any], shift: int, expected: str) -> None:
    assert code(5, facts(**given), on=ON + timedelta(days=shift)) == expected


def test_a_remote_meter_on_the_page() -> None:
    assert code(5, facts(is_remote=True), is_on_page=True) == "remote"


def test_lower_than_before_may_be_sent_to_staff() -> None:
    known = facts(points=STEADY)
    assert [code(value, known) for value in ("133", "132.999")] == ["accepted", "lower_than_earlier"]
    found = verdict("100", known)
    assert isinstance(found, Refused)
    assert found.may_be_sent
    with translation.override("en"):
        words = verdict("100", known)
    assert isinstance(words, Refused)
    assert words.words == "This is less than the meter showed on 20 September 2026: 133\u00a0m³."


def test_who_left_out_the_red_digits_is_told_to_write_them() -> None:
    known = facts(points=(*STEADY[:-1], point("133.500", 30)))
    hints = {}
    for value in ("133", "132", "133.499"):
        found = verdict(value, known)
        assert isinstance(found, Refused)
        with translation.override("en"):
            again = verdict(value, known)
        assert isinstance(again, Refused)
        hints[value] = "digits after the point too" in again.words
    assert hints == {"133": True, "132": False, "133.499": False}


def test_lower_than_the_beginning_of_unknown_day() -> None:
    known = facts(points=(point(50, 0, on=None, kind="opening", period=None, id=None, is_own=False),))
    assert [code(value, known) for value in ("49", "50", "99999")] == [
        "lower_than_earlier",
        "accepted",
        "accepted",
    ]


def test_a_back_dated_value_lies_between() -> None:
    known = facts(points=(*monthly(100, 3), point(110, -10)))
    given = {"today": ON + timedelta(days=20)}
    assert [code(value, known, **given) for value in ("103", "110", "110.001", "102")] == [
        "accepted",
        "accepted",
        "higher_than_later",
        "lower_than_earlier",
    ]


def test_a_back_dated_value_before_the_dial_went_round() -> None:
    known = facts(points=(*monthly(99990, 3), point(2, -10, is_rollover=True)))
    given = {"today": ON + timedelta(days=20)}
    assert [code(value, known, **given) for value in ("99996", "1")] == ["accepted", "lower_than_earlier"]


def test_a_correction_is_not_compared_with_what_it_corrects() -> None:
    wrong = point(990, 2)
    known = facts(points=(*STEADY, wrong))
    assert code(136, known) == "lower_than_earlier"
    assert code(136, known, corrects=wrong.id) == "accepted"


# ── Asked ───────────────────────────────────────────────────────────────────────────────────────


def test_three_times_the_median_day_is_asked_about() -> None:
    # 3 m³ in 30 days: up to 9 m³, and never below the floor of 0.25 m³ a day, 7.5 m³.
    known = facts(points=STEADY)
    assert [code(133 + used, known) for used in (0, 3, 9)] == ["accepted"] * 3
    assert code("142.001", known) == ("unusual",)
    with translation.override("en"):
        found = verdict(146, known)
    assert isinstance(found, Questions)
    assert [question.words for question in found.items] == [
        "That makes 13\u00a0m³ in 30 days; usually it is about 3\u00a0m³."
    ]


def test_limits_are_per_day() -> None:
    # Three missed months: 36 m³ are as usual as 9 m³ in one.
    known = facts(points=STEADY)
    later = ON + timedelta(days=90)
    assert [code(133 + used, known, on=later, today=later) for used in (36, 37)] == ["accepted", ("unusual",)]


def test_nobody_is_asked_about_less_than_the_floor() -> None:
    known = facts(points=monthly(100, *[Decimal("0.1")] * 11))
    last = Decimal("101.1")
    assert [code(last + used, known) for used in (Decimal("7.5"), Decimal("7.501"))] == [
        "accepted",
        ("unusual",),
    ]


def test_an_empty_flat_has_a_median_of_nothing() -> None:
    known = facts(points=monthly(100, *[0] * 11))
    assert [code(value, known) for value in ("100", "107", "108")] == ["accepted", "accepted", ("unusual",)]


@pytest.mark.parametrize(("readings", "expected"), [(2, "accepted"), (3, ("unusual",))])
def test_with_fewer_than_three_readings_the_median_is_silent(readings: int, expected: object) -> None:
    known = facts(points=STEADY[-readings:])
    assert code(170, known) == expected


def test_the_handover_does_not_count_as_a_reading() -> None:
    handed = point(127, 90, is_own=False)
    known = facts(points=(handed, *STEADY[-2:]))
    assert code(170, known) == "accepted"


@pytest.mark.parametrize(("before", "since"), [(30, 3), (3, 30)])
def test_only_the_last_twelve_months_count(before: int, since: int) -> None:
    known = facts(points=monthly(100, *[before] * 24, *[since] * 12))
    assert known.usual_per_day(ON) == Decimal(since) / 30


def test_the_median_day_weighs_by_days() -> None:
    # Half a year in one reading of 1 m³ a month, then three months of 6.
    known = facts(points=(point(100, 270), point(106, 90), point(112, 60), point(118, 30)))
    median = known.usual_per_day(ON)
    assert median == Decimal(6) / 180


@pytest.mark.parametrize("kind", ["heat", "gas"])
def test_heat_and_gas_look_a_year_back(kind: str) -> None:
    # Nothing in summer, 60 a month in winter: the median day is low, last October was not.
    scale = {"heat": Decimal("0.01"), "gas": Decimal(1)}[kind]
    uses = [60, 60, 60, 60, 60, 30, 3, 3, 3, 3, 30]
    a_year = monthly(1000, *[use * scale for use in (60, 60, *uses)])
    last = a_year[-1].value
    known = facts(kind, points=a_year)
    # The stretch a year before used 60: up to 120 is as then.
    assert code(last + 120 * scale, known) == "accepted"
    assert code(last + 190 * scale, known) == ("unusual",)
    # Water does not ask what was a year ago.
    water = monthly(1000, 60, 60, *uses)
    assert code(water[-1].value + 120, facts(points=water)) == ("unusual",)


def test_a_year_ago_unknown_leaves_the_median() -> None:
    known = facts("gas", points=monthly(1000, 3, 3, 3, 3))
    assert code(1012 + 30, known) == ("unusual",)


@pytest.mark.parametrize(("begun", "known"), [(381, True), (379, False)])
def test_a_year_ago_is_known_from_half_of_its_days_on(begun: int, known: bool) -> None:
    # The same 30 days a year before are those from 395 to 365 days ago.
    points = (point(0, begun), point(begun - 300, 300))
    found = facts("gas", points=points).year_ago_per_day(ON - timedelta(days=30), ON)
    assert found == (1 if known else None)


def test_a_moved_decimal_point() -> None:
    known = facts(points=monthly(40, 3, 3, 3))
    # 52,123 written without its comma.
    assert code(52123, known) == ("unusual", "decimal_point")
    with translation.override("en"):
        found = verdict(52123, known)
    assert isinstance(found, Questions)
    assert found.items[1].words.startswith("Did you mean 52,123\u00a0m³?")
    # Nobody has a history of a first month, and no flat uses 52 thousand either.
    assert code(52123, facts(points=(point(49, 30),))) == ("decimal_point",)


def test_the_dial_goes_round() -> None:
    known = facts(points=monthly(99985, 3, 3, 3))
    found = verdict("2", known)
    assert isinstance(found, Questions)
    assert (code_of(found), found.is_rollover) == (("rollover",), True)
    with translation.override("en"):
        found = verdict("2", known)
    assert isinstance(found, Questions)
    assert found.items[0].words == (
        "Has the meter passed 99\u00a0999 and begun at zero again? Then 8\u00a0m³ were used."
    )
    # 90 m³ in 30 days is the most that is plausible.
    assert [code(value, known) for value in ("84", "84.001")] == [
        ("rollover", "unusual"),
        "lower_than_earlier",
    ]


def test_a_dial_of_fewer_digits_goes_round_sooner() -> None:
    known = facts(points=monthly(9985, 3, 3, 3), integer_digits=4)
    assert code("2", known) == ("rollover",)


def test_lower_than_an_estimate_is_asked_about() -> None:
    estimate = point(140, 15, kind="estimate")
    known = facts(points=(*STEADY, estimate))
    assert [code(value, known) for value in ("132", "133", "139.999", "140")] == [
        "lower_than_earlier",
        ("lower_than_estimate",),
        ("lower_than_estimate",),
        "accepted",
    ]
    # What was used is counted from the last real reading, not from the estimate.
    assert code(143, known) == ("unusual",)


def test_a_dial_that_went_round_is_not_asked_about_an_estimate_too() -> None:
    known = facts(points=(*monthly(99985, 3, 3, 3), point(99998, 15, kind="estimate")))
    assert code(2, known) == ("rollover",)


def test_a_dial_that_only_was_estimated() -> None:
    known = facts(points=(point(140, 15, kind="estimate"),))
    assert code(5, known) == ("lower_than_estimate",)


def neighbour(value: object, *points: Point, **given: Any) -> Neighbour:
    return Neighbour(facts=facts(points=points, **({"meter_id": 2} | given)), value=Decimal(str(value)))


def test_two_meters_swapped() -> None:
    other = tuple(point(p.value + 500, (ON - p.on).days, meter_id=2) for p in STEADY if p.on)
    mine, theirs = facts(points=STEADY), neighbour(136, *other)
    assert code(636, mine, neighbours=[theirs]) == ("unusual", "swapped")
    assert code(136, mine, neighbours=[neighbour(636, *other)]) == "accepted"
    # Another unit is never swapped with this one.
    assert code(636, mine, neighbours=[neighbour(136, *other, unit="kWh")]) == ("unusual",)


def test_a_moved_decimal_point_means_something_used() -> None:
    water = facts(points=monthly(40, 3, 3, 3))
    # 490 is 49,0 with a digit more; whoever wrote all the digits, 49000 for 49,000, may have used nothing.
    assert code(490, water) == ("unusual",)
    assert code(49000, water) == ("unusual", "decimal_point")


def test_of_a_dial_without_decimals_no_digits_after_a_point_are_spoken() -> None:
    power = facts("electricity", points=monthly(4000, 100, 100, 100))
    assert power.decimal_digits == 0
    assert code(43000, power) == ("unusual",)
    with translation.override("en"):
        found = verdict(43705, power)
    assert isinstance(found, Questions)
    assert found.items[1].words == "Did you mean 4\u00a0370\u00a0kWh? There may be digits too many."


def test_two_meters_swapped_before_there_is_a_median() -> None:
    mine = facts(points=(point(133, 30),))
    other = point(633, 30, meter_id=2)
    assert code(636, mine, neighbours=[neighbour(136, other)]) == ("swapped",)
    assert code(636, mine, neighbours=[neighbour(636, other)]) == "accepted"


def test_a_new_meter_goes_on_with_the_history_of_the_old() -> None:
    old = tuple(point(p.value, (ON - p.on).days + 10, meter_id=OLD) for p in STEADY if p.on)
    final = point(134, 30, meter_id=OLD, kind="final")
    opening = point("0.5", 30, kind="opening")
    known = facts(points=(*old, final, opening))
    assert code("3.5", known) == "accepted"
    # The old meter's value, read from an old note.
    assert code("187", known) == ("unusual", "decimal_point")


def test_units_have_their_floor() -> None:
    known = facts("heat", points=monthly(1000, *[10] * 4), unit="kWh")
    last = 1040
    # 0.03 MWh a day are 30 kWh.
    assert [code(last + used, known) for used in (900, 901)] == ["accepted", ("unusual",)]


def test_accepted_says_that_nothing_went_round() -> None:
    assert verdict(136, facts(points=STEADY)) == Accepted(is_rollover=False)
