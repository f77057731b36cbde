"""How the portal uses django-allauth: its limits, its letters and its words."""

import logging
from smtplib import SMTPRecipientsRefused
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.stages import LoginStage
from allauth.core import context as context_of_request
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts import registration
from accounts.models import User, canonical_email
from notifications.compose import compose

log = logging.getLogger(__name__)


class ClaimsStage(LoginStage):  # type: ignore[misc]
    """The last stage of a login: the email is confirmed by now, so what was claimed is decided.

    Who has just registered ends here and signs in with the new password; who came by signing in goes on.
    """

    key = "claims"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Decide, and lead who has registered to the sign-in."""
        network = ratelimit.get_ip(self.request)
        registration.decide_claims(person=self.login.user, network=network, at=timezone.now())
        if not self.login.signup:
            return None, True
        messages.success(self.request, _("You are registered. You can sign in now."))
        return redirect("account_login"), False


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {  # noqa: RUF012
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "The email or the password is not right. Check both, or choose “Forgot your password?”."
        ),
        "too_many_login_attempts": _(
            "Too many wrong attempts. Try again in 5 minutes, "
            "or choose “Forgot your password?” and make a new one now."
        ),
        "enter_current_password": _("The current password is not right."),
        "incorrect_code": _("The code is not right. Check the newest letter."),
        "rate_limited": _("Too many attempts. Try again in a minute."),
    }

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords per email and network address.

        Per email alone a stranger's guesses would lock the owner out; allauth's own key also holds
        the Host header, which a guesser may vary.
        """
        return f"{canonical_email(credentials.get('email', ''))} {ratelimit.get_ip(request)}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that limits count by; PermissionDenied when nobody can tell."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured as error:
            # A header shorter than the chain of trusted proxies came round them.
            raise PermissionDenied from error

    def is_ajax(self, request: HttpRequest) -> bool:
        """Answer with pages only: the JSON answers of allauth's views are not ours."""
        return False

    def get_login_stages(self) -> list[str]:
        """Add our own stage after those of allauth."""
        return [*super().get_login_stages(), "accounts.adapter.ClaimsStage"]

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm, unless the account was replaced or forgotten in this very moment."""
        with registration.holding(email=email_address.email):
            if User.objects.filter(pk=email_address.user_id).exists():
                return bool(super().confirm_email(request, email_address))
        messages.error(request, _("The email could not be confirmed. Sign in again."))
        return False

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Say after the last wrong code what to do next; allauth says its words for wrong passwords."""
        if kwargs.get("message") == self.error_messages["too_many_login_attempts"]:
            kwargs["message"] = _(
                "The code was wrong three times. Sign in with your email and password, "
                "and we will send a new one."
            )
        super().add_message(request, level, *args, **kwargs)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Keep allauth's own sign-up closed."""
        return False

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell the owner of a known email that somebody registered it again."""
        owner = User.objects.filter(email=email).first()
        self.send_mail("account/email/account_already_exists", email, {"user": owner})

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead back to the person's own contacts."""
        return reverse("account_contacts")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the letter's link; it starts with BASE_URL and never with the request's Host."""
        uidb36, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
        return settings.BASE_URL + path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one letter, text and HTML, in its reader's own language."""
        person = context.get("user")
        language = getattr(person, "language", None) or translation.get_language()
        words = {
            **context,
            "email": email,
            "login_url": settings.BASE_URL + reverse("account_login"),
            "register_url": settings.BASE_URL + reverse("account_register"),
            "reset_url": settings.BASE_URL + reverse("account_reset_password"),
        }
        letter = compose(template=template_prefix, to=email, language=language, context=words)
        try:
            letter.send()
        except SMTPRecipientsRefused:
            # Whoever mistyped an address sees the same page as everybody; the log holds no addresses.
            log.warning("The mail server refused the recipient of %s.", template_prefix)
        except OSError:  # smtplib's own errors are OSErrors
            log.exception("The mail server took no %s.", template_prefix)
            if context_of_request.request is not None:
                messages.error(
                    context_of_request.request,
                    _(
                        "The letter could not be sent: our mail does not work now. Ask for it again in a few minutes."
                    ),
                )
