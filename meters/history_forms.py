"""What the history of readings reads from its address."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from properties.objects import OwnObject

from .listed import Place, Wanted
from .naming import TYPES

# What narrows the list.
_NAMES = ("type", "object", "from", "to")
_PLACE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_([0-9]{1,18})")
_DAY = re.compile(r"([0-9]{4})[-.,/ ]*([0-9]{1,2})[-.,/ ]*([0-9]{1,2})\.?")
# Nothing was read earlier or will be later; moments beyond have no place in some time zones.
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)


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


class DayField(forms.CharField):
    """A day of a range as people write it; what is none comes back as it was typed."""

    def __init__(self, label: Any) -> None:
        wrong = _("Write the date as 2026-10-31.")
        super().__init__(
            required=False,
            label=label,
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
            error_messages=dict.fromkeys(("invalid", "null_characters_not_allowed"), wrong),
        )

    def clean(self, value: Any) -> date | None:
        """Return the day, brought within the centuries of readings, or None when nothing is given."""
        typed = super().clean(value)
        if not typed:
            return None
        found = _DAY.fullmatch(typed)
        try:
            day = date(*map(int, found.groups())) if found else None
        except ValueError:
            day = None
        if day is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return min(max(day, _FIRST), _LAST)


class HistoryFilter(forms.Form):
    """Which readings to show; what makes no sense is left out, but of dates it is said."""

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
        return {name: value for name in _NAMES if (value := self.cleaned_data.get(name))}

    def typed(self) -> dict[str, Any]:
        """Return the same as it was typed, wrong days too."""
        return {name: value for name in _NAMES if (value := self.data.get(name))}

    @property
    def first_day(self) -> forms.BoundField:
        """Return the field that templates cannot name."""
        return self["from"]

    @property
    def last_day(self) -> forms.BoundField:
        """Return the other end of the range."""
        return self["to"]

    @property
    def wrong_days(self) -> list[forms.BoundField]:
        """Return the ends of the range that are none; without them nothing can be listed."""
        return [self[name] for name in ("from", "to") if name in self.errors]
