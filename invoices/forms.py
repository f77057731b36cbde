"""What the list of invoices reads from its address, and what a person chooses to pay."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lithuanian.numbers import money
from properties.models import ManagingCompany
from properties.objects import OwnObject

from .amounts import ZERO
from .listing import Place
from .models import Invoice
from .orders import AskedAgain, check
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


class PayFilter(forms.Form):
    """Which object, or which of its invoices, the page to pay from is about; all objects unless it says."""

    def __init__(self, *args: Any, books: list[int], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["object"] = forms.TypedChoiceField(
            choices=[(book, book) for book in books], coerce=int, empty_value=None, required=False
        )
        self.fields["invoice"] = forms.ModelChoiceField(
            Invoice.objects.shown_on(today).filter(payment_book__in=books), required=False
        )

    def invoice(self) -> Invoice | None:
        """Return the invoice to pay; only of what is valid."""
        invoice: Invoice | None = self.cleaned_data["invoice"]
        return invoice

    def book(self) -> int | None:
        """Return the book to pay for; only of what is valid."""
        invoice = self.invoice()
        return self.cleaned_data["object"] if invoice is None else invoice.payment_book_id


class OrderForm(forms.Form):
    """Which objects of one company to pay for now and how much of each: all of it unless something else is typed.

    `only_part`: what is left of the invoice that the person came from, by the id of its book. What was shown on
    the page comes back as `shown`, since by then more or less may be owed.
    """

    again = forms.BooleanField(label=gettext_lazy("Yes, pay once more"), required=False)
    # The credit that the question before has told about.
    told = forms.DecimalField(min_value=0, required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        objects: Iterable[tuple[OwnObject, Statement]],
        company: ManagingCompany,
        has_ticks: bool,
        only_part: Mapping[int, Decimal],
    ) -> None:
        super().__init__(data)
        self.statements = {own.book.pk: statement for own, statement in objects}
        self.addresses = {own.book.pk: own.address for own, _statement in objects}
        self.company = company
        self.has_ticks = has_ticks
        # What makes the page ask whether the person is sure, and the ways back to what is unfinished.
        self.questions: list[str] = []
        self.unfinished: list[str] = []
        for name in ("again", "told"):
            self.fields[name].widget.attrs["id"] = f"{name}-{company.pk}"
        for book, statement in self.statements.items():
            if has_ticks:
                self.fields[f"pick-{book}"] = forms.BooleanField(
                    label=self.addresses[book], initial=bool(statement.amount_due), required=False
                )
            amount = only_part.get(book, statement.amount_due)
            self.fields[f"amount-{book}"] = AmountField(
                label=_("Amount to pay now, €"),
                initial=f"{amount:f}".replace(".", ","),
                help_text=whole_debt_words(statement) if amount != statement.amount_due else "",
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
            if self.has_ticks and name in self.errors:
                # The summary lists errors of several objects, each in the same words.
                self.errors[name] = self.error_class(
                    [f"{self.addresses[book]}: {words}" for words in self.errors[name]]
                )
        if not any(self._is_picked(book) for book in self.statements):
            self.add_error(None, ValidationError(_("Choose what to pay for."), "nothing_chosen"))
        return cleaned

    def parts(self) -> dict[int, Decimal]:
        """Return the chosen amounts by the id of the book."""
        return {
            book: self.cleaned_data[f"amount-{book}"] for book in self.statements if self._is_picked(book)
        }

    def rows(self) -> list[tuple[int, str, Any, Any]]:
        """Return each object for the page: its book, its address, its tick where there are several, its amount."""
        return [
            (
                book,
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

    def sure_of(self) -> Decimal | None:
        """Return up to which credit the person agreed to pay once more; None: not asked, or not agreed."""
        return (self.cleaned_data.get("told") or ZERO) if self.cleaned_data["again"] else None

    def ask(self, asked: AskedAgain) -> None:
        """Ask whether the person is sure, as these payments are on their way or have come; untick what was ticked."""
        self.questions = [earlier_words(one, address=self.addresses[one.book]) for one in asked.earlier]
        if asked.credit:
            self.questions.append(credit_words(asked.credit))
        self.unfinished = list(dict.fromkeys(one.number for one in asked.earlier if one.number))
        self.data = {**self.data, "again": "", "told": f"{asked.credit:f}"}
        self.add_error("again", _("Tick that you want to pay once more, or go back."))

    def _is_picked(self, book: int) -> bool:
        return not self.has_ticks or bool(self.cleaned_data.get(f"pick-{book}"))


def whole_debt_words(statement: Statement) -> str:
    """Return what is owed for the object altogether, beside the part of it that is offered."""
    return _("The whole debt for the object: %(amount)s") % {"amount": money(statement.amount_due)}


def credit_words(credit: Decimal) -> str:
    """Return what paying more than is owed leads to."""
    return _("If you pay once more, there will be a credit of %(amount)s.") % {"amount": money(credit)}


class FakePaymentForm(forms.Form):
    """What is pressed on the page that plays a provider."""

    outcome = forms.ChoiceField(choices=[(one.value, one.value) for one in (Outcome.PAID, Outcome.FAILED)])

    def clean_outcome(self) -> Outcome:
        """Return it as providers say it."""
        return Outcome(self.cleaned_data["outcome"])
