"""A flat with a meter, and the shortest way to declare it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from meters.models import Meter, Reading
from meters.readings import Line, Outcome, declare
from properties.models import PaymentBook, Property
from tests.factories import MeterFactory, ReadingFactory

# Inside the window of October.
AT = datetime(2026, 10, 20, 12, tzinfo=UTC)

Declare = Callable[..., Outcome]


@pytest.fixture
def meter(flat: Property) -> Meter:
    """Read three times: 100, 103 and 106 m³, the last one on 20 September."""
    return MeterFactory(property=flat, place="Virtuvė")


@pytest.fixture
def history(meter: Meter, book: PaymentBook) -> list[Reading]:
    return [
        ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, month, 20), value=value)
        for month, value in ((7, 100), (8, 103), (9, 106))
    ]


@pytest.fixture
def press(meter: Meter, book: PaymentBook, holder: User, history: list[Reading]) -> Declare:
    def declare_it(value: str, **given: Any) -> Outcome:
        who = {
            "by": given.pop("by", holder),
            "at": given.pop("at", AT),
            "source": given.pop("source", Reading.Source.RESIDENT),
        }
        line = {"meter_id": meter.pk, "payment_book_id": book.pk} | given
        [outcome] = declare(lines=[Line(value=Decimal(value), **line)], **who)
        return outcome

    return declare_it
