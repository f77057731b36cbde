"""Codes that carry check digits: companies, bank accounts, VAT payers."""

from stdnum import iban
from stdnum.eu import vat


def is_company_code(code: str) -> bool:
    """Tell whether a Lithuanian company code (9 digits, older ones 7) ends with the right check digit."""
    if len(code) not in (7, 9) or not (code.isascii() and code.isdigit()):
        return False
    digits = [int(char) for char in code]
    body, check = digits[:-1], digits[-1]
    remainder = _weighted(body, first_weight=1)
    if remainder == 10:
        remainder = _weighted(body, first_weight=3)
    return check == remainder % 10


def _weighted(digits: list[int], *, first_weight: int) -> int:
    # After the weight 9 comes 1 again.
    return sum(digit * ((first_weight - 1 + place) % 9 + 1) for place, digit in enumerate(digits)) % 11


def clean_iban(text: str) -> str:
    """Return an IBAN without spaces in capitals; raise ValueError("bad_iban")."""
    try:
        return str(iban.validate(text))
    except ValueError as error:
        raise ValueError("bad_iban") from error


def clean_vat_code(text: str) -> str:
    """Return an EU VAT code with its country (bare digits: LT); raise ValueError("bad_vat_code")."""
    bare = text.strip()
    try:
        return str(vat.validate(f"LT{bare}" if bare[:1].isdigit() else bare))
    except ValueError as error:
        raise ValueError("bad_vat_code") from error
