"""What people type about themselves."""

import re
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import SetPasswordField
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import canonical_email


class EmailField(forms.EmailField):
    def __init__(self, *, autocomplete: str = "email", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Email"))
        kwargs["widget"] = forms.EmailInput(attrs={"autocomplete": autocomplete, "inputmode": "email"})
        kwargs["error_messages"] = {
            "required": _("Enter your email."),
            "invalid": _("Write the whole email, e.g. vardas@pastas.lt"),
        }
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Return the email in its canonical form."""
        return canonical_email(super().clean(value))


class CurrentPasswordField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        kwargs["error_messages"] = {"required": _("Enter your password.")}
        super().__init__(strip=False, **kwargs)


class NewPasswordBoundField(forms.BoundField):
    """Ties the list of rules to the input, for the screen reader and for the script."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Add what names the rules, after hint and error."""
        attrs = super().build_widget_attrs(attrs, widget)
        rules = f"{self.auto_id}_rules"
        attrs["data-rules"] = rules
        attrs["aria-describedby"] = f"{attrs.get('aria-describedby', '')} {rules}".strip()
        return attrs


class NewPasswordField(SetPasswordField):  # type: ignore[misc]
    """One field: a second one for repeating helps nobody who can press "Show"."""

    bound_field_class = NewPasswordBoundField
    # The names are those of the script's rules; each is judged by a validator in the settings.
    rules = (
        ("len", _("at least 8 characters")),
        ("upper", _("at least one upper-case letter")),
        ("digit", _("at least one digit")),
    )

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("New password"))
        super().__init__(
            help_text="", max_length=256, error_messages={"required": _("Enter a new password.")}, **kwargs
        )
        del self.widget.attrs["placeholder"]


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = EmailField(autocomplete="username")
        self.fields["password"] = CurrentPasswordField(label=_("Password"))


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    oldpassword = CurrentPasswordField(label=_("Current password"))
    password1 = NewPasswordField()
    password2 = None


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    email = EmailField()

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Send one letter to known and unknown addresses alike, and tell nobody which it was."""
        email: str = self.cleaned_data["email"]
        if self.users:
            return str(super().save(request, **kwargs))
        get_adapter(request).send_mail("account/email/unknown_account", email, {})
        return email


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    password1 = NewPasswordField()
    password2 = None


class CodeForm(allauth_forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    code = forms.CharField(
        label=_("Confirmation code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        error_messages={"required": _("Enter the code from the letter.")},
    )
    code.is_short = True  # type: ignore[attr-defined]


class PhoneField(forms.CharField):
    """A Lithuanian number however it is written; the value is +370 and 8 digits."""

    is_short = True

    def __init__(self, **kwargs: Any) -> None:
        wrong = _("Start the phone number with +370, e.g. +37060000000")
        kwargs.setdefault("label", _("Phone number"))
        kwargs.setdefault("help_text", _("Start with +370, e.g. +37060000000."))
        kwargs["widget"] = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
        kwargs["error_messages"] = {"required": wrong, "invalid": wrong, "max_length": wrong}
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        """Return the number as E.164; 8… and 0… of home calls become +370."""
        number = re.sub(r"[\s().\u2010-\u2015-]", "", super().clean(value))
        found = re.fullmatch(r"(?:\+370|00370|[80])([0-9]{8})", number)
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return f"+370{found[1]}"


class ContactsForm(forms.Form):
    phone = PhoneField()


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    next = forms.CharField(required=False, max_length=1000)
