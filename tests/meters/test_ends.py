"""What stands on the meters about their ends: a removed dial that had gone round."""

from datetime import date
from decimal import Decimal

import pytest

from meters.consumption import used_by
from meters.ends import settle_ends
from meters.models import Meter, Reading
from meters.readings import Line, Outcome, declare
from properties.models import PaymentBook, Property
from tests.factories import MeterFactory, ReadingFactory
from tests.meters.conftest import AT

Source = Reading.Source


@pytest.fixture
def removed(flat: Property) -> Meter:
    """Three digits; at zero again some days before it was taken away."""
    return MeterFactory(
        property=flat,
        integer_digits=3,
        installed_on=date(2025, 1, 10),
        initial_reading=900,
        removed_on=date(2026, 9, 1),
        final_reading=20,
    )


def final(meter: Meter) -> Reading:
    return Reading.objects.current().get(meter=meter, kind=Reading.Kind.FINAL)


def from_file(meter: Meter, book: PaymentBook, value: int, on: date) -> Outcome:
    line = Line(
        meter_id=meter.pk,
        payment_book_id=book.pk,
        value=Decimal(value),
        read_on=on,
        period=on.replace(day=1),
    )
    [outcome] = declare(lines=[line], by=None, at=AT, source=Source.IMPORT)
    return outcome


@pytest.mark.parametrize(("last", "used"), [(990, 30), (400, -380)])
def test_a_final_reading_after_the_dial_went_round(
    removed: Meter, book: PaymentBook, last: int, used: int
) -> None:
    ReadingFactory(meter=removed, payment_book=book, read_on=date(2026, 8, 20), value=last)
    settle_ends(meter_ids=[removed.pk], at=AT, source=Source.IMPORT)
    reading = final(removed)
    assert used_by(readings=[reading])[reading.pk].amount == used


def test_history_that_comes_after_the_final_reading(removed: Meter, book: PaymentBook) -> None:
    settle_ends(meter_ids=[removed.pk], at=AT, source=Source.IMPORT)
    kept = from_file(removed, book, 990, date(2026, 8, 20))
    assert kept.is_kept, kept.words
    assert final(removed).is_rollover is True
    assert from_file(removed, book, 700, date(2026, 7, 20)).code == "lower_than_earlier"
