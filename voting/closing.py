"""How a vote ends: made longer, counted once, repeated when too few took part."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from meters.window import midnight

from . import announcing, electorate, letters
from .ballots import name_of, questions_of
from .conflicts import settled_in, sheets_of
from .models import LONGEST_VOTE, Conflict, Extension, Option, Question, Result, Vote, VoteDocument
from .presets import REPEAT
from .tally import Kind, Tally, tally

# What was received in the last second may still be on its way to the database.
GRACE = timedelta(seconds=30)


def _locked(vote: Vote) -> None:
    vote.refresh_from_db(from_queryset=Vote.objects.select_for_update(of=("self",)))


@transaction.atomic
def extend(*, vote: Vote, closes_at: datetime, reason: str, by: User, at: datetime) -> Extension:
    """Let people vote longer; the reason is shown to everybody.

    Raise ValidationError not_open, closed, not_later, lasts_too_long or reason_missing.
    """
    _locked(vote)
    if vote.is_over(at=at):
        raise ValidationError(_("The vote is over."), code="closed")
    if not vote.is_running(at=at):
        raise ValidationError(_("The vote is not open yet."), code="not_open")
    if closes_at <= vote.closes_at:
        raise ValidationError(_("An open vote can only be made longer."), code="not_later")
    if closes_at > at + LONGEST_VOTE:
        words = _("A vote lasts a year at most. Look through the year of its last day.")
        raise ValidationError(words, code="lasts_too_long")
    if not reason.strip():
        raise ValidationError(_("Write the reason, everybody sees it."), code="reason_missing")
    extension = Extension.objects.create(
        vote=vote,
        closes_before=vote.closes_at,
        closes_after=closes_at,
        reason=reason.strip(),
        extended_at=at,
        by=by,
        by_name=name_of(by),
    )
    vote.closes_at = closes_at
    vote.save(update_fields=["closes_at"])
    announcing.announce_extension(vote=vote, reason=extension.reason, at=at)
    letters.tell_extended(vote=vote, at=at)
    return extension


@transaction.atomic
def cancel(*, vote: Vote) -> None:
    """Give up a vote that has not been opened; raise ValidationError already_open."""
    _locked(vote)
    if vote.state not in Vote.PREPARED:
        raise ValidationError(_("This vote was opened or cancelled already."), code="already_open")
    vote.state = Vote.State.CANCELLED
    vote.save(update_fields=["state"])


# ── Counting ────────────────────────────────────────────────────────────────────────────────────


def counted_from(vote: Vote) -> datetime:
    """Return when a vote may be counted: papers that came in time may be entered until then."""
    return vote.closes_at + timedelta(days=vote.paper_days)


def count(vote: Vote) -> Tally:
    """Return what the ballots of a vote come to; raise UnsettledError while some are in conflict."""
    return tally(
        rules=vote.rules,
        electors=list(vote.electors.values_list("pk", flat=True)),
        questions=[question.asked for question in questions_of(vote)],
        sheets=sheets_of(vote),
        settled=settled_in(vote),
    )


@transaction.atomic
def close(*, vote: Vote, at: datetime) -> bool:
    """Count a vote that is over and write down the results, once; return whether it is counted now.

    It waits for the days of paper ballots and until every conflict is settled: "being counted".
    """
    _locked(vote)
    if vote.state not in {Vote.State.OPEN, Vote.State.COUNTING} or at < vote.closes_at:
        return vote.state == Vote.State.CLOSED
    unsettled = Conflict.objects.filter(elector__vote=vote, settled_at__isnull=True)
    if at < counted_from(vote) or unsettled.exists():
        if vote.state == Vote.State.OPEN:
            vote.state = Vote.State.COUNTING
            vote.save(update_fields=["state"])
        return False
    _announce(vote, count(vote), at=at)
    return True


def _announce(vote: Vote, counted: Tally, *, at: datetime) -> None:
    Result.objects.bulk_create(
        Result(
            question_id=question,
            counts=dict(result.counts),
            outcome=result.outcome.value,
            chosen_id=int(result.chosen) if result.chosen else None,
        )
        for question, result in counted.results.items()
    )
    vote.state, vote.closed_at = Vote.State.CLOSED, at
    vote.voted_count, vote.has_quorum = counted.voted, counted.has_quorum
    vote.save(update_fields=["state", "closed_at", "voted_count", "has_quorum"])
    announcing.announce_result(vote=vote, at=at)
    letters.tell_closed(vote=vote, at=at)


def turn(*, at: datetime) -> int:
    """Open the votes whose hour has come and close those that are over; return how many changed.

    Each in its own transaction, so that one that cannot go on does not hold back the others.
    """
    changed = 0
    for vote in Vote.objects.filter(state=Vote.State.SCHEDULED, opens_at__lte=at).order_by("pk"):
        try:
            electorate.open_vote(vote=vote, at=at)
        except ValidationError:
            # What it lacks has gone since: staff find it among the drafts.
            electorate.unschedule(vote=vote)
        changed += 1
    over = Vote.objects.filter(state__in=(Vote.State.OPEN, Vote.State.COUNTING), closes_at__lte=at - GRACE)
    for vote in over.order_by("pk"):
        changed += close(vote=vote, at=at)
    return changed


# ── Once more ───────────────────────────────────────────────────────────────────────────────────


def end_of_day(moment: datetime) -> datetime:
    """Return the midnight in Vilnius that ends the day of a moment."""
    return midnight(timezone.localdate(moment) + timedelta(days=1))


@transaction.atomic
def repeat(*, vote: Vote, opens_at: datetime, closes_at: datetime, by: User) -> Vote:
    """Return a draft of the repeat vote: the same questions and documents, with the lower threshold.

    Raise ValidationError not_closed, had_quorum, repeated_already or closes_before_it_opens.
    """
    _locked(vote)
    if vote.state != Vote.State.CLOSED:
        raise ValidationError(_("The vote is not counted yet."), code="not_closed")
    if vote.has_quorum:
        raise ValidationError(_("The vote took place: it had a quorum."), code="had_quorum")
    if vote.repeats.exclude(state=Vote.State.CANCELLED).exists():
        raise ValidationError(_("There is a repeat vote already."), code="repeated_already")
    if closes_at <= opens_at:
        raise ValidationError(_("The vote must close after it opens."), code="closes_before_it_opens")
    again = Vote.objects.create(
        building=vote.building,
        staircase=vote.staircase,
        kind=vote.kind,
        title=vote.title,
        description=vote.description,
        total_cost=vote.total_cost,
        paid_from=vote.paid_from,
        opens_at=opens_at,
        closes_at=closes_at,
        paper_days=vote.paper_days,
        repeat_of=vote,
        prepared_by=by,
        prepared_by_name=name_of(by),
        **REPEAT.numbers,
    )
    _copy_questions(vote, again)
    return again


def _copy_questions(vote: Vote, again: Vote) -> None:
    options: dict[int, Option] = {}
    for question in questions_of(vote):
        copied = Question.objects.create(
            vote=again, position=question.position, text=question.text, kind=question.kind
        )
        if question.asked.kind == Kind.CHOICE:
            for option in question.options.all():
                options[option.pk] = Option.objects.create(
                    question=copied, position=option.position, text=option.text
                )
    # The same kept file: nobody writes into one.
    VoteDocument.objects.bulk_create(
        VoteDocument(
            vote=again,
            option=options[document.option_id] if document.option_id is not None else None,
            file=document.file.name,
            name=document.name,
            content_type=document.content_type,
            size=document.size,
            sha256=document.sha256,
        )
        for document in vote.documents.all()
    )
