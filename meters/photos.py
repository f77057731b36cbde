"""A photo of the dial beside a declared reading, for staff who check it; a correction is a reading of its own."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from files.documents import stored
from lithuanian.numbers import quantity_words
from properties.capabilities import Capability
from properties.models import ManagingCompany, PaymentBook

from . import histories
from .models import Meter, Reading, ReadingPhoto
from .naming import named
from .window import open_window


def reading_of(*, reading_id: int, user: Any, at: datetime) -> Reading | None:
    """Return a monthly reading that stands and that this person may declare, with its meter; else None."""
    books = PaymentBook.objects.visible_to(user, Capability.DECLARE, at=at)
    meters = Meter.objects.visible_to(user, Capability.DECLARE, at=at)
    readings = Reading.objects.current().filter(
        pk=reading_id, kind=Reading.Kind.MONTHLY, payment_book__in=books
    )
    return readings.filter(meter__in=meters).select_related("meter", "photo").first()


def told(*, reading: Reading) -> dict[str, str]:
    """Return in words which reading it is, and where its photo is when there is one."""
    meter = reading.meter
    return {
        "name": named(type=meter.type, place=meter.place, serial=meter.serial, register=meter.register),
        "value": quantity_words(reading.value, meter.unit),
        "photo": reverse("meters:reading_photo", args=[reading.pk]) if hasattr(reading, "photo") else "",
    }


def add(*, reading: Reading, photo: bytes, by: User, at: datetime) -> None:
    """Keep a photo, as `files.photos.recoded` returns it, in place of an earlier one of the same reading.

    Raise ValidationError window_closed, or corrected when another reading came in its place meanwhile.
    """
    pair = reading.meter_id, reading.payment_book_id
    facts = histories.read(pairs=[pair], on=timezone.localdate(at))[pair]
    window = open_window(days=facts.days, at=at, late=facts.late)
    if window is None or window.period != reading.period:
        words = _("A photo can be added only while readings of that month are taken.")
        raise ValidationError(words, code="window_closed")
    with transaction.atomic():
        # Whoever corrects it locks the meter first and then writes on this row.
        row = Reading.objects.select_for_update(no_key=True).get(pk=reading.pk)
        if row.replaced_at is not None:
            raise ValidationError(_("This reading was corrected meanwhile."), code="corrected")
        earlier = ReadingPhoto.objects.filter(reading=row).values_list("file", flat=True).first()
        if earlier is not None:
            transaction.on_commit(lambda: default_storage.delete(earlier))
        ReadingPhoto.objects.update_or_create(
            reading=row, defaults={"file": stored(photo), "added_by": by, "added_at": at}
        )


def photo_of(*, reading_id: int, user: Any, at: datetime) -> ReadingPhoto | None:
    """Return a reading's photo to staff of its company and to those who may see the reading.

    A corrected reading is seen by staff alone. To others it is not there.
    """
    companies = ManagingCompany.objects.staffed_by(user)
    seen = Reading.objects.visible_to(user, at=at).order_by()
    shown = Q(reading__managing_company__in=companies) | Q(reading__in=seen)
    return ReadingPhoto.objects.filter(shown, reading=reading_id).first()
