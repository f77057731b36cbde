"""How a vote is said in words: moments, turnout, thresholds, decisions. Page, letters and minutes say them alike."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from lithuanian.dates import long_day, short_day
from lithuanian.numbers import NO_BREAK_SPACE

from .tally import ABSTAIN, AGAINST, BLANK, FOR, Of, Outcome, Rules, Threshold


def until_words(moment: datetime, *, today: date | None = None) -> str:
    """Return „lapkričio 6 d. 24 val.“ of the midnight that ends a day; the year is said unless it is today's."""
    if timezone.localtime(moment).time() == time():
        return pgettext("moment", "the end of %(day)s") % {"day": until_day(moment, today=today)}
    return moment_words(moment, today=today)


def until_day(moment: datetime, *, today: date | None = None) -> str:
    """Return „lapkričio 6 d.“, the last day that ends at this moment, with its year unless it is today's."""
    return day_words(timezone.localdate(moment - timedelta.resolution), today=today)


def moment_words(moment: datetime, *, today: date | None = None) -> str:
    """Return „lapkričio 6 d. 14:05“, with the year unless it is today's."""
    local = timezone.localtime(moment)
    return pgettext("moment", "%(day)s, %(time)s") % {
        "day": day_words(local.date(), today=today),
        "time": f"{local:%H:%M}",
    }


def day_words(day: date, *, today: date | None = None) -> str:
    """Return „lapkričio 6 d.“, with the year unless it is today's."""
    words = short_day(day) if today is not None and day.year == today.year else long_day(day)
    # „22 d.“ is read as one.
    return words.replace(" d.", f"{NO_BREAK_SPACE}d.")


# ── How many ────────────────────────────────────────────────────────────────────────────────────


def turnout_words(*, voted: int, total: int, are_flats: bool) -> str:
    """Return „34 iš 60 butų“, or of premises where not all of them are flats."""
    if are_flats:
        words = ngettext("%(voted)d of %(n)d flat", "%(voted)d of %(n)d flats", total)
    else:
        words = ngettext("%(voted)d of %(n)d premises", "%(voted)d of %(n)d premises in all", total)
    return words % {"voted": voted, "n": total}


def votes_words(votes: int) -> str:
    """Return „31 balsas“."""
    return ngettext("%(n)d vote", "%(n)d votes", votes) % {"n": votes}


def quorum_words(*, rules: Rules, electors: int, are_flats: bool) -> str:
    """Return how many must take part, in numbers."""
    needed = rules.quorum.least(electors)
    if are_flats:
        words = ngettext(
            "The vote is valid when at least %(n)d flat takes part.",
            "The vote is valid when at least %(n)d flats take part.",
            needed,
        )
    else:
        words = ngettext(
            "The vote is valid when at least the owners of %(n)d premises take part.",
            "The vote is valid when at least the owners of %(n)d premises in all take part.",
            needed,
        )
    return words % {"n": needed}


def majority_words(*, rules: Rules, electors: int) -> str:
    """Return what a decision needs: in numbers where they are known beforehand, else as a part of who took part."""
    if rules.majority_of == Of.ALL:
        needed = rules.majority.least(electors)
        words = ngettext(
            "A decision needs at least %(n)d vote.", "A decision needs at least %(n)d votes.", needed
        )
        return words % {"n": needed}
    said = _("A decision needs %(part)s of the votes of those who took part.") % {
        "part": part_words(rules.majority)
    }
    if rules.floor is None:
        return said
    floor = rules.floor.least(electors)
    words = ngettext("These must be at least %(n)d vote.", "These must be at least %(n)d votes.", floor)
    return f"{said} {words % {'n': floor}}"


