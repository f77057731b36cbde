"""What staff do about a request."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .forms import FormKeyField
from .models import LONGEST_TEXT, Message, Request
from .requests import Told

Deed = Message.Deed


class RequestForm(forms.ModelForm):
    """One deed at a time; the person gets each by letter."""

    deed = forms.ChoiceField(
        label=_("What to do"),
        choices=[
            (Deed.WRITTEN.value, pgettext_lazy("deed", "Answer")),
            (Deed.ASSIGNED.value, _("Name who is in charge")),
            (Deed.SCHEDULED.value, _("Arrange a visit")),
            (Deed.DONE.value, _("Done, or answered for good")),
            (Deed.REFUSED.value, _("Refuse, with the reason")),
        ],
        widget=forms.RadioSelect,
    )
    message = forms.CharField(
        label=_("Message to the person"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
    )
    press_key = FormKeyField()

    class Meta:
        model = Request
        fields = ("in_charge_name", "in_charge_phone", "visit_on", "visit_from", "visit_to")

    def clean(self) -> dict[str, Any]:
        """Demand what the deed needs; the database is told the rest by the rule."""
        cleaned = super().clean() or self.cleaned_data
        deed = cleaned.get("deed")
        if deed in {Deed.WRITTEN, Deed.REFUSED} and not cleaned.get("message"):
            self.add_error("message", ValidationError(_("Write what the person is to read."), "no_message"))
        if deed == Deed.ASSIGNED and not cleaned.get("in_charge_name"):
            self.add_error("in_charge_name", ValidationError(_("Write who is in charge."), "no_name"))
        if deed == Deed.SCHEDULED:
            self._clean_visit(cleaned)
        return cleaned

    def _clean_visit(self, cleaned: dict[str, Any]) -> None:
        missing = [name for name in ("visit_on", "visit_from", "visit_to") if not cleaned.get(name)]
        for name in missing:
            if name not in self.errors:
                self.add_error(
                    name, ValidationError(_("Write the day and the hours of the visit."), "no_visit")
                )
        if not missing and cleaned["visit_to"] <= cleaned["visit_from"]:
            self.add_error("visit_to", ValidationError(_("The visit ends before it begins."), "no_visit"))

    def _post_clean(self) -> None:
        """Leave the row as it is: only the rule changes it."""

    def told(self) -> Told:
        """Return what is said to the person."""
        return Told(text=self.cleaned_data["message"].strip(), form_key=self.cleaned_data["press_key"])
