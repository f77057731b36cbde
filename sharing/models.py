"""How a guest comes in and goes out: what a holder offered, and what waits to be saved."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from properties.models import Access, ManagingCompany, PaymentBook


class OfferQuerySet(models.QuerySet["Offer"]):
    def open(self, *, at: datetime) -> "OfferQuerySet":
        """Narrow to offers that can still be accepted: not answered, not lapsed, of a living holder's row."""
        return self.filter(_can_be_accepted(at), _is_of_a_live_granter(at))

    def waiting_for(self, person: Any, *, at: datetime) -> "OfferQuerySet":
        """Narrow to the open offers to this person's confirmed email."""
        confirmed = EmailAddress.objects.filter(user=person, verified=True, email=OuterRef("email"))
        return self.open(at=at).filter(Exists(confirmed))

    def in_force(self, *, at: datetime) -> "OfferQuerySet":
        """Narrow to what a holder shares at that moment: open offers and accepted ones, until the access ends.

        Of a guest whose access is frozen too: it counts as shared, or sharing again would undo the freezing.
        """
        lasts = Q(access__ends_at__isnull=True) | Q(access__ends_at__gt=at)
        return self.filter(
            _can_be_accepted(at) | Q(lasts, answer=Offer.Answer.ACCEPTED), _is_of_a_live_granter(at)
        )

    def visible_to_link(self, token: str, *, at: datetime) -> "OfferQuerySet":
        """Narrow to the open offer of a letter's link."""
        return self.open(at=at).filter(token=token)


def _can_be_accepted(at: datetime) -> Q:
    return Q(Q(until_on__isnull=True) | Q(until_on__gte=timezone.localdate(at)), answer="", expires_at__gt=at)


def _is_of_a_live_granter(at: datetime) -> Q:
    closed_on = "granted_by__payment_book__closed_on"
    return Q(
        Q(**{f"{closed_on}__isnull": True}) | Q(**{f"{closed_on}__gte": timezone.localdate(at)}),
        granted_by__in=Access.objects.live(at=at),
    )


class Offer(models.Model):
    """A holder offers somebody, known by email, the use of an object; accepted, it is that guest's access."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        LAPSED = "lapsed", _("Lapsed")

    WAITS = timedelta(days=30)

    granted_by = models.ForeignKey(
        Access, on_delete=models.CASCADE, related_name="offers", verbose_name=_("granted by")
    )
    # That of the book, repeated here so that its staff's list has an index.
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        editable=False,
        db_index=False,
    )
    # In its canonical form, compared by equality.
    email = models.EmailField(_("email"))
    scope = models.CharField(_("rights"), max_length=10, choices=Access.Scope, default=Access.Scope.ALL)
    # The last day of the guest's access.
    until_on = models.DateField(_("valid until"), null=True, blank=True)
    # 256 random bits, for the letter's link.
    token = models.CharField(max_length=43, unique=True, editable=False)
    offered_at = models.DateTimeField(_("offered"))
    expires_at = models.DateTimeField(_("waits until"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True)
    # The guest's row; whether it still opens anything is read from it alone.
    access = models.OneToOneField(
        Access,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="offer",
        verbose_name=_("access"),
    )
    # Who of the staff ended it, and why.
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )
    reason = models.TextField(_("reason"), max_length=1000, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["-offered_at", "-id"]
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        constraints = [
            models.UniqueConstraint(
                fields=["granted_by", "email"],
                condition=Q(answer=""),
                name="one_open_offer_per_holder_and_email",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="")
                | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="answered_offer_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(answer="accepted", access__isnull=False)
                | (~Q(answer="accepted") & Q(access__isnull=True)),
                name="accepted_offer_has_its_access",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("offered_at")), name="offer_lapses_after_it_is_made"
            ),
        ]
        indexes = [
            models.Index(fields=["email"], name="offers_to_an_email"),
            models.Index(fields=["managing_company", "-offered_at", "-id"], name="offers_of_a_company"),
            models.Index(
                fields=["managing_company", "-offered_at", "-id"],
                condition=Q(answer=""),
                name="waiting_offers_of_a_company",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the company beside the holder's row that it comes from."""
        self.managing_company_id = self.granted_by.payment_book.managing_company_id
        super().save(*args, **kwargs)


class DraftLineQuerySet(models.QuerySet["DraftLine"]):
    def of(self, person: Any, *, at: datetime) -> "DraftLineQuerySet":
        """Narrow to what this person has prepared and not saved, in the order it was prepared."""
        return self.filter(person=person, staged_at__gt=at - DraftLine.KEPT).order_by("pk")


class DraftLine(models.Model):
    """One change that a person prepared on „Kliento informacija“ and has not saved."""

    class Kind(models.TextChoices):
        ADD = "add"
        REMOVE = "remove"
        SHARE = "share"
        UNSHARE = "unshare"

    KEPT = timedelta(hours=24)
    MOST = 50

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="draft")
    kind = models.CharField(max_length=10, choices=Kind)
    payment_book = models.ForeignKey(PaymentBook, on_delete=models.CASCADE, related_name="+")
    # A line to add: the book's number that a right activation code was for; empty where the name was the proof.
    activation_no = models.PositiveIntegerField(null=True)
    # A line to stop sharing.
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, null=True, related_name="+")
    # A line to share.
    email = models.EmailField(blank=True)
    scope = models.CharField(max_length=10, choices=Access.Scope, blank=True)
    until_on = models.DateField(null=True)
    staged_at = models.DateTimeField()

    objects = DraftLineQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "payment_book"],
                condition=Q(kind__in=("add", "remove")),
                name="object_is_once_in_a_draft",
            ),
            models.UniqueConstraint(
                fields=["person", "payment_book", "email"],
                condition=Q(kind="share"),
                name="object_is_offered_to_an_email_once_in_a_draft",
            ),
            models.UniqueConstraint(
                fields=["person", "offer"],
                condition=Q(kind="unshare"),
                name="share_is_ended_once_in_a_draft",
            ),
            models.CheckConstraint(
                condition=Q(kind="unshare", offer__isnull=False)
                | (~Q(kind="unshare") & Q(offer__isnull=True)),
                name="line_that_ends_a_share_names_it",
            ),
            models.CheckConstraint(
                condition=(Q(kind="share") & ~Q(email="") & ~Q(scope=""))
                | (~Q(kind="share") & Q(email="", scope="", until_on__isnull=True)),
                name="line_that_shares_says_with_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.payment_book_id}"
