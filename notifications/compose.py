"""One letter as text and HTML, in its reader's language, with links that start with BASE_URL."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation


def compose(
    *,
    template: str,
    to: str,
    language: str,
    context: dict[str, Any],
    words_of: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    turned_off_by: str = "",
) -> EmailMultiAlternatives:
    """Return the letter made of `<template>_subject.txt`, `_message.txt` and `_message.html`.

    With a token `turned_off_by` its topic can be turned off by a link in its foot, and by one press in the mail
    program.
    """
    frame = {
        "base_url": settings.BASE_URL,
        "brand_name": settings.BRAND_NAME,
        "care_phone": settings.CARE_PHONE,
        "care_hours": settings.CARE_HOURS,
        "care_email": settings.CARE_EMAIL,
    }
    headers = {}
    if turned_off_by:
        place = reverse("notifications:unsubscribe", args=[turned_off_by])
        frame["unsubscribe_url"] = settings.BASE_URL + place
        # RFC 8058: the mail program itself sends the POST.
        headers["List-Unsubscribe"] = f"<{frame['unsubscribe_url']}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    with translation.override(language):
        words = frame | words_of(context)
        subject = " ".join(render_to_string(f"{template}_subject.txt", words).split())
        text = render_to_string(f"{template}_message.txt", words).strip() + "\n"
        page = render_to_string(f"{template}_message.html", words)
    letter = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [to], headers=headers)
    letter.attach_alternative(page, "text/html")
    return letter
