"""Days and months in words of the active language; in tables a day is written as date.isoformat().

Lithuanian needs three cases of each month, which date formats of Django do not have.
"""

from datetime import date
from functools import lru_cache

from django.utils.translation import get_language

_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTHS_OF = (
    "sausio", "vasario", "kovo", "balandžio", "gegužės", "birželio",
    "liepos", "rugpjūčio", "rugsėjo", "spalio", "lapkričio", "gruodžio",
)  # fmt: skip
_MONTHS_WHO = (
    "sausis", "vasaris", "kovas", "balandis", "gegužė", "birželis",
    "liepa", "rugpjūtis", "rugsėjis", "spalis", "lapkritis", "gruodis",
)  # fmt: skip
_MONTHS_FOR = (
    "sausį", "vasarį", "kovą", "balandį", "gegužę", "birželį",
    "liepą", "rugpjūtį", "rugsėjį", "spalį", "lapkritį", "gruodį",
)  # fmt: skip
_MONTHS_SHORT = ("sau", "vas", "kov", "bal", "geg", "bir", "lie", "rgp", "rgs", "spa", "lap", "gru")
_WEEKDAYS = (
    "Pirmadienis", "Antradienis", "Trečiadienis", "Ketvirtadienis",
    "Penktadienis", "Šeštadienis", "Sekmadienis",
)  # fmt: skip
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def long_day(day: date) -> str:
    """Return „2026 m. lapkričio 22 d.“ or "22 November 2026"."""
    return _long_day(day, _is_english())


def short_day(day: date) -> str:
    """Return „lapkričio 22 d.“ or "22 November"."""
    return _short_day(day, _is_english())


def weekday_day(day: date) -> str:
    """Return „Trečiadienis, spalio 21 d.“ or "Wednesday, 21 October"."""
    english = _is_english()
    weekday = (_WEEKDAYS_EN if english else _WEEKDAYS)[day.weekday()]
    return f"{weekday}, {_short_day(day, english)}"


def month_heading(month: date) -> str:
    """Return „2026 m. spalis“ or "October 2026" for any day of the month."""
    return _month_heading(month, _is_english())


def month_label(month: date) -> str:
    """Return „spa“ or "Oct" for any day of the month: what fits below a bar."""
    return _MONTHS_EN[month.month - 1][:3] if _is_english() else _MONTHS_SHORT[month.month - 1]


def for_month(month: date, *, with_year: bool = False) -> str:
    """Return „už rugsėjį“ or "for September" for any day of the month, with the year on demand."""
    return _for_month(month, with_year, _is_english())


def _is_english() -> bool:
    # None (no language active) counts as Lithuanian, the portal's own language.
    return (get_language() or "lt").partition("-")[0] == "en"


@lru_cache(maxsize=4096)
def _long_day(day: date, english: bool) -> str:
    if english:
        return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"
    return f"{day.year} m. {_MONTHS_OF[day.month - 1]} {day.day} d."


@lru_cache(maxsize=4096)
def _short_day(day: date, english: bool) -> str:
    if english:
        return f"{day.day} {_MONTHS_EN[day.month - 1]}"
    return f"{_MONTHS_OF[day.month - 1]} {day.day} d."


@lru_cache(maxsize=4096)
def _month_heading(month: date, english: bool) -> str:
    if english:
        return f"{_MONTHS_EN[month.month - 1]} {month.year}"
    return f"{month.year} m. {_MONTHS_WHO[month.month - 1]}"


@lru_cache(maxsize=4096)
def _for_month(month: date, with_year: bool, english: bool) -> str:
    if english:
        return f"for {_MONTHS_EN[month.month - 1]}" + (f" {month.year}" if with_year else "")
    return "už " + (f"{month.year} m. " if with_year else "") + _MONTHS_FOR[month.month - 1]
