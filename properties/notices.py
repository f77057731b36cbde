"""Who is told when somebody links an object, and what their „It was not me“ does."""

import secrets
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation

from notifications import outbox

from . import access as accesses
from .models import Access, AccessNotice, LinkRequest
from .objects import object_of


def tell(*, access: Access, at: datetime) -> None:
    """Write to everyone who holds the payment book already and to the email on file, not to the person themself."""
    book = access.payment_book
    languages: dict[str, str] = {}
    notices: dict[str, AccessNotice] = {}
    holders = Access.objects.live(at=at).filter(payment_book=book, granted_by__isnull=True)
    for holder in holders.exclude(person=access.person).select_related("person").order_by("pk"):
        languages[holder.person.email] = holder.person.language
        notices[holder.person.email] = AccessNotice(holder=holder)
    on_file = book.payer_email.strip().lower()
    if on_file and on_file != access.person.email:
        # Stronger than a holder's: it may object to any access.
        notices[on_file] = AccessNotice(email=on_file)
    for address, notice in notices.items():
        notice.token = secrets.token_urlsafe(32)
        notice.access, notice.created_at, notice.expires_at = access, at, at + AccessNotice.LASTS
        notice.save()
        language = languages.get(address, settings.LANGUAGE_CODE)
        with translation.override(language):
            place = object_of(book=book).address
        # Without the new person's name: they typed it themselves, and it could say anything.
        outbox.post(
            kind="object_linked",
            to=address,
            event=f"access {access.pk}",
            language=language,
            context={"address": place, "company": book.managing_company.name, "token": notice.token},
            at=at,
        )


@transaction.atomic
def not_me(*, notice: AccessNotice, at: datetime) -> LinkRequest:
    """Freeze the access that a letter told of and ask staff to decide; raise ValidationError when used already."""
    accesses.freeze(accesses=Access.objects.filter(pk=notice.access_id), at=at)
    # The book is locked now: whoever presses at the same moment comes too late.
    if not AccessNotice.objects.visible_to_link(notice.token, at=at).update(used_at=at):
        raise ValidationError("This link was used.", "notice_used")
    access = Access.objects.select_related("payment_book").get(pk=notice.access_id)
    book = access.payment_book
    request, _is_new = LinkRequest.objects.waiting().update_or_create(
        person_id=access.person_id,
        managing_company_id=book.managing_company_id,
        payer_code_key=book.payer_code_key,
        defaults={"origin": LinkRequest.Origin.NOT_ME, "payment_book": book},
        create_defaults={
            "origin": LinkRequest.Origin.NOT_ME,
            "payment_book": book,
            "payer_code": book.payer_code,
            "created_at": at,
        },
    )
    return request
