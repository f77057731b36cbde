"""What people type to prove that an object is theirs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import LONGEST_TYPED_CODE


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
