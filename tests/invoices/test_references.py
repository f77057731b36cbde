"""Payment references: one per target and for ever, made once whoever asks first, and written to a file."""

import csv
import io
import stat
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from python_calamine import CalamineWorkbook
from stdnum import iso11649

from invoices.models import PaymentReference, PaymentReferenceCounter
from invoices.references import (
    code_of,
    find,
    grouped,
    reference_for_book,
    reference_for_invoice,
    reference_for_parts,
    references_for_books,
    references_for_invoices,
)
from properties.models import ManagingCompany, PaymentBook
from tests.factories import BalanceFactory, BookFactory, CompanyFactory, InvoiceFactory, PaymentFactory

TODAY = date(2026, 11, 22)


# ── What they look like ─────────────────────────────────────────────────────────────────────────


def test_a_reference_is_a_valid_creditor_reference_of_its_company() -> None:
    assert code_of(company=1, number=123) == "RF331000000123"
    assert iso11649.is_valid("RF331000000123")
    assert grouped("RF331000000123") == "RF33 1000 0001 23"
    assert grouped("LT601010012345678901") == "LT60 1010 0123 4567 8901"


def test_companies_count_apart_and_their_references_differ(
    company_a: ManagingCompany, company_b: ManagingCompany
) -> None:
    books = {company.pk: BookFactory(managing_company=company) for company in (company_a, company_b)}
    codes = {reference_for_book(book=book) for book in books.values()}
    assert len(codes) == 2
    assert set(PaymentReference.objects.values_list("managing_company", "number")) == {
        (company_a.pk, 1),
        (company_b.pk, 1),
    }


# ── One for ever ────────────────────────────────────────────────────────────────────────────────


def test_the_same_target_keeps_its_reference(book: PaymentBook) -> None:
    first, second = InvoiceFactory(payment_book=book), InvoiceFactory(payment_book=book)
    code = reference_for_invoice(invoice=first)
    others = {reference_for_invoice(invoice=second), reference_for_book(book=book)}
    assert len({code, *others}) == 3
    assert reference_for_invoice(invoice=first) == code
    assert references_for_invoices(
        company=book.managing_company_id, invoices=[second.pk, first.pk, second.pk]
    ) == {first.pk: code, second.pk: reference_for_invoice(invoice=second)}
    assert PaymentReference.objects.count() == 3


def test_a_number_never_comes_again(book: PaymentBook) -> None:
    old, new = InvoiceFactory(payment_book=book), InvoiceFactory(payment_book=book)
    printed = reference_for_invoice(invoice=old)
    old.delete()
    assert reference_for_invoice(invoice=new) != printed
    assert find(company=book.managing_company, reference=printed) is None


def test_a_company_gets_no_references_of_others(book: PaymentBook, company_b: ManagingCompany) -> None:
    invoice = InvoiceFactory(payment_book=book)
    assert references_for_invoices(company=company_b.pk, invoices=[invoice.pk]) == {}
    assert references_for_books(company=company_b.pk, books=[book.pk]) == {}
    assert references_for_books(company=book.managing_company_id, books=[book.pk]).keys() == {book.pk}


def test_a_list_of_books_and_amounts_has_one_reference(
    company_a: ManagingCompany, company_b: ManagingCompany, book: PaymentBook
) -> None:
    other = BookFactory(managing_company=company_a)
    parts = {book.pk: Decimal("61.94"), other.pk: Decimal("5.00")}
    code = reference_for_parts(company=company_a, parts=parts)
    assert reference_for_parts(company=company_a, parts=dict(reversed(parts.items()))) == code
    assert reference_for_parts(company=company_a, parts=parts | {other.pk: Decimal("5.01")}) != code
    found = find(company=company_a, reference=code)
    assert found is not None
    assert dict(found.parts.values_list("payment_book", "amount")) == parts


