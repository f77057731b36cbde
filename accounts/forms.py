"""What people type about themselves."""

import re
from typing import Any, ClassVar

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import SetPasswordField
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts import policies, registration
from accounts.models import User, canonical_email
from accounts.registration import Registration
from lithuanian.codes import is_company_code
from properties import linking
from properties.models import ManagingCompany

# Django takes these two for letters a–z written in another case; they are letters of another address.
_ADDRESS = re.compile(r"[!#-~ıſ]+")
_OTHER_LETTERS = re.compile(r"[^\W\x00-\x7fıſ]")


class EmailField(forms.EmailField):
    def __init__(self, *, autocomplete: str = "email", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Email"))
        kwargs["widget"] = forms.EmailInput(attrs={"autocomplete": autocomplete, "inputmode": "email"})
        whole = _("Write the whole email, e.g. vardas@pastas.lt")
        kwargs["error_messages"] = {
            "required": _("Enter your email."),
            "invalid": whole,
            "max_length": whole,
            "other_letters": _(
                "An email has only the letters a–z: one here is of another alphabet. Write it anew."
            ),
        }
        super().__init__(max_length=254, **kwargs)

    def clean(self, value: Any) -> str:
        """Return the email in its canonical form; an odd letter that lower case turns into a usual one is refused."""
        if "@" in str(value) and _OTHER_LETTERS.search(str(value)):
            raise ValidationError(self.error_messages["other_letters"], code="other_letters")
        address = super().clean(value)
        if not _ADDRESS.fullmatch(address):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return canonical_email(address)


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
        kwargs.setdefault("error_messages", {"required": _("Enter a new password.")})
        super().__init__(help_text="", max_length=256, **kwargs)
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
        unconfirmed = registration.unconfirmed().filter(email=email).first()
        if self.users and not unconfirmed:
            return str(super().save(request, **kwargs))
        # The work of making a link, thrown away: the time tells nobody whose address is known.
        allauth_forms.default_token_generator.make_token(User(pk=0))
        if unconfirmed:
            # Whose password it is nobody has proven: a stranger may have registered this address.
            get_adapter(request).send_mail("account/email/register_again", email, {"user": unconfirmed})
        else:
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

    def clean_code(self) -> str:
        """Refuse every code where there is no account any more, or where there never was one."""
        if self.user is None:
            raise get_adapter().validation_error("incorrect_code")
        return str(super().clean_code())


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
        number = re.sub(r"[\s()~.\u2010-\u2015-]", "", super().clean(value))
        found = re.fullmatch(r"(?:\+370|00370|[80])([0-9]{8})", number)
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return f"+370{found[1]}"


class ContactsForm(forms.Form):
    phone = PhoneField()


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    next = forms.CharField(required=False, max_length=1000)


class WordsField(forms.CharField):
    """A name as a person writes it: white space of any sort is one space."""

    def to_python(self, value: Any) -> str:
        """Return the words with single spaces between them."""
        return " ".join((super().to_python(value) or "").split())


class CompanyCodeField(WordsField):
    is_short = True

    def clean(self, value: Any) -> str:
        """Return the digits of a company code whose check digit is right, or nothing when nothing is given."""
        code = str(super().clean(value)).replace(" ", "")
        if code and not is_company_code(code):
            raise ValidationError(
                _("Check the company code: it has 9 digits, as in the register of legal persons."),
                code="bad_company_code",
            )
        return code


class PayerCodeField(WordsField):
    """A code as typed; only its shape is looked at, so that nobody learns which codes exist."""

    def __init__(self, **kwargs: Any) -> None:
        wrong = _("Write the payer code as on the invoice, e.g. KN-0123 456")
        super().__init__(error_messages={"required": wrong, "invalid": wrong}, **kwargs)

    def clean(self, value: Any) -> str:
        """Return the code; it must have the shape of one."""
        code = str(super().clean(value))
        if not code:
            return ""
        try:
            linking.payer_code_key(code)
        except ValidationError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        return code


def _told(required: Any) -> dict[str, Any]:
    return {"required": required, "max_length": _("This is too long. Shorten it.")}


class RegistrationForm(forms.Form):
    """What a natural or a legal person types; what does not apply to the chosen kind is ignored."""

    # Without the script and without `:has()` all fields are there, so the browser must demand none.
    use_required_attribute = False

    kind = forms.ChoiceField(
        label=_("Who is registering?"),
        choices=User.Kind.choices,
        initial=User.Kind.NATURAL_PERSON,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose who is registering."),
            "invalid_choice": _("Choose who is registering."),
        },
    )
    first_name = WordsField(
        label=_("First name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages=_told(_("Enter your first name.")),
    )
    last_name = WordsField(
        label=_("Last name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages=_told(_("Enter your last name.")),
    )
    company_name = WordsField(
        label=_("Company name"),
        help_text=_("Exactly as it is registered."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages=_told(_("Enter the company's name.")),
    )
    company_code = CompanyCodeField(
        label=_("Company code"),
        help_text=_("Not required."),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages=_told(""),
    )
    contact_person = WordsField(
        label=_("Contact person"),
        help_text=_("Not required."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages=_told(""),
    )
    email = EmailField(
        help_text=_("You will sign in to the self-service with it. When needed, we will write to you there.")
    )
    phone = PhoneField()
    password1 = NewPasswordField(label=_("Password"), error_messages=_told(_("Make up a password.")))
    has_invitation = forms.BooleanField(
        label=_("I have an invitation – no code is needed"),
        required=False,
    )
    managing_company = forms.ModelChoiceField(
        label=_("Managing company"),
        help_text=_("The company that looks after your building. It is named at the top of the invoice."),
        queryset=ManagingCompany.objects.all(),
        empty_label=_("Choose the company"),
        required=False,
        error_messages={
            "required": _("Choose the company that looks after your building."),
            "invalid_choice": _("Choose a company from the list."),
        },
    )
    payer_code = PayerCodeField(
        label=_("Payer code"),
        help_text=_("You may leave out spaces and dashes."),
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    consent = forms.BooleanField(
        error_messages={"required": _("Tick that you agree with the privacy policy")}
    )

    ONLY_OF: ClassVar[dict[str, tuple[str, ...]]] = {
        User.Kind.NATURAL_PERSON: ("first_name", "last_name"),
        User.Kind.LEGAL_PERSON: ("company_name", "company_code", "contact_person"),
    }
    NOT_WITH_INVITATION = ("managing_company", "payer_code")
    OPTIONAL = frozenset({"company_code", "contact_person"})

    def __init__(self, *args: Any, invited_email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invited_email = invited_email
        if invited_email:
            self._fix_email(invited_email)
        # In a window of its own: coming back, a browser would have forgotten what was typed here.
        self.fields["consent"].label = format_html(
            gettext(
                'I have read and agree with the <a href="{}" target="_blank" rel="noopener">privacy policy</a>'
            ),
            reverse("account_privacy"),
        )

    def _fix_email(self, email: str) -> None:
        """Keep to the email that an invitation was sent to, whatever a browser sends; no code is asked."""
        self.initial["email"] = email
        self.fields["email"].widget.attrs["readonly"] = True
        self.fields["email"].help_text = _("The invitation was sent to this email.")
        if self.is_bound:
            self.data = {**dict(self.data.items()), "email": email, "has_invitation": "on"}

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen kind needs, forget what it does not, and keep one's own data out of the password."""
        typed = self.cleaned_data
        for kind, names in self.ONLY_OF.items():
            self._settle(names, applies=typed.get("kind") == kind)
        self._settle(self.NOT_WITH_INVITATION, applies=not typed.get("has_invitation"))
        self._keep_own_data_out_of_password()
        return typed

    def _keep_own_data_out_of_password(self) -> None:
        if "password1" in self.cleaned_data:
            try:
                validate_password(self.cleaned_data["password1"], User(**self._person()))
            except ValidationError as error:
                self.add_error("password1", error)

    def _settle(self, names: tuple[str, ...], *, applies: bool) -> None:
        for name in names:
            if not applies:
                self.errors.pop(name, None)
                self.cleaned_data[name] = None if name == "managing_company" else ""
            elif name not in self.errors and name not in self.OPTIONAL and not self.cleaned_data[name]:
                self.add_error(name, self.fields[name].error_messages["required"])

    def _person(self) -> dict[str, Any]:
        names = ("email", "kind", "first_name", "last_name", "company_name")
        return {name: self.cleaned_data.get(name, "") for name in names}

    def registration(self) -> Registration:
        """Return what was typed, as the rule takes it."""
        typed = self.cleaned_data
        return Registration(
            **self._person(),
            password=typed["password1"],
            company_code=typed["company_code"],
            contact_person=typed["contact_person"],
            phone=typed["phone"],
            language=get_language() or settings.LANGUAGE_CODE,
            policy_version=policies.CURRENT,
            company=typed["managing_company"],
            payer_code=typed["payer_code"],
        )
