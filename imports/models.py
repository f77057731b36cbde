"""What was brought in, when, and how it went."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    kind = models.CharField(_("kind"), max_length=30)
    # Known here only as text: this app does not know what a company is.
    company_code = models.CharField(_("company code"), max_length=20, blank=True)
    file_name = models.CharField(_("file"), max_length=255)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"))
    created = models.PositiveIntegerField(_("created"))
    updated = models.PositiveIntegerField(_("updated"))
    unchanged = models.PositiveIntegerField(_("unchanged"))
    rejected = models.PositiveIntegerField(_("rejected"))
    # Somebody stopped it in the middle: nothing of the file is in.
    is_stopped = models.BooleanField(_("stopped"), default=False, db_default=False)

    class Meta:
        ordering = ["-finished_at", "-id"]
        verbose_name = _("import run")
        verbose_name_plural = _("import runs")

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"