def rule_words(*, rules: Rules, electors: int, voted: int) -> list[str]:
    """Return the rule itself with its numbers, as it is read by whoever reckons it again once the vote is over."""
    quorum, majority, floor = rules.quorum, rules.majority, rules.floor
    said = [
        _("A quorum needs the ballots of %(part)s of all premises: at least %(n)d of %(all)d.")
        % _reckoned(quorum, electors)
    ]
    if rules.majority_of == Of.ALL:
        needed = _("A decision needs the votes of %(part)s of all premises: at least %(n)d of %(all)d.")
        said.append(needed % _reckoned(majority, electors))
    else:
        needed = _(
            "A decision needs %(part)s of the votes of those who took part: at least %(n)d of %(all)d."
        )
        said.append(needed % _reckoned(majority, voted))
    if floor is not None:
        needed = _("It needs as well the votes of %(part)s of all premises: at least %(n)d of %(all)d.")
        said.append(needed % _reckoned(floor, electors))
    return said


def _reckoned(part: Threshold, whole: int) -> dict[str, Any]:
    return {"part": part_words(part), "n": part.least(whole), "all": whole}


def part_words(part: Threshold) -> str:
    """Return „daugiau kaip pusės“ for a part that is asked for."""
    known = {
        (1, 2): pgettext("part of votes", "half"),
        (1, 3): pgettext("part of votes", "a third"),
        (2, 3): pgettext("part of votes", "two thirds"),
        (1, 4): pgettext("part of votes", "a quarter"),
        (3, 4): pgettext("part of votes", "three quarters"),
    }
    words = known.get((part.numerator, part.denominator), f"{part.numerator}/{part.denominator}")
    return (_("more than %(part)s") if part.is_strict else _("at least %(part)s")) % {"part": words}


# ── What was answered and decided ───────────────────────────────────────────────────────────────


def answer_words(answer: str, *, options: Mapping[str, str]) -> str:
    """Return „Už“, or the text of the option; a question left empty on paper is said so."""
    known = {
        FOR: pgettext("answer", "For"),
        AGAINST: pgettext("answer", "Against"),
        ABSTAIN: pgettext("answer", "Abstain"),
        BLANK: pgettext("answer", "Left empty or marked unclearly"),
    }
    return known.get(answer) or options.get(answer, answer)


def said(answers: Mapping[str, str], questions: Iterable[Any]) -> str:
    """Return the answers of a ballot in words, in the order of the questions."""
    words = []
    for question in questions:
        options = {str(option.pk): option.text for option in question.options.all()}
        words.append(answer_words(answers[str(question.pk)], options=options))
    return "; ".join(words)


def decision_words(*, outcome: str, counts: Mapping[str, int], chosen: str, voted: int, electors: int) -> str:
    """Return one decision in a sentence; `chosen` is the text of the option that was decided, if any."""
    if outcome == Outcome.NO_QUORUM:
        return _("No decision: too few took part, %(voted)d of %(electors)d.") % {
            "voted": voted,
            "electors": electors,
        }
    if outcome == Outcome.TIED:
        return _("No decision: two or more options got the same number of votes.")
    if chosen:
        return _("Decided: “%(option)s”.") % {"option": chosen}
    if FOR not in counts:
        return _("No decision: no option got enough votes.")
    numbers = {"n": counts[FOR], "against": counts[AGAINST], "electors": electors}
    if outcome == Outcome.ADOPTED:
        return _("Adopted: %(n)d for, %(against)d against, %(electors)d may vote.") % numbers
    return _("Not adopted: %(n)d for, %(against)d against, %(electors)d may vote.") % numbers


def outcome_of(outcomes: Iterable[str]) -> str:
    """Return the outcome that stands for all questions of a vote, or nothing when they differ."""
    found = set(outcomes)
    return found.pop() if len(found) == 1 else ""


def kind_words(*, is_binding: bool) -> str:
    """Return plainly what a click is worth."""
    if is_binding:
        return _(
            "This is a written vote of the owners: "
            "the company accepts a vote cast here as a ballot given in writing."
        )
    return _(
        "This is an opinion poll: it shows what the owners want, "
        "but it does not replace a decision of the owners."
    )
