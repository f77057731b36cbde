"""Paying through a provider: from the choice of objects to the provider, and back."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from lithuanian.numbers import money
from properties.objects import may_of, objects_of

from . import orders
from .forms import FakePaymentForm
from .models import Order
from .order_page import order_page
from .pay_page import payable, sent_form
from .pay_views import choice_of, pay_context
from .providers import fake, provider_named, provider_of
from .providers.protocol import LONGEST_NOTICE, RefusedNotice

# The order that this person was led away to pay, in their session: its success is told once.
_AWAITED = "awaited_order"


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, company: int) -> HttpResponse:
    """Start a payment to one company for what was chosen; who only comes here is led to the choice."""
    if request.method != "POST":
        return redirect("invoices:pay")
    at = timezone.now()
    choice = choice_of(request, at=at)
    objects = [own for own in choice.objects.values() if own.book.managing_company_id == company]
    form = sent_form(
        objects=objects, statements=choice.statements, only_part=choice.only_part, data=request.POST
    )
    provider = provider_of(form.company) if form else None
    if form is None or provider is None:
        raise Http404("no objects of this company, or it has no provider")
    if form.is_valid():
        try:
            order = orders.start(
                company=form.company,
                parts=form.parts(),
                person=request.user,
                provider=provider,
                sure_of=form.sure_of(),
                at=at,
            )
            return redirect("invoices:hand_over", order.number)
        except orders.AskedAgain as asked:
            form.ask(asked)
        except ValidationError as refused:
            form.add_error(None, refused)
    return render(request, "invoices/pay.html", pay_context(choice, form=form))


@require_safe
def hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """Lead on to the provider, by a page: a browser would not let a form end at another site."""
    at = timezone.now()
    rows = Order.objects.visible_to(request.user, at=at).select_related("managing_company")
    order = get_object_or_404(rows, number=number)
    provider = provider_named(order.provider)
    if order.state != Order.State.STARTED or not provider or not provider.serves(order.managing_company):
        return redirect("invoices:order", order.number)
    request.session[_AWAITED] = order.number
    address = provider.create(order=order, language=get_language() or settings.LANGUAGE_CODE)
    return render(request, "invoices/order_hand_over.html", {"order": order, "address": address})


@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    """Show how far a payment got; the provider is asked, and what it sends along with the person is taken."""
    at = timezone.now()
    rows = Order.objects.visible_to(request.user, at=at).select_related("managing_company")
    found = get_object_or_404(rows, number=number)
    came_with = _taken(found, request.GET, at) if "data" in request.GET else None
    asked = came_with or orders.ask(order=found, at=at)
    asked.managing_company = found.managing_company
    if asked.state == Order.State.RECEIVED and request.session.get(_AWAITED) == asked.number:
        del request.session[_AWAITED]
        messages.success(request, _("The payment is received."))
    own_objects = objects_of(user=request.user, at=at)
    page = order_page(
        order=asked, objects=payable(own_objects), is_cancelled="cancelled" in request.GET, at=at
    )
    return render(request, "invoices/order.html", {"may": may_of(own_objects), "page": page})


def _taken(order: Order, sent: QueryDict, at: datetime) -> Order | None:
    """Return the order as the provider's own notice has it, which came along in the address; else nothing."""
    provider = provider_named(order.provider)
    if provider is None:
        return None
    try:
        code = order.managing_company.company_code
        taken = orders.take(provider=provider, company_code=code, data=_words(sent), at=at)
    except RefusedNotice:
        return None
    return taken if taken is not None and taken.pk == order.pk else None


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest, provider: str, company_code: str) -> HttpResponse:
    """Take a provider's notice: „OK“ when it is one, whatever it says; repeats change nothing."""
    told = provider_named(provider)
    if told is None:
        raise Http404("no such provider")
    if _length(request) > LONGEST_NOTICE:
        return HttpResponse("too long", status=413, content_type="text/plain")
    data = request.POST if request.method == "POST" and "data" in request.POST else request.GET
    try:
        orders.take(provider=told, company_code=company_code, data=_words(data), at=timezone.now())
    except RefusedNotice as refused:
        return HttpResponse(refused.args[0], status=400, content_type="text/plain")
    return HttpResponse("OK", content_type="text/plain")


def _words(sent: QueryDict) -> dict[str, str]:
    return {name: str(value) for name, value in sent.items()}


def _length(request: HttpRequest) -> int:
    """Return how much was sent, before any of it is read."""
    body = request.headers.get("Content-Length") or "0"
    return len(request.META.get("QUERY_STRING", "")) + (int(body) if body.isdecimal() else 0)


@require_http_methods(["GET", "HEAD", "POST"])
def fake_provider(request: HttpRequest, number: str) -> HttpResponse:
    """Play the provider where the installation is for trying out; elsewhere there is no such page."""
    at = timezone.now()
    rows = Order.objects.visible_to(request.user, at=at).filter(provider=fake.NAME)
    found = get_object_or_404(rows.select_related("managing_company"), number=number)
    if not fake.serves(found.managing_company):
        raise Http404("only for trying out")
    if found.state not in {Order.State.STARTED, Order.State.FAILED}:
        return redirect("invoices:order", found.number)
    form = FakePaymentForm(request.POST or None)
    if not form.is_valid():
        return render(request, "invoices/order_fake.html", {"order": found, "amount": money(found.amount)})
    notice = fake.press(order=found, outcome=form.cleaned_data["outcome"])
    orders.take(provider=fake, company_code=found.managing_company.company_code, data=notice, at=at)
    return redirect("invoices:order", found.number)
