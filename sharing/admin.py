"""Shares, as the support staff of a company see and end them."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from properties import search
from properties.admin import CompanyScopedAdmin
from properties.models import Access

from . import grants
from .models import Offer, OfferQuerySet


def found_shares(typed: str, companies: frozenset[int]) -> search.Found:
    """Find shares by the payment book that is shared, its holder, or the other person's whole email."""
    books = search.in_payment_books(typed, companies)
    holders = Access.objects.filter(books.rows, granted_by__isnull=True)
    shared = search.by_ids(holders, field="granted_by", most=search.MOST)
    return shared | search.Found(Q(email=typed.strip().lower()[:254]), books.is_cut)


class ShareState(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("in_force", _("In force")), ("waiting", _("Waits for an answer"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Offer]) -> QuerySet[Offer]:
        """Narrow to shares that open something or may be accepted, or to the latter alone."""
        offers, now = cast("OfferQuerySet", queryset), timezone.now()
        if self.value() == "in_force":
            return offers.in_force(at=now)
        return offers.open(at=now) if self.value() == "waiting" else offers


class RevokeForm(forms.ModelForm):
    """End a share; both people get the reason by letter."""

    class Meta:
        model = Offer
        fields = ("reason",)

    def clean_reason(self) -> str:
        """Demand a reason."""
        reason = str(self.cleaned_data["reason"]).strip()
        if not reason:
            raise ValidationError(_("Write the reason: both people get it by letter."), "no_reason")
        return reason


@admin.register(Offer)
class OfferAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(found_shares)
    is_read_by_company = True
    form = RevokeForm
    list_display = ("payment_book", "holder", "email", "scope", "state", "offered_at", "until_on")
    list_select_related = (
        "granted_by__person",
        "granted_by__payment_book",
        "access__person",
        "access__granted_by",
        "revoked_by",
    )
    list_filter = (ShareState, "scope")
    ordering = ("-offered_at", "-id")
    search_help_text = _(
        "Payer code in any spelling, name, or street, house and flat; the guest's whole email"
    )
    shown = (
        "payment_book",
        "holder",
        "email",
        "guest",
        "scope",
        "until_on",
        "state",
        "offered_at",
        "expires_at",
        "answered_at",
    )
    fieldsets = (
        (None, {"fields": shown}),
        (_("End the share: both people get the reason by letter"), {"fields": ("reason",)}),
    )
    ended_fieldsets = ((None, {"fields": (*shown, "revoked_by", "reason")}),)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only a holder shares."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let staff end what is in force; what has ended stays as it was."""
        return super().has_change_permission(request, obj) and (obj is None or _is_in_force(obj))

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask for the reason while there is something to end."""
        return self.fieldsets if obj is None or _is_in_force(obj) else self.ended_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Leave the reason to be written."""
        return self.shown if obj is None or _is_in_force(obj) else (*self.shown, "revoked_by", "reason")

    def save_model(self, request: HttpRequest, obj: Offer, form: forms.ModelForm, change: bool) -> None:
        """End the share; somebody else may have been faster."""
        if not grants.revoke(offer=obj, by=request.user, at=timezone.now(), reason=obj.reason):
            self.message_user(request, _("This share had ended already."), messages.WARNING)

    @admin.display(description=_("payment book"))
    def payment_book(self, offer: Offer) -> str:
        """Return the book that is shared."""
        return str(offer.granted_by.payment_book)

    @admin.display(description=_("Holder"))
    def holder(self, offer: Offer) -> str:
        """Return who shares it."""
        return str(offer.granted_by.person)

    @admin.display(description=_("Guest"))
    def guest(self, offer: Offer) -> str:
        """Return who accepted it."""
        return str(offer.access.person) if offer.access else ""

    @admin.display(description=_("state"))
    def state(self, offer: Offer) -> str:
        """Return what has become of the offer; guests end with their holder."""
        if offer.answer and offer.answer != Offer.Answer.ACCEPTED:
            return str(offer.get_answer_display())
        if offer.access and offer.access.ends_at and offer.access.ends_at <= timezone.now():
            return gettext("Ended")
        if offer.granted_by.ends_at and offer.granted_by.ends_at <= timezone.now():
            return gettext("Ended with its holder")
        if not offer.answer and offer.expires_at <= timezone.now():
            return str(Offer.Answer.LAPSED.label)
        return gettext("In force") if offer.answer else gettext("Waits for an answer")


def _is_in_force(offer: Model) -> bool:
    rows: OfferQuerySet = Offer.objects.in_force(at=timezone.now())
    return rows.filter(pk=offer.pk).exists()
