"""What the rule left: settled by hand, over one payment book or several, once, and written down."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from invoices.bank_entries import settle
from invoices.models import BankEntry, Payment
from properties.models import ManagingCompany, PaymentBook
from tests import tables
from tests.conftest import BACKEND
from tests.factories import LONG_AGO, BankEntryFactory, BookFactory, PaymentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(company_a: ManagingCompany) -> BankEntry:
    return BankEntryFactory(managing_company=company_a, amount=Decimal("50.00"), text="už ką nors")


@pytest.fixture
def other(company_a: ManagingCompany) -> PaymentBook:
    return BookFactory(managing_company=company_a)


@pytest.fixture
def as_a(client_for: Callable[[User], Client], staff_a: User) -> Client:
    return client_for(staff_a)


def address(entry: BankEntry) -> str:
    return reverse("admin:invoices_bankentry_change", args=[entry.pk])


def splitting(*parts: tuple[PaymentBook, str]) -> dict[str, Any]:
    data: dict[str, Any] = {"verdict": "post", "note": ""}
    for row, (book, amount) in enumerate(parts, start=1):
        data |= {f"book_{row}": book.pk, f"amount_{row}": amount}
    return data


def codes(response: Any) -> list[str]:
    form = response.context["adminform"].form
    return [error.code for errors in form.errors.as_data().values() for error in errors]


def test_one_book_takes_the_whole_and_the_history_says_so(
    entry: BankEntry, book: PaymentBook, as_a: Client, staff_a: User
) -> None:
    listed = reverse("admin:invoices_bankentry_changelist")
    assert list(as_a.get(listed).context["cl"].result_list) == [entry]
    assert as_a.post(address(entry), splitting((book, ""))).status_code == 302
    payment = Payment.objects.get()
    assert (payment.payment_book, payment.amount, payment.paid_on) == (book, 50, entry.booked_on)
    assert (payment.bank_reference, payment.part_no) == (entry.bank_reference, 1)
    entry.refresh_from_db()
    assert (entry.state, entry.found_by, entry.settled_by) == ("posted", "staff", staff_a)
    assert "KN-0418 22-15" in LogEntry.objects.get().change_message
    assert list(as_a.get(listed).context["cl"].result_list) == []
    assert list(as_a.get(listed, {"state": "settled"}).context["cl"].result_list) == [entry]
    assert book.payer_name in as_a.get(address(entry)).content.decode()


def test_a_transfer_is_split_over_books(
    entry: BankEntry, book: PaymentBook, other: PaymentBook, as_a: Client
) -> None:
    assert as_a.post(address(entry), splitting((book, "30,5"), (other, "19.50 €"))).status_code == 302
    assert list(Payment.objects.order_by("part_no").values_list("payment_book", "amount", "part_no")) == [
        (book.pk, Decimal("30.50"), 1),
        (other.pk, Decimal("19.50"), 2),
    ]


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("30,00", "19,99", "sum_differs"),
        ("60,00", "-10,00", "bad_amount"),
        ("50,00", "0", "bad_amount"),
        ("49,995", "0,005", "bad_amount"),
        ("50,00", "", "half_a_row"),
        ("1e1", "40", "not_a_number"),
        ("NaN", "40", "not_a_number"),
    ],
)
def test_sums_that_are_not_the_entry_s_are_refused(
    entry: BankEntry, book: PaymentBook, other: PaymentBook, as_a: Client, first: str, second: str, code: str
) -> None:
    before = tables.state()
    response = as_a.post(address(entry), splitting((book, first), (other, second)))
    assert response.status_code == 200
    assert codes(response) == [code]
    assert tables.state() == before


@pytest.mark.parametrize("case", ["none", "twice", "other company", "no reason"])
def test_what_is_no_decision_is_refused(
    entry: BankEntry, book: PaymentBook, company_b: ManagingCompany, as_a: Client, staff_a: User, case: str
) -> None:
    company_b.staff.add(staff_a)
    foreign = BookFactory(managing_company=company_b)
    data, code = {
        "none": (splitting(), "no_parts"),
        "twice": (splitting((book, "25"), (book, "25")), "same_book_twice"),
        "other company": (splitting((foreign, "")), "invalid_choice"),
        "no reason": ({"verdict": "other", "note": "  "}, ""),
    }[case]
    before = tables.state()
    response = as_a.post(address(entry), data)
    assert response.status_code == 200
    assert code in {*codes(response), ""}
    assert response.context["errors"]
    assert tables.state() == before


def test_what_is_no_resident_s_payment_is_set_aside_with_its_reason(entry: BankEntry, as_a: Client) -> None:
    assert as_a.post(address(entry), {"verdict": "other", "note": "Nuoma"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.state, entry.note) == ("other", "Nuoma")
    assert not Payment.objects.exists()
    assert "Nuoma" in LogEntry.objects.get().change_message


def test_money_that_the_bank_took_back_is_posted_below_zero(
    company_a: ManagingCompany, book: PaymentBook, as_a: Client
) -> None:
    entry = BankEntryFactory(managing_company=company_a, amount=Decimal("-45.67"), reason="reversal")
    assert codes(as_a.post(address(entry), splitting((book, "45,67")))) == ["bad_amount"]
    as_a.post(address(entry), splitting((book, "-45,67")))
    assert Payment.objects.get().amount == Decimal("-45.67")


def test_a_second_decision_and_what_the_accounting_posted_change_nothing(
    entry: BankEntry, book: PaymentBook, company_a: ManagingCompany, as_a: Client
) -> None:
    as_a.post(address(entry), splitting((book, "")))
    before = tables.state()
    response = as_a.post(address(entry), {"verdict": "other", "note": "Vėliau"})
    assert (response.status_code, response.headers["Location"]) == (302, address(entry))
    assert tables.state() == before
    known = BankEntryFactory(managing_company=company_a)
    PaymentFactory(payment_book=book, bank_reference=known.bank_reference, amount=Decimal("1.00"))
    before = tables.state()
    assert as_a.post(address(known), splitting((book, ""))).headers["Location"] == address(known)
    assert tables.state() == before


def post_in_thread(staff: User, entry: BankEntry, book: PaymentBook) -> str:
    try:
        client = Client()
        client.force_login(staff, backend=BACKEND)
        answer = client.post(address(entry), splitting((book, "")))
        return answer.headers.get("Location", str(answer.status_code))
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_twice_at_once_settles_once(
    entry: BankEntry, book: PaymentBook, other: PaymentBook, staff_a: User
) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(post_in_thread, staff_a, entry, one) for one in (book, other, book)]
        told = sorted(answer.result() for answer in answers)
    changelist = reverse("admin:invoices_bankentry_changelist")
    # Whoever comes when it is settled finds no form any more.
    assert told.count(changelist) == 1
    assert set(told) <= {changelist, address(entry), "403"}
    assert Payment.objects.count() == 1
    assert LogEntry.objects.count() == 1


def test_the_rule_itself_asks_whose_the_book_is(
    entry: BankEntry, company_b: ManagingCompany, staff_a: User
) -> None:
    foreign = BookFactory(managing_company=company_b)
    with pytest.raises(ValidationError) as refused:
        settle(entry=entry, parts=[(foreign, Decimal("50.00"))], by=staff_a, at=LONG_AGO)
    assert refused.value.code == "other_company"
    assert not Payment.objects.exists()
