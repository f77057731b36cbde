"""Asking the staff whether an object is one's own, and their answer."""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation

from notifications import outbox

from . import access as accesses
from . import linking
from .models import Access, Claim, LinkRequest, ManagingCompany, PaymentBook
from .objects import object_of

# What one person may leave in the staff's queues at a time.
REQUESTS_AT_A_TIME = 10


@transaction.atomic
def send(*, person: Any, company: ManagingCompany, payer_code: str, at: datetime) -> LinkRequest:
    """Put a request into the staff's queue, one at a time per person, company and code.

    Raise ValidationError for what has not even the shape of a payer code, and when very many wait already.
    """
    code_key = linking.payer_code_key(payer_code)
    # One request of a person at a time counts and adds.
    list(get_user_model().objects.filter(pk=person.pk).select_for_update(no_key=True).values_list("pk"))
    waiting = LinkRequest.objects.waiting().filter(person=person)
    same = {"managing_company": company, "payer_code_key": code_key}
    own = waiting.filter(origin=LinkRequest.Origin.PERSON)
    if not waiting.filter(**same).exists() and own.count() >= REQUESTS_AT_A_TIME:
        raise ValidationError("Too many requests wait for an answer.", "too_many_requests")
    asked, _is_new = LinkRequest.objects.waiting().get_or_create(
        person=person,
        **same,
        defaults={
            "payer_code": payer_code.strip(),
            "payment_book": linking.find_book(company=company, code_key=code_key, at=at),
            "created_at": at,
        },
    )
    return asked


@transaction.atomic
def approve(*, link_request: LinkRequest, book: PaymentBook, by: Any, at: datetime) -> Access:
    """Let the person in as a holder of this payment book, or unfreeze their access, and write to them.

    Raise ValidationError when the request is decided, or the book closed or another company's.
    """
    book = (
        PaymentBook.objects.select_for_update(of=("self",)).select_related("managing_company").get(pk=book.pk)
    )
    asked = _locked(link_request)
    if book.managing_company_id != asked.managing_company_id:
        raise ValidationError("This payment book belongs to another company.", "another_company")
    if not book.is_open(on=timezone.localdate(at)):
        raise ValidationError("This payment book is closed.", "closed_book")
    _decide(asked, LinkRequest.Decision.APPROVED, by=by, at=at, book=book)
    access = _let_in(asked, book, at)
    linking.resolve(
        person=asked.person, book=book, code_key=asked.payer_code_key, outcome=Claim.Outcome.LINKED, at=at
    )
    with translation.override(asked.person.language):
        place = object_of(book=book).address
    _write(asked, "link_request_approved", {"address": place}, at)
    return access


@transaction.atomic
def refuse(*, link_request: LinkRequest, reason: str, by: Any, at: datetime) -> None:
    """Refuse with a reason, end the access that was frozen because of it, and write to the person.

    Raise ValidationError when the request is decided, or the reason is missing.
    """
    if not reason.strip():
        raise ValidationError("A refusal needs a reason.", "no_reason")
    # Its access rows are locked first: book → access → request, as everybody locks.
    if link_request.origin == LinkRequest.Origin.NOT_ME:
        accesses.end(accesses=_frozen_of(link_request), at=at)
    asked = _locked(link_request)
    _decide(asked, LinkRequest.Decision.REFUSED, by=by, at=at, book=asked.payment_book, reason=reason.strip())
    _write(asked, "link_request_refused", {"payer_code": asked.payer_code, "reason": reason.strip()}, at)


def _frozen_of(asked: LinkRequest) -> Any:
    return Access.objects.filter(
        person=asked.person_id,
        payment_book=asked.payment_book_id,
        granted_by__isnull=True,
        frozen_at__isnull=False,
    )


def _locked(link_request: LinkRequest) -> LinkRequest:
    """Lock and return the request; raise ValidationError when it is decided already."""
    rows = LinkRequest.objects.select_for_update(of=("self",)).select_related("person", "managing_company")
    asked = rows.get(pk=link_request.pk)
    if asked.decided_at:
        raise ValidationError("This request is decided already.", "decided")
    return asked


def _decide(
    asked: LinkRequest,
    decision: LinkRequest.Decision,
    *,
    by: Any,
    at: datetime,
    book: PaymentBook | None,
    reason: str = "",
) -> None:
    asked.decision, asked.decided_by, asked.decided_at = decision, by, at
    asked.payment_book, asked.reason = book, reason
    asked.save()


def _let_in(asked: LinkRequest, book: PaymentBook, at: datetime) -> Access:
    mine = Access.objects.held(at=at).filter(person=asked.person, payment_book=book).first()
    if mine is None:
        return linking.open_to(person=asked.person, book=book, at=at)
    accesses.unfreeze(accesses=Access.objects.filter(pk=mine.pk))
    return mine


def _write(asked: LinkRequest, kind: str, words: dict[str, str], at: datetime) -> None:
    outbox.post(
        kind=kind,
        to=asked.person.email,
        event=f"link request {asked.pk}",
        language=asked.person.language,
        context={"company": asked.managing_company.name, **words},
        at=at,
    )
