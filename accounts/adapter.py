"""How the portal uses django-allauth: its limits, its letters and its words."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import canonical_email


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

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Keep allauth's own sign-up closed."""
        return False

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
            "brand_name": settings.BRAND_NAME,
            "care_phone": settings.CARE_PHONE,
            "care_hours": settings.CARE_HOURS,
            "care_email": settings.CARE_EMAIL,
            "login_url": settings.BASE_URL + reverse("account_login"),
        }
        with translation.override(language):
            subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", words).split())
            text = render_to_string(f"{template_prefix}_message.txt", words).strip() + "\n"
            page = render_to_string(f"{template_prefix}_message.html", words)
        letter = EmailMultiAlternatives(subject, text, self.get_from_email(), [email])
        letter.attach_alternative(page, "text/html")
        letter.send()
