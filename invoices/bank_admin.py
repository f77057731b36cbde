"""Entries of the bank for support staff: what waits first, each settled by hand and once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lithuanian.numbers import money
from properties.admin import AutocompleteOfIds, CompanyScopedAdmin, ServedCompanies, choices_for
from properties.search import MOST, Found, by_ids

from . import bank_entries
from .models import BankEntry, Payment
from .staff_forms import ROWS, BankEntryForm

_LONGEST_TERM, _LONGEST_REASON = 100, 200


def find_bank_entries(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows entries to a bank reference, by its beginning, or waiting ones to words of theirs."""
    words = term.strip()[:_LONGEST_TERM]
    entries = BankEntry.objects.filter(managing_company__in=companies)
    told = Q(payer_name__icontains=words) | Q(text__icontains=words)
    waiting = entries.filter(told, state=BankEntry.State.WAITING)
    referenced = entries.filter(bank_reference__startswith=words)
    return by_ids(referenced, field="pk", most=MOST) | by_ids(waiting, field="pk", most=MOST)


class EntryState(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices; what waits is what is shown first."""
        return [("settled", pgettext_lazy("bank entry", "Settled")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        """Call what is shown first by its name, instead of "All"."""
        first, *rest = super().choices(changelist)
        return [{**first, "display": pgettext("bank entry", "Waiting")}, *rest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BankEntry]) -> QuerySet[BankEntry]:
        """Narrow to entries that wait, unless others are asked for."""
        if self.value() == "all":
            return queryset
        waiting = Q(state=BankEntry.State.WAITING)
        return queryset.filter(~waiting if self.value() == "settled" else waiting)


@admin.register(BankEntry)
class BankEntryAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(find_bank_entries)
    is_read_by_company = True
    form = BankEntryForm
    list_display = ("booked", "sum", "payer_name", "text", "why", "state", "managing_company")
    list_select_related = ("managing_company", "settled_by")
    list_filter = (EntryState, ("managing_company", ServedCompanies))
    search_help_text = _("Bank reference; of waiting ones words of the payer or of the text too")
    ordering = ("-booked_on", "-id")
    told = (
        "managing_company",
        "booked",
        "sum",
        "payer_name",
        "payer_account",
        "text",
        "bank_reference",
        "account",
    )
    decision = tuple((f"book_{row}", f"amount_{row}") for row in ROWS)
    settled = ("state", "found_by", "posted", "note", "settled_at", "settled_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Entries come from the bank."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Money is not deleted, and a statement that comes again has to know what came."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What is settled stays settled; the accounting corrects it with a payment of its own."""
        is_settled = isinstance(obj, BankEntry) and obj.state != BankEntry.State.WAITING
        return not is_settled and super().has_change_permission(request, obj)

    # The page of one entry

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show what the bank says, and ask for the decision or show it."""
        is_waiting = isinstance(obj, BankEntry) and obj.state == BankEntry.State.WAITING
        decision = ("why", "verdict", *self.decision, "note") if is_waiting else self.settled
        return ((_("What the bank says"), {"fields": self.told}), (_("Decision"), {"fields": decision}))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Leave the decision to be made."""
        is_waiting = isinstance(obj, BankEntry) and obj.state == BankEntry.State.WAITING
        return (*self.told, "why") if is_waiting else (*self.told, *self.settled)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Offer the payment books of the entry's own company."""
        form = super().get_form(request, obj, change, **kwargs)
        payment_book: Any = Payment._meta.get_field("payment_book")
        books = choices_for(request, self, payment_book)
        for row in ROWS:
            if obj is not None and f"book_{row}" in form.base_fields:
                form.base_fields[f"book_{row}"] = forms.ModelChoiceField(
                    books.filter(managing_company=obj.managing_company_id),
                    label=_("Payment book"),
                    required=False,
                    widget=AutocompleteOfIds(payment_book, self.admin_site),
                )
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show an entry or settle it; who comes too late is shown what somebody else decided."""
        if request.method == "POST" and object_id:
            entry: BankEntry = self.get_object(request, unquote(object_id))
            if entry.state != BankEntry.State.WAITING:
                self.message_user(request, gettext("This entry was settled meanwhile."), messages.ERROR)
                return HttpResponseRedirect(request.path)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: BankEntry, form: forms.ModelForm, change: bool) -> None:
        """Carry out the decision; somebody else, or a file, may have been faster."""
        by, at = request.user, timezone.now()
        try:
            if form.cleaned_data["verdict"] == BankEntryForm.POST:
                assert isinstance(form, BankEntryForm)  # noqa: S101 (for the types)
                bank_entries.settle(entry=obj, parts=form.parts(), by=by, at=at)
            else:
                bank_entries.set_aside(entry=obj, note=form.cleaned_data["note"], by=by, at=at)
        except ValidationError as refused:
            vars(request)["is_refused"] = True
            self.message_user(request, " ".join(refused.messages), messages.ERROR)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Say in the history what was decided."""
        if form.cleaned_data["verdict"] == BankEntryForm.OTHER:
            words = gettext("Not a resident's payment: %(reason)s")
            return words % {"reason": form.cleaned_data["note"][:_LONGEST_REASON]}
        listed = "; ".join(f"{book.payer_code} {money(amount)}" for book, amount in form.parts())
        return gettext("Posted: %(parts)s.") % {"parts": listed}

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write down only what was done."""
        return None if vars(request).get("is_refused") else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: BankEntry) -> HttpResponse:
        """Lead back to the entry when somebody was faster."""
        if vars(request).get("is_refused"):
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    # Columns

    @admin.display(description=_("booked"))
    def booked(self, entry: BankEntry) -> str:
        """Return the day as tables have it."""
        return entry.booked_on.isoformat()

    @admin.display(description=_("amount"))
    def sum(self, entry: BankEntry) -> str:
        """Return the amount in euros."""
        return money(entry.amount)

    @admin.display(description=_("why it waits"))
    def why(self, entry: BankEntry) -> str:
        """Return why the rule left it to a person."""
        return str(entry.get_reason_display())

    @admin.display(description=_("payments"))
    def posted(self, entry: BankEntry) -> SafeString | str:
        """Return the payments that came of it, each with its book."""
        payments = Payment.objects.filter(
            managing_company=entry.managing_company_id, bank_reference=entry.bank_reference
        )
        rows = [
            (
                reverse("admin:invoices_payment_change", args=[payment.pk]),
                format_html("{} – {}", payment.payment_book, money(payment.amount)),
            )
            for payment in payments.select_related("payment_book").order_by("part_no")
        ]
        return format_html_join("", '<div><a href="{}">{}</a></div>', rows) or "–"
