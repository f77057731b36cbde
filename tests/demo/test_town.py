"""The town's files: believable, adding up, the same again tomorrow."""

import csv
import os
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from stdnum import iban
from stdnum.lt import pvm

from demo.history import history, issue_day, newest_period
from demo.meters import handovers
from demo.people import declarations
from demo.places import BIRUTE, BUILDINGS, COMPANIES, SOLD_FLAT, books
from demo.town import KINDS, render
from lithuanian.codes import is_company_code
from lithuanian.folding import fold_code

TODAY = date(2026, 11, 22)
CENT = Decimal("0.01")
DRILL = bool(os.environ.get("DRILL"))

Row = dict[str, str]


def read(path: Path) -> list[Row]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";", strict=True))


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


class Town:
    def __init__(self, folder: Path, today: date) -> None:
        render(today, folder)
        self.folder, self.today = folder, today
        self.companies = read(folder / "companies.csv")
        codes = [row["Įmonės kodas"] for row in self.companies]
        self.of = {
            kind: {code: read(path) for code in codes if (path := folder / code / f"{kind}.csv").exists()}
            for kind in KINDS
            if kind != "companies"
        }

    def every(self, kind: str) -> list[Row]:
        return [row for rows in self.of[kind].values() for row in rows]

    def bills(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.every("invoices"):
            found[row["Sąskaitos Nr."]].append(row)
        return found


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("town"), TODAY)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.csv")}


def test_the_same_day_gives_the_same_bytes(town: Town, tmp_path: Path) -> None:
    render(TODAY, tmp_path)
    assert contents(tmp_path) == contents(town.folder)
    assert len(contents(tmp_path)) == 1 + 3 * 4 + 2


DIAL = ("Mokėtojo kodas", "Skaitiklio tipas", "Skaitiklio Nr.", "Zona")
# What is the same on every day that shows it, and by what it is known again.
REPEATED = (
    ("invoices", ("Sąskaitos Nr.", "Eil. Nr.")),
    ("payments", ("Banko nuoroda",)),
    ("readings", (*DIAL, "Laikotarpis", "Nurašymo data")),
)


@pytest.mark.parametrize("later", [date(2026, 12, 7), date(2028, 5, 31)])
def test_a_later_day_repeats_earlier_bills_and_payments(town: Town, tmp_path: Path, later: date) -> None:
    after = Town(tmp_path, later)
    for kind, key in REPEATED:
        for code in town.of[kind]:
            before_rows = {tuple(row[name] for name in key): row for row in town.of[kind][code]}
            after_rows = {tuple(row[name] for name in key): row for row in after.of[kind][code]}
            shared = before_rows.keys() & after_rows.keys()
            assert {key: before_rows[key] for key in shared} == {key: after_rows[key] for key in shared}
            assert shared
    assert {row["Laikotarpis"] for row in after.every("invoices")} - {
        row["Laikotarpis"] for row in town.every("invoices")
    }


def test_a_later_opening_entry_equals_what_the_earlier_files_add_up_to(town: Town, tmp_path: Path) -> None:
    after = Town(tmp_path, date(2027, 9, 22))
    for code, balances in after.of["balances"].items():
        for balance in balances:
            payer_code, as_of_on = balance["Mokėtojo kodas"], balance["Data"]
            if payer_code == SOLD_FLAT:
                continue
            expected = sum(
                (
                    number(row["Likutis"])
                    for row in town.of["balances"][code]
                    if row["Mokėtojo kodas"] == payer_code
                ),
                Decimal(0),
            )
            interest_of: dict[str, Decimal] = {}
            for row in town.of["invoices"][code]:
                if row["Mokėtojo kodas"] == payer_code and row["Išrašyta"] <= as_of_on:
                    expected += number(row["Suma su PVM"])
                    interest_of[row["Sąskaitos Nr."]] = number(row["Delspinigiai"])
            expected += sum(interest_of.values(), Decimal(0))
            for row in town.of["payments"][code]:
                if row["Mokėtojo kodas"] == payer_code and row["Mokėjimo data"] <= as_of_on:
                    expected -= number(row["Suma"])
            assert (payer_code, number(balance["Likutis"])) == (payer_code, expected)


