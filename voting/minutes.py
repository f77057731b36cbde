"""The minutes of a vote, as a document that may be shown to whoever disputes it.

They hold no list of who voted how. Of a written vote they name the premises whose ballots came and by which way,
so that the turnout can be checked; how premises voted stands on their ballots, which the company keeps and shows
where the law demands it (Civil Code art. 4.85; order D1-251 of 24 March 2011: ballots are kept with the minutes).
Of an opinion poll they name those alone of which staff entered paper or settled a conflict. The receipt codes of
the ballots online that counted stand apart from the premises: each owner finds their own, and nobody another's.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from lithuanian.numbers import money
from printing.pdf import pdf_of
from properties.models import Property

from .ballots import printed
from .conflicts import settled_in, sheets_of
from .models import Ballot, Conflict, Notice, PaperBallot, Question, Vote
from .tally import Outcome, standing
from .wording import (
    answer_words,
    day_words,
    decision_words,
    kind_words,
    moment_words,
    outcome_of,
    rule_words,
    turnout_words,
    until_words,
)


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under their columns; `is_counted` when all but the first column are numbers."""

    columns: list[str]
    lines: list[list[str]]
    is_counted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    heading: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    table: Table | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """The document in words; the template only lays it out."""

    title: str
    author: str
    issuer_name: str
    heading: str
    subject: str
    address: str
    outcome: str
    decisions: list[str]
    facts: list[Fact]
    sections: list[Section]
    signed: list[Fact]
    footer: str
    page: str


def minutes_pdf(*, vote: Vote) -> bytes:
    """Return the minutes of a closed vote as a tagged PDF in the active language, the same bytes every time.

    Raise ValueError while the vote is not counted.
    """
    return document(minutes=minutes_of(vote=vote))


def document(*, minutes: Minutes) -> bytes:
    """Return minutes in words as a tagged PDF."""
    language = get_language() or settings.LANGUAGE_CODE
    return pdf_of(template="minutes", language=language, data=asdict(minutes))


def minutes_of(*, vote: Vote) -> Minutes:
    """Return the minutes of a closed vote in words; raise ValueError while the vote is not counted."""
    if vote.closed_at is None or vote.elector_count is None or vote.voted_count is None:
        raise ValueError("not counted yet")
    company = vote.managing_company
    heading = _("Minutes of voting No. %(number)d") % {"number": vote.pk}
    questions = list(vote.questions.select_related("result__chosen").prefetch_related("options"))
    electors = list(
        vote.electors.annotate(
            is_online=Exists(Ballot.objects.filter(elector=OuterRef("pk"))),
            is_paper=Exists(PaperBallot.objects.standing().filter(elector=OuterRef("pk"))),
        )
    )
    are_flats = all(elector.kind == Property.Kind.FLAT for elector in electors)
    sections = [
        _proposal(vote),
        *(_question(question) for question in questions),
        _thresholds(vote),
        _electorate(electors),
        _told(vote, electors),
        _took_part(vote, electors),
        _papers(vote),
        _conflicts(vote),
        _receipts(vote),
        _extensions(vote),
    ]
    return Minutes(
        title=f"{heading}: {vote.title}",
        author=company.name,
        issuer_name=", ".join(filter(None, [company.name, company.company_code, company.address])),
        heading=heading,
        subject=vote.title,
        address=vote.place,
        outcome=_outcome_words(vote, outcome_of(question.result.outcome for question in questions)),
        decisions=[_decision(question, vote) for question in questions],
        facts=_facts(vote, are_flats),
        sections=[section for section in sections if section is not None],
        signed=[
            Fact(_("Prepared by"), vote.prepared_by_name or company.name),
            Fact(pgettext("minutes", "Counted"), moment_words(vote.closed_at)),
        ],
        footer=f"{heading} · {vote.place}",
        page=_("Page {page} of {pages}"),
    )


def _outcome_words(vote: Vote, outcome: str) -> str:
    if outcome == Outcome.ADOPTED:
        return _("The owners have decided") if vote.is_binding else _("The owners’ opinion: in favour")
    if outcome == Outcome.NO_QUORUM:
        return _("The vote did not take place: there was no quorum")
    if outcome:
        return _("No decision was made")
    return _("Decided differently on each question")


def _decision(question: Question, vote: Vote) -> str:
    result = question.result
    said = decision_words(
        outcome=result.outcome,
        counts=result.counts,
        chosen=result.chosen.text if result.chosen else "",
        voted=vote.voted_count or 0,
        electors=vote.elector_count or 0,
    )
    return f"{question.text} {said}"


