"""The queue of requests for support staff, and the catalogue of what their company offers."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from properties import search
from properties.admin import CompanyScopedAdmin, FormWithConstraints, ServedCompanies
from properties.search import Found

from . import requests
from .models import CatalogueItem, Message, Photo, Request
from .staff_forms import RequestForm
from .wording import deed_words, place_words, what_words, wish_words


def found_items(typed: str, companies: frozenset[int]) -> Found:
    """Find services by a part of their name; a company has few."""
    return Found(Q(title__icontains=typed.strip()[:100]))


def found_requests(typed: str, companies: frozenset[int]) -> Found:
    """Find requests by their number, the payment book they are for, or the whole email of who asks."""
    number = typed.strip().upper().removeprefix("NR.").strip().removeprefix("P-")
    is_number = number.isascii() and number.isdigit() and len(number) <= 9
    email = typed.strip().lower()[:254]
    people = User.objects.filter(email=email)
    found = search.in_payment_books(typed, companies) | search.by_ids(people, field="person", most=1)
    found |= Found(Q(email=email, person__isnull=True) if "@" in email else Q(pk__in=[]))
    return found | Found(Q(number=int(number))) if is_number else found


@admin.register(CatalogueItem)
class CatalogueItemAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(found_items)
    form = FormWithConstraints
    list_display = ("title", "price", "managing_company", "answer_days", "position", "is_offered")
    list_select_related = ("managing_company",)
    list_filter = ("is_offered", ("managing_company", ServedCompanies))
    ordering = ("managing_company", "position", "id")
    fields = (
        "managing_company", "title", "title_en", "price", "price_en", "description", "description_en", "icon",
        "answer_days", "position", "is_offered",
    )  # fmt: skip


class RequestState(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices; the queue itself is what is shown first."""
        return [
            ("overdue", pgettext("requests", "Overdue")),
            ("closed", pgettext("requests", "Closed")),
            ("all", _("All")),
        ]

    def choices(self, changelist: Any) -> Any:
        """Call what is shown first by its name, instead of "All"."""
        first, *rest = super().choices(changelist)
        return [{**first, "display": _("Waiting")}, *rest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Request]) -> QuerySet[Request]:
        """Narrow to requests that wait, unless others are asked for."""
        if self.value() == "all":
            return queryset
        if self.value() == "overdue":
            return queryset.filter(closed_at__isnull=True, deadline_on__lt=timezone.localdate())
        return queryset.filter(closed_at__isnull=self.value() != "closed")


