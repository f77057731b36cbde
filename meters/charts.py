"""What was used month by month, drawn as bars on the server: numbers first, so that nothing depends on the drawing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lithuanian.dates import for_month, month_heading, month_label
from lithuanian.numbers import MINUS, NO_BREAK_SPACE, decimal_words

from .listed import MONTHS, Told
from .medians import Median
from .models import Meter, Reading
from .naming import ICONS, TONES, TYPES
from .typed import value_words
from .window import month_before, next_month

# So many bars are left on a phone.
_ON_A_PHONE = 6
# The two charts of water are read side by side, so their bars are of one scale.
_WATER = frozenset({Meter.Type.COLD_WATER, Meter.Type.HOT_WATER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One month; `number` is short enough to stand above it, `amount` exact for the table."""

    month: str
    label: str
    number: str
    amount: str
    # Days that it covers, when those are not one month's.
    days: int | None
    # Per cent of the chart's height.
    height: int
    is_old: bool

    @property
    def top(self) -> int:
        """Return how far from the top the bar begins."""
        return 100 - self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What meters of one type and unit showed together."""

    type: str
    title: str
    unit: str
    icon: str
    tone: str
    span: str
    bars: list[Bar]
    # „Už spalį“, „5 m³“, and how that compares.
    last_month: str
    last_amount: str
    compared: str
    median: str
    # Said instead, while some of the meters are not declared for that month.
    so_far: str

    @property
    def is_narrow(self) -> bool:
        """Tell whether its numbers stand side by side in half the page's width."""
        return max(len(bar.number) for bar in self.bars) * len(self.bars) <= 2 * MONTHS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    amount: Decimal
    days: int
    meters: frozenset[int]


_Key = tuple[str, str]
_Months = dict[date, _Month]


def last_period(*, readings: Iterable[Told]) -> date | None:
    """Return the newest month of which something is known."""
    return max((reading.period for reading in readings if reading.kind != Reading.Kind.OPENING), default=None)


def charts_of(
    *,
    readings: Collection[Told],
    medians: Mapping[_Key, Median],
    closed: Collection[int] = (),
) -> list[Chart]:
    """Return a chart for each type of meter, in the order of the types; `medians` are of the last month.

    Nobody waits for the meters of `closed` payment books.
    """
    sums = _sums(readings)
    if not sums:
        return []
    end = max(month for months in sums.values() for month in months)
    water = max(
        (_highest(months) for (type_, _unit), months in sums.items() if type_ in _WATER), default=Decimal(0)
    )
    so_far = _so_far(readings, end, closed)
    return [
        _chart(
            key,
            sums[key],
            end,
            water if key[0] in _WATER else _highest(sums[key]),
            medians.get(key),
            so_far.get(key, ""),
        )
        for key in sorted(sums, key=lambda key: (TYPES.index(Meter.Type(key[0])), key[1]))
    ]


def _sums(readings: Iterable[Told]) -> dict[_Key, _Months]:
    """Add up by type, unit and month what all dials showed."""
    sums: dict[_Key, _Months] = defaultdict(dict)
    for reading in readings:
        one = reading.used
        if one is None:
            continue
        months = sums[reading.meter.type, reading.meter.unit]
        so_far = months.get(reading.period, _Month(amount=Decimal(0), days=0, meters=frozenset()))
        months[reading.period] = _Month(
            amount=so_far.amount + one.amount,
            days=max(so_far.days, one.days),
            meters=so_far.meters | {reading.meter.pk},
        )
    return dict(sums)


def _so_far(readings: Iterable[Told], end: date, closed: Collection[int]) -> dict[_Key, str]:
    """Return, by type and unit, how many meters are declared for the last month, where some are not."""
    awaited: dict[_Key, set[int]] = defaultdict(set)
    there: dict[_Key, set[int]] = defaultdict(set)
    for reading in readings:
        meter = reading.meter
        if reading.payment_book_id in closed or (meter.removed_on and meter.removed_on < next_month(end)):
            continue
        awaited[meter.type, meter.unit].add(meter.pk)
        if reading.period == end and reading.kind != Reading.Kind.OPENING:
            there[meter.type, meter.unit].add(meter.pk)
    return {key: _so_far_words(end, len(there[key]), len(all_)) for key, all_ in awaited.items()}


def _so_far_words(end: date, count: int, of: int) -> str:
    if count == of:
        return ""
    words = ngettext(
        "%(for_month)s so far %(n)d of %(of)d meter is declared.",
        "%(for_month)s so far %(n)d of %(of)d meters are declared.",
        of,
    )
    return words % {"for_month": capfirst(for_month(end)), "n": count, "of": of}


def _highest(months: _Months) -> Decimal:
    return max((month.amount for month in months.values()), default=Decimal(0))


def _chart(
    key: _Key, months: _Months, end: date, highest: Decimal, median: Median | None, so_far: str
) -> Chart:
    type_, unit = key
    shown = _shown(months, end)
    places = 0 if highest >= 10 else 1 if highest >= 1 else 2
    bars = [
        _bar(month, months.get(month), highest, places, unit, is_old=len(shown) - place > _ON_A_PHONE)
        for place, month in enumerate(shown)
    ]
    last = months.get(end)
    return Chart(
        type=type_,
        title=str(Meter.Type(type_).label),
        unit=unit,
        icon=ICONS[Meter.Type(type_)],
        tone=TONES.get(Meter.Type(type_), ""),
        span=f"{month_heading(shown[0])} – {month_heading(shown[-1])}",
        bars=bars,
        last_month=capfirst(for_month(end)) if last else "",
        last_amount=_amount(last.amount, unit) if last else "",
        compared="" if so_far else _compared(last, months.get(month_before(end)), unit),
        median=_median(median, unit) if last and median and not so_far else "",
        so_far=so_far if last else "",
    )


def _shown(months: _Months, end: date) -> list[date]:
    """Return the 13 months up to the last, without those before the first of which anything is known."""
    first = end
    for _month in range(MONTHS - 1):
        first = month_before(first)
    first = max(first, min(months))
    shown = [first]
    while shown[-1] < end:
        shown.append(next_month(shown[-1]))
    return shown


def _bar(month: date, known: _Month | None, highest: Decimal, places: int, unit: str, *, is_old: bool) -> Bar:
    amount = known.amount if known else None
    height = max(round(100 * amount / highest), 0) if amount is not None and highest > 0 else 0
    return Bar(
        month=month_heading(month),
        label=month_label(month),
        number="–" if amount is None else decimal_words(amount, 0, places),
        amount="–" if amount is None else _amount(amount, unit),
        days=known.days if known and known.days > 45 else None,
        height=min(height, 100),
        is_old=is_old,
    )


def _amount(amount: Decimal, unit: str) -> str:
    return f"{value_words(amount)}{NO_BREAK_SPACE}{unit}"


def _compared(last: _Month | None, before: _Month | None, unit: str) -> str:
    """Return how a month compares with the one before, when both are single months."""
    if last is None or before is None or last.days > 45 or before.days > 45:
        return ""
    # A meter less, or one more, is no saving and no waste.
    if len(last.meters) != len(before.meters):
        return ""
    more = last.amount - before.amount
    if not more:
        return _("as much as the month before")
    words = (
        _("%(amount)s more than the month before") if more > 0 else _("%(amount)s less than the month before")
    )
    return words % {"amount": _amount(abs(more), unit).lstrip(MINUS)}


def _median(median: Median, unit: str) -> str:
    return _("Half of the flats in your building used no more than %(amount)s.") % {
        "amount": _amount(median.amount, unit)
    }
