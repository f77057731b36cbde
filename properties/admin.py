"""Companies, buildings, premises, payment books and access, as the support staff of a company see them."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_user_model
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import CharField, CheckConstraint, ForeignKey, ManyToManyField, Model, Q, QuerySet
from django.db.models.fields.related import RelatedField
from django.forms.models import BaseInlineFormSet, ModelChoiceField, ModelMultipleChoiceField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lithuanian.codes import clean_iban, clean_vat_code, is_company_code

from . import access, activation, link_requests, notices, search
from .models import (
    Access,
    AccessQuerySet,
    BookPremises,
    Building,
    LinkRequest,
    ManagingCompany,
    PayerCodeAlias,
    PayerCorrection,
    PaymentBook,
    Property,
)
from .search import Found

# ── The fence ───────────────────────────────────────────────────────────────────────────────────


def served_companies(request: HttpRequest) -> frozenset[int]:
    """Return the ids of the companies this staff member serves, asked once per request."""
    memory = vars(request)
    if "served_companies" not in memory:
        mine = ManagingCompany.objects.staffed_by(request.user)
        memory["served_companies"] = frozenset(mine.values_list("pk", flat=True))
    return cast("frozenset[int]", memory["served_companies"])


def choices_for(request: HttpRequest, model_admin: BaseModelAdmin, field: RelatedField) -> QuerySet[Any]:
    """Return what this person may choose in a field: rows that they see in the admin's own list."""
    site, model = model_admin.admin_site, field.remote_field.model
    if not site.is_registered(model):
        return cast("QuerySet[Any]", model._default_manager.none())
    related = site.get_model_admin(model)
    rows = related.get_queryset(request)
    return rows if related.has_view_permission(request) else rows.none()


class AutocompleteOfIds(AutocompleteSelect):
    """Draw a choice again after an error; what was sent in its place may be anything."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        """Return the chosen options; what is no id has none."""
        ids = [one for one in value if one.isascii() and one.isdigit()]
        return super().optgroups(name, ids, attrs)


def check_year(day: date) -> None:
    """Refuse a slip of the hand; raise ValidationError year."""
    if not 1900 <= day.year <= 2199:
        raise ValidationError(_("Check the year: 1900 to 2199."), code="year")


class ServedCompanies(admin.RelatedFieldListFilter):
    """Filter by company, offering only those whose clients the person serves."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[str, Any]]:
        """Return the companies of the filter."""
        mine = ManagingCompany.objects.staffed_by(request.user)
        return [(str(pk), name) for pk, name in mine.values_list("pk", "name")]


