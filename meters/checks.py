"""The one validator of readings, for the page, staff and files alike.

Pure: a value and what is known go in, a verdict comes out. Limits are per day elapsed, so that a missed
month locks nobody out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lithuanian.dates import long_day

from .dials import DIALS, floor_of, most_of
from .facts import Facts, Point, Stretch
from .typed import value_words

TIMES_USUAL = 3
TIMES_A_YEAR_AGO = 2
# With fewer the median day says nothing.
ENOUGH_READINGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    code: str
    words: str
    # Staff may find out what is right: „Siųsti rodmenį patikrai“.
    may_be_sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    items: tuple[Question, ...]
    is_rollover: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    is_rollover: bool = False


Verdict = Accepted | Questions | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """What is being declared for another meter of the same object at the same time."""

    facts: Facts
    value: Decimal
    without: int | None = None


def judge(
    *,
    value: Decimal,
    on: date,
    today: date,
    facts: Facts,
    corrects: int | None = None,
    neighbours: Sequence[Neighbour] = (),
    is_on_page: bool = False,
) -> Verdict:
    """Return whether a reading of that day is taken, asked about or refused, with the numbers in words.

    `corrects` is the reading that this one takes the place of; it is not compared with.
    """
    refused = (
        _not_for_this_meter(on=on, today=today, facts=facts, is_on_page=is_on_page)
        or _not_on_this_dial(value, facts)
        or _out_of_order(value, on, facts, corrects)
    )
    if refused is not None:
        return refused
    use = _Use.of(value=value, on=on, facts=facts, corrects=corrects)
    asked = [
        question
        for question in (
            _went_round(use),
            _lower_than_an_estimate(use, corrects),
            _unusual(use),
            _decimal_point(use),
            _swapped(use, neighbours),
        )
        if question is not None
    ]
    if asked:
        return Questions(items=tuple(asked), is_rollover=use.is_rollover)
    return Accepted(is_rollover=use.is_rollover)


# ── Refused ─────────────────────────────────────────────────────────────────────────────────────


def _not_for_this_meter(*, on: date, today: date, facts: Facts, is_on_page: bool) -> Refused | None:
    opened, closed = facts.book_opened_on, facts.book_closed_on
    if not facts.is_of_book:
        return Refused(code="not_ones_meter", words=_("This meter does not belong to the payment book."))
    if is_on_page and facts.is_remote:
        return Refused(
            code="remote", words=_("This meter is read remotely, its readings are not declared here.")
        )
    if on > today:
        return Refused(code="in_the_future", words=_("The day of the reading has not come yet."))
    if facts.removed_on is not None and on > facts.removed_on:
        return Refused(
            code="after_removed",
            words=_("This meter was removed on %(day)s.") % {"day": long_day(facts.removed_on)},
        )
    if facts.installed_on is not None and on < facts.installed_on:
        return Refused(
            code="before_installed",
            words=_("This meter was installed on %(day)s.") % {"day": long_day(facts.installed_on)},
        )
    if (opened is not None and on < opened) or (closed is not None and on > closed):
        return Refused(code="book_not_open", words=_("The payment book was not open on that day."))
    return None


def _not_on_this_dial(value: Decimal, facts: Facts) -> Refused | None:
    if not value.is_finite() or value < 0:
        return Refused(code="negative", words=_("A reading cannot be below zero."))
    if value >= facts.capacity:
        return Refused(
            code="too_many_digits",
            words=ngettext(
                "The meter shows only %(count)d digit before the point.",
                "The meter shows only %(count)d digits before the point.",
                facts.integer_digits,
            )
            % {"count": facts.integer_digits},
            may_be_sent=True,
        )
    if value != round(value, facts.decimal_digits):
        return Refused(code="too_many_decimals", words=_decimals_words(facts.decimal_digits))
    return None


def _decimals_words(count: int) -> str:
    if not count:
        return _("Write only the whole number, without digits after the point.")
    return ngettext(
        "Write at most %(count)d digit after the point.",
        "Write at most %(count)d digits after the point.",
        count,
    ) % {"count": count}


def _out_of_order(value: Decimal, on: date, facts: Facts, corrects: int | None) -> Refused | None:
    later = facts.after(on, without=corrects)
    if (
        later is not None
        and later.on is not None
        and value > later.value
        and not _goes_round(later, value, facts)
    ):
        return Refused(
            code="higher_than_later",
            words=_("A later reading, of %(day)s, is lower: %(value)s.")
            % {"day": long_day(later.on), "value": _with_unit(later.value, facts)},
            may_be_sent=True,
        )
    earlier = facts.before(on, without=corrects, real=True)
    if earlier is None or value >= earlier.value or _rolls(value, on, earlier, later, facts, corrects):
        return None
    return Refused(code="lower_than_earlier", words=_lower_words(value, earlier, facts), may_be_sent=True)


def _goes_round(later: Point, value: Decimal, facts: Facts) -> bool:
    """Tell whether the dial begins at zero again before a later reading; a final one may come before its history."""
    if later.kind == "final" and facts.capacity - value + later.value <= facts.capacity / 4:
        return True
    return later.is_rollover


def _lower_words(value: Decimal, earlier: Point, facts: Facts) -> str:
    words = {"value": _with_unit(earlier.value, facts)}
    if earlier.on is None:
        said = _("This is less than the meter showed at the beginning: %(value)s.") % words
    else:
        words["day"] = long_day(earlier.on)
        said = _("This is less than the meter showed on %(day)s: %(value)s.") % words
    # Whoever left out the red digits, as one may, is less by a part of a unit alone.
    return f"{said} {_('Write the digits after the point too.')}" if value == int(earlier.value) else said


def _rolls(
    value: Decimal, on: date, earlier: Point, later: Point | None, facts: Facts, corrects: int | None
) -> bool:
    """Tell whether the dial may have passed its highest value since the reading before."""
    # Between two readings it went round only once, and that is known of the later one already.
    if later is not None and (later.is_rollover or later.value >= earlier.value):
        return False
    used = Stretch(
        since=earlier.on or facts.installed_on or on, until=on, used=value + facts.capacity - earlier.value
    )
    usual = facts.usual_per_day(on, without=corrects) or Decimal(0)
    return used.per_day <= max(usual * TIMES_USUAL, most_of(meter_type=facts.type, unit=facts.unit))


# ── Asked ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class _Use:
    """What a value would mean: how much was used since the last real reading, and how much is believed.

    What is usual is worked out for the few values that are not believed anyway.
    """

    facts: Facts
    value: Decimal
    on: date
    corrects: int | None
    earlier: Point | None
    stretch: Stretch | None
    is_rollover: bool

    @classmethod
    def of(cls, *, value: Decimal, on: date, facts: Facts, corrects: int | None) -> "_Use":
        earlier = facts.before(on, without=corrects, real=True)
        is_rollover = earlier is not None and value < earlier.value
        stretch = None
        if earlier is not None and earlier.on is not None:
            used = value - earlier.value + (facts.capacity if is_rollover else 0)
            stretch = Stretch(since=earlier.on, until=on, used=used)
        return cls(
            facts=facts,
            value=value,
            on=on,
            corrects=corrects,
            earlier=earlier,
            stretch=stretch,
            is_rollover=is_rollover,
        )

    @cached_property
    def usual(self) -> Decimal | None:
        """Return units of the median day; None with too few readings."""
        if self.facts.readings_before(self.on, without=self.corrects) < ENOUGH_READINGS:
            return None
        return self.facts.usual_per_day(self.on, without=self.corrects)

    @cached_property
    def limit(self) -> Decimal:
        """Return units a day that are taken without asking; never less than the floor of the type."""
        return _limit(self.facts, self.usual, self.stretch)

    @cached_property
    def is_beyond(self) -> bool:
        """Tell whether it is more than is taken without asking."""
        if self.stretch is None:
            return False
        per_day = self.stretch.per_day
        return per_day > floor_of(meter_type=self.facts.type, unit=self.facts.unit) and per_day > self.limit

    def fits(self, value: Decimal) -> bool:
        """Tell whether another value would have been an ordinary one."""
        if self.earlier is None or self.stretch is None:
            return False
        used = value - self.earlier.value
        return 0 <= used <= self.limit * self.stretch.days


def _limit(facts: Facts, usual: Decimal | None, stretch: Stretch | None) -> Decimal:
    if usual is None:
        return most_of(meter_type=facts.type, unit=facts.unit)
    limit = max(usual * TIMES_USUAL, floor_of(meter_type=facts.type, unit=facts.unit))
    if DIALS[facts.type].is_seasonal and stretch is not None:
        a_year_ago = facts.year_ago_per_day(stretch.since, stretch.until)
        if a_year_ago is not None:
            limit = max(limit, a_year_ago * TIMES_A_YEAR_AGO)
    return limit


def _went_round(use: _Use) -> Question | None:
    if not use.is_rollover or use.earlier is None:
        return None
    used = use.value + use.facts.capacity - use.earlier.value
    return Question(
        code="rollover",
        words=_("Has the meter passed %(most)s and begun at zero again? Then %(used)s were used.")
        % {
            "most": value_words(use.facts.capacity - 1),
            "used": _with_unit(used, use.facts),
        },
    )


def _lower_than_an_estimate(use: _Use, corrects: int | None) -> Question | None:
    facts = use.facts
    estimate = facts.before(use.on, without=corrects)
    if estimate is None or estimate.is_real or estimate.on is None:
        return None
    if use.is_rollover or use.value >= estimate.value:
        return None
    return Question(
        code="lower_than_estimate",
        words=_(
            "On %(day)s the reading was estimated higher: %(value)s. Yours will be taken as the right one."
        )
        % {"day": long_day(estimate.on), "value": _with_unit(estimate.value, facts)},
    )


def _unusual(use: _Use) -> Question | None:
    if use.stretch is None or not use.is_beyond or use.usual is None:
        return None
    days = use.stretch.days
    return Question(
        code="unusual",
        words=ngettext(
            "That makes %(used)s in %(count)d day; usually it is about %(usual)s.",
            "That makes %(used)s in %(count)d days; usually it is about %(usual)s.",
            days,
        )
        % {
            "used": _with_unit(use.stretch.used, use.facts),
            "count": days,
            "usual": _about(use.usual * days, use.facts),
        },
    )


def _decimal_point(use: _Use) -> Question | None:
    """Ask when the value is too much and would be ordinary with its point one to three places to the left."""
    if not use.is_beyond:
        return None
    decimals = use.facts.decimal_digits
    for places in (1, 2, 3):
        # No dial shows more digits than it has.
        moved = use.value.scaleb(-places).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)
        # Nothing used is believed only of who wrote down all the digits that there are.
        is_nothing = use.earlier is not None and moved == use.earlier.value and places != decimals
        if use.fits(moved) and not is_nothing:
            words = {"value": _with_unit(moved, use.facts)}
            if decimals:
                said = _(
                    "Did you mean %(value)s? The digits after the point may have been written with the rest."
                )
            else:
                said = _("Did you mean %(value)s? There may be digits too many.")
            return Question(code="decimal_point", words=said % words)
    return None


def _swapped(use: _Use, neighbours: Sequence[Neighbour]) -> Question | None:
    """Ask when two values are strange as written and ordinary the other way round."""
    for other in neighbours:
        if other.facts.unit != use.facts.unit or other.facts.meter_id == use.facts.meter_id:
            continue
        # The cheaper parts of the question first: a file asks it of every row.
        if use.earlier is None or other.value < use.earlier.value:
            continue
        theirs = _Use.of(value=other.value, on=use.on, facts=other.facts, corrects=other.without)
        is_strange = use.is_beyond or theirs.is_beyond or theirs.is_rollover
        if is_strange and use.fits(other.value) and theirs.fits(use.value):
            return Question(
                code="swapped",
                words=_("Are the readings of two meters swapped? This one would fit meter No. %(serial)s.")
                % {"serial": f"{other.facts.serial} {other.facts.register}".rstrip()},
            )
    return None


def _with_unit(value: Decimal, facts: Facts) -> str:
    return f"{value_words(value)}\u00a0{facts.unit}"


def _about(value: Decimal, facts: Facts) -> str:
    """Return a use rounded as one speaks of it: whole from ten on, else with one place, small ones with two."""
    places = 0 if value >= 10 else 1 if value >= 1 else 2
    return f"{value_words(value, places)}\u00a0{facts.unit}"
