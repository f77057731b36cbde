"""Links for whoever pays in somebody's stead: made and taken back by the holder, opened by anybody who has one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lithuanian.dates import long_day
from properties.capabilities import Capability
from properties.models import Access
from properties.objects import object_of, objects_of, places

from . import payer_links
from .models import Invoice, PayerLink
from .page import open_part_of, way_to_pay
from .statements import statements_of
from .wording import detail_url


@require_POST
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link to pay one invoice that is open, by its holder alone."""
    at = timezone.now()
    today = timezone.localdate(at)
    held = {
        own.book.pk: own
        for own in objects_of(user=request.user, at=at)
        if own.is_held and Capability.PAY in own.may
    }
    invoice = get_object_or_404(Invoice.objects.shown_on(today), payment_book__in=list(held), pk=pk)
    book = invoice.payment_book_id
    if not open_part_of(invoice, statements_of(books=[book], today=today)[book]):
        raise Http404("nothing is left to pay")
    payer_links.make(invoice=invoice, access=held[book].holder_access, at=at)
    messages.success(request, _("The link is ready. Copy it and send it to whoever will pay."))
    return redirect(f"{detail_url(pk)}#nuoroda")


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """End a link that this person made."""
    at = timezone.now()
    mine = Access.objects.live(at=at).filter(person=request.user.pk, granted_by__isnull=True)
    link = get_object_or_404(PayerLink, pk=pk, access__in=mine)
    payer_links.take_back(link=link, at=at)
    messages.success(request, _("The link does not work any more."))
    return redirect(f"{detail_url(link.invoice_id)}#mokejimas")


@require_safe
@login_not_required
def payer_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the sum and how to pay it to whoever has the link; nothing of whose it is and what for."""
    at = timezone.now()
    today = timezone.localdate(at)
    found: Any = (
        PayerLink.objects.visible_to_link(payer_links.link_in(token), at=at)
        .select_related("invoice__payment_reference", "invoice__payment_book__managing_company")
        .annotate(places=places(book="invoice__payment_book"))
        .first()
    )
    if found is None:
        return render(request, "invoices/payer_link_over.html", status=404)
    book = found.invoice.payment_book
    statement = statements_of(books=[book.pk], today=today)[book.pk]
    if not open_part_of(found.invoice, statement):
        # Paid: what is owed for the invoice some day again is nothing to whoever paid it.
        payer_links.take_back(link=found, at=at)
        return render(request, "invoices/payer_link_over.html", status=404)
    way = way_to_pay(found.invoice, statement)
    if way is None:  # the company has no account number any more
        return render(request, "invoices/payer_link_over.html", status=404)
    context = {
        "address": object_of(book=book, rows=found.places).address,
        "way": way,
        "due_on": long_day(found.invoice.due_on),
        "company": book.managing_company.name,
    }
    return render(request, "invoices/payer_link.html", context)
