"""Entries of the bank that nobody could place by rule: settled by hand, once, over one book or several."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from lithuanian.numbers import round_cents
from properties.models import PaymentBook

from .models import MONEY_LIMIT, BankEntry, Payment


def settle(
    *, entry: BankEntry, parts: Sequence[tuple[PaymentBook, Decimal]], by: Any, at: datetime
) -> list[Payment]:
    """Post an entry that waits over payment books of its company; the sums add up to the entry's.

    Raise ValidationError: settled_meanwhile, already_on_file, no_parts, other_company, same_book_twice,
    bad_amount, sum_differs.
    """
    on_file = ValidationError(
        _("Payments with this bank reference came in a file of the accounting."), "already_on_file"
    )
    try:
        return _settle(entry=entry, parts=parts, by=by, at=at, on_file=on_file)
    except IntegrityError:
        # The file came in just now.
        raise on_file from None


def _settle(
    *,
    entry: BankEntry,
    parts: Sequence[tuple[PaymentBook, Decimal]],
    by: Any,
    at: datetime,
    on_file: ValidationError,
) -> list[Payment]:
    with transaction.atomic():
        locked = _locked(entry)
        if _on_file(locked).exists():
            raise on_file
        check(entry=locked, parts=parts)
        posted = Payment.objects.bulk_create(
            Payment(
                managing_company_id=locked.managing_company_id,
                payment_book=book,
                bank_reference=locked.bank_reference,
                part_no=number,
                paid_on=locked.booked_on,
                amount=amount,
                payer_name=locked.payer_name,
                note=locked.text[:500],
            )
            for number, (book, amount) in enumerate(parts, start=1)
        )
        locked.found_by = BankEntry.FoundBy.STAFF
        _close(locked, BankEntry.State.POSTED, by=by, at=at)
    return posted


def check(*, entry: BankEntry, parts: Sequence[tuple[PaymentBook, Decimal]]) -> None:
    """Raise ValidationError when the parts are not what this entry may be split into."""
    if not parts:
        raise ValidationError(_("Choose a payment book."), "no_parts")
    if any(book.managing_company_id != entry.managing_company_id for book, _amount in parts):
        raise ValidationError(_("This payment book belongs to another company."), "other_company")
    if len({book.pk for book, _amount in parts}) < len(parts):
        raise ValidationError(_("The same payment book is chosen twice."), "same_book_twice")
    for _book, amount in parts:
        # All the same way as the entry: a split never moves money from one payer to another.
        fits = amount.is_finite() and round_cents(amount) == amount and abs(amount) < MONEY_LIMIT
        if not fits or amount == 0 or (amount > 0) != (entry.amount > 0):
            raise ValidationError(_("Write sums in euros and cents, none of them zero."), "bad_amount")
    if sum(amount for _book, amount in parts) != entry.amount:
        raise ValidationError(_("The sums do not add up to the sum of the entry."), "sum_differs")


def set_aside(*, entry: BankEntry, note: str, by: Any, at: datetime) -> None:
    """Close an entry that is no resident's payment, with the reason; raise ValidationError: settled_meanwhile."""
    with transaction.atomic():
        locked = _locked(entry)
        locked.note = note
        _close(locked, BankEntry.State.OTHER, by=by, at=at)


def close_posted(*, company: int, at: datetime) -> int:
    """Close a company's entries that wait and that its accounting has posted meanwhile; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE invoices_bankentry AS entry
            SET state = 'posted', found_by = 'accounting', settled_at = %(at)s
            WHERE entry.managing_company_id = %(company)s AND entry.state = 'waiting' AND entry.amount = (
                SELECT sum(payment.amount) FROM invoices_payment AS payment
                WHERE payment.managing_company_id = %(company)s AND payment.bank_reference = entry.bank_reference
            )
            """,
            {"company": company, "at": at},
        )
        return int(cursor.rowcount)


def _locked(entry: BankEntry) -> BankEntry:
    waiting = BankEntry.objects.select_for_update().filter(pk=entry.pk, state=BankEntry.State.WAITING)
    locked = waiting.first()
    if locked is None:
        raise ValidationError(_("This entry was settled meanwhile."), "settled_meanwhile")
    return locked


def _on_file(entry: BankEntry) -> Any:
    return Payment.objects.filter(
        managing_company=entry.managing_company_id, bank_reference=entry.bank_reference
    )


def _close(entry: BankEntry, state: BankEntry.State, *, by: Any, at: datetime) -> None:
    entry.state, entry.settled_by, entry.settled_at = state, by, at
    entry.save()
