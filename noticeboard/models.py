"""What happens in the building: announcements, works, files, and what each person has seen of it."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.files.storage import default_storage
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, ExpressionWrapper, F, Func, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from properties.capabilities import Capability
from properties.models import BookPremises, Building, ManagingCompany, PaymentBook, Property

# For so long something not seen yet is marked: what is older is no news to anybody.
STAYS_NEW = timedelta(days=30)


def _books_of(user: Any, at: datetime) -> QuerySet[PaymentBook]:
    return PaymentBook.objects.visible_to(user, Capability.SEE_OBJECT, at=at)


def _concerning(books: QuerySet[PaymentBook], *, known_on: str) -> QuerySet[PaymentBook]:
    """Narrow to the books that had not been closed when the last was said of the row that is asked about.

    Each has a row per premises beside it, or one with none. What a table asks of them must stand in one EXISTS,
    not in several joined by OR: so PostgreSQL looks the premises up once and not for every row.
    """
    # `closed_on` is a book's last day.
    return books.filter(Q(closed_on__isnull=True) | Q(closed_on__gte=OuterRef(known_on)))


def _asked(column: str) -> ExpressionWrapper:
    """Return a column of the row that is asked about, to compare with a value."""
    return ExpressionWrapper(OuterRef(column), output_field=models.CharField())


# Premises of a book in the building of the row that is asked about, and at its staircase.
_PREMISES = "book_premises__property"
_IN_BUILDING = Q(**{f"{_PREMISES}__building": OuterRef("building")})
_AT_STAIRCASE = Q(**{f"{_PREMISES}__staircase": OuterRef("staircase")})


class Near(NamedTuple):
    """The companies and buildings of books, of a caller who knows them: they are not looked up again."""

    companies: list[int]
    buildings: list[int]


def _among(column: str, known: list[int] | None, rows: QuerySet[Any, Any]) -> Q:
    """Return the condition that a column is one of these, for an index: what is of others is not even looked at.

    Rows become an array, which an index can be asked for: two `IN (SELECT …)` joined by OR would be tried on
    every row there is.
    """
    if known is not None:
        return Q(**{f"{column}__in": known})
    is_one = Func(
        F(column),
        ArraySubquery(rows.order_by()),
        arg_joiner=" = ANY (",
        template="%(expressions)s)",
        output_field=models.BooleanField(),
    )
    return Q(is_one)


def _in_buildings(books: QuerySet[PaymentBook], near: Near | None) -> Q:
    rows = BookPremises.objects.filter(payment_book__in=books).values("property__building")
    return _among("building", near and near.buildings, rows)


# ── Announcements ───────────────────────────────────────────────────────────────────────────────


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def visible_to(self, user: Any, *, at: datetime) -> "AnnouncementQuerySet":
        """Narrow to what concerns an object of this person and is published at that moment."""
        return self.reaching(books=_books_of(user, at), at=at) if user.is_authenticated else self.none()

    def reaching(
        self, *, books: QuerySet[PaymentBook], at: datetime, near: Near | None = None
    ) -> "AnnouncementQuerySet":
        """Narrow to what concerns any of these books; of a closed one, to what was said up to its last day.

        What is told to chosen premises is told to those who have them then, and not to who comes later.
        """
        audience = Announcement.Audience
        chosen = Announcement.properties.through.objects.filter(
            announcement=OuterRef(OuterRef("pk")), property=OuterRef(_PREMISES)
        )
        told = (
            _concerning(books, known_on="known_on")
            .alias(audience=_asked("audience"))
            .filter(
                Q(audience=audience.COMPANY, managing_company=OuterRef("managing_company"))
                | (Q(audience=audience.BUILDING) & _IN_BUILDING)
                | (Q(audience=audience.STAIRCASE) & _IN_BUILDING & _AT_STAIRCASE)
                | (
                    Q(audience=audience.PREMISES)
                    & _IN_BUILDING
                    & (Q(opened_on__isnull=True) | Q(opened_on__lte=OuterRef("day")))
                    & Exists(chosen)
                )
            )
        )
        companies = near and near.companies
        return self.filter(
            Exists(told),
            # Said again for the indexes, see `_among`.
            (
                Q(audience=audience.COMPANY)
                & _among("managing_company", companies, books.values("managing_company"))
            )
            | _in_buildings(books, near),
            published_at__lte=at,
        )


class Announcement(models.Model):
    """Something told to everybody of a company, a building or a staircase, or to chosen premises."""

    class Audience(models.TextChoices):
        COMPANY = "company", _("All objects of the company")
        BUILDING = "building", _("A building")
        STAIRCASE = "staircase", _("A staircase")
        PREMISES = "premises", _("Chosen premises of a building")

    managing_company = models.ForeignKey(
        ManagingCompany, on_delete=models.PROTECT, related_name="+", verbose_name=_("managing company")
    )
    audience = models.CharField(_("for whom"), max_length=10, choices=Audience)
    building = models.ForeignKey(
        Building,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="announcements",
        verbose_name=_("building"),
    )
    staircase = models.CharField(_("staircase"), max_length=20, blank=True)
    properties = models.ManyToManyField(
        Property, related_name="announcements", blank=True, verbose_name=_("premises")
    )
    title = models.CharField(_("title"), max_length=150)
    text = models.TextField(_("text"), max_length=10_000)
    # Empty: a draft.
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    # When staff changed it after it was published.
    changed_at = models.DateTimeField(null=True, editable=False)
    is_important = models.BooleanField(_("important"), default=False)
    important_until = models.DateTimeField(_("on the main window until"), null=True, blank=True)
    sends_letters = models.BooleanField(_("send by letters"), default=False)
    # Letters are made in the order of people's ids: whose came last.
    letters_upto = models.PositiveBigIntegerField(default=0, editable=False)
    letters_made_at = models.DateTimeField(_("letters made"), null=True, editable=False)
    stopped_at = models.DateTimeField(_("letters stopped"), null=True, editable=False)
    # The day of publishing, and the day of the last thing that it says.
    day = models.DateField(null=True, editable=False)
    known_on = models.DateField(null=True, editable=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = pgettext_lazy("noticeboard", "announcement")
        verbose_name_plural = pgettext_lazy("noticeboard", "announcements")
        constraints = [
            models.CheckConstraint(
                condition=Q(audience="company", building__isnull=True, staircase="")
                | Q(audience__in=("building", "premises"), building__isnull=False, staircase="")
                | (Q(audience="staircase", building__isnull=False) & ~Q(staircase="")),
                name="announcement_names_its_audience",
            ),
            models.CheckConstraint(
                condition=Q(is_important=False) | Q(important_until__isnull=False),
                name="important_announcement_says_until_when",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(day__isnull=False, known_on__isnull=False),
                name="published_announcement_has_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["managing_company", "day", "id"], name="announcements_by_day"),
            models.Index(
                fields=["managing_company", "day"],
                condition=Q(audience="company"),
                name="announcements_to_everybody",
            ),
            models.Index(
                fields=["published_at"],
                condition=Q(sends_letters=True, letters_made_at__isnull=True, stopped_at__isnull=True),
                name="announcements_to_be_sent",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the days beside the moments that they are of."""
        self.derive_keys()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Let the kept files of its attachments go with them."""
        let_go(*self.attachments.values_list("file", flat=True))
        return super().delete(*args, **kwargs)

    def derive_keys(self) -> None:
        """Set what is sorted and compared by; forms need it before they ask the constraints."""
        self.staircase = self.staircase.strip()
        self.day = timezone.localdate(self.published_at) if self.published_at else None
        self.known_on = _known_on(self.published_at, self.changed_at)


def _known_on(published_at: datetime | None, changed_at: datetime | None) -> date | None:
    if published_at is None:
        return None
    return timezone.localdate(max(published_at, changed_at) if changed_at else published_at)


# ── Works ───────────────────────────────────────────────────────────────────────────────────────


class WorkQuerySet(models.QuerySet["Work"]):
    def visible_to(self, user: Any, *, at: datetime) -> "WorkQuerySet":
        """Narrow to what is done where this person has an object and is published at that moment."""
        return self.reaching(books=_books_of(user, at), at=at) if user.is_authenticated else self.none()

    def reaching(
        self, *, books: QuerySet[PaymentBook], at: datetime, near: Near | None = None
    ) -> "WorkQuerySet":
        """Narrow to what concerns any of these books; of a closed one, to what was said up to its last day."""
        told = (
            _concerning(books, known_on="known_on")
            .alias(of=_asked("staircase"))
            .filter(_IN_BUILDING, Q(of="") | _AT_STAIRCASE)
        )
        return self.filter(Exists(told), _in_buildings(books, near), published_at__lte=at)

    def ahead(self, *, on: date) -> "WorkQuerySet":
        """Narrow to what is still to come or goes on; the day it was called off for also has to come."""
        return self.filter(self.is_ahead(on=on))

    @staticmethod
    def is_ahead(*, on: date) -> Q:
        """Return the condition of `ahead`: what staff forgot to close is let go of after a month."""
        lasting = Q(state__in=(Work.State.PLANNED, Work.State.IN_PROGRESS, Work.State.POSTPONED))
        undated = Q(starts_on__isnull=True)
        return (lasting & (undated | Q(day__gte=on - STAYS_NEW))) | Q(state=Work.State.CANCELLED, day__gte=on)


class Work(models.Model):
    """Something done, or to be done, to a building or at one of its staircases."""

    class Kind(models.TextChoices):
        WATER = "water", _("Water")
        HEATING = "heating", _("Heating")
        LIFT = "lift", _("Lift")
        ELECTRICITY = "electricity", pgettext_lazy("works", "Electricity")
        ROOF = "roof", _("Roof")
        CLEANING = "cleaning", _("Cleaning")
        OTHER = "other", pgettext_lazy("works", "Other")

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("works", "Planned")
        IN_PROGRESS = "in_progress", pgettext_lazy("works", "In progress")
        DONE = "done", pgettext_lazy("works", "Done")
        POSTPONED = "postponed", pgettext_lazy("works", "Postponed")
        CANCELLED = "cancelled", pgettext_lazy("works", "Cancelled")

    class PaidFrom(models.TextChoices):
        RESERVE_FUND = "reserve_fund", _("From the reserve fund")
        COMPANY = "company", _("By the managing company")
        RESIDENTS = "residents", _("By residents, additionally")

    # Repeated here from the building, for the lists of staff.
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        editable=False,
    )
    building = models.ForeignKey(
        Building,
        on_delete=models.PROTECT,
        related_name="works",
        verbose_name=_("building"),
        db_index=False,
    )
    staircase = models.CharField(
        _("staircase"), max_length=20, blank=True, help_text=_("Empty: the whole building.")
    )
    title = models.CharField(_("title"), max_length=150)
    description = models.TextField(_("description"), max_length=10_000, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.PLANNED)
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("Empty: the same as the first day.")
    )
    from_time = models.TimeField(_("from what time"), null=True, blank=True)
    until_time = models.TimeField(_("until what time"), null=True, blank=True)
    cost = models.DecimalField(_("cost, €"), max_digits=10, decimal_places=2, null=True, blank=True)
    paid_from = models.CharField(_("who pays"), max_length=20, choices=PaidFrom, blank=True)
    paying_words = models.CharField(
        _("who pays, in words"),
        max_length=300,
        blank=True,
        help_text=_("For example: 12.40 € for each flat, on the invoice for November."),
    )
    contractor = models.CharField(_("contractor"), max_length=200, blank=True)
    contact_name = models.CharField(_("whom to ask"), max_length=100, blank=True)
    contact_phone = models.CharField(_("phone of whom to ask"), max_length=40, blank=True)
    # Empty: a draft.
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    # When staff changed it after it was published.
    changed_at = models.DateTimeField(null=True, editable=False)
    is_important = models.BooleanField(_("important"), default=False)
    important_until = models.DateTimeField(_("on the main window until"), null=True, blank=True)
    # The last day of the work, or of publishing where no day is known; the day of the last thing that it says.
    day = models.DateField(null=True, editable=False)
    known_on = models.DateField(null=True, editable=False)

    objects = WorkQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = pgettext_lazy("noticeboard", "work")
        verbose_name_plural = pgettext_lazy("noticeboard", "works")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
                name="work_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(from_time__isnull=True, until_time__isnull=True)
                | Q(
                    starts_on__isnull=False,
                    from_time__isnull=False,
                    until_time__isnull=False,
                    until_time__gt=F("from_time"),
                ),
                name="work_has_both_hours_or_none",
            ),
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=0, cost__lt=100_000_000),
                name="cost_of_a_work_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(is_important=False) | Q(important_until__isnull=False),
                name="important_work_says_until_when",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(day__isnull=False, known_on__isnull=False),
                name="published_work_has_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["building", "day", "id"], name="works_by_day"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the company and the days beside what they come from."""
        self.derive_keys()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Let the kept files of its attachments go with them."""
        let_go(*self.attachments.values_list("file", flat=True))
        return super().delete(*args, **kwargs)

    def derive_keys(self) -> None:
        """Set what is sorted and compared by; forms need it before they ask the constraints."""
        self.managing_company_id = self.building.managing_company_id
        self.staircase = self.staircase.strip()
        published_on = timezone.localdate(self.published_at) if self.published_at else None
        self.day = self.ends_on or self.starts_on or published_on
        self.known_on = _known_on(self.published_at, self.changed_at)


# ── Files ───────────────────────────────────────────────────────────────────────────────────────


def let_go(*names: str | None) -> None:
    """Delete kept files once it is certain that no row has them."""
    for name in filter(None, names):
        # Whatever the disk says then, the row is gone already: it is logged and nobody sees an error.
        transaction.on_commit(partial(default_storage.delete, name), robust=True)


def _replaced(row: "Attachment | BuildingFile") -> str:
    """Return the name of the kept file in whose place another one comes; nothing where it stays."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    earlier = rows.values_list("file", flat=True).first() if row.pk else None
    return earlier if earlier and earlier != row.file.name else ""


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: Any, *, at: datetime) -> "AttachmentQuerySet":
        """Narrow to what is attached to something that this person may see, or serves at their company."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(announcement__in=Announcement.objects.visible_to(user, at=at)) | Q(
            work__in=Work.objects.visible_to(user, at=at)
        )
        served = ManagingCompany.objects.staffed_by(user)
        return self.filter(
            mine | Q(announcement__managing_company__in=served) | Q(work__managing_company__in=served)
        )


class Attachment(models.Model):
    """A document or a photo of an announcement or a work."""

    class Kind(models.TextChoices):
        DOCUMENT = "document", _("Document")
        BEFORE = "before", _("Photo before the work")
        AFTER = "after", _("Photo after the work")

    announcement = models.ForeignKey(
        Announcement, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    work = models.ForeignKey(
        Work, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.DOCUMENT)
    title = models.CharField(_("title"), max_length=150, blank=True)
    file = models.FileField(_("file"), upload_to="noticeboard")
    name = models.CharField(_("file name"), max_length=150)
    content_type = models.CharField(max_length=50)
    # Bytes.
    size = models.PositiveIntegerField(_("size"))

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                condition=Q(announcement__isnull=False, work__isnull=True)
                | Q(announcement__isnull=True, work__isnull=False),
                name="attachment_belongs_to_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(kind="document") | Q(work__isnull=False, content_type="image/jpeg"),
                name="photo_is_a_picture_of_a_work",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Let a file go in whose place another one comes."""
        let_go(_replaced(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Let the kept file go with its row."""
        let_go(self.file.name)
        return super().delete(*args, **kwargs)


class BuildingFileQuerySet(models.QuerySet["BuildingFile"]):
    def visible_to(self, user: Any, *, at: datetime) -> "BuildingFileQuerySet":
        """Narrow to files of buildings where this person has an object, or serves at their company."""
        if not user.is_authenticated:
            return self.none()
        mine = self._reached(_books_of(user, at))
        return self.filter(mine | Q(managing_company__in=ManagingCompany.objects.staffed_by(user)))

    def reaching(self, *, books: QuerySet[PaymentBook]) -> "BuildingFileQuerySet":
        """Narrow to files of these books' buildings; of a closed book, to those added up to its last day."""
        return self.filter(self._reached(books))

    @staticmethod
    def _reached(books: QuerySet[PaymentBook]) -> Q:
        told = _concerning(books, known_on="added_on").filter(_IN_BUILDING)
        return Q(Exists(told)) & _in_buildings(books, None)


class BuildingFile(models.Model):
    """A paper of the building: minutes, an estimate, an act, a plan."""

    class Kind(models.TextChoices):
        MINUTES = "minutes", _("Minutes")
        ESTIMATE = "estimate", pgettext_lazy("file of a building", "Estimate")
        ACT = "act", pgettext_lazy("file of a building", "Act")
        PLAN = "plan", pgettext_lazy("file of a building", "Plan")
        OTHER = "other", pgettext_lazy("file of a building", "Other")

    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        editable=False,
    )
    building = models.ForeignKey(
        Building,
        on_delete=models.PROTECT,
        related_name="files",
        verbose_name=_("building"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    year = models.PositiveSmallIntegerField(
        pgettext_lazy("file of a building", "year"),
        validators=[MinValueValidator(1900), MaxValueValidator(2199)],
    )
    title = models.CharField(_("title"), max_length=150)
    file = models.FileField(_("file"), upload_to="noticeboard")
    name = models.CharField(_("file name"), max_length=150, editable=False)
    content_type = models.CharField(max_length=50, editable=False)
    # Bytes.
    size = models.PositiveIntegerField(_("size"), editable=False)
    added_on = models.DateField(_("added"), editable=False)

    objects = BuildingFileQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "-id"]
        verbose_name = _("file of a building")
        verbose_name_plural = _("files of buildings")
        constraints = [
            models.CheckConstraint(
                condition=Q(year__range=(1900, 2199)), name="year_of_a_file_is_of_our_times"
            ),
        ]
        indexes = [models.Index(fields=["building", "year", "id"], name="files_of_a_building")]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the company beside the building; let a file go in whose place another one comes."""
        self.derive_keys()
        let_go(_replaced(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Let the kept file go with its row."""
        let_go(self.file.name)
        return super().delete(*args, **kwargs)

    def derive_keys(self) -> None:
        """Set the company; forms need it before they ask the constraints."""
        self.managing_company_id = self.building.managing_company_id


# ── What was seen ───────────────────────────────────────────────────────────────────────────────


class Seen(models.Model):
    """This person was shown this announcement or work; once is enough."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, null=True, related_name="+")
    work = models.ForeignKey(Work, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(announcement__isnull=False, work__isnull=True)
                | Q(announcement__isnull=True, work__isnull=False),
                name="one_thing_is_seen_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["person", "announcement"],
                condition=Q(announcement__isnull=False),
                name="announcement_is_seen_once_by_a_person",
            ),
            models.UniqueConstraint(
                fields=["person", "work"],
                condition=Q(work__isnull=False),
                name="work_is_seen_once_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}"
