"""What a dial of each type is like, as data: unit, digits, and how much a day nobody need be asked about."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    unit: str
    # Digits before and after the point, unless the company says otherwise.
    integer_digits: int
    decimal_digits: int


WATER = Dial(unit="m³", integer_digits=5, decimal_digits=3)

DIALS: dict[str, Dial] = {
    "cold_water": WATER,
    "hot_water": WATER,
    "electricity": Dial(unit="kWh", integer_digits=6, decimal_digits=0),
    "gas": Dial(unit="m³", integer_digits=5, decimal_digits=3),
    "heat": Dial(unit="MWh", integer_digits=6, decimal_digits=3),
}

# The most that any dial may have; the column of values is as wide.
MOST_INTEGER_DIGITS = 9
MOST_DECIMAL_DIGITS = 3
# Bounds values from above: `>= 0` alone would let NaN in.
VALUE_LIMIT = Decimal(10) ** MOST_INTEGER_DIGITS


def capacity(integer_digits: int) -> Decimal:
    """Return what a dial counts up to before it begins at zero again."""
    return Decimal(10) ** integer_digits