@pytest.mark.parametrize("amount", ["0", "-1.00", "0.001"])
def test_a_list_with_a_part_that_nobody_can_pay_is_refused(book: PaymentBook, amount: str) -> None:
    with pytest.raises(ValueError, match="bad_amount"):
        reference_for_parts(company=book.managing_company, parts={book.pk: Decimal(amount)})
    with pytest.raises(ValueError, match="bad_amount"):
        reference_for_parts(company=book.managing_company, parts={})
    assert not PaymentReference.objects.exists()


def test_a_list_takes_only_books_of_its_company(book: PaymentBook, company_b: ManagingCompany) -> None:
    strange = BookFactory(managing_company=company_b)
    parts = {book.pk: Decimal("1.00"), strange.pk: Decimal("1.00")}
    with pytest.raises(ValueError, match="not_of_this_company"):
        reference_for_parts(company=book.managing_company, parts=parts)
    assert not PaymentReference.objects.exists()


def test_what_a_payer_wrote_is_found_again(book: PaymentBook, company_b: ManagingCompany) -> None:
    company, invoice = book.managing_company, InvoiceFactory(payment_book=book)
    code = reference_for_invoice(invoice=invoice)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)

    def found(company: ManagingCompany, written: str) -> Any:
        target = find(company=company, reference=written)
        return target and target.invoice

    assert found(company, grouped(code).lower()) == invoice
    assert [found(company, written) for written in (wrong, "", "RF", code[4:], "RF18539007547034")] == [
        None
    ] * 5
    # Two companies may share a bank account.
    theirs = InvoiceFactory(payment_book=BookFactory(managing_company=company_b))
    assert found(company_b, reference_for_invoice(invoice=theirs)) == theirs
    assert found(company_b, code) is None


