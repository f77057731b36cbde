"""Words about announcements and works: when, where, in what state, for how much."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from django.templatetags.static import static
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from lithuanian.dates import long_day, short_day
from lithuanian.numbers import NO_BREAK_SPACE, decimal_words, money
from properties.models import Building

from .models import Announcement, Work


@dataclass(frozen=True, slots=True)
class Tag:
    """A state as icon and word."""

    text: str
    icon: str
    tone: str = ""


# By state: icon and tone.
_STATES = {
    Work.State.PLANNED: ("calendar-days", "info"),
    Work.State.IN_PROGRESS: ("hammer", "info"),
    Work.State.DONE: ("check", "ok"),
    Work.State.POSTPONED: ("clock", "warn"),
    Work.State.CANCELLED: ("x", ""),
}
_KINDS = {
    Work.Kind.WATER: "droplet",
    Work.Kind.HEATING: "thermometer",
    Work.Kind.LIFT: "building-2",
    Work.Kind.ELECTRICITY: "lightbulb",
    Work.Kind.ROOF: "house",
    Work.Kind.CLEANING: "droplets",
    Work.Kind.OTHER: "hammer",
}


@lru_cache
def icon(name: str) -> str:
    """Return the address of an icon in the sprite."""
    return static("icons.svg") + f"#i-{name}"


def icon_of(kind: str) -> str:
    """Return the icon of a work's kind."""
    return icon(_KINDS[Work.Kind(kind)])


def announcement_icon() -> str:
    """Return the icon of an announcement."""
    return icon("megaphone")


def important_tag() -> Tag:
    """Return „Svarbu“."""
    return _tags(get_language()).important


def new_tag() -> Tag:
    """Return „Naujas“."""
    return _tags(get_language()).new


def announcement_tag() -> Tag:
    """Return „Pranešimas“."""
    return _tags(get_language()).announcement


def state_tag(state: str) -> Tag:
    """Return a work's state."""
    return _tags(get_language()).states[state]


def mark_of(*, state: str | None, is_on_home: bool, is_new: bool) -> Tag | None:
    """Return the one tag that a short list has room for: that it is not as planned, important, or new.

    An announcement has no state.
    """
    if state is not None and state != Work.State.PLANNED:
        return state_tag(state)
    if is_on_home:
        return important_tag()
    return new_tag() if is_new else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tags:
    important: Tag
    new: Tag
    announcement: Tag
    states: dict[str, Tag]


@lru_cache
def _tags(language: str | None) -> _Tags:
    """Return every tag in the active language, made once."""
    return _Tags(
        important=Tag(_("Important"), icon("triangle-alert"), "warn"),
        new=Tag(pgettext("notice", "New"), icon("bell"), "info"),
        announcement=Tag(_("Announcement"), icon("bell")),
        states={
            str(state): Tag(str(state.label), icon(name), tone) for state, (name, tone) in _STATES.items()
        },
    )


# ── When ────────────────────────────────────────────────────────────────────────────────────────


class When(NamedTuple):
    """The days and hours of a work, for whoever reads no more of it."""

    state: str
    day: date | None
    starts_on: date | None
    ends_on: date | None
    from_time: time | None
    until_time: time | None


def day_words(day: date, *, today: date) -> str:
    """Return „spalio 19 d.“, with the year when it is another one."""
    return short_day(day) if day.year == today.year else long_day(day)


def when_words(work: Work | When, *, today: date, is_short: bool = False) -> str:
    """Return „rytoj, spalio 22 d., 9–16 val.“, „spalio 27–28 d.“; short, without the date of a near day."""
    if work.starts_on is None:
        if work.state == Work.State.DONE and work.day:
            return day_words(work.day, today=today)
        return _("the day is not known yet")
    last = work.ends_on or work.starts_on
    hours = _hours(work.from_time, work.until_time)
    if last != work.starts_on:
        days = _days(work.starts_on, last, today)
        return f"{days}, {hours}" if hours else days
    near = ""
    if work.starts_on == today:
        near = _("today")
    elif work.starts_on == today + timedelta(days=1):
        near = _("tomorrow")
    if near and is_short:
        return f"{near} {hours}" if hours else near
    return ", ".join(part for part in (near, day_words(last, today=today), hours) if part)


