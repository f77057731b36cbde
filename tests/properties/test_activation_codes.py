"""Activation codes: how they are made, given out anew by staff, and written for letters."""

import csv
import stat
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.models import User
from properties import activation
from properties.models import ManagingCompany, PaymentBook
from tests.admin.test_fence import form_of
from tests.factories import BookFactory, BuildingFactory, PropertyFactory

BOOKS = "/admin/properties/paymentbook/"


def test_a_code_is_ten_characters_that_nobody_mixes_up(book: PaymentBook) -> None:
    codes = set()
    for number in range(1, 1001):
        book.activation_no = number
        codes.add(activation.code_of(book))
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {10}
    used = set("".join(codes))
    assert used == set(activation.ALPHABET)
    for alike in ("0O", "1IL", "2Z", "5S", "8B"):
        assert not used & set(alike)


def test_a_code_depends_on_book_number_and_key(book: PaymentBook, settings: Any) -> None:
    code = activation.code_of(book)
    assert activation.code_of(PaymentBook.objects.get(pk=book.pk)) == code
    assert activation.code_of(BookFactory()) != code
    settings.ACTIVATION_KEY = "another"
    assert activation.code_of(book) != code


def test_a_seal_tells_nothing_without_the_key(book: PaymentBook, settings: Any) -> None:
    code = activation.code_of(book)
    sealed = activation.seal(code)
    assert activation.opens(book=book, sealed=sealed)
    assert not activation.opens(book=book, sealed="")
    assert activation.seal("") == activation.seal(" -„“") == ""
    settings.ACTIVATION_KEY = "another"
    assert activation.seal(code) != sealed


@pytest.fixture
def as_a(client_for: Callable[[User], Client], staff_a: User) -> Client:
    return client_for(staff_a)


def test_staff_issue_a_new_code_and_see_it_once(as_a: Client, book: PaymentBook, staff_a: User) -> None:
    old = activation.printed(activation.code_of(book))
    assert "reissue_activation_code" in as_a.get(f"{BOOKS}{book.pk}/change/").content.decode()
    response = as_a.post(
        BOOKS,
        {
            "action": "reissue_activation_code",
            "index": 0,
            "_selected_action": book.pk,
            "_back_to_object": "1",
        },
    )
    assert response.status_code == 200
    book.refresh_from_db()
    new = activation.printed(activation.code_of(book))
    body = response.content.decode()
    assert book.activation_no == 2
    assert new in body
    assert old not in body
    assert "Beržyno g. 8-15, Klaipėda" in body
    assert "no-store" in response["Cache-Control"]
    for address in (f"{BOOKS}{book.pk}/change/", BOOKS, f"{BOOKS}{book.pk}/history/"):
        assert new not in as_a.get(address).content.decode()
    assert new not in str(list(LogEntry.objects.values()))
    assert LogEntry.objects.filter(object_id=str(book.pk), user=staff_a).count() == 1


def test_a_payer_whom_staff_correct_makes_the_code_worthless(as_a: Client, book: PaymentBook) -> None:
    address = f"{BOOKS}{book.pk}/change/"

    def save(**changes: str) -> int:
        data = form_of(as_a, address) | changes
        assert as_a.post(address, data).status_code == 302
        book.refresh_from_db()
        return book.activation_no

    assert save(payer_email="kita@pastas.example") == 1
    assert book.payer_email == "kita@pastas.example"
    assert save(payer_name="Rasa Kitokia") == 2
    assert book.payer_name_key == "kitokia rasa"
    assert save(payer_kind="company") == 3


def test_staff_of_another_company_issue_nothing(
    client_for: Callable[[User], Client], staff_b: User, book: PaymentBook
) -> None:
    client_for(staff_b).post(
        BOOKS, {"action": "reissue_activation_code", "index": 0, "_selected_action": book.pk}
    )
    book.refresh_from_db()
    assert book.activation_no == 1


# ── The file ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def books(book: PaymentBook, company_a: ManagingCompany, company_b: ManagingCompany) -> list[PaymentBook]:
    """Two open books of company A; a closed one, one to come and another company's beside them."""
    street = BuildingFactory(managing_company=company_a, street="=HYPERLINK(1)", city="Kaunas", house="2")
    places = [PropertyFactory(building=street, unit=unit) for unit in ("10", "2")]
    evil = BookFactory(
        managing_company=company_a, payer_code="-1+2", payer_name='=cmd|"/c calc"', premises=places
    )
    today = timezone.localdate()
    BookFactory(managing_company=company_a, closed_on=today - timedelta(days=1))
    BookFactory(managing_company=company_a, opened_on=today + timedelta(days=1))
    BookFactory(managing_company=company_b)
    return [evil, book]


def export(path: Path, company: str = "300000017") -> str:
    said = StringIO()
    call_command("export_activation_codes", str(path), "--company", company, stdout=said)
    return said.getvalue()


def test_csv_holds_open_books_and_no_formula(books: list[PaymentBook], tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("old")
    assert export(path) == "written=2\n"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";", strict=True))
    evil, book = books
    assert rows == [
        ["payer_code", "payer_name", "address", "activation_code"],
        [
            "'-1+2",
            '\'=cmd|"/c calc"',
            "'=HYPERLINK(1) 2-2, Kaunas; =HYPERLINK(1) 2-10, Kaunas",
            activation.printed(activation.code_of(evil)),
        ],
        [
            "KN-0418 22-15",
            "Birutė Pavyzdienė",
            "Beržyno g. 8-15, Klaipėda",
            activation.printed(activation.code_of(book)),
        ],
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_xlsx_holds_texts(books: list[PaymentBook], tmp_path: Path) -> None:
    path = tmp_path / "codes.XLSX"
    assert export(path) == "written=2\n"
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["payer_code", "-1+2", "KN-0418 22-15"]
    assert rows[1][1] == '=cmd|"/c calc"'
    assert b"<f>" not in path.read_bytes()


def test_it_asks_as_many_questions_for_any_number_of_books(
    books: list[PaymentBook], tmp_path: Path, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(3):
        export(tmp_path / "codes.csv")


@pytest.mark.parametrize(
    ("name", "company"),
    [
        ("codes.csv", "300000999"),
        ("codes.pdf", "300000017"),
        ("codes", "300000017"),
        ("no/x.csv", "300000017"),
    ],
)
def test_what_cannot_be_written_ends_with_two_and_one_line(
    name: str, company: str, books: list[PaymentBook], tmp_path: Path
) -> None:
    with pytest.raises(CommandError) as refused:
        export(tmp_path / name, company)
    assert refused.value.returncode == 2
    assert len(str(refused.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
