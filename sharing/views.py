"""The page „Kliento informacija“: one's payment books and shares, prepared here and saved at once."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from properties import link_requests, linking
from properties.capabilities import Capability
from properties.contacts import contacts_of
from properties.models import Claim, PaymentBook
from properties.objects import object_of

from . import answers, drafts, grants, page
from .forms import AddForm, ChangeForm, LeaveForm, SaveForm, ShareForm
from .models import Offer

BOOKS, SHARES = "#knygeles", "#dalinimasis"


def _pressed(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Take what a button sends; who only comes to its address, as after signing in again, is led to the page."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        return view(request) if request.method == "POST" else _back()

    return require_http_methods(["GET", "HEAD", "POST"])(answer)


@require_safe
def client_information(request: HttpRequest) -> HttpResponse:
    """Show one's contacts, payment books and shares, and what is prepared."""
    return _page(request, state=page.read(person=request.user, at=timezone.now()))


@_pressed
def add(request: HttpRequest) -> HttpResponse:
    """Prepare to add an object that the person proves to be theirs."""
    at = timezone.now()
    form = AddForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        outcome = linking.prove(
            claimant=linking.claimant_of(request.user),
            company=typed["managing_company"],
            payer_code=typed["payer_code"],
            activation_code=typed["activation_code"],
            network=get_adapter(request).get_client_ip(request),
            at=at,
        )
        if outcome.book is None or outcome.kind == Claim.Outcome.ALREADY_MINE:
            form.add_error("payer_code", ValidationError(linking.said(outcome), code=outcome.kind))
        else:
            try:
                drafts.stage_add(
                    person=request.user, book=outcome.book, activation_no=outcome.activation_no, at=at
                )
                return _back(BOOKS)
            except ValidationError as error:
                form.add_error(None, answers.reason(error))
    return _page(request, state=page.read(person=request.user, at=at), add=form)


@_pressed
def send_request(request: HttpRequest) -> HttpResponse:
    """Ask the staff of the chosen company to add the object of the typed code."""
    at = timezone.now()
    form = AddForm(request.POST)
    if form.is_valid():
        company, payer_code = form.cleaned_data["managing_company"], form.cleaned_data["payer_code"]
        try:
            link_requests.send(person=request.user, company=company, payer_code=payer_code, at=at)
        except ValidationError as error:
            form.add_error(None, answers.reason(error))
        else:
            messages.success(request, _("The request is sent. You will get an answer by email."))
            return _back()
    return _page(request, state=page.read(person=request.user, at=at), add=form, is_asking=True)


@_pressed
def share(request: HttpRequest) -> HttpResponse:
    """Prepare to share an object."""
    at = timezone.now()
    state = page.read(person=request.user, at=at)
    form = ShareForm(request.POST, objects=state.shareable)
    if form.is_valid():
        try:
            drafts.stage_share(person=request.user, at=at, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(answers.field_of(error), answers.reason(error))
        else:
            return _back(SHARES)
    return _page(request, state=state, share=form)


@_pressed
def change(request: HttpRequest) -> HttpResponse:
    """Prepare to remove an object or to end a share, or take one prepared line back."""
    form = ChangeForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        _stage(request.user, **form.cleaned_data)
    except ValidationError as error:
        messages.error(request, answers.reason(error))
    return _back()


def _stage(person: Any, *, remove: int | None, unshare: int | None, undo: int | None) -> None:
    """Prepare a removal or an end, each once its gate has let it through; what is gone already needs nothing."""
    at = timezone.now()
    if remove:
        book = get_object_or_404(page.books_ever_held(person=person), pk=remove)
        if PaymentBook.objects.visible_to(person, Capability.REMOVE, at=at).filter(pk=book.pk).exists():
            drafts.stage_remove(person=person, book=book, at=at)
    elif unshare:
        offers = Offer.objects.filter(granted_by__person=person).select_related("granted_by")
        offer = get_object_or_404(offers, pk=unshare)
        if Offer.objects.in_force(at=at).filter(pk=offer.pk).exists():
            drafts.stage_unshare(person=person, offer=offer, at=at)
    elif undo:
        drafts.undo(person=person, line=undo)


@_pressed
def save(request: HttpRequest) -> HttpResponse:
    """Carry out what the page had shown as prepared, all of it or nothing."""
    at = timezone.now()
    form = SaveForm(request.POST)
    lines = form.cleaned_data["line"] if form.is_valid() else []
    if not lines:
        messages.info(request, _("There is nothing to save."))
        return _back()
    try:
        saved = drafts.save(claimant=linking.claimant_of(request.user), shown=lines, at=at)
    except drafts.Impossible as stopped:
        state = page.read(person=request.user, at=at)
        return _page(request, state=state, problems=stopped.problems)
    if saved.gone < len(set(lines)):
        messages.success(request, answers.saved_words(saved))
    if saved.gone:
        messages.warning(request, answers.gone_words(saved))
    return _back()


@_pressed
def discard(request: HttpRequest) -> HttpResponse:
    """Forget everything that is prepared."""
    drafts.discard(person=request.user)
    messages.success(request, _("The unsaved changes are cancelled."))
    return _back()


@_pressed
def leave(request: HttpRequest) -> HttpResponse:
    """Give up at once an object that others share with this person."""
    form = LeaveForm(request.POST)
    if not form.is_valid():
        raise Http404
    book = get_object_or_404(page.books_ever_visited(person=request.user), pk=form.cleaned_data["book"])
    if grants.leave(book=book, by=request.user, at=timezone.now()):
        said = _("You no longer use the object %(place)s.") % {"place": object_of(book=book).address}
        messages.success(request, said)
    return _back()


def _back(where: str = "") -> HttpResponse:
    return redirect(reverse("sharing:client_information") + where)


def _page(
    request: HttpRequest,
    *,
    state: page.State,
    add: AddForm | None = None,
    share: ShareForm | None = None,
    problems: answers.Problems | None = None,
    is_asking: bool = False,
) -> HttpResponse:
    """Show the page as it is now; a form that came back stands in the place of an empty one."""
    failed = add or share
    add = add or AddForm()
    can_ask = is_asking or add.has_error("payer_code", Claim.Outcome.NOT_LINKED)
    chosen = add.cleaned_data.get("managing_company") if can_ask else None
    context = {
        **page.context_of(state=state, problems=problems or {}),
        "form": failed,
        "add": add,
        "share": share or ShareForm(objects=state.shareable),
        "can_ask": can_ask,
        "companies": contacts_of(companies=[chosen] if chosen else add.companies),
    }
    return render(request, "sharing/client_information.html", context)
