"""What support staff type about votes: a draft with its questions, a longer term, a paper ballot, a decision."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from files.documents import Document, checked
from meters.window import midnight
from noticeboard.staff_forms import wrong_staircase
from properties.admin import FormWithConstraints

from . import conflicts, documents
from .models import Conflict, Elector, Option, PaperBallot, Question, Vote, VoteDocument
from .paper import last_day
from .presets import FIELDS, MORE_THAN_HALF, PRESETS, preset_of
from .tally import BLANK
from .wording import answer_words, said

# Parts that are none of the presets.
OWN = "own"
_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)
_LONGEST_OPTION = Option._meta.get_field("text").max_length or 0


class LastDayField(forms.DateField):
    """The last day on which something goes on."""

    widget = AdminDateWidget

    def clean(self, value: Any) -> Any:
        """Return the day, within the centuries that the portal knows."""
        day = super().clean(value)
        if day is not None and not _FIRST <= day <= _LAST:
            raise ValidationError(self.error_messages["invalid"], "invalid")
        return day


class CostField(forms.DecimalField):
    """A sum of money; comma and point are equal, and spaces between thousands are passed over."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def to_python(self, value: Any) -> Any:
        """Return the sum, or nothing."""
        if isinstance(value, str):
            value = "".join(value.split()).replace(",", ".")
        return super().to_python(value)


class DocumentField(forms.FileField):
    """A PDF or a picture; returns what may be kept of it."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the checked document; what it claims to be does not count."""
        upload = super().clean(data, initial)
        return checked(upload) if upload else None


# ── The vote ────────────────────────────────────────────────────────────────────────────────────


