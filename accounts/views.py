"""One's own account, and the doors to it that need more than allauth's own views."""

import time

from allauth.account import views as allauth_views
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY as CODE,
)
from allauth.account.internal.flows.email_verification_by_code import EmailVerificationProcess
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.core import ratelimit
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import policies, registration
from accounts.forms import ContactsForm, LanguageForm, RegistrationForm


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Let a new person in; who is signed in has no business here."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return registration_page(request)  # type: ignore[no-any-return]


@sensitive_post_parameters("password1")
@rate_limit(action="signup")  # type: ignore[untyped-decorator]
def registration_page(request: HttpRequest, *, invited_email: str = "", notice: str = "") -> HttpResponse:
    """Take what a new person types and ask for the emailed code; a known email gets the very same answer.

    An invitation fixes the email; a notice stands above the form.
    """
    form = RegistrationForm(request.POST if request.method == "POST" else None, invited_email=invited_email)
    if request.method == "POST" and form.is_valid():
        new = form.registration()
        if ratelimit.consume(request, action="register", key=new.email):
            person = registration.register(registration=new, at=timezone.now())
            return perform_login(request, Login(user=person, email=new.email, signup=True))  # type: ignore[no-any-return]
        form.add_error(
            None,
            _(
                "This email was registered three times within an hour. Use the code from the newest letter, "
                "or try again in an hour."
            ),
        )
    return render(request, "account/register.html", {"form": form, "notice": notice})


@login_not_required
@require_safe
def privacy(request: HttpRequest, version: str = policies.CURRENT) -> HttpResponse:
    """Show a version of the privacy policy, that in force when none is named."""
    if version not in policies.VERSIONS:
        raise Http404
    language = get_language() or settings.LANGUAGE_CODE
    versions = policies.versions(person=request.user, shown=version)
    context = {
        "text": policies.template_of(version=version, language=language),
        "shown": next(one for one in versions if one.is_shown),
        "versions": versions,
    }
    return render(request, "accounts/privacy.html", context)


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
            messages.success(request, _("The language has been changed."))
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
@require_http_methods(["GET", "HEAD", "POST"])
def email_code(request: HttpRequest) -> HttpResponse:
    """Ask for the emailed code, after registering or at a sign-in; nobody else has business here."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    if CODE in request.session and EmailVerificationProcess.resume(request) is None:
        messages.error(
            request,
            _(
                "A code works for 15 minutes. Sign in with your email and password, and we will send a new one."
            ),
        )
        return redirect("account_login")
    letters = request.session.get(CODE, {}).get("resend_count", 0)
    response: HttpResponse = allauth_views.email_verification_sent(request)
    if request.session.get(CODE, {}).get("resend_count", 0) > letters:
        # A new code lives as long as the first; allauth counts from the first.
        request.session[CODE]["at"] = time.time()
        messages.success(request, _("We have sent a new code. The earlier one no longer works."))
    return response


def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password; who has none gets one through the letter."""
    assert request.user.is_authenticated  # noqa: S101 - LoginRequiredMiddleware has seen to it
    if not request.user.has_usable_password():
        return redirect("account_reset_password")
    return allauth_views.password_change(request)  # type: ignore[no-any-return]
