"""What support staff type about meters: a reading on behalf, a late window, a decision, an export."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from properties.models import ManagingCompany, PaymentBook

from .checks import Question
from .late_windows import check
from .models import LateWindow, Meter, Reading, ReadingCase
from .readings import Line, Outcome, Result
from .typed import read_value
from .window import midnight

_MONTH = re.compile(r"(20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])")
_ID = re.compile(r"[0-9]{1,18}")
_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)
# Refusals that are about the day and not about the value.
_OF_THE_DAY = frozenset({"in_the_future", "after_removed", "before_installed", "book_not_open"})
Kind = Reading.Kind


class MonthField(forms.CharField):
    """A month as it stands in files, `2026-10`, made into its first day."""

    default_error_messages: ClassVar[dict[str, Any]] = {"no_month": _("Write the month as 2026-10.")}

    def to_python(self, value: Any) -> Any:
        """Return the first day of the month."""
        if isinstance(value, date):
            return value.replace(day=1)
        text = super().to_python(value) or ""
        match = _MONTH.fullmatch(text)
        if match is None:
            if text:
                raise ValidationError(self.error_messages["no_month"], "no_month")
            return None
        return date(int(match[1]), int(match[2]), 1)

    def prepare_value(self, value: Any) -> Any:
        """Write a month back as it is typed."""
        return f"{value:%Y-%m}" if isinstance(value, date) else value


class DayField(forms.DateField):
    """A day within the centuries that the portal knows."""

    def clean(self, value: Any) -> Any:
        """Return the day."""
        day = super().clean(value)
        if day is not None and not _FIRST <= day <= _LAST:
            raise ValidationError(self.error_messages["invalid"], "invalid")
        return day


class ValueField(forms.CharField):
    """What the dial shows; comma and point are equal."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        """Return the number."""
        text = super().to_python(value)
        return read_value(text) if text else None


class OnBehalfForm(forms.Form):
    """A reading that a person told to staff; what is asked about is confirmed with a tick."""

    payment_book = forms.ModelChoiceField(
        label=_("Payment book"), queryset=PaymentBook.objects.none(), empty_label=None
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("reading", "kind"),
        choices=[(kind.value, kind.label) for kind in (Kind.MONTHLY, Kind.HANDOVER, Kind.ESTIMATE)],
    )
    period = MonthField(label=_("period"), help_text=_("The month that the reading is for."))
    read_on = DayField(label=_("read"))
    value = ValueField(label=_("reading"))
    is_checked = forms.BooleanField(label=_("I have checked, the reading is right"), required=False)
    # The value that was asked about, and the reading that was shown as being there already.
    asked = forms.CharField(required=False, widget=forms.HiddenInput)
    corrects = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, meter: Meter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._meter = meter
        books = PaymentBook.objects.filter(book_premises__property=meter.property_id)
        self.fields["payment_book"].queryset = books.order_by("closed_on", "-pk")  # type: ignore[attr-defined]
        self.questions: Sequence[Question] = ()
        # What the hidden fields hold when the page comes back.
        self.asked_now = self.corrects_now = ""

    def line(self) -> Line:
        """Return what the rule takes."""
        typed = self.cleaned_data
        confirmed = self._asked() if typed["is_checked"] else None
        return Line(
            meter_id=self._meter.pk,
            payment_book_id=typed["payment_book"].pk,
            value=typed["value"],
            read_on=typed["read_on"],
            period=typed["period"],
            kind=typed["kind"],
            confirmed=confirmed,
            corrects=int(typed["corrects"]) if _ID.fullmatch(typed["corrects"]) else None,
        )

    def _asked(self) -> Decimal | None:
        try:
            return read_value(self.cleaned_data["asked"])
        except ValidationError:
            return None

    def hear(self, outcome: Outcome) -> None:
        """Take up why the reading does not stand yet, at the field that it is about."""
        line = outcome.line
        self.corrects_now = str(line.corrects or "")
        if outcome.result == Result.ASKS:
            self.questions = outcome.questions
            self.asked_now = format(line.value, "f")
            for question in outcome.questions:
                self.add_error("value", ValidationError(question.words, question.code))
            return
        if outcome.result == Result.ALREADY and outcome.existing is not None:
            self.corrects_now = str(outcome.existing.id or "")
        field = "read_on" if outcome.code in _OF_THE_DAY else "value"
        self.add_error(field, ValidationError(outcome.words, outcome.code))


class LateWindowForm(forms.ModelForm):
    """Open a window from now on, for a building or for one meter."""

    period = MonthField(label=capfirst(_("period")), help_text=_("The month that is declared late."))
    last_day = DayField(label=_("Last day"))

    class Meta:
        model = LateWindow
        fields = ("building", "meter", "period")

    # Which field a refusal of the rule belongs to.
    _fields_of: ClassVar[dict[str, str]] = {"not_closed_yet": "period"}

    def clean(self) -> dict[str, Any]:
        """Refuse what the rule would refuse; which place it is for is said along with other mistakes."""
        cleaned = super().clean() or self.cleaned_data
        is_one_wrong = bool({"building", "meter"} & set(self.errors))
        if not is_one_wrong and bool(cleaned.get("building")) == bool(cleaned.get("meter")):
            words = _("Choose a building or a meter, one of the two.")
            self.add_error("building", ValidationError(words, "one_of_both"))
        if self.errors:
            return cleaned
        cleaned["opens_at"] = timezone.now()
        cleaned["ends_at"] = midnight(cleaned["last_day"] + timedelta(days=1))
        moments = {name: cleaned[name] for name in ("period", "opens_at", "ends_at", "building", "meter")}
        try:
            check(**moments)
        except ValidationError as refused:
            self.add_error(self._fields_of.get(refused.code or "", "last_day"), refused)
        return cleaned

    def _post_clean(self) -> None:
        """Leave what the table would refuse to the rule: Django's own words would be a constraint's name."""
        super()._post_clean()  # type: ignore[misc]
        self.errors.pop(NON_FIELD_ERRORS, None)


class ReadingCaseForm(forms.ModelForm):
    """Take a reading that was sent to be checked, or refuse it with a reason."""

    TAKE, REFUSE = ReadingCase.Outcome.TAKEN, ReadingCase.Outcome.REFUSED
    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (TAKE.value, _("Take the reading as it was sent")),
            (REFUSE.value, _("Refuse; the person sees the reason")),
        ],
        widget=forms.RadioSelect,
    )

    class Meta:
        model = ReadingCase
        fields = ("reason",)

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where the person is to read one."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("verdict") == self.REFUSE and not str(cleaned.get("reason", "")).strip():
            self.add_error(
                "reason", ValidationError(_("Write the reason, it is shown to the person."), "reason_missing")
            )
        return cleaned


class ExportForm(forms.Form):
    """Which month's declared readings go to the accounting system."""

    company = forms.ModelChoiceField(
        label=_("managing company"), queryset=ManagingCompany.objects.none(), empty_label=None
    )
    period = MonthField(label=_("period"))
    file_type = forms.ChoiceField(label=_("File"), choices=[("csv", "CSV"), ("xlsx", "XLSX")])
    since_last = forms.BooleanField(label=_("Only what no earlier export of the month had"), required=False)

    def __init__(self, *args: Any, companies: QuerySet[ManagingCompany], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = companies  # type: ignore[attr-defined]
