"""The meters' part of the main window: until when to declare, and how much of it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from properties.capabilities import Capability
from properties.objects import OwnObject
from properties.prepared import Prepared

from .models import LateWindow, Meter, Reading
from .window import Days, Window, days_from, next_window, open_window
from .window_words import Term, days_words, opens_words, term_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the main window says of declaring; without a term it is closed, or nothing is declared here."""

    term: Term | None = None
    # „Deklaruota 1 iš 6 skaitiklių.“
    done: str = ""
    is_all_done: bool = False
    # When it opens, and the days between which readings are taken.
    opens: str = ""
    days: str = ""
    # No company of this person's objects takes readings.
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dial:
    """A meter that a person declares, as much of it as the card needs."""

    days: Days
    window: Window | None
    is_declared: bool


def card(*, objects: list[OwnObject], at: datetime) -> Card | None:
    """Return the card, in one query; None for whom declaring is none of their business."""
    declarable = [own for own in objects if Capability.DECLARE in own.may]
    if not declarable:
        return None
    taken = [own for own in declarable if own.book.managing_company.declares_readings]
    if not taken:
        return Card(is_elsewhere=True)
    dials = list(_dials(taken, at))
    windows = [dial.window for dial in dials if dial.window is not None]
    if windows:
        window = min(windows, key=lambda one: (one.ends_at, one.period))
        declared = [dial.is_declared for dial in dials if dial.window is not None]
        return Card(
            term=term_of(window=window, at=at),
            done=_done_words(sum(declared), len(declared)),
            is_all_done=all(declared),
        )
    if not dials:
        return Card(opens=_("The company has not given any meters of your objects yet."))
    days = min((dial.days for dial in dials), key=lambda one: next_window(days=one, at=at).opens_at)
    return Card(opens=opens_words(days=days, at=at), days=days_words(days=days))


def _dials(objects: list[OwnObject], at: datetime) -> Iterator[_Dial]:
    books = {place.pk: own.book for own in reversed(objects) for place in own.premises}
    # Most meters of a town have the same days: their window is found once.
    known: dict[tuple[int, int | None, int | None], tuple[Days, Window | None]] = {}
    for place, opens, closes, last_book, last_kind, last_period, late in _METERS.rows(
        properties=sorted(books), at=at
    ):
        book = books[place]
        key = (book.managing_company_id, opens, closes)
        if key not in known:
            found = days_from(company=book.managing_company, opens=opens, closes=closes)
            known[key] = found, open_window(days=found, at=at)
        days, window = known[key]
        if late and window is None:
            window = open_window(days=days, at=at, late=[_window(row) for row in late])
        yield _Dial(
            days=days,
            window=window,
            is_declared=window is not None
            and last_book == book.pk
            and last_kind == Reading.Kind.MONTHLY
            and last_period >= window.period,
        )


def _meters(*, properties: list[int], at: datetime) -> Any:
    return (
        Meter.objects.filter(property__in=properties, is_remote=False)
        .in_place(on=timezone.localdate(at))
        .order_by()
        .values_list(
            "property_id",
            "property__building__window_opens",
            "property__building__window_closes",
            "last_book_id",
            "last_kind",
            "last_period",
            _late(at),
        )
    )


_METERS: Prepared[tuple[Any, ...]] = Prepared(_meters)


def _late(at: datetime) -> ArraySubquery:
    """Return an annotation: the late windows that are open for a meter."""
    here = Q(meter=OuterRef("pk")) | Q(building=OuterRef("property__building"))
    late = LateWindow.objects.filter(here, opens_at__lte=at, ends_at__gt=at).order_by()
    return ArraySubquery(late.values(row=JSONObject(period="period", opens_at="opens_at", ends_at="ends_at")))


def _window(row: dict[str, str]) -> Window:
    return Window(
        period=date.fromisoformat(row["period"]),
        opens_at=datetime.fromisoformat(row["opens_at"]),
        ends_at=datetime.fromisoformat(row["ends_at"]),
        is_late=True,
    )


def _done_words(done: int, count: int) -> str:
    return ngettext(
        "%(done)d of %(n)d meter is declared.", "%(done)d of %(n)d meters are declared.", count
    ) % {"done": done, "n": count}
