"""Who is told what about a request; each step is one letter."""

from datetime import datetime

from django.conf import settings

from notifications import outbox

from .models import Message, Request


def person(*, asked: Request, message: Message, at: datetime) -> None:
    """Tell who asked about what staff wrote or did."""
    outbox.post(
        kind="request_step",
        to=asked.asker_email,
        event=f"message {message.pk}",
        language=asked.person.language if asked.person else asked.language,
        context={"request": asked.pk, "message": message.pk},
        at=at,
    )


def company(*, asked: Request, what: str, at: datetime, message: Message | None = None) -> None:
    """Tell the company's staff, where it has an email, about something new."""
    if not asked.managing_company.email:
        return
    outbox.post(
        kind="request_for_staff",
        to=asked.managing_company.email,
        event=f"message {message.pk}" if message else f"request {asked.pk}",
        language=settings.LANGUAGE_CODE,
        context={"request": asked.pk, "message": message.pk if message else None, "what": what},
        at=at,
    )
