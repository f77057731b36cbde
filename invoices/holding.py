"""Invoices held back from residents because quantity and price do not make the amount."""

from django.db import transaction
from django.db.models import QuerySet

from .models import Invoice


@transaction.atomic
def release(*, invoices: QuerySet[Invoice]) -> list[Invoice]:
    """Show these invoices to residents and count them from now on; return those that were held back."""
    held = invoices.filter(is_held=True).select_related(None).order_by("pk").select_for_update(of=("self",))
    released = list(held)
    Invoice.objects.filter(pk__in=[invoice.pk for invoice in released]).update(is_held=False)
    return released