# ── Two at once ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_the_same() -> None:
    book = BookFactory()
    invoices = [InvoiceFactory(payment_book=book) for _ in range(6)]
    start, codes = threading.Barrier(4), []

    def ask() -> None:
        try:
            start.wait()
            codes.append([reference_for_invoice(invoice=invoice) for invoice in invoices])
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 4
    assert all(given == codes[0] for given in codes)
    assert sorted(PaymentReference.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert PaymentReferenceCounter.objects.get().last_number == 6


# ── The database has the last word ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"number": 2}, "payment_reference_points_at_exactly_one_thing"),
        ({"number": 2, "invoice": 1, "payment_book": 1}, "payment_reference_points_at_exactly_one_thing"),
        ({"number": 2, "payment_book": 1, "list_key": "x"}, "payment_reference_points_at_exactly_one_thing"),
        ({"number": 2, "invoice": 1, "list_key": "x"}, "payment_reference_points_at_exactly_one_thing"),
        ({"number": 1, "payment_book": 1}, "one_payment_reference_per_number"),
        ({"number": 0, "payment_book": 1}, "payment_reference_has_a_number"),
        ({"number": 10**9, "payment_book": 1}, "payment_reference_has_a_number"),
        ({"number": 2, "list_key": "abc"}, "one_payment_reference_per_list"),
    ],
)
def test_postgresql_refuses(book: PaymentBook, fields: dict[str, Any], constraint: str) -> None:
    company, invoice = book.managing_company, InvoiceFactory(payment_book=book)
    PaymentReference.objects.create(managing_company=company, number=1, list_key="abc")
    targets = {"invoice": invoice, "payment_book": book}
    given = {name: targets.get(name, value) for name, value in fields.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        PaymentReference.objects.create(managing_company=company, **given)


# ── The file for paper bills ────────────────────────────────────────────────────────────────────


@pytest.fixture
def now() -> Iterator[None]:
    with time_machine.travel(f"{TODAY}T10:00:00Z", tick=False):
        yield


@pytest.fixture
def billed(book: PaymentBook, now: None) -> PaymentBook:
    """A book with a debt from before and one open invoice of two."""
    book.payer_code = "=KN-1"
    book.save()
    BalanceFactory(payment_book=book, amount="10.00")
    InvoiceFactory(payment_book=book, number="KN-0", issued_on=date(2026, 10, 5), charged="49.54")
    PaymentFactory(payment_book=book, amount="49.54", invoice_number="KN-0")
    InvoiceFactory(
        payment_book=book,
        number="KN-1",
        issued_on=date(2026, 11, 5),
        due_on=date(2026, 11, 30),
        charged="61.90",
    )
    hidden = {"payment_book": book, "charged": "1000.00"}
    InvoiceFactory(**hidden, number="KN-2", is_held=True)
    InvoiceFactory(**hidden, number="KN-3", status="cancelled")
    InvoiceFactory(**hidden, number="KN-4", issued_on=TODAY + timedelta(days=1))
    return book


def export(path: Path, company: ManagingCompany) -> str:
    out = io.StringIO()
    call_command("export_payment_references", str(path), company=company.company_code, stdout=out)
    return out.getvalue()


def test_paper_bills_get_a_row_for_each_book_and_each_open_invoice(
    billed: PaymentBook, tmp_path: Path, company_b: ManagingCompany
) -> None:
    company, path = billed.managing_company, tmp_path / "kodai.csv"
    closed = BookFactory(managing_company=company, payer_code="KN-8", closed_on=date(2026, 1, 31))
    owing = BookFactory(managing_company=company, payer_code="KN-9", closed_on=date(2026, 1, 31))
    BalanceFactory(payment_book=owing, amount="3.00")
    BookFactory(managing_company=company_b)
    assert export(path, company) == "written=3\n"
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    invoice = billed.invoices.get(number="KN-1")
    payer = ["'=KN-1", "Birutė Pavyzdienė", "Beržyno g. 8-15, Klaipėda"]
    assert list(csv.reader(raw.decode("utf-8-sig").splitlines(), delimiter=";")) == [
        ["payer_code", "payer_name", "address", "invoice_number", "due_on", "amount", "payment_reference"],
        [*payer, "", "", "71,90", reference_for_book(book=billed)],
        [*payer, "KN-1", "2026-11-30", "61,90", reference_for_invoice(invoice=invoice)],
        ["KN-9", "Rasa Bandomoji", str(owing.premises.get()), "", "", "3,00", reference_for_book(book=owing)],
    ]
    assert not PaymentReference.objects.filter(payment_book=closed).exists()
    assert PaymentReference.objects.count() == 3


def test_the_file_is_the_same_when_written_again_and_a_workbook_says_the_same(
    billed: PaymentBook, tmp_path: Path
) -> None:
    company = billed.managing_company
    first, again, workbook = (tmp_path / name for name in ("a.csv", "b.csv", "c.xlsx"))
    for path in (first, again, workbook):
        assert export(path, company) == "written=2\n"
    assert first.read_bytes() == again.read_bytes()
    rows = CalamineWorkbook.from_path(str(workbook)).get_sheet_by_index(0).to_python()
    assert rows[2][3:] == [
        "KN-1",
        "2026-11-30",
        61.9,
        reference_for_invoice(invoice=billed.invoices.get(number="KN-1")),
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [("kodai.csv", "999999999"), ("kodai.pdf", "300000017"), ("nėra/kodai.csv", "300000017")],
)
def test_what_cannot_be_written_ends_with_two(
    billed: PaymentBook, tmp_path: Path, name: str, code: str
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("export_payment_references", str(tmp_path / name), company=code)
    assert refused.value.returncode == 2
    assert list(tmp_path.iterdir()) == []
    assert not PaymentReference.objects.exists()


def test_many_are_made_in_few_statements(db: None, django_assert_num_queries: Any) -> None:
    company = CompanyFactory()
    books = [BookFactory(managing_company=company, premises=[]).pk for _ in range(20)]
    with django_assert_num_queries(9):
        made = references_for_books(company=company.pk, books=books)
    with django_assert_num_queries(1):
        assert references_for_books(company=company.pk, books=books) == made
    assert len(set(made.values())) == 20
