"""Proof that an object is one's own: a payer code identifies it and proves nothing.

A payment book opens at once to whom the file names, when nobody has ever held it, or to who types its activation
code. Everybody else hears one neutral answer and may ask the staff.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lithuanian.folding import fold_code, fold_name

from . import activation, attempts, notices
from .models import (
    LONGEST_TYPED_CODE,
    Access,
    Claim,
    LinkRequest,
    ManagingCompany,
    PayerCodeAlias,
    PaymentBook,
)


@dataclass(frozen=True)
class Claimant:
    """Who says that an object is theirs; `kind` is that of a payer, `email` a confirmed one."""

    person: Any
    kind: str
    name: str
    email: str


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt; the payment book is named only to whom it is open."""

    kind: Claim.Outcome
    book: PaymentBook | None = None


_NOT_LINKED = Outcome(Claim.Outcome.NOT_LINKED)


def said(outcome: Outcome) -> str:
    """Return an outcome in words; every failure by the same."""
    if outcome.kind == Claim.Outcome.LINKED:
        return _("The object is added.")
    if outcome.kind == Claim.Outcome.ALREADY_MINE:
        return _("This object is already in your list.")
    return neutral_answer()


def neutral_answer() -> str:
    """Return what everybody hears whose proof failed, whatever the reason."""
    return _(
        "The object could not be added with these details. Check the managing company and the payer code, "
        "enter the activation code, or send a request to the administrator."
    )


def payer_code_key(payer_code: str) -> str:
    """Return the folded code; raise ValidationError when it has no letters or digits, or far too many."""
    typed = payer_code.strip()
    if len(typed) <= LONGEST_TYPED_CODE and 0 < len(fold_code(typed)) <= 50:
        return fold_code(typed)
    raise ValidationError("Not the shape of a payer code.", "bad_payer_code")


def store_claim(
    *,
    person: Any,
    company: ManagingCompany,
    payer_code: str,
    activation_code: str = "",
    at: datetime,
) -> Claim:
    """Keep what was typed until the email is confirmed; nothing is looked up.

    Raise ValidationError for what has not even the shape of a payer code.
    """
    claim, _is_new = Claim.objects.update_or_create(
        person=person,
        managing_company=company,
        payer_code_key=payer_code_key(payer_code),
        defaults={
            "payer_code": payer_code.strip(),
            "activation_seal": activation.seal(activation_code),
            "made_at": at,
            "decided_at": None,
            "outcome": "",
        },
    )
    return claim


def decide_claims(*, claimant: Claimant, network: str, at: datetime) -> None:
    """Decide every open claim of this person, once; call it outside a transaction.

    `network` is the address that the limits on guessing count by.
    """
    for claim in Claim.objects.filter(person=claimant.person, decided_at__isnull=True).order_by("pk"):
        # Marked before it is tried: of two requests one decides, and a crash in between opens nothing.
        undecided = Claim.objects.filter(pk=claim.pk, decided_at__isnull=True)
        if undecided.update(decided_at=at, outcome=Claim.Outcome.NOT_LINKED):
            _attempt(
                claimant=claimant,
                company=claim.managing_company,
                code_key=claim.payer_code_key,
                sealed=claim.activation_seal,
                network=network,
                at=at,
            )


def link(
    *,
    claimant: Claimant,
    company: ManagingCompany,
    payer_code: str,
    activation_code: str = "",
    network: str,
    at: datetime,
) -> Outcome:
    """Open the payment book of this code to who proves that it is theirs; call it outside a transaction.

    `network` is the address that the limits on guessing count by.
    """
    return _attempt(
        claimant=claimant,
        company=company,
        code_key=fold_code(payer_code[:LONGEST_TYPED_CODE]),
        sealed=activation.seal(activation_code[:LONGEST_TYPED_CODE]),
        network=network,
        at=at,
    )


