"""What support staff decide about an entry of the bank that the rule could not place."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lithuanian.numbers import parse_decimal
from properties.models import PaymentBook

from .bank_entries import check
from .models import BankEntry, Order

# More payment books than this come in a file of the accounting.
ROWS = range(1, 7)


class AmountField(forms.CharField):
    """Euros and cents; comma and point are equal."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 12})

    def to_python(self, value: Any) -> Any:
        """Return the sum, or nothing where nothing was typed."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_decimal(text.replace("€", ""))
        except ValueError:
            raise ValidationError(_("Write the sum as 12,34."), "not_a_number") from None


class BankEntryForm(forms.ModelForm):
    """Split an entry over payment books, or say why it is no resident's payment.

    The fields of payment books get their choices from the administration, which knows whose entry it is.
    """

    POST, OTHER = "post", "other"
    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (POST, _("Post to payment books")),
            (OTHER, _("Not a resident's payment; write the reason in the note")),
        ],
        widget=forms.RadioSelect,
    )
    book_1 = book_2 = book_3 = book_4 = book_5 = book_6 = forms.ModelChoiceField(
        PaymentBook.objects.none(), label=_("Payment book"), required=False
    )
    amount_1 = amount_2 = amount_3 = amount_4 = amount_5 = amount_6 = AmountField(
        label=_("Amount"), required=False
    )

    class Meta:
        model = BankEntry
        fields = ("note",)

    def clean(self) -> dict[str, Any]:
        """Ask for what the decision needs; of one payment book the sum may be left out."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["note"] = str(cleaned.get("note", "")).strip()
        if cleaned.get("verdict") == self.OTHER and not cleaned["note"]:
            self.add_error("note", _("Write the reason."))
        if cleaned.get("verdict") == self.POST and not self.errors:
            try:
                check(entry=self.instance, parts=self.parts())
            except ValidationError as refused:
                self.add_error(None, refused)
        return cleaned

    def parts(self) -> list[tuple[PaymentBook, Decimal]]:
        """Return the payment books with their sums; raise ValidationError when one of a pair is missing."""
        rows = list(self._rows())
        if len(rows) == 1 and rows[0][0] and rows[0][1] is None:
            return [(rows[0][0], self.instance.amount)]
        found = []
        for book, amount in rows:
            if book is None or amount is None:
                raise ValidationError(_("Each payment book needs its sum."), "half_a_row")
            found.append((book, amount))
        return found

    def _rows(self) -> Iterator[tuple[PaymentBook | None, Decimal | None]]:
        for row in ROWS:
            book, amount = (self.cleaned_data.get(f"{name}_{row}") for name in ("book", "amount"))
            if book is not None or amount is not None:
                yield book, amount


class OrderSettleForm(forms.ModelForm):
    """Decide about a payment through a provider that is not what was ordered, with the reason."""

    PAID, CLOSED = "paid", "closed"
    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (PAID, _("The money came: let it count")),
            (CLOSED, _("Close it: nothing came, or the accounting has posted it")),
        ],
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Order
        fields = ("note",)
        labels = {"note": pgettext_lazy("payment order", "Note")}

    def clean_note(self) -> str:
        """Demand a reason."""
        note = str(self.cleaned_data["note"]).strip()
        if not note:
            raise ValidationError(_("Write the reason."), "no_reason")
        return note
