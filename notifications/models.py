"""What is told to whom, once."""

import uuid

from django.db import models
from django.db.models import Q
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
