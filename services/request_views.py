"""The page of one request, and what its person presses there."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from files.views import hand_out

from . import page, requests
from .forms import PressForm, ReplyForm, TimeForm
from .models import Photo, Request

_pressed = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a request has come, and what was said."""
    return _page(request, pk)


@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out a picture of a request to whoever may see it, and to staff of its company."""
    found = get_object_or_404(Photo.objects.visible_to(request.user, at=timezone.now()), pk=pk)
    return hand_out(file=found.file, name=f"{found.place}.jpg", content_type="image/jpeg")


@_pressed
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message to the company."""
    form, said = ReplyForm(*_sent(request)), _("Your message is sent.")
    return _press(request, pk, form, requests.write, said, lambda: {"told": form.told()})


@_pressed
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open again what is not done after all, with what is wrong."""
    form, said = ReplyForm(*_sent(request)), _("It is open again.")
    return _press(request, pk, form, requests.reopen, said, lambda: {"told": form.told()})


@_pressed
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a request off."""
    form, said = PressForm(*_sent(request)), _("It is cancelled.")
    return _press(
        request, pk, form, requests.cancel, said, lambda: {"form_key": form.cleaned_data["form_key"]}
    )


@_pressed
def change_time(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for another time."""
    form, said = TimeForm(*_sent(request)), _("We will tell you whether this time suits.")
    return _press(
        request,
        pk,
        form,
        requests.wish_time,
        said,
        lambda: {"wish": form.wish(), "form_key": form.cleaned_data["form_key"]},
    )


def _sent(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _press(
    request: HttpRequest,
    pk: int,
    form: Any,
    rule: Callable[..., None],
    said: str,
    given: Callable[[], dict[str, Any]],
) -> HttpResponse:
    """Carry out what was pressed; a refusal comes back to the page, with what was typed."""
    at = timezone.now()
    if request.method != "POST":
        # Who only comes to a button's address, as after signing in again, is led to the page.
        get_object_or_404(Request.objects.visible_to(request.user, at=at), pk=pk)
        return redirect("services:request", pk=pk)
    own = get_object_or_404(Request.objects.open_to(request.user, at=at), pk=pk)
    if form.is_valid():
        try:
            rule(asked=own, by=request.user, at=at, **given())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, said)
            return redirect("services:request", pk=pk)
    return _page(request, pk, failed=form)


def _page(request: HttpRequest, pk: int, *, failed: Any = None) -> HttpResponse:
    """Show the page; a form that came back stands in the place of an empty one."""
    at = timezone.now()
    rows = Request.objects.visible_to(request.user, at=at).with_right(request.user, at=at)
    found = get_object_or_404(rows, pk=pk)
    shown = page.detail(asked=found, user=request.user, is_open=found.is_open_to_person, at=at)
    is_time = isinstance(failed, TimeForm)
    context = {
        **shown,
        "request_of": found,
        "form": failed,
        "reply": failed if isinstance(failed, ReplyForm) else ReplyForm(),
        "time": failed if is_time else TimeForm(initial={"wished_part": found.wished_part}),
        "is_time_open": is_time,
        "press": PressForm(),
    }
    return render(request, "services/request.html", context)
