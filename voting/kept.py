"""The ballots of a counted vote, as the company shows them where somebody disputes the result."""

from dataclasses import dataclass

from . import tally
from .ballots import printed, questions_of
from .conflicts import settled_in, sheets_of
from .models import BallotChange, Elector, PaperBallot, Vote
from .wording import moment_words, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All that came of some premises; `counted` is what of it the tally took, "" for nothing."""

    elector: Elector
    # Every press of „Balsuoti“, the first one first: the last one was the ballot.
    online: list[str]
    papers: list[PaperBallot]
    counted: str


def ballots_of(*, vote: Vote) -> list[Kept]:
    """Return what came of each of the premises of a counted vote, in their order; raise ValueError before that."""
    if vote.state != Vote.State.CLOSED:
        raise ValueError("not counted yet")
    questions = questions_of(vote)
    electors = list(vote.electors.prefetch_related("paper_ballots"))
    presses: dict[int, list[str]] = {}
    changes = BallotChange.objects.filter(ballot__elector__vote=vote).select_related("ballot")
    for change in changes.order_by("pk"):
        words = f"{moment_words(change.cast_at)}, {change.by_name}: {said(change.answers, questions)}"
        presses.setdefault(change.ballot.elector_id, []).append(f"{words} ({printed(change.receipt)})")
    counted = tally.standing(
        electors=[elector.pk for elector in electors], sheets=sheets_of(vote), settled=settled_in(vote)
    )
    return [
        Kept(
            elector=elector,
            online=presses.get(elector.pk, []),
            papers=list(elector.paper_ballots.all()),
            counted=said(dict(counted[elector.pk]), questions) if elector.pk in counted else "",
        )
        for elector in electors
    ]