def _attempt(
    *,
    claimant: Claimant,
    company: ManagingCompany,
    code_key: str,
    sealed: str,
    network: str,
    at: datetime,
) -> Outcome:
    slot = attempts.take(
        person=claimant.person, company=company, payer_code_key=code_key, network=network, at=at
    )
    if slot is None:
        return _NOT_LINKED
    with transaction.atomic():
        book = find_book(company=company, code_key=code_key, at=at, for_update=True)
        outcome = _judge(claimant, book, sealed, at, slot) if book else _NOT_LINKED
        if outcome.book:
            attempts.give_back(slot=slot)
            if outcome.kind == Claim.Outcome.LINKED:
                open_to(person=claimant.person, book=outcome.book, at=at)
            resolve(person=claimant.person, book=outcome.book, code_key=code_key, outcome=outcome.kind, at=at)
        else:
            attempts.fail(slot=slot, at=at)
    return outcome


def find_book(
    *, company: ManagingCompany, code_key: str, at: datetime, for_update: bool = False
) -> PaymentBook | None:
    """Return the company's open payment book of this folded code, its present code before an earlier one."""
    today = timezone.localdate(at)
    earlier = PayerCodeAlias.objects.filter(managing_company=company, payer_code_key=code_key)
    books = PaymentBook.objects.filter(
        Q(opened_on__isnull=True) | Q(opened_on__lte=today),
        Q(closed_on__isnull=True) | Q(closed_on__gte=today),
        Q(payer_code_key=code_key) | Q(pk__in=earlier.values("payment_book")),
        managing_company=company,
    ).select_related("managing_company")
    if for_update:
        # Ids ascending, as everybody locks.
        books = books.order_by("pk").select_for_update(of=("self",))
    found = sorted(books, key=lambda book: book.payer_code_key != code_key)
    if len(found) > 1 and found[0].payer_code_key != code_key:
        # An earlier code of several books means none of them.
        return None
    return found[0] if found else None


def _judge(claimant: Claimant, book: PaymentBook, sealed: str, at: datetime, slot: attempts.Slot) -> Outcome:
    """Decide under the lock of the book; a right activation code is used up."""
    mine = Access.objects.held(at=at).filter(payment_book=book, person=claimant.person).first()
    if mine:
        # Frozen access stays frozen whatever is typed: the staff decide.
        return _NOT_LINKED if mine.frozen_at else Outcome(Claim.Outcome.ALREADY_MINE, book)
    policy = book.managing_company.linking_policy
    policies = ManagingCompany.LinkingPolicy
    has_code = activation.opens(book=book, sealed=sealed)
    if has_code and policy in {policies.NAME, policies.CODE}:
        activation.use_up(books=[book])
        return Outcome(Claim.Outcome.LINKED, book)
    if policy == policies.NAME and slot.attempt.is_name_judged and _is_named(claimant, book):
        return Outcome(Claim.Outcome.LINKED, book)
    return _NOT_LINKED


def _is_named(claimant: Claimant, book: PaymentBook) -> bool:
    """Tell whether the file names this person, of this kind and email, for a book that nobody has ever held."""
    name = fold_name(claimant.name, is_company=claimant.kind == PaymentBook.PayerKind.COMPANY)
    on_file = book.payer_email.strip().lower()
    return (
        name != ""
        and name == book.payer_name_key
        and claimant.kind == book.payer_kind
        and on_file in {"", claimant.email}
        and not Access.objects.filter(payment_book=book, granted_by__isnull=True).exists()
    )


def open_to(*, person: Any, book: PaymentBook, at: datetime) -> Access:
    """Make this person a holder of a locked payment book, and tell the others."""
    access = Access.objects.create(person=person, payment_book=book, starts_at=at)
    notices.tell(access=access, at=at)
    return access


def resolve(*, person: Any, book: PaymentBook, code_key: str, outcome: Claim.Outcome, at: datetime) -> None:
    """Take what is answered now off home and off the staff's queue."""
    same: dict[str, Any] = {
        "person": person,
        "managing_company": book.managing_company_id,
        "payer_code_key__in": [code_key, book.payer_code_key],
    }
    Claim.objects.filter(**same).update(outcome=outcome, decided_at=at)
    LinkRequest.objects.waiting().filter(**same).update(decision=LinkRequest.Decision.SETTLED, decided_at=at)
