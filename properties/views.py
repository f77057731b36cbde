"""Proving that an object is one's own, and objecting when somebody else linked it."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from . import claims, link_requests, linking, notices
from .forms import ActivationForm
from .models import AccessNotice, Claim
from .objects import object_of


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the activation code of an object that could not be added."""
    at = timezone.now()
    waiting = get_object_or_404(Claim.objects.waiting_for(request.user, at=at), pk=pk)
    form = ActivationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        outcome = linking.link(
            claimant=linking.claimant_of(request.user),
            company=waiting.managing_company,
            payer_code=waiting.payer_code,
            activation_code=form.cleaned_data["activation_code"],
            network=get_adapter(request).get_client_ip(request),
            at=at,
        )
        if outcome.book:
            messages.success(request, linking.said(outcome))
            return redirect(settings.LOGIN_REDIRECT_URL)
        form.add_error("activation_code", linking.said(outcome))
    shown = claims.shown(claim=waiting, form=form)
    return render(request, "properties/claim.html", {"form": form, "claim": shown})


@require_POST
def send_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the staff to add the object."""
    at = timezone.now()
    waiting = get_object_or_404(Claim.objects.waiting_for(request.user, at=at), pk=pk)
    try:
        link_requests.send(
            person=request.user, company=waiting.managing_company, payer_code=waiting.payer_code, at=at
        )
    except ValidationError:
        messages.error(request, _("You have 10 requests that wait for an answer. Wait for it first."))
    else:
        messages.success(request, _("The request is sent. You will get an answer by email."))
    return redirect(settings.LOGIN_REDIRECT_URL)


@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a claim that opened nothing off home; a request to the staff stays."""
    get_object_or_404(Claim.objects.waiting_for(request.user, at=timezone.now()), pk=pk).delete()
    messages.success(request, _("It is not shown any more. You can add the object again at any time."))
    return redirect(settings.LOGIN_REDIRECT_URL)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whoever holds a letter's link whether the new access is right, and freeze it when it is not."""
    at = timezone.now()
    told = AccessNotice.objects.visible_to_link(token, at=at)
    notice = told.select_related("access__person", "access__payment_book__managing_company").first()
    if notice and request.method == "POST":
        try:
            notices.not_me(notice=notice, at=at)
        except ValidationError:
            notice = None
        else:
            messages.success(request, _("The access is closed. The company will look into it."))
            return redirect(settings.LOGIN_REDIRECT_URL)
    if notice is None:
        return render(request, "properties/not_me_over.html", status=404)
    place = object_of(book=notice.access.payment_book)
    return render(request, "properties/not_me.html", {"notice": notice, "place": place})
