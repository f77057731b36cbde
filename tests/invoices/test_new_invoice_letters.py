"""Who hears of a new invoice, and when nobody does."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.utils import timezone

from imports.kinds import all_kinds
from imports.runs import import_file
from invoices.models import Invoice
from notifications import outbox
from notifications.models import Letter

pytestmark = pytest.mark.django_db

HEADER = "number;payer_code;period;issued_on;due_on;line_no;service;amount;quantity;unit_price;status\n"
TODAY = timezone.localdate()


@pytest.fixture
def take(tmp_path: Path, book) -> Callable[..., None]:
    """Take in invoices of the cast's book, as company A sends them."""

    def run(*rows: str, sends_letters: bool = True) -> None:
        path = tmp_path / "invoices.csv"
        path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
        import_file(
            kind=all_kinds()["invoices"],
            path=path,
            company_code=book.managing_company.company_code,
            dry_run=False,
            at=timezone.now(),
            sends_letters=sends_letters,
        )

    return run


@pytest.fixture
def row(book) -> Callable[..., str]:
    def make(
        number: str, issued_on: date = TODAY, quantity: str = "", status: str = "", code: str = ""
    ) -> str:
        code = code or book.payer_code
        due_on = issued_on + timedelta(days=20)
        return f"{number};{code};2026-10;{issued_on};{due_on};1;Vanduo;10,00;{quantity};{quantity};{status}"

    return make


@pytest.fixture
def past(take, row) -> None:
    """Company A has sent a file before."""
    take(row("OLD"), sends_letters=False)


def told() -> list[tuple[str, str]]:
    numbers = {str(pk): number for pk, number in Invoice.objects.values_list("pk", "number")}
    letters = Letter.objects.filter(kind="new_invoice").order_by("address", "id")
    return [(letter.address, numbers[letter.event]) for letter in letters]


def send_all(at: datetime | None = None) -> None:
    outbox.send_overdue(at=(at or timezone.now()) + timedelta(minutes=1))


def test_every_holder_hears_once(past, take, row, holder, co_holder, guest) -> None:
    take(row("S-1"))
    take(row("S-1"))
    assert told() == sorted([(holder.email, "S-1"), (co_holder.email, "S-1")])
    send_all()
    letter = next(message for message in mail.outbox if message.to == [holder.email])
    invoice = Invoice.objects.get(number="S-1")
    assert letter.subject == "Sąskaita už spalį"
    assert f"http://savitarna.test/invoices/{invoice.pk}" in letter.body
    assert "10,00\u00a0€" in letter.body


def test_nobody_hears_of_a_companys_first_file(take, row, holder) -> None:
    take(row("S-1"))
    assert told() == []


def test_nobody_hears_when_the_operator_says_so(past, take, row, holder) -> None:
    take(row("S-1"), sends_letters=False)
    assert told() == []


def test_only_what_was_issued_in_the_last_ten_days_and_may_be_seen(past, take, row, holder) -> None:
    take(
        row("TEN", TODAY - timedelta(days=10)),
        row("ELEVEN", TODAY - timedelta(days=11)),
        row("TOMORROW", TODAY + timedelta(days=1)),
        row("HELD", quantity="7"),
        row("CANCELLED", status="cancelled"),
    )
    assert told() == [(holder.email, "TEN")]


def test_a_revision_is_no_news(past, take, row, holder) -> None:
    take(row("OLD").replace("10,00", "11,00"))
    assert told() == []


def test_nobody_is_told_who_is_no_holder_any_more(past, take, row, holder, holder_access) -> None:
    take(row("S-1"))
    holder_access.frozen_at = timezone.now()
    holder_access.save()
    send_all()
    assert not mail.outbox


def test_nobody_is_told_of_what_was_cancelled_meanwhile(past, take, row, holder) -> None:
    take(row("S-1"))
    take(row("S-1", status="cancelled"))
    send_all()
    assert not mail.outbox
