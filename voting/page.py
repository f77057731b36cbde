"""The pages „Balsavimas“ in ready words: what is proposed, the ballots, turnout, and results once they are known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from lithuanian.dates import month_heading
from lithuanian.numbers import money
from properties.models import PaymentBook, Property
from properties.objects import OwnObject

from . import ballots
from .forms import BallotForm
from .mine import Asked, OwnVote, counted_of, verdict_of
from .models import Conflict, Vote
from .tally import Outcome
from .wording import (
    answer_words,
    day_words,
    decision_words,
    kind_words,
    majority_words,
    moment_words,
    outcome_of,
    quorum_words,
    turnout_words,
    until_day,
    until_words,
    votes_words,
)

# As many earlier votes stand beside one that is open.
BESIDE = 5


@dataclass(frozen=True, slots=True)
class Tag:
    """A state: its colour, icon and word."""

    tone: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A vote in a list."""

    title: str
    url: str
    more: list[str]
    tag: Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document to read before voting."""

    url: str
    words: str


@dataclass(frozen=True, slots=True)
class Related:
    """Another vote on the same, and what it is to this one."""

    words: str
    link: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The ballot that stands for some premises: what it says, who gave it and when."""

    words: str
    answers: list[str]
    who: str
    receipt: str
    # Not when it was settled that another ballot of the premises counts, or none.
    is_taken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotCard:
    """One of this person's premises: what was voted for them, and the form while it may be changed."""

    pk: int
    label: str
    # The address, where one has several.
    heading: str
    url: str
    cast: Cast | None
    paper: str
    # How ballots that differed were settled.
    verdict: str
    reason: str
    form: BallotForm | None
    changeable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    label: str
    votes: int
    words: str
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came out of one question."""

    question: str
    tag: Tag
    decision: str
    bars: list[Bar]
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One vote in words."""

    pk: int
    title: str
    address: str
    tag: Tag
    description: str
    facts: list[Fact]
    documents: list[Paper]
    kind_words: str
    # The vote that this one repeats, and the one that repeats it, where one sees them.
    related: list[Related]
    ballots: list[BallotCard]
    reasons: list[str]
    # Where there is no ballot to read them on.
    questions: list[str]
    results: list[Answered]
    voted: int
    total: int
    turnout: str
    turnout_label: str
    quorum: Tag
    needed: str
    extensions: list[str]
    minutes_url: str
    earlier: list[Row]


# ── The list ────────────────────────────────────────────────────────────────────────────────────


def list_of(*, votes: Iterable[OwnVote], at: datetime) -> dict[str, Any]:
    """Return the list: what is going on, soonest to close first, and what was before."""
    mine = list(votes)
    running = sorted(
        (own for own in mine if own.vote.is_running(at=at)), key=lambda own: (own.vote.closes_at, own.vote.pk)
    )
    return {
        "open": [_open_row(own, at) for own in running],
        "closed": [_closed_row(own, at) for own in mine if own.vote.is_over(at=at)],
        "to_vote": waiting(votes=mine, at=at),
    }


def waiting(*, votes: Iterable[OwnVote], at: datetime) -> int:
    """Return how many votes wait for this person."""
    return sum(own.waits(at=at) for own in votes)


def _open_row(own: OwnVote, at: datetime) -> Row:
    vote = own.vote
    today = timezone.localdate(at)
    turnout = turnout_words(voted=own.voted, total=vote.elector_count, are_flats=own.are_flats)
    until = {"day": until_day(vote.closes_at, today=today)}
    return Row(
        title=vote.title,
        url=url_of(vote),
        more=[
            vote.place,
            _("Vote until %(day)s.") % until if own.may_vote else _("Going on until %(day)s") % until,
            _("%(turnout)s have voted.") % {"turnout": turnout},
            *(words for words in _own_answers(own) if words != _("You have voted")),
        ],
        tag=open_tag(own, at=at),
    )


def open_tag(own: OwnVote, *, at: datetime) -> Tag:
    """Return whether one's vote is awaited or given, or that others vote."""
    if own.waits(at=at):
        return Tag("info", "vote", _("Your vote is awaited"))
    if any(_came(elector) for elector, _may in own.electors):
        return Tag("ok", "check", _("You have voted"))
    return Tag("", "vote", _("The owners vote"))


def _closed_row(own: OwnVote, at: datetime, *, is_beside: bool = False) -> Row:
    month = month_heading(timezone.localdate(own.vote.closes_at))
    said = _own_answers(own) or ([_("You did not vote")] if own.electors else [])
    return Row(
        title=own.vote.title,
        url=url_of(own.vote),
        more=[*([] if is_beside else [own.vote.place]), " · ".join([month, *said])],
        tag=_result_tag(own),
    )