class VoteForm(FormWithConstraints):
    """A vote that is being prepared."""

    words: ClassVar[dict[str, Any]] = {
        "vote_closes_after_it_opens": _("The last day cannot be before the opening."),
        "quorum_is_a_part_of_all": _("A part is never more than the whole."),
        "majority_is_a_part": _("A part is never more than the whole."),
        "floor_of_a_majority_is_a_part": _(
            "Give both numbers of the part, or none; it is never more than all."
        ),
        "more_than_all_is_never_asked": _("More than all is never reached."),
        "cost_of_a_vote_is_a_sum": _("The cost cannot be negative."),
    }
    last_day = LastDayField(
        label=_("Last day"), help_text=_("People may vote until midnight at the end of this day.")
    )
    total_cost = CostField(
        label=_("Total cost, €"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    preset = forms.ChoiceField(
        label=_("Quorum and majority"),
        choices=[*((preset.name, preset.label) for preset in PRESETS), (OWN, _("Parts of our own, below"))],
        initial=MORE_THAN_HALF.name,
    )

    class Meta:
        model = Vote
        fields: tuple[str, ...] = (
            "building",
            "staircase",
            "kind",
            "title",
            "description",
            "total_cost",
            "paid_from",
            "opens_at",
            "paper_days",
            *FIELDS,
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            preset = preset_of(self.instance)
            self.initial["preset"] = preset.name if preset else OWN
            self.initial["last_day"] = last_day(self.instance)
        # A preset brings them along; what is only shown has no fields.
        for name in self.fields.keys() & set(FIELDS):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Take the numbers of a preset, and refuse a staircase that is not there and a term that is over."""
        cleaned = super().clean() or self.cleaned_data
        for preset in PRESETS:
            if cleaned.get("preset") == preset.name:
                cleaned.update(preset.numbers)
                for name in FIELDS:
                    self.errors.pop(name, None)
        for name in FIELDS:
            if cleaned.get(name) is None and not name.startswith("floor") and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        building = cleaned.get("building")
        staircase = str(cleaned.get("staircase") or "")
        if building and staircase and (error := wrong_staircase(building, staircase)):
            self.add_error("staircase", error)
        if cleaned.get("last_day"):
            self.instance.closes_at = midnight(cleaned["last_day"] + timedelta(days=1))
        return cleaned


class QuestionForm(forms.ModelForm):
    """A question, with one option a line where it is a choice."""

    options = forms.CharField(
        label=_("options, one a line"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 22}),
        help_text=_("Only of a choice."),
    )

    class Meta:
        model = Question
        fields = ("position", "text", "kind", "options")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["options"] = "\n".join(option.text for option in self.instance.options.all())

    def clean_options(self) -> list[str]:
        """Return the options, each once."""
        lines = [" ".join(line.split()) for line in str(self.cleaned_data["options"]).splitlines()]
        texts = list(dict.fromkeys(line for line in lines if line))
        if any(len(text) > _LONGEST_OPTION for text in texts):
            raise ValidationError(_("An option is too long."), "too_long")
        return texts

    def clean(self) -> dict[str, Any]:
        """Ask for options where there is a choice."""
        cleaned = super().clean() or self.cleaned_data
        is_choice = cleaned.get("kind") == Question.QuestionKind.CHOICE
        if is_choice and len(cleaned.get("options", [])) < 2 and "options" not in self.errors:
            self.add_error(
                "options", ValidationError(_("Write at least two options, one a line."), "few_options")
            )
        if not is_choice:
            cleaned["options"] = []
        return cleaned

    def _save_m2m(self) -> None:
        """Keep the options beside the question: those that stay keep their documents."""
        super()._save_m2m()  # type: ignore[misc]
        texts = self.cleaned_data["options"]
        known = {option.text: option for option in self.instance.options.all()}
        for text, option in known.items():
            if text not in texts:
                option.delete()
        for position, text in enumerate(texts, 1):
            option = known.get(text) or Option(question=self.instance, text=text)
            option.position = position
            option.save()


class VoteDocumentForm(forms.ModelForm):
    """What people should read before they vote."""

    upload = DocumentField(label=_("File"), help_text=_("A PDF or a picture, up to 20 MB."))

    class Meta:
        model = VoteDocument
        fields = ("upload", "option")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["upload"].required = False

    def save(self, commit: bool = True) -> Any:
        """Keep the file that was sent, if one was."""
        if document := self.cleaned_data.get("upload"):
            documents.put(self.instance, document)
        return super().save(commit)


# ── While it is open ────────────────────────────────────────────────────────────────────────────


class ExtensionForm(forms.Form):
    """Let people vote longer."""

    last_day = LastDayField(label=_("New last day"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=_("Everybody sees it, and it stands in the minutes."),
    )

    def __init__(self, *args: Any, until: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_day"].help_text = _("Now it lasts until %(until)s") % {"until": until}

    @property
    def closes_at(self) -> Any:
        """Return the moment at which the new last day ends."""
        return midnight(self.cleaned_data["last_day"] + timedelta(days=1))


class ToldForm(forms.Form):
    """Which premises were told of the vote on paper."""

    electors = forms.ModelMultipleChoiceField(
        label=_("Premises"), queryset=Elector.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    to = forms.CharField(
        label=_("Where the notice was left"), max_length=300, help_text=_("For example: in the letter box.")
    )

    def __init__(self, *args: Any, vote: Vote, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        untold = vote.electors.filter(notices=None)
        self.fields["electors"].queryset = vote.electors.all()  # type: ignore[attr-defined]
        self.initial["electors"] = [elector.pk for elector in untold]


class PaperForm(forms.Form):
    """A ballot on paper, with its scan."""

    elector = forms.ModelChoiceField(label=_("Premises"), queryset=Elector.objects.none())
    received_on = LastDayField(label=_("Received on"))
    scan = DocumentField(label=_("Scan"), help_text=_("A PDF or a picture, up to 20 MB."))

    def __init__(self, *args: Any, vote: Vote, questions: list[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        self.fields["elector"].queryset = vote.electors.all()  # type: ignore[attr-defined]
        self.initial.setdefault("received_on", min(timezone.localdate(), last_day(vote)))
        for question in questions:
            options = {str(option.pk): option.text for option in question.options.all()}
            self.fields[f"answer_{question.pk}"] = forms.ChoiceField(
                label=question.text,
                choices=[
                    (answer, answer_words(answer, options=options))
                    for answer in (*question.asked.answers, BLANK)
                ],
                widget=forms.RadioSelect,
            )

    @property
    def answers(self) -> dict[str, str]:
        """Return the answers by question id."""
        return {str(question.pk): self.cleaned_data[f"answer_{question.pk}"] for question in self.questions}

    @property
    def document(self) -> Document:
        """Return the scan."""
        document: Document = self.cleaned_data["scan"]
        return document


class WithdrawForm(forms.ModelForm):
    """Take back a paper ballot that was entered by mistake."""

    class Meta:
        model = PaperBallot
        fields = ("withdrawn_reason",)
        widgets: ClassVar[dict[str, Any]] = {
            "withdrawn_reason": forms.Textarea(attrs={"rows": 3, "cols": 60})
        }

    def clean_withdrawn_reason(self) -> str:
        """Demand a reason."""
        reason = str(self.cleaned_data["withdrawn_reason"]).strip()
        if not reason:
            raise ValidationError(_("Write the reason, it stands in the minutes."), "reason_missing")
        return reason


class ConflictForm(forms.ModelForm):
    """Say which ballot of the premises counts."""

    verdict = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)

    class Meta:
        model = Conflict
        fields = ("reason",)
        widgets: ClassVar[dict[str, Any]] = {"reason": forms.Textarea(attrs={"rows": 3, "cols": 60})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What is settled is only shown.
        if "reason" in self.fields:
            self.fields["reason"].required = True
            self.fields["verdict"].choices = choices_of(self.instance)  # type: ignore[attr-defined]


NONE = "none"


def choices_of(conflict: Conflict) -> list[tuple[str, Any]]:
    """Return what may be decided of a conflict: each ballot with what it says, or none of them."""
    elector = conflict.elector
    questions = list(elector.vote.questions.prefetch_related("options"))
    found: list[tuple[str, Any]] = []
    ballot = getattr(elector, "ballot", None)
    if ballot is not None:
        words = _("Online, %(name)s: %(answers)s") % {
            "name": ballot.by_name,
            "answers": said(ballot.answers, questions),
        }
        found.append((conflicts.ONLINE, words))
    for paper in elector.paper_ballots.standing():
        words = _("On paper, received %(day)s: %(answers)s") % {
            "day": paper.received_on.isoformat(),
            "answers": said(paper.answers, questions),
        }
        found.append((conflicts.paper_source(paper.pk), words))
    return [*found, (NONE, Conflict.Settled.NONE.label)]
