"""The page to pay from: what is owed, each with its QR code and the plain details."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from properties.capabilities import Capability
from properties.objects import may_of, objects_of

from .forms import ListFilter
from .pay_page import ways_to_pay
from .statements import statements_of
from .wording import due_summary


@require_safe
def pay(request: HttpRequest) -> HttpResponse:
    """Show how to pay for one object, or for all of them by company."""
    at = timezone.now()
    own_objects = objects_of(user=request.user, at=at)
    objects = {own.book.pk: own for own in own_objects if Capability.PAY in own.may}
    filters = ListFilter(request.GET, books=list(objects))
    if not filters.is_valid() and "object" in filters.errors:
        raise Http404("not one of this person's objects")
    chosen = filters.cleaned_data.get("object")
    today = timezone.localdate(at)
    statements = statements_of(books=[chosen] if chosen else objects, today=today)
    context = {
        "may": may_of(own_objects),
        "summary": due_summary(statements=statements.values(), today=today),
        "chosen": objects[chosen].address if chosen else "",
        "companies": ways_to_pay(
            objects=[own for book, own in objects.items() if book in statements], statements=statements
        ),
        "has_objects": bool(objects),
    }
    return render(request, "invoices/pay.html", context)
