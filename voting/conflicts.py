"""Ballots of one premises that say different things: found when they come, settled by staff when the vote is over."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User

from .models import Ballot, Conflict, Elector, PaperBallot, Vote
from .tally import Sheet, differ

ONLINE = "online"


def paper_source(paper: int) -> str:
    """Return how a paper ballot is named among the ballots of its premises."""
    return f"paper:{paper}"


def sheets_of(vote: Vote) -> list[Sheet]:
    """Return every ballot of a vote that was not withdrawn; two queries."""
    return _sheets(elector__vote=vote)


def _sheets(**of: object) -> list[Sheet]:
    online = Ballot.objects.filter(**of).values_list("elector_id", "answers")
    papers = PaperBallot.objects.standing().filter(**of).values_list("elector_id", "pk", "answers")
    return [Sheet(elector=elector, source=ONLINE, answers=answers) for elector, answers in online] + [
        Sheet(elector=elector, source=paper_source(paper), answers=answers)
        for elector, paper, answers in papers
    ]


def settled_in(vote: Vote) -> dict[int, str]:
    """Return which ballot counts, by premises, "" for none; the last settlement of a premises stands."""
    rows = Conflict.objects.filter(elector__vote=vote).order_by("pk")
    found: dict[int, str] = {}
    for conflict in rows:
        if not conflict.outcome:
            found.pop(conflict.elector_id, None)
        elif conflict.outcome != Conflict.Settled.AGREED:
            found[conflict.elector_id] = source_of(conflict.outcome, conflict.paper_id)
    return found


def source_of(outcome: str, paper: int | None) -> str:
    """Return which ballot counts after a settlement, "" for none."""
    if outcome == Conflict.Settled.PAPER and paper is not None:
        return paper_source(paper)
    return ONLINE if outcome == Conflict.Settled.ONLINE else ""


def review(*, elector: Elector, at: datetime) -> None:
    """Note a conflict after a ballot of locked premises came, changed or was withdrawn.

    One that is open ends by itself when the ballots come to say the same. After a settlement whatever comes
    anew is a new conflict: nobody has judged it.
    """
    is_conflict = differ(_sheets(elector=elector))
    waiting = Conflict.objects.filter(elector=elector, settled_at__isnull=True).first()
    if is_conflict and waiting is None:
        Conflict.objects.create(elector=elector, found_at=at)
    elif not is_conflict and waiting is not None:
        waiting.outcome, waiting.settled_at = Conflict.Settled.AGREED, at
        waiting.save()


@transaction.atomic
def settle(
    *,
    conflict: Conflict,
    outcome: Conflict.Settled,
    paper: PaperBallot | None = None,
    reason: str,
    by: User,
    at: datetime,
) -> None:
    """Say which ballot of the premises counts, or that none does: then they did not take part.

    Raise ValidationError not_over (until then owners may still agree), already_settled, reason_missing, or
    no_such_ballot.
    """
    elector = (
        Elector.objects.select_for_update(of=("self",)).select_related("vote").get(pk=conflict.elector_id)
    )
    conflict = Conflict.objects.select_for_update(of=("self",)).get(pk=conflict.pk)
    if conflict.settled_at is not None:
        raise ValidationError(_("This conflict is settled already."), code="already_settled")
    if not elector.vote.is_over(at=at):
        raise ValidationError(
            _("Settle it when the vote is over: until then the owners may still change their ballot."),
            "not_over",
        )
    if not reason.strip():
        raise ValidationError(_("Write the reason, it stands in the minutes."), code="reason_missing")
    if outcome not in {Conflict.Settled.ONLINE, Conflict.Settled.PAPER, Conflict.Settled.NONE}:
        raise ValidationError(_("Choose which ballot counts."), code="no_such_ballot")
    conflict.outcome = outcome
    conflict.paper = paper if outcome == Conflict.Settled.PAPER else None
    chosen = source_of(conflict.outcome, conflict.paper_id)
    if (outcome == Conflict.Settled.PAPER and paper is None) or (
        chosen and chosen not in {sheet.source for sheet in _sheets(elector=elector)}
    ):
        raise ValidationError(_("There is no such ballot of these premises."), code="no_such_ballot")
    conflict.reason, conflict.settled_at = reason.strip(), at
    conflict.by, conflict.by_name = by, by.get_full_name() or by.email
    conflict.save()