def _facts(vote: Vote, are_flats: bool) -> list[Fact]:
    turnout = turnout_words(voted=vote.voted_count or 0, total=vote.elector_count or 0, are_flats=are_flats)
    return [
        Fact(pgettext("minutes", "Began"), moment_words(vote.opened_at or vote.opens_at)),
        Fact(pgettext("minutes", "Ended"), until_words(vote.closes_at)),
        Fact(pgettext("minutes", "Kind"), str(vote.get_kind_display())),
        Fact(_("May vote"), str(vote.elector_count)),
        Fact(_("Took part"), turnout),
        Fact(
            pgettext("minutes", "Quorum"),
            _("There was a quorum") if vote.has_quorum else _("There was no quorum"),
        ),
        *(
            [Fact(_("Repeat of vote"), _("No. %(number)d") % {"number": vote.repeat_of_id})]
            if vote.repeat_of_id
            else []
        ),
    ]


def _proposal(vote: Vote) -> Section | None:
    facts = []
    if vote.total_cost is not None:
        facts.append(Fact(_("Total cost"), money(vote.total_cost)))
    if vote.paid_from:
        facts.append(Fact(_("What it is paid from"), vote.paid_from))
    # Named by what they hold: the same name could stand on another paper.
    documents = [
        _("Document: %(name)s, SHA-256 %(digest)s") % {"name": kept.name, "digest": kept.sha256}
        for kept in vote.documents.all()
    ]
    if not (vote.description.strip() or facts or documents):
        return None
    return Section(
        heading=_("What was proposed"),
        paragraphs=tuple(line for line in vote.description.splitlines() if line.strip()),
        facts=tuple(facts),
        remarks=tuple(documents),
    )


def _question(question: Question) -> Section:
    counts = question.result.counts
    options = {str(option.pk): option.text for option in question.options.all()}
    answers = [
        *question.asked.answers,
        *(answer for answer in counts if answer not in question.asked.answers),
    ]
    return Section(
        heading=question.text,
        table=Table(
            columns=[pgettext("minutes", "Answer"), pgettext("minutes", "Votes")],
            lines=[[answer_words(answer, options=options), str(counts.get(answer, 0))] for answer in answers],
            is_counted=True,
        ),
    )


def _thresholds(vote: Vote) -> Section:
    said = rule_words(rules=vote.rules, electors=vote.elector_count or 0, voted=vote.voted_count or 0)
    return Section(
        heading=_("What a decision needed"), paragraphs=(*said, kind_words(is_binding=vote.is_binding))
    )


def _electorate(electors: Iterable[Any]) -> Section:
    """List who could vote, kind by kind; this says nothing of who did."""
    by_kind: dict[str, list[str]] = {}
    for elector in electors:
        by_kind.setdefault(elector.kind, []).append(elector.unit or elector.place)
    return Section(
        heading=_("Who could vote"),
        paragraphs=(
            _(
                "Every premises with an owner's payment book open when the vote began had one vote. "
                "The list was made then and did not change."
            ),
            *(
                _("%(kind)s (%(count)d): %(units)s")
                % {"kind": Property.Kind(kind).label, "count": len(units), "units": ", ".join(units)}
                for kind, units in by_kind.items()
            ),
        ),
    )


def _told(vote: Vote, electors: list[Any]) -> Section:
    by_way: dict[str, set[int]] = {way: set() for way in Notice.Way.values}
    for elector, way in Notice.objects.filter(elector__vote=vote).values_list("elector_id", "way"):
        by_way[way].add(elector)
    told = by_way[Notice.Way.LETTER] | by_way[Notice.Way.PAPER]
    return Section(
        heading=_("How the owners were told"),
        facts=(
            Fact(pgettext("minutes", "By email"), str(len(by_way[Notice.Way.LETTER]))),
            Fact(pgettext("minutes", "On paper"), str(len(by_way[Notice.Way.PAPER]))),
            Fact(_("On the noticeboard alone"), str(len(electors) - len(told))),
        ),
        remarks=(_("Premises; some were told in both ways."),),
    )


