"""„Kodėl tiek?“: one invoice against the month before and a year ago, in sentences, with a year of bills as bars."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from lithuanian.dates import for_month, month_heading, month_label
from lithuanian.numbers import NO_BREAK_SPACE, decimal_words, money, quantity_words

from .explain import Change, Charge, change, charges_of, counterpart, gone
from .models import Invoice
from .months import MONTHS, Months

# So many bars are left on a phone.
_ON_A_PHONE = 6


@dataclass(frozen=True, slots=True)
class Reason:
    """A service, what it cost, and how that differs."""

    service: str
    amount: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One month; `number` is short enough to stand above it, `amount` exact for the table."""

    month: str
    label: str
    number: str
    amount: str
    # Per cent of the chart's height.
    height: int
    is_old: bool

    @property
    def top(self) -> int:
        """Return how far from the top the bar begins."""
        return 100 - self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What the page of an invoice says of where its sum comes from."""

    headline: str
    reasons: list[Reason]
    # Said where there was something to compare with and no service changed by more than a tenth.
    unchanged: str
    gone: str
    # „Sąskaitos pagal mėnesius, €“, of big sums in thousands.
    chart: str
    span: str
    bars: list[Bar]


def why_of(*, invoice: Invoice, months: Months) -> Why:
    """Return the explanation of a live invoice; two invoices of one month are explained together."""
    before, year_ago = _month(invoice.period, back=1), _month(invoice.period, back=12)
    now = charges_of(months.lines.get(invoice.period, ()))
    then = [charges_of(months.lines[month]) for month in (before, year_ago) if month in months.lines]
    reasons = list(_reasons(now, months, before, year_ago))
    return Why(
        headline=_headline(months, invoice.period, before, year_ago, is_one=_is_one(invoice, months)),
        reasons=reasons,
        unchanged=_("No service changed by more than a tenth.") if then and not reasons else "",
        gone=_gone_words(now, charges_of(months.lines.get(before, ())), before),
        chart=_("Invoices month by month, %(unit)s") % {"unit": _units()[_scale(months)]},
        span=f"{month_heading(min(months.charged))} – {month_heading(invoice.period)}",
        bars=_bars(months, invoice.period),
    )


def _month(period: date, *, back: int) -> date:
    """Return the first day of a month so many months earlier."""
    number = period.year * 12 + period.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def _is_one(invoice: Invoice, months: Months) -> bool:
    return {line.invoice_id for line in months.lines.get(invoice.period, ())} <= {invoice.pk}


# ── In sentences ────────────────────────────────────────────────────────────────────────────────


def _headline(months: Months, period: date, before: date, year_ago: date, *, is_one: bool) -> str:
    now = months.charged[period]
    pieces = []
    if before in months.charged:
        pieces.append(_compared(now - months.charged[before], before))
    if year_ago in months.charged:
        pieces.append(_compared(now - months.charged[year_ago], None))
    if not pieces:
        return _("There is no earlier invoice to compare with.")
    words = _sentence(pieces)
    if is_one:
        return words
    together = _("All invoices %(month)s together: %(compared)s")
    return together % {"month": for_month(period), "compared": words[:1].lower() + words[1:]}


def _compared(difference: Decimal, month: date | None) -> str:
    """Return how much more or less it is than for a month, or than a year ago."""
    values = {"amount": money(abs(difference)), "month": for_month(month) if month else ""}
    if month is None:
        words = (
            _("as much as a year ago")
            if not difference
            else _("%(amount)s more than a year ago")
            if difference > 0
            else _("%(amount)s less than a year ago")
        )
    else:
        words = (
            _("as much as %(month)s")
            if not difference
            else _("%(amount)s more than %(month)s")
            if difference > 0
            else _("%(amount)s less than %(month)s")
        )
    return words % values


def _sentence(pieces: Sequence[str]) -> str:
    return capfirst(", ".join(pieces)) + "."


def _reasons(now: list[Charge], months: Months, before: date, year_ago: date) -> Iterator[Reason]:
    """Yield a sentence for each service that changed by more than a tenth, what changed most first."""
    found: list[tuple[Decimal, Reason]] = []
    for charge in now:
        month, year = (_change(charge, months, period) for period in (before, year_ago))
        pieces = list(_pieces(charge, month=month, year=year, before=before))
        if pieces:
            largest = max(abs(one.difference) for one in (month, year) if one is not None)
            found.append((largest, Reason(charge.service, money(charge.amount), _sentence(pieces))))
    yield from (reason for _size, reason in sorted(found, key=lambda item: -item[0]))


def _change(charge: Charge, months: Months, period: date) -> Change | None:
    if period not in months.lines:
        return None
    return change(now=charge, then=counterpart(charge, charges=charges_of(months.lines[period])))


def _pieces(charge: Charge, *, month: Change | None, year: Change | None, before: date) -> Iterator[str]:
    if month and year and month.is_new and year.is_new:
        yield _("charged neither %(month)s nor a year ago") % {"month": for_month(before)}
        return
    if month:
        new = _("not charged %(month)s") % {"month": for_month(before)}
        yield new if month.is_new else _compared(month.difference, before) + _because(charge, month)
    if year:
        new = _("not charged a year ago")
        yield new if year.is_new else _compared(year.difference, None) + _because(charge, year)


def _because(charge: Charge, one: Change) -> str:
    causes = ", ".join(_causes(charge, one))
    return f" ({causes})" if causes else ""


def _causes(charge: Charge, one: Change) -> Iterator[str]:
    if one.quantity:
        now, then = (quantity_words(value, charge.unit) for value in one.quantity)
        yield _("%(now)s instead of %(then)s") % {"now": now, "then": then}
    if one.price:
        now, then = (f"{decimal_words(value, 2, 6)}{NO_BREAK_SPACE}€" for value in one.price)
        yield _("price %(now)s instead of %(then)s") % {"now": now, "then": then}


def _gone_words(now: Iterable[Charge], then: Iterable[Charge], before: date) -> str:
    left = gone(now=now, then=then)
    if not left:
        return ""
    services = ", ".join(f"{charge.service} ({money(charge.amount)})" for charge in left)
    words = _("%(month)s you were also charged for: %(services)s. Not any more.")
    return words % {"month": capfirst(for_month(before)), "services": services}


# ── In bars ─────────────────────────────────────────────────────────────────────────────────────


# A number above a bar has room for four digits.
_WIDEST = 10_000


def _units() -> tuple[str, ...]:
    return ("€", _("thousand €"), _("million €"), _("billion €"))


def _scale(months: Months) -> int:
    """Return by which power of a thousand the sums are divided to stand above their bars."""
    highest = max(map(abs, months.charged.values()))
    return next(scale for scale in range(4) if highest < _WIDEST * 1000**scale or scale == 3)


def _bars(months: Months, period: date) -> list[Bar]:
    """Return the 13 months up to the invoice's, without those before the first of which anything is known."""
    first = min(months.charged)
    shown = [month for back in range(MONTHS - 1, -1, -1) if (month := _month(period, back=back)) >= first]
    highest = max(months.charged.values())
    divisor = 1000 ** _scale(months)
    places = 0 if highest >= 10 * divisor else 1
    return [
        Bar(
            month=month_heading(month),
            label=month_label(month),
            number="–" if amount is None else decimal_words(amount / divisor, 0, places),
            amount="–" if amount is None else money(amount),
            height=round(100 * amount / highest) if amount is not None and amount > 0 else 0,
            is_old=len(shown) - place > _ON_A_PHONE,
        )
        for place, month in enumerate(shown)
        for amount in [months.charged.get(month)]
    ]
