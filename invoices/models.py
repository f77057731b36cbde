"""What is owed and paid: opening entries, invoices with their lines, payments."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lithuanian.numbers import money
from properties.capabilities import Capability
from properties.models import Access, ManagingCompany, PaymentBook

# Bounds both ends: `>= 0` alone would let NaN in.
MONEY_LIMIT = Decimal("10000000000")


def money_field(label: Any, **options: Any) -> models.DecimalField:
    """Return a column of euros and cents."""
    return models.DecimalField(label, max_digits=12, decimal_places=2, **options)


def within_limits(*fields: str) -> Q:
    """Return a condition that keeps amounts finite; empty ones pass."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__isnull": True}) | Q(
            **{f"{field}__gt": -MONEY_LIMIT, f"{field}__lt": MONEY_LIMIT}
        )
    return condition


class Balance(models.Model):
    """The opening entry of a book: what was owed (+) or overpaid (−) at the end of a day."""

    payment_book = models.OneToOneField(
        PaymentBook, on_delete=models.CASCADE, related_name="opening_entry", verbose_name=_("payment book")
    )
    as_of_on = models.DateField(_("as of"))
    amount = money_field(_("balance"))

    class Meta:
        verbose_name = _("opening balance")
        verbose_name_plural = _("opening balances")
        constraints = [models.CheckConstraint(condition=within_limits("amount"), name="balance_is_a_number")]

    def __str__(self) -> str:
        return f"{self.as_of_on} {self.amount}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def shown_on(self, today: date) -> "InvoiceQuerySet":
        """Narrow to invoices that residents may see on that day: none held back, none from the future."""
        return self.filter(is_held=False, issued_on__lte=today)

    def visible_to(self, user: Any, *, at: datetime) -> "InvoiceQuerySet":
        """Narrow to the invoices that this person may see at this moment."""
        books = PaymentBook.objects.visible_to(user, Capability.SEE_INVOICES, at=at)
        return self.shown_on(timezone.localdate(at)).filter(payment_book__in=books)