def _own_answers(own: OwnVote) -> list[str]:
    """Return how one voted, where it can be said in a word, or that one did."""
    if not any(_came(elector) for elector, _may in own.electors):
        return []
    is_closed = own.vote.state == Vote.State.CLOSED
    given = [counted_of(elector) if is_closed else elector.answers for elector, _may in own.electors]
    if is_closed and not any(given):
        return [_("Your vote did not count")]
    if len(own.questions) != 1:
        return [_("You have voted")]
    [question] = own.questions
    said = {
        answer_words(answers.get(str(question.pk), ""), options=question.options)
        for answers in given
        if answers
    }
    return [_("You voted “%(answer)s”") % {"answer": said.pop()} if len(said) == 1 else _("You have voted")]


def _result_tag(own: OwnVote) -> Tag:
    if own.vote.state != Vote.State.CLOSED:
        return Tag("", "hourglass", _("Being counted"))
    return _outcome_tag(outcome_of(question.outcome for question in own.questions), own.questions)


def _outcome_tag(outcome: str, questions: list[Asked]) -> Tag:
    if outcome == Outcome.ADOPTED:
        chosen = any(question.chosen for question in questions)
        return Tag("ok", "check", _("Decided") if chosen else _("Adopted"))
    if outcome == Outcome.REJECTED:
        is_choice = all(question.options for question in questions)
        return Tag("", "x", _("No decision") if is_choice else _("Not adopted"))
    if outcome == Outcome.TIED:
        return Tag("", "x", _("A tie"))
    if outcome == Outcome.NO_QUORUM:
        return Tag("", "x", _("No quorum"))
    return Tag("info", "info", _("Decided differently on each question"))


def url_of(vote: Any) -> str:
    """Return the address of a vote's page."""
    return reverse("voting:detail", args=[vote.pk])


# ── One vote ────────────────────────────────────────────────────────────────────────────────────


def page_of(
    *, own: OwnVote, votes: list[OwnVote], at: datetime, sent: Mapping[int, BallotForm] | None = None
) -> Page:
    """Return one vote in words; `sent` are forms that come back, by elector, and `votes` the person's others."""
    vote = own.vote
    is_running, is_closed = vote.is_running(at=at), vote.state == Vote.State.CLOSED
    cards = _cards(own, at, sent or {})
    turnout = turnout_words(voted=own.voted, total=vote.elector_count, are_flats=own.are_flats)
    earlier = [
        other
        for other in votes
        if other.vote.pk != vote.pk
        and other.vote.building_id == vote.building_id
        and other.vote.is_over(at=at)
    ]
    return Page(
        pk=vote.pk,
        title=vote.title,
        address=vote.place,
        tag=_page_tag(own, at),
        description=vote.description,
        facts=_facts(own),
        documents=[_paper(row) for row in vote.papers if row["option"] is None],
        kind_words=kind_words(is_binding=vote.is_binding),
        related=_related(vote, votes),
        ballots=cards,
        reasons=list(dict.fromkeys(_reason(other, own, at) for other in own.others)) if is_running else [],
        questions=(
            []
            if is_closed or any(card.form for card in cards)
            else [
                " – ".join(filter(None, [question.text, "; ".join(question.options.values())]))
                for question in own.questions
            ]
        ),
        results=_results(own) if is_closed else [],
        voted=own.voted,
        total=vote.elector_count,
        turnout=turnout,
        turnout_label=_("%(turnout)s have voted.") % {"turnout": turnout},
        quorum=_quorum_tag(own),
        needed=_needed(own, is_running=is_running),
        extensions=[_longer_words(row) for row in vote.longer],
        minutes_url=reverse("voting:minutes", args=[vote.pk]) if is_closed else "",
        earlier=[_closed_row(other, at, is_beside=True) for other in earlier[:BESIDE]] if is_running else [],
    )


def _page_tag(own: OwnVote, at: datetime) -> Tag:
    if own.vote.is_running(at=at):
        day = until_day(own.vote.closes_at, today=timezone.localdate(at))
        return Tag("info", "vote", _("Going on until %(day)s") % {"day": day})
    return _result_tag(own)


def _related(vote: Any, votes: Iterable[OwnVote]) -> list[Related]:
    if vote.repeat_of_id is None:
        found = [other.vote for other in votes if other.vote.repeat_of_id == vote.pk]
        words, link = _("There was no quorum, so the vote is repeated."), _("See the repeat vote")
    else:
        found = [other.vote for other in votes if other.vote.pk == vote.repeat_of_id]
        words, link = _("This is a repeat vote: the first one had no quorum."), _("See the first vote")
    if vote.repeat_of_id is not None and not found:
        return [Related(words, "", "")]
    return [Related(words, link, url_of(other)) for other in found]


