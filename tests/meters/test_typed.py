"""Numbers mean what was typed, or are refused with a reason."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from meters.typed import read_value, value_words


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("482", "482"),
        (" 482 ", "482"),
        ("00482", "482"),
        ("123,456", "123.456"),
        ("123.456", "123.456"),
        ("0", "0"),
        ("0,001", "0.001"),
    ],
)
def test_comma_and_point_are_equal(typed: str, value: str) -> None:
    assert read_value(typed) == Decimal(value)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *(
            (typed, "not_a_number")
            for typed in (
                "", "1e5", "1E5", "NaN", "nan", "Infinity", "-Infinity", "1_000", "٣", "१२", "１２", "²", "1 234",
                "1\u00a0234", "1\u202f234", "12,345,6", "12.345,6", "1,", ",5", ".5", "+5", "0x1f", "--1", "5 m³",
                "a", "1/2", "1\x00", "9" * 29,
            )
        ),
        ("-1", "negative"),
        ("−1", "negative"),
        ("-0,5", "negative"),
    ],
)  # fmt: skip
def test_what_is_no_reading_is_refused(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_value(typed)
    assert refused.value.code == code
    assert refused.value.messages[0]


def test_a_value_in_words() -> None:
    values = ("482.000", "482.5", "0.125", "12345.678", "0")
    assert [value_words(Decimal(value)) for value in values] == [
        "482",
        "482,5",
        "0,125",
        "12\u00a0345,678",
        "0",
    ]
