"""Which letters an address wants: everything, but for the topics it refused.

Refusals belong to the address and not to an account: a link in a letter turns its topic off for whoever reads
there, signed in or not.
"""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.core import signing
from django.db import transaction

from .letters import kind_named, topic_named, topics
from .models import Letter, Refusal


def canonical(address: str) -> str:
    """Return the form in which addresses are compared."""
    return address.strip().lower()


def refused_by(*, address: str) -> frozenset[str]:
    """Return the topics that this address wants no letters of."""
    refusals = Refusal.objects.filter(address=canonical(address))
    return frozenset(refusals.values_list("topic", flat=True))


def is_refused(*, address: str, topic: str) -> bool:
    """Tell whether a letter of this topic may not go to that address."""
    return bool(topic) and Refusal.objects.filter(address=canonical(address), topic=topic).exists()


def refuse(*, address: str, topic: str, at: datetime) -> None:
    """Send that address no more letters of the topic; raise KeyError for a topic that nobody declares."""
    Refusal.objects.get_or_create(
        address=canonical(address), topic=topic_named(topic).name, defaults={"refused_at": at}
    )


def allow(*, address: str, topic: str) -> None:
    """Send that address letters of the topic again."""
    Refusal.objects.filter(address=canonical(address), topic=topic).delete()


@transaction.atomic
def choose(*, address: str, wanted: Collection[str], at: datetime) -> None:
    """Send that address letters of these topics alone, beside those that always go."""
    for topic in topics():
        if topic.name in wanted:
            allow(address=address, topic=topic.name)
        else:
            refuse(address=address, topic=topic.name, at=at)


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt="notifications.choices")


def token_of(*, letter: Letter) -> str:
    """Return what stands in a letter's link for turning its topic off; it works for as long as the letter is kept.

    It names the letter, so that no address stands in what web servers and proxies write down.
    """
    return _signer().sign(letter.message_uuid.hex)


def chosen_in(token: str) -> tuple[str, str] | None:
    """Return the address and the topic of a letter's link, or None when nobody here signed it."""
    try:
        letter = Letter.objects.get(message_uuid=uuid.UUID(hex=_signer().unsign(token)))
        topic = topic_named(kind_named(letter.kind).topic).name
    except (signing.BadSignature, ValueError, KeyError, Letter.DoesNotExist):
        return None
    return canonical(letter.address), topic
