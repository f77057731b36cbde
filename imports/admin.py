"""What was brought in, for superusers: runs of all companies are in one list."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .kinds import all_kinds
from .models import ImportRun


class OfKind(admin.SimpleListFilter):
    """Offers the kinds of files that there are, without looking for them in the runs."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the names of the kinds."""
        return [(name, name) for name in sorted(all_kinds())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportRun]) -> QuerySet[ImportRun]:
        """Narrow to the runs of one kind."""
        return queryset.filter(kind=self.value()) if self.value() in all_kinds() else queryset


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
    list_filter = (OfKind,)
    search_fields = ("company_code", "file_name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
