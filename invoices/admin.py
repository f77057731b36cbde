"""Invoices, payments and opening balances for support staff: to look at, and to release what is held."""

import json
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lithuanian.numbers import decimal_words, money, round_cents
from properties.admin import BY_BOOK, CompanyScopedAdmin, Rows, ServedCompanies
from properties.search import MOST, MOST_BOOKS, Found, by_ids, in_payment_books

from . import bank_admin, holding, order_admin  # noqa: F401 (these admins register themselves)
from .models import Balance, Invoice, InvoiceRevision, Line, Payment

LONGEST_NUMBER = 50
_CENT = Decimal("0.01")


def find_invoices(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows invoices to a number, by its beginning, or to payment books found by the words."""
    number = term.strip()[:LONGEST_NUMBER]
    written = Q(number__startswith=number)
    if number != number.upper():
        written |= Q(number__startswith=number.upper())
    rows = Invoice.objects.filter(written, managing_company__in=companies)
    numbered = by_ids(rows, field="pk", most=MOST, order=("managing_company_id", "number"))
    return numbered | in_payment_books(term, companies)


def find_payments(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows payments to a bank reference, an invoice number, or to payment books.

    Those that name an invoice are looked for in its own payment book.
    """
    code = term.strip()[:LONGEST_NUMBER]
    referenced = Payment.objects.filter(managing_company__in=companies, bank_reference__startswith=code)
    books = Invoice.objects.filter(managing_company__in=companies, number=code).values_list(
        "payment_book_id", flat=True
    )
    named = Found(Q(payment_book__in=list(books[:MOST_BOOKS]), invoice_number=code))
    order = ("managing_company_id", "bank_reference", "part_no")
    paid = by_ids(referenced, field="pk", most=MOST, order=order)
    return paid | named | in_payment_books(term, companies)


class ReturnForm(forms.ModelForm):
    """Tell the company what is wrong with a held invoice."""

    class Meta:
        model = Invoice
        fields = ("return_reason",)

    def clean_return_reason(self) -> str:
        """Demand a reason."""
        reason = str(self.cleaned_data["return_reason"]).strip()
        if not reason:
            raise ValidationError(
                _("Write what is wrong with it: the company has to mend that."), "no_reason"
            )
        return reason


class LineRows(Rows):
    model = Line
    fields = ("line_no", "service", "used", "price", "made", "vat", "charged")
    readonly_fields = fields

    @admin.display(description=_("quantity × price"))
    def made(self, line: Line) -> str:
        """Return what quantity and price make, and by how much the amount differs."""
        if line.quantity is None or line.unit_price is None:
            return "–"
        product = round_cents(line.quantity * line.unit_price)
        difference = line.amount - product
        if abs(difference) <= Decimal("0.01"):
            return money(product)
        sign = "+" if difference > 0 else ""
        return f"{money(product)} ({sign}{money(difference)})"

    @admin.display(description=_("quantity"))
    def used(self, line: Line) -> str:
        """Return the quantity with its unit."""
        return f"{decimal_words(line.quantity, 0, 6)} {line.unit}" if line.quantity is not None else "–"

    @admin.display(description=_("unit price"))
    def price(self, line: Line) -> str:
        """Return the price of one unit, in euros."""
        return decimal_words(line.unit_price, 4, 6) if line.unit_price is not None else "–"

    @admin.display(description=_("VAT"))
    def vat(self, line: Line) -> str:
        """Return the VAT in the amount."""
        return money(line.vat_amount) if line.vat_amount is not None else "–"

    @admin.display(description=_("amount"))
    def charged(self, line: Line) -> str:
        """Return the amount with VAT."""
        return money(line.amount)


class EarlierRevisions(Rows):
    model = InvoiceRevision
    fields = ("revision", "replaced_at", "said")
    readonly_fields = fields

    @admin.display(description=_("content"))
    def said(self, earlier: InvoiceRevision) -> SafeString:
        """Return what the invoice said then."""
        text = json.dumps(earlier.content, ensure_ascii=False, indent=1, sort_keys=True)
        return format_html("<details><summary>{}</summary><pre>{}</pre></details>", gettext("Show"), text)


@admin.register(Invoice)
class InvoiceAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(find_invoices)
    is_read_by_company = True
    form = ReturnForm
    list_display = (
        "number", "payment_book", "issued_on", "due_on", "charged_sum", "status", "is_held", "returned_at",
    )  # fmt: skip
    list_select_related = ("managing_company", "payment_book")
    list_filter = ("is_held", "status", ("managing_company", ServedCompanies))
    search_help_text = _("Invoice number, payer code in any spelling, name, or street, house and flat")
    actions = ("release",)
    object_actions = ("release",)
    inlines = (LineRows, EarlierRevisions)
    shown = (
        "managing_company",
        "payment_book",
        "number",
        "period",
        "issued_on",
        "due_on",
        "status",
        "is_held",
        "charged_sum",
        "late_interest_sum",
        "opening_balance_sum",
        "received_sum",
        "total_sum",
        "revision",
        "revised_at",
    )
    held_fieldsets = (
        (None, {"fields": shown}),
        (_("Return to the company: it mends the invoice and sends it again"), {"fields": ("return_reason",)}),
    )
    returned_fieldsets = ((None, {"fields": (*shown, "returned_at", "return_reason")}),)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Invoices come in files."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let staff return what is held; all else is as the company sent it."""
        return super().has_change_permission(request, obj) and (obj is None or _waits(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Keep what people were billed."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask what is wrong while the invoice waits."""
        if obj is None or _waits(obj):
            return self.held_fieldsets
        return self.returned_fieldsets if cast("Invoice", obj).returned_at else self.held_fieldsets[:1]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Leave the reason to be written."""
        return self.shown if obj is None or _waits(obj) else (*self.shown, "returned_at", "return_reason")

    def save_model(self, request: HttpRequest, obj: Invoice, form: forms.ModelForm, change: bool) -> None:
        """Return it; somebody else may have released it meanwhile."""
        try:
            holding.give_back(invoice=obj, reason=obj.return_reason, at=timezone.now())
        except ValidationError as problem:
            self.message_user(request, problem.messages[0], messages.WARNING)

    def fits(self, action: str, obj: Invoice) -> bool:
        """Offer to release what is held."""
        return obj.is_held

    @admin.display(description=_("charged"))
    def charged_sum(self, invoice: Invoice) -> str:
        """Return lines and late interest together."""
        return money(invoice.charged)

    @admin.display(description=_("late interest"))
    def late_interest_sum(self, invoice: Invoice) -> str:
        """Return the billed late interest."""
        return money(invoice.late_interest)

    @admin.display(description=_("opening balance"))
    def opening_balance_sum(self, invoice: Invoice) -> str:
        """Return the opening balance printed on the bill."""
        return money(invoice.opening_balance) if invoice.opening_balance is not None else "–"

    @admin.display(description=_("received"))
    def received_sum(self, invoice: Invoice) -> str:
        """Return what the bill says was received."""
        return money(invoice.received) if invoice.received is not None else "–"

    @admin.display(description=_("total"))
    def total_sum(self, invoice: Invoice) -> str:
        """Return the total printed on the bill."""
        return money(invoice.total) if invoice.total is not None else "–"

    @admin.action(permissions=["view"], description=_("Release to residents"))
    def release(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> None:
        """Show held invoices to residents."""
        released = holding.release(invoices=queryset)
        self.log_deed(request, released, gettext("Released to residents."))
        words = ngettext("%(count)d invoice released.", "%(count)d invoices released.", len(released))
        level = messages.SUCCESS if released else messages.WARNING
        self.message_user(request, words % {"count": len(released)}, level)


def _waits(invoice: Model) -> bool:
    """Tell whether an invoice is held and staff have not decided about it."""
    return isinstance(invoice, Invoice) and invoice.is_held and invoice.returned_at is None


@admin.register(Payment)
class PaymentAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(find_payments)
    is_read_only = True
    is_read_by_company = True
    list_display = ("bank_reference", "payment_book", "paid_on", "sum", "invoice_number", "payer_name")
    list_select_related = ("managing_company", "payment_book")
    list_filter = (("managing_company", ServedCompanies),)
    search_help_text = _("Bank reference, invoice number, payer code in any spelling, name, or address")
    fields = (
        "managing_company",
        "payment_book",
        "bank_reference",
        "part_no",
        "paid_on",
        "sum",
        "invoice_number",
        "order_id",
        "payer_name",
        "note",
    )
    readonly_fields = fields

    @admin.display(description=_("amount"))
    def sum(self, payment: Payment) -> str:
        """Return the amount in euros."""
        return money(payment.amount)


@admin.register(Balance)
class BalanceAdmin(CompanyScopedAdmin):
    company_path = "payment_book__managing_company"
    found_by = staticmethod(in_payment_books)
    is_read_only = True
    list_display = ("payment_book", "as_of_on", "sum")
    list_select_related = ("payment_book",)
    list_filter = (("payment_book__managing_company", ServedCompanies),)
    ordering = BY_BOOK
    search_help_text = _("Payer code in any spelling, name, or street, house and flat")
    fields = ("payment_book", "as_of_on", "sum")
    readonly_fields = fields

    @admin.display(description=_("balance"))
    def sum(self, balance: Balance) -> str:
        """Return what was owed (+) or overpaid (−)."""
        return money(balance.amount)
