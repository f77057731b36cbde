"""What the list of invoices reads from its address, and what a person chooses to pay."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from properties.objects import OwnObject

from .listing import Place
from .orders import Earlier, check
from .providers.protocol import Outcome
from .staff_forms import AmountField
from .statements import Statement
from .wording import earlier_words

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


class OrderForm(forms.Form):
    """Which objects of one company to pay for now and how much of each: all of it unless something else is typed."""

    again = forms.BooleanField(label=gettext_lazy("Yes, pay once more"), required=False)

    def __init__(
        self, data: Any = None, *, objects: Iterable[tuple[OwnObject, Statement]], company: int
    ) -> None:
        super().__init__(data)
        self.statements = {own.book.pk: statement for own, statement in objects}
        self.addresses = {own.book.pk: own.address for own, _statement in objects}
        self.company = company
        # What makes the page ask whether the person is sure.
        self.questions: list[str] = []
        self.fields["again"].widget.attrs["id"] = f"again-{company}"
        for book, statement in self.statements.items():
            if len(self.statements) > 1:
                self.fields[f"pick-{book}"] = forms.BooleanField(
                    label=self.addresses[book], initial=bool(statement.amount_due), required=False
                )
            self.fields[f"amount-{book}"] = AmountField(
                label=_("Amount to pay now, €"),
                initial=f"{statement.amount_due:f}".replace(".", ","),
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """Compare each chosen amount with what is owed; what is not chosen may hold anything."""
        cleaned = super().clean() or self.cleaned_data
        for book, statement in self.statements.items():
            name = f"amount-{book}"
            if not self._is_picked(book):
                self.errors.pop(name, None)
            elif name not in self.errors:
                try:
                    check(amount=cleaned.get(name) or Decimal(0), statement=statement)
                except ValidationError as refused:
                    self.add_error(name, refused)
        if not any(self._is_picked(book) for book in self.statements):
            self.add_error(None, ValidationError(_("Choose what to pay for."), "nothing_chosen"))
        return cleaned

    def parts(self) -> dict[int, Decimal]:
        """Return the chosen amounts by the id of the book."""
        return {
            book: self.cleaned_data[f"amount-{book}"] for book in self.statements if self._is_picked(book)
        }

    def rows(self) -> list[tuple[str, Any, Any]]:
        """Return each object for the page: its address, its tick where there are several, its amount."""
        return [
            (
                self.addresses[book],
                self[f"pick-{book}"] if f"pick-{book}" in self.fields else None,
                self[f"amount-{book}"],
            )
            for book in self.statements
        ]

    @property
    def asks(self) -> bool:
        """Tell whether the tick is shown: it was asked for, or is set."""
        return self.is_bound and ("again" in self.errors or bool(self.cleaned_data.get("again")))

    def ask(self, earlier: Iterable[Earlier]) -> None:
        """Ask whether the person is sure, as these payments are on their way or have come."""
        self.questions = [earlier_words(one, address=self.addresses[one.book]) for one in earlier]
        self.add_error("again", _("Tick that you want to pay once more, or go back."))

    def _is_picked(self, book: int) -> bool:
        return len(self.statements) == 1 or bool(self.cleaned_data.get(f"pick-{book}"))


class FakePaymentForm(forms.Form):
    """What is pressed on the page that plays a provider."""

    outcome = forms.ChoiceField(choices=[(one.value, one.value) for one in (Outcome.PAID, Outcome.FAILED)])

    def clean_outcome(self) -> Outcome:
        """Return it as providers say it."""
        return Outcome(self.cleaned_data["outcome"])