def _facts(own: OwnVote) -> list[Fact]:
    vote = own.vote
    facts = []
    if vote.total_cost is not None:
        each = money(vote.total_cost / vote.elector_count)
        facts.append(Fact(_("Total cost"), money(vote.total_cost), is_number=True))
        if own.are_flats:
            label = _("For your flat") if len(own.electors) == 1 else _("For one flat")
        else:
            label = _("For one of the premises")
        facts.append(Fact(label, each, is_number=True))
    if vote.paid_from:
        facts.append(Fact(_("What it is paid from"), vote.paid_from))
    return facts


def _paper(row: Mapping[str, Any]) -> Paper:
    kind = "PDF" if row["type"] == "application/pdf" else "JPG"
    stem = row["name"].rpartition(".")[0] or row["name"]
    size = filesizeformat(row["size"]).replace("\u00a0", " ")
    return Paper(url=reverse("voting:document", args=[row["pk"]]), words=f"{stem} ({kind}, {size})")


def _quorum_tag(own: OwnVote) -> Tag:
    vote = own.vote
    if vote.has_quorum is not None:
        return (
            Tag("ok", "check", _("There was a quorum"))
            if vote.has_quorum
            else Tag("warn", "x", _("There was no quorum"))
        )
    if vote.rules.quorum.is_met(own.voted, vote.elector_count):
        return Tag("ok", "check", _("There is a quorum"))
    return Tag("", "clock", _("No quorum yet"))


def _needed(own: OwnVote, *, is_running: bool) -> str:
    vote = own.vote
    said = [
        quorum_words(rules=vote.rules, electors=vote.elector_count, are_flats=own.are_flats),
        majority_words(rules=vote.rules, electors=vote.elector_count),
    ]
    if is_running:
        said.append(_("How the others voted will be shown when the vote has ended."))
    elif vote.state != Vote.State.CLOSED:
        said.append(_("The vote has ended. The results will be here when all ballots are counted."))
    return " ".join(said)


def _longer_words(row: Mapping[str, Any]) -> str:
    before, after = (datetime.fromisoformat(row[name]) for name in ("before", "after"))
    return _("Prolonged until %(after)s; it was to end at %(before)s. Reason: %(reason)s") % {
        "after": until_words(after),
        "before": until_words(before),
        "reason": row["reason"],
    }


# ── Ballots ─────────────────────────────────────────────────────────────────────────────────────


def _cards(own: OwnVote, at: datetime, sent: Mapping[int, BallotForm]) -> list[BallotCard]:
    is_running = own.vote.is_running(at=at)
    return [
        _card(own, elector, may, at, sent) for elector, may in own.electors if is_running or _came(elector)
    ]


def _came(elector: Any) -> bool:
    return bool(elector.receipt or elector.papers)


def _card(own: OwnVote, elector: Any, may: bool, at: datetime, sent: Mapping[int, BallotForm]) -> BallotCard:
    is_running = own.vote.is_running(at=at)
    form = sent.get(elector.pk) or (form_of(own=own, elector=elector) if may and is_running else None)
    today = timezone.localdate(at)
    until = until_words(own.vote.closes_at, today=today)
    return BallotCard(
        pk=elector.pk,
        label=_("The ballot of %(address)s") % {"address": elector.address},
        heading=elector.address if len(own.electors) > 1 else "",
        url=reverse("voting:cast", args=[own.vote.pk, elector.pk]),
        cast=_cast(own, elector, at) if elector.receipt else None,
        paper=_paper_words(elector, own, today) if elector.papers else "",
        verdict=_verdict_words(elector) if own.vote.state == Vote.State.CLOSED else "",
        reason="" if may or not is_running else _("You no longer hold these premises, so you cannot vote."),
        form=form if is_running else None,
        changeable=_("You may change your vote until %(until)s.") % {"until": until},
    )


def form_of(*, own: OwnVote, elector: Any, data: Any = None) -> BallotForm:
    """Return the ballot of some premises to fill in, with what stands already."""
    return BallotForm(
        data,
        elector=elector.pk,
        questions=own.questions,
        hint=_hint(elector),
        is_below_address=len(own.electors) > 1,
        standing=elector.answers or {},
        documents={str(row["option"]): _paper(row) for row in own.vote.papers if row["option"] is not None},
    )


def _hint(elector: Any) -> str:
    if elector.kind == Property.Kind.FLAT:
        return _("This is the vote of the flat %(address)s. One flat, one vote.") % {
            "address": elector.address
        }
    return _("This is the vote of the premises %(address)s. One premises, one vote.") % {
        "address": elector.place
    }


