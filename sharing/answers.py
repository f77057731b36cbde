"""What a person hears after pressing a button on „Kliento informacija“."""

from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from properties.models import PaymentBook
from properties.objects import object_of

from .drafts import Saved

# Why prepared lines cannot be saved, by the line's id.
Problems = Mapping[int, ValidationError]

_REASONS = {
    "closed_book": gettext_noop("This payment book is closed already. Take the line back."),
    "no_longer_proven": gettext_noop(
        "What proved this object is no longer valid. Take the line back, and add the object again or send a request "
        "to the administrator."
    ),
    "not_a_holder": gettext_noop(
        "This object cannot be shared any more: it is no longer yours, it is closed, or you are removing it."
    ),
    "own_email": gettext_noop("This is your own email. Write the email of the other person."),
    "shared_already": gettext_noop(
        "You share this object with this person already, or the invitation waits for an answer."
    ),
    "day_has_passed": gettext_noop("This day has passed. Write today or a later day."),
    "too_many_offers": gettext_noop("You have sent very many invitations today. Go on tomorrow."),
    "draft_full": gettext_noop("You have 50 unsaved changes. Save them first."),
    "too_many_requests": gettext_noop("You have 10 requests that wait for an answer. Wait for it first."),
}
_FIELDS = {
    "not_a_holder": "book",
    "own_email": "email",
    "shared_already": "email",
    "day_has_passed": "until_on",
}


def reason(error: ValidationError) -> str:
    """Return why a rule said no, and how to mend it."""
    return _(_REASONS[str(error.code)])


def field_of(error: ValidationError) -> str | None:
    """Return which field of the form „Pasidalinti objektu“ a rule's answer is about."""
    return _FIELDS.get(str(error.code))


def saved_words(saved: Saved) -> str:
    """Return what was carried out, each thing by its address."""
    told = []
    if saved.added:
        told.append(_("Added: %(places)s.") % {"places": _places(saved.added)})
    if saved.removed:
        told.append(_("Removed: %(places)s.") % {"places": _places(saved.removed)})
    told += [
        _("No longer shared with %(email)s: %(place)s.")
        % {"email": offer.email, "place": _places([offer.granted_by.payment_book])}
        for offer in saved.ended
    ]
    if saved.offered:
        told.append(
            ngettext("We have sent the invitation.", "We have sent the invitations.", len(saved.offered))
        )
    return " ".join(told) or _("Your changes are saved.")


def gone_words(saved: Saved) -> str:
    """Return what to say of lines that were shown and are no longer prepared, or nothing."""
    if not saved.gone:
        return ""
    return _(
        "Some of the changes that this page showed were saved or taken back meanwhile, or waited for more than a day. "
        "Look the list over."
    )


def _places(books: Iterable[PaymentBook]) -> str:
    return "; ".join(object_of(book=book).address for book in books)
