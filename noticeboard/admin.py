"""Announcements, works and files of buildings, as the support staff of a company write them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import ManyToManyField, Model, Q, QuerySet
from django.forms.models import ModelMultipleChoiceField
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from properties import search
from properties.admin import CompanyScopedAdmin, Rows, ServedCompanies, choices_for
from properties.models import Building
from properties.search import Found

from . import announcing
from .models import Announcement, Attachment, BuildingFile, Work
from .reach import reach_of
from .staff_forms import AnnouncementForm, AttachmentForm, BuildingFileForm, DocumentForm, WorkForm
from .wording import file_words, reach_words

_LONGEST_TERM = 100
_FOUND_BY = _("Words of the title, or street and house")


def found(typed: str, companies: frozenset[int]) -> Found:
    """Find what is of a building, or called so."""
    buildings = search.buildings(typed, companies)
    own = Building.objects.filter(buildings.rows, managing_company__in=companies)
    at_address = search.by_ids(own, field="building", most=search.MOST)
    return at_address | Found(Q(title__icontains=typed.strip()[:_LONGEST_TERM]), buildings.is_cut)


class AutocompleteOfManyIds(AutocompleteSelectMultiple):
    """Draw choices again after an error; what was sent in their place may be anything."""

    @property
    def media(self) -> forms.Media:
        """Name the box in which one types, after it is drawn."""
        after = ["admin/js/jquery.init.js", "admin/js/autocomplete.js"]
        return super().media + forms.Media(js=[*after, "js/chosen_many.js"])

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        """Return the chosen options; what is no id has none."""
        ids = [one for one in value if one.isascii() and one.isdigit()]
        return super().optgroups(name, ids, attrs)


def _link(address: str, row: Attachment | BuildingFile) -> SafeString:
    words = file_words(row.name, row.content_type, row.size)
    return format_html('<a href="{}">{}</a>', reverse(address, args=[row.pk]), words)


# ── Attachments ─────────────────────────────────────────────────────────────────────────────────


class AttachmentRows(Rows):
    model = Attachment
    # One below the other: side by side they are wider than most windows.
    template = "admin/edit_inline/stacked.html"
    readonly_fields = ("opened",)
    can_delete = True
    max_num = 30

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    @admin.display(description=_("kept file"))
    def opened(self, row: Attachment) -> SafeString | str:
        """Return a link to what is kept."""
        return _link("noticeboard:file", row) if row.pk else ""


class RowsOfAnnouncement(AttachmentRows):
    form = DocumentForm
    fields = ("title", "upload", "opened")


class RowsOfWork(AttachmentRows):
    form = AttachmentForm
    fields = ("kind", "title", "upload", "opened")


OF_THE_LETTERS = {"letters_upto", "letters_made_at", "stopped_at"}


class PublishedAdmin(CompanyScopedAdmin):
    """What is a draft until it is published, and is remembered to have changed afterwards."""

    company_path = "managing_company"
    found_by = staticmethod(found)
    search_help_text = _FOUND_BY
    ordering = ("-id",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name both boxes of a moment, which Django leaves without a label."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.SplitDateTimeField):
            for box in field.widget.widgets:
                box.attrs["aria-label"] = str(field.label)
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        """Save it, and note when what had been published says something else.

        How far the letters are is left alone: they may have been made or stopped while a file was read in.
        """
        if not change:
            super().save_model(request, obj, form, change)
            return
        if form.changed_data:
            self._note_change(obj)
        names = {field.name for field in obj._meta.concrete_fields if not field.primary_key}
        obj.save(update_fields=names - OF_THE_LETTERS)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save what is attached; that too is something else said."""
        super().save_related(request, form, formsets, change)
        if change and any(formset.has_changed() for formset in formsets):
            self._note_change(form.instance)
            form.instance.save(update_fields=["changed_at", "known_on"])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete one after another: files leave with their rows."""
        for row in queryset:
            row.delete()

    def _note_change(self, obj: Any) -> None:
        now = timezone.now()
        if obj.published_at and obj.published_at <= now:
            obj.changed_at = now

    def fits(self, action: str, obj: Any) -> bool:
        """Offer to publish a draft."""
        return action != "publish" or obj.published_at is None

    @admin.action(permissions=["view"], description=_("Publish now"))
    def publish(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Show drafts to residents from now on."""
        rows = list(queryset.filter(published_at__isnull=True))
        for row in rows:
            row.published_at = timezone.now()
            row.save(update_fields=["published_at", "day", "known_on"])
        self.log_deed(request, rows, gettext("Published."))
        words = ngettext("%(count)d published.", "%(count)d published.", len(rows))
        self.message_user(
            request, words % {"count": len(rows)}, messages.SUCCESS if rows else messages.WARNING
        )


# ── Announcements ───────────────────────────────────────────────────────────────────────────────


