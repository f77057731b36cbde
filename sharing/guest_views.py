"""A guest's side of sharing: the letter's link, and the answer to an offer."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import registration
from accounts.views import registration_page

from . import grants
from .models import Offer


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Lead whoever has a letter's link to the offer: by registering with its email, or by signing in."""
    at = timezone.now()
    offer = Offer.objects.visible_to_link(token, at=at).first()
    if request.user.is_authenticated:
        if offer and not Offer.objects.waiting_for(request.user, at=at).filter(pk=offer.pk).exists():
            messages.info(
                request,
                _("The invitation was sent to another email. Sign out, and open the letter's link again."),
            )
        return redirect("home:main")
    if offer is None:
        notice = _("This invitation is no longer valid. You can register without it.")
        return registration_page(request, notice=notice)  # type: ignore[no-any-return]
    if registration.is_known(email=offer.email):
        messages.info(request, _("Sign in: the invitation waits in the main window."))
        return redirect("account_login")
    return registration_page(request, invited_email=offer.email)  # type: ignore[no-any-return]


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an offer to one's own confirmed email."""
    return _answer(request, pk, grants.accept, _("The invitation is accepted. The object is in your list."))


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Say no to an offer to one's own confirmed email."""
    return _answer(request, pk, grants.decline, _("The invitation is declined."))


def _answer(request: HttpRequest, pk: int, rule: Callable[..., object], said: str) -> HttpResponse:
    at = timezone.now()
    offer = get_object_or_404(Offer.objects.waiting_for(request.user, at=at), pk=pk)
    try:
        rule(offer=offer, by=request.user, at=at)
    except ValidationError:
        messages.error(request, _("This invitation is no longer valid."))
    else:
        messages.success(request, said)
    return redirect("home:main")
