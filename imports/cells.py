"""What one cell may hold: pure functions from the typed text to PostgreSQL's text of the value.

Each raises ValueError with a reason in words when the text is not what the column takes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from lithuanian.codes import clean_iban, clean_vat_code, is_company_code
from lithuanian.folding import fold_code, fold_text
from lithuanian.numbers import parse_decimal, round_cents

Parse = Callable[[str], str]

_DATE = re.compile(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})")
_PERIOD = re.compile(r"([0-9]{4})[-./]([0-9]{1,2})(?:[-./]0?1)?")
# As files mostly write sums; what does not fit here is read with more care and comes to the same.
_PLAIN_SUM = re.compile(r"-?[0-9]{1,10}[.,][0-9]{2}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
# A spreadsheet would run these; the apostrophe is how one writes such a text back.
_FORMULA = re.compile(r"'?[=@]|'[-+]")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def text(limit: int) -> Parse:
    """Take up to `limit` characters; white space inside becomes one space."""

    def parse(typed: str) -> str:
        if _CONTROL.search(typed):
            raise ValueError(_("has characters that cannot be shown"))
        if _FORMULA.match(typed):
            raise ValueError(_("is a formula; write the value itself"))
        value = " ".join(typed.split())
        if len(value) > limit:
            raise ValueError(_("is longer than %(limit)d characters") % {"limit": limit})
        return value

    return parse


_code = text(50)


def payer_code(typed: str) -> str:
    """Take a code of at least one letter or digit, up to 50 characters."""
    value = _code(typed)
    key = fold_code(value)
    if not key or len(key) > 50:
        raise ValueError(_("has no letter or digit"))
    return value


def choice(words: Mapping[str, str]) -> Parse:
    """Take one of these words, in any case and with or without diacritics."""
    folded = {fold_text(word): value for word, value in words.items()}
    listed = " / ".join(words)

    def parse(typed: str) -> str:
        value = folded.get(fold_text(typed))
        if value is None:
            raise ValueError(_("must be one of: %(words)s") % {"words": listed})
        return value

    return parse


yes_no = choice({"yes": "true", "no": "false", "taip": "true", "ne": "false"})


def _decimal(typed: str) -> Decimal:
    try:
        return parse_decimal(typed)
    except ValueError:
        raise ValueError(_("is not a number")) from None


@dataclass(frozen=True, slots=True)
class Numeric:
    """Takes numbers: of those in their usual spelling, `plain`, only the comma becomes a point."""

    plain: re.Pattern[str]
    careful: Parse

    def __call__(self, typed: str) -> str:
        """Return the number in PostgreSQL's text."""
        return typed.replace(",", ".") if self.plain.fullmatch(typed) else self.careful(typed)


def _cents(typed: str) -> str:
    amount = round_cents(_decimal(typed))
    if abs(amount) >= 10**10:
        raise ValueError(_("is too large"))
    return str(amount)


# Takes euros; more than two decimals are rounded half up. Up to ten digits before the point.
cents = Numeric(_PLAIN_SUM, _cents)


def number(*, places: int, limit: int, positive: bool = False) -> Parse:
    """Take a number of at most `places` decimals, below `limit` in size."""

    def parse(typed: str) -> str:
        value = _decimal(typed)
        if value != round(value, places):
            raise ValueError(_("has more than %(places)d decimals") % {"places": places})
        if abs(value) >= limit:
            raise ValueError(_("is too large"))
        if positive and value <= 0:
            raise ValueError(_("must be above zero"))
        return format(value, "f")

    plain = rf"[0-9]{{1,{len(str(limit)) - 1}}}(?:[.,][0-9]{{1,{places}}})?"
    return Numeric(re.compile(r"(?!)" if positive else plain), parse)


def whole(lowest: int, highest: int) -> Parse:
    """Take a whole number within both bounds."""

    def parse(typed: str) -> str:
        if not _WHOLE.fullmatch(typed) or not lowest <= int(typed) <= highest:
            raise ValueError(
                _("must be a whole number from %(lowest)d to %(highest)d")
                % {"lowest": lowest, "highest": highest}
            )
        return str(int(typed))

    return parse


def _day(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def day(typed: str) -> str:
    """Take a day written 2026-11-22 (or with points or slashes)."""
    match = _DATE.fullmatch(typed)
    found = _day(match[1], match[3], match[4]) if match else None
    if found is None:
        raise ValueError(_("is not a day; write it as 2026-11-22"))
    return found.isoformat()


def period(typed: str) -> str:
    """Take a month written 2026-11; its first day is what is kept."""
    match = _PERIOD.fullmatch(typed)
    found = _day(match[1], match[2], "1") if match else None
    if found is None:
        raise ValueError(_("is not a month; write it as 2026-11"))
    return found.isoformat()


def email(typed: str) -> str:
    """Take an email; kept in lower case."""
    try:
        validate_email(typed)
    except ValidationError:
        raise ValueError(_("is not an email")) from None
    if len(typed) > 254 or _CONTROL.search(typed):
        raise ValueError(_("is not an email"))
    return typed.lower()


def company_code(typed: str) -> str:
    """Take a company code with its check digit; an old code of seven digits is taken as it is."""
    value = "".join(typed.split())
    old = len(value) == 7 and value.isascii() and value.isdigit()
    if not old and not is_company_code(value):
        raise ValueError(_("is not a company code: its check digit does not fit"))
    return value


def iban(typed: str) -> str:
    """Take an IBAN with its check digits."""
    try:
        return clean_iban(typed)
    except ValueError:
        raise ValueError(_("is not an IBAN: its check digits do not fit")) from None


def vat_code(typed: str) -> str:
    """Take a VAT code with its check digits."""
    try:
        return clean_vat_code(typed)
    except ValueError:
        raise ValueError(_("is not a VAT code: its check digits do not fit")) from None