def _cast(own: OwnVote, elector: Any, at: datetime) -> Cast:
    said = [
        (question, answer_words(elector.answers.get(str(question.pk), ""), options=question.options))
        for question in own.questions
    ]
    is_one = len(said) == 1
    when = moment_words(elector.cast_at, today=timezone.localdate(at))
    is_taken = own.vote.state != Vote.State.CLOSED or counted_of(elector) == elector.answers
    return Cast(
        words=_cast_heading(said[0][1] if is_one else "", is_taken=is_taken),
        answers=[] if is_one else [f"{question.text} – {answer}" for question, answer in said],
        who=_("Voted by %(name)s, %(when)s") % {"name": elector.cast_by_name, "when": when},
        receipt=ballots.printed(elector.receipt),
        is_taken=is_taken,
    )


def _cast_heading(answer: str, *, is_taken: bool) -> str:
    if not is_taken:
        return (
            _("The ballot cast here did not count: %(answer)s") % {"answer": answer}
            if answer
            else _("The ballot cast here did not count")
        )
    return _("Your vote: %(answer)s") % {"answer": answer} if answer else _("Your votes are received")


def _paper_words(elector: Any, own: OwnVote, today: Any) -> str:
    """Return when paper came and what staff read in it, so that the owner sees a mistake."""
    days = ", ".join(
        _("%(day)s (“%(answers)s”)")
        % {
            "day": day_words(date.fromisoformat(paper["received_on"]), today=today),
            "answers": "; ".join(
                answer_words(paper["answers"].get(str(question.pk), ""), options=question.options)
                for question in own.questions
            ),
        }
        for paper in elector.papers
    )
    count = len(elector.papers)
    came = ngettext(
        "A paper ballot of these premises was received: %(days)s.",
        "Paper ballots of these premises were received: %(days)s.",
        count,
    ) % {"days": days}
    if own.vote.state == Vote.State.CLOSED or (count == 1 and not elector.receipt):
        return came
    return (
        came
        + " "
        + _(
            "If the ballots differ, the company settles which one counts and gives the reason in the minutes."
        )
    )


def _verdict_words(elector: Any) -> str:
    verdict = verdict_of(elector)
    if verdict is None:
        return ""
    outcome = Conflict.Settled(verdict["outcome"]).label
    reason = _("Reason: %(reason)s") % {"reason": verdict["reason"]}
    return " ".join([_("The ballots of these premises differed."), f"{outcome}.", reason])


def _reason(other: OwnObject, own: OwnVote, at: datetime) -> str:
    """Return in one sentence why one does not vote with this object."""
    about = {"address": other.street_address}
    if not other.is_held:
        return _("%(address)s: only the owner votes, and the object is shared with you.") % about
    if other.book.payer_role == PaymentBook.PayerRole.TENANT:
        return _("%(address)s: owners vote, and this payment book is of a tenant.") % about
    today = timezone.localdate(at)
    if other.book.closed_on is not None and other.book.closed_on < today:
        return _("%(address)s: your payment book is closed, so you no longer vote.") % about
    opened_on = day_words(timezone.localdate(own.vote.opened_at), today=today)
    return _(
        "%(address)s: those vote who owned the premises when the vote began, %(day)s. "
        "Your payment book was not open then."
    ) % {**about, "day": opened_on}


# ── Results ─────────────────────────────────────────────────────────────────────────────────────


def _results(own: OwnVote) -> list[Answered]:
    mine = [answers for elector, _may in own.electors if (answers := counted_of(elector)) is not None]
    return [_answered(own, question, mine) for question in own.questions]


def _answered(own: OwnVote, question: Asked, mine: list[Mapping[str, str]]) -> Answered:
    answers = [answer for answer in question.counts if answer in question.answers or question.counts[answer]]
    order = {answer: place for place, answer in enumerate(question.answers)}
    own_answers = {answers.get(str(question.pk)) for answers in mine}
    bars = [
        Bar(
            label=answer_words(answer, options=question.options),
            votes=question.counts[answer],
            words=votes_words(question.counts[answer]),
            is_mine=answer in own_answers,
        )
        for answer in sorted(answers, key=lambda answer: order.get(answer, len(order)))
    ]
    return Answered(
        question=question.text,
        tag=_outcome_tag(question.outcome, [question]),
        decision=decision_words(
            outcome=question.outcome,
            counts=question.counts,
            chosen=question.chosen,
            voted=own.voted,
            electors=own.vote.elector_count,
        ),
        bars=bars,
        most=max(1, own.voted),
    )


# ── After a press ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend, for the summary."""

    words: str
    anchor: str = ""


def problems_of(*, form: BallotForm) -> list[Problem]:
    """Return what is wrong with a ballot that came back."""
    found = [Problem(str(words)) for words in form.non_field_errors()]
    return found + [
        Problem(f"{field.label}: {words}" if len(form.fields) > 1 else str(words), field.auto_id)
        for field in form
        for words in field.errors
    ]


def cast_words(*, receipt: str) -> str:
    """Return the green message after voting."""
    return pgettext("voting", "Your vote is received. Receipt code: %(code)s") % {
        "code": ballots.printed(receipt)
    }
