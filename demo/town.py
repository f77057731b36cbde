"""The town's files, as each managing company's accounting would send them."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from demo.history import (
    MONTHS_REMEMBERED,
    MONTHS_SHOWN,
    History,
    Invoice,
    history,
    issue_day,
    newest_period,
    next_month,
)
from demo.meters import Meter, Reading, meters, payer, readings
from demo.people import declares_oneself
from demo.places import COMPANIES, FIRST_MONTH, Book, Company, books

# Kinds of files in the order in which they have to be taken in; the first one has no folder of its own.
KINDS = ("companies", "register", "balances", "invoices", "payments", "meters", "readings")
# Those that only a company has whose residents declare meters.
KINDS_OF_DECLARING = ("meters", "readings")

PREMISES_KINDS = {"flat": "butas", "commercial": "komercinė", "garage": "garažas", "storage": "sandėliukas"}
PAYER_KINDS = {"person": "fizinis", "company": "juridinis"}
PAYER_ROLES = {"owner": "savininkas", "tenant": "nuomininkas"}
METER_TYPES = {
    "cold_water": "šaltas vanduo",
    "hot_water": "karštas vanduo",
    "electricity": "elektra",
    "gas": "dujos",
    "heat": "šiluma",
}

Row = dict[str, str]


@dataclass(frozen=True)
class Shown:
    """A book with the part of its history that the files hold."""

    book: Book
    history: History
    as_of_on: date
    first_period: date

    @property
    def invoices(self) -> Iterator[Invoice]:
        """Yield the bills of the months shown."""
        return (invoice for invoice in self.history.invoices if invoice.period >= self.first_period)


def render(today: date, folder: Path) -> None:
    """Write `companies.csv` and each company's own files, the same bytes whenever it is the same day.

    They hold the 24 newest months whose bills are out, and what was owed on the day before the first of them.
    """
    shown = list(_shown(today=today))
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "companies.csv", map(_company_row, COMPANIES))
    for company in COMPANIES:
        own = [each for each in shown if each.book.company is company]
        (folder / company.code).mkdir(exist_ok=True)
        _write(
            folder / company.code / "register.csv", (row for each in own for row in _register_rows(each.book))
        )
        _write(folder / company.code / "balances.csv", map(_balance_row, own))
        _write(folder / company.code / "invoices.csv", (row for each in own for row in _invoice_rows(each)))
        _write(folder / company.code / "payments.csv", (row for each in own for row in _payment_rows(each)))
        if company.declares_readings:
            _write(folder / company.code / "meters.csv", _meter_rows(company, today=today))
            _write(folder / company.code / "readings.csv", _reading_rows(company, today=today))


def kinds_of(company: Company | None) -> Iterator[str]:
    """Yield the kinds of files that a company has, None standing for what is told of the companies themselves."""
    for kind in KINDS:
        if (kind == "companies") == (company is None) and (
            kind not in KINDS_OF_DECLARING or (company is not None and company.declares_readings)
        ):
            yield kind


def _shown(*, today: date) -> Iterator[Shown]:
    first_period = next_month(newest_period(today=today), 1 - MONTHS_SHOWN)
    if first_period < next_month(FIRST_MONTH, MONTHS_REMEMBERED):
        raise ValueError(
            f"The town begins with {FIRST_MONTH:%Y-%m}: there is nothing to show yet on {today}."
        )
    day_before = issue_day(first_period) - timedelta(days=1)
    for book in books(today=today):
        if book.closed_on is None or book.closed_on >= first_period:
            as_of_on = max(day_before, book.opened_on or day_before)
            # An entry goes to whose day it is, in the days after a sale too.
            as_of_on = min(as_of_on, book.closed_on or as_of_on)
            yield Shown(book, history(book, today=today), as_of_on, first_period)


def _company_row(company: Company) -> Row:
    return {
        "Įmonės kodas": company.code,
        "Pavadinimas": company.name,
        "Deklaruojami rodmenys": "taip" if company.declares_readings else "ne",
        "Deklaravimo pradžia": "15" if company.declares_readings else "",
        "Deklaravimo pabaiga": "27" if company.declares_readings else "",
        "IBAN": company.iban,
        "Gavėjas": company.beneficiary,
        "El. paštas": company.email,
        "Telefono numeris": company.phone,
        "PVM kodas": company.vat_code,
        "Adresas": company.address,
        "Avarinė tarnyba": company.emergency_phone,
    }


def _register_rows(book: Book) -> Iterator[Row]:
    for premises in book.premises:
        building = premises.building
        yield {
            "Mokėtojo kodas": book.payer_code,
            "Mokėtojas": book.payer_name,
            "Mokėtojo tipas": PAYER_KINDS[book.payer_kind],
            "Mokėtojo įmonės kodas": book.payer_company_code,
            "Mokėtojo el. paštas": book.payer_email,
            "Mokėtojo teisė": PAYER_ROLES[book.payer_role],
            "Ankstesnis mokėtojo kodas": book.previous_payer_code,
            "Atidaryta": _day(book.opened_on),
            "Uždaryta": _day(book.closed_on),
            "Namo kodas": building.code,
            "Miestas": building.company.city,
            "Gatvė": building.street,
            "Namo Nr.": building.house,
            "Pašto kodas": building.postal_code,
            "Laiptinė": premises.staircase,
            "Patalpos tipas": PREMISES_KINDS[premises.kind],
            "Buto Nr.": premises.unit,
            "Unikalus Nr.": premises.code,
            "Plotas m²": _number(premises.area_m2),
        }


def _balance_row(shown: Shown) -> Row:
    return {
        "Mokėtojo kodas": shown.book.payer_code,
        "Data": shown.as_of_on.isoformat(),
        "Likutis": _number(shown.history.balance(on=shown.as_of_on)),
    }


def _invoice_rows(shown: Shown) -> Iterator[Row]:
    for invoice in shown.invoices:
        header = {
            "Sąskaitos Nr.": invoice.number,
            "Mokėtojo kodas": shown.book.payer_code,
            "Laikotarpis": f"{invoice.period:%Y-%m}",
            "Išrašyta": invoice.issued_on.isoformat(),
            "Apmokėti iki": invoice.due_on.isoformat(),
            "Ankstesnis likutis": _number(invoice.opening_balance),
            "Gauta": _number(invoice.received),
            "Delspinigiai": _number(invoice.late_interest),
            "Mokėti iš viso": _number(invoice.total),
        }
        for line_no, line in enumerate(invoice.lines, start=1):
            yield header | {
                "Eil. Nr.": str(line_no),
                "Paslaugos kodas": line.service_code,
                "Paslauga": line.service,
                "Kiekis": _number(line.quantity),
                "Mato vnt.": line.unit,
                "Kaina su PVM": _number(line.unit_price),
                "Suma su PVM": _number(line.amount),
                "PVM %": str(line.vat_rate),
                "PVM suma": _number(line.vat_amount),
                "Skaitiklio tipas": line.meter_type,
            }


def _payment_rows(shown: Shown) -> Iterator[Row]:
    for payment in shown.history.payments:
        if payment.paid_on > shown.as_of_on:
            yield {
                "Banko nuoroda": payment.bank_reference,
                "Mokėtojo kodas": shown.book.payer_code,
                "Mokėjimo data": payment.paid_on.isoformat(),
                "Suma": _number(payment.amount),
                "Sąskaitos Nr.": payment.invoice_number,
                "Mokėtojas": shown.book.payer_name,
                "Paskirtis": payment.note,
            }


def _meter_rows(company: Company, *, today: date) -> Iterator[Row]:
    for meter, _values in meters(today=today):
        place = meter.place
        if place.premises.building.company is company:
            yield _dial(meter, payer(place.premises, today=today)) | {
                "Vieta": place.name,
                "Įrengtas": meter.installed_on.isoformat(),
                "Pradinis rodmuo": "0",
                "Nuimtas": _day(meter.removed_on),
                "Galutinis rodmuo": "" if meter.final_reading is None else _number(meter.final_reading),
                "Patikra galioja iki": meter.verified_until.isoformat(),
                "Nuotolinis": "taip" if place.is_remote else "ne",
                "Sveikųjų skaitmenų": str(place.integer_digits or ""),
                "Unikalus Nr.": place.premises.code,
            }


def _reading_rows(company: Company, *, today: date) -> Iterator[Row]:
    """Yield what was read, but for what the people with accounts declare in the portal themselves."""
    found = (each for each in readings(today=today) if each.book.company is company)
    for reading in sorted(found, key=_when_read):
        if not declares_oneself(reading, today=today):
            yield _dial(reading.meter, reading.book) | {
                "Laikotarpis": f"{reading.period:%Y-%m}",
                "Rodmuo": _number(reading.value),
                "Nurašymo data": reading.read_on.isoformat(),
            }


def _when_read(reading: Reading) -> tuple[date, int, str]:
    return reading.period, reading.book.serial, reading.meter.serial


def _dial(meter: Meter, book: Book) -> Row:
    return {
        "Mokėtojo kodas": book.payer_code,
        "Skaitiklio Nr.": meter.serial,
        "Skaitiklio tipas": METER_TYPES[meter.place.type],
        "Zona": meter.register,
    }


def _number(number: Decimal) -> str:
    return f"{number:f}".replace(".", ",")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _write(path: Path, rows: Iterable[Row]) -> None:
    """Write rows of equal columns the way spreadsheets in Lithuania do: BOM, `;`, decimal comma."""
    rows = list(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
