"""The page to pay from: what is owed, each with its QR code and the plain details, or through a provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from properties.objects import OwnObject, may_of, objects_of

from .forms import OrderForm, PayFilter
from .pay_page import open_parts, payable, ways_to_pay
from .statements import Statement, statements_of
from .wording import due_summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the page is about: one object or all of a person's, and what of an invoice is offered first."""

    own_objects: list[OwnObject]
    objects: dict[int, OwnObject]
    statements: dict[int, Statement]
    only_part: Mapping[int, Decimal]
    is_one: bool
    # How the same choice is written in the address of the form.
    query: str
    today: date


def choice_of(request: HttpRequest, *, at: datetime) -> Choice:
    """Return what the address asks to pay for; raise Http404 for what is not this person's to pay."""
    today, own_objects = timezone.localdate(at), objects_of(user=request.user, at=at)
    objects = payable(own_objects)
    filters = PayFilter(request.GET, books=list(objects), today=today)
    if not filters.is_valid():
        raise Http404("not one of this person's objects or invoices")
    book, invoice = filters.book(), filters.invoice()
    chosen = objects if book is None else {book: objects[book]}
    statements = statements_of(books=chosen, today=today)
    return Choice(
        own_objects=own_objects,
        objects=chosen,
        statements=statements,
        only_part=open_parts(statements=statements, invoice=invoice.pk if invoice else None),
        is_one=book is not None,
        query=f"invoice={invoice.pk}" if invoice else f"object={book}" if book else "",
        today=today,
    )


@require_safe
def pay(request: HttpRequest) -> HttpResponse:
    """Show how to pay for one object, or for all of them by company."""
    choice = choice_of(request, at=timezone.now())
    return render(request, "invoices/pay.html", pay_context(choice))


def pay_context(choice: Choice, *, form: OrderForm | None = None) -> dict[str, Any]:
    """Return what the page shows of one book or of all; `form` is one that was sent and comes back."""
    objects = choice.objects
    return {
        "may": may_of(choice.own_objects),
        "summary": due_summary(statements=choice.statements.values(), today=choice.today),
        "chosen": next(own.address for own in objects.values()) if choice.is_one else "",
        "companies": ways_to_pay(
            objects=objects.values(), statements=choice.statements, only_part=choice.only_part, form=form
        ),
        "query": choice.query,
        "form": form,
        "has_objects": bool(objects),
    }
