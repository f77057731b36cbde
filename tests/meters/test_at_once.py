"""Presses at the same moment, in real transactions on separate connections."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection

from accounts.models import User
from meters import cases
from meters.models import Meter, Reading, ReadingCase
from meters.readings import Line, Outcome, Result, declare
from properties.models import PaymentBook, Property
from tests.factories import MeterFactory, ReadingFactory
from tests.meters.conftest import AT

# A drill's full number beside the suite's.
PRESSES = 50 if os.environ.get("DRILL") else 10

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, press: Callable[[int], Any]) -> list[Any]:
    """Do something in so many threads that begin together, each with a connection of its own."""
    ready = Barrier(count)

    def one(number: int) -> Any:
        try:
            connection.ensure_connection()
            ready.wait()
            return press(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def declares(
    meters: Sequence[Meter], book: PaymentBook, value: Decimal, by: User, **given: Any
) -> list[Outcome]:
    lines = [Line(meter_id=meter.pk, payment_book_id=book.pk, value=value, **given) for meter in meters]
    return declare(lines=lines, by=by, at=AT, source=Reading.Source.RESIDENT)


def test_identical_presses_make_one_row(flat: Property, book: PaymentBook, holder: User) -> None:
    meters: list[Meter] = [MeterFactory(property=flat) for _number in range(4)]
    mixed = [meters, meters[::-1]]
    outcomes = at_once(PRESSES, lambda number: declares(mixed[number % 2], book, Decimal(5), holder))
    results = [one.result for press in outcomes for one in press]
    assert results.count(Result.DECLARED) == 4
    assert results.count(Result.UNCHANGED) == 4 * (PRESSES - 1)
    assert set(Reading.objects.values_list("meter", "value", "replaced_at")) == {
        (meter.pk, Decimal(5), None) for meter in meters
    }
    assert Reading.objects.count() == 4


def test_what_the_commit_refuses_is_undone_whole(flat: Property, book: PaymentBook) -> None:
    # The rows are sent with the commit: that it fails is heard only then.
    meters: list[Meter] = [MeterFactory(property=flat, last_value=None) for _number in range(2)]
    with pytest.raises(IntegrityError):
        declares(meters, book, Decimal(5), User(pk=999_999_999))
    assert not Reading.objects.exists()
    assert set(Meter.objects.values_list("last_value", flat=True)) == {None}


def test_identical_corrections_make_one_row(flat: Property, book: PaymentBook, holder: User) -> None:
    meter = MeterFactory(property=flat)
    first = ReadingFactory(meter=meter, payment_book=book, value=4)
    outcomes = at_once(
        PRESSES, lambda _number: declares([meter], book, Decimal(5), holder, corrects=first.pk)
    )
    results = [one.result for [one] in outcomes]
    assert sorted(results) == sorted([Result.CORRECTED, *[Result.UNCHANGED] * (PRESSES - 1)])
    assert list(Reading.objects.order_by("pk").values_list("value", "replaced_at", "replaces")) == [
        (Decimal(4), AT, None),
        (Decimal(5), None, first.pk),
    ]


def test_different_values_at_once_leave_one_and_say_so(
    flat: Property, book: PaymentBook, holder: User, co_holder: User
) -> None:
    meter = MeterFactory(property=flat)
    people = (holder, co_holder)
    outcomes = at_once(
        PRESSES, lambda number: declares([meter], book, Decimal(5 + number), people[number % 2])
    )
    results = [one.result for [one] in outcomes]
    assert sorted(results) == sorted([Result.DECLARED, *[Result.ALREADY] * (PRESSES - 1)])
    row = Reading.objects.get()
    assert {one.existing.id for [one] in outcomes if one.existing} == {row.pk}
    meter.refresh_from_db()
    assert meter.last_value == row.value


def test_a_case_is_sent_once(flat: Property, book: PaymentBook, holder: User) -> None:
    meter = MeterFactory(property=flat)
    at_once(
        4,
        lambda number: cases.send(
            meter=meter,
            payment_book=book,
            period=AT.date(),
            value=Decimal(5),
            note="",
            by=holder,
            at=AT + timedelta(seconds=number),
        ),
    )
    assert ReadingCase.objects.count() == 1
