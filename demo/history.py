"""What the payers of the town were billed, month by month, and when they paid.

A bill depends on its book and month alone, and a payment on the bill and the payer's habit: a town looked at
a month later has the same bills and payments, and one month more of each.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from random import Random

from demo.places import FIRST_MONTH, SALE_EVERY_MONTHS, Book, Company, Premises, seeded

CENT = Decimal("0.01")
# A day of a payment that is overdue for more than a month costs two hundredths of a percent.
LATE_INTEREST_A_DAY = Decimal("0.0002")
GRACE = timedelta(days=31)
LIST_PRICE_YEAR = 2026

MONTHS_SHOWN = 24
# A bill paid seven months late bears interest on the seven before it; nothing older leaves a trace,
# except with who pays in advance: that credit goes back to the town's beginning.
MONTHS_REMEMBERED = 16


@dataclass(frozen=True)
class Service:
    """A service as the bill names it, with its list price with VAT in euros per unit."""

    code: str
    name: str
    measure: str  # area, each, electricity, cold_water, hot_water, meters, heating
    price: Decimal
    kinds: tuple[str, ...]
    of: str  # upkeep (what the owner pays for) or used (what the tenant pays for)
    vat_rate: int = 21


EVERYWHERE = ("flat", "commercial", "garage", "storage")
INHABITED = ("flat", "commercial")
SERVICES = (
    Service("ADM", "Namo administravimas", "area", Decimal("0.0650"), EVERYWHERE, "upkeep"),
    Service("TECH", "Techninė priežiūra", "area", Decimal("0.0910"), EVERYWHERE, "upkeep"),
    Service("KAUP", "Kaupiamosios lėšos", "area", Decimal("0.1000"), EVERYWHERE, "upkeep", vat_rate=0),
    Service("VAL", "Laiptinės ir teritorijos valymas", "area", Decimal("0.0880"), INHABITED, "used"),
    Service("LIFT", "Lifto priežiūra", "each", Decimal("2.9000"), ("flat",), "upkeep"),
    Service(
        "ELEK", "Bendrų patalpų elektra", "electricity", Decimal("0.2200"), (*INHABITED, "garage"), "used"
    ),
    Service("SALT", "Šaltas vanduo", "cold_water", Decimal("2.4100"), INHABITED, "used"),
    Service("KARST", "Karštas vanduo", "hot_water", Decimal("6.3200"), ("flat",), "used"),
    Service("PARD", "Vandens pardavimo paslauga", "each", Decimal("0.9500"), INHABITED, "used"),
    Service("SKAIT", "Skaitiklių priežiūra", "meters", Decimal("0.2850"), INHABITED, "used"),
    Service("SILD", "Šildymas", "heating", Decimal("0.0940"), INHABITED, "used"),
)
# kWh of heat for a square metre in an ordinary month of the heating season.
HEATING = {
    10: Decimal("4.5"),
    11: Decimal(11),
    12: Decimal(15),
    1: Decimal(17),
    2: Decimal(15),
    3: Decimal(11),
}
HEATING[4] = Decimal("3.5")
UNITS = {
    "area": "m²",
    "electricity": "kWh",
    "cold_water": "m³",
    "hot_water": "m³",
    "meters": "vnt.",
    "heating": "kWh",
}
METERED = {"cold_water": "šaltas vanduo", "hot_water": "karštas vanduo"}
# Who pays on the day of a later bill, and how many bills later.
LATE_BY = {"with_next_bill": 1, "late_by_two": 2, "late_by_seven": 7}
# Who pays in advance sends this much whenever less than that credit is left.
ADVANCE = Decimal("300.00")
LOW_CREDIT = Decimal("-20.00")
SMALL_FLAT = Decimal(30)
BESIDE = {"garage": "garažas", "storage": "sandėliukas", "commercial": "patalpa"}


@dataclass(frozen=True)
class Line:
    """One row of a bill; amounts with VAT."""

    service_code: str
    service: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal
    vat_rate: int
    vat_amount: Decimal
    meter_type: str


@dataclass(frozen=True)
class Invoice:
    """A bill as printed: opening − received + lines + late interest = total."""

    book: Book
    number: str
    period: date
    issued_on: date
    due_on: date
    lines: tuple[Line, ...]
    opening_balance: Decimal
    received: Decimal
    late_interest: Decimal

    @property
    def charged(self) -> Decimal:
        """Return what the bill adds to what is owed."""
        return sum((line.amount for line in self.lines), self.late_interest)

    @property
    def total(self) -> Decimal:
        """Return what the bill asks for altogether."""
        return self.opening_balance - self.received + self.charged


@dataclass(frozen=True)
class Payment:
    """Money that came to the bank."""

    book: Book
    bank_reference: str
    paid_on: date
    amount: Decimal
    invoice_number: str
    note: str


@dataclass(frozen=True)
class History:
    """Everything billed to a book and paid into it, oldest first."""

    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]

    def balance(self, *, on: date) -> Decimal:
        """Return what was owed (+) or overpaid (−) at the end of that day."""
        billed = sum((invoice.charged for invoice in self.invoices if invoice.issued_on <= on), Decimal(0))
        return billed - sum(
            (payment.amount for payment in self.payments if payment.paid_on <= on), Decimal(0)
        )


def next_month(period: date, months: int = 1) -> date:
    """Return the first day of the month that many months later (earlier, when negative)."""
    number = period.year * 12 + period.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


@lru_cache(maxsize=4096)
def issue_day(period: date) -> date:
    """Return the 5th of the month after, or the Monday after it when that is a weekend."""
    fifth = next_month(period).replace(day=5)
    return fifth + timedelta(days=max(0, 7 - fifth.weekday()) if fifth.weekday() > 4 else 0)


@lru_cache(maxsize=4096)
def due_day(period: date) -> date:
    """Return the last day of the month in which the bill is issued."""
    return next_month(period, 2) - timedelta(days=1)


def newest_period(*, today: date) -> date:
    """Return the newest month whose bills are out."""
    period = next_month(today.replace(day=1), -1)
    return period if issue_day(period) <= today else next_month(period, -1)


def history(book: Book, *, today: date) -> History:
    """Work out the bills and payments of a book up to this day, as far back as anybody asks."""
    invoices: list[Invoice] = []
    payments: list[Payment] = []
    coming: list[Payment] = []
    for period in _periods(book, today=today):
        issued_on = issue_day(period)
        arrived = [payment for payment in coming if payment.paid_on <= issued_on]
        coming = [payment for payment in coming if payment.paid_on > issued_on]
        payments += arrived
        invoice = Invoice(
            book=book,
            number=f"{book.company.prefix}-{issued_on:%Y-%m}-{book.serial}",
            period=period,
            issued_on=issued_on,
            due_on=due_day(period),
            lines=tuple(lines(book, period)),
            opening_balance=invoices[-1].total if invoices else Decimal("0.00"),
            received=sum((payment.amount for payment in arrived), Decimal("0.00")),
            late_interest=_late_interest(book, invoices, period),
        )
        invoices.append(invoice)
        coming += _payments(invoice)
    payments += sorted((each for each in coming if each.paid_on <= today), key=lambda each: each.paid_on)
    return History(tuple(invoices), tuple(payments))


def _periods(book: Book, *, today: date) -> Iterator[date]:
    last = newest_period(today=today)
    period = max(book.opened_on or FIRST_MONTH, next_month(last, 1 - MONTHS_SHOWN - MONTHS_REMEMBERED))
    if book.habit == "in_advance":
        period = FIRST_MONTH
    if book.closed_on:
        last = min(last, book.closed_on.replace(day=1))
    while period <= last:
        yield period
        period = next_month(period)


def lines(book: Book, period: date) -> Iterator[Line]:
    """Bill one month of a book: what applies to each of its premises, in the order of the price list."""
    for premises in book.premises:
        is_beside = premises is not book.premises[0]
        for service in SERVICES:
            if premises.kind not in service.kinds or book.services not in ("all", service.of):
                continue
            if service.code == "LIFT" and not premises.building.has_lift:
                continue
            amount_used = quantity(service.measure, premises, period)
            if amount_used is None:
                continue
            unit_price = _price(service, book.company, period.year)
            amount = _cents(amount_used * unit_price)
            yield Line(
                service_code=f"{service.code}-{premises.unit}" if is_beside else service.code,
                service=f"{service.name} ({BESIDE[premises.kind]} {premises.unit})"
                if is_beside
                else service.name,
                quantity=amount_used,
                unit=UNITS.get(service.measure) or ("butas" if premises.kind == "flat" else "patalpa"),
                unit_price=unit_price,
                amount=amount,
                vat_rate=service.vat_rate,
                vat_amount=_cents(amount * service.vat_rate / (100 + service.vat_rate)),
                meter_type=METERED.get(service.measure, ""),
            )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@lru_cache(maxsize=4096)
def _price(service: Service, company: Company, year: int) -> Decimal:
    grown = service.price * company.price_level * (1 + Decimal("0.03") * (year - LIST_PRICE_YEAR))
    return grown.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def water_places(premises: Premises) -> tuple[str, ...]:
    """Return where the water meters are: a small flat has no tap in a kitchen of its own."""
    if premises.kind == "commercial":
        return ("Salė", "Tualetas")
    if premises.kind == "flat":
        return ("Vonia",) if premises.area_m2 < SMALL_FLAT else ("Virtuvė", "Vonia")
    return ()


def quantity(measure: str, premises: Premises, period: date) -> Decimal | None:
    """Return the billed amount of something used, None when that month has none."""
    if measure == "area":
        return premises.area_m2
    if measure == "each":
        return Decimal(1)
    if measure == "meters":
        return Decimal(len(water_places(premises)) * (2 if premises.kind == "flat" else 1))
    if measure == "heating":
        return _heating(premises, period)
    dice = seeded(premises.code, measure, period.isoformat())
    if measure == "electricity":
        dark = 3 if period.month in (10, 11, 12, 1, 2) else 0
        return Decimal(dice.randint(40, 60) + dark * 10) / 10
    most = 3 if measure == "cold_water" else 2
    return Decimal(dice.randint(premises.people, premises.people * most))


@lru_cache(maxsize=65536)
def _heating(premises: Premises, period: date) -> Decimal | None:
    usual = HEATING.get(period.month)
    if usual is None:
        return None
    weather = Decimal(seeded(premises.building.account, "heating", period.isoformat()).randint(85, 115)) / 100
    return (usual * weather * premises.area_m2).quantize(CENT, ROUND_HALF_UP)


def _late_interest(book: Book, earlier: list[Invoice], period: date) -> Decimal:
    """Bill a month's interest on the lines (never on interest) that have been overdue for over a month."""
    if book.habit != "late_by_seven":
        return Decimal("0.00")
    issued_on = issue_day(period)
    overdue = sum(
        (
            invoice.charged - invoice.late_interest
            for invoice in earlier[-7:]
            if issue_day(next_month(invoice.period, 7)) > issued_on and invoice.due_on + GRACE < issued_on
        ),
        Decimal("0.00"),
    )
    days = calendar.monthrange(period.year, period.month)[1]
    return _cents(overdue * LATE_INTEREST_A_DAY * days)


