"""A ballot as it is filled in on the page."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .mine import Asked
from .wording import answer_words


class AnswerField(forms.ChoiceField):
    """One question; the documents of its options stand below it."""

    widget = forms.RadioSelect

    def __init__(self, *, is_below_address: bool, documents: list[Any], **kwargs: Any) -> None:
        self.is_below_address, self.documents = is_below_address, documents
        wrong = _("Choose one of the answers.")
        super().__init__(error_messages={"required": wrong, "invalid_choice": wrong}, **kwargs)
        self.template_name = "voting/question.html"


class BallotForm(forms.Form):
    """The ballot of some premises; each has names of its own, for one page may hold several."""

    use_required_attribute = False

    def __init__(
        self,
        data: Any = None,
        *,
        elector: int,
        questions: Iterable[Asked],
        hint: str,
        is_below_address: bool,
        standing: Mapping[str, str],
        documents: Mapping[str, Any],
    ) -> None:
        super().__init__(data, prefix=f"ballot{elector}")
        for place, question in enumerate(questions):
            self.fields[f"question{question.pk}"] = AnswerField(
                label=question.text,
                help_text="" if place else hint,
                choices=[
                    (answer, answer_words(answer, options=question.options)) for answer in question.answers
                ],
                initial=standing.get(str(question.pk)),
                is_below_address=is_below_address,
                documents=[documents[option] for option in question.options if option in documents],
            )

    @property
    def answers(self) -> dict[str, str]:
        """Return what was answered, by question, as a ballot keeps it."""
        return {name.removeprefix("question"): answer for name, answer in self.cleaned_data.items()}
