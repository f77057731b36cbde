"""The votes in the buildings of one person's objects, and their own premises in them; two queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import JSONObject

from properties.capabilities import Capability
from properties.models import BookPremises, Property
from properties.objects import OwnObject

from . import conflicts, tally
from .models import (
    Conflict,
    Elector,
    ElectorBook,
    Extension,
    Option,
    PaperBallot,
    Question,
    Vote,
    VoteDocument,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it was read with its vote: its options, and what came out of it once that is known."""

    pk: int
    text: str
    kind: str
    # By the answer that is sent, in order.
    options: dict[str, str]
    counts: dict[str, int] = field(default_factory=dict)
    outcome: str = ""
    chosen: str = ""

    @property
    def answers(self) -> tuple[str, ...]:
        """Return what a ballot online may answer, in order."""
        return tally.Asked(id=self.pk, kind=tally.Kind(self.kind), options=tuple(self.options)).answers


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnVote:
    """One vote with all that its page says, and this person's premises in it."""

    vote: Any
    questions: list[Asked]
    # Premises whose frozen book this person holds, and whether they may vote for them now.
    electors: list[tuple[Any, bool]]
    # Their other objects in this building, for which they do not vote.
    others: list[OwnObject]

    @property
    def are_flats(self) -> bool:
        """Tell whether all premises that vote are flats."""
        return not self.vote.has_other_kinds

    @property
    def voted(self) -> int:
        """Return of how many premises a ballot counts, or came while it is not counted yet."""
        counted: int | None = self.vote.voted_count
        return self.vote.turnout if counted is None else counted

    @property
    def may_vote(self) -> bool:
        """Tell whether this person has premises here for which they may vote while the vote goes on."""
        return any(may for _elector, may in self.electors)

    def waits(self, *, at: datetime) -> bool:
        """Tell whether this person could vote now for premises of which nothing came yet."""
        return self.vote.is_running(at=at) and any(
            may and not elector.receipt and not elector.papers for elector, may in self.electors
        )


def votes_of(*, user: Any, objects: Iterable[OwnObject], at: datetime) -> list[OwnVote]:
    """Return the votes that this person may see, newest first."""
    books = {own.book.pk: own for own in objects}
    # Without them the planner looks at the votes of the whole country.
    buildings = {place.building_id for own in books.values() for place in own.premises}
    votes = list(_votes(user, list(books), at).filter(building__in=buildings)) if books else []
    electors = list(_electors([vote.pk for vote in votes], list(books))) if votes else []
    return [_own(vote, electors, books) for vote in votes]


def _own(vote: Any, electors: list[Any], books: dict[int, OwnObject]) -> OwnVote:
    held = []
    frozen = set()
    for elector in electors:
        if elector.vote_id != vote.pk:
            continue
        own = [books[book] for book in elector.own_books]
        frozen |= {one.book.pk for one in own if one.is_held}
        if any(one.is_held for one in own):
            held.append((elector, any(Capability.VOTE in one.may for one in own)))
    return OwnVote(
        vote=vote,
        questions=[_asked(row) for row in vote.asked],
        electors=held,
        others=[books[book] for book in dict.fromkeys(vote.own_books) if book not in frozen],
    )


def verdict_of(elector: Any) -> dict[str, Any] | None:
    """Return how ballots of these premises that differ were settled; None where they do not differ."""
    return elector.settled[-1] if elector.settled and tally.differ(_sheets(elector)) else None


def counted_of(elector: Any) -> Mapping[str, str] | None:
    """Return which answers of these premises the tally took, once the vote is counted; None for none."""
    verdict = verdict_of(elector)
    settled = (
        {} if verdict is None else {elector.pk: conflicts.source_of(verdict["outcome"], verdict["paper"])}
    )
    return tally.standing(electors=[elector.pk], sheets=_sheets(elector), settled=settled).get(elector.pk)


def _sheets(elector: Any) -> list[tally.Sheet]:
    online = [(conflicts.ONLINE, elector.answers)] if elector.answers else []
    papers = [(conflicts.paper_source(paper["pk"]), paper["answers"]) for paper in elector.papers]
    return [
        tally.Sheet(elector=elector.pk, source=source, answers=answers)
        for source, answers in (*online, *papers)
    ]


def _asked(row: dict[str, Any]) -> Asked:
    options = {str(option["pk"]): option["text"] for option in row["options"]}
    return Asked(
        pk=row["pk"],
        text=row["text"],
        kind=row["kind"],
        options=options,
        counts=row["counts"] or {},
        outcome=row["outcome"] or "",
        chosen=options.get(str(row["chosen"]), ""),
    )


def _votes(user: Any, books: list[int], at: datetime) -> Any:
    of = ExpressionWrapper(OuterRef("staircase"), output_field=CharField())
    here = BookPremises.objects.alias(of=of).filter(
        Q(of="") | Q(property__staircase=F("of")),
        payment_book__in=books,
        property__building=OuterRef("building"),
    )
    options = Option.objects.filter(question=OuterRef("pk")).order_by("position", "pk")
    questions = Question.objects.filter(vote=OuterRef("pk")).order_by("position", "pk")
    documents = VoteDocument.objects.filter(vote=OuterRef("pk")).order_by("pk")
    extensions = Extension.objects.filter(vote=OuterRef("pk")).order_by("pk")
    return (
        Vote.objects.visible_to(user, at=at)
        .with_turnout()
        .annotate(
            own_books=ArraySubquery(here.order_by("pk").values("payment_book_id")),
            has_other_kinds=Exists(
                Elector.objects.filter(vote=OuterRef("pk")).exclude(kind=Property.Kind.FLAT)
            ),
            asked=ArraySubquery(
                questions.values(
                    row=JSONObject(
                        pk="pk",
                        text="text",
                        kind="kind",
                        options=ArraySubquery(options.values(row=JSONObject(pk="pk", text="text"))),
                        counts="result__counts",
                        outcome="result__outcome",
                        chosen="result__chosen_id",
                    )
                )
            ),
            papers=ArraySubquery(
                documents.values(
                    row=JSONObject(pk="pk", name="name", size="size", type="content_type", option="option_id")
                )
            ),
            longer=ArraySubquery(
                extensions.values(
                    row=JSONObject(before="closes_before", after="closes_after", reason="reason")
                )
            ),
        )
        .order_by("-opens_at", "-pk")
    )


def _electors(votes: list[int], books: list[int]) -> Any:
    own = ElectorBook.objects.filter(elector=OuterRef("pk"), payment_book__in=books).order_by("pk")
    papers = PaperBallot.objects.standing().filter(elector=OuterRef("pk")).order_by("pk")
    settled = Conflict.objects.filter(elector=OuterRef("pk"), settled_at__isnull=False)
    settled = settled.exclude(outcome=Conflict.Settled.AGREED).order_by("pk")
    return (
        Elector.objects.filter(Exists(own), vote__in=votes)
        .annotate(
            own_books=ArraySubquery(own.values("payment_book_id")),
            papers=ArraySubquery(
                papers.values(row=JSONObject(pk="pk", received_on="received_on", answers="answers"))
            ),
            settled=ArraySubquery(
                settled.values(row=JSONObject(outcome="outcome", paper="paper_id", reason="reason"))
            ),
            answers=F("ballot__answers"),
            cast_at=F("ballot__cast_at"),
            cast_by=F("ballot__by_id"),
            cast_by_name=F("ballot__by_name"),
            receipt=F("ballot__receipt"),
        )
        .order_by("sort_key", "pk")
    )
