"""Which files are taken at all, and how they are read: encodings, delimiters, headers, XLSX."""

from pathlib import Path

import pytest
import xlsxwriter

from imports.models import ImportRun
from properties.models import ManagingCompany
from tests.imports.conftest import counted, import_path

HEADER = "company_code;name;declares_readings\n"
ROW = "300000117;Ąžuolų namai;yes\n"


@pytest.mark.django_db
class TestEncodingsAndDelimiters:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1257"])
    @pytest.mark.parametrize("delimiter", [";", ",", "\t"])
    def test_each_is_read_alike(self, take, encoding, delimiter) -> None:
        content = (HEADER + ROW).replace(";", delimiter).encode(encoding)
        result = take("companies", content)
        assert (result.status, result.counts) == (0, counted(created=1))
        assert ManagingCompany.objects.get().name == "Ąžuolų namai"
        assert ("Windows-1257" in result.said) == (encoding == "cp1257")

    def test_lithuanian_headers_and_values_in_any_order_case_and_spelling(self, take) -> None:
        result = take("companies", "DEKLARUOJAMI RODMENYS;imones kodas;Pavadinimas:\nTaip;300000117;A\n")
        assert result.counts == counted(created=1)
        assert ManagingCompany.objects.get().declares_readings is True

    def test_a_quoted_cell_may_hold_delimiters_quotes_and_line_ends(self, take) -> None:
        result = take("companies", HEADER + '300000117;"UAB ""Du; namai""\nantras";no\n')
        assert result.counts == counted(created=1)
        assert ManagingCompany.objects.get().name == 'UAB "Du; namai" antras'

    def test_unknown_columns_are_named_and_left_out(self, take) -> None:
        result = take("companies", "company_code;name;declares_readings;Spalva\n300000117;A;yes;žalia\n")
        assert result.counts == counted(created=1)
        assert "Spalva" in result.said

    def test_line_and_error_columns_are_ignored_on_the_way_in(self, take) -> None:
        result = take(
            "companies", "company_code;name;declares_readings;line;error\n300000117;A;yes;2;buvo klaida\n"
        )
        assert result.counts == counted(created=1)
        assert "line" not in result.said

    def test_windows_line_ends_and_blank_lines(self, take) -> None:
        result = take("companies", HEADER.strip() + "\r\n\r\n;;\r\n" + ROW.strip() + "\r\n")
        assert result.counts == counted(created=1)


@pytest.mark.django_db
class TestNotTaken:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xef\xbb\xbf",
            HEADER.encode(),
            (HEADER + ";;\n\n").encode(),
            b"company_code;name\n300000117;A\n",
            b"company_code;name;declares_readings;name\n300000117;A;yes;A\n",
            (HEADER + '300000117;"unclosed;yes\n300000028;B;no\n').encode(),
            (HEADER + "300000117;A\0;yes\n").encode(),
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8,
            b"\x89PNG\r\n\x1a\n" + bytes(range(1, 256)) * 8,
            (HEADER + ROW).encode("utf-16"),
            b"PK\x03\x04 not a workbook",
            b"\xff\xfe\x81\x83" * 100,
        ],
        ids=[
            "empty", "only a BOM", "header only", "blank rows only", "a column is missing", "a column twice",
            "unclosed quote", "NUL", "a picture", "a picture without NUL", "UTF-16", "broken XLSX", "binary",
        ],
    )  # fmt: skip
    def test_exit_status_2_one_sentence_and_nothing_written(self, take, content) -> None:
        result = take("companies", content)
        assert result.status == 2
        assert result.said
        assert "\n" not in result.said
        assert not ManagingCompany.objects.exists()
        assert not ImportRun.objects.exists()

    def test_a_missing_file(self, tmp_path: Path) -> None:
        assert import_path("companies", tmp_path / "nowhere.csv").status == 2

    def test_a_folder(self, tmp_path: Path) -> None:
        assert import_path("companies", tmp_path).status == 2

    def test_an_unknown_kind_company_or_no_company(self, take) -> None:
        assert take("weather", HEADER + ROW).status == 2
        assert (
            take("balances", "payer_code;as_of_on;balance\nA1;2026-01-01;1\n", company="300000117").status
            == 2
        )
        assert take("balances", "payer_code;as_of_on;balance\nA1;2026-01-01;1\n", company="").status == 2


