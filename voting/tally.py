"""Counting: ballots in, results out; integers only, and nothing that is not in the arguments.

Sources. Civil Code art. 4.85(1): owners of flats and other premises decide by a majority of votes, each premises
has one. Order of voting in writing, Minister of Environment order D1-251 of 24 March 2011 as amended: a
vote has taken place when the valid ballots of more than half of the owners came; it decides by the same
opinion of more than half of all owners; a repeat vote by a majority of those who voted, which must be at least
a quarter of all owners. Where the owners' own rules ask for more, the parts are data.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

FOR, AGAINST, ABSTAIN = "for", "against", "abstain"
# A question that was left empty, or marked twice, on a paper ballot: it takes part and is for nothing.
BLANK = "blank"


class Kind(StrEnum):
    MOTION = "motion"
    CHOICE = "choice"


class Of(TextChoices):
    ALL = "all", _("of all premises")
    VOTED = "voted", _("of those that voted")


class Outcome(StrEnum):
    ADOPTED = "adopted"
    REJECTED = "rejected"
    TIED = "tied"
    NO_QUORUM = "no_quorum"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A part of a whole: more than it when strict, at least it otherwise."""

    numerator: int
    denominator: int
    is_strict: bool

    def is_met(self, n: int, total: int) -> bool:
        """Tell whether `n` of `total` are enough; compared crosswise, so that nothing is rounded."""
        if self.is_strict:
            return n * self.denominator > self.numerator * total
        return n * self.denominator >= self.numerator * total

    def least(self, total: int) -> int:
        """Return the smallest number that is enough of `total`."""
        whole, rest = divmod(self.numerator * total, self.denominator)
        return whole + (1 if self.is_strict or rest else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a vote has taken place, and what decides in it."""

    # Of all premises that may vote, of how many a ballot must have come.
    quorum: Threshold
    majority: Threshold
    majority_of: Of
    # Beside the majority: of all premises, how many must be of that opinion.
    floor: Threshold | None = None

    def decides(self, n: int, *, voted: int, electors: int) -> bool:
        """Tell whether `n` of one opinion are enough."""
        whole = electors if self.majority_of == Of.ALL else voted
        return (
            n > 0
            and self.majority.is_met(n, whole)
            and (self.floor is None or self.floor.is_met(n, electors))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question; `options` are the answers to a choice."""

    id: int
    kind: Kind
    options: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """Return what may be answered, in order; a ballot on paper may leave it blank as well."""
        return (FOR, AGAINST, ABSTAIN) if self.kind == Kind.MOTION else (*self.options, ABSTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One ballot of some premises, online or on paper: what it answers, by question."""

    elector: int
    # "online", or "paper:<id>"; what a settlement names.
    source: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What came out of one question."""

    counts: Mapping[str, int]
    outcome: Outcome
    chosen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    electors: int
    voted: int
    has_quorum: bool
    results: Mapping[int, Counted]


class UnsettledError(ValueError):
    """Ballots of these premises say different things, and nobody has settled which counts."""

    def __init__(self, electors: frozenset[int]) -> None:
        super().__init__(f"unsettled: {sorted(electors)}")
        self.electors = electors


def tally(
    *,
    rules: Rules,
    electors: Collection[int],
    questions: Sequence[Asked],
    sheets: Iterable[Sheet],
    settled: Mapping[int, str],
) -> Tally:
    """Count a vote; `settled` names, by premises with a conflict, the source that counts, or "" for none.

    Ballots of one premises that say the same are one vote. Where a settlement says that none counts, the
    premises took no part. Raise UnsettledError for a conflict without settlement, and ValueError for a
    ballot of no elector, for an answer that is not asked for, or for a settlement that names no ballot.
    """
    votes = standing(electors=electors, sheets=sheets, settled=settled)
    voted, total = len(votes), len(frozenset(electors))
    has_quorum = voted > 0 and rules.quorum.is_met(voted, total)
    results = {}
    for question in questions:
        counts = _counts(question, votes.values())
        outcome, chosen = Outcome.NO_QUORUM, ""
        if has_quorum:
            outcome, chosen = _decided(question, counts, rules, voted=voted, electors=total)
        results[question.id] = Counted(counts=counts, outcome=outcome, chosen=chosen)
    return Tally(electors=total, voted=voted, has_quorum=has_quorum, results=results)


def standing(
    *, electors: Collection[int], sheets: Iterable[Sheet], settled: Mapping[int, str]
) -> dict[int, Mapping[str, str]]:
    """Return the one answer of each premises that voted; raise as `tally` does."""
    by_elector: dict[int, list[Sheet]] = {}
    for sheet in sheets:
        by_elector.setdefault(sheet.elector, []).append(sheet)
    if strangers := by_elector.keys() - frozenset(electors):
        raise ValueError(f"no electors: {sorted(strangers)}")
    if unsettled := frozenset(
        elector for elector, of_one in by_elector.items() if differ(of_one) and elector not in settled
    ):
        raise UnsettledError(unsettled)
    chosen = {elector: _one_of(of_one, settled.get(elector)) for elector, of_one in by_elector.items()}
    return {elector: answers for elector, answers in chosen.items() if answers is not None}


def differ(sheets: Sequence[Sheet]) -> bool:
    """Tell whether ballots of one premises say different things."""
    return any(sheet.answers != sheets[0].answers for sheet in sheets[1:])


def _one_of(sheets: Sequence[Sheet], source: str | None) -> Mapping[str, str] | None:
    if not differ(sheets):
        return sheets[0].answers
    if not source:
        return None
    for sheet in sheets:
        if sheet.source == source:
            return sheet.answers
    raise ValueError(f"no such ballot: {source}")


def _counts(question: Asked, votes: Collection[Mapping[str, str]]) -> dict[str, int]:
    given = Counter(answers[str(question.id)] for answers in votes)
    known = (*question.answers, BLANK)
    if unknown := given.keys() - set(known):
        raise ValueError(f"not asked for: {sorted(unknown)}")
    return {answer: given[answer] for answer in known}


def _decided(
    question: Asked, counts: Mapping[str, int], rules: Rules, *, voted: int, electors: int
) -> tuple[Outcome, str]:
    if question.kind == Kind.MOTION:
        # Where "at least half" is enough, for and against may both have it: then nothing is adopted.
        is_adopted = counts[FOR] > counts[AGAINST] and rules.decides(
            counts[FOR], voted=voted, electors=electors
        )
        return (Outcome.ADOPTED if is_adopted else Outcome.REJECTED), ""
    most = max((counts[option] for option in question.options), default=0)
    if not rules.decides(most, voted=voted, electors=electors):
        return Outcome.REJECTED, ""
    leaders = [option for option in question.options if counts[option] == most]
    return (Outcome.ADOPTED, leaders[0]) if len(leaders) == 1 else (Outcome.TIED, "")