@admin.register(Announcement)
class AnnouncementAdmin(PublishedAdmin):
    form = AnnouncementForm
    list_display = ("title", "audience", "building", "published_at", "is_important", "letters")
    list_select_related = ("building", "managing_company")
    list_filter = (("managing_company", ServedCompanies), "audience", "is_important")
    autocomplete_fields = ("building", "properties")
    inlines = (RowsOfAnnouncement,)
    actions = ("publish", "stop_letters")
    object_actions = ("publish", "stop_letters")
    fieldsets = (
        (
            _("For whom"),
            {"fields": ("managing_company", "audience", "building", "staircase", "properties", "reach")},
        ),
        (None, {"fields": ("title", "text")}),
        (
            _("Publishing"),
            {"fields": ("published_at", "is_important", "important_until", "sends_letters", "letters")},
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Keep an announcement with its company."""
        return ("reach", "letters", "managing_company") if obj else ("reach", "letters")

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        """Offer and accept only what the person sees."""
        kwargs["widget"] = AutocompleteOfManyIds(db_field, self.admin_site)
        kwargs["queryset"] = choices_for(request, self, db_field)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def fits(self, action: str, obj: Announcement) -> bool:
        """Offer to stop letters that may still go."""
        is_going = obj.sends_letters and obj.stopped_at is None and obj.published_at is not None
        return is_going if action == "stop_letters" else super().fits(action, obj)

    @admin.display(description=_("is told to"))
    def reach(self, row: Announcement) -> str:
        """Return how many premises and people it is told to."""
        if not row.pk:
            return gettext("Save it as a draft to see how many premises and people it is told to.")
        told = reach_of(announcement=row, at=timezone.now())
        return reach_words(premises=told.premises, people=told.people)

    @admin.display(description=_("letters"))
    def letters(self, row: Announcement) -> str:
        """Return how far the letters are."""
        if not row.sends_letters:
            return gettext("Not sent")
        if row.stopped_at:
            return gettext("Stopped %(when)s") % {"when": localize(timezone.localtime(row.stopped_at))}
        if row.letters_made_at:
            return gettext("Made, they go one after another")
        return gettext("Go as soon as it is published") if row.published_at is None else gettext("Being made")

    @admin.action(permissions=["view"], description=_("Stop sending"))
    def stop_letters(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        """Let no more letters of these announcements go."""
        rows = [row for row in queryset if self.fits("stop_letters", row)]
        stopped = sum(announcing.stop(announcement=row, at=timezone.now()) for row in rows)
        self.log_deed(request, rows, gettext("Letters stopped."))
        words = ngettext("%(count)d letter will not go.", "%(count)d letters will not go.", stopped)
        self.message_user(request, words % {"count": stopped}, messages.SUCCESS if rows else messages.WARNING)


# ── Works ───────────────────────────────────────────────────────────────────────────────────────


@admin.register(Work)
class WorkAdmin(PublishedAdmin):
    form = WorkForm
    list_display = ("title", "building", "staircase", "state", "starts_on", "published_at", "is_important")
    list_select_related = ("building", "managing_company")
    list_filter = (("managing_company", ServedCompanies), "state", "kind")
    autocomplete_fields = ("building",)
    inlines = (RowsOfWork,)
    actions = ("publish",)
    object_actions = ("publish",)
    fieldsets = (
        (None, {"fields": ("building", "staircase", "title", "description", "kind", "state")}),
        (_("When"), {"fields": ("starts_on", "ends_on", "from_time", "until_time")}),
        (_("Cost and who pays"), {"fields": ("cost", "paid_from", "paying_words")}),
        (_("Who does it"), {"fields": ("contractor", "contact_name", "contact_phone")}),
        (_("Publishing"), {"fields": ("published_at", "is_important", "important_until")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Keep a work in its building."""
        return ("building",) if obj else ()


# ── Files of buildings ──────────────────────────────────────────────────────────────────────────


@admin.register(BuildingFile)
class BuildingFileAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(found)
    search_help_text = _FOUND_BY
    form = BuildingFileForm
    list_display = ("title", "kind", "year", "building", "added_on")
    list_select_related = ("building", "managing_company")
    list_filter = (("managing_company", ServedCompanies), "kind")
    ordering = ("-id",)
    autocomplete_fields = ("building",)
    fields = ("building", "kind", "year", "title", "upload", "opened")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Keep a file with its building."""
        return ("building", "opened") if obj else ("opened",)

    @admin.display(description=_("kept file"))
    def opened(self, row: BuildingFile) -> SafeString | str:
        """Return a link to what is kept."""
        return _link("noticeboard:building_file", row) if row.pk else ""

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete one after another: files leave with their rows."""
        for row in queryset:
            row.delete()

    def save_model(
        self, request: HttpRequest, obj: BuildingFile, form: forms.ModelForm, change: bool
    ) -> None:
        """Save it; another file in its place was not there before."""
        if not change or "upload" in form.changed_data:
            obj.added_on = timezone.localdate()
        super().save_model(request, obj, form, change)
