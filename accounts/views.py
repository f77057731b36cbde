"""One's own account, and the doors to it that need more than allauth's own views."""

from allauth.account import views as allauth_views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import ContactsForm, LanguageForm


@require_http_methods(["GET", "HEAD", "POST"])
def contacts(request: HttpRequest) -> HttpResponse:
    """Show "My contacts": a phone to change, an email to look at, a language to choose."""
    person = request.user
    assert person.is_authenticated  # noqa: S101 - LoginRequiredMiddleware has seen to it
    form = ContactsForm(request.POST if request.method == "POST" else None, initial={"phone": person.phone})
    if request.method == "POST" and form.is_valid():
        person.phone = form.cleaned_data["phone"]
        person.save(update_fields=["phone"])
        messages.success(request, _("Your phone number is changed."))
        return redirect("account_contacts")
    languages = LanguageForm(initial={"language": person.language})
    return render(request, "account/contacts.html", {"form": form, "languages": languages})


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the chosen language in the browser, and in the account of who is signed in."""
    form = LanguageForm(request.POST)
    valid = form.is_valid()
    back = form.cleaned_data.get("next", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    response = HttpResponseRedirect(back if is_ours else "/")
    if not valid:
        return response
    chosen = form.cleaned_data["language"]
    if request.user.is_authenticated and request.user.language != chosen:
        request.user.language = chosen
        request.user.save(update_fields=["language"])
        with translation.override(chosen):
            messages.success(request, _("Your language is changed."))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=60 * 60 * 24 * 365,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@login_not_required
def email_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that confirms an email at the first sign-in; nobody else has business here."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return allauth_views.email_verification_sent(request)  # type: ignore[no-any-return]


def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password; who has none gets one through the letter."""
    assert request.user.is_authenticated  # noqa: S101 - LoginRequiredMiddleware has seen to it
    if not request.user.has_usable_password():
        return redirect("account_reset_password")
    return allauth_views.password_change(request)  # type: ignore[no-any-return]
