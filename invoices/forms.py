"""What the list of invoices reads from its address."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from .listing import Place

_PLACE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_([0-9]{1,18})")


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


class ListFilter(forms.Form):
    """Which object's and year's invoices to show, and below which one; what makes no sense is left out."""

    year = forms.IntegerField(min_value=1900, max_value=2199, required=False)
    before = PlaceField(required=False, max_length=40)

    def __init__(self, *args: Any, books: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["object"] = forms.TypedChoiceField(
            choices=[(book, book) for book in books], coerce=int, empty_value=None, required=False
        )
