"""What there is and who may see it: companies, buildings, premises, payment books, access."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lithuanian.folding import fold_code, fold_name, fold_text
from lithuanian.sorting import sort_key

from .capabilities import TERMS, Capability


class ManagingCompanyQuerySet(models.QuerySet["ManagingCompany"]):
    def staffed_by(self, user: Any) -> "ManagingCompanyQuerySet":
        """Narrow to the companies whose clients this staff member serves; superusers serve all."""
        if not (user.is_active and user.is_staff):
            return self.none()
        return self if user.is_superuser else self.filter(staff=user)


class ManagingCompany(models.Model):
    class LinkingPolicy(models.TextChoices):
        NAME = "name", _("The payer's name is enough")
        CODE = "code", _("Activation code")
        STAFF = "staff", _("Staff decide")

    company_code = models.CharField(_("company code"), max_length=9, unique=True)
    name = models.CharField(_("name"), max_length=200)
    sort_key = models.CharField(max_length=400, editable=False)
    declares_readings = models.BooleanField(_("takes declared readings"))
    window_opens = models.PositiveSmallIntegerField(
        _("declaration opens on day"), default=15, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )
    window_closes = models.PositiveSmallIntegerField(
        _("declaration closes on day"), default=27, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )
    iban = models.CharField("IBAN", max_length=34, blank=True)
    beneficiary_name = models.CharField(_("beneficiary"), max_length=200, blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone number"), max_length=40, blank=True)
    emergency_phone = models.CharField(_("emergency phone"), max_length=40, blank=True)
    vat_code = models.CharField(_("VAT code"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    linking_policy = models.CharField(
        _("how an object is proven"), max_length=10, choices=LinkingPolicy, default=LinkingPolicy.NAME
    )
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("staff"), related_name="staffed_companies", blank=True
    )
    # When the amounts of this company's books were last brought in; the pages say it.
    amounts_updated_at = models.DateTimeField(_("amounts updated"), null=True, editable=False)

    objects = ManagingCompanyQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "id"]
        verbose_name = _("managing company")
        verbose_name_plural = _("managing companies")
        constraints = [
            models.CheckConstraint(
                condition=Q(window_opens__range=(1, 31), window_closes__range=(1, 31)),
                name="declaration_window_is_days_of_a_month",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the Lithuanian sort key beside the name."""
        self.derive_keys()
        super().save(*args, **kwargs)

    def derive_keys(self) -> None:
        """Set what is sorted by; forms need it before they ask the constraints."""
        self.sort_key = sort_key(self.name)


