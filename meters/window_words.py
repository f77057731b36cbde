"""How a window is told to people: the days that are left, the days it is open, when it opens again."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lithuanian.dates import for_month, long_day, short_day
from lithuanian.numbers import NO_BREAK_SPACE

from .window import Days, Window, midnight, next_window


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """An open window, in words."""

    # „Liko 6 dienos“
    left: str
    # One per day, for the decoration: past, today, or nothing.
    days: tuple[str, ...]
    first: str
    last: str
    # What a late window is for and until when; empty for the month's own.
    late: str = ""


def term_of(*, window: Window, at: datetime) -> Term:
    """Return an open window in words."""
    today = timezone.localdate(at)
    left = window.days_left(at=at)
    first, last = window.first_day, window.last_day
    return Term(
        left=ngettext("%(n)d day left", "%(n)d days left", left) % {"n": left},
        days=_day_classes(first, last, today),
        first=short_day(first),
        last=short_day(last),
        late=late_words(window) if window.is_late else "",
    )


@lru_cache
def _day_classes(first: date, last: date, today: date) -> tuple[str, ...]:
    days = (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
    return tuple("today" if day == today else "past" if day < today else "" for day in days)


def late_words(window: Window) -> str:
    """Return „Rodmenis už spalį dar galite deklaruoti iki lapkričio 5 d.“, with the time when it is in mid-day."""
    ends = timezone.localtime(window.ends_at)
    words = {"for_month": for_month(window.period), "day": short_day(window.last_day)}
    if window.ends_at == midnight(ends.date()):
        return _("You may still declare readings %(for_month)s, until the end of %(day)s.") % words
    return _("You may still declare readings %(for_month)s, until %(day)s, %(time)s.") % {
        **words,
        "time": f"{ends:%H:%M}",
    }


def until_words(*, window: Window) -> str:
    """Return the last day as „lapkričio 27 d.“, with the time when the window ends in mid-day."""
    ends = timezone.localtime(window.ends_at)
    day = short_day(window.last_day)
    return day if window.ends_at == midnight(ends.date()) else f"{day}, {ends:%H:%M}"


def opens_words(*, days: Days, at: datetime) -> str:
    """Return „Deklaruosite nuo gruodžio 15 d.“"""
    day = next_window(days=days, at=at).first_day
    return _("You will declare from %(day)s") % {"day": short_day(day)}


def days_words(*, days: Days) -> str:
    """Return between which days of the month readings are taken."""
    words = {"first": days.opens, "last": days.closes}
    if days.opens <= days.closes:
        return _("We take readings from the %(first)d to the %(last)d of every month.") % words
    return _("We take readings from the %(first)d of every month to the %(last)d of the next one.") % words


def day_words(*, day: date, today: date) -> str:
    """Return a day with its year only when it is not this one."""
    words = short_day(day) if day.year == today.year else long_day(day)
    # „22 d.“ is read as one.
    return words.replace(" d.", f"{NO_BREAK_SPACE}d.")
