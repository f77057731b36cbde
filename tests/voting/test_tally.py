"""The tally as arithmetic: what must hold for any ballots, and the edges where one vote decides."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voting import presets, tally
from voting.models import Vote
from voting.tally import Asked, Kind, Of, Outcome, Rules, Sheet, Threshold, UnsettledError

MOTION = Asked(id=1, kind=Kind.MOTION)
CHOICE = Asked(id=2, kind=Kind.CHOICE, options=("7", "8", "9"))
MOST = 12
RULES = {preset.name: Vote(**preset.numbers).rules for preset in presets.PRESETS}
HALF, REPEAT, TWO_THIRDS = (RULES[name] for name in ("more_than_half", "repeat", "two_thirds"))


def sheet(elector: int, motion: str, choice: str = "abstain", source: str = "online") -> Sheet:
    return Sheet(elector=elector, source=source, answers={"1": motion, "2": choice})


def counted(sheets: list[Sheet], electors: int, rules: Rules = HALF, **settled: Any) -> tally.Tally:
    return tally.tally(
        rules=rules,
        electors=range(electors),
        questions=[MOTION, CHOICE],
        sheets=sheets,
        settled=settled.get("settled", {}),
    )


def votes(n_for: int, n_against: int = 0, n_abstain: int = 0) -> list[Sheet]:
    answers = ["for"] * n_for + ["against"] * n_against + ["abstain"] * n_abstain
    return [sheet(elector, answer) for elector, answer in enumerate(answers)]


def outcome(rules: Rules, electors: int, *of: int) -> str:
    return counted(votes(*of), electors, rules).results[1].outcome.value


# ── Where one vote decides ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rules", "electors", "of", "expected"),
    [
        # More than half of all: exactly half is not more.
        (HALF, 60, (30,), "no_quorum"),
        (HALF, 60, (30, 1), "rejected"),
        (HALF, 60, (31,), "adopted"),
        (HALF, 60, (31, 29), "adopted"),
        (HALF, 60, (30, 30), "rejected"),
        (HALF, 3, (2,), "adopted"),
        (HALF, 3, (1, 1), "rejected"),
        (HALF, 2, (1, 1), "rejected"),
        (HALF, 1, (1,), "adopted"),
        # Not one came.
        (HALF, 4, (0,), "no_quorum"),
        # A repeat vote: exactly a quarter of all is enough, and of those who voted more than half.
        (REPEAT, 60, (15,), "adopted"),
        (REPEAT, 60, (14,), "no_quorum"),
        (REPEAT, 60, (14, 1), "rejected"),
        (REPEAT, 60, (15, 14), "adopted"),
        (REPEAT, 60, (15, 15), "rejected"),
        (REPEAT, 60, (15, 14, 1), "rejected"),
        (REPEAT, 61, (15,), "no_quorum"),
        (REPEAT, 61, (16,), "adopted"),
        # Two thirds of all: exactly two thirds are enough.
        (TWO_THIRDS, 60, (40,), "adopted"),
        (TWO_THIRDS, 60, (39, 1), "rejected"),
        (TWO_THIRDS, 61, (40, 21), "rejected"),
        (TWO_THIRDS, 61, (41,), "adopted"),
    ],
)
def test_at_the_edge(rules: Rules, electors: int, of: tuple[int, ...], expected: str) -> None:
    assert outcome(rules, electors, *of) == expected


def test_at_least_half_on_both_sides_adopts_nothing() -> None:
    at_least_half = Threshold(1, 2, is_strict=False)
    rules = Rules(quorum=at_least_half, majority=at_least_half, majority_of=Of.VOTED)
    assert outcome(rules, 4, 2, 2) == "rejected"
    assert outcome(rules, 4, 2, 1, 1) == "adopted"


@pytest.mark.parametrize(
    ("chosen", "expected", "option"),
    [
        ("7777", "adopted", "7"),
        ("7778", "adopted", "7"),
        ("7788", "rejected", ""),
        ("789", "rejected", ""),
        ("", "no_quorum", ""),
    ],
)
def test_a_choice(chosen: str, expected: str, option: str) -> None:
    sheets = [sheet(elector, "abstain", choice) for elector, choice in enumerate(chosen)]
    result = counted(sheets, 4).results[2]
    assert (result.outcome.value, result.chosen) == (expected, option)


def test_two_options_that_both_have_enough_are_a_tie() -> None:
    a_quarter = Threshold(1, 4, is_strict=False)
    rules = Rules(quorum=a_quarter, majority=a_quarter, majority_of=Of.ALL)
    sheets = [sheet(elector, "abstain", choice) for elector, choice in enumerate("7788")]
    result = counted(sheets, 4, rules).results[2]
    assert (result.outcome, result.chosen) == (Outcome.TIED, "")


def test_a_blank_takes_part_and_is_for_nothing() -> None:
    result = counted([sheet(0, "for"), sheet(1, "blank"), sheet(2, "blank")], 4, REPEAT)
    assert (result.voted, result.has_quorum) == (3, True)
    assert result.results[1].counts == {"for": 1, "against": 0, "abstain": 0, "blank": 2}
    assert result.results[1].outcome == Outcome.REJECTED


# ── For any ballots ─────────────────────────────────────────────────────────────────────────────

ANSWERS = st.sampled_from(["for", "against", "abstain", "blank"])
CHOICES = st.sampled_from(["7", "8", "9", "abstain", "blank"])
SHEETS = st.dictionaries(st.integers(0, MOST - 1), st.tuples(ANSWERS, CHOICES), max_size=MOST).map(
    lambda of: [sheet(elector, *answers) for elector, answers in of.items()]
)
ANY_RULES = st.sampled_from(list(RULES.values()))
THRESHOLDS = st.builds(
    lambda parts, is_strict: Threshold(min(parts), max(parts), is_strict=is_strict),
    st.tuples(st.integers(1, 50), st.integers(1, 50)),
    st.booleans(),
)
ALL = settings(max_examples=50, deadline=None)


@ALL
@given(SHEETS, ANY_RULES, st.data())
def test_the_order_of_ballots_does_not_matter(sheets: list[Sheet], rules: Rules, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(sheets))
    assert counted(shuffled, MOST, rules) == counted(sheets, MOST, rules)


@ALL
@given(SHEETS, ANY_RULES)
def test_the_same_ballot_again_on_paper_is_one_vote(sheets: list[Sheet], rules: Rules) -> None:
    again = [
        Sheet(elector=one.elector, source=f"paper:{number}", answers=dict(one.answers))
        for number, one in enumerate(sheets)
    ]
    assert counted(sheets + again + again, MOST, rules) == counted(sheets, MOST, rules)


@ALL
@given(SHEETS, ANY_RULES)
def test_every_premises_is_in_one_column(sheets: list[Sheet], rules: Rules) -> None:
    result = counted(sheets, MOST, rules)
    assert result.voted == len(sheets)
    for one in result.results.values():
        assert sum(one.counts.values()) == len(sheets)


@ALL
@given(SHEETS, ANY_RULES)
def test_one_more_for_never_undoes_a_decision(sheets: list[Sheet], rules: Rules) -> None:
    def is_adopted(of: list[Sheet]) -> bool:
        return counted(of, MOST, rules).results[1].outcome == Outcome.ADOPTED

    silent = [elector for elector in range(MOST) if elector not in {one.elector for one in sheets}]
    if silent:
        assert is_adopted([*sheets, sheet(silent[0], "for")]) >= is_adopted(sheets)


@ALL
@given(THRESHOLDS, st.integers(0, 500), st.integers(1, 500))
def test_a_threshold_is_the_fraction_without_rounding(threshold: Threshold, n: int, total: int) -> None:
    part, whole = Fraction(n, total), Fraction(threshold.numerator, threshold.denominator)
    assert threshold.is_met(n, total) == (part > whole if threshold.is_strict else part >= whole)
    least = threshold.least(total)
    assert threshold.is_met(least, total)
    assert not threshold.is_met(least - 1, total)


@ALL
@given(SHEETS, ANY_RULES, st.data())
def test_a_conflict_stops_the_count_until_it_is_settled(
    sheets: list[Sheet], rules: Rules, data: st.DataObject
) -> None:
    if not sheets:
        return
    online = data.draw(st.sampled_from(sheets))
    other = next(answer for answer in ("for", "against") if answer != online.answers["1"])
    paper = Sheet(elector=online.elector, source="paper:1", answers={**online.answers, "1": other})
    both = [paper, *sheets]
    with pytest.raises(UnsettledError) as error:
        counted(both, MOST, rules)
    assert error.value.electors == {online.elector}
    without = [one for one in sheets if one.elector != online.elector]
    for source, alike in (("online", sheets), ("paper:1", [*without, paper]), ("", without)):
        settled = counted(both, MOST, rules, settled={online.elector: source})
        assert settled == counted(alike, MOST, rules)


# ── What cannot be counted is not passed over ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    "sheets",
    [
        [sheet(99, "for")],
        [sheet(0, "maybe")],
        [sheet(0, "for", "10")],
    ],
)
def test_what_does_not_belong_is_an_error(sheets: list[Sheet]) -> None:
    with pytest.raises(ValueError, match=r"no electors|not asked for"):
        counted(sheets, 4)


def test_a_settlement_that_names_no_ballot_is_an_error() -> None:
    both = [sheet(0, "for"), sheet(0, "against", source="paper:1")]
    with pytest.raises(ValueError, match="no such ballot"):
        counted(both, 4, settled={0: "paper:2"})


def test_presets_are_found_again_by_their_numbers() -> None:
    for preset in presets.PRESETS:
        assert presets.preset_of(Vote(**preset.numbers)) == preset
    assert presets.preset_of(Vote(quorum_numerator=2, quorum_denominator=3)) is None
