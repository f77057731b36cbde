"""What the history of readings reads from its address."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from properties.objects import OwnObject

from .history import Place, Wanted
from .naming import TYPES

_PLACE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_([0-9]{1,18})")
# What browsers send first; the others for those that have no calendar of their own.
_DAYS = ["%Y-%m-%d", "%Y.%m.%d", "%Y %m %d", "%Y/%m/%d"]
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)
_NO_DAY = {"invalid": _("Write the date as 2026-10-31.")}


class PlaceField(forms.CharField):
    """Where the page before ended."""

    def to_python(self, value: Any) -> Any:
        """Return the place, or None when the address has none."""
        match = _PLACE.fullmatch(super().to_python(value) or "")
        if match is None:
            return None
        try:
            return Place(date.fromisoformat(match[1]), int(match[2]))
        except ValueError as error:
            raise ValidationError("no such day", code="invalid") from error


class DayField(forms.DateField):
    """A day of a range, in an input of its own kind."""

    def __init__(self, label: Any) -> None:
        attrs = {"type": "date", "aria-label": label}
        super().__init__(
            required=False,
            input_formats=_DAYS,
            label=label,
            widget=forms.DateInput(format="%Y-%m-%d", attrs=attrs),
            error_messages=_NO_DAY,
            validators=[
                MinValueValidator(_FIRST, _NO_DAY["invalid"]),
                MaxValueValidator(_LAST, _NO_DAY["invalid"]),
            ],
        )


class HistoryFilter(forms.Form):
    """Which readings to show; what makes no sense is left out, and of dates it is said."""

    type = forms.ChoiceField(
        label=_("Meter type"),
        choices=[("", _("All types")), *((each.value, each.label) for each in TYPES)],
        required=False,
    )
    before = PlaceField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, objects: dict[int, OwnObject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._books = list(objects)
        self.fields["object"] = forms.TypedChoiceField(
            label=pgettext_lazy("premises", "Object"),
            choices=[("", _("All objects")), *((book, own.address) for book, own in objects.items())],
            coerce=int,
            empty_value=None,
            required=False,
        )
        # „from“ is a word of Python's own.
        self.fields["from"] = DayField(_("Declaration date from"))
        self.fields["to"] = DayField(_("Declaration date to"))

    def clean(self) -> dict[str, Any]:
        """Refuse a range that ends before it begins."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("from"), cleaned.get("to")
        if first and last and last < first:
            self.add_error(
                "to", ValidationError(_("The last day is before the first."), "ends_before_it_begins")
            )
            cleaned["from"] = None
        return cleaned

    @property
    def is_of_strange_object(self) -> bool:
        """Tell whether the address names an object that is not one of this person's."""
        return "object" in self.errors

    def wanted(self, *, whole: bool = False) -> Wanted:
        """Return what is asked for, of one page or `whole`."""
        chosen = self.cleaned_data.get
        book = chosen("object")
        return Wanted(
            books=(book,) if book else tuple(self._books),
            book=book,
            type=chosen("type") or "",
            since=chosen("from"),
            until=chosen("to"),
            before=None if whole else chosen("before"),
        )

    def chosen(self) -> dict[str, Any]:
        """Return what an address needs to narrow another page in the same way."""
        names = ("type", "object", "from", "to")
        return {name: value for name in names if (value := self.cleaned_data.get(name))}

    @property
    def first_day(self) -> forms.BoundField:
        """Return the field that templates cannot name."""
        return self["from"]

    @property
    def last_day(self) -> forms.BoundField:
        """Return the other end of the range."""
        return self["to"]

    @property
    def day_errors(self) -> list[str]:
        """Return what is wrong with the dates, in words."""
        return [str(words) for name in ("from", "to") for words in self.errors.get(name, [])]
