"""A request in words: what it is, where it is for, how far it has come."""

from dataclasses import dataclass
from datetime import date, time

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lithuanian.dates import short_day

from .models import Message, Request

State, Kind = Request.State, Request.Kind

# Hours of a wished part of the day; spoken by half hours nobody would keep.
HOURS = {Request.DayPart.MORNING: (8, 12), Request.DayPart.DAY: (12, 16), Request.DayPart.EVENING: (16, 19)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One dot of the line that shows how far a request has come."""

    label: str
    when: str = ""
    is_done: bool = False
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A state as a picture with a word."""

    words: str
    icon: str
    tone: str = ""


def what_words(asked: Request) -> str:
    """Return „Santechnikas“, „Gedimas“ or „Klausimas“."""
    return asked.item.shown_title if asked.item else str(asked.get_kind_display())


def place_words(asked: Request, *, with_city: bool = False) -> str:
    """Return the address it is for; of a question, the company it was put to."""
    if asked.premises:
        return asked.premises.address if with_city else asked.premises.street_address
    if asked.payment_book:
        return _("Payment book %(payer_code)s") % {"payer_code": asked.payment_book.payer_code}
    return asked.managing_company.name


def number_words(asked: Request) -> str:
    """Return „Nr. P-1047“."""
    return _("No. %(number)s") % {"number": asked.code}


def hours_words(start: time, end: time) -> str:
    """Return „14–16 val.“, with minutes where they are not whole hours."""
    shown = [f"{moment:%H:%M}".removesuffix(":00").removeprefix("0") or "0" for moment in (start, end)]
    return (_("%(from)s–%(to)s h") % {"from": shown[0], "to": shown[1]}).replace(" ", "\u00a0")


def part_words(part: str) -> str:
    """Return „Rytas, 8–12 val.“ of a part of the day; nothing of none."""
    if not part:
        return ""
    start, end = HOURS[Request.DayPart(part)]
    return f"{Request.DayPart(part).label}, {hours_words(time(start), time(end))}"


def wish_words(asked: Request) -> str:
    """Return when it would suit; nothing when that was left open."""
    part = part_words(asked.wished_part)
    if asked.wished_on is None:
        return part
    return ", ".join(filter(None, (short_day(asked.wished_on), part.lower())))


def visit_words(asked: Request) -> str:
    """Return „spalio 22 d., 14–16 val.“; nothing before a visit is arranged."""
    if asked.visit_on is None or asked.visit_from is None or asked.visit_to is None:
        return ""
    return f"{short_day(asked.visit_on)}, {hours_words(asked.visit_from, asked.visit_to)}"


def tag_of(asked: Request, *, today: date) -> Tag:
    """Return the state in a word or two."""
    if asked.state == State.SCHEDULED:
        return Tag(words=_coming_words(asked, today=today), icon="calendar-days", tone="info")
    if asked.state == State.DONE:
        words = pgettext("question", "Answered") if asked.kind == Kind.CONTACT else str(State.DONE.label)
        return Tag(words=words, icon="check", tone="ok")
    if asked.state == State.RECEIVED:
        return Tag(words=str(State.RECEIVED.label), icon="clock", tone="info")
    icons = {State.ASSIGNED: ("wrench", "info"), State.REFUSED: ("circle-alert", "warn")}
    icon, tone = icons.get(State(asked.state), ("x", ""))
    return Tag(words=str(asked.get_state_display()), icon=icon, tone=tone)


def _coming_words(asked: Request, *, today: date) -> str:
    day = asked.visit_on or today
    if day < today:
        return _("The visit was on %(day)s") % {"day": short_day(day)}
    if (day - today).days == 0:
        return _("The specialist comes today")
    if (day - today).days == 1:
        return _("The specialist comes tomorrow")
    return _("The specialist comes on %(day)s") % {"day": short_day(day)}


def steps_of(asked: Request) -> list[Step]:
    """Return the line of steps: what has been, where it is now and what comes."""
    is_question = asked.kind == Kind.CONTACT
    sent_on = timezone.localdate(asked.sent_at)
    labels = {State.RECEIVED: (pgettext("step", "Received"), short_day(sent_on))}
    # What was skipped on the way to the end is left out; a question needs nobody to come.
    if asked.assigned_at or (asked.is_waiting and not is_question):
        when = short_day(timezone.localdate(asked.assigned_at)) if asked.assigned_at else ""
        label = pgettext("step", "Clerk assigned") if is_question else pgettext("step", "Specialist assigned")
        labels[State.ASSIGNED] = (label, when)
    if asked.visit_on or (asked.is_waiting and not is_question):
        label = pgettext("step", "The specialist comes") if asked.is_waiting else pgettext("step", "Visit")
        labels[State.SCHEDULED] = (label, visit_words(asked))
    end = State(asked.state) if asked.closed_at else State.DONE
    closed_on = short_day(timezone.localdate(asked.closed_at)) if asked.closed_at else ""
    last = pgettext("question", "Answered") if is_question and end == State.DONE else str(end.label)
    labels[end] = (last, closed_on)
    order = list(labels)
    here = order.index(State(asked.state))
    return [
        Step(
            label=label,
            when=when,
            is_done=bool(asked.closed_at) or place < here,
            is_current=not asked.closed_at and place == here,
        )
        for place, (label, when) in enumerate(labels.values())
    ]


def deadline_words(asked: Request, *, today: date) -> str:
    """Return until when the answer comes; nothing once it is settled or a visit is arranged."""
    if not asked.is_waiting or asked.state == State.SCHEDULED:
        return ""
    if asked.is_overdue(today=today):
        return _("We were to answer by %(day)s and are late.") % {"day": short_day(asked.deadline_on)}
    return _("We answer by %(day)s.") % {"day": short_day(asked.deadline_on)}


def deed_words(message: Message, *, of: Request) -> str:
    """Return what was done, where a message is more than words."""
    if message.deed == Message.Deed.DONE and of.kind == Kind.CONTACT:
        return pgettext("question", "Answered")
    return "" if message.deed == Message.Deed.WRITTEN else str(message.get_deed_display())
