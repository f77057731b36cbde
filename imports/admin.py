"""What was brought in, for superusers: runs of all companies are in one list."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from .models import ImportRun


@admin.register(ImportRun)
class ImportRunAdmin(admin.ModelAdmin):
    list_display = (
        "finished_at",
        "kind",
        "company_code",
        "file_name",
        "created",
        "updated",
        "unchanged",
        "rejected",
        "is_stopped",
    )
    list_filter = ("kind",)
    search_fields = ("company_code", "file_name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
