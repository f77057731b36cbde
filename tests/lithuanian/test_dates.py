from datetime import date

import pytest
from django.utils import translation

from lithuanian.dates import for_month, long_day, month_heading, short_day, weekday_day


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("lt", "2026 m. lapkričio 22 d."),
        ("en", "22 November 2026"),
        ("en-gb", "22 November 2026"),
        (None, "2026 m. lapkričio 22 d."),
    ],
)
def test_long_day(language, words):
    with translation.override(language):
        assert long_day(date(2026, 11, 22)) == words


@pytest.mark.parametrize(("language", "words"), [("lt", "gruodžio 15 d."), ("en", "15 December")])
def test_short_day(language, words):
    with translation.override(language):
        assert short_day(date(2026, 12, 15)) == words


@pytest.mark.parametrize(
    ("language", "words"), [("lt", "Trečiadienis, spalio 21 d."), ("en", "Wednesday, 21 October")]
)
def test_weekday_day(language, words):
    with translation.override(language):
        assert weekday_day(date(2026, 10, 21)) == words


@pytest.mark.parametrize(("language", "words"), [("lt", "2026 m. spalis"), ("en", "October 2026")])
def test_month_heading(language, words):
    with translation.override(language):
        assert month_heading(date(2026, 10, 5)) == words


@pytest.mark.parametrize(
    ("language", "with_year", "words"),
    [
        ("lt", False, "už rugsėjį"),
        ("lt", True, "už 2025 m. rugsėjį"),
        ("en", False, "for September"),
        ("en", True, "for September 2025"),
    ],
)
def test_for_month(language, with_year, words):
    with translation.override(language):
        assert for_month(date(2025, 9, 1), with_year=with_year) == words


def test_every_month_has_its_cases():
    months = [date(2026, number, 1) for number in range(1, 13)]
    with translation.override("lt"):
        assert [month_heading(month).removeprefix("2026 m. ") for month in months] == [
            "sausis", "vasaris", "kovas", "balandis", "gegužė", "birželis",
            "liepa", "rugpjūtis", "rugsėjis", "spalis", "lapkritis", "gruodis",
        ]  # fmt: skip
        assert [short_day(month).removesuffix(" 1 d.") for month in months] == [
            "sausio", "vasario", "kovo", "balandžio", "gegužės", "birželio",
            "liepos", "rugpjūčio", "rugsėjo", "spalio", "lapkričio", "gruodžio",
        ]  # fmt: skip
        assert [for_month(month).removeprefix("už ") for month in months] == [
            "sausį", "vasarį", "kovą", "balandį", "gegužę", "birželį",
            "liepą", "rugpjūtį", "rugsėjį", "spalį", "lapkritį", "gruodį",
        ]  # fmt: skip


def test_every_weekday_has_its_name():
    with translation.override("lt"):
        names = [weekday_day(date(2026, 11, 23 + number)).partition(",")[0] for number in range(7)]
    assert names == [
        "Pirmadienis", "Antradienis", "Trečiadienis", "Ketvirtadienis",
        "Penktadienis", "Šeštadienis", "Sekmadienis",
    ]  # fmt: skip
