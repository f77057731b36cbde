"""What people type to prove that an object is theirs."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .linking import payer_code_key
from .models import LONGEST_TYPED_CODE


class PayerCodeField(forms.CharField):
    """A payer code as it is typed; only its shape is looked at."""

    is_short = True

    def __init__(self, **kwargs: Any) -> None:
        wrong = _("Copy the payer code from your invoice: it is made of letters and digits.")
        kwargs.setdefault("label", _("Payer code"))
        kwargs.setdefault("help_text", _("You may leave out spaces and dashes."))
        kwargs["widget"] = forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"})
        kwargs["error_messages"] = {
            "required": _("Enter the payer code."),
            "bad_payer_code": wrong,
            "null_characters_not_allowed": wrong,
        }
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Return what was typed, trimmed, when it has the shape of a payer code."""
        typed = str(super().clean(value) or "")
        try:
            if typed:
                payer_code_key(typed)
        except ValidationError as error:
            raise ValidationError(self.error_messages["bad_payer_code"], code="bad_payer_code") from error
        return typed


class NeverRepeated(forms.TextInput):
    """A field for a secret: what was typed does not come back."""

    def format_value(self, value: Any) -> None:
        """Return nothing."""


class ActivationForm(forms.Form):
    activation_code = forms.CharField(
        label=_("Activation code"),
        help_text=_("You get it by letter or from the company. Capitals, spaces and dashes do not matter."),
        max_length=LONGEST_TYPED_CODE,
        widget=NeverRepeated(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={
            "required": _("Enter the activation code."),
            "max_length": _("The activation code has 10 characters."),
            "null_characters_not_allowed": _("The activation code has 10 characters."),
        },
    )
    activation_code.is_short = True  # type: ignore[attr-defined]
