"""Which letters a person wants."""

from collections.abc import Collection
from typing import Any

from django import forms

from .letters import topics


class ChoicesForm(forms.Form):
    """A tick for every topic, under its name."""

    # Ticks that are not set are not sent: without this an empty request would turn everything off.
    chosen = forms.CharField(widget=forms.HiddenInput, initial="1")

    def __init__(self, *args: Any, refused: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for topic in topics():
            self.fields[topic.name] = forms.BooleanField(
                label=str(topic.label),
                help_text=str(topic.explanation),
                required=False,
                initial=topic.name not in refused,
            )

    @property
    def wanted(self) -> frozenset[str]:
        """Return the topics whose ticks are set."""
        return frozenset(topic.name for topic in topics() if self.cleaned_data[topic.name])
