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


def claimant_of(person: Any) -> Claimant:
    """Return a person with a confirmed email, as whoever is signed in has, as one who claims."""
    kinds = PaymentBook.PayerKind
    return Claimant(
        person=person,
        kind=kinds.COMPANY if person.kind == "legal_person" else kinds.PERSON,
        name=person.get_full_name(),
        email=person.email,
    )


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt; the payment book is named only to whom it is open, or proven."""

    kind: Claim.Outcome
    book: PaymentBook | None = None
    # Of the book, when its activation code is the proof: raised meanwhile, it proves nothing any more.
    activation_no: int | None = None


# What one person's mistyped codes may leave on home.
FAILED_CLAIMS_KEPT = 10

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


def prove(
    *,
    claimant: Claimant,
    company: ManagingCompany,
    payer_code: str,
    activation_code: str = "",
    network: str,
    at: datetime,
) -> Outcome:
    """Judge a proof as `link` does and open nothing: `open_proven` does that. Call it outside a transaction.

    A failure waits on home as a claim does. Raise ValidationError for what has not even the shape of a code.
    """
    code_key = payer_code_key(payer_code)
    outcome = _attempt(
        claimant=claimant,
        company=company,
        code_key=code_key,
        sealed=activation.seal(activation_code[:LONGEST_TYPED_CODE]),
        network=network,
        at=at,
        opens=False,
    )
    if outcome.book is None:
        _keep_failed(claimant.person, company, payer_code, at)
    return outcome


def open_proven(
    *, claimant: Claimant, book: PaymentBook, activation_no: int | None, at: datetime
) -> Access | None:
    """Open a book that was proven before, under its lock; return None when the person holds it already.

    `activation_no` is the book's number that a right code was for, None where the name was the proof.
    Raise ValidationError when the book has closed or what proved it has gone.
    """
    if not book.is_open(on=timezone.localdate(at)):
        raise ValidationError("This payment book is closed.", "closed_book")
    mine = Access.objects.held(at=at).filter(payment_book=book, person=claimant.person).first()
    if mine and not mine.frozen_at:
        return None
    policies = ManagingCompany.LinkingPolicy
    policy = book.managing_company.linking_policy
    by_code = activation_no == book.activation_no and policy in {policies.NAME, policies.CODE}
    by_name = activation_no is None and policy == policies.NAME and _is_named(claimant, book)
    if mine or not (by_code or by_name):
        raise ValidationError("What proved this object no longer does.", "no_longer_proven")
    return _open(claimant.person, book, book.payer_code_key, is_code_used=by_code, at=at)


@transaction.atomic
def _keep_failed(person: Any, company: ManagingCompany, payer_code: str, at: datetime) -> None:
    """Let a failure wait on home, decided already; of very many only the newest."""
    claim = store_claim(person=person, company=company, payer_code=payer_code, at=at)
    Claim.objects.filter(pk=claim.pk, decided_at=None).update(decided_at=at, outcome=Claim.Outcome.NOT_LINKED)
    failed = Claim.objects.filter(person=person, outcome=Claim.Outcome.NOT_LINKED)
    newest = failed.order_by("-made_at", "-pk").values("pk")[:FAILED_CLAIMS_KEPT]
    failed.exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()


def _attempt(
    *,
    claimant: Claimant,
    company: ManagingCompany,
    code_key: str,
    sealed: str,
    network: str,
    at: datetime,
    opens: bool = True,
) -> Outcome:
    slot = attempts.take(
        person=claimant.person, company=company, payer_code_key=code_key, network=network, at=at
    )
    if slot is None:
        return _NOT_LINKED
    with transaction.atomic():
        book = find_book(company=company, code_key=code_key, at=at, for_update=True)
        outcome = _judge(claimant, book, sealed, at, slot) if book else _NOT_LINKED
        if outcome.book is None:
            attempts.fail(slot=slot, at=at)
            return outcome
        attempts.give_back(slot=slot)
        if outcome.kind == Claim.Outcome.ALREADY_MINE:
            resolve(person=claimant.person, book=outcome.book, code_key=code_key, outcome=outcome.kind, at=at)
        elif opens:
            is_code_used = outcome.activation_no is not None
            _open(claimant.person, outcome.book, code_key, is_code_used=is_code_used, at=at)
    return outcome


def _open(person: Any, book: PaymentBook, code_key: str, *, is_code_used: bool, at: datetime) -> Access:
    if is_code_used:
        activation.use_up(books=[book])
    access = open_to(person=person, book=book, at=at)
    resolve(person=person, book=book, code_key=code_key, outcome=Claim.Outcome.LINKED, at=at)
    return access


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
    """Decide under the lock of the book."""
    mine = Access.objects.held(at=at).filter(payment_book=book, person=claimant.person).first()
    if mine:
        # Frozen access stays frozen whatever is typed: the staff decide.
        return _NOT_LINKED if mine.frozen_at else Outcome(Claim.Outcome.ALREADY_MINE, book)
    policy = book.managing_company.linking_policy
    policies = ManagingCompany.LinkingPolicy
    has_code = activation.opens(book=book, sealed=sealed)
    if has_code and policy in {policies.NAME, policies.CODE}:
        return Outcome(Claim.Outcome.LINKED, book, book.activation_no)
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
    earlier = book.aliases.values_list("payer_code_key", flat=True)
    same: dict[str, Any] = {
        "person": person,
        "managing_company": book.managing_company_id,
        "payer_code_key__in": [code_key, book.payer_code_key, *earlier],
    }
    Claim.objects.filter(**same).update(outcome=outcome, decided_at=at)
    LinkRequest.objects.waiting().filter(**same).update(decision=LinkRequest.Decision.SETTLED, decided_at=at)