class Building(models.Model):
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="buildings",
        verbose_name=_("managing company"),
        db_index=False,
    )
    building_code = models.CharField(_("building code"), max_length=50, blank=True)
    city = models.CharField(_("city"), max_length=100)
    street = models.CharField(_("street"), max_length=150)
    house = models.CharField(_("house"), max_length=20)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    # Empty: the company's days.
    window_opens = models.PositiveSmallIntegerField(
        _("declaration opens on day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
    )
    window_closes = models.PositiveSmallIntegerField(
        _("declaration closes on day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
    )
    # The person in charge of the building, whom residents may ask.
    manager_name = models.CharField(_("person in charge"), max_length=100, blank=True)
    manager_phone = models.CharField(_("phone of the person in charge"), max_length=40, blank=True)
    manager_email = models.EmailField(_("email of the person in charge"), blank=True)
    address_key = models.CharField(max_length=300, editable=False)
    sort_key = models.CharField(max_length=600, editable=False)

    class Meta:
        ordering = ["sort_key", "id"]
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        constraints = [
            models.UniqueConstraint(
                fields=["managing_company", "building_code"],
                condition=~Q(building_code=""),
                name="one_building_per_code",
            ),
            models.UniqueConstraint(
                fields=["managing_company", "address_key"],
                condition=Q(building_code=""),
                name="one_building_per_address_without_code",
            ),
            models.CheckConstraint(
                condition=Q(window_opens__isnull=True, window_closes__isnull=True)
                | Q(
                    window_opens__isnull=False,
                    window_closes__isnull=False,
                    window_opens__range=(1, 31),
                    window_closes__range=(1, 31),
                ),
                name="window_of_a_building_has_both_days_or_none",
            ),
        ]
        indexes = [
            models.Index(fields=["managing_company", "address_key"], name="building_by_address"),
            models.Index(fields=["managing_company", "sort_key", "id"], name="buildings_in_order"),
            # Parts of streets, as staff hear them on the phone.
            GinIndex(OpClass("address_key", "gin_trgm_ops"), name="building_by_parts_of_words"),
        ]

    def __str__(self) -> str:
        return f"{self.street} {self.house}, {self.city}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the folded address and the Lithuanian sort key beside the address."""
        self.derive_keys()
        super().save(*args, **kwargs)

    def derive_keys(self) -> None:
        """Set what is compared and sorted by; forms need it before they ask the constraints."""
        self.address_key = self.folded_address(self.city, self.street, self.house)
        self.sort_key = " ".join(sort_key(part) for part in (self.city, self.street, self.house))

    @staticmethod
    def folded_address(city: str, street: str, house: str) -> str:
        """Return what makes two spellings of one address equal."""
        return f"{fold_text(city)}|{fold_text(street)}|{fold_text(house)}"


class Property(models.Model):
    class Kind(models.TextChoices):
        FLAT = "flat", _("Flat")
        COMMERCIAL = "commercial", _("Commercial premises")
        GARAGE = "garage", _("Garage")
        STORAGE = "storage", _("Storage room")

    building = models.ForeignKey(
        Building,
        on_delete=models.PROTECT,
        related_name="properties",
        verbose_name=_("building"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_key = models.CharField(max_length=40, editable=False)
    # Unique within a company; the company is repeated here so that the database can say so.
    managing_company = models.ForeignKey(
        ManagingCompany, on_delete=models.PROTECT, related_name="+", verbose_name=_("managing company")
    )
    premises_code = models.CharField(_("premises code"), max_length=50, blank=True)
    staircase = models.CharField(_("staircase"), max_length=20, blank=True)
    area_m2 = models.DecimalField(_("area, m²"), max_digits=9, decimal_places=2, null=True, blank=True)
    sort_key = models.CharField(max_length=100, editable=False)

    class Meta:
        ordering = ["building__sort_key", "sort_key", "id"]
        verbose_name = _("property")
        verbose_name_plural = _("properties")
        constraints = [
            models.UniqueConstraint(
                fields=["managing_company", "premises_code"],
                condition=~Q(premises_code=""),
                name="one_property_per_premises_code",
            ),
            models.UniqueConstraint(
                fields=["building", "kind", "unit_key"],
                condition=Q(premises_code="") & ~Q(unit_key=""),
                name="one_property_per_unit_without_code",
            ),
            models.CheckConstraint(
                condition=Q(area_m2__isnull=True) | Q(area_m2__gt=0, area_m2__lt=1_000_000),
                name="area_is_positive",
            ),
        ]
        indexes = [models.Index(fields=["building", "kind", "unit_key"], name="property_by_unit")]

    def __str__(self) -> str:
        return self.address

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the company, the folded unit and the Lithuanian sort key beside what they come from."""
        self.derive_keys()
        super().save(*args, **kwargs)

    def derive_keys(self) -> None:
        """Set what is compared and sorted by; forms need it before they ask the constraints."""
        self.managing_company_id = self.building.managing_company_id
        self.unit_key = fold_code(self.unit)
        self.sort_key = sort_key(self.unit)

    @property
    def address(self) -> str:
        """Return „Gatvė 8-15, Klaipėda“, with the kind before it when it is not a flat."""
        return f"{self.street_address}, {self.building.city}"

    @property
    def street_address(self) -> str:
        """Return „Gatvė 8-15“, with the kind before it when it is not a flat."""
        building = self.building
        place = f"{building.street} {building.house}" + (f"-{self.unit}" if self.unit else "")
        return place if self.kind == self.Kind.FLAT else f"{self.get_kind_display()}, {place}"


class PaymentBookQuerySet(models.QuerySet["PaymentBook"]):
    def visible_to(self, user: Any, capability: Capability, *, at: datetime) -> "PaymentBookQuerySet":
        """Narrow to the books with which this person may do this at this moment, each book once."""
        if not user.is_authenticated:
            return self.none()
        terms = TERMS[capability]
        mine = Access.objects.live(at=at).filter(
            Q(granted_by__isnull=True) | Q(scope__in=terms.guests),
            person=user,
            payment_book=OuterRef("pk"),
        )
        books: PaymentBookQuerySet = self.filter(Exists(mine))
        if not terms.after_closing:
            books = books.open(on=timezone.localdate(at))
        if terms.owners_only:
            books = books.filter(payer_role=PaymentBook.PayerRole.OWNER)
        return books

    def open(self, *, on: date) -> "PaymentBookQuerySet":
        """Narrow to the books that are not closed on that day; `closed_on` is a book's last day."""
        return self.filter(Q(closed_on__isnull=True) | Q(closed_on__gte=on))


class PaymentBook(models.Model):
    """One payer's account at one company, from `opened_on` to `closed_on`, its last day."""

    class PayerKind(models.TextChoices):
        PERSON = "person", _("Natural person")
        COMPANY = "company", _("Legal person")

    class PayerRole(models.TextChoices):
        OWNER = "owner", _("Owner")
        TENANT = "tenant", _("Tenant")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="payment_books",
        verbose_name=_("managing company"),
        db_index=False,
    )
    payer_code = models.CharField(_("payer code"), max_length=50)
    payer_code_key = models.CharField(max_length=50, editable=False)
    # Empty: open since before all records.
    opened_on = models.DateField(_("opened"), null=True, blank=True)
    closed_on = models.DateField(_("closed"), null=True, blank=True)
    payer_name = models.CharField(_("payer"), max_length=200)
    payer_name_key = models.CharField(max_length=200, editable=False)
    payer_kind = models.CharField(_("payer's kind"), max_length=10, choices=PayerKind)
    payer_role = models.CharField(
        _("payer's role"), max_length=10, choices=PayerRole, default=PayerRole.OWNER
    )
    payer_email = models.EmailField(_("payer's email"), blank=True)
    payer_company_code = models.CharField(_("payer's company code"), max_length=9, blank=True)
    activation_no = models.PositiveIntegerField(default=1, editable=False)
    premises = models.ManyToManyField(
        Property, through="BookPremises", related_name="payment_books", verbose_name=_("premises")
    )

    objects = PaymentBookQuerySet.as_manager()

    class Meta:
        ordering = ["managing_company", "payer_code_key", "id"]
        verbose_name = _("payment book")
        verbose_name_plural = _("payment books")
        constraints = [
            ExclusionConstraint(
                name="one_payment_book_per_code_at_a_time",
                expressions=[
                    ("managing_company", RangeOperators.EQUAL),
                    ("payer_code_key", RangeOperators.EQUAL),
                    (
                        Func(
                            F("opened_on"),
                            F("closed_on"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(opened_on__isnull=True)
                | Q(closed_on__isnull=True)
                | Q(closed_on__gte=F("opened_on")),
                name="payment_book_closes_after_it_opens",
            ),
            models.CheckConstraint(condition=~Q(payer_code_key=""), name="payer_code_has_letters_or_digits"),
        ]
        indexes = [
            models.Index(fields=["managing_company", "payer_code_key", "id"], name="payment_book_by_code"),
            # Parts of names, as staff hear them on the phone.
            GinIndex(OpClass("payer_name_key", "gin_trgm_ops"), name="payment_book_by_payer_name"),
        ]

    def __str__(self) -> str:
        return f"{self.payer_code}, {self.payer_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the folded code and name beside what they come from."""
        self.derive_keys()
        super().save(*args, **kwargs)

    def derive_keys(self) -> None:
        """Set what is compared and sorted by; forms need it before they ask the constraints."""
        self.payer_code_key = fold_code(self.payer_code)
        self.payer_name_key = fold_name(self.payer_name, is_company=self.payer_kind == self.PayerKind.COMPANY)

    def is_open(self, *, on: date) -> bool:
        """Tell whether the book lasts on that day; `closed_on` is its last day."""
        return (self.opened_on is None or self.opened_on <= on) and (
            self.closed_on is None or on <= self.closed_on
        )


class BookPremises(models.Model):
    payment_book = models.ForeignKey(
        PaymentBook, on_delete=models.CASCADE, related_name="book_premises", db_index=False
    )
    property = models.ForeignKey(
        Property, on_delete=models.PROTECT, related_name="book_premises", verbose_name=_("property")
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("premises of a payment book")
        verbose_name_plural = _("premises of a payment book")
        constraints = [
            models.UniqueConstraint(
                fields=["payment_book", "property"], name="premises_are_once_in_a_payment_book"
            )
        ]

    def __str__(self) -> str:
        return str(self.property)


class PayerCodeAlias(models.Model):
    """A payer code that was changed: files and people that still use it find the same book."""

    payment_book = models.ForeignKey(PaymentBook, on_delete=models.CASCADE, related_name="aliases")
    managing_company = models.ForeignKey(
        ManagingCompany, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    payer_code = models.CharField(_("payer code"), max_length=50)
    payer_code_key = models.CharField(max_length=50, editable=False)

    class Meta:
        ordering = ["id"]
        verbose_name = _("earlier payer code")
        verbose_name_plural = _("earlier payer codes")
        constraints = [
            models.UniqueConstraint(
                fields=["managing_company", "payer_code_key", "payment_book"],
                name="earlier_payer_code_is_kept_once",
            )
        ]

    def __str__(self) -> str:
        return self.payer_code


class PayerCorrection(models.Model):
    """A payer's name that a file changed without a new `opened_on`; staff look through these."""

    payment_book = models.ForeignKey(
        PaymentBook, on_delete=models.CASCADE, related_name="corrections", verbose_name=_("payment book")
    )
    old_name = models.CharField(_("name before"), max_length=200)
    new_name = models.CharField(_("name now"), max_length=200)
    corrected_at = models.DateTimeField(_("corrected"))

    class Meta:
        ordering = ["-corrected_at", "-id"]
        verbose_name = _("correction of a payer's name")
        verbose_name_plural = _("corrections of payers' names")

    def __str__(self) -> str:
        return f"{self.old_name} → {self.new_name}"


class AccessQuerySet(models.QuerySet["Access"]):
    def live(self, *, at: datetime) -> "AccessQuerySet":
        """Narrow to rows that open something at that moment; a guest's row also needs a live granter."""
        return self.filter(
            _runs(at),
            Q(granted_by__isnull=True)
            | (
                _runs(at, "granted_by__")
                & (
                    Q(payment_book__closed_on__isnull=True)
                    | Q(payment_book__closed_on__gte=timezone.localdate(at))
                )
            ),
        )

    def held(self, *, at: datetime) -> "AccessQuerySet":
        """Narrow to holders at that moment, frozen ones too: they see nothing and still count."""
        return self.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=at), granted_by__isnull=True, starts_at__lte=at
        )


def _runs(at: datetime, prefix: str = "") -> Q:
    return Q(
        Q(**{f"{prefix}ends_at__isnull": True}) | Q(**{f"{prefix}ends_at__gt": at}),
        **{f"{prefix}starts_at__lte": at, f"{prefix}frozen_at__isnull": True},
    )


class Access(models.Model):
    """This person may use this payment book, as holder or as guest of the holder in `granted_by`."""

    class Scope(models.TextChoices):
        ALL = "all", _("Everything I can")
        DECLARE = "declare", _("Only declare meters")
        INVOICES = "invoices", _("Only see invoices and pay")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="accesses", verbose_name=_("person")
    )
    payment_book = models.ForeignKey(
        PaymentBook, on_delete=models.PROTECT, related_name="accesses", verbose_name=_("payment book")
    )
    granted_by = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="guests",
        verbose_name=_("granted by"),
    )
    scope = models.CharField(_("scope"), max_length=10, choices=Scope, default=Scope.ALL)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("frozen"), null=True, blank=True)

    objects = AccessQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "payment_book"],
                condition=Q(granted_by__isnull=True, ends_at__isnull=True),
                name="one_holder_row_per_person_and_book",
            ),
            ExclusionConstraint(
                name="one_grant_per_guest_and_holder_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("granted_by", RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(granted_by__isnull=False),
            ),
            # What a guest's row and its granter's are compared by, see the migration that added it.
            models.UniqueConstraint(fields=["id", "payment_book"], name="access_is_to_one_payment_book"),
            models.CheckConstraint(
                condition=Q(granted_by__isnull=False) | Q(scope="all"), name="holder_has_the_whole_scope"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="access_ends_after_it_starts",
            ),
        ]
        indexes = [
            # The few that staff's list is narrowed to.
            models.Index(
                fields=["payment_book"], condition=Q(frozen_at__isnull=False), name="frozen_accesses"
            ),
            models.Index(fields=["payment_book"], condition=Q(ends_at__isnull=False), name="ended_accesses"),
        ]

    def __str__(self) -> str:
        return f"{self.person} – {self.payment_book}"


# ── Proof that an object is one's own ───────────────────────────────────────────────────────────

# As people type it, with spaces and dashes; folded it is as long as that of a payment book.
LONGEST_TYPED_CODE = 100


class ClaimQuerySet(models.QuerySet["Claim"]):
    def waiting_for(self, person: Any, *, at: datetime) -> "ClaimQuerySet":
        """Narrow to this person's claims that opened nothing and still wait on home; one query."""
        holding = Access.objects.held(at=at).filter(
            person=OuterRef("person"),
            payment_book__managing_company=OuterRef("managing_company"),
            payment_book__payer_code_key=OuterRef("payer_code_key"),
        )
        requests = LinkRequest.objects.waiting().filter(
            person=OuterRef("person"),
            managing_company=OuterRef("managing_company"),
            payer_code_key=OuterRef("payer_code_key"),
        )
        return (
            self.filter(
                person=person,
                outcome__in=("", Claim.Outcome.NOT_LINKED),
                made_at__gt=at - Claim.WAITS,
            )
            .annotate(is_requested=Exists(requests))
            .exclude(Exists(holding))
            .select_related("managing_company")
        )


class Claim(models.Model):
    """A person says that the object with this payer code is theirs; decided once."""

    class Outcome(models.TextChoices):
        LINKED = "linked", _("Linked")
        ALREADY_MINE = "already_mine", _("Held already")
        NOT_LINKED = "not_linked", _("Not linked")

    # Whoever mistyped the code must not meet it on home for ever.
    WAITS = timedelta(days=30)

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims", db_index=False
    )
    managing_company = models.ForeignKey(ManagingCompany, on_delete=models.PROTECT, related_name="+")
    payer_code = models.CharField(max_length=LONGEST_TYPED_CODE)
    payer_code_key = models.CharField(max_length=50, editable=False)
    # Never the activation code itself: see activation.seal().
    activation_seal = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)

    objects = ClaimQuerySet.as_manager()

    # Whether a request to the staff waits; only on rows that `waiting_for` read.
    is_requested: bool

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "managing_company", "payer_code_key"],
                name="one_claim_per_person_company_and_code",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, outcome="")
                | (Q(decided_at__isnull=False) & ~Q(outcome="")),
                name="decided_claim_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(payer_code_key=""), name="claimed_code_has_letters_or_digits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} – {self.payer_code}"


