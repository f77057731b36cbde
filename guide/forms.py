from django import forms
from django.utils.translation import gettext_lazy as _


class SearchForm(forms.Form):
    """What to look for among the questions and answers; nothing shows them all."""

    q = forms.CharField(
        label=_("Search in questions and answers"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "search"}),
    )

    @property
    def typed(self) -> str:
        """Return the words to look for, or nothing when there are none."""
        return str(self.cleaned_data["q"]) if self.is_valid() else ""