def test_lines_multiply_and_bills_add_up(town: Town) -> None:
    for rows in town.bills().values():
        for row in rows:
            amount = number(row["Suma su PVM"])
            exact = number(row["Kiekis"]) * number(row["Kaina su PVM"])
            assert amount == exact.quantize(CENT, ROUND_HALF_UP)
            rate = number(row["PVM %"])
            assert number(row["PVM suma"]) == (amount * rate / (100 + rate)).quantize(CENT, ROUND_HALF_UP)
        header = ("Ankstesnis likutis", "Gauta", "Delspinigiai", "Mokėti iš viso", "Išrašyta", "Apmokėti iki")
        assert len({tuple(row[name] for name in header) for row in rows}) == 1
        assert [row["Eil. Nr."] for row in rows] == [str(line_no) for line_no in range(1, len(rows) + 1)]
        opening, received, late_interest, total = (number(rows[0][name]) for name in header[:4])
        lines = sum((number(row["Suma su PVM"]) for row in rows), Decimal(0))
        assert total == opening - received + lines + late_interest


def test_a_bill_opens_with_the_total_of_the_one_before_and_names_what_came_since(town: Town) -> None:
    bills: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for number_, rows in town.bills().items():
        bills[rows[0]["Mokėtojo kodas"], number_.rsplit("-", 1)[1]].append(rows[0])
    paid: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for row in town.every("payments"):
        paid[row["Mokėtojo kodas"]].append((row["Mokėjimo data"], number(row["Suma"])))
    for (payer_code, _serial), own in bills.items():
        own.sort(key=lambda row: row["Išrašyta"])
        for before, row in pairwise(own):
            assert row["Ankstesnis likutis"] == before["Mokėti iš viso"]
        received = sum((number(row["Gauta"]) for row in own[1:]), Decimal(0))
        came = sum(
            (amount for on, amount in paid[payer_code] if own[0]["Išrašyta"] <= on <= own[-1]["Išrašyta"]),
            Decimal(0),
        )
        # Money of the first and the last issue day itself belongs to the bill before or after.
        on_edges = sum(
            (
                abs(amount)
                for on, amount in paid[payer_code]
                if on in (own[0]["Išrašyta"], own[-1]["Išrašyta"])
            ),
            Decimal(0),
        )
        assert abs(came - received) <= on_edges


def test_two_years_of_bills_up_to_last_month(town: Town) -> None:
    periods = sorted({row["Laikotarpis"] for row in town.every("invoices")})
    assert (len(periods), periods[0], periods[-1]) == (24, "2024-11", "2026-10")
    per_book = Counter(rows[0]["Mokėtojo kodas"] for rows in town.bills().values())
    assert set(per_book.values()) == {24}
    newest = next(rows[0] for rows in town.bills().values() if rows[0]["Laikotarpis"] == "2026-10")
    assert (newest["Išrašyta"], newest["Apmokėti iki"]) == ("2026-11-05", "2026-11-30")
    assert all(row["Mokėjimo data"] <= "2026-11-22" for row in town.every("payments"))
    assert 20_000 <= len(town.every("invoices")) <= 30_000


@pytest.mark.parametrize(
    ("today", "newest"),
    [
        (date(2026, 11, 4), date(2026, 9, 1)),
        (date(2026, 11, 5), date(2026, 10, 1)),
        (date(2026, 12, 6), date(2026, 10, 1)),  # the 5th is a Saturday
        (date(2026, 12, 7), date(2026, 11, 1)),
        (date(2027, 1, 31), date(2026, 12, 1)),
    ],
)
def test_a_month_appears_on_the_day_its_bills_are_issued(today: date, newest: date) -> None:
    assert newest_period(today=today) == newest
    assert issue_day(newest) <= today


def test_codes_have_right_check_digits(town: Town) -> None:
    for row in town.companies:
        assert is_company_code(row["Įmonės kodas"])
        assert pvm.is_valid(row["PVM kodas"])
        assert iban.is_valid(row["IBAN"])
    of_payers = {row["Mokėtojo įmonės kodas"] for row in town.every("register")} - {""}
    assert len(of_payers) == 5
    assert all(is_company_code(code) for code in of_payers)


def test_one_company_of_three_takes_declarations(town: Town) -> None:
    taking = [row for row in town.companies if row["Deklaruojami rodmenys"] == "taip"]
    assert [(row["Deklaravimo pradžia"], row["Deklaravimo pabaiga"]) for row in taking] == [("15", "27")]
    assert len(town.companies) == 3
    assert (len(BUILDINGS), len({building.company.city for building in BUILDINGS})) == (12, 3)


