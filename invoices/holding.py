"""Invoices held back from residents because quantity and price do not make the amount: released, or returned."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from .models import Invoice


@transaction.atomic
def release(*, invoices: QuerySet[Invoice]) -> list[Invoice]:
    """Show these invoices to residents and count them from now on; return those that were held back."""
    held = invoices.filter(is_held=True).select_related(None).order_by("pk").select_for_update(of=("self",))
    released = list(held)
    Invoice.objects.filter(pk__in=[invoice.pk for invoice in released]).update(
        is_held=False, returned_at=None, return_reason=""
    )
    return released


@transaction.atomic
def give_back(*, invoice: Invoice, reason: str, at: datetime) -> None:
    """Leave an invoice held, marked as returned to the company until a file brings other content for its number.

    Raise ValidationError no_reason, or not_held when somebody released it meanwhile.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError(_("Write what is wrong with it: the company has to mend that."), "no_reason")
    held = Invoice.objects.select_for_update().filter(pk=invoice.pk, is_held=True)
    if not held.update(returned_at=at, return_reason=reason):
        raise ValidationError(_("This invoice is not held back any more."), "not_held")
