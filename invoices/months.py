"""A payment book's months around one invoice, read together with the invoice itself: no query of their own."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast, JSONObject

from .models import Invoice, Line

# The invoice's own month and the 12 before it.
MONTHS = 13
# From the first day of a month back to those of the 12 before it, and to no earlier one.
_YEAR = timedelta(days=380)
_OF_LINE = ("id", "invoice_id", "line_no", "service", "service_code", "unit", "meter_type", "serial")
_NUMBERS = ("quantity", "unit_price", "amount", "vat_rate", "vat_amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """What a book was charged around one invoice, by the first day of the month; what is missing had no invoice."""

    # Of the 13 months up to the invoice's own.
    charged: dict[date, Decimal]
    # Of its own month, the month before and the same month a year ago.
    lines: dict[date, list[Line]]


def with_months(invoices: QuerySet[Invoice], *, today: date) -> QuerySet[Invoice]:
    """Annotate invoices with what `months_of` makes their months of."""
    return invoices.annotate(sums_of_months=_sums(today), lines_of_months=_lines(today))


def _sums(today: date) -> ArraySubquery:
    """Return what each of the 13 months up to the invoice's own charged its book."""
    period = OuterRef("period")
    beside = Invoice.objects.filter(_shown("", today), period__gt=period - _YEAR, period__lte=period)
    sums = beside.order_by("period").values("period").annotate(sum=Cast(Sum("charged"), TextField()))
    return ArraySubquery(sums.values(row=JSONObject(period="period", charged="sum")))


def _lines(today: date) -> ArraySubquery:
    """Return the invoice's lines, those of its month, of the month before and of a year ago."""
    period = OuterRef("period")
    # A month before begins 28 to 31 days earlier, a year before 365 or 366.
    recent = Q(invoice__period__gte=period - timedelta(days=31), invoice__period__lte=period)
    year_ago = Q(
        invoice__period__gte=period - timedelta(days=366), invoice__period__lte=period - timedelta(days=365)
    )
    others = _shown("invoice__", today) & (recent | year_ago)
    rows = Line.objects.filter(
        # All of it about the book's few invoices: no line is looked at that is not wanted.
        Q(invoice__number=OuterRef("number")) | others,
        invoice__payment_book=OuterRef("payment_book"),
    )
    fields = {name: name for name in _OF_LINE} | {name: Cast(name, TextField()) for name in _NUMBERS}
    return ArraySubquery(
        rows.order_by("invoice__issued_on", "invoice_id", "line_no").values(
            row=JSONObject(period="invoice__period", **fields)
        )
    )


def _shown(invoice: str, today: date) -> Q:
    """Return a condition: live invoices of the outer invoice's book that residents may see."""
    conditions = {
        "payment_book": OuterRef("payment_book"),
        "status": Invoice.Status.LIVE,
        "is_held": False,
        "issued_on__lte": today,
    }
    return Q(**{f"{invoice}{name}": value for name, value in conditions.items()})


def months_of(invoice: Any) -> Months:
    """Return the months of an invoice that was read by `with_months`."""
    found: dict[date, list[Line]] = {}
    for row in invoice.lines_of_months:
        found.setdefault(date.fromisoformat(row["period"]), []).append(_line(row))
    charged = {date.fromisoformat(row["period"]): Decimal(row["charged"]) for row in invoice.sums_of_months}
    return Months(charged=charged, lines=found)


def _line(row: dict[str, Any]) -> Line:
    numbers = {name: None if row[name] is None else Decimal(row[name]) for name in _NUMBERS}
    return Line(**{name: row[name] for name in _OF_LINE}, **numbers)
