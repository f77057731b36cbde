"""What a person prepares on „Kliento informacija“ and saves at once: a list of changes, never the final list.

Preparing changes nothing but the draft. Saving locks the draft, then rechecks and carries out each of them in one
transaction; a line that became impossible stops it, and everything stays prepared.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction

from properties import access as accesses
from properties import linking
from properties.models import Access, PaymentBook

from . import grants
from .models import DraftLine, Offer

Kind = DraftLine.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was carried out; `gone` counts lines that were shown and are no longer in the draft."""

    added: list[PaymentBook] = field(default_factory=list)
    removed: list[PaymentBook] = field(default_factory=list)
    offered: list[Offer] = field(default_factory=list)
    ended: list[Offer] = field(default_factory=list)
    gone: int = 0


class Impossible(Exception):
    """Some lines can no longer be carried out, so nothing was: the error of each, by the line's id."""

    def __init__(self, problems: dict[int, ValidationError]) -> None:
        super().__init__(problems)
        self.problems = problems


@transaction.atomic
def stage_add(*, person: Any, book: PaymentBook, activation_no: int | None, at: datetime) -> DraftLine:
    """Prepare to add a book that was proven; raise ValidationError when the draft is full."""
    _make_room(person, at, DraftLine.objects.filter(kind=Kind.ADD, payment_book=book))
    line, _is_new = DraftLine.objects.update_or_create(
        person=person,
        kind=Kind.ADD,
        payment_book=book,
        defaults={"activation_no": activation_no, "staged_at": at},
    )
    return line


@transaction.atomic
def stage_remove(*, person: Any, book: PaymentBook, at: datetime) -> DraftLine:
    """Prepare to give a held book up, with what was to be shared of it; raise ValidationError when full."""
    _make_room(person, at, DraftLine.objects.filter(kind=Kind.REMOVE, payment_book=book))
    # Who gives an object up no longer means to share it.
    DraftLine.objects.filter(person=person, kind=Kind.SHARE, payment_book=book).delete()
    line, _is_new = DraftLine.objects.update_or_create(
        person=person, kind=Kind.REMOVE, payment_book=book, defaults={"staged_at": at}
    )
    return line


@transaction.atomic
def stage_share(
    *, person: Any, book: PaymentBook, email: str, scope: str, until_on: date | None, at: datetime
) -> DraftLine:
    """Prepare to share a book that is held or prepared to be added, with a canonical email.

    Raise ValidationError when the draft is full, or the book cannot be shared, or not with this address.
    """
    draft = DraftLine.objects.of(person, at=at)
    same = draft.filter(kind=Kind.SHARE, payment_book=book, email=email)
    _make_room(person, at, same)
    if same.exists():
        raise ValidationError("This is prepared already.", "shared_already")
    own = grants.rows_to_share_by(book=book, holder=person, at=at).first()
    of_it = draft.filter(payment_book=book)
    if of_it.filter(kind=Kind.REMOVE).exists() or not (own or of_it.filter(kind=Kind.ADD).exists()):
        raise ValidationError("It is not held, or is to be given up.", "not_a_holder")
    if own and not draft.filter(kind=Kind.UNSHARE, offer__granted_by=own, offer__email=email).exists():
        grants.check_offer(own=own, email=email, until_on=until_on, by=person, at=at)
    else:
        grants.check_words(email=email, until_on=until_on, by=person, at=at)
    line, _is_new = DraftLine.objects.update_or_create(
        person=person,
        kind=Kind.SHARE,
        payment_book=book,
        email=email,
        defaults={"scope": scope, "until_on": until_on, "staged_at": at},
    )
    return line


@transaction.atomic
def stage_unshare(*, person: Any, offer: Offer, at: datetime) -> DraftLine:
    """Prepare to end one's own share; raise ValidationError when the draft is full."""
    _make_room(person, at, DraftLine.objects.filter(offer=offer))
    line, _is_new = DraftLine.objects.update_or_create(
        person=person,
        kind=Kind.UNSHARE,
        offer=offer,
        defaults={"payment_book_id": offer.granted_by.payment_book_id, "staged_at": at},
    )
    return line


