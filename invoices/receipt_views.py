"""The page of payments received."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from properties.capabilities import Capability
from properties.objects import may_of, objects_of

from .forms import ListFilter
from .receipts import choices_of, receipts_page


@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    """Show what was received for this person's objects, newest first."""
    at = timezone.now()
    own_objects = objects_of(user=request.user, at=at)
    objects = {own.book.pk: own for own in own_objects if Capability.SEE_INVOICES in own.may}
    filters = ListFilter(request.GET, books=list(objects))
    if not filters.is_valid() and "object" in filters.errors:
        raise Http404("not one of this person's objects")
    book, before = filters.cleaned_data.get("object"), filters.cleaned_data.get("before")
    chosen = {book: objects[book]} if book else objects
    page = receipts_page(objects=chosen, before=before, today=timezone.localdate(at))
    context = {
        "may": may_of(own_objects),
        "has_objects": bool(objects),
        "receipts": page.receipts,
        "is_first_page": before is None,
        "choices": choices_of(objects=objects, book=book, next_place=page.next),
    }
    return render(request, "invoices/payments.html", context)
