"""The outbox, for superusers: what went out, what waits and why."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from .models import Letter


@admin.register(Letter)
class LetterAdmin(admin.ModelAdmin):
    list_display = ("kind", "address", "event", "created_at", "sent_at", "dropped_at", "tries")
    list_filter = ("kind",)
    search_fields = ("address", "event")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
