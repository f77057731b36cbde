"""What people type on „Skaitiklių deklaravimas“."""

import re
from collections.abc import Iterable
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from files.photos import recoded

from .mine import OwnMeter
from .sheet import Entry, Press, Sheet
from .typed import LONGEST, read_value

# A meter's field, its tick and the reading that it corrects: `now-12`, `sure-12`, `seen-12`; `photo-12` for staff.
_NAME = re.compile(r"now-([0-9]{1,18})")
_ID = re.compile(r"[0-9]{1,18}")
# Buttons whose value is a meter.
_OF_ONE = {"declare": Press.ONE, "edit": Press.EDIT, "cancel": Press.CANCEL, "send": Press.SEND}
# What comes back of something that is no reading: enough to be recognised.
_LONGEST_SHOWN = 4 * LONGEST


class DeclareForm:
    """The whole page is one form: a field per meter, and the button that was pressed."""

    def __init__(
        self, data: QueryDict, files: MultiValueDict[str, UploadedFile], *, meters: Iterable[OwnMeter]
    ) -> None:
        self._data = data
        self._files = files
        self._own = {one.pk for one in meters}

    @property
    def is_own(self) -> bool:
        """Tell whether the pressed button is of a meter that this person may declare."""
        _press, meter = self._pressed()
        return meter is None or meter in self._own

    def sheet(self) -> Sheet:
        """Return what was typed and pressed."""
        press, meter = self._pressed()
        named = ((int(match[1]), name) for name in self._data if (match := _NAME.fullmatch(name)))
        typed = {pk: self._text(name) for pk, name in named if (press, pk) != (Press.CANCEL, meter)}
        return Sheet(
            press=press,
            meter=meter,
            entries={pk: self._entry(pk, text) for pk, text in typed.items() if pk in self._own},
            strange=tuple(text for pk, text in typed.items() if text and pk not in self._own),
        )

    def _pressed(self) -> tuple[Press, int | None]:
        for name, press in _OF_ONE.items():
            value = self._data.get(name, "")
            if _ID.fullmatch(value):
                return press, int(value)
        return (Press.ALL if self._data.get("declare") == "all" else Press.CHECK), None

    def _text(self, name: str) -> str:
        return self._data.get(name, "").strip()[:_LONGEST_SHOWN]

    def _entry(self, pk: int, text: str) -> Entry:
        seen = self._data.get(f"seen-{pk}", "")
        corrects = int(seen) if _ID.fullmatch(seen) else None
        if not text:
            return Entry(text="", corrects=corrects)
        try:
            value = read_value(text)
        except ValidationError as error:
            return Entry(text=text, error=error.messages[0], corrects=corrects)
        photo, photo_error = self._photo(pk)
        return Entry(
            text=text,
            value=value,
            confirmed=_number(self._data.get(f"sure-{pk}", "")),
            corrects=corrects,
            photo=photo,
            photo_error=photo_error,
        )

    def _photo(self, pk: int) -> tuple[bytes, str]:
        """Return the photo for staff, or why it is none; only what is sent is worth the work."""
        upload = self._files.get(f"photo-{pk}")
        if upload is None or self._pressed() != (Press.SEND, pk):
            return b"", ""
        try:
            return recoded(upload), ""
        except ValidationError as error:
            return b"", error.messages[0]


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label=_("Photo of the meter"),
        help_text=_("One photo in JPEG, PNG or WebP, up to 15 MB."),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )

    def clean_photo(self) -> bytes:
        """Return the picture anew, without what its file said beside it."""
        return recoded(self.cleaned_data["photo"])


def _number(text: str) -> Decimal | None:
    """Return the value that a tick was set for; anything else confirms nothing."""
    try:
        return read_value(text)
    except ValidationError:
        return None
