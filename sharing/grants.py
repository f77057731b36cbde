"""Sharing an object: a holder offers it to an email, the other accepts, and either ends it.

Liveness is never copied here: a guest's row opens something only while the holder's row that gives it does.
Everybody locks the payment book first, then access rows, then the offer.
"""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation

from notifications import outbox
from properties import access as accesses
from properties.capabilities import Capability
from properties.models import Access, AccessQuerySet, PaymentBook
from properties.objects import object_of

from .models import Offer

# Letters that one person may cause in a day of Vilnius, so that nobody is pestered through the portal.
OFFERS_A_DAY = 200


@transaction.atomic
def offer(
    *, book: PaymentBook, email: str, scope: str, until_on: date | None, by: Any, at: datetime
) -> Offer:
    """Offer the use of a book to a canonical email, until the end of a day, and write there; only its holder may.

    Raise ValidationError when that is impossible; whether the address has an account makes no difference.
    """
    rows = rows_to_share_by(book=_locked(book), holder=by, at=at)
    own = rows.select_for_update(of=("self",)).first()
    if own is None:
        raise ValidationError("Only a holder of an open book shares it.", "not_a_holder")
    check_offer(own=own, email=email, until_on=until_on, by=by, at=at)
    Offer.objects.filter(granted_by=own, email=email, answer="").update(
        answer=Offer.Answer.LAPSED, answered_at=at
    )
    made = Offer.objects.create(
        granted_by=own,
        email=email,
        scope=scope,
        until_on=until_on,
        token=secrets.token_urlsafe(32),
        offered_at=at,
        expires_at=at + Offer.WAITS,
    )
    _write_offer(made, by)
    return made


def rows_to_share_by(*, book: PaymentBook, holder: Any, at: datetime) -> AccessQuerySet:
    """Return the row by which this person may share the book at that moment: at most one."""
    may = PaymentBook.objects.visible_to(holder, Capability.SHARE, at=at).filter(pk=book.pk)
    return Access.objects.live(at=at).filter(payment_book__in=may, person=holder, granted_by__isnull=True)


def check_offer(*, own: Access, email: str, until_on: date | None, by: Any, at: datetime) -> None:
    """Raise ValidationError when this holder's row cannot be shared with this email now."""
    check_words(email=email, until_on=until_on, by=by, at=at)
    if Offer.objects.in_force(at=at).filter(granted_by=own, email=email).exists():
        raise ValidationError("This object is shared with this person already.", "shared_already")
    since = timezone.make_aware(datetime.combine(timezone.localdate(at), time()))
    if Offer.objects.filter(granted_by__person=by, offered_at__gte=since).count() >= OFFERS_A_DAY:
        raise ValidationError("Too many invitations in a day.", "too_many_offers")


def check_words(*, email: str, until_on: date | None, by: Any, at: datetime) -> None:
    """Raise ValidationError for what nobody can be offered, whatever the object."""
    if email == by.email:
        raise ValidationError("One's own email.", "own_email")
    if until_on and until_on < timezone.localdate(at):
        raise ValidationError("That day has passed.", "day_has_passed")


@transaction.atomic
def accept(*, offer: Offer, by: Any, at: datetime) -> Access:
    """Let this person in as a guest and tell the holder; raise ValidationError when the offer is no longer open."""
    mine = _waiting(offer, by, at)
    # Invited at two addresses of theirs: the later offer replaces the earlier.
    accesses.end(accesses=Access.objects.filter(person=by, granted_by=mine.granted_by), at=at)
    access = Access.objects.create(
        person=by,
        payment_book_id=mine.granted_by.payment_book_id,
        granted_by=mine.granted_by,
        scope=mine.scope,
        starts_at=at,
        ends_at=_end_of(mine.until_on),
    )
    mine.answer, mine.answered_at, mine.access = Offer.Answer.ACCEPTED, at, access
    mine.save(update_fields=["answer", "answered_at", "access"])
    holder = mine.granted_by.person
    with translation.override(holder.language):
        place = object_of(book=mine.granted_by.payment_book).address
    outbox.post(
        kind="offer_accepted",
        to=holder.email,
        event=f"offer {mine.pk}",
        language=holder.language,
        context={"address": place, "guest": mine.email},
        at=at,
    )
    return access


