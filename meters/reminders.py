"""Reminders to declare: whom they are for, on which days they go, and that each goes once.

Whoever has something undeclared in a window is told that it opens, and once more before it closes: one letter for
a person and a window, however many meters and objects. Letters are posted for many people at a time; whether
something is still undeclared is looked at again just before each of them is sent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone

from accounts.models import User
from notifications import outbox
from notifications.models import Letter
from properties.capabilities import TERMS, Capability
from properties.models import Access, BookPremises, Building, PaymentBook, Property

from . import histories
from .facts import Facts
from .mine import OwnMeter, meters_of
from .models import LateWindow, Reading
from .window import VILNIUS, Days, Window, latest_window, open_window

# Nobody is woken by a letter.
_FROM, _UNTIL = time(8), time(20)
_BEFORE_CLOSING = timedelta(days=3)
# What a worker that stood still tells a day or two late is still news.
_STILL_NEWS = timedelta(days=2)
_PEOPLE_AT_A_TIME = 1000


class Told(StrEnum):
    """The kinds of letters."""

    OPENS = "window_opens"
    CLOSES = "window_closes"


def told_on(*, window: Window, day: date) -> Told | None:
    """Return which letter about a window goes on that day.

    Of the window from the 15th to the 27th: that it opens on the 15th, and on the 24th that it closes, as the 27th
    is its last day. Whoever has not been told by then is told that it opens until the 17th, and that it closes
    until the end. A window of four days or fewer is told once.
    """
    closing = window.last_day - _BEFORE_CLOSING
    if window.first_day < closing <= day <= window.last_day:
        return Told.CLOSES
    if window.first_day <= day <= min(window.first_day + _STILL_NEWS, window.last_day):
        return Told.OPENS
    return None


# ── Whom ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Where:
    """The meters that a window is for."""

    days: set[Days] = field(default_factory=set)
    buildings: set[int] = field(default_factory=set)
    meters: set[int] = field(default_factory=set)

    def premises(self) -> Q:
        """Return the condition for rows of premises with their meters."""
        opens = Coalesce("property__building__window_opens", "payment_book__managing_company__window_opens")
        closes = Coalesce(
            "property__building__window_closes", "payment_book__managing_company__window_closes"
        )
        where = Q(property__building__in=self.buildings) | Q(property__meters__in=self.meters)
        for days in self.days:
            where |= Q(Exact(opens, days.opens)) & Q(Exact(closes, days.closes))
        return where


def post_due(*, at: datetime) -> int:
    """Post the letters that are due at that moment and were not posted yet; return how many.

    Between eight and twenty in Vilnius. May be cut off anywhere, and called again as often as one likes.
    """
    now = at.astimezone(VILNIUS)
    if not _FROM <= now.time() < _UNTIL:
        return 0
    return sum(
        _post(told, window, where, at)
        for window, where in _open_windows(at).items()
        if (told := told_on(window=window, day=now.date())) is not None
    )


def _open_windows(at: datetime) -> dict[Window, _Where]:
    """Return the windows that are open at that moment, each with its meters: the months' own and late ones."""
    found: dict[Window, _Where] = {}
    buildings = Building.objects.filter(managing_company__declares_readings=True).order_by()
    for opens, closes in buildings.values_list(
        Coalesce("window_opens", "managing_company__window_opens"),
        Coalesce("window_closes", "managing_company__window_closes"),
    ).distinct():
        window = latest_window(days=Days(opens, closes), at=at)
        if window.is_open(at=at):
            found.setdefault(window, _Where()).days.add(Days(opens, closes))
    late = LateWindow.objects.filter(
        managing_company__declares_readings=True, opens_at__lte=at, ends_at__gt=at
    )
    for row in late.order_by("pk"):
        window = Window(period=row.period, opens_at=row.opens_at, ends_at=row.ends_at, is_late=True)
        where = found.setdefault(window, _Where())
        if row.building_id is not None:
            where.buildings.add(row.building_id)
        if row.meter_id is not None:
            where.meters.add(row.meter_id)
    return found


def _post(told: Told, window: Window, where: _Where, at: datetime) -> int:
    event = event_of(window=window)
    posted = 0
    for people in _people(at):
        late_comers = _without_letter(people, told, event)
        undeclared = _undeclared(late_comers, window, where, at)
        drafts = [
            outbox.Draft(
                kind=told,
                to=one.email,
                event=event,
                language=one.language,
                context={"person_id": one.pk, "email": one.email, "window": written(window)},
            )
            for one in late_comers
            if one.pk in undeclared
        ]
        if drafts:
            posted += outbox.post_many(drafts=drafts, at=at, pace=outbox.USUAL_PACE)
    return posted


def event_of(*, window: Window) -> str:
    """Return what the letters about a window are about: the same window is told once."""
    late = " late" if window.is_late else ""
    return f"{window.period:%Y-%m} {window.first_day}–{window.last_day}{late}"


@dataclass(frozen=True, slots=True)
class _Person:
    pk: int
    email: str
    language: str
    books: tuple[int, ...]