class LinkAttempt(models.Model):
    """A slot of the day's limits on guessing; a success gives it back, so the rows are the failures."""

    # The person may go, the failure at the company and from the network stays.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    managing_company = models.ForeignKey(ManagingCompany, on_delete=models.CASCADE, related_name="+")
    network = models.CharField(max_length=64)
    payer_code_key = models.CharField(max_length=50)
    # The day of Vilnius, by which limits count.
    day = models.DateField()
    attempted_at = models.DateTimeField()
    # Past the limit of its code or company a name proves nothing; an activation code still does.
    is_name_judged = models.BooleanField()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["day", "person"], name="link_attempt_by_person"),
            models.Index(fields=["day", "network"], name="link_attempt_by_network"),
            models.Index(fields=["day", "managing_company"], name="link_attempt_by_company"),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class LinkRequestQuerySet(models.QuerySet["LinkRequest"]):
    def waiting(self) -> "LinkRequestQuerySet":
        """Narrow to requests that nobody has decided."""
        return self.filter(decided_at__isnull=True)


class LinkRequest(models.Model):
    """Staff are asked to decide whether an object is this person's."""

    class Origin(models.TextChoices):
        PERSON = "person", _("The person asks")
        NOT_ME = "not_me", _("Another says “It was not me”")

    class Decision(models.TextChoices):
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        SETTLED = "settled", _("No longer needed")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="link_requests",
        verbose_name=_("person"),
    )
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        db_index=False,
    )
    payer_code = models.CharField(_("typed payer code"), max_length=LONGEST_TYPED_CODE)
    payer_code_key = models.CharField(max_length=50, editable=False)
    # Guessed by the typed code; staff may choose another.
    payment_book = models.ForeignKey(
        PaymentBook,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="link_requests",
        verbose_name=_("payment book"),
    )
    origin = models.CharField(_("why it is here"), max_length=10, choices=Origin, default=Origin.PERSON)
    created_at = models.DateTimeField(_("sent"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True)
    reason = models.TextField(_("reason"), max_length=1000, blank=True)

    objects = LinkRequestQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("link request")
        verbose_name_plural = _("link requests")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "managing_company", "payer_code_key"],
                condition=Q(decided_at__isnull=True),
                name="one_open_link_request_per_person_and_code",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decision="")
                | (Q(decided_at__isnull=False) & ~Q(decision="")),
                name="decided_link_request_has_a_decision",
            ),
            models.CheckConstraint(
                condition=~Q(decision="refused") | ~Q(reason=""), name="refused_link_request_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["managing_company", "created_at", "id"], name="link_requests_of_a_company"),
            models.Index(
                fields=["managing_company", "created_at", "id"],
                condition=Q(decided_at__isnull=True),
                name="waiting_link_requests",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} – {self.payer_code}"


class AccessNoticeQuerySet(models.QuerySet["AccessNotice"]):
    def visible_to_link(self, token: str, *, at: datetime) -> "AccessNoticeQuerySet":
        """Narrow to the notice of a letter's link, while who was told may still object.

        A holder may against access newer than their own, the email on file against any.
        """
        holder_may = Q(holder__in=Access.objects.live(at=at), access__starts_at__gt=F("holder__starts_at"))
        on_file = Q(holder__isnull=True, email=Lower("access__payment_book__payer_email"))
        return self.filter(
            holder_may | on_file,
            token=token,
            used_at__isnull=True,
            expires_at__gt=at,
            access__in=Access.objects.held(at=at),
        )


class AccessNotice(models.Model):
    """Somebody was told by letter that an object was linked; its link can be used once to object."""

    LASTS = timedelta(days=14)

    # 256 random bits.
    token = models.CharField(max_length=43, unique=True, editable=False)
    access = models.ForeignKey(Access, on_delete=models.CASCADE, related_name="notices")
    # Who was told: the holder with this access, or the email on file.
    holder = models.ForeignKey(Access, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    email = models.EmailField(blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = AccessNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(holder__isnull=False, email="") | (Q(holder__isnull=True) & ~Q(email="")),
                name="notice_tells_a_holder_or_the_email_on_file",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="notice_expires_after_it_is_made"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.access}"