@admin.register(Request)
class RequestAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(found_requests)
    is_read_by_company = True
    form = RequestForm
    list_display = ("code", "what", "place", "asker", "urgency", "state", "due", "in_charge_name")
    list_select_related = ("managing_company", "item", "payment_book", "premises__building", "person")
    list_filter = (RequestState, "kind", "urgency", ("managing_company", ServedCompanies))
    search_help_text = _(
        "Number, payer code in any spelling, name, or street, house and flat; the whole email of who asks"
    )
    # What is due first; what is settled keeps its day.
    ordering = ("deadline_on", "id")
    asked = (
        "code", "what", "place", "shown_book", "asker", "reached_at", "sent_at", "urgency", "wish", "state", "due",
        "thread",
    )  # fmt: skip
    fieldsets = (
        (pgettext_lazy("services", "Request"), {"fields": asked}),
        (
            _("What to do"),
            {
                "fields": (
                    "press_key", "deed", "message", "in_charge_name", "in_charge_phone", "visit_on", "visit_from",
                    "visit_to",
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = asked

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Requests come from people."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What was asked stays, and numbers have no gaps."""
        return False

    def get_links(self, request: HttpRequest, obj: Request) -> list[tuple[str, str]]:
        """Lead to the payment book it is for."""
        if obj.payment_book_id is None:
            return []
        address = reverse("admin:properties_paymentbook_change", args=[obj.payment_book_id])
        return [(gettext("Payment book"), address)]

    def save_model(self, request: HttpRequest, obj: Request, form: forms.ModelForm, change: bool) -> None:
        """Carry out the deed; what stands in its way is said."""
        staff_form = cast("RequestForm", form)
        try:
            self._do(obj, staff_form, by=cast("User", request.user))
        except ValidationError as refused:
            vars(obj)["is_stuck"] = True
            self.message_user(request, " ".join(refused.messages), messages.ERROR)

    def _do(self, obj: Request, form: RequestForm, *, by: User) -> None:
        typed = form.cleaned_data
        given: dict[str, Any] = {"asked": obj, "told": form.told(), "by": by, "at": timezone.now()}
        match typed["deed"]:
            case Message.Deed.WRITTEN:
                requests.answer(**given)
            case Message.Deed.ASSIGNED:
                requests.assign(name=typed["in_charge_name"], phone=typed["in_charge_phone"], **given)
            case Message.Deed.SCHEDULED:
                hours = {"start": typed["visit_from"], "end": typed["visit_to"]}
                requests.schedule(on=typed["visit_on"], **hours, **given)
            case Message.Deed.DONE:
                requests.finish(**given)
            case Message.Deed.REFUSED:
                requests.refuse(**given)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write into the history what was done, and nothing when nothing was."""
        return None if "is_stuck" in vars(obj) else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Request) -> HttpResponse:
        """Stay on the page where the deed was refused."""
        if "is_stuck" in vars(obj):
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    @admin.display(description=_("number"), ordering="number")
    def code(self, obj: Request) -> str:
        """Return the number as it is written."""
        return obj.code

    @admin.display(description=pgettext_lazy("services", "what"))
    def what(self, obj: Request) -> str:
        """Return the service, or that it is a fault or a question."""
        return what_words(obj)

    @admin.display(description=_("address"))
    def place(self, obj: Request) -> str:
        """Return the address it is for."""
        return place_words(obj, with_city=True)

    @admin.display(description=_("payment book"))
    def shown_book(self, obj: Request) -> str:
        """Return whose payment book it is for."""
        return str(obj.payment_book or "")

    @admin.display(description=_("who asks"))
    def asker(self, obj: Request) -> str:
        """Return who asks."""
        return obj.asker

    @admin.display(description=_("email, phone number"))
    def reached_at(self, obj: Request) -> str:
        """Return how to reach who asks."""
        phone = str(obj.person.phone) if obj.person else obj.phone
        return ", ".join(filter(None, (obj.asker_email, phone)))

    @admin.display(description=_("wished time"))
    def wish(self, obj: Request) -> str:
        """Return when it would suit."""
        return wish_words(obj)

    @admin.display(description=pgettext_lazy("services", "due"), ordering="deadline_on")
    def due(self, obj: Request) -> SafeString:
        """Return the day of the answer, marked when it is over."""
        day = format_html('<span class="nowrap">{}</span>', obj.deadline_on.isoformat())
        if not obj.is_overdue(today=timezone.localdate()):
            return day
        return format_html("<strong>{} – {}</strong>", day, pgettext("request", "overdue"))

    @admin.display(description=_("what was written"))
    def thread(self, obj: Request) -> SafeString:
        """Return everything that was written and done, with its photos."""
        photos = list(Photo.objects.filter(request=obj))
        said = [_said(obj.asker, obj.sent_at, "", obj.text, [one for one in photos if not one.message_id])]
        said += [
            _said(
                str(message.by),
                message.written_at,
                deed_words(message, of=obj),
                message.text,
                [one for one in photos if one.message_id == message.pk],
            )
            for message in Message.objects.filter(request=obj).select_related("by")
        ]
        return format_html_join("", "<div>{}</div>", ((one,) for one in said))


def _said(who: str, at: Any, deed: str, text: str, photos: list[Photo]) -> SafeString:
    when = f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
    heading = " · ".join(filter(None, (when, who, deed)))
    pictures = format_html_join(
        " ",
        '<a href="{0}"><img src="{0}" alt="{1}" width="200"></a>',
        (
            (
                reverse("services:photo", args=[one.pk]),
                gettext("Photo %(number)s") % {"number": one.place},
            )
            for one in photos
        ),
    )
    words = format_html_join("", "<p>{}</p>", ((line,) for line in text.splitlines() if line.strip()))
    return format_html("<p><strong>{}</strong></p>{}{}", heading, words, pictures)