def _people(at: datetime) -> Iterator[list[_Person]]:
    """Yield everybody who may declare for some payment book, many at a time; two queries each time."""
    books = PaymentBook.objects.open(on=timezone.localdate(at)).filter(
        managing_company__declares_readings=True
    )
    may_declare = Q(granted_by__isnull=True) | Q(scope__in=TERMS[Capability.DECLARE].guests)
    rows = (
        Access.objects.live(at=at)
        .filter(may_declare, person__is_active=True, payment_book__in=books)
        .order_by("person_id")
    )
    last = 0
    while ids := list(
        rows.filter(person_id__gt=last).values_list("person_id", flat=True).distinct()[:_PEOPLE_AT_A_TIME]
    ):
        last = ids[-1]
        books_of: dict[tuple[int, str, str], set[int]] = {}
        for pk, email, language, book in rows.filter(person_id__in=ids).values_list(
            "person_id", "person__email", "person__language", "payment_book_id"
        ):
            books_of.setdefault((pk, email, language), set()).add(book)
        yield [_Person(*who, books=tuple(sorted(theirs))) for who, theirs in books_of.items()]


def _without_letter(people: list[_Person], told: Told, event: str) -> list[_Person]:
    letters = Letter.objects.filter(kind=told, event=event, address__in=[one.email for one in people])
    written_to = set(letters.values_list("address", flat=True))
    return [one for one in people if one.email not in written_to]


def _undeclared(people: list[_Person], window: Window, where: _Where, at: datetime) -> set[int]:
    """Return which of these people have something undeclared in the window; two queries for all of them."""
    books = {book for one in people for book in one.books}
    if not books:
        return set()
    on = timezone.localdate(at)
    # Here as in `Meter.objects.in_place`, said of the meters of premises.
    rows = BookPremises.objects.filter(
        where.premises(),
        Q(property__meters__installed_on__isnull=True) | Q(property__meters__installed_on__lte=on),
        Q(property__meters__removed_on__isnull=True) | Q(property__meters__removed_on__gte=on),
        property__meters__is_remote=False,
        payment_book__in=books,
    )
    meters: dict[int, set[int]] = {}
    for book, meter in rows.order_by().values_list("payment_book_id", "property__meters"):
        meters.setdefault(book, set()).add(meter)
    every = set().union(*meters.values()) if meters else set()
    declared = set(
        Reading.objects.current()
        .filter(meter__in=every, period=window.period, kind=Reading.Kind.MONTHLY)
        .values_list("meter_id", "payment_book_id")
    )
    return {one.pk for one in people if _has_undeclared(one, meters, declared)}


def _has_undeclared(person: _Person, meters: dict[int, set[int]], declared: set[tuple[int, int]]) -> bool:
    # A meter in several of one's books is declared for the oldest of them.
    book_of = {meter: book for book in reversed(person.books) for meter in meters.get(book, ())}
    return any(pair not in declared for pair in book_of.items())


# ── What of it is still to be done ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What one person may declare in one window."""

    person: User
    window: Window
    meters: tuple[OwnMeter, ...]
    undeclared: tuple[OwnMeter, ...]


def declaration_of(*, person: User, window: Window, at: datetime) -> Declaration:
    """Return the person's meters in this window, if it is open for them at that moment; two queries."""
    today = timezone.localdate(at)
    mine = meters_of(user=person, at=at)
    known = histories.read(pairs=[(one.pk, one.payment_book_id) for one in mine], on=today)
    found = [
        (one, facts)
        for one in mine
        if _is_declared_by_hand(facts := known[one.pk, one.payment_book_id], today)
        and is_same(open_window(days=facts.days, at=at, late=facts.late), window)
    ]
    return Declaration(
        person=person,
        window=window,
        meters=tuple(one for one, _facts in found),
        undeclared=tuple(one for one, facts in found if facts.current(window.period) is None),
    )


def _is_declared_by_hand(facts: Facts, today: date) -> bool:
    return (
        not facts.is_remote
        and (facts.installed_on is None or facts.installed_on <= today)
        and (facts.removed_on is None or facts.removed_on >= today)
    )


def is_same(one: Window | None, other: Window) -> bool:
    """Tell whether two windows are the same to the second, which is how they are written in links."""
    return one is not None and written(one) == written(other)


def written(window: Window) -> str:
    """Return a window as it stands in letters and links: its month, its moments, whether it is a late one."""
    moments = f"{round(window.opens_at.timestamp())}-{round(window.ends_at.timestamp())}"
    return f"{window.period:%Y%m}-{moments}" + ("-late" if window.is_late else "")


def read_window(text: str) -> Window:
    """Return the window that was written so; raise ValueError when it is none."""
    period, opens, ends, *late = text.split("-")
    if late not in ([], ["late"]):
        raise ValueError("no window")
    return Window(
        period=datetime.strptime(period, "%Y%m").replace(tzinfo=VILNIUS).date(),
        opens_at=datetime.fromtimestamp(int(opens), VILNIUS),
        ends_at=datetime.fromtimestamp(int(ends), VILNIUS),
        is_late=bool(late),
    )


def addresses_of(*, meters: Iterable[OwnMeter]) -> list[str]:
    """Return the addresses of the premises where these meters are, each once; one query."""
    places = {one.meter.property_id for one in meters}
    return [place.address for place in Property.objects.filter(pk__in=places).select_related("building")]
