"""„Paslaugos“: what is on offer, ordering, reporting a fault, and the contact form."""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from properties.objects import may_of, objects_of

from . import page, requests
from .forms import ContactForm, FaultForm, OrderForm, SenderForm
from .models import Request
from .wording import number_words

_with_a_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """Show what may be ordered, and one's own requests."""
    at = timezone.now()
    objects = objects_of(user=request.user, at=at)
    return render(request, "services/list.html", page.listing(user=request.user, objects=objects, at=at))


@_with_a_form
def order(request: HttpRequest, item: int) -> HttpResponse:
    """Order a service of the catalogue for one of one's objects."""
    at = timezone.now()
    objects = objects_of(user=request.user, at=at)
    shelves = page.shelves_of(objects=objects, today=timezone.localdate(at))
    chosen = next((one for shelf in shelves for one in shelf.items if one.pk == item), None)
    if chosen is None:
        raise Http404
    takers = page.orderable(objects=objects, shelves=shelves)
    form = OrderForm(
        *_sent(request),
        objects=[own for own in takers if own.book.managing_company_id == chosen.managing_company_id],
    )
    if request.method == "POST" and form.is_valid():
        given = {"place": form.cleaned_data["place"], "told": form.told(), "wish": form.wish()}
        if made := _made(form, requests.order, item=chosen, by=request.user, at=at, **given):
            return _leads_to(request, made)
    return render(request, "services/order.html", {"form": form, "item": chosen, "may": may_of(objects)})


@_with_a_form
def fault(request: HttpRequest) -> HttpResponse:
    """Report what is broken."""
    at = timezone.now()
    objects = objects_of(user=request.user, at=at)
    shelves = page.shelves_of(objects=objects, today=timezone.localdate(at))
    takers = page.orderable(objects=objects, shelves=shelves)
    form = FaultForm(*_sent(request), objects=takers)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        given = {"urgency": typed["urgency"], "place": typed["place"], "wish": form.wish()}
        if made := _made(form, requests.report_fault, told=form.told(), by=request.user, at=at, **given):
            return _leads_to(request, made)
    context = {
        "form": form,
        "may": may_of(objects),
        "emergencies": page.emergencies(shelves),
        "can_report": bool(takers),
    }
    return render(request, "services/fault.html", context)


@login_not_required
@_with_a_form
def contact(request: HttpRequest) -> HttpResponse:
    """Take a question to a company; whoever is signed in finds it among their requests."""
    return _question(request) if request.user.is_authenticated else _question_of_a_sender(request)


def _question(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    objects = objects_of(user=request.user, at=at)
    companies = {own.book.managing_company_id for own in objects}
    own = next(iter(companies)) if len(companies) == 1 else None
    form = ContactForm(*_sent(request), initial={"company": own})
    if request.method == "POST" and form.is_valid():
        company = form.cleaned_data["company"]
        if made := _made(form, requests.ask, company=company, told=form.told(), by=request.user, at=at):
            return _leads_to(request, made)
    return render(request, "services/contact.html", {"form": form, "may": may_of(objects)})


def _question_of_a_sender(request: HttpRequest) -> HttpResponse:
    form = SenderForm(*_sent(request))
    if request.method == "POST" and form.is_valid():
        typed, sender = form.cleaned_data, None
        if not form.is_of_a_machine:
            names = {name: typed[name] for name in ("name", "email", "phone")}
            sender = requests.Sender(**names, language=get_language() or "lt")
        if sender is None or ratelimit.consume(request, action="contact", key=typed["email"]):
            if sender:
                requests.ask_without_account(
                    company=typed["company"], told=form.told(), sender=sender, at=timezone.now()
                )
            messages.success(request, _("We have received your question. The answer comes by email."))
            return redirect("services:contact")
        words = _("Too many messages came from here within an hour. Try again later, or call.")
        form.add_error(None, ValidationError(words, code="too_many"))
    return render(request, "services/contact.html", {"form": form})


def _sent(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _made(form: Any, rule: Any, **given: Any) -> Request | None:
    """Return what the rule made; why it did not stands on the form."""
    try:
        made: Request = rule(**given)
    except ValidationError as error:
        form.add_error({"past_day": "wished_on", "late_day": "wished_on"}.get(str(error.code)), error)
        return None
    return made


def _leads_to(request: HttpRequest, made: Request) -> HttpResponse:
    words = {
        Request.Kind.ORDER: _("We have received your order, %(number)s."),
        Request.Kind.FAULT: _("We have received your report of a fault, %(number)s."),
        Request.Kind.CONTACT: _("We have received your question, %(number)s."),
    }
    messages.success(request, words[Request.Kind(made.kind)] % {"number": number_words(made)})
    return redirect("services:request", pk=made.pk)
