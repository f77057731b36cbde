"""Why a month costs what it costs: its services against those of another month, and what made the difference."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from lithuanian.folding import fold_code, fold_text

from .models import Line

ZERO = Decimal("0.00")
# What changed by a tenth or less is not worth a sentence.
WORTH_SAYING = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one month charges for one service, over all of its lines."""

    service: str
    amount: Decimal
    # Of all lines together; None where one has none, or where they are of several units.
    quantity: Decimal | None
    # Empty where there are several.
    unit: str
    # Euros for one unit; None where the lines have none, or several.
    unit_price: Decimal | None
    # How the service is recognised in another month: by its code, else by its name.
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a service differs from what it cost in another month; a pair is what it is now and what it was then."""

    # Euros: above zero is more than then.
    difference: Decimal
    is_new: bool = False
    quantity: tuple[Decimal, Decimal] | None = None
    price: tuple[Decimal, Decimal] | None = None


def charges_of(lines: Iterable[Line]) -> list[Charge]:
    """Add up a month's lines by service, in the order in which each comes first."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        code, name = fold_code(line.service_code), fold_text(line.service)
        groups.setdefault((code, "" if code else name), []).append(line)
    return [_charge(group) for group in groups.values()]


def _charge(lines: list[Line]) -> Charge:
    first = lines[0]
    units = {line.unit for line in lines}
    quantities = [line.quantity for line in lines if line.quantity is not None]
    prices = {line.unit_price for line in lines}
    are_of_one_unit = len(units) == 1 and len(quantities) == len(lines)
    return Charge(
        service=first.service,
        amount=sum((line.amount for line in lines), ZERO),
        quantity=sum(quantities, Decimal(0)) if are_of_one_unit else None,
        unit=first.unit if len(units) == 1 else "",
        unit_price=first.unit_price if len(prices) == 1 else None,
        code=fold_code(first.service_code),
        name=fold_text(first.service),
    )


def change(*, now: Charge, then: Charge | None) -> Change | None:
    """Return how a service differs from another month, or None when that is a tenth or less of what it cost."""
    if then is None:
        return Change(difference=now.amount, is_new=True) if now.amount else None
    difference = now.amount - then.amount
    if abs(difference) <= abs(then.amount) * WORTH_SAYING:
        return None
    if now.unit != then.unit:
        # Litres are no cubic metres: neither quantities nor prices compare.
        return Change(difference=difference)
    return Change(
        difference=difference,
        quantity=_pair(now.quantity, then.quantity),
        price=_pair(now.unit_price, then.unit_price),
    )


def _pair(now: Decimal | None, then: Decimal | None) -> tuple[Decimal, Decimal] | None:
    return (now, then) if now is not None and then is not None and now != then else None


def counterpart(charge: Charge, *, charges: Iterable[Charge]) -> Charge | None:
    """Return the same service in another month: of the same code, else of the same name where one has no code."""
    charges = list(charges)
    if charge.code:
        of_code = next((other for other in charges if other.code == charge.code), None)
        if of_code is not None:
            return of_code
    return next(
        (other for other in charges if other.name == charge.name and not (charge.code and other.code)), None
    )


def gone(*, now: Iterable[Charge], then: Iterable[Charge]) -> list[Charge]:
    """Return what the other month charged for and this one does not."""
    now = list(now)
    return [charge for charge in then if charge.amount and counterpart(charge, charges=now) is None]
