"""The outbox, for superusers: what went out, what waits and why."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .models import Letter


@admin.register(Letter)
class LetterAdmin(admin.ModelAdmin):
    list_display = ("kind", "address", "event", "created_at", "sent_at", "dropped_at", "tries")
    # A part of an address would be looked for in every letter ever sent.
    search_fields = ("address__startswith",)
    search_help_text = _("The beginning of the address")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
