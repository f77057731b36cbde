"""What a person typed on the page of declaring and which button was pressed, and what becomes of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from properties.models import PaymentBook

from . import cases
from .checks import Neighbour, Questions, Refused, judge
from .dials import MOST_DECIMAL_DIGITS, VALUE_LIMIT
from .facts import Facts
from .mine import OwnMeter
from .naming import named
from .readings import Line, Outcome, Result, Source, declare
from .typed import value_words
from .window import open_window


class Press(StrEnum):
    # Enter in a field: only shows what it would mean.
    CHECK = "check"
    EDIT = "edit"
    # A correction that is given up.
    CANCEL = "cancel"
    ONE = "one"
    ALL = "all"
    # „Siųsti rodmenį patikrai“.
    SEND = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One meter's field as it was sent."""

    text: str
    # Empty when it is not a number; `error` says why.
    value: Decimal | None = None
    error: str = ""
    # The value for which the tick was set.
    confirmed: Decimal | None = None
    # The reading that the person saw and corrects.
    corrects: int | None = None
    # For staff, as it is kept; `photo_error` says why what was chosen is none.
    photo: bytes = b""
    photo_error: str = ""

    @property
    def is_open(self) -> bool:
        """Tell whether the field has to be there again."""
        return bool(self.text) or self.corrects is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    press: Press = Press.CHECK
    # The meter whose button was pressed.
    meter: int | None = None
    # By meter; only one's own.
    entries: Mapping[int, Entry] = field(default_factory=dict)
    # What was typed for meters that are not one's own, or no longer.
    strange: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person hears at a meter."""

    error: str = ""
    questions: tuple[str, ...] = ()
    already: str = ""
    # The reading that is there, which sending once more corrects.
    corrects: int | None = None
    may_be_sent: bool = False
    photo_error: str = ""
    is_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    answers: Mapping[int, Answer] = field(default_factory=dict)
    # Meters whose values now stand, or wait for staff.
    settled: frozenset[int] = frozenset()
    # For the green message; empty when nothing was kept.
    said: str = ""

    def leaves_nothing(self, sheet: Sheet) -> bool:
        """Tell whether nothing typed would be lost by showing the page anew."""
        others = (entry for pk, entry in sheet.entries.items() if pk not in self.settled)
        return not self.answers and not sheet.strange and not any(entry.is_open for entry in others)


def carry_out(*, sheet: Sheet, meters: Iterable[OwnMeter], by: Any, at: datetime) -> Answered:
    """Declare what the pressed button asks for, or send it to staff; what is good is kept."""
    own = {one.pk: one for one in meters}
    if sheet.press == Press.ALL:
        chosen = [pk for pk, entry in sheet.entries.items() if entry.text]
    elif sheet.press in {Press.ONE, Press.SEND} and sheet.meter in own:
        chosen = [sheet.meter]
    else:
        return Answered()
    lines, answers = [], {}
    for pk in chosen:
        entry = sheet.entries.get(pk, Entry(text=""))
        if entry.value is None:
            answers[pk] = Answer(error=entry.error or _("Enter the reading."))
        else:
            lines.append(_line(own[pk], entry, entry.value))
    outcomes = declare(lines=lines, by=by, at=at, source=Source.RESIDENT)
    kept = [outcome for outcome in outcomes if outcome.is_kept]
    settled = {outcome.line.meter_id for outcome in kept}
    said = _kept_words(kept, own, is_all=sheet.press == Press.ALL)
    for outcome in outcomes:
        pk = outcome.line.meter_id
        if sheet.press == Press.SEND and outcome.period is not None and may_be_sent(outcome):
            entry = sheet.entries[pk]
            if entry.photo_error:
                answers[pk] = replace(_answer(outcome), photo_error=entry.photo_error)
                continue
            _send(outcome, own[pk], outcome.period, entry.photo, by, at)
            settled.add(pk)
            said = _("The reading is sent to be checked: %(meter)s, %(value)s.") % _about(outcome, own)
        elif not outcome.is_kept:
            answers[pk] = _answer(outcome)
    return Answered(answers=answers, settled=frozenset(settled), said=said)


def _line(own: OwnMeter, entry: Entry, value: Decimal) -> Line:
    return Line(
        meter_id=own.pk,
        payment_book_id=own.payment_book_id,
        value=value,
        confirmed=entry.confirmed,
        corrects=entry.corrects,
    )


def may_be_sent(outcome: Outcome) -> bool:
    """Tell whether staff can be sent a refused value; no dial shows what does not fit into the column."""
    return outcome.may_be_sent and _fits(outcome.line.value)


def _fits(value: Decimal) -> bool:
    return value < VALUE_LIMIT and value == round(value, MOST_DECIMAL_DIGITS)


def _send(outcome: Outcome, own: OwnMeter, period: date, photo: bytes, by: Any, at: datetime) -> None:
    cases.send(
        meter=own.meter,
        payment_book=PaymentBook.objects.get(pk=own.payment_book_id),
        period=period,
        value=outcome.line.value,
        note="",
        photo=photo,
        by=by,
        at=at,
    )


def _answer(outcome: Outcome) -> Answer:
    if outcome.result == Result.ASKS:
        return Answer(questions=tuple(question.words for question in outcome.questions))
    if outcome.result == Result.ALREADY:
        return Answer(already=outcome.words, corrects=outcome.reading_id)
    return Answer(
        error=outcome.words,
        may_be_sent=may_be_sent(outcome),
        is_closed=outcome.code == "window_closed",
    )


def _kept_words(kept: list[Outcome], own: Mapping[int, OwnMeter], *, is_all: bool) -> str:
    if not kept:
        return ""
    if is_all:
        # A correction in which nothing was changed is none.
        changed = [one for one in kept if one.line.corrects is None or one.result != Result.UNCHANGED]
        count = len(changed or kept)
        return ngettext("%(n)d reading is declared.", "%(n)d readings are declared.", count) % {"n": count}
    [one] = kept
    if one.result == Result.CORRECTED:
        return _("The reading is corrected: %(meter)s, %(value)s.") % _about(one, own)
    return _("The reading is declared: %(meter)s, %(value)s.") % _about(one, own)


def _about(outcome: Outcome, own: Mapping[int, OwnMeter]) -> dict[str, str]:
    meter = own[outcome.line.meter_id].meter
    return {
        "meter": named(type=meter.type, place=meter.place, serial=meter.serial, register=meter.register),
        "value": f"{value_words(outcome.line.value)}\u00a0{meter.unit}",
    }


def look_over(
    *,
    sheet: Sheet,
    meters: Iterable[OwnMeter],
    known: Mapping[tuple[int, int], Facts],
    at: datetime,
) -> Mapping[int, Answer]:
    """Return what declaring everything typed would be answered now; nothing is written."""
    today = timezone.localdate(at)
    pairs = {one.pk: known[one.pk, one.payment_book_id] for one in meters}
    answers: dict[int, Answer] = {}
    for pk, entry in sheet.entries.items():
        facts = pairs[pk]
        window = open_window(days=facts.days, at=at, late=facts.late)
        if entry.error:
            answers[pk] = Answer(error=entry.error)
        elif entry.value is not None and window is not None:
            current = facts.current(window.period)
            verdict = judge(
                value=entry.value,
                on=today,
                today=today,
                facts=facts,
                corrects=current.id if current else None,
                neighbours=_neighbours(pk, sheet, pairs),
                is_on_page=True,
            )
            if isinstance(verdict, Refused):
                sendable = verdict.may_be_sent and _fits(entry.value)
                answers[pk] = Answer(error=verdict.words, may_be_sent=sendable)
            elif isinstance(verdict, Questions):
                answers[pk] = Answer(questions=tuple(question.words for question in verdict.items))
    return answers


def _neighbours(pk: int, sheet: Sheet, pairs: Mapping[int, Facts]) -> list[Neighbour]:
    book = pairs[pk].payment_book_id
    return [
        Neighbour(facts=pairs[other], value=entry.value)
        for other, entry in sheet.entries.items()
        if other != pk and entry.value is not None and pairs[other].payment_book_id == book
    ][:50]