def _hours(start: time | None, end: time | None) -> str:
    if start is None or end is None:
        return ""
    if start.minute or end.minute:
        return _("%(from)s–%(until)s") % {"from": f"{start:%H:%M}", "until": f"{end:%H:%M}"}
    return pgettext("hours", "%(from)s–%(until)s h") % {"from": start.hour, "until": end.hour}


def _days(first: date, last: date, today: date) -> str:
    if (first.year, first.month) == (last.year, last.month) == (today.year, last.month):
        # „spalio 28 d.“ becomes „spalio 27–28 d.“
        return short_day(last).replace(f"{last.day}", f"{first.day}–{last.day}", 1)
    return f"{day_words(first, today=today)} – {day_words(last, today=today)}"


# ── Where ───────────────────────────────────────────────────────────────────────────────────────


def where_words(thing: Announcement | Work, *, is_of_one_company: bool = True) -> str:
    """Return „Beržyno g. 8, 1 laiptinė“; of a whole company „Visi objektai“, or its name when there are more."""
    building = thing.building
    if building is None:
        return everywhere_words("" if is_of_one_company else thing.managing_company.name)
    audience = thing.audience if isinstance(thing, Announcement) else ""
    return place_words(building, staircase=thing.staircase, audience=audience)


def everywhere_words(company: str) -> str:
    """Return „Visi objektai“, or the name of the company where it is not the only one."""
    return company or _("All objects")


def place_words(building: Building, *, staircase: str, audience: str = "") -> str:
    """Return „Beržyno g. 8, 1 laiptinė“."""
    place = f"{building.street} {building.house}"
    if staircase:
        return f"{place}, " + _("staircase %(number)s") % {"number": staircase}
    if audience == Announcement.Audience.PREMISES:
        return f"{place}, " + _("some of the premises")
    return place


# ── How much ────────────────────────────────────────────────────────────────────────────────────


def cost_words(work: Work) -> str:
    """Return what the work costs and who pays; nothing when neither is known."""
    amount = money(work.cost) if work.cost is not None else ""
    paid = str(_PAID[bool(amount), work.paid_from]) % {"amount": amount}
    return " ".join(part for part in (paid, work.paying_words) if part)


# By whether the cost is known, and who pays.
_PAID = {
    (False, ""): "",
    (True, ""): gettext_lazy("Cost of the work: %(amount)s."),
    (False, Work.PaidFrom.RESERVE_FUND): gettext_lazy("Paid from the reserve fund."),
    (True, Work.PaidFrom.RESERVE_FUND): gettext_lazy(
        "Cost of the work: %(amount)s, paid from the reserve fund."
    ),
    (False, Work.PaidFrom.COMPANY): gettext_lazy("The managing company pays. Nothing is added to your bill."),
    (True, Work.PaidFrom.COMPANY): gettext_lazy(
        "Cost of the work: %(amount)s. The managing company pays; nothing is added to your bill."
    ),
    (False, Work.PaidFrom.RESIDENTS): gettext_lazy("Residents pay for it additionally."),
    (True, Work.PaidFrom.RESIDENTS): gettext_lazy(
        "Cost of the work: %(amount)s. Residents pay for it additionally."
    ),
}


def size_words(size: int) -> str:
    """Return „180 KB“ or „1,4 MB“."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))}{NO_BREAK_SPACE}KB"
    return f"{decimal_words(Decimal(size) / 1_000_000, 1, 1)}{NO_BREAK_SPACE}MB"


def file_words(title: str, content_type: str, size: int) -> str:
    """Return „Darbų aktas (PDF, 180 KB)“."""
    return f"{title} ({type_words(content_type, size)})"


def type_words(content_type: str, size: int) -> str:
    """Return „PDF, 180 KB“."""
    return f"{'PDF' if content_type == 'application/pdf' else 'JPEG'}, {size_words(size)}"


def reach_words(*, premises: int, people: int) -> str:
    """Return how many premises and people something is told to."""
    places = ngettext("%(count)d of the premises", "%(count)d of the premises", premises) % {
        "count": premises
    }
    return f"{places}, " + ngettext("%(count)d person", "%(count)d people", people) % {"count": people}


def sentence(words: str) -> str:
    """Return the words with a capital at their beginning."""
    # As capfirst does, which looks first whether anything is lazy.
    return words[:1].upper() + words[1:]
