"""What people ask of the company that looks after their building: orders, faults and questions."""

import re
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from properties.capabilities import Capability
from properties.models import Access, ManagingCompany, PaymentBook, Property

LONGEST_TEXT = 2000
MOST_PHOTOS = 5
# „Nr. 5“, „3 a. ir“ and „spalio 5 d.“ end no sentence.
_END_OF_SENTENCE = re.compile(r"(?<=[^\W\d_]{3})[.!?]+\s+(?=[„“\"A-ZĄČĘĖĮŠŲŪŽ])")


class CatalogueItem(models.Model):
    """A service that a company offers; one that is no longer offered stays with what was ordered."""

    class Icon(models.TextChoices):
        WATER = "droplets", pgettext_lazy("icon", "Water")
        ELECTRICITY = "zap", pgettext_lazy("icon", "Electricity")
        METER = "gauge", pgettext_lazy("icon", "Meter")
        KEY = "key-round", pgettext_lazy("icon", "Key")
        PAPER = "file-text", pgettext_lazy("icon", "Paper")
        TOOLS = "hammer", pgettext_lazy("icon", "Hammer")
        WRENCH = "wrench", pgettext_lazy("icon", "Wrench")
        HEATING = "thermometer", pgettext_lazy("icon", "Heating")

    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="catalogue",
        verbose_name=_("managing company"),
        db_index=False,
    )
    title = models.CharField(_("service"), max_length=100)
    title_en = models.CharField(_("service in English"), max_length=100, blank=True)
    # In words: „nuo 25 € už iškvietimą“.
    price = models.CharField(_("price in words"), max_length=100, blank=True)
    price_en = models.CharField(_("price in English"), max_length=100, blank=True)
    description = models.TextField(_("description"), max_length=500, blank=True)
    description_en = models.TextField(_("description in English"), max_length=500, blank=True)
    icon = models.CharField(_("picture"), max_length=20, choices=Icon, default=Icon.WRENCH)
    answer_days = models.PositiveSmallIntegerField(
        _("working days until the answer"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    position = models.PositiveSmallIntegerField(_("place in the list"), default=0)
    is_offered = models.BooleanField(pgettext_lazy("services", "offered"), default=True)

    class Meta:
        ordering = ["managing_company", "position", "id"]
        verbose_name = _("service on offer")
        verbose_name_plural = _("services on offer")
        constraints = [
            models.UniqueConstraint(
                fields=["managing_company", "title"], name="service_is_once_in_a_catalogue"
            ),
            models.CheckConstraint(
                condition=Q(answer_days__range=(1, 60)), name="service_is_answered_within_sixty_days"
            ),
        ]
        indexes = [
            models.Index(fields=["managing_company", "position", "id"], name="catalogue_in_order"),
        ]

    def __str__(self) -> str:
        return self.shown_title

    @property
    def shown_title(self) -> str:
        """Return the name in the active language; in Lithuanian where it has no other."""
        return (self.title_en if _is_english() else "") or self.title

    @property
    def shown_price(self) -> str:
        """Return the price in the active language."""
        return (self.price_en if _is_english() else "") or self.price

    @property
    def shown_description(self) -> str:
        """Return the description in the active language."""
        return (self.description_en if _is_english() else "") or self.description


def _is_english() -> bool:
    return (get_language() or "").partition("-")[0] == "en"


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: Any, *, at: datetime) -> "RequestQuerySet":
        """Narrow to what this person asked for, while they may see the object, and to what was asked for by
        anybody for an object that they hold; a question belongs to who asked it."""
        if not user.is_authenticated:
            return self.none()
        seen = PaymentBook.objects.visible_to(user, Capability.SEE_OBJECT, at=at)
        held = Access.objects.live(at=at).filter(
            person=user, granted_by__isnull=True, payment_book=OuterRef("payment_book")
        )
        own = Q(person=user) & (Q(payment_book__isnull=True) | Q(payment_book__in=seen))
        return self.filter(own | Q(Exists(held)))

    def open_to(self, user: Any, *, at: datetime) -> "RequestQuerySet":
        """Narrow to what this person asked for and may still have a say in."""
        if not user.is_authenticated:
            return self.none()
        books = PaymentBook.objects.visible_to(user, Capability.ORDER, at=at)
        return self.filter(Q(payment_book__isnull=True) | Q(payment_book__in=books), person=user)

    def with_right(self, user: Any, *, at: datetime) -> "RequestQuerySet":
        """Read with each whether this person may have a say in it, and what its page names."""
        own = Request.objects.open_to(user, at=at).filter(pk=OuterRef("pk"))
        return self.annotate(is_open_to_person=Exists(own)).select_related(
            "item", "managing_company", "payment_book", "premises__building", "person"
        )

    def waiting(self) -> "RequestQuerySet":
        """Narrow to requests that are not settled."""
        return self.filter(closed_at__isnull=True)


class Request(models.Model):
    """An order, a fault or a question, from its sending to its end."""

    class Kind(models.TextChoices):
        ORDER = "order", pgettext_lazy("request", "Order")
        FAULT = "fault", pgettext_lazy("request", "Fault")
        CONTACT = "contact", pgettext_lazy("request", "Question")

    class State(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("request", "Received")
        ASSIGNED = "assigned", pgettext_lazy("request", "Assigned")
        SCHEDULED = "scheduled", pgettext_lazy("request", "Visit arranged")
        DONE = "done", pgettext_lazy("request", "Done")
        REFUSED = "refused", pgettext_lazy("request", "Refused")
        CANCELLED = "cancelled", pgettext_lazy("request", "Cancelled")

    class Urgency(models.TextChoices):
        ORDINARY = "ordinary", pgettext_lazy("urgency", "Can wait")
        URGENT = "urgent", pgettext_lazy("urgency", "Urgent")
        EMERGENCY = "emergency", pgettext_lazy("urgency", "Emergency")

    class DayPart(models.TextChoices):
        MORNING = "morning", _("Morning")
        DAY = "day", pgettext_lazy("part of the day", "Day")
        EVENING = "evening", _("Evening")

    ANSWERED_WITHIN = timedelta(days=14)

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # Of the company, from 1 and without gaps; written „P-1047“.
    number = models.PositiveIntegerField(_("number"))
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        db_index=False,
    )
    payment_book = models.ForeignKey(
        PaymentBook,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requests",
        verbose_name=_("payment book"),
    )
    premises = models.ForeignKey(
        Property,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("property"),
    )
    item = models.ForeignKey(
        CatalogueItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service"),
    )
    # Who asks: somebody with an account, or else the name, email and phone that were typed.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requests",
        verbose_name=_("person"),
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=200, blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone number"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, default=settings.LANGUAGE_CODE)
    text = models.TextField(_("text"), max_length=LONGEST_TEXT)
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency, blank=True)
    wished_part = models.CharField(_("wished time"), max_length=10, choices=DayPart, blank=True)
    wished_on = models.DateField(_("wished day"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RECEIVED)
    in_charge_name = models.CharField(_("person in charge"), max_length=100, blank=True)
    in_charge_phone = models.CharField(_("their phone number"), max_length=40, blank=True)
    visit_on = models.DateField(_("visit on"), null=True, blank=True)
    visit_from = models.TimeField(_("visit from"), null=True, blank=True)
    visit_to = models.TimeField(_("visit until"), null=True, blank=True)
    # Until the answer; of a visit that is arranged, its day.
    deadline_on = models.DateField(pgettext_lazy("services", "due"))
    sent_at = models.DateTimeField(_("sent"))
    assigned_at = models.DateTimeField(_("assigned"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    # Made of the key that the page's form carried and of what was typed into it: a second press makes nothing.
    form_key = models.UUIDField(editable=False)

    objects = RequestQuerySet.as_manager()

    # Only on rows that `with_right` read.
    is_open_to_person: bool

    class Meta:
        ordering = ["-sent_at", "-id"]
        verbose_name = pgettext_lazy("services", "request")
        verbose_name_plural = pgettext_lazy("services", "requests")
        constraints = [
            models.UniqueConstraint(
                fields=["managing_company", "number"], name="one_request_per_number_of_a_company"
            ),
            models.UniqueConstraint(
                fields=["managing_company", "form_key"], name="one_request_per_press_of_a_form"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="requests_are_numbered_from_one"),
            models.CheckConstraint(
                condition=Q(kind="order", item__isnull=False) | (~Q(kind="order") & Q(item__isnull=True)),
                name="order_names_its_service",
            ),
            models.CheckConstraint(
                condition=Q(kind="contact", payment_book__isnull=True, premises__isnull=True)
                | (~Q(kind="contact") & Q(payment_book__isnull=False)),
                name="order_or_fault_is_for_an_object",
            ),
            models.CheckConstraint(
                condition=(Q(kind="fault") & ~Q(urgency="")) | (~Q(kind="fault") & Q(urgency="")),
                name="fault_says_how_urgent_it_is",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False, email="")
                | (Q(person__isnull=True, kind="contact") & ~Q(email="")),
                name="request_is_of_a_person_or_of_an_email",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="request_says_something"),
            models.CheckConstraint(
                condition=Q(state__in=("received", "assigned", "scheduled"), closed_at__isnull=True)
                | Q(state__in=("done", "refused", "cancelled"), closed_at__isnull=False),
                name="closed_request_has_its_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state="assigned") | ~Q(in_charge_name=""),
                name="assigned_request_names_who_is_in_charge",
            ),
            models.CheckConstraint(
                condition=Q(visit_on__isnull=True, visit_from__isnull=True, visit_to__isnull=True)
                | Q(
                    visit_on__isnull=False,
                    visit_from__isnull=False,
                    visit_to__isnull=False,
                    visit_to__gt=F("visit_from"),
                ),
                name="visit_has_its_day_and_hours",
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(visit_on__isnull=False),
                name="arranged_visit_has_its_day",
            ),
        ]
        indexes = [
            models.Index(fields=["managing_company", "deadline_on", "id"], name="requests_of_a_company"),
            models.Index(
                fields=["managing_company", "deadline_on", "id"],
                condition=Q(closed_at__isnull=True),
                name="waiting_requests",
            ),
            models.Index(
                fields=["email"], condition=Q(person__isnull=True), name="requests_without_an_account"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """Return the number as it is written."""
        return f"P-{self.number:04}"

    @property
    def title(self) -> str:
        """Return the first sentence of what was typed, shortened to a heading; of mere signs, what it is."""
        line = self.text.strip().splitlines()[0].strip()
        first = _END_OF_SENTENCE.split(line)[0].rstrip(".")
        if not any(sign.isalnum() for sign in first):
            return self.item.shown_title if self.item else str(self.get_kind_display())
        return first if len(first) <= 80 else f"{first[:79].rstrip()}…"

    @property
    def asker(self) -> str:
        """Return who asks."""
        return str(self.person) if self.person else self.name

    @property
    def asker_email(self) -> str:
        """Return where answers go."""
        return self.person.email if self.person else self.email

    @property
    def is_waiting(self) -> bool:
        """Tell whether it is not settled."""
        return self.closed_at is None

    def is_overdue(self, *, today: date) -> bool:
        """Tell whether the answer, or the visit, should have been before this day."""
        return self.is_waiting and self.deadline_on < today

    def is_answered(self, *, at: datetime) -> bool:
        """Tell whether its person may still write: while it waits and 14 days more."""
        return self.closed_at is None or at <= self.closed_at + self.ANSWERED_WITHIN

    def can_reopen(self, *, at: datetime) -> bool:
        """Tell whether its person may say that it is not done after all."""
        return self.state == self.State.DONE and self.is_answered(at=at)


class Message(models.Model):
    """What was written or done about a request; the thread that both sides read."""

    class Deed(models.TextChoices):
        WRITTEN = "written", pgettext_lazy("request", "Message")
        ASSIGNED = "assigned", pgettext_lazy("request", "Assigned")
        SCHEDULED = "scheduled", pgettext_lazy("request", "Visit arranged")
        TIME_WISHED = "time_wished", pgettext_lazy("request", "Another time asked for")
        DONE = "done", pgettext_lazy("request", "Done")
        REFUSED = "refused", pgettext_lazy("request", "Refused")
        CANCELLED = "cancelled", pgettext_lazy("request", "Cancelled")
        REOPENED = "reopened", pgettext_lazy("request", "Opened again")

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="messages")
    deed = models.CharField(max_length=20, choices=Deed, default=Deed.WRITTEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_of_staff = models.BooleanField()
    text = models.TextField(max_length=LONGEST_TEXT, blank=True)
    written_at = models.DateTimeField()
    form_key = models.UUIDField(editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["request", "form_key"], name="one_message_per_press_of_a_form"),
            models.CheckConstraint(
                condition=~Q(deed__in=("written", "refused", "reopened")) | ~Q(text=""),
                name="message_refusal_and_reopening_say_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.get_deed_display()}"


class PhotoQuerySet(models.QuerySet["Photo"]):
    def visible_to(self, user: Any, *, at: datetime) -> "PhotoQuerySet":
        """Narrow to photos of requests that this person sees, and to those that staff of the company serve."""
        companies = ManagingCompany.objects.staffed_by(user)
        seen = Request.objects.visible_to(user, at=at)
        return self.filter(Q(request__in=seen) | Q(request__managing_company__in=companies))


class Photo(models.Model):
    """A picture that came with a request, or with a later message about it."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="photos", db_index=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="photos")
    place = models.PositiveSmallIntegerField()
    # Under a name that nobody guesses; handed out by `services:photo` alone.
    file = models.FileField(upload_to="services")

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "message", "place"],
                nulls_distinct=False,
                name="one_photo_per_place",
            ),
            models.CheckConstraint(
                condition=Q(place__range=(1, MOST_PHOTOS)), name="at_most_five_photos_at_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request} {self.place}"
