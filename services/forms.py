"""What people type when they order, report a fault, ask and answer."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.forms import EmailField, PhoneField, WordsField
from files.photos import recoded
from properties.models import ManagingCompany
from properties.objects import OwnObject

from .models import LONGEST_TEXT, MOST_PHOTOS, Request
from .requests import Place, Told, Wish


def _said_in_two(first: str, second: str) -> SafeString:
    return format_html("{}<small>{}</small>", first, second)


_two_lines: Any = lazy(_said_in_two, SafeString)

DAY_PARTS = [
    ("", _two_lines(_("Any time"), _("as you can"))),
    (Request.DayPart.MORNING.value, _two_lines(_("Morning"), _("8–12 h"))),
    (Request.DayPart.DAY.value, _two_lines(pgettext_lazy("part of the day", "Day"), _("12–16 h"))),
    (Request.DayPart.EVENING.value, _two_lines(_("Evening"), _("16–19 h"))),
]
URGENCIES = [
    (
        Request.Urgency.ORDINARY.value,
        _two_lines(Request.Urgency.ORDINARY.label, _("we answer in 5 working days")),
    ),
    (Request.Urgency.URGENT.value, _two_lines(Request.Urgency.URGENT.label, _("we answer in 1 working day"))),
    (
        Request.Urgency.EMERGENCY.value,
        _two_lines(Request.Urgency.EMERGENCY.label, _("I have called the emergency service already")),
    ),
]


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class PhotosField(forms.FileField):
    """Up to five pictures; the value is what is kept of each."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Photos (optional)"))
        kwargs.setdefault("help_text", _("Up to 5 photos in JPEG, PNG or WebP, up to 15 MB each."))
        super().__init__(required=False, widget=SeveralFiles(attrs={"accept": "image/*"}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return each picture anew, without what its file said beside it."""
        given = data if isinstance(data, list | tuple) else [data]
        uploads = [super(PhotosField, self).clean(one) for one in given if one]
        if len(uploads) > MOST_PHOTOS:
            raise ValidationError(_("Choose at most 5 photos."), code="too_many_photos")
        return [recoded(one) for one in uploads if isinstance(one, UploadedFile)]


class FormKeyField(forms.UUIDField):
    """What tells one press from the next: made with the page, so that it comes back the same when pressed twice."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean(self, value: Any) -> uuid.UUID:
        """Return the page's key, or a new one where there is none that can be read."""
        try:
            return super().clean(value) or uuid.uuid4()
        except ValidationError:
            return uuid.uuid4()


class TextField(forms.CharField):
    def __init__(self, *, rows: int = 4, required_words: Any, **kwargs: Any) -> None:
        kwargs["error_messages"] = {
            "required": required_words,
            "max_length": _("This is too long. Shorten it to 2000 characters."),
        }
        super().__init__(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class ToldForm(forms.Form):
    """Words and photos. What can be typed comes back; photos a browser does not keep, which is said."""

    use_required_attribute = False

    form_key = FormKeyField()

    def _post_clean(self) -> None:
        if self.errors and self.cleaned_data.get("photos"):
            again = ValidationError(_("Choose the photos again: a browser does not keep them."), code="again")
            self.add_error("photos", again)

    def told(self) -> Told:
        """Return what was said."""
        typed = self.cleaned_data
        return Told(text=typed["text"], form_key=typed["form_key"], photos=typed.get("photos") or ())


class PlaceField(forms.TypedChoiceField):
    """For which of one's objects it is: premises of a payment book."""

    def __init__(self) -> None:
        wrong = _("Choose the object from the list.")
        super().__init__(label=_("Object"), error_messages={"required": wrong, "invalid_choice": wrong})

    def offer(self, objects: Iterable[OwnObject]) -> None:
        """Take the objects to choose from."""
        places: dict[str, tuple[Place, str]] = {}
        for own in objects:
            for premises in own.premises:
                key = f"{own.book.pk}-{premises.pk}"
                places[key] = (Place(book=own.book, premises=premises), premises.address)
            if not own.premises:
                places[f"{own.book.pk}-0"] = (Place(book=own.book, premises=None), own.address)
        first = [("", _("Choose the object"))] if len(places) != 1 else []
        self.choices = [*first, *((key, label) for key, (_place, label) in places.items())]
        self.coerce = lambda key: places[key][0]


class _DayField(forms.DateField):
    is_short = True

    def __init__(self) -> None:
        super().__init__(
            label=_("Day (optional)"),
            required=False,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d", "%Y.%m.%d", "%Y %m %d"],
            error_messages={"invalid": _("Write the year, month and day, e.g. 2027-12-31")},
        )


def _part_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("When does it suit you?"), choices=DAY_PARTS, widget=forms.RadioSelect, required=False
    )


class ObjectForm(ToldForm):
    """What an order and a fault have in common."""

    place = PlaceField()
    text = TextField(
        label=_("What has happened?"),
        help_text=_("One or two sentences are enough, e.g. “The kitchen tap drips”."),
        required_words=_("Write in a sentence what has happened or what you need."),
    )
    photos = PhotosField()
    wished_part = _part_field()
    wished_on = _DayField()

    def __init__(self, *args: Any, objects: Iterable[OwnObject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["place"]
        place.offer(objects)

    def wish(self) -> Wish:
        """Return when it would suit."""
        return Wish(part=self.cleaned_data["wished_part"], on=self.cleaned_data["wished_on"])


class OrderForm(ObjectForm):
    field_order = ("place", "text", "photos", "wished_part", "wished_on")


class FaultForm(ObjectForm):
    urgency = forms.ChoiceField(
        label=_("How urgent is it?"),
        choices=URGENCIES,
        widget=forms.RadioSelect,
        initial=Request.Urgency.ORDINARY,
        error_messages={
            "required": _("Choose how urgent it is."),
            "invalid_choice": _("Choose how urgent it is."),
        },
    )
    field_order = ("urgency", "place", "text", "photos", "wished_part", "wished_on")


class ContactForm(ToldForm):
    """A question of who is signed in: who asks is known."""

    company = forms.ModelChoiceField(
        label=_("Managing company"),
        queryset=ManagingCompany.objects.all(),
        empty_label=_("Choose the company"),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Choose the company that looks after your building.")
        ),
    )
    text = TextField(
        label=_("Your question"), rows=6, required_words=_("Write what you would like to ask or tell.")
    )
    photos: Any = PhotosField()


class _OptionalPhoneField(PhoneField):
    def clean(self, value: Any) -> str:
        """Return the number, or nothing when none is given."""
        return super().clean(value) if str(value or "").strip() else ""


class SenderForm(ContactForm):
    """A question of somebody without an account."""

    name = WordsField(
        label=_("First and last name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={
            "required": _("Write your name."),
            "max_length": _("This is too long. Shorten it."),
        },
    )
    email = EmailField(help_text=_("The answer comes to this address."))
    phone = _OptionalPhoneField(
        label=_("Phone number (optional)"), help_text=_("Start with +370, e.g. +37060000000."), required=False
    )
    photos = None
    # People do not see it; what fills in every field gives itself away.
    website = forms.CharField(required=False, label=_("Leave this field empty"), max_length=500)
    field_order = ("company", "name", "email", "phone", "text")

    @property
    def is_of_a_machine(self) -> bool:
        """Tell whether the field was filled in that nobody sees."""
        return bool(self.data.get("website"))


class ReplyForm(ToldForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_reply_%s", **kwargs})

    text = TextField(label=_("Your message"), rows=3, required_words=_("Write the message."))
    photos = PhotosField()


class PressForm(forms.Form):
    """A button that needs no words."""

    use_required_attribute = False
    default_auto_id = "id_press_%s"

    form_key = FormKeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": self.default_auto_id, **kwargs})


class TimeForm(PressForm):
    default_auto_id = "id_time_%s"

    wished_part = _part_field()
    wished_on = _DayField()

    def clean(self) -> dict[str, Any]:
        """Demand a part of the day or a day."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("wished_part") and not cleaned.get("wished_on"):
            self.add_error("wished_part", ValidationError(_("Choose a time or a day."), code="nothing"))
        return cleaned

    def wish(self) -> Wish:
        """Return when it would suit instead."""
        return Wish(part=self.cleaned_data["wished_part"], on=self.cleaned_data["wished_on"])
