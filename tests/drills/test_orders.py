"""One payment through a provider when everybody brings the news at once, each on a connection of their own.

The notice, the page that the person comes back to, the check by the clock and the accounting's file: however they
cross, the money counts once. Each race has its control: without the lock of the order it goes wrong.
"""

import os
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from invoices import orders
from invoices.models import Order, OrderPart, Payment
from invoices.providers import fake
from invoices.providers.protocol import Outcome
from invoices.statements import statements_of
from properties.models import Access, PaymentBook
from tests.conftest import BACKEND
from tests.drills.test_sharing import at_once, control, person, race, told
from tests.factories import AccessFactory, InvoiceFactory, OrderFactory, PaymentFactory
from tests.imports.conftest import import_path

ROUNDS = 100 if os.environ.get("DRILL") else 10
pytestmark = pytest.mark.django_db(transaction=True)
OWED = Decimal("50.00")


def bought() -> tuple[Access, Order]:
    """Return who owes 50 € and has just left for the provider."""
    access: Access = AccessFactory(person=person())
    book = access.payment_book
    InvoiceFactory(payment_book=book, charged=OWED)
    order: Order = OrderFactory(
        managing_company=book.managing_company, person=access.person, parts={book: OWED}, amount=OWED
    )
    return access, order


def notice_of(order: Order, outcome: Outcome) -> Callable[[], Any]:
    company = order.managing_company.company_code
    sent = fake.press(order=order, outcome=outcome)
    return lambda: Client().post(f"/invoices/callback/fake/{company}", sent).status_code


def coming_back(access: Access, order: Order) -> Callable[[], Any]:
    client = Client()
    client.force_login(access.person, backend=BACKEND)
    return lambda: client.get(f"/invoices/orders/{order.number}").status_code


def checked(order: Order) -> Callable[[], Any]:
    return lambda: orders.ask(order=order, at=timezone.now()).state


def posted_by_file(access: Access, order: Order, folder: Path) -> Callable[[], Any]:
    company, code = order.managing_company.company_code, access.payment_book.payer_code
    path = folder / f"{order.number}.csv"
    row = f"EIL-{order.number};{code};2026-11-22;50,00;{order.number}"
    path.write_text(f"bank_reference;payer_code;paid_on;amount;order_id\n{row}")
    return lambda: import_path("payments", path, company=company).status


def wrong_with(access: Access, order: Order, states: set[str]) -> list[str]:
    """Return what is wrong when this money has come once and no more."""
    book = access.payment_book_id
    statement = statements_of(books=[book], today=timezone.localdate())[book]
    order.refresh_from_db()
    counted = OrderPart.objects.filter(order=order, counted_on__isnull=False).count()
    rows = Payment.objects.filter(order_id=order.number).count()
    wrong = [] if order.state in states else [f"ended as {order.state}"]
    if counted + rows != 1:
        wrong.append(f"counted {counted} times online and {rows} times by the file")
    if statement.balance != 0:
        wrong.append(f"a balance of {statement.balance}")
    return wrong


def notice_return_and_check(is_turned: bool) -> tuple[str, list[str]]:
    access, order = bought()
    lost = notice_of(order, Outcome.FAILED)
    paid = notice_of(order, Outcome.PAID)
    jobs = [paid, coming_back(access, order), checked(order), lost, paid]
    answers = at_once(*(jobs[::-1] if is_turned else jobs))
    return f"{Counter(map(str, answers))[str(200)]} answers", wrong_with(
        access, order, {Order.State.RECEIVED}
    )


def with_the_file(folder: Path) -> Callable[[bool], tuple[str, list[str]]]:
    def one_round(is_turned: bool) -> tuple[str, list[str]]:
        access, order = bought()
        by_file, paid = posted_by_file(access, order, folder), notice_of(order, Outcome.PAID)
        jobs = [by_file, paid, coming_back(access, order), checked(order)]
        at_once(*(jobs[::-1] if is_turned else jobs))
        wrong = wrong_with(access, order, {Order.State.POSTED})
        return f"{order.state}, {'received before' if order.received_at else 'by the file alone'}", wrong

    return one_round


def posted_by_rule(is_turned: bool) -> tuple[str, list[str]]:
    """The same with the part of an import that meets the order, as quick as what it races with."""
    access, order = bought()
    book = access.payment_book

    def posts() -> None:
        with transaction.atomic():
            PaymentFactory(payment_book=book, amount=OWED, order_id=order.number)
            at = timezone.now()
            orders.post_named(company=book.managing_company_id, numbers=[order.number], at=at)

    paid = notice_of(order, Outcome.PAID)
    checks = [checked(order) for _ in range(2)]
    at_once(*([posts, *checks, paid] if is_turned else [paid, *checks, posts]))
    wrong = wrong_with(access, order, {Order.State.POSTED})
    return f"{order.state}, {'received before' if order.received_at else 'by the file alone'}", wrong


def two_presses(is_turned: bool) -> tuple[str, list[str]]:
    """Two people press „Apmokėti“ for the same object at the same moment: one of them is asked."""
    access = AccessFactory(person=person())
    book = access.payment_book
    InvoiceFactory(payment_book=book, charged=OWED)
    other = AccessFactory(person=person(), payment_book=book)

    def pressed(who: Access) -> Callable[[], Any]:
        client = Client()
        client.force_login(who.person, backend=BACKEND)
        address = f"/invoices/pay/{book.managing_company_id}"
        sent = {"shown": [book.pk], f"amount-{book.pk}": "50"}
        return lambda: client.post(address, sent).status_code

    answers = sorted(at_once(pressed(access), pressed(other)))
    started = Order.objects.filter(parts__payment_book=book).count()
    return str(answers), [] if (answers, started) == ([200, 302], 1) else [f"{started} started: {answers}"]


def test_whoever_brings_the_news_the_money_counts_once() -> None:
    told("notice‖return‖check", race(ROUNDS, notice_return_and_check))


def test_the_file_and_the_notice_never_both_count(tmp_path: Path) -> None:
    told("file‖notice‖return‖check", race(ROUNDS, with_the_file(tmp_path)))
    told("posting‖notice‖check", race(ROUNDS, posted_by_rule))


def test_of_two_presses_at_once_one_is_asked() -> None:
    told("press‖press", race(ROUNDS, two_presses))


def test_control_without_the_lock_of_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_locked", lambda order: Order.objects.get(pk=order.pk))
    control("posting‖notice‖check", posted_by_rule)


def test_control_without_the_lock_of_the_books(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_locked_books", PaymentBook.objects.filter)
    control("press‖press", two_presses)
