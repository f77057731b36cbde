"""The readings behind the metered lines of an invoice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from lithuanian.dates import short_day
from lithuanian.folding import fold_code
from lithuanian.numbers import NO_BREAK_SPACE, decimal_words, quantity_words
from meters.consumption import MonthOfMeter

from .models import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What a service was charged by."""

    service: str
    meters: list[str]
    # Said where the invoice charges another quantity than the readings make.
    differs: str
    # Where the readings are listed.
    url: str


def behind(*, lines: Iterable[Line], months: list[MonthOfMeter], book: int) -> list[Behind]:
    """Return, for each metered line whose meters were read for that month, what the dials showed.

    A line that names no serial number is of all meters of its type.
    """
    found = []
    for line in lines:
        read = [month for month in months if _is_of(month, line)]
        if read:
            query = urlencode({"object": book, "type": line.meter_type})
            found.append(
                Behind(
                    service=line.service,
                    meters=[_words(month) for month in read],
                    differs=_differs(line, read),
                    url=f"{reverse('meters:history')}?{query}",
                )
            )
    return found


def _is_of(month: MonthOfMeter, line: Line) -> bool:
    serial = fold_code(line.serial)
    return bool(line.meter_type) and month.type == line.meter_type and serial in ("", month.serial_key)


def _words(month: MonthOfMeter) -> str:
    values = {
        "meter": " ".join(filter(None, (month.serial, month.register))),
        "value": decimal_words(month.value, 0, 3),
        "earlier": "" if month.earlier is None else decimal_words(month.earlier, 0, 3),
        "used": quantity_words(month.used.amount, month.unit),
        "since": _day(month.used.since),
        "until": _day(month.used.until),
    }
    if month.earlier is None:
        words = _(
            "Meter No. %(meter)s: %(value)s, with the meter before it used %(used)s, %(since)s – %(until)s."
        )
    else:
        words = _("Meter No. %(meter)s: from %(earlier)s to %(value)s, used %(used)s, %(since)s – %(until)s.")
    return words % values


def _day(day: date) -> str:
    return short_day(day).replace(" ", NO_BREAK_SPACE)


def _differs(line: Line, read: Iterable[MonthOfMeter]) -> str:
    used = sum((month.used.amount for month in read), Decimal(0))
    if line.quantity is None or line.quantity == used:
        return ""
    return _("The invoice charges %(quantity)s.") % {"quantity": quantity_words(line.quantity, line.unit)}
