"""What is told to whom, once."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Letter(models.Model):
    """One letter to one address about one event; the outbox sends it until it is sent or no longer wanted."""

    kind = models.CharField(_("kind"), max_length=50)
    address = models.EmailField(_("address"))
    # What the letter is about: the same kind and event to the same address is the same letter.
    event = models.CharField(_("event"), max_length=200)
    language = models.CharField(_("language"), max_length=5)
    context = models.JSONField(_("context"), default=dict)
    # Made with the letter, so that one sent again after a crash is seen as the same by mail programs.
    message_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"))
    next_try_at = models.DateTimeField(_("next try"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    # No longer wanted when its turn came, or refused too many times.
    dropped_at = models.DateTimeField(_("dropped"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(
                fields=["address", "kind", "event"], name="one_letter_per_address_kind_and_event"
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(dropped_at__isnull=True),
                name="letter_is_sent_or_dropped",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(sent_at__isnull=True, dropped_at__isnull=True),
                name="letters_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event}"


class Refusal(models.Model):
    """Whoever reads at this address wants no letters of this topic."""

    # In its canonical form, compared by equality.
    address = models.EmailField(_("address"))
    topic = models.CharField(_("topic"), max_length=50)
    refused_at = models.DateTimeField(_("turned off"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("refusal of letters")
        verbose_name_plural = _("refusals of letters")
        constraints = [
            models.UniqueConstraint(fields=["address", "topic"], name="topic_is_refused_once_per_address"),
            models.CheckConstraint(
                condition=Q(address=Lower("address")), name="refusal_is_of_a_canonical_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.topic}"


class FeedKey(models.Model):
    """What the address of a person's own calendar is made with; a new key makes the old address a dead one."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="feed_key",
        verbose_name=_("person"),
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    made_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("key of a calendar")
        verbose_name_plural = _("keys of calendars")

    def __str__(self) -> str:
        return f"{self.person_id}"
