"""Invoices as documents."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from properties.objects import object_of, places

from .models import Invoice
from .paper import invoice_pdf
from .statements import statements_of

# What no system takes for a path, an option or the end of the name.
_NOT_IN_A_FILE_NAME = re.compile(r"[^\w.-]+")


@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one invoice as a PDF, made for this request and kept nowhere."""
    at = timezone.now()
    today = timezone.localdate(at)
    invoice: Any = get_object_or_404(
        Invoice.objects.visible_to(request.user, at=at)
        .select_related("payment_book__managing_company")
        .annotate(places=places(book="payment_book")),
        pk=pk,
    )
    book = invoice.payment_book
    document = invoice_pdf(
        invoice=invoice,
        address=object_of(book=book, rows=invoice.places).address,
        statement=statements_of(books=[book.pk], today=today)[book.pk],
        today=today,
    )
    kind = pgettext("file name", "invoice")
    name = f"{kind}-{_NOT_IN_A_FILE_NAME.sub('-', invoice.number)}.pdf"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
    return HttpResponse(document, content_type="application/pdf", headers=headers)
