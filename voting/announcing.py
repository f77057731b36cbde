"""What the noticeboard says of votes: that one has begun, and what came out of it."""

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from noticeboard.models import Announcement

from .models import Question, Result, Vote
from .wording import answer_words, until_words


def announce_opening(*, vote: Vote, at: datetime) -> Announcement:
    """Tell the building, or the staircase, that its owners vote."""
    with translation.override(settings.LANGUAGE_CODE):
        title = _("Voting has begun: %(title)s") % {"title": vote.title}
        lines = [_("The owners may vote on the page “Voting”."), _until(vote), address_of(vote)]
        return _announce(vote, title, lines, at=at)


def announce_extension(*, vote: Vote, reason: str, at: datetime) -> Announcement:
    """Tell the same people that the vote ends later, and why."""
    with translation.override(settings.LANGUAGE_CODE):
        title = _("You may vote longer: %(title)s") % {"title": vote.title}
        lines = [_until(vote), _("Reason: %(reason)s") % {"reason": reason}, address_of(vote)]
        return _announce(vote, title, lines, at=at)


def _until(vote: Vote) -> str:
    return _("The vote goes on until %(until)s.") % {"until": until_words(vote.closes_at)}


def announce_result(*, vote: Vote, at: datetime) -> Announcement:
    """Tell the same people what was decided."""
    with translation.override(settings.LANGUAGE_CODE):
        title = _("Result of the vote: %(title)s") % {"title": vote.title}
        lines = [
            _("%(voted)d of %(all)d premises took part.")
            % {"voted": vote.voted_count, "all": vote.elector_count}
        ]
        lines += [result_words(question) for question in counted_questions(vote)]
        return _announce(vote, title, [*lines, address_of(vote)], at=at)


def address_of(vote: Vote) -> str:
    """Return the whole address of a vote's page, for letters and the noticeboard."""
    return settings.BASE_URL + reverse("voting:detail", args=[vote.pk])


def counted_questions(vote: Vote) -> QuerySet[Question]:
    """Return the questions of a counted vote with what is told of their results."""
    return vote.questions.select_related("result__chosen").prefetch_related("options")


def result_words(question: Question) -> str:
    """Return „Klausimas – Pritarta (Už: 3, Prieš: 1)“ of a question that was counted."""
    result: Result = question.result
    words = str(result.get_outcome_display()) if result.chosen is None else result.chosen.text
    options = {str(option.pk): option.text for option in question.options.all()}
    given = ", ".join(
        f"{answer_words(answer, options=options)}: {count}"
        for answer, count in result.counts.items()
        if count
    )
    return f"{question.text} – {words}" + (f" ({given})" if given else "")


def _announce(vote: Vote, title: str, lines: list[str], *, at: datetime) -> Announcement:
    audience = Announcement.Audience
    return Announcement.objects.create(
        managing_company_id=vote.managing_company_id,
        audience=audience.STAIRCASE if vote.staircase else audience.BUILDING,
        building_id=vote.building_id,
        staircase=vote.staircase,
        title=shortened(title),
        text="\n\n".join(lines),
        published_at=at,
    )


def shortened(title: str) -> str:
    """Return a title that fits the noticeboard."""
    longest = Announcement._meta.get_field("title").max_length or 0
    return title if len(title) <= longest else f"{title[: longest - 1].rstrip()}…"
