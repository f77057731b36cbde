from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template
from django.utils import formats, translation


@pytest.mark.parametrize("language", ["lt", "en"])
def test_numbers_are_written_one_way_in_both_languages(language):
    with translation.override(language):
        assert formats.number_format(Decimal("1234567.5"), 2, force_grouping=True) == "1\u00a0234\u00a0567,50"
        assert formats.date_format(date(2026, 11, 22), "SHORT_DATE_FORMAT") == "2026-11-22"
        moment = datetime(2026, 11, 22, 9, 5, tzinfo=ZoneInfo("Europe/Vilnius"))
        assert formats.date_format(moment, "SHORT_DATETIME_FORMAT") == "2026-11-22 09:05"


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [("lt", "2026 m. lapkričio 22 d.", "2026 m. lapkritis"), ("en", "22 November 2026", "November 2026")],
)
def test_days_in_words(language, day, month):
    with translation.override(language):
        assert formats.date_format(date(2026, 11, 22), "DATE_FORMAT") == day
        assert formats.date_format(date(2026, 11, 22), "YEAR_MONTH_FORMAT").lower() == month.lower()


@pytest.mark.parametrize("language", ["lt", "en"])
def test_days_are_typed_as_iso(language):
    with translation.override(language):
        assert forms.DateField().clean("2026-11-22") == date(2026, 11, 22)
        with pytest.raises(forms.ValidationError):
            forms.DateField().clean("22.11.2026")


def test_identifiers_in_addresses_stay_plain():
    with translation.override("lt"):
        assert Template("/invoices/{{ pk }}").render(Context({"pk": 1234567})) == "/invoices/1234567"
