"""Ballots on paper, which staff enter with their scans."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from files.documents import Document

from . import ballots, conflicts
from .models import Elector, PaperBallot, Vote


@transaction.atomic
def enter(
    *, elector: Elector, answers: Mapping[str, str], received_on: date, scan: Document, by: User, at: datetime
) -> PaperBallot:
    """Enter a paper ballot, while the vote is open or being counted; a question left out is blank.

    Raise ValidationError not_open, closed, received_too_early, received_too_late, entered_already (the same
    scan of the same premises) or unknown_answer.
    """
    elector = _locked(elector)
    vote = elector.vote
    _check_day(vote, received_on, at=at)
    given = ballots.answers_in(answers, questions=ballots.questions_of(vote), is_paper=True)
    digest = hashlib.sha256(scan.content).hexdigest()
    if elector.paper_ballots.filter(sha256=digest, withdrawn_at__isnull=True).exists():
        raise ValidationError(_("This paper ballot is entered already."), code="entered_already")
    paper = PaperBallot.objects.create(
        elector=elector,
        answers=given,
        received_on=received_on,
        scan=scan.stored(),
        name=scan.name,
        content_type=scan.content_type,
        sha256=digest,
        entered_at=at,
        by=by,
        by_name=by.get_full_name() or by.email,
    )
    conflicts.review(elector=elector, at=at)
    return paper


@transaction.atomic
def withdraw(*, paper: PaperBallot, reason: str, by: User, at: datetime) -> None:
    """Take back a paper ballot that was entered by mistake; it stays to be seen.

    Raise ValidationError closed, withdrawn_already or reason_missing.
    """
    elector = _locked(paper.elector)
    paper = PaperBallot.objects.select_for_update(of=("self",)).get(pk=paper.pk)
    if paper.withdrawn_at is not None:
        raise ValidationError(_("This paper ballot is withdrawn already."), code="withdrawn_already")
    if not reason.strip():
        raise ValidationError(_("Write the reason, it stands in the minutes."), code="reason_missing")
    paper.withdrawn_at, paper.withdrawn_reason = at, reason.strip()
    paper.withdrawn_by, paper.withdrawn_by_name = by, by.get_full_name() or by.email
    paper.save()
    conflicts.review(elector=elector, at=at)


def _locked(elector: Elector) -> Elector:
    elector = ballots.held(elector)
    if elector.vote.state not in {Vote.State.OPEN, Vote.State.COUNTING}:
        raise ValidationError(_("The results are announced already."), code="closed")
    return elector


def last_day(vote: Vote) -> date:
    """Return the last day on which a paper ballot comes in time."""
    return timezone.localdate(vote.closes_at - timedelta.resolution)


def _check_day(vote: Vote, received_on: date, *, at: datetime) -> None:
    if vote.opened_at is None or vote.opens_at > at:
        raise ValidationError(_("The vote is not open yet."), code="not_open")
    if received_on < timezone.localdate(vote.opened_at):
        raise ValidationError(_("That day the vote was not open yet."), code="received_too_early")
    if received_on > min(last_day(vote), timezone.localdate(at)):
        raise ValidationError(
            _("A paper ballot counts when it came before the vote closed, and not in the future."),
            "received_too_late",
        )
