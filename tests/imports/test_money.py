"""What is owed and paid: balances, invoices with revisions, payments."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.models import Balance, Invoice, InvoiceRevision, Line, Payment
from properties.models import ManagingCompany, PaymentBook
from tests.imports.conftest import counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(company) -> PaymentBook:
    return PaymentBook.objects.create(
        managing_company=company, payer_code="A-1", payer_name="Ona", payer_kind="person"
    )


class TestBalances:
    HEADER = "payer_code;as_of_on;balance\n"

    def test_debt_credit_and_again(self, book, take) -> None:
        assert take("balances", self.HEADER + "a 1;2026-01-31;-12,5\n").counts == counted(created=1)
        assert take("balances", self.HEADER + "A-1;2026-01-31;-12.50\n").counts == counted(unchanged=1)
        assert Balance.objects.get().amount == Decimal("-12.50")

    def test_a_later_one_replaces_it_and_an_earlier_one_is_refused(self, book, take) -> None:
        take("balances", self.HEADER + "A-1;2026-01-31;10\n")
        assert take("balances", self.HEADER + "A-1;2026-02-28;20\n").counts == counted(updated=1)
        assert take("balances", self.HEADER + "A-1;2026-01-31;10\n").counts == counted(rejected=1)
        assert Balance.objects.get().amount == 20

    @pytest.mark.parametrize(
        "bad", ["1e5", "NaN", "1_000", "1.000,00", "١٢", "", "=1", "inf", "12345678901", "5 €"]
    )
    def test_what_is_not_a_sum_is_rejected(self, book, take, bad) -> None:
        result = take("balances", self.HEADER + f"A-1;2026-01-31;{bad}\n")
        assert (result.status, result.counts) == (1, counted(rejected=1))
        assert not Balance.objects.exists()

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("1 234,56", "1234.56"),
            ("1234.56", "1234.56"),
            ("0,005", "0.01"),
            ("-0,005", "-0.01"),
            ("7", "7.00"),
        ],
    )
    def test_numbers_mean_what_was_typed(self, book, take, typed, meant) -> None:
        take("balances", self.HEADER + f"A-1;2026-01-31;{typed}\n")
        assert Balance.objects.get().amount == Decimal(meant)

    def test_a_code_of_another_company_is_unknown(self, book, take) -> None:
        ManagingCompany.objects.create(company_code="300000028", name="Kita", declares_readings=False)
        result = take("balances", self.HEADER + "A-1;2026-01-31;10\n", company="300000028")
        assert (result.status, result.counts) == (1, counted(rejected=1))


INVOICE = (
    "number;payer_code;period;issued_on;due_on;line_no;service;amount;quantity;unit_price;"
    "opening_balance;received;late_interest;total;status\n"
)


def line(number="S-1", code="A-1", line_no=1, amount="10,00", quantity="", price="", opening="", received="",
         late="", total="", status="", period="2026-09", service="Šaltas vanduo") -> str:  # fmt: skip
    return (
        f"{number};{code};{period};2026-10-05;2026-10-31;{line_no};{service};{amount};{quantity};{price};"
        f"{opening};{received};{late};{total};{status}\n"
    )


class TestInvoices:
    def test_rows_are_lines_and_an_invoice_is_counted_once(self, book, take) -> None:
        file = INVOICE + line(late="1,00") + line(line_no=2, amount="5,55", late="1,00") + line("S-2")
        result = take("invoices", file)
        assert (result.status, result.counts) == (0, counted(created=2))
        invoice = Invoice.objects.get(number="S-1")
        assert (invoice.charged, invoice.late_interest, invoice.lines.count()) == (Decimal("16.55"), 1, 2)
        assert (invoice.period, invoice.payment_book) == (date(2026, 9, 1), book)
        company = ManagingCompany.objects.get()
        assert company.amounts_updated_at is not None

    def test_the_same_again_changes_nothing(self, book, take) -> None:
        file = INVOICE + line(quantity="4", price="2,5") + line(line_no=2)
        take("invoices", file)
        before = list(Line.objects.values())
        assert take("invoices", file).counts == counted(unchanged=1)
        assert list(Line.objects.values()) == before
        assert not InvoiceRevision.objects.exists()

    def test_other_content_is_a_new_revision_and_the_old_one_is_kept(self, book, take) -> None:
        take("invoices", INVOICE + line() + line(line_no=2))
        result = take("invoices", INVOICE + line(amount="12,00"))
        assert result.counts == counted(updated=1)
        invoice = Invoice.objects.get()
        assert (invoice.revision, invoice.is_revised, invoice.charged) == (2, True, 12)
        assert invoice.lines.count() == 1
        earlier = InvoiceRevision.objects.get()
        assert (earlier.revision, len(earlier.content["lines"]), earlier.content["charged"]) == (1, 2, 20)

    def test_cancelling_and_an_empty_cell_keeps_it(self, book, take) -> None:
        take("invoices", INVOICE + line())
        assert take("invoices", INVOICE + line(status="cancelled")).counts == counted(updated=1)
        assert take("invoices", INVOICE + line()).counts == counted(unchanged=1)
        assert Invoice.objects.get().status == "cancelled"

    def test_another_payer_for_a_known_number_is_rejected(self, book, take) -> None:
        PaymentBook.objects.create(
            managing_company=book.managing_company, payer_code="B-1", payer_name="Kita", payer_kind="person"
        )
        take("invoices", INVOICE + line())
        result = take("invoices", INVOICE + line(code="B-1"))
        assert (result.status, result.counts) == (1, counted(rejected=1))
        assert Invoice.objects.get().payment_book == book

    @pytest.mark.parametrize(
        "rows",
        [
            line(total="9,99"),
            line() + line(line_no=2, period="2026-08"),
            line() + line(line_no=1, amount="11,00"),
            line() + line(line_no=2, amount="NaN"),
            line() + line(line_no=2, amount="1e5"),
            line(code="X-9"),
            line(code="—"),
            line(service="=HYPERLINK(1)"),
            line(period="2026-13"),
            line(line_no=0),
            line(service="x" * 301),
            line(number="n" * 51),
            line(amount="9999999999,99") + line(line_no=2, amount="9999999999,99"),
        ],
        ids=[
            "wrong total", "header differs", "line twice", "NaN", "1e5", "unknown code", "no code", "formula",
            "month 13", "line 0", "long service", "long number", "too large a sum",
        ],
    )  # fmt: skip
    def test_a_bad_row_rejects_its_invoice_whole_and_no_other(self, book, take, rows) -> None:
        result = take("invoices", INVOICE + rows + line("S-2"))
        assert (result.status, result.counts) == (1, counted(created=1, rejected=1))
        assert len(result.errors) == rows.count("\n")
        assert all(error["error"] for error in result.errors)
        assert list(Invoice.objects.values_list("number", flat=True)) == ["S-2"]
        assert Line.objects.count() == 1

    def test_a_total_that_adds_up(self, book, take) -> None:
        file = INVOICE + line(opening="49,54", received="49,54", late="0,46", total="10,46")
        assert take("invoices", file).counts == counted(created=1)

    def test_quantity_times_price_off_by_more_than_a_cent_is_held_from_residents(self, book, take) -> None:
        take(
            "invoices", INVOICE + line(quantity="4", price="2,5025") + line("S-2", quantity="4", price="2,51")
        )
        assert dict(Invoice.objects.values_list("number", "is_held")) == {"S-1": False, "S-2": True}

    def test_a_released_invoice_stays_released_until_its_content_changes(self, book, take) -> None:
        file = INVOICE + line(quantity="4", price="2,51")
        take("invoices", file)
        Invoice.objects.update(is_held=False)
        take("invoices", file)
        assert Invoice.objects.get().is_held is False
        take("invoices", file.replace("2,51", "2,61"))
        assert Invoice.objects.get().is_held is True

    def test_negative_lines_and_a_zero_sum(self, book, take) -> None:
        assert take("invoices", INVOICE + line() + line(line_no=2, amount="-10,00")).counts == counted(
            created=1
        )
        assert Invoice.objects.get().charged == 0

    def test_after_a_sale_each_gets_the_bills_of_their_own_months(self, book, take) -> None:
        book.opened_on, book.closed_on = None, date(2026, 8, 31)
        book.save()
        buyer = PaymentBook.objects.create(
            managing_company=book.managing_company, payer_code="A-1", payer_name="Nauja", payer_kind="person",
            opened_on=date(2026, 9, 1),
        )  # fmt: skip
        take("invoices", INVOICE + line("S-1", period="2026-08") + line("S-2", period="2026-09"))
        assert dict(Invoice.objects.values_list("number", "payment_book_id")) == {
            "S-1": book.id,
            "S-2": buyer.id,
        }


class TestPayments:
    HEADER = "bank_reference;payer_code;paid_on;amount;invoice_number;part_no;note\n"

    def test_created_again_and_parts(self, book, take) -> None:
        file = (
            self.HEADER
            + "B1;A-1;2026-10-07;10;;;\nB1;A-1;2026-10-07;5;;2;\nB2;A-1;2026-10-08;-3,50;;;grąžinta\n"
        )
        assert take("payments", file).counts == counted(created=3)
        assert take("payments", file).counts == counted(unchanged=3)
        assert sum(Payment.objects.values_list("amount", flat=True)) == Decimal("11.50")

    def test_the_same_key_with_another_amount_or_payer_is_rejected(self, book, take) -> None:
        PaymentBook.objects.create(
            managing_company=book.managing_company, payer_code="B-1", payer_name="Kita", payer_kind="person"
        )
        take("payments", self.HEADER + "B1;A-1;2026-10-07;10;;;\n")
        assert take("payments", self.HEADER + "B1;A-1;2026-10-07;11;;;\n").counts == counted(rejected=1)
        assert take("payments", self.HEADER + "B1;B-1;2026-10-07;10;;;\n").counts == counted(rejected=1)
        assert take("payments", self.HEADER + "B1;A-1;2026-10-07;10;S-1;;\n").counts == counted(updated=1)
        payment = Payment.objects.get()
        assert (payment.amount, payment.payment_book, payment.invoice_number) == (10, book, "S-1")

    def test_a_former_owner_may_still_pay_the_named_invoice(self, book, take) -> None:
        book.closed_on = date(2026, 9, 30)
        book.save()
        buyer = PaymentBook.objects.create(
            managing_company=book.managing_company, payer_code="A-1", payer_name="Nauja", payer_kind="person",
            opened_on=date(2026, 10, 1),
        )  # fmt: skip
        take("invoices", INVOICE + line())
        file = self.HEADER + "B1;A-1;2026-10-07;10;S-1;;\nB2;A-1;2026-10-07;10;;;\n"
        assert take("payments", file).counts == counted(created=2)
        assert dict(Payment.objects.values_list("bank_reference", "payment_book_id")) == {
            "B1": book.id,
            "B2": buyer.id,
        }
        assert take("payments", file).counts == counted(unchanged=2)
