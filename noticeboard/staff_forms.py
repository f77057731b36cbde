"""What staff write about a building, and the files they attach to it."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from files.documents import JPEG, Document, checked, named
from files.photos import recoded
from lithuanian.numbers import parse_decimal
from properties.admin import FormWithConstraints
from properties.models import Building, Property

from .models import Announcement, Attachment, BuildingFile, Work

_PUBLISHED = {"published_at": _("Empty: a draft that staff alone see. A moment to come: shown from then on.")}


class AnnouncementForm(FormWithConstraints):
    """An announcement names its company, and what of it is told: what does not apply is left out."""

    words: ClassVar[dict[str, Any]] = {
        "announcement_names_its_audience": _("Choose for which building, staircase or premises this is."),
        "important_announcement_says_until_when": _("Say until when it stays on the main window."),
    }

    class Meta:
        model = Announcement
        help_texts = _PUBLISHED
        fields: tuple[str, ...] = (
            "managing_company",
            "audience",
            "building",
            "staircase",
            "properties",
            "title",
            "text",
            "is_important",
            "important_until",
            "published_at",
            "sends_letters",
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a building of another company, a staircase that is not there and flats of another building."""
        cleaned = super().clean() or self.cleaned_data
        audience, kinds = cleaned.get("audience"), Announcement.Audience
        if audience == kinds.COMPANY:
            cleaned["building"] = None
        if audience != kinds.STAIRCASE:
            cleaned["staircase"] = ""
        if audience != kinds.PREMISES:
            cleaned["properties"] = Property.objects.none()
        building: Building | None = cleaned.get("building")
        if building is None:
            if audience and audience != kinds.COMPANY and "building" not in self.errors:
                self.add_error("building", _("Choose the building."))
            return cleaned
        chosen = cleaned.get("managing_company")
        company = chosen.pk if chosen else self.instance.managing_company_id
        if company and building.managing_company_id != company:
            self.add_error("building", _("This building belongs to another company."))
        if audience == kinds.STAIRCASE and "staircase" in cleaned:
            self._check_staircase(building, cleaned["staircase"])
        if audience == kinds.PREMISES and "properties" in cleaned:
            self._check_premises(building, list(cleaned["properties"]))
        return cleaned

    def _check_staircase(self, building: Building, staircase: str) -> None:
        if error := wrong_staircase(building, staircase):
            self.add_error("staircase", error)

    def _check_premises(self, building: Building, premises: list[Property]) -> None:
        if not premises:
            self.add_error("properties", _("Choose the premises."))
        elif any(place.building_id != building.pk for place in premises):
            self.add_error("properties", _("These premises are of another building."))


def wrong_staircase(building: Building, staircase: str) -> Any:
    """Return what is wrong with a staircase of a building; nothing when some of its premises are there."""
    known = set(building.properties.exclude(staircase="").values_list("staircase", flat=True))
    if staircase.strip() in known:
        return ""
    if not known:
        return _("No staircases of this building are known.")
    return _("There is no such staircase. Known ones: %(known)s.") % {"known": ", ".join(sorted(known))}


class CostField(forms.DecimalField):
    """Euros as people write them: the comma and the point mean the same, and never thousands."""

    def __init__(self) -> None:
        super().__init__(
            label=capfirst(_("cost, €")),
            required=False,
            max_digits=10,
            decimal_places=2,
            localize=True,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )

    def to_python(self, value: Any) -> Any:
        """Return the number, or nothing."""
        try:
            return parse_decimal(str(value)) if value not in self.empty_values else None
        except ValueError as error:
            raise ValidationError(
                _("Write the cost in euros, for example 240,00."), "not_a_number"
            ) from error


class WorkForm(FormWithConstraints):
    """A work of one building."""

    cost = CostField()

    words: ClassVar[dict[str, Any]] = {
        "work_ends_after_it_starts": _("The last day cannot be before the first."),
        "work_has_both_hours_or_none": _("Give both hours, the later one last, and the day."),
        "cost_of_a_work_is_not_negative": _("The cost cannot be negative."),
        "important_work_says_until_when": _("Say until when it stays on the main window."),
    }

    class Meta:
        model = Work
        help_texts = _PUBLISHED
        fields: tuple[str, ...] = (
            "building",
            "staircase",
            "title",
            "description",
            "kind",
            "state",
            "starts_on",
            "ends_on",
            "from_time",
            "until_time",
            "cost",
            "paid_from",
            "paying_words",
            "contractor",
            "contact_name",
            "contact_phone",
            "is_important",
            "important_until",
            "published_at",
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a staircase that is not there."""
        cleaned = super().clean() or self.cleaned_data
        building = cleaned.get("building") or (self.instance.building if self.instance.pk else None)
        staircase = str(cleaned.get("staircase") or "")
        if building and staircase and (error := wrong_staircase(building, staircase)):
            self.add_error("staircase", error)
        return cleaned


# ── Files ───────────────────────────────────────────────────────────────────────────────────────


def put(kept: Attachment | BuildingFile, document: Document) -> None:
    """Keep a checked file in its row."""
    kept.file = document.stored()
    kept.name = document.name
    kept.content_type = document.content_type
    kept.size = len(document.content)


class UploadForm(forms.ModelForm):
    """A row with a file, which is taken only as what it is; without another file the old one stays."""

    upload = forms.FileField(label=_("File"), required=False)

    def clean_upload(self) -> Any:
        """Keep the file when it is one that may be kept; ask for it in a new row."""
        upload = self.cleaned_data.get("upload")
        if upload:
            put(self.instance, self.document_of(upload))
        elif not self.instance.file:
            raise ValidationError(_("Choose a file."), "required")
        return upload

    def document_of(self, upload: Any) -> Document:
        """Return what is kept of the file."""
        return checked(upload)


class DocumentForm(UploadForm):
    class Meta:
        model = Attachment
        fields = ("title",)


class AttachmentForm(UploadForm):
    class Meta:
        model = Attachment
        fields = ("kind", "title")

    def document_of(self, upload: Any) -> Document:
        """Take photos of a work as pictures alone."""
        if self.cleaned_data.get("kind") not in (Attachment.Kind.BEFORE, Attachment.Kind.AFTER):
            return checked(upload)
        return Document(name=named(upload.name, JPEG), content_type=JPEG, content=recoded(upload))

    def clean(self) -> dict[str, Any]:
        """Refuse to call a document a photo afterwards."""
        cleaned = super().clean() or self.cleaned_data
        is_photo = cleaned.get("kind") in (Attachment.Kind.BEFORE, Attachment.Kind.AFTER)
        if is_photo and self.instance.content_type not in ("", JPEG):
            self.add_error("kind", _("This file is no photo."))
        return cleaned


class BuildingFileForm(FormWithConstraints, UploadForm):
    words: ClassVar[dict[str, Any]] = {}

    class Meta:
        model = BuildingFile
        fields = ("building", "kind", "year", "title")
