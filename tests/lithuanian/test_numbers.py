from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lithuanian.numbers import decimal_words, money, parse_decimal, round_cents

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", "0"),
        ("007", "7"),
        ("123,456", "123.456"),
        ("123.456", "123.456"),
        ("-5", "-5"),
        ("−5,5", "-5.5"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234\u00a0567", "1234567"),
        ("12\u202f345.6", "12345.6"),
        ("  12,50 \n", "12.50"),
        ("9" * 28, "9" * 28),
    ],
)
def test_numbers_mean_what_was_typed(typed, number):
    assert str(parse_decimal(typed)) == number


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "-", ",", ".", "5,", ",5", ".5", "+5", "--5", "- 5", "5-", "1e5", "1E5", "NaN", "sNaN",
        "inf", "Infinity", "-inf", "1_000", "0x1F", "١٢٣", "１２", "²", "1,2,3", "1.234,56", "1,234.56",
        "1..2", "12 34", "1 23", "1234 567", "1  234", "1'234", "1 234 56", "1,234 567", "5 €", "=1+1",
        "5\x00", "\ud800", "9" * 29, "9" * 100_000, "0," + "1" * 28,
    ],
)  # fmt: skip
def test_what_is_not_a_number_is_refused(typed):
    with pytest.raises(ValueError, match=r"^not_a_number$"):
        parse_decimal(typed)


def test_minus_zero_is_zero():
    assert str(parse_decimal("-0")) == "0"
    assert str(parse_decimal("-0,00")) == "0.00"


@given(AMOUNTS)
def test_what_we_write_we_can_read(amount):
    assert parse_decimal(money(amount).removesuffix("\u00a0€")) == amount
    assert parse_decimal(decimal_words(amount, 0, 2)) == amount


@given(st.text())
def test_any_text_is_a_finite_number_or_refused(text):
    try:
        number = parse_decimal(text)
    except ValueError:
        return
    assert number.is_finite()


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.0049999", "0.00"),
        ("2.675", "2.68"),
        ("0.125", "0.13"),
        ("0.135", "0.14"),
        ("-0.005", "-0.01"),
        ("-0.004", "0.00"),
        ("7", "7.00"),
        ("1E+3", "1000.00"),
        ("12345678901234567890123456789.005", "12345678901234567890123456789.01"),
    ],
)
def test_cents_round_half_up(amount, rounded):
    assert str(round_cents(Decimal(amount))) == rounded


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "0,00\u00a0€"),
        ("84.37", "84,37\u00a0€"),
        ("999.995", "1\u00a0000,00\u00a0€"),
        ("1234.56", "1\u00a0234,56\u00a0€"),
        ("1234567.8", "1\u00a0234\u00a0567,80\u00a0€"),
        ("-12.4", "\u221212,40\u00a0€"),
        ("-1234.5", "\u22121\u00a0234,50\u00a0€"),
        ("-0.001", "0,00\u00a0€"),
    ],
)
def test_money(amount, words):
    assert money(Decimal(amount)) == words


@pytest.mark.parametrize(
    ("value", "places_min", "places_max", "words"),
    [
        ("52.300", 0, 3, "52,3"),
        ("52", 0, 3, "52"),
        ("100", 0, 3, "100"),
        ("0", 0, 3, "0"),
        ("1.5", 2, 6, "1,50"),
        ("0.123456", 2, 6, "0,123456"),
        ("0.1234565", 2, 6, "0,123457"),
        ("0.120000", 2, 6, "0,12"),
        ("1234.5", 0, 3, "1\u00a0234,5"),
        ("-0.5", 0, 3, "\u22120,5"),
        ("-0.0001", 0, 3, "0"),
        ("1E+3", 0, 0, "1\u00a0000"),
    ],
)
def test_quantities_and_unit_prices(value, places_min, places_max, words):
    assert decimal_words(Decimal(value), places_min, places_max) == words
