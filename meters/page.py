"""The page „Skaitiklių deklaravimas“, in ready words: objects, their meters, what was typed and answered."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lithuanian.dates import short_day
from lithuanian.sorting import sort_key
from properties.capabilities import Capability
from properties.objects import OwnObject, may_of, objects_of

from . import histories
from .facts import Facts, Point
from .mine import OwnMeter, meters_of
from .models import Meter
from .naming import ICONS, TONES, TYPES, named, number_of, title_of
from .readings import Source
from .sheet import Answer, Answered, Entry, Press, Sheet, look_over
from .typed import value_words
from .window import Days, Window, latest_window, next_window, open_window
from .window_words import Term, day_words, days_words, late_words, opens_words, term_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """What the dial showed before, with its day."""

    words: str
    value: str
    # For the script: digits with a point.
    exact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What stands for this month already: when, what, how much was used, who declared it."""

    when: str
    value: str
    used: str
    who: str
    # Where a photo of it is added; nowhere of what a device sent.
    photo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """A meter's field."""

    text: str
    used: str
    answer: Answer
    # The value that the tick confirms, and whether it is set.
    confirms: str
    is_confirmed: bool
    corrects: int | None
    # The value that is corrected, as it is typed.
    was: str
    # Whether „Taisyti“ was just pressed.
    is_focused: bool

    @property
    def is_filled(self) -> bool:
        """Tell whether there is something to declare; a correction in which nothing is changed is none."""
        return self.text not in {"", self.was}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterRow:
    pk: int
    name: str
    title: str
    number: str
    # The premises, where a payment book has several.
    place: str
    icon: str
    tone: str
    unit: str
    has_red_digits: bool
    is_remote: bool
    days: Days
    # None while it is closed.
    window: Window | None
    previous: Previous | None
    declared: Declared | None
    typing: Typing | None
    # Typed and not taken: there is no field for it now.
    lost: str
    lost_words: str
    # What became of a reading that was sent to staff.
    sent: str
    is_refused: bool
    # Its window, where it is not that of the object's other meters.
    window_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One object with its meters."""

    pk: int
    address: str
    # The company takes no declarations.
    is_elsewhere: bool
    rows: tuple[MeterRow, ...]
    # Its window, where it is not that of the page.
    window_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A meter to look at again, for the summary."""

    pk: int
    name: str
    words: str
    # Why a typed value is not taken; empty when the page says it of all.
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    may: frozenset[Capability]
    groups: tuple[Group, ...]
    # The window that is open, of several the one that ends first.
    term: Term | None
    # While everything is closed: when it opens, between which days, and when it was open last.
    opens: str
    days: str
    was_open: str
    today: str
    # Whether any of the objects may be declared for at all.
    has_objects: bool
    # Whether some dial has red digits.
    has_red_digits: bool
    fields: int
    filled: str
    # The same for the script, which puts the number in.
    filled_pattern: str
    problems: tuple[Problem, ...]
    has_errors: bool
    heading: str
    lost: tuple[Problem, ...]
    strange: str
    is_only_checked: bool
    has_nothing_typed: bool

    @property
    def is_all_elsewhere(self) -> bool:
        """Tell whether no company of this person's objects takes declarations."""
        return bool(self.groups) and all(group.is_elsewhere for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What every row is made with."""

    user: Any
    at: datetime
    today: date
    sheet: Sheet
    answered: Answered
    people: Mapping[int, str]
    # Where the pictures of the types are.
    icons: str

    def typed(self, pk: int) -> Entry | None:
        """Return what was typed for a meter and is not settled."""
        entry = self.sheet.entries.get(pk)
        return entry if entry is not None and entry.is_open and pk not in self.answered.settled else None


def page_of(*, user: Any, at: datetime, sheet: Sheet | None = None, answered: Answered | None = None) -> Page:
    """Return the page as it is now, with what was typed and is not settled; at most four queries."""
    sheet, answered = sheet or Sheet(), answered or Answered()
    today = timezone.localdate(at)
    objects = objects_of(user=user, at=at)
    mine = meters_of(user=user, at=at)
    known = histories.read(pairs=[(one.pk, one.payment_book_id) for one in mine], on=today)
    if sheet.press == Press.CHECK:
        answered = Answered(answers=look_over(sheet=sheet, meters=mine, known=known, at=at))
    scene = _Scene(
        user=user,
        at=at,
        today=today,
        sheet=sheet,
        answered=answered,
        people=_people(known.values(), user, at),
        icons=static("icons.svg"),
    )
    shown = [one for one in mine if _is_in_place(one.meter, today) or scene.typed(one.pk)]
    declarable = [own for own in objects if Capability.DECLARE in own.may]
    groups = [_group(own, shown, known, scene) for own in declarable]
    groups = [group for group in groups if group.rows or group.is_elsewhere]
    return _page(objects, bool(declarable), groups, scene)


def _is_in_place(meter: Meter, today: date) -> bool:
    """Tell the same as `in_place` of the query set."""
    return (meter.installed_on is None or meter.installed_on <= today) and (
        meter.removed_on is None or meter.removed_on >= today
    )


def _people(known: Iterable[Facts], user: Any, at: datetime) -> dict[int, str]:
    """Return the names of the others who declared what stands now; no query when there are none."""
    ids = set()
    for facts in known:
        window = open_window(days=facts.days, at=at, late=facts.late)
        current = facts.current(window.period) if window else None
        if current is not None and current.source == Source.RESIDENT:
            ids.add(current.declared_by_id)
    ids -= {None, user.pk}
    people = get_user_model().objects.in_bulk(ids) if ids else {}
    return {pk: person.get_full_name() for pk, person in people.items()}


# ── The page and its objects ────────────────────────────────────────────────────────────────────


def _page(objects: list[OwnObject], has_objects: bool, groups: list[Group], scene: _Scene) -> Page:
    at, sheet = scene.at, scene.sheet
    rows = [row for group in groups for row in group.rows]
    declared = [row for row in rows if not row.is_remote]
    windows = [row.window for row in declared if row.window is not None]
    window = min(windows, key=lambda one: (one.ends_at, one.period), default=None)
    # While all is closed, that of the meter which opens first speaks for the page.
    days = min(
        (row.days for row in declared), key=lambda one: next_window(days=one, at=at).opens_at, default=None
    )
    # Of the few windows there are, each is put into words once.
    words_of = cache(lambda window, days: _window_words(window, days, at))
    words = words_of(window, days) if days else ""
    typings = [row.typing for row in rows if row.typing is not None]
    problems = tuple(_problems(rows))
    has_errors = any(one.answer.error for one in typings)
    return Page(
        may=may_of(objects),
        groups=tuple(_with_words(group, words, words_of) for group in groups),
        term=term_of(window=window, at=at) if window else None,
        opens=opens_words(days=days, at=at) if days and not window else "",
        days=days_words(days=days) if days else "",
        was_open=short_day(latest_window(days=days, at=at).last_day) if days else "",
        today=short_day(scene.today),
        has_objects=has_objects,
        has_red_digits=any(row.has_red_digits for row in declared),
        fields=len(typings),
        filled=_filled() % {"n": sum(one.is_filled for one in typings), "all": len(typings)},
        filled_pattern=_filled() % {"n": "{}", "all": len(typings)},
        problems=problems,
        has_errors=has_errors,
        heading=_heading(len(problems), has_errors=has_errors),
        lost=tuple(_lost(row) for row in rows if row.lost),
        strange=", ".join(sheet.strange[:_MOST_STRANGE]),
        is_only_checked=sheet.press == Press.CHECK and bool(typings) and bool(sheet.entries) and not problems,
        has_nothing_typed=sheet.press == Press.ALL
        and not sheet.strange
        and not any(entry.text for entry in sheet.entries.values()),
    )


# More are hardly by hand.
_MOST_STRANGE = 20


def _filled() -> str:
    return _("Entered %(n)s of %(all)s")


def _group(
    own: OwnObject, shown: list[OwnMeter], known: Mapping[tuple[int, int], Facts], scene: _Scene
) -> Group:
    order = {place.pk: no for no, place in enumerate(own.premises)}
    ours = sorted(
        (one for one in shown if one.payment_book_id == own.book.pk and one.meter.property_id in order),
        key=lambda one: (
            order[one.meter.property_id],
            sort_key(one.meter.place),
            TYPES.index(Meter.Type(one.meter.type)),
            one.meter.serial_key,
            one.meter.register,
        ),
    )
    places = {place.pk: place.street_address for place in own.premises} if len(order) > 1 else {}
    rows = (
        _row(one, known[one.pk, one.payment_book_id], places.get(one.meter.property_id, ""), scene)
        for one in ours
    )
    is_elsewhere = not own.book.managing_company.declares_readings
    return Group(pk=own.book.pk, address=own.address, is_elsewhere=is_elsewhere, rows=tuple(rows))


def _with_words(group: Group, page_words: str, words_of: Callable[[Window | None, Days], str]) -> Group:
    """Say of an object when it is declared where the page's own words are not true of it, and so of a meter."""
    said = [words_of(row.window, row.days) for row in group.rows]
    asked = [words for row, words in zip(group.rows, said, strict=True) if not row.is_remote]
    usual = Counter(asked).most_common(1)[0][0] if asked else page_words
    rows = tuple(
        row if row.is_remote or words == usual else replace(row, window_words=words)
        for row, words in zip(group.rows, said, strict=True)
    )
    return replace(group, rows=rows, window_words="" if usual == page_words else usual)


def _window_words(window: Window | None, days: Days, at: datetime) -> str:
    if window is None:
        return opens_words(days=days, at=at)
    if window.is_late:
        return late_words(window)
    words = {"left": term_of(window=window, at=at).left, "day": short_day(window.last_day)}
    return _("%(left)s, the last one is %(day)s") % words


def _problems(rows: Iterable[MeterRow]) -> Iterator[Problem]:
    for row in rows:
        answer = row.typing.answer if row.typing else Answer()
        words = answer.photo_error or answer.error or answer.already or " ".join(answer.questions)
        if words:
            yield Problem(pk=row.pk, name=row.name, words=words)


def _lost(row: MeterRow) -> Problem:
    reason = row.lost_words if row.window is not None else ""
    return Problem(pk=row.pk, name=row.name, words=row.lost, reason=reason)


def _heading(count: int, *, has_errors: bool) -> str:
    if has_errors:
        return ngettext("Mend %(n)d reading", "Mend %(n)d readings", count) % {"n": count}
    return ngettext("Look at %(n)d reading again", "Look at %(n)d readings again", count) % {"n": count}


# ── A meter ─────────────────────────────────────────────────────────────────────────────────────


def _row(own: OwnMeter, facts: Facts, place: str, scene: _Scene) -> MeterRow:
    meter, sheet = own.meter, scene.sheet
    window = open_window(days=facts.days, at=scene.at, late=facts.late)
    current = facts.current(window.period) if window else None
    entry, answer = scene.typed(own.pk), scene.answered.answers.get(own.pk, Answer())
    can_be_typed = window is not None and not facts.is_remote and _is_in_place(meter, scene.today)
    is_edited = sheet.press == Press.EDIT and sheet.meter == own.pk
    sent = _sent(own, facts, current, scene)
    is_lost = entry is not None and bool(entry.text) and not can_be_typed
    names: dict[str, str] = {"type": meter.type, "place": meter.place}
    numbers = {"serial": meter.serial, "register": meter.register}
    return MeterRow(
        pk=own.pk,
        name=named(**names, **numbers),
        title=title_of(**names),
        number=number_of(**numbers),
        place=place,
        icon=f"{scene.icons}#i-{ICONS[Meter.Type(meter.type)]}",
        tone=TONES.get(Meter.Type(meter.type), ""),
        unit=meter.unit,
        # Of what is counted in cubic metres; electricity has them on no dial.
        has_red_digits=meter.unit == "m³" and meter.decimal_digits > 0,
        is_remote=facts.is_remote,
        days=facts.days,
        window=window,
        previous=_previous(facts, current, scene.today, is_open=window is not None),
        declared=_declared(current, facts, scene) if current else None,
        typing=_typing(entry, answer, facts, current, is_edited=is_edited)
        if can_be_typed and (current is None or entry or is_edited)
        else None,
        lost=entry.text if entry and is_lost else "",
        lost_words=answer.error if is_lost else "",
        sent=sent[0],
        is_refused=sent[1],
    )


def _typing(
    entry: Entry | None, answer: Answer, facts: Facts, current: Point | None, *, is_edited: bool
) -> Typing:
    entry = entry or Entry(text="")
    text, corrects = entry.text, answer.corrects or entry.corrects
    if is_edited and current is not None:
        text, corrects = text or _plain(current.value), current.id
    value = current.value if is_edited and current is not None and not entry.text else entry.value
    return Typing(
        text=text,
        used=_used_words(value, facts, current),
        answer=answer,
        confirms=_plain(value) if value is not None and answer.questions else "",
        is_confirmed=value is not None and entry.confirmed == value,
        corrects=corrects,
        was=_plain(current.value) if current is not None and current.id == corrects else "",
        is_focused=is_edited,
    )


def _plain(value: Decimal) -> str:
    """Return a value as it is typed: no groups."""
    return f"{value.normalize():f}".replace(".", ",")


def _used_words(value: Decimal | None, facts: Facts, current: Point | None) -> str:
    last = _last(facts, current)
    if value is None or last is None:
        return "–"
    used = value - last.value
    if used < 0:
        return _("less than before")
    # In its narrow column the unit may go below.
    return f"{value_words(used)} {facts.unit}"


def _last(facts: Facts, current: Point | None) -> Point | None:
    """Return what the month's reading is counted from."""
    on = current.on if current is not None and current.on is not None else date.max
    return facts.before(on, without=current.id if current else None)


def _previous(facts: Facts, current: Point | None, today: date, *, is_open: bool) -> Previous | None:
    last = _last(facts, current)
    if last is None:
        return None
    if last.on is None:
        words = _("At the beginning")
    else:
        day = {"day": day_words(day=last.on, today=today)}
        is_last_declared = not is_open and last.is_own and last.source == Source.RESIDENT
        if not last.is_real:
            words = _("Estimated on %(day)s") % day
        elif is_last_declared:
            words = _("Declared on %(day)s") % day
        else:
            words = _("Was on %(day)s") % day
    return Previous(words=words, value=value_words(last.value), exact=f"{last.value.normalize():f}")


def _declared(current: Point, facts: Facts, scene: _Scene) -> Declared:
    last = _last(facts, current)
    used = (
        None if last is None else current.value - last.value + (facts.capacity if current.is_rollover else 0)
    )
    day = timezone.localdate(current.declared_at) if current.declared_at else current.on or scene.today
    return Declared(
        when=_("Declared on %(day)s") % {"day": day_words(day=day, today=scene.today)},
        value=_with_unit(current.value, facts),
        used=_with_unit(used, facts) if used is not None and used >= 0 else "",
        who=_who(current, scene),
        photo="" if current.source == Source.REMOTE else reverse("meters:add_photo", args=[current.id]),
    )


def _who(current: Point, scene: _Scene) -> str:
    """Return who declared it and how, in a sentence."""
    if current.source == Source.REMOTE:
        return _("Read remotely.")
    if current.source == Source.IMPORT:
        return _("From the managing company's data.")
    if current.source == Source.STAFF:
        return _("Declared by the managing company.")
    if current.declared_by_id == scene.user.pk:
        return _("You declared it here.")
    name = scene.people.get(current.declared_by_id or 0)
    return _("%(name)s declared it here.") % {"name": name} if name else ""


def _sent(own: OwnMeter, facts: Facts, current: Point | None, scene: _Scene) -> tuple[str, bool]:
    """Return what became of a reading sent to staff, and whether it was refused."""
    if not own.sent or current is not None:
        return "", False
    newest = own.sent[0]
    words = {"value": _with_unit(newest.value, facts)}
    if not newest.outcome:
        words["day"] = day_words(day=timezone.localdate(newest.sent_at), today=scene.today)
        return _("%(value)s was sent to be checked on %(day)s. The answer will be here.") % words, False
    window = open_window(days=facts.days, at=scene.at, late=facts.late)
    if newest.period != (window or latest_window(days=facts.days, at=scene.at)).period:
        return "", False
    return _("The company checked %(value)s and did not take it:") % words + f" {newest.reason}", True


def _with_unit(value: Decimal, facts: Facts) -> str:
    return f"{value_words(value)}\u00a0{facts.unit}"
