"""What people type on „Kliento informacija“."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.forms import EmailField, PayerCodeField
from properties.forms import NeverRepeated
from properties.models import LONGEST_TYPED_CODE, Access, ManagingCompany
from properties.objects import OwnObject

LARGEST_ID = 2**63 - 1


class ChoiceOf(forms.TypedChoiceField):
    """A choice of rows that are read already; what is asked next appears once something is chosen."""

    def __init__(self, *, empty: Any, wrong: Any, **kwargs: Any) -> None:
        self.empty = empty
        messages = {"required": wrong, "invalid_choice": wrong}
        widget = forms.Select(attrs={"data-gate": True, "required": True})
        super().__init__(widget=widget, error_messages=messages, **kwargs)

    def offer(self, rows: Iterable[tuple[Any, str]]) -> None:
        """Take the rows to choose from, each with its label."""
        known = {str(row.pk): (row, label) for row, label in rows}
        self.choices = [("", self.empty), *((pk, label) for pk, (_row, label) in known.items())]
        self.coerce = lambda pk: known[pk][0]


class AddForm(forms.Form):
    # Gated fields are there without the script too, so the browser must demand none.
    use_required_attribute = False

    managing_company = ChoiceOf(
        label=_("Managing company"),
        empty=_("Choose the company"),
        wrong=_("Choose the company that looks after your building."),
    )
    payer_code = PayerCodeField(
        label=_("Payment book ID"),
        help_text=_("It is the payer code on the invoice. You may leave out spaces and dashes."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    activation_code = forms.CharField(
        label=_("Activation code"),
        help_text=_("Not required. Enter it if you got one by letter or from the company."),
        required=False,
        max_length=LONGEST_TYPED_CODE,
        widget=NeverRepeated(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={
            "max_length": _("The activation code has 10 characters."),
            "null_characters_not_allowed": _("The activation code has 10 characters."),
        },
    )
    payer_code.is_short = activation_code.is_short = True  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_add_%s", **kwargs})
        self.companies = list(ManagingCompany.objects.all())
        chosen: Any = self.fields["managing_company"]
        chosen.offer((company, company.name) for company in self.companies)


class LastDayField(forms.CharField):
    """A day as people write it; typed in words of one's own it comes back, which a browser's calendar would forget."""

    is_short = True
    # Beyond it nobody plans.
    LATEST = date(2199, 12, 31)
    _DAY = re.compile(r"([0-9]{4})[-.,/ ]*([0-9]{1,2})[-.,/ ]*([0-9]{1,2})\.?")

    def __init__(self, **kwargs: Any) -> None:
        wrong = _("Write the year, month and day, e.g. 2027-12-31")
        kwargs["widget"] = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"})
        kwargs["error_messages"] = dict.fromkeys(("invalid", "null_characters_not_allowed"), wrong)
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> date | None:
        """Return the day, or None when nothing is given."""
        typed = super().clean(value)
        if not typed:
            return None
        found = self._DAY.fullmatch(typed)
        try:
            day = date(*map(int, found.groups())) if found else None
        except ValueError:
            day = None
        if day is None or day > self.LATEST:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class ShareForm(forms.Form):
    use_required_attribute = False

    book = ChoiceOf(
        label=_("Object"),
        empty=_("Choose the object"),
        wrong=_("Choose an object from your list."),
    )
    email = EmailField(
        autocomplete="off",
        help_text=_("The person signs in or registers with this very email."),
    )
    email.error_messages["required"] = _("Enter the person's email.")
    scope = forms.ChoiceField(
        label=_("Rights"),
        choices=Access.Scope.choices,
        initial=Access.Scope.ALL,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose the rights.")),
    )
    until_on = LastDayField(
        label=_("Valid until"),
        help_text=_("Not required. The last day, e.g. 2027-12-31."),
    )

    def __init__(self, *args: Any, objects: Iterable[OwnObject], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_share_%s", **kwargs})
        chosen: Any = self.fields["book"]
        chosen.offer((own.book, own.address) for own in objects)


class _Id(forms.IntegerField):
    def __init__(self) -> None:
        super().__init__(required=False, min_value=1, max_value=LARGEST_ID)


class ChangeForm(forms.Form):
    """Which „x“ or „Grąžinti“ was pressed."""

    remove = _Id()
    unshare = _Id()
    undo = _Id()


class LeaveForm(forms.Form):
    book = forms.IntegerField(min_value=1, max_value=LARGEST_ID)


class SaveForm(forms.Form):
    """The prepared lines that the page had shown."""

    line = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        typed = data.getlist("line")
        numbers = [one for one in typed if re.fullmatch(r"[0-9]{1,18}", one)]
        field: Any = self.fields["line"]
        field.choices = [(one, one) for one in numbers]
