"""„Kodėl tiek?“: which services changed, why, and how that is said."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from invoices.explain import Change, change, charges_of, counterpart, gone
from invoices.models import Invoice, Line
from invoices.months import Months, months_of, with_months
from invoices.why import Why, why_of
from tests.factories import BookFactory, InvoiceFactory

NOW, BEFORE, YEAR_AGO = date(2026, 9, 1), date(2026, 8, 1), date(2025, 9, 1)
TODAY = date(2026, 10, 20)


@pytest.fixture(autouse=True)
def _in_lithuanian() -> Any:
    with translation.override("lt"):
        yield


def line(service: str, amount: str, **fields: Any) -> Line:
    numbers = {name: Decimal(fields.pop(name)) for name in ("quantity", "unit_price") if name in fields}
    return Line(
        service=service, amount=Decimal(amount), invoice_id=fields.pop("invoice", 1), **fields, **numbers
    )


def one(*lines: Line) -> Any:
    (charge,) = charges_of(lines)
    return charge


# ── The rule ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [
        ("11.00", "10.00", None),
        ("11.01", "10.00", "1.01"),
        ("9.00", "10.00", None),
        ("8.99", "10.00", "-1.01"),
        ("0.00", "0.00", None),
        ("0.01", "0.00", "0.01"),
        ("-11.01", "-10.00", "-1.01"),
        ("-11.00", "-10.00", None),
        ("0.00", "10.00", "-10.00"),
    ],
)
def test_a_tenth_is_not_worth_a_sentence(now: str, then: str, expected: str | None) -> None:
    found = change(now=one(line("Šildymas", now)), then=one(line("Šildymas", then)))
    assert (found and found.difference) == (expected and Decimal(expected))


def test_what_was_not_there_is_new_and_a_line_of_nothing_is_not() -> None:
    assert change(now=one(line("Liftas", "2.90")), then=None) == Change(
        difference=Decimal("2.90"), is_new=True
    )
    assert change(now=one(line("Liftas", "0.00")), then=None) is None


def test_names_the_quantity_or_the_price_that_changed() -> None:
    then = one(line("Vanduo", "10.00", quantity="5", unit="m³", unit_price="2"))
    more = one(line("Vanduo", "16.00", quantity="8", unit="m³", unit_price="2"))
    dearer = one(line("Vanduo", "15.00", quantity="5", unit="m³", unit_price="3"))
    other_unit = one(line("Vanduo", "16.00", quantity="8000", unit="l", unit_price="0.002"))
    assert change(now=more, then=then) == Change(
        difference=Decimal(6), quantity=(Decimal(8), Decimal(5)), price=None
    )
    assert change(now=dearer, then=then) == Change(
        difference=Decimal(5), quantity=None, price=(Decimal(3), Decimal(2))
    )
    assert change(now=other_unit, then=then) == Change(difference=Decimal(6))


def test_lines_of_one_service_are_added_up() -> None:
    charge = one(
        line("Elektra", "4.00", service_code="EL", quantity="20", unit="kWh", unit_price="0.2"),
        line("Elektra naktį", "1.00", service_code="el", quantity="10", unit="kWh", unit_price="0.1"),
    )
    assert (charge.service, charge.amount, charge.quantity, charge.unit_price) == (
        "Elektra",
        Decimal(5),
        Decimal(30),
        None,
    )


@pytest.mark.parametrize(
    ("now", "then", "is_same"),
    [
        (("Šildymas", ""), ("ŠILDYMAS ", ""), True),
        (("Šildymas", "S-1"), ("Šiluma", "s1"), True),
        (("Šildymas", "S1"), ("Šildymas", ""), True),
        (("Šildymas", ""), ("Šildymas", "S1"), True),
        (("Šildymas", "S1"), ("Šildymas", "S2"), False),
        (("Šildymas", ""), ("Vanduo", ""), False),
    ],
)
def test_recognises_a_service_by_code_else_by_name(
    now: tuple[str, str], then: tuple[str, str], is_same: bool
) -> None:
    before = charges_of([line(then[0], "5.00", service_code=then[1])])
    charge = one(line(now[0], "5.00", service_code=now[1]))
    assert counterpart(charge, charges=before) == (before[0] if is_same else None)
    assert gone(now=[charge], then=before) == ([] if is_same else before)


# ── In words ────────────────────────────────────────────────────────────────────────────────────


def why(lines: dict[date, list[Line]], charged: dict[date, str] | None = None) -> Why:
    sums = {month: sum((row.amount for row in rows), Decimal(0)) for month, rows in lines.items()}
    sums |= {month: Decimal(amount) for month, amount in (charged or {}).items()}
    return why_of(invoice=Invoice(pk=1, period=NOW), months=Months(charged=sums, lines=lines))


def test_says_what_changed_most_first_and_why() -> None:
    water = {"unit": "m³", "service_code": "KV"}
    found = why(
        {
            NOW: [
                line("Bendra elektra", "1.20", quantity="6", unit="kWh", unit_price="0.2"),
                line("Karštas vanduo", "25.28", quantity="4", unit_price="6.32", **water),
                line("Liftas", "2.90"),
                line("Valymas", "4.60"),
            ],
            BEFORE: [
                line("Bendra elektra", "1.44", quantity="6", unit="kWh", unit_price="0.24"),
                line("Karštas vanduo", "12.64", quantity="2", unit_price="6.32", **water),
                line("Šildymas", "9.99"),
                line("Valymas", "4.60"),
            ],
            YEAR_AGO: [
                line("Karštas vanduo", "24.00", quantity="4", unit_price="6", **water),
                line("Valymas", "4.00"),
            ],
        }
    )
    assert found.headline == "5,31\xa0€ daugiau nei už rugpjūtį, 5,98\xa0€ daugiau nei prieš metus."
    assert [(reason.service, reason.amount, reason.words) for reason in found.reasons] == [
        (
            "Karštas vanduo",
            "25,28\xa0€",
            "12,64\xa0€ daugiau nei už rugpjūtį (4\xa0m³ vietoj 2\xa0m³).",
        ),
        ("Liftas", "2,90\xa0€", "Nebuvo nei už rugpjūtį, nei prieš metus."),
        (
            "Bendra elektra",
            "1,20\xa0€",
            "0,24\xa0€ mažiau nei už rugpjūtį (kaina 0,20\xa0€ vietoj 0,24\xa0€), prieš metus nebuvo.",
        ),
        ("Valymas", "4,60\xa0€", "0,60\xa0€ daugiau nei prieš metus."),
    ]
    assert (found.unchanged, found.gone) == (
        "",
        "Už rugpjūtį dar buvo, o dabar nebėra: Šildymas (9,99\xa0€).",
    )


def test_says_that_nothing_changed_and_that_there_is_nothing_to_compare_with() -> None:
    same = why({NOW: [line("Valymas", "4.60")], BEFORE: [line("Valymas", "4.60")]})
    assert (same.headline, same.reasons, bool(same.unchanged)) == ("Tiek pat, kiek už rugpjūtį.", [], True)
    first = why({NOW: [line("Valymas", "4.60")]})
    assert (first.headline, first.reasons, first.unchanged) == (
        "Ankstesnės sąskaitos, su kuria būtų galima palyginti, nėra.",
        [],
        "",
    )


def test_explains_two_invoices_of_a_month_together() -> None:
    found = why(
        {
            NOW: [line("Valymas", "4.60"), line("Šildymas", "9.00", invoice=2)],
            BEFORE: [line("Valymas", "4.60")],
        }
    )
    assert found.headline == "Visos sąskaitos už rugsėjį kartu: 9,00\xa0€ daugiau nei už rugpjūtį."


def test_draws_a_year_with_its_gaps() -> None:
    found = why(
        {NOW: [line("Valymas", "40.00")]}, {date(2026, 7, 1): "-5.00", date(2026, 6, 1): "20.00", BEFORE: "0"}
    )
    assert [(bar.label, bar.number, bar.height) for bar in found.bars] == [
        ("bir", "20", 50),
        ("lie", "−5", 0),
        ("rgp", "0", 0),
        ("rgs", "40", 100),
    ]
    late = why({NOW: [line("Valymas", "40.00")]}, {YEAR_AGO: "10.00"})
    assert (len(late.bars), late.bars[0].amount, late.bars[1].amount) == (13, "10,00\xa0€", "–")
    assert late.span == "2025 m. rugsėjis – 2026 m. rugsėjis"


@pytest.mark.parametrize(
    ("charged", "chart", "numbers"),
    [
        ("9999.40", "€", ["9\xa0999", "120"]),
        ("10000.00", "tūkst. €", ["10", "0"]),
        ("1234630.00", "tūkst. €", ["1\xa0235", "0"]),
        ("-1234630.00", "tūkst. €", ["−1\xa0234,6", "0,1"]),
        ("99999999.99", "mln. €", ["100", "0"]),
        ("9999999999.99", "mln. €", ["10\xa0000", "0"]),
    ],
)
def test_big_sums_stand_above_their_bars_in_thousands(charged: str, chart: str, numbers: list[str]) -> None:
    found = why({NOW: [line("Valymas", "120.00")]}, {BEFORE: charged})
    assert found.chart == f"Sąskaitos pagal mėnesius, {chart}"
    assert [bar.number for bar in found.bars] == numbers


# ── What is compared ────────────────────────────────────────────────────────────────────────────


def read(invoice: Invoice) -> Months:
    return months_of(with_months(Invoice.objects.all(), today=TODAY).get(pk=invoice.pk))


def test_reads_the_months_of_the_same_book_that_residents_may_see(db: None) -> None:
    book = BookFactory()

    def issue(period: date, amount: str, *, of: Any = book, **fields: Any) -> Invoice:
        fields = {"issued_on": min(period.replace(day=28), TODAY), "due_on": TODAY, **fields}
        invoice = InvoiceFactory(payment_book=of, period=period, charged=Decimal(amount), **fields)
        Line.objects.create(
            invoice=invoice, line_no=1, service="Valymas", amount=Decimal(amount), quantity=Decimal("1.5")
        )
        return invoice

    invoice = issue(NOW, "40.00")
    issue(BEFORE, "30.00")
    issue(YEAR_AGO, "20.00")
    issue(date(2026, 3, 1), "25.00")
    issue(date(2025, 8, 1), "99.00")
    issue(date(2026, 10, 1), "99.00")
    issue(BEFORE, "99.00", is_held=True)
    issue(BEFORE, "99.00", status=Invoice.Status.CANCELLED)
    issue(BEFORE, "99.00", issued_on=date(2026, 10, 21))
    issue(BEFORE, "99.00", of=BookFactory(managing_company=book.managing_company))
    months = read(invoice)
    assert months.charged == {
        YEAR_AGO: Decimal(20),
        date(2026, 3, 1): Decimal(25),
        BEFORE: Decimal(30),
        NOW: Decimal(40),
    }
    assert {month: [(row.amount, row.quantity) for row in rows] for month, rows in months.lines.items()} == {
        month: [(amount, Decimal("1.5"))] for month, amount in months.charged.items() if month.month != 3
    }


@pytest.mark.parametrize("period", [date(2024, 3, 1), date(2025, 3, 1), date(2026, 1, 1), date(2024, 2, 1)])
def test_months_are_months_whatever_their_length(db: None, period: date) -> None:
    book = BookFactory()
    months = [date(period.year - back // 12 - (period.month <= back % 12), (period.month - back - 1) % 12 + 1, 1)
              for back in range(15)]  # fmt: skip
    invoices = [
        InvoiceFactory(payment_book=book, period=month, issued_on=month, due_on=month, charged=Decimal(10))
        for month in months
    ]
    for invoice in invoices:
        Line.objects.create(invoice=invoice, line_no=1, service="Valymas", amount=Decimal(10))
    found = read(invoices[0])
    assert sorted(found.charged) == sorted(months[:13])
    assert sorted(found.lines) == sorted([months[0], months[1], months[12]])


def test_a_cancelled_invoice_still_shows_its_lines(db: None) -> None:
    invoice = InvoiceFactory(period=NOW, issued_on=NOW, due_on=NOW, status=Invoice.Status.CANCELLED)
    Line.objects.create(invoice=invoice, line_no=1, service="Valymas", amount=Decimal(10))
    months = read(invoice)
    assert months.charged == {}
    assert [row.service for row in months.lines[NOW]] == ["Valymas"]
