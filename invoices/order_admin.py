"""Payments through a provider for support staff: to look at, and to settle those that need review."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lithuanian.numbers import money
from properties.admin import CompanyScopedAdmin, Rows, ServedCompanies
from properties.search import MOST, Found, by_ids, in_payment_books

from . import orders
from .models import Order, OrderPart
from .providers import provider_named
from .staff_forms import OrderSettleForm

_LONGEST_NUMBER, _LONGEST_REASON = 20, 200


def find_orders(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows orders to a number, by its beginning, or to those for payment books found by the words."""
    number = term.strip()[:_LONGEST_NUMBER].upper()
    numbered = Order.objects.filter(managing_company__in=companies, number__startswith=number)
    books = in_payment_books(term, companies)
    paid = Order.objects.filter(
        managing_company__in=companies, pk__in=OrderPart.objects.filter(books.rows).values("order")[:MOST]
    )
    return by_ids(numbered, field="pk", most=MOST) | by_ids(paid, field="pk", most=MOST)


class PartRows(Rows):
    model = OrderPart
    fields = ("payment_book", "sum", "counted_on")
    readonly_fields = fields

    @admin.display(description=_("amount"))
    def sum(self, part: OrderPart) -> str:
        """Return the amount in euros."""
        return money(part.amount)


@admin.register(Order)
class OrderAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(find_orders)
    is_read_by_company = True
    form = OrderSettleForm
    list_display = ("number", "sum", "through", "state", "reason", "started_at", "managing_company")
    list_select_related = ("managing_company", "settled_by")
    list_filter = ("state", ("managing_company", ServedCompanies))
    search_help_text = _(
        "Order number, by its beginning; or payer code in any spelling, name, or street, house and flat"
    )
    ordering = ("-started_at", "-id")
    inlines = (PartRows,)
    told = (
        "managing_company",
        "number",
        "sum",
        "through",
        "is_test",
        "state",
        "reason",
        "said",
        "provider_reference",
        "started_at",
        "received_at",
        "changed_at",
    )
    decision = ("verdict", "note")
    settled = ("note", "settled_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Residents start them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Money is not deleted, and a notice that comes again has to find what came."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only what needs review is decided by a person."""
        return super().has_change_permission(request, obj) and (obj is None or _needs_review(obj))

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show what is known, and ask for the decision or show it."""
        decision = self.decision if obj is not None and _needs_review(obj) else self.settled
        return ((None, {"fields": self.told}), (_("Decision"), {"fields": decision}))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Leave the decision to be made."""
        return self.told if obj is not None and _needs_review(obj) else (*self.told, *self.settled)

    def save_model(self, request: HttpRequest, obj: Order, form: forms.ModelForm, change: bool) -> None:
        """Carry out the decision; somebody else, or a file, may have been faster."""
        is_paid = form.cleaned_data["verdict"] == OrderSettleForm.PAID
        try:
            orders.settle(
                order=obj,
                is_paid=is_paid,
                note=form.cleaned_data["note"],
                by=request.user,
                at=timezone.now(),
            )
        except ValidationError as refused:
            vars(request)["is_refused"] = True
            self.message_user(request, " ".join(refused.messages), messages.ERROR)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Say in the history what was decided."""
        is_paid = form.cleaned_data["verdict"] == OrderSettleForm.PAID
        words = (
            gettext("The money counts as received: %(reason)s") if is_paid else gettext("Closed: %(reason)s")
        )
        return words % {"reason": form.cleaned_data["note"][:_LONGEST_REASON]}

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write down only what was done."""
        return None if vars(request).get("is_refused") else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Order) -> HttpResponse:
        """Lead back to the order when somebody was faster."""
        if vars(request).get("is_refused"):
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    @admin.display(description=_("provider"))
    def through(self, order: Order) -> str:
        """Return the provider by its name."""
        provider = provider_named(order.provider)
        return provider.title() if provider else order.provider

    @admin.display(description=_("amount"))
    def sum(self, order: Order) -> str:
        """Return the amount in euros."""
        return money(order.amount)


def _needs_review(order: Model) -> bool:
    return isinstance(order, Order) and order.state == Order.State.NEEDS_REVIEW
