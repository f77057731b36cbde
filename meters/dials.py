"""What a dial of each type is like, as data: unit, digits, and what use of a day is beyond asking or belief."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    unit: str
    # Digits before and after the point, unless the company says otherwise.
    integer_digits: int
    decimal_digits: int
    # Units a day: nobody is asked about less, whatever is usual for them.
    floor: Decimal
    # Units a day: no flat uses more; whoever has no history yet is judged by it.
    most: Decimal
    # Used in winter and hardly in summer, so that a year ago says more than last month.
    is_seasonal: bool = False


DIALS: dict[str, Dial] = {
    "cold_water": Dial(unit="m³", integer_digits=5, decimal_digits=3, floor=Decimal("0.25"), most=Decimal(3)),
    "hot_water": Dial(unit="m³", integer_digits=5, decimal_digits=3, floor=Decimal("0.2"), most=Decimal(2)),
    "electricity": Dial(unit="kWh", integer_digits=6, decimal_digits=0, floor=Decimal(8), most=Decimal(100)),
    "gas": Dial(
        unit="m³",
        integer_digits=5,
        decimal_digits=3,
        floor=Decimal("0.5"),
        most=Decimal(40),
        is_seasonal=True,
    ),
    "heat": Dial(
        unit="MWh",
        integer_digits=6,
        decimal_digits=3,
        floor=Decimal("0.03"),
        most=Decimal("0.5"),
        is_seasonal=True,
    ),
}

# How many of another unit make one of the type's own.
_UNITS: dict[str, Decimal] = {"kWh": Decimal(1000), "GJ": Decimal("3.6"), "Gcal": Decimal("0.86")}

# The most that any dial may have; the column of values is as wide.
MOST_INTEGER_DIGITS = 9
MOST_DECIMAL_DIGITS = 3
# Bounds values from above: `>= 0` alone would let NaN in.
VALUE_LIMIT = Decimal(10) ** MOST_INTEGER_DIGITS


def capacity(integer_digits: int) -> Decimal:
    """Return what a dial counts up to before it begins at zero again."""
    return Decimal(10) ** integer_digits


def floor_of(*, meter_type: str, unit: str) -> Decimal:
    """Return units a day below which use is never asked about."""
    return DIALS[meter_type].floor * _factor(meter_type, unit)


def most_of(*, meter_type: str, unit: str) -> Decimal:
    """Return units a day above which use is not plausible in any home."""
    return DIALS[meter_type].most * _factor(meter_type, unit)


def _factor(meter_type: str, unit: str) -> Decimal:
    return Decimal(1) if unit == DIALS[meter_type].unit else _UNITS.get(unit, Decimal(1))