def test_the_register_has_every_kind_of_book(town: Town) -> None:
    rows = town.every("register")
    assert {row["Patalpos tipas"] for row in rows} == {"butas", "komercinė", "garažas", "sandėliukas"}
    assert len({row["Mokėtojo kodas"] for row in rows}) >= 100
    premises = Counter((row["Mokėtojo kodas"], row["Atidaryta"]) for row in rows)
    assert Counter(premises.values())[2] == 3
    assert sum(row["Mokėtojo teisė"] == "nuomininkas" for row in rows) == 3
    assert sum(row["Ankstesnis mokėtojo kodas"] != "" for row in rows) == 2
    assert sum(row["Mokėtojo tipas"] == "juridinis" for row in rows) == 5
    sold = [(row["Atidaryta"], row["Uždaryta"]) for row in rows if row["Mokėtojo kodas"] == SOLD_FLAT]
    assert sold == [("2024-04-01", "2026-03-31"), ("2026-04-01", "")]


def test_no_two_open_books_of_a_company_fold_alike(town: Town) -> None:
    for rows in town.of["register"].values():
        open_codes = {row["Mokėtojo kodas"] for row in rows if not row["Uždaryta"]}
        earlier = {row["Ankstesnis mokėtojo kodas"] for row in rows} - {""}
        assert len({fold_code(code) for code in open_codes | earlier}) == len(open_codes) + len(earlier)


def test_bank_references_and_invoice_numbers_are_unique_within_a_company(town: Town) -> None:
    for code, rows in town.of["payments"].items():
        assert len({row["Banko nuoroda"] for row in rows}) == len(rows)
        lines = [(row["Sąskaitos Nr."], row["Eil. Nr."]) for row in town.of["invoices"][code]]
        assert len(set(lines)) == len(lines)


def test_a_payment_names_only_a_bill_of_its_own_book_that_is_in_the_files(town: Town) -> None:
    payer_of = {number_: rows[0]["Mokėtojo kodas"] for number_, rows in town.bills().items()}
    named = [row for row in town.every("payments") if row["Sąskaitos Nr."]]
    assert all(payer_of[row["Sąskaitos Nr."]] == row["Mokėtojo kodas"] for row in named)
    share = len(named) / len(town.every("payments"))
    assert 0.3 < share < 0.8


def test_every_book_has_one_opening_entry_of_the_day_before_the_first_bill(town: Town) -> None:
    assert len(town.every("balances")) == len(
        {(row["Mokėtojo kodas"], row["Atidaryta"]) for row in town.every("register")}
    )
    days = Counter(row["Data"] for row in town.every("balances"))
    assert days == {"2024-12-04": len(town.every("balances")) - 1, "2026-04-01": 1}
    amounts = [number(row["Likutis"]) for row in town.every("balances")]
    assert sum(amount == 0 for amount in amounts) > len(amounts) / 2
    assert any(amount > 0 for amount in amounts)
    assert any(amount < 0 for amount in amounts)


@pytest.mark.parametrize("today", [date(2026, 4, 2), date(2028, 4, 2), date(2028, 4, 28)])
def test_in_the_days_after_a_sale_the_sellers_entry_is_of_the_sellers_days(
    tmp_path: Path, today: date
) -> None:
    town = Town(tmp_path, today)
    sold = [(row["Atidaryta"], row["Uždaryta"]) for row in town.every("register") if row["Uždaryta"]]
    entries = [row["Data"] for row in town.every("balances") if row["Mokėtojo kodas"] == SOLD_FLAT]
    assert len(entries) == len(sold) + 1
    for (opened_on, closed_on), entry in zip(sold, entries, strict=False):
        assert opened_on <= entry <= closed_on


def unpaid_bills(payer_code: str, *, today: date) -> Decimal | int:
    """How many of the newest bills make up what is owed; the amount itself when it is not whole bills."""
    book = [book for book in books(today=today) if book.payer_code == payer_code][-1]
    past = history(book, today=today)
    owed = past.balance(on=today)
    for unpaid in range(10):
        if owed == sum(
            (invoice.charged for invoice in past.invoices[len(past.invoices) - unpaid :]), Decimal(0)
        ):
            return unpaid
    return owed


@pytest.mark.parametrize("days", [0, 12, 13, 14, 15, 16, 39, 43, 44, 160, 900] if DRILL else [0, 14, 44])
def test_on_any_day_somebody_owes_in_every_way(days: int) -> None:
    today = TODAY + timedelta(days=days)
    assert {
        payer_code: unpaid_bills(payer_code, today=today)
        for payer_code in ("AU-0611 07-G7", "KN-0418 22-15", "KN-0419 23-42", "LY-0209 03-7", "LY-0207 01-26")
    } == {"AU-0611 07-G7": 0, "KN-0418 22-15": 1, "KN-0419 23-42": 1, "LY-0209 03-7": 2, "LY-0207 01-26": 7}
    of = {
        book.payer_code: history(book, today=today) for book in books(today=today) if book.closed_on is None
    }
    assert of["KN-0418 22-7"].balance(on=today) < 0
    part, whole = of["AU-0611 07-21"].balance(on=today), of["AU-0611 07-21"].invoices[-1].charged
    assert 0 < part < whole
    assert all(invoice.late_interest > 0 for invoice in of["LY-0207 01-26"].invoices[-24:])


