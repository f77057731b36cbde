"""Meters and readings for support staff: found, declared on behalf, looked into, handed to accounting."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lithuanian.folding import fold_code
from properties import search
from properties.admin import CompanyScopedAdmin, FormWithConstraints, ServedCompanies
from properties.models import BookPremises, Building, ManagingCompany, PaymentBook
from properties.search import Found

from . import cases, late_windows
from .export import export
from .models import LateWindow, Meter, Reading, ReadingCase
from .readings import declare
from .staff_forms import ExportForm, LateWindowForm, OnBehalfForm, ReadingCaseForm
from .typed import value_words
from .window import days_of, latest_window, month_before, next_month

_LONGEST_SERIAL = 50
_MONTHS_BACK = 13
# Of how many payment books readings are looked for: one flat has a hundred of them.
_MOST_BOOKS = 20
_FOUND_BY = _("Serial number, payer code in any spelling, name, or street, house and flat")


def _staff(request: HttpRequest) -> User:
    """Return who is at work; nobody else comes into the administration."""
    return cast("User", request.user)


# ── Found ───────────────────────────────────────────────────────────────────────────────────────


def _of_serial(term: str, companies: frozenset[int], *, field: str, most: int) -> Found:
    serial = fold_code(term[:_LONGEST_SERIAL])
    if not serial:
        return search.NOTHING
    meters = Meter.objects.filter(managing_company__in=companies, serial_key__startswith=serial)
    return search.by_ids(meters, field=field, most=most, order=("managing_company_id", "serial_key", "pk"))


def find_meters(term: str, companies: frozenset[int], *, meter: str = "") -> Found:
    """Return what narrows meters to a serial number, by its beginning, an address or a payment book.

    With the path to a meter, rows of meters.
    """
    books = search.in_payment_books(term, companies)
    held = BookPremises.objects.filter(books.rows).values_list("property_id", flat=True)
    return (
        _of_serial(term, companies, field=f"{meter}pk", most=search.MOST)
        | search.by_ids(search.premises_found(term, companies), field=f"{meter}property", most=search.MOST)
        | Found(Q(**{f"{meter}property__in": list(held[: search.MOST])}), books.is_cut)
    )


def find_readings(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows readings, or cases, to a meter's serial number or to payment books."""
    of_serial = _of_serial(term, companies, field="meter", most=search.MOST_BOOKS)
    return of_serial | search.in_payment_books(term, companies, most=_MOST_BOOKS)


def find_late_windows(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows late windows to a building's address or a meter."""
    buildings = search.buildings(term, companies).rows
    at_building = Building.objects.filter(buildings, managing_company__in=companies)
    return find_meters(term, companies, meter="meter__") | Found(Q(building__in=at_building.order_by()))


def _months(*, back: int) -> list[date]:
    month = timezone.localdate().replace(day=1)
    found = [month]
    while len(found) < back:
        found.append(month_before(found[-1]))
    return found


class MonthFilter(admin.SimpleListFilter):
    """Offers months, the newest first."""

    months_back = _MONTHS_BACK

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the last months."""
        return [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in _months(back=self.months_back)]

    def month(self) -> date | None:
        """Return what was chosen; anything that is not offered is nothing."""
        return next(
            (month for month in _months(back=self.months_back) if f"{month:%Y-%m}" == self.value()), None
        )


class OfPeriod(MonthFilter):
    title = _("period")
    parameter_name = "period"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to a month's readings."""
        month = self.month()
        return queryset.filter(period=month) if month else queryset


class WithoutReading(MonthFilter):
    """What staff call people about: with an address in the search box, the missing ones of a building.

    This month and the last: of an older one nobody can read the dial any more, and the few that are missing
    among all that came would be looked for through the whole company.
    """

    months_back = 2
    title = _("month without a reading")
    parameter_name = "missing"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Meter]) -> QuerySet[Meter]:
        """Narrow to meters that were there in that month and of which no monthly reading came."""
        month = self.month()
        if month is None:
            return queryset
        came = Reading.objects.current().filter(meter=OuterRef("pk"), period=month, kind=Reading.Kind.MONTHLY)
        # What the meter remembers of its last reading settles most of them without a look at readings. The rest is
        # asked row by row, by a comparison of which the planner expects a third to fit: of NOT EXISTS it expects
        # none, and reads and sorts every meter of the company in place of the first hundred.
        came_or_none = Coalesce(Subquery(came.order_by().values("pk")[:1]), 0)
        return queryset.alias(came=came_or_none).filter(
            ~Q(last_period=month, last_kind=Reading.Kind.MONTHLY),
            Q(came__lt=1),
            Q(installed_on__isnull=True) | Q(installed_on__lt=next_month(month)),
            Q(removed_on__isnull=True) | Q(removed_on__gte=next_month(month)),
        )