class Invoice(models.Model):
    class Status(models.TextChoices):
        LIVE = "live", _("Live")
        CANCELLED = "cancelled", _("Cancelled")

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
        related_name="invoices",
        verbose_name=_("payment book"),
        db_index=False,
    )
    number = models.CharField(_("number"), max_length=50)
    # The first day of the month that the invoice is for.
    period = models.DateField(_("period"))
    issued_on = models.DateField(_("issued"))
    due_on = models.DateField(_("pay by"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.LIVE)
    # Lines and billed late interest: what this invoice adds to the book's balance.
    charged = money_field(_("charged"))
    late_interest = money_field(_("late interest"), default=Decimal("0.00"))
    # Printed on the bill, shown and never summed.
    opening_balance = money_field(_("opening balance"), null=True, blank=True)
    received = money_field(_("received"), null=True, blank=True)
    total = money_field(_("total"), null=True, blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    revised_at = models.DateTimeField(_("revised"), null=True, blank=True)
    # Quantity × price is off by more than a cent: kept from residents until staff release it.
    is_held = models.BooleanField(_("held back"), default=False)
    # Told to the company instead of released: it stays held until the company sends other content.
    returned_at = models.DateTimeField(_("returned"), null=True, blank=True, editable=False)
    return_reason = models.CharField(
        _("what is wrong with it"), max_length=500, blank=True, default="", db_default=""
    )
    content_hash = models.CharField(max_length=32, editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on", "-id"]
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.UniqueConstraint(fields=["managing_company", "number"], name="one_invoice_per_number"),
            models.CheckConstraint(
                condition=within_limits("charged", "late_interest", "opening_balance", "received", "total"),
                name="invoice_amounts_are_numbers",
            ),
            models.CheckConstraint(condition=Q(period__day=1), name="period_is_a_first_day_of_month"),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True, return_reason="")
                | (Q(returned_at__isnull=False, is_held=True) & ~Q(return_reason="")),
                name="only_a_held_invoice_is_returned_and_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["payment_book", "-issued_on", "-id"], name="invoices_of_a_book"),
            # Staff's list, and what it is narrowed to where few of the rows fit.
            models.Index(fields=["managing_company", "-issued_on", "-id"], name="invoices_of_a_company"),
            models.Index(
                fields=["managing_company", "-issued_on", "-id"],
                condition=Q(is_held=True),
                name="held_invoices",
            ),
            models.Index(
                fields=["managing_company", "-issued_on", "-id"],
                condition=Q(status="cancelled"),
                name="cancelled_invoices",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_revised(self) -> bool:
        """Tell whether the company sent other content for this number later."""
        return self.revision > 1


class Line(models.Model):
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField(_("line no."))
    service = models.CharField(_("service"), max_length=300)
    service_code = models.CharField(_("service code"), max_length=50, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=15, decimal_places=6, null=True, blank=True)
    unit = models.CharField(pgettext_lazy("measure", "unit"), max_length=20, blank=True)
    unit_price = models.DecimalField(_("unit price"), max_digits=15, decimal_places=6, null=True, blank=True)
    amount = money_field(_("amount"))
    vat_rate = models.DecimalField(_("VAT %"), max_digits=5, decimal_places=2, null=True, blank=True)
    vat_amount = money_field(_("VAT"), null=True, blank=True)
    meter_type = models.CharField(_("meter type"), max_length=20, blank=True)
    serial = models.CharField(_("meter serial"), max_length=50, blank=True)

    class Meta:
        ordering = ["line_no"]
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        constraints = [
            models.UniqueConstraint(fields=["invoice", "line_no"], name="one_line_per_number"),
            models.CheckConstraint(
                condition=within_limits("amount", "vat_amount", "quantity", "unit_price"),
                name="line_amounts_are_numbers",
            ),
        ]

    def __str__(self) -> str:
        return self.service


class InvoiceRevision(models.Model):
    """What an invoice said before the company sent other content for the same number."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.CASCADE, related_name="earlier_revisions", db_index=False
    )
    revision = models.PositiveIntegerField(_("revision"))
    content = models.JSONField(_("content"))
    replaced_at = models.DateTimeField(_("replaced"))

    class Meta:
        ordering = ["-revision"]
        verbose_name = _("earlier revision")
        verbose_name_plural = _("earlier revisions")
        constraints = [
            models.UniqueConstraint(fields=["invoice", "revision"], name="earlier_revision_is_kept_once")
        ]

    def __str__(self) -> str:
        return f"{self.invoice} ({self.revision})"


class Payment(models.Model):
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
        related_name="payments",
        verbose_name=_("payment book"),
        db_index=False,
    )
    bank_reference = models.CharField(_("bank reference"), max_length=100)
    part_no = models.PositiveIntegerField(_("part"), default=1)
    paid_on = models.DateField(_("paid"))
    amount = money_field(_("amount"))
    invoice_number = models.CharField(_("invoice number"), max_length=50, blank=True)
    order_id = models.CharField(_("order"), max_length=100, blank=True)
    payer_name = models.CharField(_("payer"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        ordering = ["-paid_on", "-id"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(
                fields=["managing_company", "bank_reference", "part_no"],
                name="one_payment_per_bank_reference_and_part",
            ),
            models.CheckConstraint(condition=within_limits("amount"), name="payment_amount_is_a_number"),
        ]
        indexes = [
            models.Index(fields=["payment_book", "-paid_on", "-id"], name="payments_of_a_book"),
            models.Index(fields=["managing_company", "-paid_on", "-id"], name="payments_of_a_company"),
            models.Index(
                fields=["managing_company", "order_id"],
                condition=~Q(order_id=""),
                name="payments_of_an_order",
            ),
        ]

    def __str__(self) -> str:
        return self.bank_reference


class PaymentReferenceCounter(models.Model):
    """The last number that a company's references used; locked while new ones are made.

    Apart from the references: a number on a printed bill must never come again, whatever is deleted.
    """

    managing_company = models.OneToOneField(
        ManagingCompany, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    last_number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.last_number}"


class PaymentReference(models.Model):
    """What a payer writes so that the money finds its place: one invoice, one book, or a fixed list of parts."""

    managing_company = models.ForeignKey(
        ManagingCompany, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.PositiveBigIntegerField()
    invoice = models.OneToOneField(
        Invoice, on_delete=models.CASCADE, related_name="payment_reference", null=True, blank=True
    )
    payment_book = models.OneToOneField(
        PaymentBook, on_delete=models.CASCADE, related_name="payment_reference", null=True, blank=True
    )
    # A digest of the list: asked for the same books and amounts again, the same reference is given.
    list_key = models.CharField(max_length=32, blank=True, editable=False)

    class Meta:
        ordering = ["managing_company", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["managing_company", "number"], name="one_payment_reference_per_number"
            ),
            models.UniqueConstraint(
                fields=["managing_company", "list_key"],
                condition=~Q(list_key=""),
                name="one_payment_reference_per_list",
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, payment_book__isnull=True, list_key="")
                | Q(invoice__isnull=True, payment_book__isnull=False, list_key="")
                | (Q(invoice__isnull=True, payment_book__isnull=True) & ~Q(list_key="")),
                name="payment_reference_points_at_exactly_one_thing",
            ),
            # Nine digits, as references.py writes them.
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lt=1_000_000_000), name="payment_reference_has_a_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.managing_company_id} {self.number}"


class PaymentReferencePart(models.Model):
    """How much of a payment with this reference is for which book."""

    reference = models.ForeignKey(
        PaymentReference, on_delete=models.CASCADE, related_name="parts", db_index=False
    )
    payment_book = models.ForeignKey(PaymentBook, on_delete=models.PROTECT, related_name="+")
    amount = money_field(_("amount"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "payment_book"], name="one_part_per_book_of_a_payment_reference"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lt=MONEY_LIMIT),
                name="part_of_a_payment_reference_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_book_id} {self.amount}"


class BankEntry(models.Model):
    """A credit of the company's bank account, as a statement brought it: posted, settled otherwise, or waiting."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("bank entry", "Waiting")
        POSTED = "posted", pgettext_lazy("bank entry", "Posted")
        # Money of a payment provider: its payments were posted one by one, from its own notices.
        SETTLEMENT = "settlement", _("Settlement of a payment provider")
        OTHER = "other", _("Not a resident's payment")

    class FoundBy(models.TextChoices):
        REFERENCE = "reference", _("Payment reference")
        CODE_AND_INVOICE = "code_and_invoice", _("Payer code and invoice number")
        CODE = "code", _("Payer code")
        INVOICE = "invoice", _("Invoice number")
        SUM_AND_PAYER = "sum_and_payer", _("Sum and payer")
        ACCOUNTING = "accounting", _("The accounting's payments file")
        STAFF = "staff", _("Staff")

    class Reason(models.TextChoices):
        """Why an entry was left for staff."""

        NOTHING = "nothing", _("nothing tells whose payment it is")
        SEVERAL = "several", _("several payment books fit")
        NOT_CONFIRMED = "not_confirmed", _("neither the sum nor the payer confirms the code or number")
        CONTRADICTION = "contradiction", _("the text means one payment book, the sum and the payer another")
        SUM_DIFFERS = "sum_differs", _("the sum is not that of the payment reference")
        REVERSAL = "reversal", _("the bank took a payment back or returned one")
        BATCH = "batch", _("the bank gives one sum for several payments")
        ON_FILE = "on_file", _("payments with this bank reference are on file with another sum")

    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        db_index=False,
    )
    account = models.CharField(_("account"), max_length=34)
    # The bank's own; where it gives none, a digest of what it tells.
    bank_reference = models.CharField(_("bank reference"), max_length=100)
    booked_on = models.DateField(_("booked"))
    # Below zero: a payment that the bank took back.
    amount = money_field(_("amount"))
    text = models.CharField(pgettext_lazy("bank entry", "text"), max_length=1000, blank=True)
    payer_name = models.CharField(_("payer"), max_length=200, blank=True)
    payer_account = models.CharField(_("payer's account"), max_length=34, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State)
    found_by = models.CharField(_("found by"), max_length=20, choices=FoundBy, blank=True)
    reason = models.CharField(_("why it waits"), max_length=20, choices=Reason, blank=True)
    note = models.CharField(pgettext_lazy("bank entry", "note"), max_length=300, blank=True)
    brought_at = models.DateTimeField(_("brought"))
    settled_at = models.DateTimeField(pgettext_lazy("bank entry", "settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("bank entry", "settled by"),
        null=True,
        blank=True,
    )

    class Meta:
        ordering = ["-booked_on", "-id"]
        verbose_name = _("bank entry")
        verbose_name_plural = _("bank entries")
        constraints = [
            models.UniqueConstraint(
                fields=["managing_company", "account", "bank_reference"],
                name="one_bank_entry_per_account_and_reference",
            ),
            models.CheckConstraint(
                condition=within_limits("amount") & ~Q(amount=0), name="bank_entry_amount_is_a_number"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at__isnull=True, settled_by__isnull=True)
                | (~Q(state="waiting") & Q(settled_at__isnull=False)),
                name="bank_entry_waits_or_is_settled",
            ),
            models.CheckConstraint(
                condition=~Q(state="other") | ~Q(note=""), name="bank_entry_set_aside_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["managing_company", "-booked_on", "-id"], name="bank_entries_of_a_company"),
            models.Index(
                fields=["managing_company", "-booked_on", "-id"],
                condition=Q(state="waiting"),
                name="bank_entries_that_wait",
            ),
            models.Index(fields=["managing_company", "bank_reference"], name="bank_entry_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.payer_name or self.bank_reference}"


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: Any, *, at: datetime) -> "OrderQuerySet":
        """Narrow to what this person started to pay themselves, for objects that they may still pay for."""
        books = PaymentBook.objects.visible_to(user, Capability.PAY, at=at)
        lost = OrderPart.objects.filter(order=OuterRef("pk")).exclude(payment_book__in=books)
        return self.filter(~Exists(lost), person=user)


class Order(models.Model):
    """One payment through a payment provider: what a person chose to pay to one company, and how far it got."""

    class State(models.TextChoices):
        STARTED = "started", pgettext_lazy("payment order", "Started")
        # The provider says that it has the money; the accounting has not entered it yet.
        RECEIVED = "received", pgettext_lazy("payment order", "Received, not yet posted")
        POSTED = "posted", pgettext_lazy("payment order", "Posted")
        FAILED = "failed", pgettext_lazy("payment order", "Not paid")
        NEEDS_REVIEW = "needs_review", pgettext_lazy("payment order", "Needs review")

    class Reason(models.TextChoices):
        """Why an order needs somebody of the staff."""

        AMOUNT = "amount", _("the provider says another sum")
        CURRENCY = "currency", _("the provider says another currency")
        TEST = "test", _("a trial payment, or a real one where a trial was ordered")
        REFUNDED = "refunded", _("the provider paid the money back")
        POSTED_OTHERWISE = (
            "posted_otherwise",
            _("the accounting posted another sum or to another payment book"),
        )

    # What the provider, the accounting's file and the person see.
    number = models.CharField(_("order"), max_length=20, unique=True)
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        db_index=False,
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    provider = models.CharField(_("provider"), max_length=20)
    amount = money_field(_("amount"))
    # Ordered as a trial, for which no money moves.
    is_test = models.BooleanField(_("trial"), default=False)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.STARTED)
    reason = models.CharField(_("why it needs review"), max_length=20, choices=Reason, blank=True)
    # What the provider said when it was not what was ordered.
    said = models.CharField(_("what the provider said"), max_length=100, blank=True)
    provider_reference = models.CharField(_("the provider's number"), max_length=40, blank=True)
    started_at = models.DateTimeField(_("started"))
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("settled by"),
        null=True,
        blank=True,
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = _("payment order")
        verbose_name_plural = _("payment orders")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lt=MONEY_LIMIT), name="order_amount_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(state="needs_review") & ~Q(reason="") | ~Q(state="needs_review") & Q(reason=""),
                name="order_needs_review_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="received") | Q(received_at__isnull=False),
                name="received_order_says_since_when",
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | ~Q(note=""), name="order_settled_by_staff_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["managing_company", "-started_at", "-id"], name="orders_of_a_company"),
            models.Index(
                fields=["started_at"], condition=Q(state="started"), name="orders_without_an_answer"
            ),
            models.Index(
                fields=["managing_company", "-started_at", "-id"],
                condition=Q(state="needs_review"),
                name="orders_that_need_review",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderPart(models.Model):
    """How much of an order is for which payment book."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="parts", db_index=False)
    payment_book = models.ForeignKey(
        PaymentBook,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("payment book"),
        db_index=False,
    )
    amount = money_field(_("amount"))
    # It counts as paid from the moment the provider has the money, until the accounting's own row counts instead.
    counted_on = models.DateField(_("counted since"), null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("part of a payment order")
        verbose_name_plural = _("parts of a payment order")
        constraints = [
            models.UniqueConstraint(fields=["order", "payment_book"], name="one_part_per_book_of_an_order"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lt=MONEY_LIMIT), name="part_of_an_order_is_positive"
            ),
        ]
        indexes = [
            models.Index(
                fields=["payment_book"],
                condition=Q(counted_on__isnull=False),
                name="parts_that_count_as_paid",
            ),
            models.Index(fields=["payment_book", "order"], name="orders_of_a_book"),
        ]

    def __str__(self) -> str:
        return money(self.amount)


class PayerLinkQuerySet(models.QuerySet["PayerLink"]):
    def alive(self, *, at: datetime) -> "PayerLinkQuerySet":
        """Narrow to links that lead somewhere: not taken back, not old, and by a holder who still is one."""
        return self.filter(
            ended_at__isnull=True,
            made_at__gt=at - PayerLink.LASTS,
            made_at__lte=at,
            access__in=Access.objects.live(at=at),
        )

    def visible_to_link(self, link: int | None, *, at: datetime) -> "PayerLinkQuerySet":
        """Narrow to the link that an address names, of an invoice that residents may see."""
        shown = Invoice.objects.shown_on(timezone.localdate(at)).filter(status=Invoice.Status.LIVE)
        return self.alive(at=at).filter(pk__in=[] if link is None else [link], invoice__in=shown)


class PayerLink(models.Model):
    """Lets somebody without an account pay one invoice; lives by the access of the holder who made it."""

    LASTS = timedelta(days=30)

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="payer_links", db_index=False)
    access = models.ForeignKey(Access, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PayerLinkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "access"],
                condition=Q(ended_at__isnull=True),
                name="one_open_payer_link_per_invoice_and_holder",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