@pytest.mark.parametrize(
    ("today", "unpaid"),
    [
        (TODAY, 2),
        (date(2026, 3, 31), 2),
        (date(2026, 4, 2), 1),  # the last bill is not out yet
        (date(2026, 4, 7), 2),
        (date(2028, 6, 1), 2),
    ],
)
def test_whoever_sold_the_flat_last_left_a_debt(today: date, unpaid: int) -> None:
    sold = [book for book in books(today=today) if book.payer_code == SOLD_FLAT and book.closed_on][-1]
    past = history(sold, today=today)
    assert past.balance(on=today) == sum(invoice.charged for invoice in past.invoices[-unpaid:])
    assert sold.closed_on is not None
    assert all(payment.paid_on <= sold.closed_on for payment in past.payments)


def test_a_bill_for_a_flat_has_the_usual_lines(town: Town) -> None:
    home = [rows for rows in town.bills().values() if rows[0]["Mokėtojo kodas"] == "KN-0418 22-15"]
    september = next(rows for rows in home if rows[0]["Laikotarpis"] == "2026-09")
    assert [row["Paslauga"] for row in september] == [
        "Namo administravimas",
        "Techninė priežiūra",
        "Kaupiamosios lėšos",
        "Laiptinės ir teritorijos valymas",
        "Lifto priežiūra",
        "Bendrų patalpų elektra",
        "Šaltas vanduo",
        "Karštas vanduo",
        "Vandens pardavimo paslauga",
        "Skaitiklių priežiūra",
    ]
    assert [row["Suma su PVM"] for row in september[:5]] == ["3,40", "4,76", "5,23", "4,60", "2,90"]
    heated = sorted(rows[0]["Laikotarpis"] for rows in home if rows[-1]["Paslauga"] == "Šildymas")
    assert {period[-2:] for period in heated} == {"10", "11", "12", "01", "02", "03", "04"}
    assert len(heated) == 14


def test_three_books_of_two_companies_are_of_one_person(town: Town) -> None:
    assert [
        (row["Mokėtojo kodas"], row["Miestas"])
        for row in town.every("register")
        if row["Mokėtojas"] == BIRUTE
    ] == [("KN-0418 22-15", "Klaipėda"), ("KN-0419 23-42", "Klaipėda"), ("AU-0611 07-G7", "Kaunas")]


