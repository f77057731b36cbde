"""Numbers and money, read strictly and written one way in every language of the portal."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"

# As many digits as decimal arithmetic keeps by default; longer input is nothing that a person means.
_LONGEST = 28
_NUMBER = re.compile(
    r"""
    (?P<sign>[-\u2212]?)
    (?P<whole>[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]+)
    (?:[.,](?P<part>[0-9]+))?
    """,
    re.VERBOSE,
)
_GROUPING = str.maketrans("", "", " \u00a0\u202f")
_CENT = Decimal("0.01")
# Half away from zero, as PostgreSQL rounds numeric: a sum in SQL and one in Python agree.
_HALF_UP = Context(prec=100, rounding=ROUND_HALF_UP)


def parse_decimal(text: str) -> Decimal:
    """Return the number that was typed, comma and point being equal; raise ValueError("not_a_number")."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError("not_a_number")
    whole = match["whole"].translate(_GROUPING)
    part = match["part"] or ""
    if len(whole) + len(part) > _LONGEST:
        raise ValueError("not_a_number")
    number = Decimal(f"{whole}.{part}" if part else whole)
    return -number if match["sign"] else number


def round_cents(amount: Decimal) -> Decimal:
    """Return euros rounded half up (away from zero) to two places, never a negative zero."""
    return amount.quantize(_CENT, context=_HALF_UP) or Decimal("0.00")


def money(amount: Decimal) -> str:
    """Return euros as „1 234,56 €“ with no-break spaces and a true minus sign."""
    cents = round_cents(amount)
    return f"{MINUS if cents < 0 else ''}{_grouped(f'{abs(cents):,f}')}{NO_BREAK_SPACE}€"


def decimal_words(value: Decimal, places_min: int, places_max: int) -> str:
    """Return a quantity or a unit price, rounded half up to places_max and trimmed down to places_min."""
    rounded = value.quantize(Decimal(1).scaleb(-places_max), context=_HALF_UP)
    whole, _, part = f"{abs(rounded):,f}".partition(".")
    part = part.rstrip("0").ljust(places_min, "0")
    text = _grouped(f"{whole}.{part}" if part else whole)
    return f"{MINUS if rounded < 0 else ''}{text}"


def quantity_words(value: Decimal, unit: str) -> str:
    """Return a quantity with its unit, which stays on its line: „3,2 m³“; without a unit the quantity alone."""
    return f"{decimal_words(value, 0, 6)}{NO_BREAK_SPACE}{unit}".rstrip(NO_BREAK_SPACE)


def _grouped(text: str) -> str:
    return text.replace(",", NO_BREAK_SPACE).replace(".", ",")