class InPlace(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("in_place", pgettext("meters", "In place")), ("removed", pgettext("meters", "Removed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Meter]) -> QuerySet[Meter]:
        """Narrow to meters that are there today, or to those taken out."""
        gone = Q(removed_on__lt=timezone.localdate())
        return {"in_place": queryset.exclude(gone), "removed": queryset.filter(gone)}.get(
            str(self.value()), queryset
        )


class Standing(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("current", pgettext("readings", "Stand")), ("corrected", pgettext("readings", "Corrected"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reading]) -> QuerySet[Reading]:
        """Narrow to readings that stand, or to those in whose place another came."""
        if self.value() not in {"current", "corrected"}:
            return queryset
        return queryset.filter(replaced_at__isnull=self.value() == "current")


# ── Meters ──────────────────────────────────────────────────────────────────────────────────────


@admin.register(Meter)
class MeterAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(find_meters)
    is_read_by_company = True
    form = FormWithConstraints
    list_display = (
        "__str__", "type", "address", "place", "last_reading", "last_on", "verified_until", "is_remote", "declare",
    )  # fmt: skip
    list_select_related = ("property__building", "managing_company")
    list_filter = (WithoutReading, "type", InPlace, "is_remote", ("managing_company", ServedCompanies))
    search_help_text = _FOUND_BY
    ordering = ("serial_key", "id")
    # The rest comes in files, together with the readings that follow from it.
    fields = (
        "property", "type", "serial", "register", "unit", "integer_digits", "decimal_digits", "place",
        "verified_until", "installed_on", "initial_reading", "removed_on", "final_reading", "is_remote",
        "replaces", "last_reading", "last_on",
    )  # fmt: skip
    staff_may_change = ("place", "verified_until")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Leave where the meter hangs and how long its verification lasts."""
        return tuple(name for name in self.fields if name not in self.staff_may_change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Meters come in files."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Add the page on which a reading is declared on behalf."""
        declaring = path(
            "<path:object_id>/declare/",
            self.admin_site.admin_view(self.declare_view),
            name="meters_meter_declare",
        )
        return [declaring, *super().get_urls()]

    def get_links(self, request: HttpRequest, obj: Meter) -> list[tuple[str, str]]:
        """Lead to the readings of this meter and to where one is declared."""
        readings = f"{reverse('admin:meters_reading_changelist')}?q={obj.serial_key}"
        return [
            (gettext("Declare on behalf"), reverse("admin:meters_meter_declare", args=[obj.pk])),
            (str(Reading._meta.verbose_name_plural).capitalize(), readings),
        ]

    def declare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Declare a reading that a person told, in the name of the staff member."""
        meter: Meter = self.get_object(request, unquote(object_id))
        at = timezone.now()
        form = OnBehalfForm(request.POST or None, meter=meter, initial=_usual(meter))
        if form.is_valid():
            [outcome] = declare(lines=[form.line()], by=_staff(request), at=at, source=Reading.Source.STAFF)
            if outcome.is_kept:
                words = gettext("Declared: %(value)s %(unit)s.") % {
                    "value": value_words(outcome.line.value),
                    "unit": meter.unit,
                }
                self.log_deed(request, [meter], words)
                self.message_user(request, words, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:meters_meter_change", args=[meter.pk]))
            form.hear(outcome)
        return TemplateResponse(request, "admin/meters/declare.html", self._page(request, meter, form))

    def _page(self, request: HttpRequest, meter: Meter, form: OnBehalfForm) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Declare on behalf"),
            "subtitle": str(meter),
            "original": meter,
            "form": form,
            "facts": [
                (_("meter type"), meter.get_type_display()),
                (_("address"), meter.property.address),
                (_("place"), meter.place),
                (
                    _("last reading"),
                    " · ".join(filter(None, (self.last_reading(meter), str(meter.last_on or "")))),
                ),
            ],
        }

    @admin.display(description=_("address"))
    def address(self, meter: Meter) -> str:
        """Return where it is."""
        return meter.property.address

    @admin.display(description=_("last reading"))
    def last_reading(self, meter: Meter) -> str:
        """Return the newest reading that stands."""
        return f"{value_words(meter.last_value)} {meter.unit}" if meter.last_value is not None else ""

    @admin.display(description="")
    def declare(self, meter: Meter) -> SafeString:
        """Lead to where a reading is declared."""
        address = reverse("admin:meters_meter_declare", args=[meter.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Declare on behalf"))


def _usual(meter: Meter) -> dict[str, Any]:
    """Return what is most often meant: a reading of today, by who has the premises, for the window's month."""
    at, today = timezone.now(), timezone.localdate()
    days = days_of(company=meter.managing_company, building=meter.property.building)
    books = PaymentBook.objects.filter(
        Q(closed_on__isnull=True) | Q(closed_on__gte=today), book_premises__property=meter.property_id
    )
    return {
        "payment_book": books.order_by("-pk").first(),
        "period": latest_window(days=days, at=at).period,
        "read_on": today.isoformat(),
    }


# ── Readings ────────────────────────────────────────────────────────────────────────────────────


@admin.register(Reading)
class ReadingAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(find_readings)
    is_read_only = True
    is_read_by_company = True
    list_display = (
        "meter", "address", "payer_code", "month", "shown_value", "day", "kind", "source", "is_unusual",
        "is_corrected", "photo_link",
    )  # fmt: skip
    list_select_related = (
        "meter__property__building", "payment_book", "declared_by", "managing_company", "photo",
    )  # fmt: skip
    list_filter = (
        "is_unusual",
        OfPeriod,
        "kind",
        "source",
        Standing,
        ("managing_company", ServedCompanies),
    )
    search_help_text = _FOUND_BY
    # The newest month first, and in it what was read last.
    ordering = ("-period", "-read_on", "-id")
    fields = (
        "meter", "address", "payment_book", "kind", "month", "shown_value", "read_on", "declared_at", "source",
        "declared_by", "is_unusual", "is_rollover", "replaces", "replaced_at", "shown_photo",
    )  # fmt: skip
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        """Add the page of the export."""
        exporting = path(
            "export/", self.admin_site.admin_view(self.export_view), name="meters_reading_export"
        )
        return [exporting, *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Hand a company's declared readings of a month to its accounting system."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        companies = ManagingCompany.objects.staffed_by(request.user).order_by("name")
        form = ExportForm(
            request.POST or None, companies=companies, initial={"period": timezone.localdate().replace(day=1)}
        )
        if form.is_valid():
            return _exported(**form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Export declared readings"),
            "form": form,
        }
        return TemplateResponse(request, "admin/meters/export.html", context)

    @admin.display(description=_("address"))
    def address(self, reading: Reading) -> str:
        """Return where the meter is."""
        return reading.meter.property.address

    @admin.display(description=_("payer code"))
    def payer_code(self, reading: Reading) -> str:
        """Return whose it is."""
        return reading.payment_book.payer_code

    @admin.display(description=_("reading"))
    def shown_value(self, reading: Reading) -> str:
        """Return what the dial showed."""
        return f"{value_words(reading.value)} {reading.meter.unit}"

    @admin.display(description=_("period"))
    def month(self, reading: Reading) -> str:
        """Return the month that it is for."""
        return f"{reading.period:%Y-%m}"

    @admin.display(description=_("read"))
    def day(self, reading: Reading) -> str:
        """Return the day as tables have it."""
        return reading.read_on.isoformat()

    @admin.display(description=_("corrected"), boolean=True)
    def is_corrected(self, reading: Reading) -> bool:
        """Tell whether another reading came in its place."""
        return reading.replaced_at is not None

    @admin.display(description=_("photo"))
    def photo_link(self, reading: Reading) -> SafeString | str:
        """Lead to the photo of the dial."""
        if not hasattr(reading, "photo"):
            return ""
        address = reverse("meters:reading_photo", args=[reading.pk])
        return format_html('<a href="{}">{}</a>', address, pgettext("of a dial", "photo"))

    @admin.display(description=_("photo"))
    def shown_photo(self, reading: Reading) -> SafeString | str:
        """Show the dial beside what was declared."""
        shown = hasattr(reading, "photo")
        return _small(reverse("meters:reading_photo", args=[reading.pk])) if shown else ""


def _small(address: str) -> SafeString:
    words = gettext("Photo of the meter")
    return format_html('<a href="{}"><img src="{}" alt="{}" width="320"></a>', address, address, words)


def _exported(*, company: ManagingCompany, period: date, file_type: str, since_last: bool) -> FileResponse:
    name = f"readings-{company.company_code}-{period:%Y-%m}.{file_type}"
    with TemporaryDirectory() as folder:
        written = Path(folder) / name
        export(company=company, period=period, path=written, at=timezone.now(), since_last=since_last)
        # Sent while it is open; its name is gone when this returns.
        return FileResponse(written.open("rb"), as_attachment=True, filename=name)


# ── Late windows ────────────────────────────────────────────────────────────────────────────────


@admin.register(LateWindow)
class LateWindowAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(find_late_windows)
    form = LateWindowForm
    list_display = ("place", "month", "opens_at", "ends_at", "opened_by", "managing_company")
    list_select_related = ("building", "meter__property__building", "managing_company", "opened_by")
    list_filter = (OfPeriod, ("managing_company", ServedCompanies))
    search_help_text = _FOUND_BY
    autocomplete_fields = ("building", "meter")
    fields = ("place", "month", "opens_at", "ends_at", "opened_by")
    readonly_fields = fields

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What people were told stays; another window may be opened."""
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask for a new one which building or meter, which month and until when."""
        return self.fields if obj else ("building", "meter", "period", "last_day")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show an existing one only."""
        return self.readonly_fields if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the month whose window has closed last."""
        return {"period": month_before(timezone.localdate())}

    def save_model(self, request: HttpRequest, obj: LateWindow, form: forms.ModelForm, change: bool) -> None:
        """Open the window."""
        asked = ("period", "opens_at", "ends_at", "building", "meter")
        opened = late_windows.open_late(
            by=_staff(request), **{name: form.cleaned_data[name] for name in asked}
        )
        obj.__dict__.update(opened.__dict__)

    @admin.display(description=pgettext_lazy("late window", "for"))
    def place(self, window: LateWindow) -> str:
        """Return the building or the meter."""
        if window.meter is not None:
            return f"{window.meter} ({window.meter.property.address})"
        return str(window.building)

    @admin.display(description=_("period"))
    def month(self, window: LateWindow) -> str:
        """Return the month that is declared late."""
        return f"{window.period:%Y-%m}"


# ── Readings to be checked ──────────────────────────────────────────────────────────────────────


class CaseState(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices; the queue itself is what is shown first."""
        return [("decided", _("Decided")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        """Call what is shown first by its name, instead of "All"."""
        first, *rest = super().choices(changelist)
        return [{**first, "display": _("Waiting")}, *rest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReadingCase]) -> QuerySet[ReadingCase]:
        """Narrow to cases that wait, unless others are asked for."""
        if self.value() == "all":
            return queryset
        return queryset.filter(settled_at__isnull=self.value() != "decided")


@admin.register(ReadingCase)
class ReadingCaseAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(find_readings)
    is_read_by_company = True
    form = ReadingCaseForm
    list_display = ("meter", "address", "shown_value", "last_reading", "person", "sent_at", "outcome")
    list_select_related = (
        "meter__property__building", "meter__managing_company", "payment_book", "person", "managing_company",
        "settled_by",
    )  # fmt: skip
    list_filter = (CaseState, ("managing_company", ServedCompanies))
    search_help_text = _FOUND_BY
    ordering = ("sent_at", "id")
    asked = (
        "meter", "address", "payment_book", "person", "sent_at", "month", "shown_value", "last_reading", "note",
        "shown_photo",
    )  # fmt: skip
    decided = ("outcome", "reason", "settled_at", "settled_by")
    fieldsets = (
        (_("What was sent"), {"fields": asked}),
        (_("Decision"), {"fields": ("verdict", "reason")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Cases come from people."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What is decided stays decided."""
        return super().has_change_permission(request, obj) and not _is_settled(obj)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show a decision that was made in place of the form."""
        if not _is_settled(obj):
            return self.fieldsets
        return (self.fieldsets[0], (_("Decision"), {"fields": self.decided}))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Leave the decision to be made."""
        return (*self.asked, *self.decided) if _is_settled(obj) else self.asked

    def get_links(self, request: HttpRequest, obj: ReadingCase) -> list[tuple[str, str]]:
        """Lead to the meter, and to its readings, of which one may stand in the way."""
        readings = f"{reverse('admin:meters_reading_changelist')}?q={obj.meter.serial_key}"
        return [
            (
                str(Meter._meta.verbose_name).capitalize(),
                reverse("admin:meters_meter_change", args=[obj.meter_id]),
            ),
            (str(Reading._meta.verbose_name_plural).capitalize(), readings),
        ]

    def save_model(self, request: HttpRequest, obj: ReadingCase, form: forms.ModelForm, change: bool) -> None:
        """Carry out the decision; what stands in the way of a reading is said."""
        outcome = ReadingCase.Outcome(form.cleaned_data["verdict"])
        try:
            cases.settle(case=obj, outcome=outcome, reason=obj.reason, by=_staff(request), at=timezone.now())
        except ValidationError as refused:
            vars(obj)["is_stuck"] = True
            self.message_user(request, " ".join(refused.messages), messages.ERROR)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write into the history what was decided, and nothing when nothing was."""
        return None if "is_stuck" in vars(obj) else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: ReadingCase) -> HttpResponse:
        """Stay on the page while the case is open."""
        if "is_stuck" in vars(obj):
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    @admin.display(description=_("address"))
    def address(self, case: ReadingCase) -> str:
        """Return where the meter is."""
        return case.meter.property.address

    @admin.display(description=_("period"))
    def month(self, case: ReadingCase) -> str:
        """Return the month that it was sent for."""
        return f"{case.period:%Y-%m}"

    @admin.display(description=_("reading"))
    def shown_value(self, case: ReadingCase) -> str:
        """Return what was sent."""
        return f"{value_words(case.value)} {case.meter.unit}"

    @admin.display(description=_("photo"))
    def shown_photo(self, case: ReadingCase) -> SafeString | str:
        """Show it small; a press shows all of it."""
        return _small(reverse("meters:case_photo", args=[case.pk])) if case.photo else ""

    @admin.display(description=pgettext_lazy("reading", "last reading that stands"))
    def last_reading(self, case: ReadingCase) -> str:
        """Return what it is at odds with."""
        meter = case.meter
        if meter.last_value is None:
            return ""
        return f"{value_words(meter.last_value)} {meter.unit} ({meter.last_on})"


def _is_settled(case: Model | None) -> bool:
    return isinstance(case, ReadingCase) and case.settled_at is not None