def test_no_town_before_its_beginning(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="The town begins with 2020-01"):
        render(date(2021, 5, 5), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_company_codes_are_the_folders(town: Town) -> None:
    assert {path.name for path in town.folder.iterdir() if path.is_dir()} == {
        company.code for company in COMPANIES
    }


# ── Meters ──────────────────────────────────────────────────────────────────────────────────────


def used(town: Town) -> dict[tuple[str, str, str], dict[str, Decimal]]:
    """What each dial of water and heat used from one month to the next, by payer, type and serial."""
    found: dict[tuple[str, str, str], dict[str, Decimal]] = defaultdict(dict)
    rows: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in town.every("readings"):
        if not row["Zona"]:
            rows[row["Mokėtojo kodas"], row["Skaitiklio tipas"], row["Skaitiklio Nr."]].append(row)
    months = sorted({row["Laikotarpis"] for row in town.every("readings")})
    for key, own in rows.items():
        value = {row["Laikotarpis"]: number(row["Rodmuo"]) for row in own}
        for before, month in pairwise(months):
            if before in value and month in value:
                found[key][month] = value[month] - value[before]
    return found


def test_only_who_takes_declarations_has_meters(town: Town) -> None:
    taking = [row["Įmonės kodas"] for row in town.companies if row["Deklaruojami rodmenys"] == "taip"]
    assert [*town.of["meters"]] == [*town.of["readings"]] == taking
    assert {row["Skaitiklio tipas"] for row in town.every("meters")} == {
        "šaltas vanduo", "karštas vanduo", "elektra", "dujos", "šiluma",
    }  # fmt: skip
    assert {row["Zona"] for row in town.every("meters")} == {"", "T1", "T2"}


def test_two_years_of_readings_in_their_windows(town: Town) -> None:
    rows = town.every("readings")
    months = sorted({row["Laikotarpis"] for row in rows})
    assert (len(months), months[0], months[-1]) == (24, "2024-12", "2026-11")
    assert {row["Nurašymo data"][:7] == row["Laikotarpis"] for row in rows} == {True}
    days = {int(row["Nurašymo data"][8:]) for row in rows}
    assert (min(days), max(days)) == (15, 27)
    assert max(row["Nurašymo data"] for row in rows) <= "2026-11-22"
    assert 3_000 <= len(rows) <= 5_000


def test_bills_and_water_meters_say_the_same(town: Town) -> None:
    billed: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in town.every("invoices"):
        if row["Skaitiklio tipas"]:
            billed[row["Mokėtojo kodas"], row["Skaitiklio tipas"], row["Laikotarpis"]] += number(
                row["Kiekis"]
            )
    metered: dict[tuple[str, str, str], list[Decimal]] = defaultdict(list)
    for (payer_code, kind, _serial), months in used(town).items():
        for month, amount in months.items():
            metered[payer_code, kind, month].append(amount)
    places = Counter(
        (row["Mokėtojo kodas"], row["Skaitiklio tipas"]) for row in town.every("meters") if not row["Nuimtas"]
    )
    compared = 0
    for (payer_code, kind, month), amounts in metered.items():
        whole = len(amounts) == places[payer_code, kind]
        if whole and (payer_code, kind, month) in billed:
            assert sum(amounts) == billed[payer_code, kind, month], (payer_code, kind, month)
            compared += 1
    assert compared > 1_000


def test_heat_has_its_seasons(town: Town) -> None:
    by_month: dict[str, Decimal] = defaultdict(Decimal)
    for (_payer_code, kind, _serial), months in used(town).items():
        if kind == "šiluma":
            for month, amount in months.items():
                by_month[month[5:]] += amount
    assert by_month["07"] == 0
    assert by_month["01"] > by_month["10"] > 0


@pytest.mark.parametrize("days", [0, 9, 40, 900] if DRILL else [0, 40])
def test_on_any_day_there_is_a_meter_of_each_story(tmp_path: Path, days: int) -> None:
    today = TODAY + timedelta(days=days)
    town = Town(tmp_path, today)
    rows = town.every("meters")
    birute = [row for row in rows if row["Mokėtojo kodas"] == "KN-0418 22-15"]
    removed = [row for row in birute if row["Nuimtas"] and row["Skaitiklio tipas"] == "karštas vanduo"]
    assert any(
        old["Nuimtas"] == new["Įrengtas"] and old["Vieta"] == new["Vieta"]
        for old in removed
        for new in birute
    )
    soon = (today + timedelta(days=62)).isoformat()
    assert any(today.isoformat() < row["Patikra galioja iki"] <= soon for row in birute)
    assert any(row["Nuotolinis"] == "taip" for row in rows if row["Mokėtojo kodas"] == "KN-0419 23-42")
    assert all(row["Galutinis rodmuo"] for row in rows if row["Nuimtas"])
    declared = [
        reading for each in declarations(today=today) for reading in each.readings
        if reading.meter.place.integer_digits == 4
    ]  # fmt: skip
    bakery = [
        number(row["Rodmuo"]) for row in town.every("readings")
        if row["Mokėtojo kodas"] == "KN-0418 22-K1" and row["Skaitiklio tipas"] == "elektra"
    ] + [reading.value for reading in declared]  # fmt: skip
    assert sum(later < earlier for earlier, later in pairwise(bakery)) in (1, 2)
    assert {each.meter.place.premises.unit for each in handovers(today=today)} <= {"7"}


def test_what_people_declare_themselves_is_not_in_the_files(town: Town) -> None:
    own = {
        (each.declared_on, reading.book.payer_code)
        for each in declarations(today=TODAY)
        for reading in each.readings
    }
    assert {code for _on, code in own} == {"KN-0418 22-15", "KN-0419 23-42", "KN-0418 22-K1"}
    assert min(on for on, _code in own) >= date(2025, 12, 15)
    assert max(on for on, _code in own) <= TODAY
    rows = [row for row in town.every("readings") if row["Mokėtojo kodas"] in {code for _on, code in own}]
    by_hand = [row for row in rows if row["Skaitiklio tipas"] != "šiluma"]
    assert max(row["Laikotarpis"] for row in by_hand) == "2025-11"
