"""The amounts rule by example, and against its SQL twin on whatever ledgers can look like."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from invoices.amounts import InvoiceState, Part, Settlement, amount_due, credit, settle, state_of
from invoices.models import Balance, Invoice, Order, OrderPart, Payment
from invoices.statements import NEWEST, Statement, statements_and_newest, statements_of
from properties.models import PaymentBook
from tests.factories import BookFactory, CompanyFactory, OrderFactory, UserFactory

TODAY = date(2026, 11, 22)
EURO = Decimal("1.00")


def invoice(number: str, charged: int | str, *, due: int = 30, issued: int = 17, **fields: Any) -> Invoice:
    """Make an invoice issued and due so many days before today (negative: after today)."""
    return Invoice(
        number=number,
        period=date(2026, 10, 1),
        issued_on=TODAY - timedelta(days=issued),
        due_on=TODAY - timedelta(days=due),
        charged=Decimal(charged),
        content_hash="",
        **fields,
    )


def payment(amount: int | str, names: str = "", *, paid: int = 10, pk: int | None = None) -> Payment:
    paid_on = TODAY - timedelta(days=paid)
    return Payment(pk=pk, amount=Decimal(amount), invoice_number=names, paid_on=paid_on)


def online(amount: int | str, *, counted: int | None = 5, pk: int | None = None) -> OrderPart:
    """Make a part of an order that counts for so many days; None: no longer, or not yet."""
    counted_on = None if counted is None else TODAY - timedelta(days=counted)
    return OrderPart(pk=pk, amount=Decimal(amount), counted_on=counted_on)


def opening(amount: int | str, *, as_of: int = 90) -> Balance:
    return Balance(amount=Decimal(amount), as_of_on=TODAY - timedelta(days=as_of))


def settled(
    invoices: list[Invoice], payments: list[Payment], entry: Balance | None = None
) -> tuple[Decimal, Decimal, dict[str, Decimal]]:
    result = settle(opening=entry, invoices=invoices, payments=payments, today=TODAY)
    return result.balance, result.opening_due, {n: part for n, part in result.open_parts.items() if part}


@pytest.mark.parametrize(
    ("invoices", "payments", "entry", "expected"),
    [
        pytest.param([], [], None, (0, 0, {}), id="nothing"),
        pytest.param([invoice("1", 50)], [], None, (50, 0, {"1": 50}), id="debt"),
        pytest.param([invoice("1", 50)], [payment(20)], None, (30, 0, {"1": 30}), id="part"),
        pytest.param([invoice("1", 50)], [payment(50)], None, (0, 0, {}), id="exact"),
        pytest.param([invoice("1", 50)], [payment(70)], None, (-20, 0, {}), id="credit"),
        pytest.param(
            [invoice("1", 50, due=40), invoice("2", 60, due=9)],
            [payment(60, "2")],
            None,
            (50, 0, {"1": 50}),
            id="a payment settles the invoice it names",
        ),
        pytest.param(
            [invoice("1", 50, due=40), invoice("2", 60, due=9)],
            [payment(70, "2")],
            None,
            (40, 0, {"1": 40}),
            id="what is paid above a named invoice settles the oldest",
        ),
        pytest.param(
            [invoice("2", 50, due=9), invoice("1", 50, due=9), invoice("0", 50, due=8)],
            [payment(60)],
            None,
            (90, 0, {"2": 40, "0": 50}),
            id="due date first, then number",
        ),
        pytest.param(
            [invoice("1", 50)],
            [payment(50, "unknown")],
            None,
            (0, 0, {}),
            id="an unknown number is the book's money",
        ),
        pytest.param(
            [invoice("1", 50)], [payment(30)], opening(40), (60, 10, {"1": 50}), id="opening debt first"
        ),
        pytest.param(
            [invoice("1", 50)], [payment(50, "1")], opening(40), (40, 40, {}), id="but after a named invoice"
        ),
        pytest.param([invoice("1", 50)], [], opening(-20), (30, 0, {"1": 30}), id="opening credit"),
        pytest.param(
            [invoice("1", 50, issued=90)],
            [payment(10, paid=90)],
            opening(7),
            (7, 7, {}),
            id="what was up to the day of the opening entry is in it",
        ),
        pytest.param(
            [invoice("1", 50, issued=89)],
            [payment(10, paid=89)],
            opening(7),
            (47, 0, {"1": 47}),
            id="what came the day after it counts",
        ),
        pytest.param(
            [invoice("1", 50, status=Invoice.Status.CANCELLED), invoice("2", 9)],
            [payment(50, "1")],
            None,
            (-41, 0, {}),
            id="a payment of a cancelled invoice is credit",
        ),
        pytest.param([invoice("1", 50, is_held=True)], [], None, (0, 0, {}), id="held back"),
        pytest.param([invoice("1", 50, issued=-1)], [], None, (0, 0, {}), id="issued tomorrow"),
        pytest.param([invoice("1", 50, issued=0)], [], None, (50, 0, {"1": 50}), id="issued today"),
        pytest.param(
            [invoice("1", 50)], [payment(50, paid=-1)], None, (0, 0, {}), id="paid with tomorrow's date"
        ),
        pytest.param(
            [invoice("1", 50, due=40), invoice("2", -20, due=9)],
            [],
            None,
            (30, 0, {"1": 30}),
            id="credit note",
        ),
        pytest.param([invoice("1", -20)], [], None, (-20, 0, {}), id="credit note alone"),
        pytest.param([invoice("1", 50)], [payment(50, "1"), payment(-20)], None, (20, 20, {}), id="refund"),
        pytest.param(
            [invoice("1", 50)],
            [payment(50, "1"), payment(-20, "1")],
            None,
            (20, 0, {"1": 20}),
            id="refund by name",
        ),
        pytest.param(
            [invoice("1", 50)],
            [payment(-20, "1")],
            None,
            (70, 20, {"1": 50}),
            id="a refund opens no more than charged",
        ),
        pytest.param([invoice("1", 0)], [], None, (0, 0, {}), id="nothing charged"),
    ],
)
def test_settles(
    invoices: list[Invoice],
    payments: list[Payment],
    entry: Balance | None,
    expected: tuple[Any, ...],
) -> None:
    assert settled(invoices, payments, entry) == expected


@pytest.mark.parametrize(("balance", "due", "over"), [(30, 30, 0), (0, 0, 0), (-30, 0, 30)])
def test_a_balance_is_debt_or_credit(balance: int, due: Any, over: Any) -> None:
    assert (amount_due(balance=Decimal(balance)), credit(balance=Decimal(balance))) == (due, over)


@pytest.mark.parametrize(
    ("subject", "open_part", "opening_on", "expected"),
    [
        (invoice("1", 50, due=0), 50, None, InvoiceState.UNPAID),
        (invoice("1", 50, due=1), 50, None, InvoiceState.OVERDUE),
        (invoice("1", 50, due=1), 1, None, InvoiceState.OVERDUE),
        (invoice("1", 50, due=0), 1, None, InvoiceState.PARTLY_PAID),
        (invoice("1", 50, due=1), 0, None, InvoiceState.PAID),
        (invoice("1", 0), 0, None, InvoiceState.PAID),
        (invoice("1", -5), 0, None, InvoiceState.CREDIT_NOTE),
        (invoice("1", 50, status=Invoice.Status.CANCELLED), 0, None, InvoiceState.CANCELLED),
        (invoice("1", 50, issued=9), 0, TODAY - timedelta(days=9), InvoiceState.IN_OPENING_BALANCE),
        (invoice("1", 50, issued=9), 0, TODAY - timedelta(days=10), InvoiceState.PAID),
    ],
)
def test_names_the_state(
    subject: Invoice, open_part: int, opening_on: date | None, expected: InvoiceState
) -> None:
    state = state_of(invoice=subject, open_part=Decimal(open_part), opening_on=opening_on, today=TODAY)
    assert state == expected


def settled_by(
    invoices: list[Invoice], payments: list[Payment], entry: Balance | None = None
) -> dict[int, list[tuple[str, Decimal]]]:
    result = settle(opening=entry, invoices=invoices, payments=payments, today=TODAY)
    return {pk: [(part.number, part.amount) for part in parts] for pk, parts in result.settled_by.items()}


OLD, NEW = invoice("1", 50, due=40), invoice("2", 60, due=9)


@pytest.mark.parametrize(
    ("invoices", "payments", "entry", "expected"),
    [
        pytest.param([OLD, NEW], [payment(60, "2", pk=1)], None, {1: [("2", 60)]}, id="the one it names"),
        pytest.param(
            [OLD, NEW],
            [payment(75, "2", pk=1)],
            None,
            {1: [("2", 60), ("1", 15)]},
            id="the rest of it the oldest",
        ),
        pytest.param(
            [OLD],
            [payment(60, pk=1)],
            opening(20),
            {1: [("", 20), ("1", 40)]},
            id="old debt, then the invoice",
        ),
        pytest.param([OLD], [payment(80, pk=1)], None, {1: [("1", 50)]}, id="and what is left is credit"),
        pytest.param(
            [OLD, NEW],
            [payment(70, pk=2, paid=5), payment(30, pk=1, paid=8)],
            None,
            {1: [("1", 30)], 2: [("1", 20), ("2", 50)]},
            id="the earlier payment first",
        ),
        pytest.param(
            [OLD],
            [payment(50, "1", pk=1, paid=8), payment(50, "1", pk=2, paid=5), payment(-50, "1", pk=3, paid=1)],
            None,
            {1: [("1", 50)], 2: [], 3: []},
            id="what came twice and was paid back settled nothing",
        ),
        pytest.param(
            [OLD, invoice("3", -20, due=9)],
            [payment(50, pk=1)],
            None,
            {1: [("1", 30)]},
            id="a credit note pays before money does",
        ),
        pytest.param(
            [OLD], [payment(50, "1", pk=1, paid=90)], opening(0), {}, id="held in the opening entry"
        ),
    ],
)
def test_tells_what_each_payment_settled(
    invoices: list[Invoice], payments: list[Payment], entry: Balance | None, expected: dict[int, Any]
) -> None:
    assert settled_by(invoices, payments, entry) == expected


def test_what_came_online_counts_whatever_the_day_of_the_opening_entry() -> None:
    result: Any = settle(
        opening=opening(20, as_of=3),
        invoices=[invoice("1", 50, issued=1)],
        payments=[payment(10, paid=2, pk=1)],
        orders=[online(30, counted=9, pk=1), online(99, counted=None, pk=2)],
        today=TODAY,
    )
    assert (result.balance, result.opening_due, result.open_parts) == (30, 0, {"1": 30})
    assert result.settled_by == {1: [Part("", Decimal(10))]}
    assert result.settled_by_orders == {1: [Part("", Decimal(10)), Part("1", Decimal(20))]}


# ── Against the SQL twin ────────────────────────────────────────────────────────────────────────

# Few days, numbers and round amounts, so that edges and equal sums come up often.
cents = st.one_of(
    st.sampled_from(
        [Decimal("-50.00"), Decimal("-0.01"), Decimal("0.00"), Decimal("0.01"), Decimal("50.00")]
    ),
    st.decimals(min_value=-500, max_value=500, places=2),
)
days = st.integers(min_value=-3, max_value=6)
numbers = st.sampled_from(["1", "2", "10", "Ą-1", "a-1", "B-1"])


Ledger = tuple[Balance | None, list[Invoice], list[Payment], list[OrderPart]]


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    entry = draw(st.none() | st.builds(opening, cents, as_of=st.integers(min_value=0, max_value=6)))
    invoices = [
        draw(
            st.builds(
                invoice,
                st.just(number),
                cents,
                issued=days,
                due=days,
                status=st.sampled_from(Invoice.Status),
                is_held=st.sampled_from([False, False, False, True]),
            )
        )
        for number in draw(st.lists(numbers, unique=True, max_size=6))
    ]
    names = numbers | st.just("") | st.just("unknown")
    payments = draw(st.lists(st.builds(payment, cents, names, paid=days), max_size=6))
    for pk, row in enumerate(payments, start=1):
        row.pk = pk
    above_zero = st.decimals(min_value="0.01", max_value=500, places=2)
    parts = draw(st.lists(st.builds(online, above_zero, counted=st.none() | days), max_size=3))
    for pk, part in enumerate(parts, start=1):
        part.pk = pk
    return entry, invoices, payments, parts


def parts(result: Settlement | Statement) -> dict[str, Decimal]:
    if isinstance(result, Statement):
        return {row.number: row.open_part for row in result.unpaid}
    return {number: part for number, part in result.open_parts.items() if part}


@given(ledger=ledgers(), shuffled=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_parts_add_up_whatever_the_order(ledger: Ledger, shuffled: Any) -> None:
    entry, invoices, payments, orders = ledger
    result = settle(opening=entry, invoices=invoices, payments=payments, orders=orders, today=TODAY)
    assert result.opening_due + sum(result.open_parts.values()) == amount_due(balance=result.balance)
    charged = {row.number: max(row.charged, Decimal(0)) for row in invoices}
    assert all(0 <= part <= charged[number] for number, part in result.open_parts.items())
    _parts_explain_what_is_paid(result, entry, payments, orders, charged)
    shuffled.shuffle(invoices)
    shuffled.shuffle(payments)
    shuffled.shuffle(orders)
    again = settle(opening=entry, invoices=invoices, payments=payments, orders=orders, today=TODAY)
    assert again == result


def _parts_explain_what_is_paid(
    result: Settlement,
    entry: Balance | None,
    payments: list[Payment],
    orders: list[OrderPart],
    charged: dict[str, Decimal],
) -> None:
    """No payment settles more than it brought, and no debt is settled by more than was paid of it."""
    amounts = {row.pk: row.amount for row in payments}
    of_orders = {row.pk: row.amount for row in orders}
    of_debts: dict[str, Decimal] = {}
    brought = [(amounts[pk], parts) for pk, parts in result.settled_by.items()]
    brought += [(of_orders[pk], parts) for pk, parts in result.settled_by_orders.items()]
    for amount, settled_parts in brought:
        assert all(part.amount > 0 for part in settled_parts)
        assert sum(part.amount for part in settled_parts) <= max(amount, Decimal(0))
        for part in settled_parts:
            of_debts[part.number] = of_debts.get(part.number, Decimal(0)) + part.amount
    before = max(entry.amount, Decimal(0)) if entry else Decimal(0)
    assert of_debts.pop("", Decimal(0)) <= before
    assert all(paid <= charged[number] - result.open_parts[number] for number, paid in of_debts.items())


@pytest.fixture
def two_books(db: None) -> list[PaymentBook]:
    company = CompanyFactory()
    return [
        BookFactory(managing_company=company, premises=[]),
        BookFactory(managing_company=CompanyFactory(), premises=[], closed_on=TODAY - timedelta(days=30)),
    ]


@given(both=st.tuples(ledgers(), ledgers()))
@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_twin_says_the_same(two_books: list[PaymentBook], both: tuple[Ledger, ...]) -> None:
    with transaction.atomic():
        for book, ledger in zip(two_books, both, strict=True):
            store(book, *ledger)
        books = [book.pk for book in two_books]
        found = statements_of(books=books, today=TODAY)
        with_newest, newest = statements_and_newest(books=books, today=TODAY)
        shown_ids = list(
            Invoice.objects.shown_on(TODAY).filter(payment_book__in=books).values_list("pk", flat=True)
        )
        transaction.set_rollback(True)
    assert set(found) == {book.pk for book in two_books}
    assert with_newest == found
    assert [row.id for row in newest] == shown_ids[:NEWEST]
    for book, (entry, invoices, payments, orders) in zip(two_books, both, strict=True):
        expected = settle(opening=entry, invoices=invoices, payments=payments, orders=orders, today=TODAY)
        twin = found[book.pk]
        assert (twin.balance, twin.opening_due, parts(twin)) == (
            expected.balance,
            expected.opening_due,
            parts(expected),
        )
        shown = [row.issued_on for row in invoices if not row.is_held and row.issued_on <= TODAY]
        assert twin.first_issued_on == min(shown, default=None)
        assert twin.opening_on == (entry and entry.as_of_on)
        assert twin.pending == sum(part.amount for part in orders if part.counted_on)
        order = [(row.due_on, row.number) for row in twin.unpaid]
        assert order == sorted(order)


def _payer() -> User:
    found: User = User.objects.first() or UserFactory()
    return found


def store(
    book: PaymentBook,
    entry: Balance | None,
    invoices: list[Invoice],
    payments: list[Payment],
    orders: list[OrderPart],
) -> None:
    if entry is not None:
        Balance.objects.create(payment_book=book, as_of_on=entry.as_of_on, amount=entry.amount)
    for row in invoices:
        row.pk, row.payment_book, row.managing_company = None, book, book.managing_company
    Invoice.objects.bulk_create(invoices)
    for part_no, paid in enumerate(payments, start=1):
        paid.pk, paid.payment_book, paid.managing_company = None, book, book.managing_company
        paid.bank_reference, paid.part_no = "BANK", part_no
    Payment.objects.bulk_create(payments)
    for part in orders:
        order: Order = OrderFactory(
            managing_company=book.managing_company, person=_payer(), amount=part.amount
        )
        part.pk, part.payment_book, part.order = None, book, order
    OrderPart.objects.bulk_create(orders)


def test_twin_is_one_query_for_any_number_of_books(
    two_books: list[PaymentBook], django_assert_num_queries: Any
) -> None:
    for books in (two_books[:1], two_books, two_books * 2):
        with django_assert_num_queries(1):
            found = statements_of(books=[book.pk for book in books], today=TODAY)
        assert set(found) == {book.pk for book in books}


def test_no_books_owe_nothing(db: None) -> None:
    assert statements_of(books=[], today=TODAY) == {}
