"""Who pays for what: book identity, succession, changed codes, buildings and premises."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from properties.models import Building, PayerCodeAlias, PayerCorrection, PaymentBook, Property
from tests.imports.conftest import counted

pytestmark = pytest.mark.django_db

HEADER = "payer_code;payer_name;payer_kind;city;street;house;premises_kind;unit;opened_on;closed_on"


def register(*rows: str, more: str = "") -> str:
    return "\n".join([HEADER + more, *rows]) + "\n"


def row(
    code="A-1", name="Ona Pavyzdė", unit="1", opened="", closed="", kind="flat", house="8", more=""
) -> str:
    return f"{code};{name};person;Klaipėda;Beržyno g.;{house};{kind};{unit};{opened};{closed}{more}"


def books() -> list[tuple[str, str, date | None, date | None]]:
    return list(
        PaymentBook.objects.order_by("id").values_list("payer_code", "payer_name", "opened_on", "closed_on")
    )


class TestIdentity:
    def test_rows_make_buildings_premises_and_books(self, company, take) -> None:
        result = take("register", register(row(), row(code="A-2", unit="2"), row(kind="garage", unit="G7")))
        assert (result.status, result.counts) == (0, counted(created=3))
        assert Building.objects.count() == 1
        assert sorted(Property.objects.values_list("kind", "unit")) == [
            ("flat", "1"),
            ("flat", "2"),
            ("garage", "G7"),
        ]
        assert PaymentBook.objects.get(payer_code="A-1").premises.count() == 2

    def test_again_changes_nothing_and_absence_deletes_nothing(self, company, take) -> None:
        file = register(row(), row(code="A-2", unit="2", opened="2024-01-01"), row(unit="", kind="storage"))
        take("register", file)
        assert take("register", file).counts == counted(unchanged=3)
        assert take("register", register(row())).counts == counted(unchanged=1)
        assert PaymentBook.objects.count() == 2

    def test_other_spelling_of_code_and_address_is_the_same_object(self, company, take) -> None:
        take("register", register(row(code="KN-0418 22", house="8a")))
        result = take(
            "register", register(row(code="kn041822", house="8A").replace("Beržyno g.", "BERZYNO G"))
        )
        assert result.counts == counted(updated=1)
        assert (PaymentBook.objects.count(), Building.objects.count(), Property.objects.count()) == (1, 1, 1)

    def test_lithuanian_values(self, company, take) -> None:
        result = take(
            "register",
            "Mokėtojo kodas;Mokėtojas;Mokėtojo tipas;Miestas;Gatvė;Namo Nr.;"
            "Patalpos tipas;Buto Nr.;Plotas m²;Mokėtojo teisė\n"
            "A-1;UAB „Pavyzdys“;juridinis;Kaunas;Topolių g.;11;garažas;G7;18,50;nuomininkas\n",
        )
        assert result.counts == counted(created=1)
        book = PaymentBook.objects.get()
        assert (book.payer_kind, book.payer_role, book.premises.get().kind) == ("company", "tenant", "garage")

    def test_two_codes_that_fold_alike_at_the_same_time_are_refused(self, company, take) -> None:
        result = take("register", register(row(code="A-1"), row(code="A 1", name="Petras Kitas", unit="2")))
        assert (result.status, result.counts) == (1, counted(rejected=2))
        assert not PaymentBook.objects.exists()
        assert not Building.objects.exists()

    def test_the_database_refuses_two_books_of_one_code_at_once(self, company, take) -> None:
        take("register", register(row(opened="2024-01-01")))
        with pytest.raises(IntegrityError, match="one_payment_book_per_code_at_a_time"), transaction.atomic():
            PaymentBook.objects.create(
                managing_company=company, payer_code="a 1", payer_name="X", payer_kind="person",
                opened_on=date(2025, 1, 1),
            )  # fmt: skip

    def test_rows_of_one_book_that_differ_in_the_payers_fields_are_rejected(self, company, take) -> None:
        result = take(
            "register", register(row(), row(name="Kitas Vardas", unit="2"), row(code="B-1", unit="3"))
        )
        assert (result.status, result.counts) == (1, counted(created=1, rejected=2))
        assert [error["line"] for error in result.errors] == ["2", "3"]

    def test_premises_without_number_are_known_by_their_book(self, company, take) -> None:
        file = register(row(unit="", kind="commercial"), row(code="B-1", unit="", kind="commercial"))
        assert take("register", file).counts == counted(created=2)
        assert take("register", file).counts == counted(unchanged=2)
        assert Property.objects.count() == 2

    def test_premises_code_goes_before_the_unit(self, company, take) -> None:
        take("register", register(row(more=";1111-2222"), more=";premises_code"))
        result = take("register", register(row(unit="1A", more=";1111-2222"), more=";premises_code"))
        assert result.counts == counted(updated=1)
        assert Property.objects.get().unit == "1A"

    def test_a_code_given_later_finds_the_same_building_and_premises(self, company, take) -> None:
        take("register", register(row()))
        file = register(row(more=";N-8;1111"), more=";building_code;premises_code")
        assert take("register", file).counts == counted(updated=1)
        assert take("register", file).counts == counted(unchanged=1)
        assert (Building.objects.count(), Property.objects.count()) == (1, 1)
        assert (Building.objects.get().building_code, Property.objects.get().premises_code) == ("N-8", "1111")


class TestDates:
    def test_a_first_date_given_later_is_a_correction(self, company, take) -> None:
        take("register", register(row()))
        result = take("register", register(row(opened="2019-05-01")))
        assert result.counts == counted(updated=1)
        assert books() == [("A-1", "Ona Pavyzdė", date(2019, 5, 1), None)]

    def test_the_same_code_with_a_later_first_day_closes_the_old_book_the_day_before(
        self, company, take
    ) -> None:
        take("register", register(row(opened="2020-01-01")))
        file = register(row(name="Petras Naujas", opened="2026-06-01"))
        assert take("register", file).counts == counted(created=1)
        assert books() == [
            ("A-1", "Ona Pavyzdė", date(2020, 1, 1), date(2026, 5, 31)),
            ("A-1", "Petras Naujas", date(2026, 6, 1), None),
        ]
        assert take("register", file).counts == counted(unchanged=1)
        assert Property.objects.count() == 1

    def test_a_buyer_never_gets_the_book_that_has_no_first_day(self, company, take) -> None:
        take("register", register(row()))
        take("register", register(row(name="Petras Naujas", opened="2026-06-01")))
        assert books() == [
            ("A-1", "Ona Pavyzdė", None, date(2026, 5, 31)),
            ("A-1", "Petras Naujas", date(2026, 6, 1), None),
        ]

    def test_both_books_in_one_file_in_any_order_and_again(self, company, take) -> None:
        file = register(row(name="Petras Naujas", opened="2026-06-01"), row(closed="2026-05-31"))
        assert take("register", file).counts == counted(created=2)
        assert take("register", file).counts == counted(unchanged=2)
        assert take(
            "register", register(row(), row(name="Petras Naujas", opened="2026-06-01"))
        ).counts == counted(unchanged=2)

    def test_an_earlier_file_of_the_seller_does_not_rename_the_buyer(self, company, take) -> None:
        take("register", register(row()))
        take("register", register(row(name="Petras Naujas", opened="2026-06-01")))
        assert take("register", register(row())).counts == counted(unchanged=1)
        assert PaymentBook.objects.get(opened_on=date(2026, 6, 1)).payer_name == "Petras Naujas"

    def test_a_row_of_the_buyer_without_a_day_means_the_open_book(self, company, take) -> None:
        take("register", register(row()))
        take("register", register(row(name="Petras Naujas", opened="2026-06-01")))
        assert take("register", register(row(name="Petras Naujas"))).counts == counted(unchanged=1)
        assert take("register", register(row(name="Petras Trečias"))).counts == counted(updated=1)
        assert books() == [
            ("A-1", "Ona Pavyzdė", None, date(2026, 5, 31)),
            ("A-1", "Petras Trečias", date(2026, 6, 1), None),
        ]

    def test_closing_and_opening_again(self, company, take) -> None:
        take("register", register(row(opened="2020-01-01")))
        assert take("register", register(row(closed="2026-05-31"))).counts == counted(updated=1)
        assert take("register", register(row(closed="2026-05-31"))).counts == counted(unchanged=1)
        assert take("register", register(row(opened="2020-01-01", closed="-"))).counts == counted(updated=1)
        assert books() == [("A-1", "Ona Pavyzdė", date(2020, 1, 1), None)]

    def test_overlaps_and_impossible_days_are_rejected(self, company, take) -> None:
        take("register", register(row(opened="2020-01-01")))
        for bad in (
            row(opened="2019-01-01"),
            row(opened="2020-01-01", closed="2019-12-31"),
            row(opened="2020-02-30"),
            row(opened="1e5"),
        ):
            result = take("register", register(bad))
            assert (result.status, result.counts) == (1, counted(rejected=1)), bad
        assert books() == [("A-1", "Ona Pavyzdė", date(2020, 1, 1), None)]


class TestCorrectionsAndRenames:
    def test_a_changed_name_with_the_same_first_day_is_a_correction_listed_to_staff(
        self, company, take
    ) -> None:
        take("register", register(row(opened="2020-01-01")))
        assert take("register", register(row(name="Ona Kitokia", opened="2020-01-01"))).counts == counted(
            updated=1
        )
        correction = PayerCorrection.objects.get()
        assert (correction.old_name, correction.new_name) == ("Ona Pavyzdė", "Ona Kitokia")
        assert PaymentBook.objects.get().activation_no == 2

    def test_another_spelling_of_the_name_is_no_correction(self, company, take) -> None:
        take("register", register(row()))
        assert take("register", register(row(name="PAVYZDE ONA"))).counts == counted(updated=1)
        assert not PayerCorrection.objects.exists()
        assert PaymentBook.objects.get().activation_no == 1

    def test_a_changed_code_renames_the_book_and_the_old_code_keeps_working(self, company, take) -> None:
        take("register", register(row()))
        file = register(row(code="N-100", more=";A-1"), more=";previous_payer_code")
        assert take("register", file).counts == counted(updated=1)
        assert take("register", file).counts == counted(unchanged=1)
        assert books() == [("N-100", "Ona Pavyzdė", None, None)]
        assert PayerCodeAlias.objects.get().payer_code == "A-1"
        balance = take("balances", "payer_code;as_of_on;balance\nA1;2026-01-01;5\n")
        assert balance.counts == counted(created=1)

    def test_an_earlier_code_cannot_become_another_book(self, company, take) -> None:
        take("register", register(row()))
        take("register", register(row(code="N-100", more=";A-1"), more=";previous_payer_code"))
        result = take("register", register(row(code="a1", name="Petras Kitas", unit="5")))
        assert (result.status, result.counts) == (1, counted(rejected=1))

    def test_a_previous_code_on_first_sight_is_kept_as_an_alias(self, company, take) -> None:
        file = register(row(code="N-100", more=";A-1"), more=";previous_payer_code")
        assert take("register", file).counts == counted(created=1)
        assert take("register", file).counts == counted(unchanged=1)
        assert PayerCodeAlias.objects.get().payer_code_key == "A1"


class TestOptionalCells:
    def test_an_empty_cell_keeps_and_a_dash_clears(self, company, take) -> None:
        more = ";area_m2;payer_email;staircase;postal_code"
        take("register", register(row(more=";52,30;ONA@pastas.example;2;LT-91001"), more=more))
        assert take("register", register(row(more=";;;;"), more=more)).counts == counted(unchanged=1)
        assert take("register", register(row(more=";-;-;-;-"), more=more)).counts == counted(updated=1)
        premises = Property.objects.get()
        assert (premises.area_m2, premises.staircase, premises.building.postal_code) == (None, "", "")
        assert PaymentBook.objects.get().payer_email == ""

    @pytest.mark.parametrize("bad", ["-5", "0", "1e3", "NaN", "12,345", "١٢", "1_000", "=2+2"])
    def test_a_bad_area_rejects_the_row(self, company, take, bad) -> None:
        result = take("register", register(row(more=f";{bad}"), more=";area_m2"))
        assert (result.status, result.counts) == (1, counted(rejected=1))
        assert not Property.objects.exists()

    def test_two_companies_may_use_the_same_code(self, company, take) -> None:
        from properties.models import ManagingCompany

        ManagingCompany.objects.create(company_code="300000028", name="Kita", declares_readings=False)
        take("register", register(row()))
        assert take("register", register(row(name="Kitas")), company="300000028").counts == counted(created=1)
        assert PaymentBook.objects.count() == 2
