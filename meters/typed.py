"""What a person types into a meter's field, and a value written back to them."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lithuanian.numbers import decimal_words, parse_decimal

from .dials import MOST_DECIMAL_DIGITS

# Digits as they stand on a dial: no groups, no exponent, no other script; comma and point are equal.
_TYPED = re.compile(r"(?P<sign>[-\u2212]?)[0-9]+(?:[.,][0-9]+)?")
# Longer than any dial, and short enough to be repeated in an answer.
LONGEST = 28


def read_value(text: str) -> Decimal:
    """Return the reading that was typed; raise ValidationError not_a_number or negative."""
    typed = text.strip()
    match = _TYPED.fullmatch(typed)
    if match is None or len(typed) > LONGEST:
        raise ValidationError(
            _("Write the reading in digits, as the meter shows it, for example 482 or 482,5."),
            code="not_a_number",
        )
    if match["sign"]:
        raise ValidationError(_("A reading cannot be below zero."), code="negative")
    return parse_decimal(typed)


def value_words(value: Decimal, places: int = MOST_DECIMAL_DIGITS) -> str:
    """Return a reading or a use as text, „1 482,5“, with no more places than it has."""
    return decimal_words(value, 0, places)
