"""Letters about votes: the notice that one begins, a reminder, and what came of it.

The notice, a longer term and the result are formal and always come; the reminder may be turned off.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications.letters import Kind, Topic, register, register_topic
from notifications.outbox import Draft, post_many
from properties.models import Access, PaymentBook, Property

from .announcing import address_of
from .models import Elector, Notice, Question, Vote
from .wording import decision_words, kind_words, until_words

# How long before the end those who have not voted are reminded.
REMINDED_BEFORE = timedelta(days=3)
# Nobody is reminded of what they were told just now.
NOT_SO_SOON = timedelta(days=1)


@dataclass(slots=True)
class _Reader:
    """One address, and the premises for which it is told."""

    language: str
    electors: dict[int, tuple[str, str]] = field(default_factory=dict)


def tell_opened(*, vote: Vote, at: datetime) -> None:
    """Put the notice that a vote has begun into the outbox, one per address of the vote's notices."""
    drafts = [
        _draft("vote_opened", vote, address, reader, event=str(vote.pk))
        for address, reader in _told(vote).items()
    ]
    post_many(drafts=drafts, at=at)


def tell_extended(*, vote: Vote, at: datetime) -> None:
    """Put into the outbox that one may vote longer, and why, to those who were told of the vote."""
    extension = vote.extensions.latest("pk")
    drafts = [
        _draft("vote_extended", vote, address, reader, event=str(extension.pk), reason=extension.reason)
        for address, reader in _told(vote).items()
    ]
    post_many(drafts=drafts, at=at)


def tell_closed(*, vote: Vote, at: datetime) -> None:
    """Put the result into the outbox, to those who were told of the vote."""
    drafts = [
        _draft("vote_closed", vote, address, reader, event=str(vote.pk))
        for address, reader in _told(vote).items()
    ]
    post_many(drafts=drafts, at=at)


def tell_closing(*, at: datetime) -> int:
    """Remind of the votes that end within three days those of whose premises no ballot came; return how many.

    Each once for every day on which the vote was to end.
    """
    ending = Vote.objects.running(at=at).filter(
        closes_at__lte=at + REMINDED_BEFORE, opens_at__lte=at - NOT_SO_SOON
    )
    return sum(
        post_many(
            drafts=[
                _draft(
                    "vote_closing",
                    vote,
                    address,
                    reader,
                    event=f"{vote.pk}:{timezone.localdate(vote.closes_at)}",
                    electors=sorted(reader.electors),
                )
                for address, reader in _silent(vote, at).items()
            ],
            at=at,
        )
        for vote in ending.order_by("pk")
    )


def _told(vote: Vote) -> dict[str, _Reader]:
    """Return the addresses to which letters about the vote go, each once, with their premises."""
    notices = Notice.objects.filter(elector__vote=vote, way=Notice.Way.LETTER, person__isnull=False)
    rows = notices.order_by("to", "elector__sort_key", "elector_id").values_list(
        "to", "person__language", "elector_id", "elector__kind", "elector__place"
    )
    return _by_address(rows)


def _silent(vote: Vote, at: datetime) -> dict[str, _Reader]:
    """Return the holders who could vote now, with those of their premises of which nothing came."""
    silent = Elector.objects.filter(vote=vote).exclude(pk__in=Elector.objects.voted().filter(vote=vote))
    books: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for book, elector, kind, place in silent.order_by("sort_key", "pk").values_list(
        "elector_books__payment_book", "pk", "kind", "place"
    ):
        books[book].append((elector, kind, place))
    held = (
        Access.objects.live(at=at)
        .filter(
            Q(payment_book__closed_on__isnull=True) | Q(payment_book__closed_on__gte=timezone.localdate(at)),
            granted_by__isnull=True,
            payment_book__in=list(books),
            payment_book__payer_role=PaymentBook.PayerRole.OWNER,
        )
        .order_by("person__email", "pk")
        .values_list("person__email", "person__language", "payment_book")
    )
    return _by_address(
        (email, language, *premises) for email, language, book in held for premises in books[book]
    )


def _by_address(rows: Iterable[tuple[Any, ...]]) -> dict[str, _Reader]:
    readers: dict[str, _Reader] = {}
    for address, language, elector, kind, place in rows:
        readers.setdefault(address, _Reader(language)).electors[elector] = (kind, place)
    return readers


def _draft(kind: str, vote: Vote, address: str, reader: _Reader, *, event: str, **more: Any) -> Draft:
    context = {
        "vote_id": vote.pk,
        "title": vote.title,
        "place": vote.place,
        "closes_at": vote.closes_at.isoformat(),
        "is_binding": vote.is_binding,
        "premises": list(reader.electors.values()),
        **more,
    }
    return Draft(kind=kind, to=address, event=event, language=reader.language, context=context)


# ── Words ───────────────────────────────────────────────────────────────────────────────────────


def _words(context: dict[str, Any]) -> dict[str, Any]:
    """Return what the templates say, in the language that is active."""
    addresses = [
        place if kind == Property.Kind.FLAT else f"{Property.Kind(kind).label}, {place}"
        for kind, place in context["premises"]
    ]
    rights = ngettext("You have %(n)d vote: %(of)s.", "You have %(n)d votes: %(of)s.", len(addresses))
    return {
        "title": context["title"],
        "address": context["place"],
        "rights": rights % {"n": len(addresses), "of": "; ".join(addresses)},
        "until": until_words(datetime.fromisoformat(context["closes_at"])),
        "kind": kind_words(is_binding=context["is_binding"]),
        "reason": context.get("reason", ""),
        "url": address_of(Vote(pk=context["vote_id"])),
    }


def _result_words(context: dict[str, Any]) -> dict[str, Any]:
    """Return the same with what was decided, as the vote's own page says it."""
    vote = Vote.objects.get(pk=context["vote_id"])
    voted, electors = vote.voted_count or 0, vote.elector_count or 0
    questions = Question.objects.filter(vote=vote).select_related("result__chosen")
    return {
        **_words(context),
        "turnout": _("Ballots came from %(voted)d of %(n)d premises.") % {"voted": voted, "n": electors},
        "decisions": [
            question.text
            + " "
            + decision_words(
                outcome=question.result.outcome,
                counts=question.result.counts,
                chosen=question.result.chosen.text if question.result.chosen else "",
                voted=voted,
                electors=electors,
            )
            for question in questions
        ],
    }


def _is_awaited(context: dict[str, Any], at: datetime) -> bool:
    """Tell whether the vote still goes on and any of these premises has not voted."""
    electors = Elector.objects.filter(pk__in=context["electors"], vote__in=Vote.objects.running(at=at))
    return electors.exclude(pk__in=electors.voted()).exists()


register_topic(
    Topic(
        name="voting",
        label=gettext_lazy("Reminders to vote"),
        explanation=gettext_lazy(
            "Three days before a vote ends, if no ballot of your premises has come. "
            "That a vote begins and what was decided we always write."
        ),
    )
)
register(Kind("vote_opened", "emails/voting/vote_opened", words=_words))
register(Kind("vote_extended", "emails/voting/vote_extended", words=_words))
register(
    Kind("vote_closing", "emails/voting/vote_closing", still_wanted=_is_awaited, words=_words, topic="voting")
)
register(Kind("vote_closed", "emails/voting/vote_closed", words=_result_words))
