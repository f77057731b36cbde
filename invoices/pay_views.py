"""The page to pay from: what is owed, each with its QR code and the plain details, or through a provider."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from properties.objects import OwnObject, may_of, objects_of

from .forms import ListFilter, OrderForm
from .pay_page import payable, ways_to_pay
from .statements import statements_of
from .wording import due_summary


@require_safe
def pay(request: HttpRequest) -> HttpResponse:
    """Show how to pay for one object, or for all of them by company."""
    at = timezone.now()
    own_objects = objects_of(user=request.user, at=at)
    filters = ListFilter(request.GET, books=list(payable(own_objects)))
    if not filters.is_valid() and "object" in filters.errors:
        raise Http404("not one of this person's objects")
    chosen = filters.cleaned_data.get("object")
    return render(request, "invoices/pay.html", pay_context(own_objects=own_objects, chosen=chosen, at=at))


def pay_context(
    *, own_objects: list[OwnObject], chosen: int | None, at: datetime, form: OrderForm | None = None
) -> dict[str, Any]:
    """Return what the page shows of one book or of all; `form` is one that was sent and comes back."""
    objects, today = payable(own_objects), timezone.localdate(at)
    statements = statements_of(books=[chosen] if chosen else objects, today=today)
    return {
        "may": may_of(own_objects),
        "summary": due_summary(statements=statements.values(), today=today),
        "chosen": objects[chosen].address if chosen else "",
        "companies": ways_to_pay(
            objects=[own for book, own in objects.items() if book in statements],
            statements=statements,
            form=form,
        ),
        "form": form,
        "has_objects": bool(objects),
    }
