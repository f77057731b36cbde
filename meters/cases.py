"""Readings that were refused and sent to staff: „Siųsti rodmenį patikrai“."""

import secrets
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from properties.capabilities import Capability
from properties.models import ManagingCompany, PaymentBook

from .dials import MOST_DECIMAL_DIGITS, VALUE_LIMIT
from .models import Meter, Reading, ReadingCase
from .readings import Line, declare


@transaction.atomic
def send(
    *,
    meter: Meter,
    payment_book: PaymentBook,
    period: date,
    value: Decimal,
    note: str,
    photo: bytes = b"",
    by: User,
    at: datetime,
) -> ReadingCase:
    """Send a value to staff and return the case; while one is open, the same case is written again.

    A photo, as `files.photos.recoded` returns it, takes the place of an earlier one; none leaves it there.
    Raise ValidationError for a value that no dial shows.
    """
    if value.is_nan() or not 0 <= value < VALUE_LIMIT or value != round(value, MOST_DECIMAL_DIGITS):
        raise ValidationError("No dial shows such a value.", code="no_such_dial")
    key: dict[str, Any] = {
        "meter": meter,
        "payment_book": payment_book,
        "period": period.replace(day=1),
        "settled_at": None,
    }
    written: dict[str, Any] = {"value": value, "note": note, "person": by, "sent_at": at}
    if photo:
        earlier = ReadingCase.objects.filter(**key).exclude(photo="").values_list("photo", flat=True).first()
        if earlier:
            transaction.on_commit(lambda: default_storage.delete(earlier))
        written["photo"] = ContentFile(photo, name=f"{secrets.token_hex(16)}.jpg")
    case, _created = ReadingCase.objects.update_or_create(**key, defaults=written)
    return case


def photo_of(*, case_id: int, user: Any, at: datetime) -> bytes | None:
    """Return a case's photo to staff of the meter's company, and to who sent it while they may see its readings.

    To others it is not there.
    """
    companies = ManagingCompany.objects.staffed_by(user)
    books = PaymentBook.objects.visible_to(user, Capability.SEE_READINGS, at=at)
    shown = Q(person=user, payment_book__in=books) | Q(managing_company__in=companies)
    case = ReadingCase.objects.filter(shown, pk=case_id).exclude(photo="").first()
    if case is None:
        return None
    try:
        with case.photo.open() as file:
            content: bytes = file.read()
    except FileNotFoundError:
        return None
    return content


@transaction.atomic
def settle(*, case: ReadingCase, outcome: ReadingCase.Outcome, reason: str, by: User, at: datetime) -> None:
    """Close a case; a reading that is taken is declared by staff for the day it was sent.

    Raise ValidationError already_settled, reason_missing, or the reason why the reading cannot be taken:
    staff then correct what stands in its way first.
    """
    case = ReadingCase.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if case.settled_at is not None:
        raise ValidationError(_("This case is settled already."), code="already_settled")
    if outcome == ReadingCase.Outcome.REFUSED and not reason.strip():
        raise ValidationError(_("Write the reason, it is shown to the person."), code="reason_missing")
    if outcome == ReadingCase.Outcome.TAKEN:
        _take(case, by=by, at=at)
    case.outcome, case.reason = outcome, reason.strip()
    case.settled_at, case.settled_by = at, by
    case.save()


def _take(case: ReadingCase, *, by: User, at: datetime) -> None:
    current = Reading.objects.current().filter(
        meter=case.meter_id, payment_book=case.payment_book_id, period=case.period, kind="monthly"
    )
    line = Line(
        meter_id=case.meter_id,
        payment_book_id=case.payment_book_id,
        value=case.value,
        read_on=timezone.localdate(case.sent_at),
        period=case.period,
        confirmed=case.value,
        corrects=current.values_list("pk", flat=True).first(),
    )
    [result] = declare(lines=[line], by=by, at=at, source=Reading.Source.STAFF)
    if not result.is_kept:
        raise ValidationError(result.words, code=result.code)