@pytest.mark.django_db
class TestXlsx:
    def workbook(self, path: Path, rows: list[list[object]], first_row: int = 0) -> Path:
        book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        for number, row in enumerate(rows, start=first_row):
            sheet.write_row(number, 0, row)
        book.close()
        return path

    def test_numbers_texts_and_truth_come_in_as_typed(self, tmp_path: Path) -> None:
        path = self.workbook(
            tmp_path / "companies.xlsx",
            [
                ["Įmonės kodas", "Pavadinimas", "Deklaruojami rodmenys", "Deklaravimo pradžia"],
                [300000117, "Ąž", True, 12.0],
            ],
        )
        result = import_path("companies", path)
        assert (result.status, result.counts) == (0, counted(created=1))
        company = ManagingCompany.objects.get()
        assert (company.company_code, company.window_opens, company.declares_readings) == (
            "300000117",
            12,
            True,
        )

    def test_a_rejected_row_names_its_row_of_the_sheet(self, tmp_path: Path) -> None:
        rows: list[list[object]] = [
            ["company_code", "name", "declares_readings"],
            [300000117, "A", "yes"],
            [],
            [123456789, "B", "yes"],
        ]
        result = import_path("companies", self.workbook(tmp_path / "c.xlsx", rows))
        assert (result.status, result.counts) == (1, counted(created=1, rejected=1))
        assert [(row["company_code"], row["line"]) for row in result.errors] == [("123456789", "4")]

    def test_a_formula_is_rejected_whatever_it_last_gave(self, tmp_path: Path) -> None:
        path = tmp_path / "companies.xlsx"
        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["company_code", "name", "declares_readings"])
        sheet.write_row(1, 0, [300000117])
        sheet.write_formula(1, 1, '="A"&"B"', None, "AB")
        sheet.write(1, 2, "yes")
        book.close()
        result = import_path("companies", path)
        assert (result.status, result.counts) == (1, counted(rejected=1))


@pytest.mark.django_db
class TestRejectedRows:
    BAD = (
        "company_code;name;declares_readings;IBAN;window_opens\n"
        "300000117;Gera;yes;;\n"
        "123456789;Bloga;yes;;\n"
        "300000028;Bloga;gal;;\n"
        "300000035;Bloga;yes;LT001000011101001000;\n"
        "300000042;Bloga;yes;;32\n"
        "300000053;=1+1;yes;;\n"
    )

    def test_good_rows_go_in_and_bad_ones_come_back_with_line_and_reason(self, take) -> None:
        result = take("companies", self.BAD)
        assert (result.status, result.counts) == (1, counted(created=1, rejected=5))
        assert [row["line"] for row in result.errors] == ["3", "4", "5", "6", "7"]
        assert [row["name"] for row in result.errors] == ["Bloga"] * 4 + ["'=1+1"]
        assert all(row["error"] for row in result.errors)
        assert "window_opens" in result.errors[3]["error"]

    def test_the_errors_file_has_a_bom_semicolons_and_the_same_columns(self, take, tmp_path: Path) -> None:
        take("companies", self.BAD.replace(";", ","))
        raw = (tmp_path / "companies.csv.errors.csv").read_bytes()
        assert raw.startswith(
            b"\xef\xbb\xbfcompany_code;name;declares_readings;IBAN;window_opens;line;error\r\n"
        )

    def test_a_mended_errors_file_imports(self, take, tmp_path: Path) -> None:
        take("companies", self.BAD)
        path = tmp_path / "companies.csv.errors.csv"
        mended = path.read_bytes().replace(b"123456789", b"300000067").replace(b"'=1+1", b"Geresne")
        result = take("companies", mended, name="mended.csv")
        assert result.counts == counted(created=2, rejected=3)

    def test_an_older_errors_file_goes_when_nothing_is_rejected(self, take, tmp_path: Path) -> None:
        take("companies", self.BAD)
        assert (tmp_path / "companies.csv.errors.csv").exists()
        take("companies", HEADER + ROW)
        assert not (tmp_path / "companies.csv.errors.csv").exists()

    def test_a_row_of_another_width_is_rejected(self, take) -> None:
        result = take("companies", HEADER + "300000117;A;yes;extra\n300000028;B\n")
        assert (result.status, result.counts) == (1, counted(rejected=2))

    def test_one_key_twice(self, take) -> None:
        result = take("companies", HEADER + ROW + ROW + "300000028;A;yes\n300000028;B;yes\n")
        assert (result.status, result.counts) == (1, counted(created=1, rejected=2))


@pytest.mark.django_db
class TestDryRunAndAgain:
    def test_a_dry_run_counts_and_writes_only_the_errors_file(self, take, tmp_path: Path) -> None:
        result = take("companies", TestRejectedRows.BAD, dry_run=True)
        assert (result.status, result.counts) == (1, counted(created=1, rejected=5))
        assert not ManagingCompany.objects.exists()
        assert not ImportRun.objects.exists()
        assert (tmp_path / "companies.csv.errors.csv").exists()

    def test_the_same_file_again_changes_nothing(self, take) -> None:
        take("companies", HEADER + ROW)
        result = take("companies", HEADER + ROW)
        assert (result.status, result.counts) == (0, counted(unchanged=1))
        assert list(ImportRun.objects.order_by("id").values_list("created", "unchanged")) == [(1, 0), (0, 1)]

    def test_an_empty_cell_keeps_and_a_dash_clears(self, take) -> None:
        header = "company_code;name;declares_readings;phone;window_opens;linking_policy\n"
        take("companies", header + "300000117;A;yes;+370 700 00001;10;code\n")
        assert take("companies", header + "300000117;A;yes;;;\n").counts == counted(unchanged=1)
        assert take("companies", header + "300000117;A;yes;-;-;-\n").counts == counted(updated=1)
        company = ManagingCompany.objects.get()
        assert (company.phone, company.window_opens, company.linking_policy) == ("", 15, "name")