@transaction.atomic
def undo(*, person: Any, line: int) -> None:
    """Take one line out of this person's draft, and with an object to add what was to be shared of it."""
    _wait_for_others(person)
    mine = DraftLine.objects.filter(person=person)
    for taken in mine.filter(pk=line):
        if taken.kind == Kind.ADD:
            mine.filter(kind=Kind.SHARE, payment_book=taken.payment_book_id).delete()
        taken.delete()


@transaction.atomic
def discard(*, person: Any) -> None:
    """Forget everything that this person prepared."""
    _wait_for_others(person)
    DraftLine.objects.filter(person=person).delete()


def forget(*, at: datetime) -> int:
    """Delete the lines that are kept no longer; return how many."""
    return DraftLine.objects.filter(staged_at__lte=at - DraftLine.KEPT).delete()[0]


@transaction.atomic
def save(*, claimant: linking.Claimant, shown: Iterable[int], at: datetime) -> Saved:
    """Carry out the prepared lines that the person was shown, all of them or none.

    Undoing what is gone already counts as done. Raise Impossible, naming each line that cannot be carried out.
    """
    _wait_for_others(claimant.person)
    wanted = set(shown)
    lines = list(DraftLine.objects.of(claimant.person, at=at).filter(pk__in=wanted))
    books = _locked_books(line.payment_book_id for line in lines)
    saved = Saved(gone=len(wanted) - len(lines))
    problems = {}
    for line in sorted(lines, key=lambda line: (_ORDER[Kind(line.kind)], line.pk)):
        try:
            _CARRY_OUT[Kind(line.kind)](line, books[line.payment_book_id], claimant, at, saved)
        except ValidationError as error:
            problems[line.pk] = error
    if problems:
        raise Impossible(problems)
    DraftLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
    return saved


def _make_room(person: Any, at: datetime, same: Any) -> None:
    """Let none be added beyond the last line; a line that is there already needs no room."""
    _wait_for_others(person)
    draft = DraftLine.objects.of(person, at=at)
    if draft.count() >= DraftLine.MOST and not (draft & same.filter(person=person)).exists():
        raise ValidationError("The draft is full.", "draft_full")


def _wait_for_others(person: Any) -> None:
    """Let one request at a time work on a person's draft; everybody locks the person before anything else."""
    list(get_user_model().objects.filter(pk=person.pk).select_for_update(no_key=True).values_list("pk"))


def _locked_books(pks: Iterable[int]) -> dict[int, PaymentBook]:
    books = PaymentBook.objects.filter(pk__in=set(pks)).select_related("managing_company")
    return {book.pk: book for book in books.order_by("pk").select_for_update(of=("self",))}


def _unshare(
    line: DraftLine, book: PaymentBook, claimant: linking.Claimant, at: datetime, saved: Saved
) -> None:
    offer = (
        Offer.objects.in_force(at=at)
        .filter(pk__in=[line.offer_id], granted_by__person=claimant.person)
        .first()
    )
    if offer is not None and grants.revoke(offer=offer, by=claimant.person, at=at):
        saved.ended.append(offer)


def _remove(
    line: DraftLine, book: PaymentBook, claimant: linking.Claimant, at: datetime, saved: Saved
) -> None:
    mine = Access.objects.live(at=at).filter(
        payment_book=book, person=claimant.person, granted_by__isnull=True
    )
    if accesses.end(accesses=mine, at=at):
        saved.removed.append(book)


def _add(line: DraftLine, book: PaymentBook, claimant: linking.Claimant, at: datetime, saved: Saved) -> None:
    if linking.open_proven(claimant=claimant, book=book, activation_no=line.activation_no, at=at):
        saved.added.append(book)


def _share(
    line: DraftLine, book: PaymentBook, claimant: linking.Claimant, at: datetime, saved: Saved
) -> None:
    saved.offered.append(
        grants.offer(
            book=book, email=line.email, scope=line.scope, until_on=line.until_on, by=claimant.person, at=at
        )
    )


# What gives comes last: an object prepared to be added can be shared in the same breath.
_CARRY_OUT: dict[Kind, Callable[[DraftLine, PaymentBook, linking.Claimant, datetime, Saved], None]] = {
    Kind.UNSHARE: _unshare,
    Kind.REMOVE: _remove,
    Kind.ADD: _add,
    Kind.SHARE: _share,
}
_ORDER = {kind: place for place, kind in enumerate(_CARRY_OUT)}