def _payments(invoice: Invoice) -> Iterator[Payment]:
    """Pay a bill in the manner of its payer.

    A late payer pays on the very day of a later bill, so on any day of the year there is somebody who owes
    one bill, two bills, seven bills, a part of one, and somebody who is ahead.
    """
    for part, (paid_on, amount) in enumerate(_instalments(invoice), start=1):
        book = invoice.book
        # Who pays what has piled up names no bill.
        names_invoice = (
            paid_on < issue_day(next_month(invoice.period)) and _dice(invoice, "names").random() < 0.7
        )
        yield Payment(
            book=book,
            bank_reference=f"{book.company.prefix}{invoice.issued_on:%Y%m}{book.serial}{part:02}",
            paid_on=paid_on,
            amount=amount,
            invoice_number=invoice.number if names_invoice else "",
            note=f"Už {invoice.period:%Y-%m}, mokėtojo kodas {book.payer_code}",
        )


def _instalments(invoice: Invoice) -> Iterator[tuple[date, Decimal]]:
    book, issued_on, charged = invoice.book, invoice.issued_on, invoice.charged
    next_bill_on = issue_day(next_month(invoice.period))
    if book.habit == "automatic":
        yield issued_on, charged
    elif book.habit in LATE_BY:
        yield issue_day(next_month(invoice.period, LATE_BY[book.habit])), charged
    elif book.habit == "in_parts":
        first = (charged * 6 / 10).quantize(Decimal(1), ROUND_HALF_UP).quantize(CENT)
        yield issued_on, first
        yield next_bill_on, charged - first
    elif book.habit == "in_advance":
        if invoice.total > LOW_CREDIT:
            yield issued_on, ADVANCE
    elif not (book.habit == "leaves_a_debt" and _is_leaving(book, invoice.period)):
        dice = _dice(invoice, "pays")
        is_late = book.habit == "a_few_days_late" and dice.random() < 0.25
        in_time = issued_on + timedelta(days=dice.randint(2, (invoice.due_on - issued_on).days))
        yield (invoice.due_on + timedelta(days=dice.randint(1, 3)) if is_late else in_time), charged


def _is_leaving(book: Book, period: date) -> bool:
    """Tell whether this is one of the last two months before the flat is sold again."""
    return book.opened_on is not None and period >= next_month(book.opened_on, SALE_EVERY_MONTHS - 2)


def _dice(invoice: Invoice, about: str) -> Random:
    return seeded(invoice.book.payer_code, invoice.period.isoformat(), about)
