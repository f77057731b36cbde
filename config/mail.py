"""Letters in development: one file each under `.data/mail/`, readable at `/dev/mail/`."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


class FileBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each letter as `<UTC time>-<recipient>.eml`, whole or not at all."""
        settings.MAIL_DIR.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            moment = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S.%fZ")
            recipient = re.sub(r"[^A-Za-z0-9@._+-]", "_", message.to[0])[:120]
            path = settings.MAIL_DIR / f"{moment}-{recipient}.eml"
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(message.message().as_bytes())
            unfinished.rename(path)
        return len(email_messages)


def _parsed(path: Path) -> ParsedMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)


@login_not_required
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """List the letters of development, newest first."""
    paths = sorted(settings.MAIL_DIR.glob("*.eml"), reverse=True)[:200]
    letters = [(path.name, _parsed(path)) for path in paths]
    rows = [{"name": name, "to": letter["To"], "subject": letter["Subject"]} for name, letter in letters]
    return render(request, "dev/mail_list.html", {"rows": rows})


@login_not_required
@require_safe
def mail_letter(request: HttpRequest, name: str) -> HttpResponse:
    """Show one letter of development as text."""
    path = settings.MAIL_DIR / name
    if path.parent != settings.MAIL_DIR or path.suffix != ".eml" or not path.is_file():
        raise Http404
    letter = _parsed(path)
    body = letter.get_body(("plain", "html"))
    return render(
        request, "dev/mail_letter.html", {"letter": letter, "text": body.get_content() if body else ""}
    )
