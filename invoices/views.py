"""The pages of invoices."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from properties.capabilities import Capability
from properties.contacts import contacts_of
from properties.objects import may_of, objects_of

from .forms import ListFilter
from .listing import choices_of, settled_page, unpaid_rows
from .models import Invoice
from .months import with_months
from .page import page_of
from .payer_links import link_of
from .statements import statements_of
from .wording import due_summary


@require_safe
def invoice_list(request: HttpRequest) -> HttpResponse:
    """Show what is open whole, and the rest in pages."""
    at = timezone.now()
    today = timezone.localdate(at)
    own_objects = objects_of(user=request.user, at=at)
    objects = {own.book.pk: own for own in own_objects if Capability.SEE_INVOICES in own.may}
    filters = ListFilter(request.GET, books=list(objects))
    if not filters.is_valid() and "object" in filters.errors:
        raise Http404("not one of this person's objects")
    book, year, before = (filters.cleaned_data.get(name) for name in ("object", "year", "before"))
    statements = statements_of(books=objects, today=today)
    chosen = {book: objects[book]} if book else objects
    page = settled_page(objects=chosen, statements=statements, year=year, before=before, today=today)
    context = {
        "may": may_of(own_objects),
        "summary": due_summary(statements=statements.values(), today=today),
        "unpaid": [] if before else unpaid_rows(objects=chosen, statements=statements, today=today),
        "months": page.months,
        "is_first_page": before is None,
        "contacts": contacts_of(companies=(own.book.managing_company for own in objects.values())),
        "choices": choices_of(
            objects=objects, statements=statements, book=book, year=year, next_place=page.next, today=today
        ),
    }
    return render(request, "invoices/list.html", context)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one invoice: its lines, why they cost what they do, and how to pay it."""
    at = timezone.now()
    today = timezone.localdate(at)
    own_objects = objects_of(user=request.user, at=at)
    objects = {own.book.pk: own for own in own_objects if Capability.SEE_INVOICES in own.may}
    invoice: Any = get_object_or_404(
        with_months(Invoice.objects.shown_on(today), today=today)
        .select_related("payment_reference", "payment_book__managing_company")
        .annotate(payer_link=link_of(user=request.user, at=at)),
        payment_book__in=list(objects),
        pk=pk,
    )
    own = objects[invoice.payment_book_id]
    context = {
        "may": may_of(own_objects),
        "object": own,
        "contact": contacts_of(companies=[invoice.payment_book.managing_company])[0],
        **page_of(invoice=invoice, own=own, today=today),
    }
    return render(request, "invoices/detail.html", context)