@transaction.atomic
def decline(*, offer: Offer, by: Any, at: datetime) -> None:
    """Say no to an offer; raise ValidationError when it is no longer open."""
    mine = _waiting(offer, by, at)
    mine.answer, mine.answered_at = Offer.Answer.DECLINED, at
    mine.save(update_fields=["answer", "answered_at"])


@transaction.atomic
def revoke(*, offer: Offer, by: Any, at: datetime, reason: str = "") -> bool:
    """End a share: of its holder at once and in silence, of the staff with a reason that both are told.

    Return False when there was nothing left to end; raise ValidationError for whoever may not.
    """
    book = _locked(PaymentBook.objects.get(accesses__offers=offer))
    is_holder = Access.objects.live(at=at).filter(pk=offer.granted_by_id, person=by).exists()
    if not is_holder:
        if not _serves(by, book):
            raise ValidationError("Only the holder who shares ends it.", "not_a_holder")
        if not reason.strip():
            raise ValidationError("A revocation needs a reason.", "no_reason")
    ended = accesses.end(accesses=Access.objects.filter(offer=offer), at=at)
    mine = Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    if Offer.objects.open(at=at).filter(pk=mine.pk).exists():
        mine.answer, mine.answered_at = Offer.Answer.WITHDRAWN, at
    elif not ended:
        return False
    if not is_holder:
        mine.revoked_by, mine.reason = by, reason.strip()
        _write_revoked(mine, at)
    mine.save()
    return True


@transaction.atomic
def leave(*, book: PaymentBook, by: Any, at: datetime) -> bool:
    """End everything that holders of this book gave this guest; return False when there was nothing left."""
    mine = Access.objects.filter(payment_book=book, person=by, granted_by__isnull=False)
    return bool(accesses.end(accesses=mine, at=at))


def _locked(book: PaymentBook) -> PaymentBook:
    return PaymentBook.objects.select_for_update().get(pk=book.pk)


def _waiting(offer: Offer, by: Any, at: datetime) -> Offer:
    """Lock and return an offer that waits for this person."""
    row = Access.objects.select_related("payment_book").get(pk=offer.granted_by_id)
    _locked(row.payment_book)
    list(Access.objects.filter(pk=row.pk).select_for_update())
    Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    mine = (
        Offer.objects.waiting_for(by, at=at)
        .select_related("granted_by__person", "granted_by__payment_book")
        .filter(pk=offer.pk)
        .first()
    )
    if mine is None:
        raise ValidationError("This offer is no longer open.", "offer_over")
    return mine


def _write_offer(made: Offer, holder: Any) -> None:
    """Invite by letter, in the reader's language where that is known."""
    reader = EmailAddress.objects.filter(email=made.email, verified=True).select_related("user").first()
    language = reader.user.language if reader else holder.language
    with translation.override(language):
        place = object_of(book=made.granted_by.payment_book).address
    outbox.post(
        kind="offer",
        to=made.email,
        event=f"offer {made.pk}",
        language=language,
        context={
            "holder": holder.get_full_name(),
            "address": place,
            "scope": made.scope,
            "until_on": made.until_on.isoformat() if made.until_on else "",
            "token": made.token,
        },
        at=made.offered_at,
    )


def _write_revoked(ended: Offer, at: datetime) -> None:
    """Tell both, with the reason: neither of them did it."""
    holder = ended.granted_by.person
    guest = ended.access.person if ended.access else None
    readers = {holder.email: holder.language, ended.email: guest.language if guest else holder.language}
    for address, language in readers.items():
        with translation.override(language):
            place = object_of(book=ended.granted_by.payment_book).address
        outbox.post(
            kind="share_revoked",
            to=address,
            event=f"offer {ended.pk}",
            language=language,
            context={
                "address": place,
                "company": ended.granted_by.payment_book.managing_company.name,
                "guest": ended.email,
                "reason": ended.reason,
            },
            at=at,
        )


def _end_of(day: date | None) -> datetime | None:
    """Return the moment after the last one of a day of Vilnius."""
    # Nothing comes after the last day of the calendar: whoever typed it meant no end.
    if day is None or day == date.max:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def _serves(person: Any, book: PaymentBook) -> bool:
    return type(book.managing_company).objects.staffed_by(person).filter(pk=book.managing_company_id).exists()