def _took_part(vote: Vote, electors: Iterable[Any]) -> Section:
    came = [elector for elector in electors if elector.is_online or elector.is_paper]
    both = sum(elector.is_online and elector.is_paper for elector in came)
    facts = (
        Fact(pgettext("minutes", "Online"), str(sum(elector.is_online for elector in came))),
        Fact(pgettext("minutes", "On paper"), str(sum(elector.is_paper for elector in came))),
        Fact(_("Of these, in both ways"), str(both)),
        # Of their ballots that differed none was settled to count.
        *(
            [Fact(_("Not counted"), str(left_out))]
            if (left_out := len(came) - (vote.voted_count or 0))
            else []
        ),
    )
    if not vote.is_binding:
        return Section(heading=_("Ballots received, by premises"), facts=facts)
    return Section(
        heading=_("Ballots received, by premises"),
        facts=facts,
        paragraphs=(", ".join(_with_way(elector) for elector in came),) if came else (),
    )


def _with_way(elector: Any) -> str:
    if not elector.is_paper:
        return str(elector.address)
    way = _("online and on paper") if elector.is_online else pgettext("minutes", "on paper")
    return f"{elector.address} ({way})"


def _papers(vote: Vote) -> Section | None:
    papers = PaperBallot.objects.filter(elector__vote=vote).select_related("elector")
    has_remarks = papers.filter(withdrawn_at__isnull=False).exists()
    columns = [
        pgettext("minutes", "Premises"),
        pgettext("minutes", "Received"),
        pgettext("minutes", "Entered"),
        pgettext("minutes", "Remark"),
    ]
    lines = [
        [
            paper.elector.address,
            day_words(paper.received_on),
            f"{moment_words(paper.entered_at)}, {paper.by_name}",
            (_("Withdrawn: %(reason)s") % {"reason": paper.withdrawn_reason}) if paper.withdrawn_at else "–",
        ]
        for paper in papers.order_by("elector__sort_key", "pk")
    ]
    if not lines:
        return None
    return Section(
        heading=_("Paper ballots"),
        table=Table(columns=columns, lines=lines)
        if has_remarks
        else Table(columns=columns[:-1], lines=[line[:-1] for line in lines]),
    )


def _conflicts(vote: Vote) -> Section:
    conflicts = Conflict.objects.filter(elector__vote=vote).select_related("elector")
    lines = [
        [
            conflict.elector.address,
            str(conflict.get_outcome_display()),
            conflict.reason or "–",
            ", ".join(
                filter(
                    None, [moment_words(conflict.settled_at) if conflict.settled_at else "", conflict.by_name]
                )
            ),
        ]
        for conflict in conflicts.order_by("elector__sort_key", "pk")
    ]
    heading = _("Ballots that differed")
    if not lines:
        return Section(heading=heading, paragraphs=(_("There were none."),))
    said = ngettext(
        "Different ballots came from %(n)d premises; which one counts was settled as follows.",
        "Different ballots came from %(n)d premises in all; which one counts was settled as follows.",
        len(lines),
    )
    return Section(
        heading=heading,
        paragraphs=(said % {"n": len(lines)},),
        table=Table(
            columns=[
                pgettext("minutes", "Premises"),
                _("How settled"),
                pgettext("minutes", "Reason"),
                pgettext("minutes", "Settled"),
            ],
            lines=lines,
        ),
    )


def _receipts(vote: Vote) -> Section | None:
    """List the codes of the ballots online that counted, by the code, so that they tell nothing of premises."""
    counted = standing(
        electors=list(vote.electors.values_list("pk", flat=True)),
        sheets=sheets_of(vote),
        settled=settled_in(vote),
    )
    codes = sorted(
        printed(ballot.receipt)
        for ballot in Ballot.objects.filter(elector__vote=vote)
        if counted.get(ballot.elector_id) == ballot.answers
    )
    if not codes:
        return None
    return Section(
        heading=_("Receipt codes of the ballots online that counted"),
        paragraphs=(", ".join(codes),),
        remarks=(
            _("Who voted online finds here the last code of their premises, and so sees that it counted."),
        ),
    )


def _extensions(vote: Vote) -> Section | None:
    lines = [
        [
            until_words(extension.closes_before),
            until_words(extension.closes_after),
            extension.reason,
            f"{moment_words(extension.extended_at)}, {extension.by_name}",
        ]
        for extension in vote.extensions.all()
    ]
    if not lines:
        return None
    return Section(
        heading=_("The vote was prolonged"),
        table=Table(
            columns=[
                _("Was to end"),
                _("Prolonged until"),
                pgettext("minutes", "Reason"),
                pgettext("minutes", "Prolonged"),
            ],
            lines=lines,
        ),
    )
