"""What the pages read from their addresses; what makes no sense is left out."""

import re
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .listing import ANNOUNCEMENTS, DONE, EVERYTHING, PLANNED, Place, Wanted
from .models import BuildingFile

_PLACE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_([aw])_([0-9]{1,18})")


class Pill(NamedTuple):
    """A choice above a list."""

    text: str
    url: str
    is_current: bool


class PlaceField(forms.CharField):
    """Where the page before ended."""

    def to_python(self, value: Any) -> Any:
        """Return the place, or None when the address has none."""
        match = _PLACE.fullmatch(super().to_python(value) or "")
        if match is None:
            return None
        try:
            return Place(date.fromisoformat(match[1]), match[2] == "a", int(match[3]))
        except ValueError as error:
            raise ValidationError("no such day", code="invalid") from error


class NoticesFilter(forms.Form):
    """Which of the announcements and works to show."""

    show = forms.ChoiceField(
        choices=[
            (EVERYTHING, pgettext_lazy("notices", "Everything")),
            (PLANNED, _("Planned works")),
            (DONE, _("Works done")),
            (ANNOUNCEMENTS, _("Announcements")),
        ],
        required=False,
    )
    before = PlaceField(required=False, max_length=40)

    def wanted(self) -> Wanted:
        """Return what is asked for."""
        self.full_clean()
        return Wanted(show=self.cleaned_data.get("show", EVERYTHING), before=self.cleaned_data.get("before"))

    def pills(self) -> list[Pill]:
        """Return the choices above the list."""
        now = self.wanted().show
        choices: Any = self.fields["show"]
        return [Pill(str(text), _address(show=show), show == now) for show, text in choices.choices]

    def addresses(self, following: Place | None) -> dict[str, str]:
        """Return where the newest and, if there are any, the older ones are."""
        show = self.wanted().show
        return {
            "newest": _address(show=show),
            "older": _address(show=show, before=str(following)) if following else "",
        }


def _address(**chosen: str) -> str:
    query = urlencode({name: value for name, value in chosen.items() if value})
    return reverse("noticeboard:list") + (f"?{query}" if query else "")


class FilesFilter(forms.Form):
    """Which papers of a building to show; only kinds and years that there are can be chosen."""

    kind = forms.ChoiceField(label=pgettext_lazy("file of a building", "Kind"), required=False)
    year = forms.ChoiceField(label=_("Year"), required=False)

    def __init__(self, *args: Any, files: list[BuildingFile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._files = files
        kinds = {file.kind for file in files}
        self._choices(
            "kind", _("All kinds"), [each for each in BuildingFile.Kind.choices if each[0] in kinds]
        )
        years = sorted({file.year for file in files}, reverse=True)
        self._choices("year", _("All years"), [(str(year), str(year)) for year in years])

    def _choices(self, name: str, all_of_them: Any, choices: list[tuple[str, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", all_of_them), *choices]

    def chosen(self) -> list[BuildingFile]:
        """Return the papers that are asked for."""
        self.full_clean()
        kind, year = self.cleaned_data.get("kind"), self.cleaned_data.get("year")
        return [
            file
            for file in self._files
            if (not kind or file.kind == kind) and (not year or str(file.year) == year)
        ]

    @property
    def is_narrowed(self) -> bool:
        """Tell whether not everything is asked for."""
        return any(self.cleaned_data.get(name) for name in self.fields)
