"""What was used: meters (one row per dial), readings, late windows, readings that staff look into."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lithuanian.folding import fold_code
from properties.capabilities import Capability
from properties.models import BookPremises, Building, ManagingCompany, PaymentBook, Property

from .dials import DIALS, MOST_DECIMAL_DIGITS, MOST_INTEGER_DIGITS, VALUE_LIMIT
from .typed import value_words


def value_field(label: Any, **options: Any) -> models.DecimalField:
    """Return a column of what a dial shows."""
    return models.DecimalField(
        label,
        max_digits=MOST_INTEGER_DIGITS + MOST_DECIMAL_DIGITS,
        decimal_places=MOST_DECIMAL_DIGITS,
        **options,
    )


def shown_by_a_dial(*fields: str) -> Q:
    """Return a condition that keeps values finite and not negative; empty ones pass."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0, f"{field}__lt": VALUE_LIMIT})
    return condition


class MeterQuerySet(models.QuerySet["Meter"]):
    def visible_to(self, user: Any, capability: Capability, *, at: datetime) -> "MeterQuerySet":
        """Narrow to the meters with which this person may do this at this moment, each once.

        Declaring is only for clients of companies that take it. A former owner keeps the meters of their
        own time, a new one does not get those removed before it.
        """
        if not user.is_authenticated:
            return self.none()
        books = PaymentBook.objects.visible_to(user, capability, at=at)
        if capability == Capability.DECLARE:
            books = books.filter(managing_company__declares_readings=True)
        # Said first, so that it is by their premises that a person's few meters are found among millions:
        # what follows compares days, and alone would be tried on every meter there is.
        near = BookPremises.objects.filter(payment_book__accesses__person=user)
        meters = self.filter(property__in=near.values("property"))
        return meters.filter(Exists(_premises_in_time_of_meter().filter(payment_book__in=books)))

    def of_book(self, book: PaymentBook) -> "MeterQuerySet":
        """Narrow to the meters of a payment book's premises that were there in its time."""
        return self.filter(Exists(_premises_in_time_of_meter().filter(payment_book=book)))

    def in_place(self, *, on: date) -> "MeterQuerySet":
        """Narrow to the meters that are installed and not removed on that day; `removed_on` is the last."""
        return self.filter(
            Q(installed_on__isnull=True) | Q(installed_on__lte=on),
            Q(removed_on__isnull=True) | Q(removed_on__gte=on),
        )


def _premises_in_time_of_meter() -> models.QuerySet[BookPremises]:
    """Return the premises of payment books that lasted while the outer meter was there."""
    return BookPremises.objects.filter(
        Q(payment_book__closed_on__isnull=True)
        | Q(payment_book__closed_on__gte=Coalesce(OuterRef("installed_on"), date.min)),
        Q(payment_book__opened_on__isnull=True)
        | Q(payment_book__opened_on__lte=Coalesce(OuterRef("removed_on"), date.max)),
        property=OuterRef("property"),
    )


