"""The letter that brings an announcement."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notifications.letters import Kind, Topic, register, register_topic

from .announcing import KIND
from .models import Announcement
from .wording import where_words


def _is_still_told(context: dict[str, Any], at: datetime) -> bool:
    """Tell whether it is still published, not stopped, and the person may still see it."""
    person = get_user_model()._default_manager.filter(pk=context["person"], is_active=True).first()
    if person is None:
        return False
    rows = Announcement.objects.visible_to(person, at=at)
    return rows.filter(pk=context["announcement"], sends_letters=True, stopped_at__isnull=True).exists()


def _words(context: dict[str, Any]) -> dict[str, Any]:
    """Return what the templates say: as it stands now, mended or not."""
    row = Announcement.objects.select_related("building", "managing_company").get(pk=context["announcement"])
    return {
        "title": row.title,
        "text": row.text,
        "where": where_words(row, is_of_one_company=False),
        "url": settings.BASE_URL + reverse("noticeboard:announcement", args=[row.pk]),
    }


register_topic(
    Topic(
        name="announcements",
        label=_("Announcements"),
        explanation=_(
            "What the company tells you of your building. You also find it here, in the self-service."
        ),
    )
)
register(
    Kind(
        name=KIND,
        template="emails/noticeboard/announcement",
        still_wanted=_is_still_told,
        words=_words,
        topic="announcements",
    )
)
