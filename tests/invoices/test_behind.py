"""The readings behind the metered lines of an invoice."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from invoices.behind import behind
from invoices.models import Line
from meters.consumption import months_of_meters
from meters.models import Meter, Reading
from properties.models import PaymentBook
from tests.factories import BookFactory, MeterFactory, ReadingFactory

MONTH = date(2026, 9, 1)


@pytest.fixture(autouse=True)
def _in_lithuanian() -> Any:
    with translation.override("lt"):
        yield


@pytest.fixture
def book(db: None) -> PaymentBook:
    return BookFactory()


def meter(book: PaymentBook, serial: str, values: list[str], **fields: Any) -> Meter:
    """Make a meter that was read on the 20th of August, of September and so on."""
    made: Meter = MeterFactory(property=book.premises.get(), serial=serial, type="cold_water", **fields)
    for month, value in enumerate(values, start=8):
        ReadingFactory(
            meter=made,
            payment_book=book,
            period=date(2026, month, 1),
            read_on=date(2026, month, 20),
            value=value,
        )
    return made


def line(serial: str = "", quantity: str = "5", **fields: Any) -> Line:
    fields = {"meter_type": "cold_water", "unit": "m³", **fields}
    return Line(
        service="Šaltas vanduo", serial=serial, quantity=Decimal(quantity), amount=Decimal(10), **fields
    )


def said(book: PaymentBook, *lines: Line) -> list[tuple[list[str], str]]:
    months = months_of_meters(payment_book=book.pk, period=MONTH)
    return [(one.meters, one.differs) for one in behind(lines=lines, months=months, book=book.pk)]


FIVE = "Skaitiklis Nr. VS-1: nuo 100 iki 105, sunaudota 5\xa0m³, rugpjūčio\xa020\xa0d. – rugsėjo\xa020\xa0d."
TWO = "Skaitiklis Nr. VS-2: nuo 7,5 iki 9,5, sunaudota 2\xa0m³, rugpjūčio\xa020\xa0d. – rugsėjo\xa020\xa0d."


def test_finds_the_meter_by_its_number_however_it_is_written(book: PaymentBook) -> None:
    meter(book, "VS-1", ["100", "105", "111"])
    meter(book, "VS-2", ["7.5", "9.5"])
    assert said(book, line("vs 1")) == [([FIVE], "")]
    assert said(book, line("VS1"), line("VS-2", "2")) == [([FIVE], ""), ([TWO], "")]


def test_a_line_without_a_number_is_of_all_meters_of_its_type(book: PaymentBook) -> None:
    meter(book, "VS-1", ["100", "105"])
    meter(book, "VS-2", ["7.5", "9.5"])
    assert said(book, line(quantity="7")) == [([FIVE, TWO], "")]
    assert said(book, line(quantity="8")) == [([FIVE, TWO], "Sąskaitoje įrašyta 8\xa0m³.")]


def test_says_nothing_where_nothing_was_read(book: PaymentBook) -> None:
    meter(book, "VS-1", ["100"])
    meter(BookFactory(), "VS-2", ["100", "105"])
    assert said(book, line("VS-1"), line("VS-2"), line(meter_type="hot_water"), line(meter_type="")) == []


def test_a_corrected_reading_is_told_once(book: PaymentBook) -> None:
    made = meter(book, "VS-1", ["100", "105"])
    wrong = Reading.objects.get(meter=made, period=MONTH)
    wrong.replaced_at = wrong.declared_at
    wrong.save()
    ReadingFactory(meter=made, payment_book=book, period=MONTH, read_on=date(2026, 9, 21), value="104")
    assert said(book, line("VS-1", "4")) == [
        (
            [
                "Skaitiklis Nr. VS-1: nuo 100 iki 104, sunaudota 4\xa0m³, rugpjūčio\xa020\xa0d. – rugsėjo\xa021\xa0d."
            ],
            "",
        )
    ]


def test_a_replaced_meter_is_counted_with_the_one_before_it(book: PaymentBook) -> None:
    old = meter(book, "VS-1", ["100"])
    ReadingFactory(
        meter=old, payment_book=book, period=MONTH, read_on=date(2026, 9, 10), value="103", kind="final"
    )
    new = MeterFactory(property=book.premises.get(), serial="VS-9", type="cold_water", replaces=old)
    for kind, day, value in (("opening", 10, "0"), ("monthly", 20, "2")):
        ReadingFactory(
            meter=new, payment_book=book, period=MONTH, read_on=date(2026, 9, day), value=value, kind=kind
        )
    assert said(book, line()) == [
        (
            [
                "Skaitiklis Nr. VS-9: 2, kartu su prieš tai buvusiu sunaudota 5\xa0m³, "
                "rugpjūčio\xa020\xa0d. – rugsėjo\xa020\xa0d."
            ],
            "",
        )
    ]