class Meter(models.Model):
    """One dial: an electricity meter of two zones is two rows, T1 and T2."""

    class Type(models.TextChoices):
        COLD_WATER = "cold_water", _("Cold water")
        HOT_WATER = "hot_water", _("Hot water")
        ELECTRICITY = "electricity", _("Electricity")
        GAS = "gas", _("Gas")
        HEAT = "heat", _("Heat")

    class Register(models.TextChoices):
        ONLY = "", _("The only one")
        T1 = "T1", "T1"
        T2 = "T2", "T2"

    property = models.ForeignKey(
        Property, on_delete=models.PROTECT, related_name="meters", verbose_name=_("property"), db_index=False
    )
    # The property's company, repeated so that staff's rows and files find it without a join.
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        db_index=False,
    )
    serial = models.CharField(_("serial number"), max_length=50)
    serial_key = models.CharField(max_length=50, editable=False)
    type = models.CharField(_("meter type"), max_length=20, choices=Type)
    register = models.CharField(_("zone"), max_length=2, choices=Register, blank=True, default="")
    unit = models.CharField(pgettext_lazy("measure", "unit"), max_length=20, blank=True)
    integer_digits = models.PositiveSmallIntegerField(
        _("digits before the point"),
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_INTEGER_DIGITS)],
    )
    decimal_digits = models.PositiveSmallIntegerField(
        _("digits after the point"), blank=True, validators=[MaxValueValidator(MOST_DECIMAL_DIGITS)]
    )
    place = models.CharField(_("place"), max_length=100, blank=True)
    installed_on = models.DateField(_("installed"), null=True, blank=True)
    initial_reading = value_field(_("initial reading"), null=True, blank=True)
    removed_on = models.DateField(_("removed"), null=True, blank=True)
    final_reading = value_field(_("final reading"), null=True, blank=True)
    verified_until = models.DateField(_("verified until"), null=True, blank=True)
    is_remote = models.BooleanField(_("read remotely"), default=False)
    replaces = models.OneToOneField(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("replaces the meter"),
    )
    # The last current reading, written with it in one transaction, so that home and the form read no
    # readings. No index on any of these: the row is then updated in place.
    last_value = value_field(_("last reading"), null=True, editable=False)
    last_on = models.DateField(_("last read"), null=True, editable=False)
    last_kind = models.CharField(max_length=10, blank=True, default="", editable=False)
    last_period = models.DateField(null=True, editable=False)
    last_book = models.ForeignKey(
        PaymentBook, on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )

    objects = MeterQuerySet.as_manager()

    class Meta:
        ordering = ["property", "type", "place", "serial_key", "register", "id"]
        verbose_name = _("meter")
        verbose_name_plural = _("meters")
        constraints = [
            models.UniqueConstraint(
                fields=["property", "serial_key", "type", "register"],
                name="one_meter_per_property_serial_type_and_register",
            ),
            # What the company of a reading and its meter's are compared by; staff's list is read by it too.
            models.UniqueConstraint(fields=["managing_company", "id"], name="meter_is_of_one_company"),
            models.CheckConstraint(condition=~Q(serial_key=""), name="serial_has_letters_or_digits"),
            models.CheckConstraint(condition=Q(register__in=["", "T1", "T2"]), name="register_is_known"),
            models.CheckConstraint(condition=Q(type__in=list(DIALS)), name="meter_type_is_known"),
            models.CheckConstraint(
                condition=Q(
                    integer_digits__range=(1, MOST_INTEGER_DIGITS),
                    decimal_digits__range=(0, MOST_DECIMAL_DIGITS),
                ),
                name="dial_has_some_digits",
            ),
            models.CheckConstraint(
                condition=shown_by_a_dial("initial_reading", "final_reading", "last_value"),
                name="meter_values_are_numbers",
            ),
            models.CheckConstraint(
                condition=Q(installed_on__isnull=True)
                | Q(removed_on__isnull=True)
                | Q(removed_on__gte=F("installed_on")),
                name="meter_is_removed_after_it_is_installed",
            ),
            models.CheckConstraint(
                condition=Q(final_reading__isnull=True) | Q(removed_on__isnull=False),
                name="final_reading_is_of_a_removed_meter",
            ),
            models.CheckConstraint(
                condition=Q(
                    last_value__isnull=True,
                    last_on__isnull=True,
                    last_period__isnull=True,
                    last_book__isnull=True,
                    last_kind="",
                )
                | Q(
                    last_value__isnull=False,
                    last_on__isnull=False,
                    last_period__isnull=False,
                    last_book__isnull=False,
                )
                & ~Q(last_kind=""),
                name="last_reading_is_whole_or_absent",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(replaces=F("id")), name="meter_replaces_another"
            ),
        ]
        indexes = [
            models.Index(fields=["managing_company", "serial_key", "id"], name="meter_by_serial"),
            # What staff's list is narrowed to where few of the rows fit.
            models.Index(fields=["managing_company", "type", "serial_key", "id"], name="meter_by_type"),
            models.Index(
                fields=["managing_company", "serial_key", "id"],
                condition=Q(removed_on__isnull=False),
                name="removed_meters",
            ),
            models.Index(
                fields=["managing_company", "serial_key", "id"],
                condition=Q(is_remote=True),
                name="remote_meters",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.serial} {self.register}".rstrip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the company, the folded serial and what the type gives beside what they come from."""
        self.derive_keys()
        super().save(*args, **kwargs)

    def derive_keys(self) -> None:
        """Set what is derived; forms need it before they ask the constraints."""
        self.managing_company_id = self.property.managing_company_id
        self.serial_key = fold_code(self.serial)
        dial = DIALS.get(self.type)
        if dial is not None:
            self.unit = self.unit or dial.unit
            for digits in ("integer_digits", "decimal_digits"):
                if getattr(self, digits) is None:
                    setattr(self, digits, getattr(dial, digits))


class ReadingQuerySet(models.QuerySet["Reading"]):
    def visible_to(self, user: Any, *, at: datetime) -> "ReadingQuerySet":
        """Narrow to the current readings of the books whose readings this person may see.

        Nothing from before a book's first day, whatever was entered for it.
        """
        books = PaymentBook.objects.visible_to(user, Capability.SEE_READINGS, at=at)
        return self.current().filter(
            Q(payment_book__opened_on__isnull=True) | Q(read_on__gte=F("payment_book__opened_on")),
            payment_book__in=books,
        )

    def current(self) -> "ReadingQuerySet":
        """Narrow to the readings that no correction replaced."""
        return self.filter(replaced_at__isnull=True)


class Reading(models.Model):
    """What a dial showed. A correction is a new row; the earlier one stays, marked replaced."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("Opening reading")
        MONTHLY = "monthly", _("Monthly reading")
        HANDOVER = "handover", _("Handover reading")
        FINAL = "final", _("Final reading")
        ESTIMATE = "estimate", _("Estimate")

    class Source(models.TextChoices):
        RESIDENT = "resident", pgettext_lazy("declared by", "Resident")
        STAFF = "staff", pgettext_lazy("declared by", "Staff")
        IMPORT = "import", pgettext_lazy("declared by", "Company's file")
        REMOTE = "remote", pgettext_lazy("declared by", "Read remotely")
        ESTIMATE = "estimate", pgettext_lazy("declared by", "Estimate")

    meter = models.ForeignKey(
        Meter,
        on_delete=models.PROTECT,
        related_name="readings",
        verbose_name=_("meter"),
        db_index=False,
        db_constraint=False,
    )
    payment_book = models.ForeignKey(
        PaymentBook,
        on_delete=models.PROTECT,
        related_name="readings",
        verbose_name=_("payment book"),
        db_index=False,
    )
    # The meter's company, repeated so that staff's lists do not pass by the rows of others. One key of both
    # columns, in the migration that added it, says that there is such a meter of that company.
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        db_index=False,
        db_constraint=False,
        editable=False,
    )
    kind = models.CharField(
        pgettext_lazy("reading", "kind"), max_length=10, choices=Kind, default=Kind.MONTHLY
    )
    # The first day of the month in which the window opened.
    period = models.DateField(_("period"))
    value = value_field(_("reading"))
    read_on = models.DateField(_("read"))
    declared_at = models.DateTimeField(_("declared"))
    source = models.CharField(_("how"), max_length=10, choices=Source)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("declared by"),
        db_index=False,
    )
    replaces = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("corrects"),
        db_index=False,
    )
    replaced_at = models.DateTimeField(_("corrected"), null=True, blank=True)
    # A question was asked about it: the person confirmed, or it came in a file.
    is_unusual = models.BooleanField(_("unusual"), default=False)
    # The dial passed its highest value since the reading before; consumption counts it.
    is_rollover = models.BooleanField(_("the dial went round"), default=False)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-read_on", "-id"]
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [
            models.UniqueConstraint(
                fields=["meter", "payment_book", "period"],
                condition=Q(kind="monthly", replaced_at__isnull=True),
                name="one_current_reading_per_month",
            ),
            models.UniqueConstraint(
                fields=["meter", "kind"],
                condition=Q(kind__in=["opening", "final"], replaced_at__isnull=True),
                name="one_current_reading_per_end_of_a_meter",
            ),
            models.UniqueConstraint(
                fields=["replaces"], condition=Q(replaces__isnull=False), name="reading_is_corrected_once"
            ),
            models.CheckConstraint(condition=shown_by_a_dial("value"), name="reading_is_a_number"),
            models.CheckConstraint(condition=Q(period__day=1), name="reading_period_is_a_first_day_of_month"),
            models.CheckConstraint(
                condition=Q(kind__in=["opening", "monthly", "handover", "final", "estimate"]),
                name="reading_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["resident", "staff", "import", "remote", "estimate"]),
                name="reading_source_is_known",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(replaces=F("id")), name="reading_replaces_another"
            ),
        ]
        indexes = [
            models.Index(
                fields=["meter", "-read_on", "-id"],
                include=["payment_book", "kind", "period", "value", "is_rollover", "replaced_at"],
                name="readings_of_a_meter",
            ),
            models.Index(fields=["payment_book", "-read_on", "-id"], name="readings_of_a_book"),
            models.Index(
                fields=["declared_by"], condition=Q(declared_by__isnull=False), name="readings_of_a_person"
            ),
            # Staff's list, and what it is narrowed to where few of the rows fit.
            models.Index(
                fields=["managing_company", "-period", "-read_on", "-id"], name="readings_of_a_company"
            ),
            models.Index(
                fields=["managing_company", "-period", "-read_on", "-id"],
                condition=Q(is_unusual=True),
                name="unusual_readings",
            ),
            models.Index(
                fields=["managing_company", "-period", "-read_on", "-id"],
                condition=Q(replaced_at__isnull=False),
                name="corrected_readings",
            ),
            models.Index(
                fields=["managing_company", "kind", "-period", "-read_on", "-id"],
                condition=~Q(kind="monthly"),
                name="readings_of_a_rare_kind",
            ),
            models.Index(
                fields=["managing_company", "source", "-period", "-read_on", "-id"],
                condition=Q(source__in=["staff", "remote", "estimate"]),
                name="readings_of_a_rare_source",
            ),
            # Staff ask for whole months, exports for what came since.
            BrinIndex(fields=["read_on", "declared_at"], name="readings_by_day", pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"{self.read_on}, {value_words(self.value)}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the company beside the meter that it comes from."""
        self.managing_company_id = self.meter.managing_company_id
        super().save(*args, **kwargs)


class ReadingPhoto(models.Model):
    """What the dial looked like: a row of its own, because few of the many readings have one."""

    reading = models.OneToOneField(
        Reading, on_delete=models.PROTECT, related_name="photo", verbose_name=_("reading")
    )
    # Under a name that nobody guesses; handed out by `meters:reading_photo` alone.
    file = models.FileField(_("photo"), upload_to="readings")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("photo of a reading")
        verbose_name_plural = _("photos of readings")
        constraints = [models.CheckConstraint(condition=~Q(file=""), name="photo_has_a_file")]

    def __str__(self) -> str:
        return str(self.reading)


class LateWindow(models.Model):
    """Staff let a building or one meter declare for a period after its window has closed."""

    building = models.ForeignKey(
        Building,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="late_windows",
        verbose_name=_("building"),
    )
    meter = models.ForeignKey(
        Meter,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="late_windows",
        verbose_name=_("meter"),
    )
    # The building's or the meter's company, repeated for the fence.
    managing_company = models.ForeignKey(
        ManagingCompany, on_delete=models.PROTECT, related_name="+", verbose_name=_("managing company")
    )
    period = models.DateField(_("period"))
    opens_at = models.DateTimeField(_("opens"))
    # The first moment at which it is closed again.
    ends_at = models.DateTimeField(_("ends"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("opened by"),
    )

    class Meta:
        ordering = ["-opens_at", "-id"]
        verbose_name = _("late window")
        verbose_name_plural = _("late windows")
        constraints = [
            models.CheckConstraint(
                condition=Q(building__isnull=True) ^ Q(meter__isnull=True),
                name="late_window_is_for_a_building_or_a_meter",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("opens_at")), name="late_window_ends_after_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(period__day=1), name="late_window_period_is_a_first_day_of_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period:%Y-%m}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the company beside the building or meter that it comes from."""
        self.derive_keys()
        super().save(*args, **kwargs)

    def derive_keys(self) -> None:
        """Set what is derived; forms need it before they ask the constraints."""
        of = self.building or self.meter
        if of is not None:
            self.managing_company_id = of.managing_company_id


class ReadingCase(models.Model):
    """A reading that was refused and sent to staff, who find out what is right."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("The reading is taken")
        REFUSED = "refused", _("The reading is not taken")

    meter = models.ForeignKey(Meter, on_delete=models.CASCADE, related_name="cases", verbose_name=_("meter"))
    payment_book = models.ForeignKey(
        PaymentBook, on_delete=models.PROTECT, related_name="+", verbose_name=_("payment book")
    )
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        db_index=False,
    )
    period = models.DateField(_("period"))
    value = value_field(_("reading"))
    note = models.TextField(pgettext_lazy("reading", "note"), max_length=1000, blank=True)
    # Under a name that nobody guesses; handed out by `meters:case_photo` alone.
    photo = models.FileField(_("photo"), upload_to="cases", blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )
    sent_at = models.DateTimeField(_("sent"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("settled by"),
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True, default="")
    reason = models.TextField(_("reason"), max_length=1000, blank=True)

    class Meta:
        ordering = ["-sent_at", "-id"]
        verbose_name = _("reading to be checked")
        verbose_name_plural = _("readings to be checked")
        constraints = [
            models.UniqueConstraint(
                fields=["meter", "payment_book", "period"],
                condition=Q(settled_at__isnull=True),
                name="one_open_case_per_meter_and_period",
            ),
            models.CheckConstraint(condition=shown_by_a_dial("value"), name="case_value_is_a_number"),
            models.CheckConstraint(condition=Q(period__day=1), name="case_period_is_a_first_day_of_month"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, outcome="")
                | (Q(settled_at__isnull=False) & ~Q(outcome="")),
                name="settled_case_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(reason=""), name="refused_case_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["managing_company", "sent_at", "id"], name="cases_of_a_company"),
            models.Index(
                fields=["managing_company", "sent_at", "id"],
                condition=Q(settled_at__isnull=True),
                name="waiting_cases",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter}, {value_words(self.value)} {self.meter.unit}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the company beside the meter that it comes from."""
        self.managing_company_id = self.meter.managing_company_id
        super().save(*args, **kwargs)


class ReadingExport(models.Model):
    """How far the readings of a company's period were last handed to its accounting."""

    managing_company = models.ForeignKey(
        ManagingCompany, on_delete=models.CASCADE, related_name="+", verbose_name=_("managing company")
    )
    period = models.DateField(_("period"))
    exported_at = models.DateTimeField(_("exported"))
    # Whoever exports holds back writers for the moment of taking it, so that no lower id comes later.
    last_reading_no = models.BigIntegerField(_("up to the reading no."))

    class Meta:
        ordering = ["-exported_at", "-id"]
        verbose_name = _("export of readings")
        verbose_name_plural = _("exports of readings")
        constraints = [
            models.CheckConstraint(condition=Q(period__day=1), name="export_period_is_a_first_day_of_month")
        ]

    def __str__(self) -> str:
        return f"{self.period:%Y-%m} {self.exported_at}"
