"""The page „Skaitiklių deklaravimas“."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from files.documents import JPEG
from files.views import hand_out
from properties.objects import may_of, objects_of

from . import cases, photos
from .forms import DeclareForm, PhotoForm
from .mine import meters_to_declare
from .page import Page, page_of
from .sheet import Press, carry_out


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Show one's meters; take what was typed and keep everything else that was typed on the page."""
    at = timezone.now()
    if request.method != "POST":
        return render(request, "meters/declare.html", _context(page_of(user=request.user, at=at)))
    meters = meters_to_declare(user=request.user, at=at)
    form = DeclareForm(request.POST, request.FILES, meters=meters)
    if not form.is_own:
        raise Http404("not one of this person's meters")
    sheet = form.sheet()
    answered = carry_out(sheet=sheet, meters=meters, by=request.user, at=at)
    if answered.said:
        messages.success(request, answered.said)
    if (answered.said or sheet.press == Press.CANCEL) and answered.leaves_nothing(sheet):
        return redirect("meters:declare")
    page = page_of(user=request.user, at=at, sheet=sheet, answered=answered)
    return render(request, "meters/declare.html", _context(page))


@require_safe
def case_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the photo of a reading that was sent to be checked."""
    photo = cases.photo_of(case_id=pk, user=request.user, at=timezone.now())
    if photo is None:
        raise Http404("no photo for this person")
    return HttpResponse(photo, content_type="image/jpeg", headers={"Content-Disposition": "inline"})


@require_http_methods(["GET", "HEAD", "POST"])
def add_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a photo of the dial for a declared reading."""
    at = timezone.now()
    reading = photos.reading_of(reading_id=pk, user=request.user, at=at)
    if reading is None:
        raise Http404("not a reading that this person may declare")
    form = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    if form.is_valid():
        try:
            photos.add(
                reading=reading, photo=form.cleaned_data["photo"], by=cast("User", request.user), at=at
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("The photo is added."))
            return redirect("meters:declare")
    may = may_of(objects_of(user=request.user, at=at))
    return render(request, "meters/photo.html", {"form": form, "may": may, **photos.told(reading=reading)})


@require_safe
def reading_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the photo of a reading."""
    photo = photos.photo_of(reading_id=pk, user=request.user, at=timezone.now())
    if photo is None:
        raise Http404("no photo for this person")
    return hand_out(file=photo.file, name=f"{pk}.jpg", content_type=JPEG)


def _context(page: Page) -> dict[str, Any]:
    return {"page": page, "may": page.may}