class CompanyScopedAdmin(admin.ModelAdmin):
    """Staff see and touch only what belongs to the companies they serve; superusers everything.

    Rights come from serving a company, never from Django's permissions per model. What files brought in
    is not deleted here; money and whatever else `is_read_only` is changed by files alone.
    """

    company_path: ClassVar[str]
    found_by: ClassVar["staticmethod[[str, frozenset[int]], Found]"]
    is_read_only = False
    # Big tables that have an index by company and their order.
    is_read_by_company = False
    # Names of actions that the page of one object offers as buttons too.
    object_actions: ClassVar[tuple[str, ...]] = ()

    change_form_template = "admin/scoped_change_form.html"
    list_select_related: ClassVar[tuple[str, ...]] = ()
    # The search box appears when this is not empty; what it finds is said by `found_by`.
    search_fields = ("pk",)
    view_on_site = False
    save_on_top = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Narrow to the person's companies, for lists, pages, choices, actions and history alike."""
        rows = super().get_queryset(request).select_related(*self.list_select_related)
        if request.user.is_superuser:
            return rows
        return rows.filter(**{f"{self.company_path}__in": served_companies(request)})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the object, or raise 404: what is not theirs and what is not there look the same."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Narrow to what the words mean; nothing is found twice."""
        if not search_term.strip():
            return queryset, False
        found = self.found_by(search_term, served_companies(request))
        # The page of the list says so.
        vars(request)["is_search_cut"] = found.is_cut
        return queryset.filter(found.rows), False

    def apart(self, request: HttpRequest, rows: QuerySet[Any]) -> list[QuerySet[Any]]:
        """Split a list by company where its rows say whose they are: the index of each gives its first ones.

        Read in the order of all, whoever serves small companies would pass by millions of rows of others.
        """
        if not self.is_read_by_company:
            return [rows]
        return [rows.filter(**{self.company_path: company}) for company in served_companies(request)]

    # Who may do what

    def serves(self, request: HttpRequest, obj: Model | None) -> bool:
        """Tell whether the object belongs to a company of theirs; without one, whether they have any."""
        if request.user.is_superuser:
            return True
        if obj is None:
            return bool(served_companies(request))
        *steps, last = self.company_path.split("__")
        owner: Any = obj
        for step in steps:
            owner = getattr(owner, step)
        company = owner.pk if last == "pk" else getattr(owner, f"{last}_id")
        return company in served_companies(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.serves(request, None)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.serves(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not self.is_read_only and self.serves(request, None)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not self.is_read_only and self.serves(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not self.is_read_only and request.user.is_superuser

    # Forms

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Take days and moments of our times alone: one of the year 1 cannot even be read back."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.DateField | forms.DateTimeField | forms.SplitDateTimeField):
            field.validators.append(check_year)
        return field

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Offer and accept only what the person sees."""
        kwargs.setdefault("queryset", choices_for(request, self, db_field))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", AutocompleteOfIds(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        """Offer and accept only what the person sees."""
        kwargs.setdefault("queryset", choices_for(request, self, db_field))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fill in the company of who serves one; nothing comes from the address."""
        mine = served_companies(request)
        return {"managing_company": next(iter(mine))} if len(mine) == 1 else {}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show or save one object."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            # Somebody saved the same at the same moment: now the form can see it and say so.
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Add the buttons of `object_actions` that fit this object."""
        offered = self.get_actions(request)
        found = [(name, offered.get(name)) for name in self.object_actions if obj and self.fits(name, obj)]
        context["object_actions"] = [(name, action[2]) for name, action in found if action]
        context["object_links"] = self.get_links(request, obj) if obj else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_links(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """Return where else one goes from this object: words and address."""
        return []

    def fits(self, action: str, obj: Any) -> bool:
        """Tell whether an action would change this object."""
        return True

    def response_action(  # type: ignore[override]  # the stubs describe a later Django
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Carry out an action; a button on an object's page leads back to that page."""
        answer = super().response_action(request, queryset)
        ids = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if isinstance(answer, HttpResponseRedirect) and "_back_to_object" in request.POST and len(ids) == 1:
            name = f"{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(f"admin:{name}", args=ids, current_app=self.admin_site.name))
        return answer

    def log_deed(self, request: HttpRequest, rows: list[Any], deed: str) -> None:
        """Write into the history of each row what an action did."""
        for row in rows:
            self.log_change(request, row, deed)


# By payer code, for rows that have no company of their own: read through the index of the books.
BY_BOOK = ("payment_book__managing_company_id", "payment_book__payer_code_key", "payment_book_id", "id")

# A forged number of rows would otherwise draw thousands of them.
MOST_ROWS = 300


class BoundedFormSet(BaseInlineFormSet):
    def get_queryset(self) -> Any:
        """Show no more rows than there may be."""
        if not hasattr(self, "_queryset"):
            self._queryset = super().get_queryset()[:MOST_ROWS]
        return self._queryset


class Rows(admin.TabularInline):
    """Rows shown on the page of what they belong to; who may open that page may see them."""

    formset = BoundedFormSet
    extra = 0
    can_delete = False
    show_change_link = False
    max_num = MOST_ROWS

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Never make more forms than there may be rows, whatever number is sent."""
        return super().get_formset(request, obj, **{"absolute_max": MOST_ROWS, **kwargs})

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class FormWithConstraints(forms.ModelForm):
    """Ask every constraint of the table, also those about columns that no form shows."""

    words: ClassVar[dict[str, Any]] = {
        "one_building_per_code": _("There is already a building with this code."),
        "one_building_per_address_without_code": _("There is already a building with this address."),
        "one_property_per_premises_code": _("There are already premises with this code."),
        "one_property_per_unit_without_code": _("These premises are already in this building."),
        "declaration_window_is_days_of_a_month": _("Days of a month are 1 to 31."),
        "area_is_positive": _("The area must be more than 0 and less than 1,000,000 m²."),
        "one_payment_book_per_code_at_a_time": _(
            "There is already a payment book with this code at that time. Close it first."
        ),
        "payment_book_closes_after_it_opens": _("The last day cannot be before the first."),
        "payer_code_has_letters_or_digits": _("A payer code needs letters or digits."),
    }

    def _post_clean(self) -> None:
        """Put what the table would refuse into words."""
        super()._post_clean()  # type: ignore[misc]
        # Django's own words would be the constraint's name.
        self.errors.pop(NON_FIELD_ERRORS, None)
        if not self.errors:
            self.instance.derive_keys()
            self._refuse_long_keys()
        # Checks first: a range that ends before it begins cannot even be compared with others.
        rules = sorted(
            self.instance._meta.constraints, key=lambda rule: not isinstance(rule, CheckConstraint)
        )
        for rule in rules:
            if self.errors:
                return
            try:
                rule.validate(type(self.instance), self.instance)
            except ValidationError as refused:
                self.add_error(None, self.words.get(rule.name, refused))

    def _refuse_long_keys(self) -> None:
        """Letters such as „㎢“ take more room once they are folded."""
        keys = [
            field
            for field in self.instance._meta.fields
            if isinstance(field, CharField) and not field.editable
        ]
        if any(len(str(getattr(self.instance, key.attname))) > (key.max_length or 0) for key in keys):
            self.add_error(None, _("This is too long to be kept."))


# ── Companies ───────────────────────────────────────────────────────────────────────────────────


class ManagingCompanyForm(FormWithConstraints):
    def clean_company_code(self) -> str:
        """Return the code when its check digit is right."""
        code = str(self.cleaned_data["company_code"]).strip()
        if not is_company_code(code):
            raise ValidationError(
                _("Check the company code: its last digit does not fit."), "bad_company_code"
            )
        return code

    def clean_iban(self) -> str:
        """Return the account number without spaces when its check digits are right."""
        return self._cleaned("iban", clean_iban, _("Check the account number: its check digits do not fit."))

    def clean_vat_code(self) -> str:
        """Return the VAT code with its country when its check digits are right."""
        return self._cleaned(
            "vat_code", clean_vat_code, _("Check the VAT code: its check digits do not fit.")
        )

    def _cleaned(self, field: str, clean: Callable[[str], str], words: Any) -> str:
        typed = str(self.cleaned_data[field])
        try:
            return clean(typed) if typed else ""
        except ValueError as error:
            raise ValidationError(words, str(error)) from error


@admin.register(ManagingCompany)
class ManagingCompanyAdmin(CompanyScopedAdmin):
    company_path = "pk"
    found_by = staticmethod(search.companies)
    form = ManagingCompanyForm
    list_display = ("name", "company_code", "phone", "email", "declares_readings", "amounts_updated_at")
    filter_horizontal = ("staff",)
    # What clients rely on and what money follows is the superusers': a changed IBAN takes every payment away.
    staff_may_change = ("address", "email", "phone", "emergency_phone", "window_opens", "window_closes")
    fieldsets = (
        (None, {"fields": ("name", "company_code", "vat_code")}),
        (_("Contacts"), {"fields": ("address", "email", "phone", "emergency_phone")}),
        (_("Meter readings"), {"fields": ("declares_readings", "window_opens", "window_closes")}),
        (_("Payments"), {"fields": ("beneficiary_name", "iban", "amounts_updated_at")}),
        (_("Access"), {"fields": ("linking_policy", "staff")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Leave the list of staff to superusers."""
        if request.user.is_superuser:
            return self.fieldsets
        *shown, (title, _options) = self.fieldsets
        return (*shown, (title, {"fields": ("linking_policy",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Let staff change contacts and the window."""
        if request.user.is_superuser:
            return ("amounts_updated_at",)
        shown = {str(name) for _title, options in self.fieldsets for name in options["fields"]}
        return tuple(shown - {"staff", *self.staff_may_change})

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        """Offer as staff those who may enter the administration."""
        kwargs["queryset"] = get_user_model()._default_manager.filter(is_staff=True).order_by("email")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


# ── Buildings and premises ──────────────────────────────────────────────────────────────────────


@admin.register(Building)
class BuildingAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(search.buildings)
    form = FormWithConstraints
    list_display = ("__str__", "postal_code", "building_code", "managing_company")
    list_select_related = ("managing_company",)
    list_filter = (("managing_company", ServedCompanies),)
    search_help_text = _("Street and house, town, or building code")
    ordering = ("managing_company_id", "sort_key", "id")
    fields = (
        "managing_company",
        "city",
        "street",
        "house",
        "postal_code",
        "building_code",
        "manager_name",
        "manager_phone",
        "manager_email",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Keep a building with its company: its premises and books belong there."""
        return ("managing_company",) if obj else ()


@admin.register(Property)
class PropertyAdmin(CompanyScopedAdmin):
    company_path = "building__managing_company"
    found_by = staticmethod(search.premises)
    form = FormWithConstraints
    list_display = ("__str__", "kind", "staircase", "area_m2", "premises_code", "managing_company")
    list_select_related = ("building", "managing_company")
    list_filter = (("building__managing_company", ServedCompanies), "kind")
    search_help_text = _("Street, house and flat, or premises code")
    # By address within the company, through the buildings, whose index has that order.
    ordering = ("building__managing_company_id", "building__sort_key", "building_id", "sort_key", "id")
    autocomplete_fields = ("building",)
    fields = ("building", "kind", "unit", "staircase", "area_m2", "premises_code")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Keep premises in their building."""
        return ("building",) if obj else ()


# ── Payment books ───────────────────────────────────────────────────────────────────────────────


class IsOpen(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("open", _("Open")), ("closed", _("Closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PaymentBook]) -> QuerySet[PaymentBook]:
        """Narrow to books that last today, or to those that ended."""
        ended = Q(closed_on__lt=timezone.localdate())
        return {"open": queryset.exclude(ended), "closed": queryset.filter(ended)}.get(
            str(self.value()), queryset
        )


class PremisesFormSet(BoundedFormSet):
    def clean(self) -> None:
        """Refuse premises of another company."""
        super().clean()
        for form in self.forms:
            # Rows that stand there already are shown and not sent.
            if not form.has_changed() or not form.is_valid():
                continue
            place = form.cleaned_data.get("property")
            if place and place.managing_company_id != self.instance.managing_company_id:
                form.add_error("property", _("These premises belong to another company."))


class PremisesRows(Rows):
    model = BookPremises
    formset = PremisesFormSet
    autocomplete_fields = ("property",)
    can_delete = True
    verbose_name = _("premises")
    verbose_name_plural = _("premises")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the addresses at once."""
        return super().get_queryset(request).select_related("property__building")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Offer and accept only what the person sees."""
        kwargs.setdefault("queryset", choices_for(request, self, db_field))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", AutocompleteOfIds(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class AliasRows(Rows):
    model = PayerCodeAlias
    fields = ("payer_code",)


class CorrectionRows(Rows):
    model = PayerCorrection
    fields = ("old_name", "new_name", "corrected_at")


class AccessRows(Rows):
    model = Access
    fields = ("person", "scope", "starts_at", "ends_at", "frozen_at")
    show_change_link = True
    verbose_name_plural = _("Who uses it")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the people at once."""
        return super().get_queryset(request).select_related("person", "payment_book")


class PaymentBookForm(FormWithConstraints):
    def clean_payer_company_code(self) -> str:
        """Return the payer's company code when its check digit is right."""
        code = str(self.cleaned_data["payer_company_code"])
        if code and not is_company_code(code):
            raise ValidationError(
                _("Check the company code: its last digit does not fit."), "bad_company_code"
            )
        return code


@admin.register(PaymentBook)
class PaymentBookAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(search.payment_books)
    form = PaymentBookForm
    list_display = ("payer_code", "payer_name", "addresses", "opened_on", "closed_on", "managing_company")
    list_select_related = ("managing_company",)
    list_filter = (("managing_company", ServedCompanies), IsOpen, "payer_kind", "payer_role")
    search_help_text = _("Payer code in any spelling, name, or street, house and flat")
    ordering = ("managing_company_id", "payer_code_key", "id")
    inlines = (PremisesRows, AccessRows, AliasRows, CorrectionRows)
    actions = ("reissue_activation_code",)
    object_actions = ("reissue_activation_code",)
    fields = (
        "managing_company",
        "payer_code",
        "opened_on",
        "closed_on",
        "payer_name",
        "payer_kind",
        "payer_role",
        "payer_email",
        "payer_company_code",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the addresses of all books of a page at once."""
        return super().get_queryset(request).prefetch_related("book_premises__property__building")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Keep what makes a book this book: files find it by company, code and first day."""
        return ("managing_company", "payer_code", "opened_on") if obj else ()

    def get_links(self, request: HttpRequest, obj: PaymentBook) -> list[tuple[str, str]]:
        """Lead to where somebody is let into this book."""
        add = gettext("Add %s") % Access._meta.verbose_name
        return [(add, f"{reverse('admin:properties_access_add')}?payment_book={obj.pk}")]

    @admin.display(description=_("premises"))
    def addresses(self, book: PaymentBook) -> str:
        """Return the addresses of the book's premises."""
        return "; ".join(str(row.property) for row in book.book_premises.all())

    def save_model(self, request: HttpRequest, obj: PaymentBook, form: forms.ModelForm, change: bool) -> None:
        """Save what the form shows; a corrected payer makes the activation code worthless, as in a file."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        is_another_payer = bool({"payer_name", "payer_kind"} & set(form.changed_data))
        # Only what was changed: the number of the activation code may have been raised since this was read.
        obj.save(update_fields=[*form.changed_data, *(["payer_name_key"] if is_another_payer else [])])
        if is_another_payer:
            activation.use_up(books=[obj])

    @admin.action(permissions=["view"], description=_("Issue a new activation code"))
    def reissue_activation_code(self, request: HttpRequest, queryset: QuerySet[PaymentBook]) -> HttpResponse:
        """Make the old codes worthless and show the new ones, this once, for printing or sending."""
        with transaction.atomic():
            books = list(queryset.select_for_update(of=("self",)).order_by("pk"))
            activation.use_up(books=books)
            self.log_deed(request, books, gettext("A new activation code was issued."))
        codes = [
            {
                "payer_code": book.payer_code,
                "payer_name": book.payer_name,
                "address": self.addresses(book),
                "code": activation.printed(activation.code_of(book)),
            }
            for book in self.get_queryset(request).filter(pk__in=[book.pk for book in books])
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("New activation codes"),
            "codes": codes,
        }
        return TemplateResponse(request, "properties/activation_codes.html", context)


# ── Access ──────────────────────────────────────────────────────────────────────────────────────


class AccessState(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("live", _("Live")), ("frozen", _("Frozen")), ("ended", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to rows that open something now, are frozen, or have ended."""
        now = timezone.now()
        ended = Q(ends_at__lte=now)
        if self.value() == "live":
            return cast("AccessQuerySet", queryset).live(at=now)
        if self.value() == "frozen":
            return queryset.filter(~ended, frozen_at__isnull=False)
        return queryset.filter(ended) if self.value() == "ended" else queryset


class HolderForm(forms.ModelForm):
    """Make somebody a holder; the person is typed, because staff do not browse all people."""

    email = forms.EmailField(label=_("Email"), help_text=_("The exact email with which the person signs in."))

    class Meta:
        model = Access
        fields = ("payment_book",)

    def clean_email(self) -> str:
        """Find the person; an account that was never confirmed may be somebody else's."""
        typed = str(self.cleaned_data["email"])
        people = get_user_model()._default_manager
        person = people.filter(
            email=typed.strip().lower(), is_active=True, emailaddress__verified=True
        ).first()
        if person is None:
            raise ValidationError(_("Nobody signs in with this email."), "nobody")
        self.instance.person = person
        return typed

    def clean(self) -> dict[str, Any]:
        """Refuse whoever holds the book already."""
        cleaned = super().clean() or self.cleaned_data
        book = cleaned.get("payment_book")
        if book and "email" in cleaned:
            rows = Access.objects.filter(
                payment_book=book, person=self.instance.person, granted_by__isnull=True, ends_at__isnull=True
            )
            if rows.exists():
                raise ValidationError(_("This person already holds this payment book."), "already_holder")
        return cleaned


class BookOfAddress(forms.Form):
    payment_book = forms.IntegerField(min_value=1, max_value=2**63 - 1)


@admin.register(Access)
class AccessAdmin(CompanyScopedAdmin):
    company_path = "payment_book__managing_company"
    found_by = staticmethod(search.access)
    list_display = ("person", "payment_book", "role", "scope", "starts_at", "ends_at", "frozen_at")
    list_select_related = ("person", "payment_book", "granted_by__person", "granted_by__payment_book")
    list_filter = (("payment_book__managing_company", ServedCompanies), AccessState)
    ordering = BY_BOOK
    search_help_text = _(
        "Payer code in any spelling, name, or street, house and flat; the person's whole email"
    )
    actions = ("end", "freeze", "unfreeze")
    object_actions = ("end", "freeze", "unfreeze")
    fields = ("person", "payment_book", "role", "scope", "starts_at", "ends_at", "frozen_at")
    readonly_fields = fields
    autocomplete_fields = ("payment_book",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Access is not rewritten: it ends, and another may begin."""
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask for a new row which book and whose email."""
        return self.fields if obj else ("payment_book", "email")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show an existing row only."""
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Take the form for a new holder when there is no row yet."""
        return super().get_form(request, obj, change, **kwargs, **({} if obj else {"form": HolderForm}))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take the payment book from the address, as its own page links here."""
        asked = BookOfAddress(request.GET)
        return dict(asked.cleaned_data) if asked.is_valid() else {}

    def save_model(self, request: HttpRequest, obj: Access, form: forms.ModelForm, change: bool) -> None:
        """Open the book to its new holder now."""
        obj.starts_at = timezone.now()
        super().save_model(request, obj, form, change)
        notices.tell(access=obj, at=obj.starts_at)

    def fits(self, action: str, obj: Access) -> bool:
        """Offer to end what has not ended, and to freeze or unfreeze it; a guest's ends with its share."""
        if obj.ends_at and obj.ends_at <= timezone.now():
            return False
        if action == "end":
            return obj.granted_by_id is None
        return (action == "unfreeze") == (obj.frozen_at is not None)

    @admin.display(description=_("role"))
    def role(self, row: Access) -> str:
        """Return whether this is a holder, or whose guest."""
        if row.granted_by is None:
            return gettext("Holder")
        return gettext("Guest of %(person)s") % {"person": row.granted_by.person}

    @admin.action(permissions=["view"], description=_("End access now"))
    def end(self, request: HttpRequest, queryset: AccessQuerySet) -> None:
        """End access of holders, their guests with them; a guest alone ends among the shares, with a reason."""
        if queryset.filter(granted_by__isnull=False).exists():
            self.message_user(request, _("A guest's access is ended among the shares."), messages.WARNING)
        holders = queryset.filter(granted_by__isnull=True)
        self._tell(request, access.end(accesses=holders, at=timezone.now()), gettext("Ended."))

    @admin.action(permissions=["view"], description=_("Freeze access"))
    def freeze(self, request: HttpRequest, queryset: AccessQuerySet) -> None:
        """Close access while somebody looks into it."""
        self._tell(request, access.freeze(accesses=queryset, at=timezone.now()), gettext("Frozen."))

    @admin.action(permissions=["view"], description=_("Unfreeze access"))
    def unfreeze(self, request: HttpRequest, queryset: AccessQuerySet) -> None:
        """Open frozen access again."""
        self._tell(request, access.unfreeze(accesses=queryset), gettext("Unfrozen."))

    def _tell(self, request: HttpRequest, rows: list[Access], deed: str) -> None:
        self.log_deed(request, rows, deed)
        words = ngettext("%(count)d access changed.", "%(count)d accesses changed.", len(rows))
        self.message_user(
            request, words % {"count": len(rows)}, messages.SUCCESS if rows else messages.WARNING
        )


# ── Link requests ───────────────────────────────────────────────────────────────────────────────


class RequestState(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices; the queue itself is what is shown first."""
        return [("decided", _("Decided")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        """Call what is shown first by its name, instead of "All"."""
        first, *rest = super().choices(changelist)
        return [{**first, "display": _("Waiting")}, *rest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LinkRequest]) -> QuerySet[LinkRequest]:
        """Narrow to requests that wait, unless others are asked for."""
        if self.value() == "all":
            return queryset
        return queryset.filter(decided_at__isnull=self.value() != "decided")


class LinkRequestForm(forms.ModelForm):
    """Decide, or first choose another payment book and look at what is on file for it."""

    LATER, APPROVE, REFUSE = "later", "approve", "refuse"
    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (LATER, _("Only choose the payment book and show what is on file")),
            (APPROVE, _("Approve: add the object to this person")),
            (REFUSE, _("Refuse; the person gets the reason by letter")),
        ],
        widget=forms.RadioSelect,
    )

    class Meta:
        model = LinkRequest
        fields = ("payment_book", "reason")

    def clean(self) -> dict[str, Any]:
        """Ask for what the decision needs."""
        cleaned = super().clean() or self.cleaned_data
        book, verdict = cleaned.get("payment_book"), cleaned.get("verdict")
        if book and book.managing_company_id != self.instance.managing_company_id:
            self.add_error("payment_book", _("This payment book belongs to another company."))
        elif verdict == self.APPROVE and not (book and book.is_open(on=timezone.localdate())):
            self.add_error("payment_book", _("Choose an open payment book."))
        if verdict == self.REFUSE and not str(cleaned.get("reason", "")).strip():
            self.add_error("reason", _("Write the reason: the person gets it by letter."))
        return cleaned


@admin.register(LinkRequest)
class LinkRequestAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(search.link_requests)
    is_read_by_company = True
    form = LinkRequestForm
    list_display = (
        "person",
        "payer_code",
        "payment_book",
        "origin",
        "created_at",
        "decision",
        "managing_company",
    )
    list_select_related = ("person", "payment_book", "managing_company", "decided_by")
    list_filter = (RequestState, ("managing_company", ServedCompanies), "origin")
    search_help_text = _("Payer code in any spelling, or the person's whole email")
    ordering = ("created_at", "id")
    autocomplete_fields = ("payment_book",)
    fieldsets = (
        (
            _("What was typed"),
            {"fields": ("origin", "created_at", "asker", "asker_kind", "asker_email", "payer_code")},
        ),
        (
            _("What is on file"),
            {"fields": ("payer_code_on_file", "payer", "payer_kind", "payer_email", "addresses", "holders")},
        ),
        (_("Decision"), {"fields": ("payment_book", "verdict", "reason")}),
    )
    decided_fields = ("payment_book", "decision", "reason", "decided_at", "decided_by")
    asked = (
        "origin",
        "created_at",
        "asker",
        "asker_kind",
        "asker_email",
        "payer_code",
        "payer_code_on_file",
        "payer",
        "payer_kind",
        "payer_email",
        "addresses",
        "holders",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Requests come from people."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What is decided stays decided."""
        is_decided = isinstance(obj, LinkRequest) and obj.decided_at is not None
        return not is_decided and super().has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show a decision that was made in place of the form."""
        if isinstance(obj, LinkRequest) and obj.decided_at is None:
            return self.fieldsets
        return (*self.fieldsets[:-1], (_("Decision"), {"fields": self.decided_fields}))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Leave the decision to be made."""
        is_decided = isinstance(obj, LinkRequest) and obj.decided_at is not None
        return (*self.asked, *self.decided_fields) if is_decided else self.asked

    def save_model(self, request: HttpRequest, obj: LinkRequest, form: forms.ModelForm, change: bool) -> None:
        """Carry out the decision; somebody else may have been faster."""
        verdict, at = form.cleaned_data["verdict"], timezone.now()
        try:
            if verdict == LinkRequestForm.APPROVE:
                link_requests.approve(
                    link_request=obj, book=form.cleaned_data["payment_book"], by=request.user, at=at
                )
            elif verdict == LinkRequestForm.REFUSE:
                link_requests.refuse(link_request=obj, reason=obj.reason, by=request.user, at=at)
            else:
                LinkRequest.objects.waiting().filter(pk=obj.pk).update(payment_book=obj.payment_book)
        except ValidationError:
            self.message_user(request, _("This request was decided meanwhile."), messages.ERROR)

    def response_change(self, request: HttpRequest, obj: LinkRequest) -> HttpResponse:
        """Stay on the page when only the payment book was chosen."""
        if request.POST.get("verdict") == LinkRequestForm.LATER:
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    @admin.display(description=_("person"))
    def asker(self, request: LinkRequest) -> str:
        """Return the name as the person wrote it."""
        return str(request.person.get_full_name())

    @admin.display(description=_("person's kind"))
    def asker_kind(self, request: LinkRequest) -> str:
        """Return whether a person or a company asks."""
        return str(request.person.get_kind_display())

    @admin.display(description=_("confirmed email"))
    def asker_email(self, request: LinkRequest) -> str:
        """Return the email with which the person signs in."""
        return str(request.person.email)

    @admin.display(description=_("payer code"))
    def payer_code_on_file(self, request: LinkRequest) -> str:
        """Return the present code of the payment book."""
        return request.payment_book.payer_code if request.payment_book else ""

    @admin.display(description=_("payer"))
    def payer(self, request: LinkRequest) -> str:
        """Return the payer's name on file."""
        return request.payment_book.payer_name if request.payment_book else ""

    @admin.display(description=_("payer's kind"))
    def payer_kind(self, request: LinkRequest) -> str:
        """Return the payer's kind on file."""
        return request.payment_book.get_payer_kind_display() if request.payment_book else ""

    @admin.display(description=_("payer's email"))
    def payer_email(self, request: LinkRequest) -> str:
        """Return the email on file."""
        return request.payment_book.payer_email if request.payment_book else ""

    @admin.display(description=_("premises"))
    def addresses(self, request: LinkRequest) -> str:
        """Return the addresses of the payment book."""
        if request.payment_book is None:
            return ""
        rows = request.payment_book.book_premises.select_related("property__building")
        return "; ".join(str(row.property) for row in rows)

    @admin.display(description=_("Who holds it"))
    def holders(self, request: LinkRequest) -> str:
        """Return the names and emails of those who hold the payment book, the frozen ones marked."""
        if request.payment_book is None:
            return ""
        held = Access.objects.held(at=timezone.now()).filter(payment_book=request.payment_book)
        return "; ".join(
            f"{row.person} ({row.person.email})" + (f" – {gettext('frozen')}" if row.frozen_at else "")
            for row in held.select_related("person").order_by("starts_at", "pk")
        )
