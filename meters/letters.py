"""The letters that remind of declaring."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lithuanian.dates import for_month, short_day
from notifications.letters import Kind, Topic, register, register_topic

from .reminder_links import address_of
from .reminders import Declaration, Told, addresses_of, declaration_of, read_window
from .window_words import until_words


def _declaration(context: dict[str, Any], at: datetime) -> Declaration | None:
    """Return what the letter is about; None when it is not this person's email any more."""
    person = User.objects.filter(pk=context["person_id"], email=context["email"], is_active=True).first()
    if person is None:
        return None
    return declaration_of(person=person, window=read_window(context["window"]), at=at)


def _is_undeclared(context: dict[str, Any], at: datetime) -> bool:
    found = _declaration(context, at)
    return found is not None and bool(found.undeclared)


def _words(context: dict[str, Any]) -> dict[str, Any]:
    """Return what the templates say: of what is undeclared at the moment of sending."""
    found = _declaration(context, context["at"])
    if found is None:
        raise LookupError("a letter that nobody wants any more")
    return {
        "for_month": for_month(found.window.period),
        "first_day": short_day(found.window.first_day),
        "until": until_words(window=found.window),
        "addresses": addresses_of(meters=found.undeclared),
        "url": address_of(person=found.person, window=found.window),
    }


register_topic(
    Topic(
        name="meters",
        label=_("Reminders to declare meters"),
        explanation=_("When the declaration window opens, and three days before it closes."),
    )
)
for kind in Told:
    register(
        Kind(
            name=kind,
            template=f"emails/meters/{kind}",
            still_wanted=_is_undeclared,
            words=_words,
            topic="meters",
        )
    )
