"""The readings of a person's payment books, newest first, each with what was used since the one before.

A page holds while new rows come in: the next one begins below where it ended. What is before a book's first
day belongs to somebody else: of it only the value and the day of the handover are shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from lithuanian.numbers import NO_BREAK_SPACE
from properties.objects import OwnObject

from .consumption import Used, used_by
from .histories import handover
from .models import Meter, Reading
from .naming import title_of
from .typed import value_words
from .window import midnight, month_before

PAGE = 24
# This month and the 12 before it.
MONTHS = 13
_BATCH = 1000

Source = Reading.Source
Kind = Reading.Kind

# Such readings came in files: they were read on a day and never declared.
FROM_FILES = (Source.IMPORT, Source.REMOTE, Source.ESTIMATE)
# From the 15th of a month to the 27th of the next there are 43 days at most.
_LONGER_THAN_A_MONTH = 45


class Place(NamedTuple):
    """Where a page ended: the next one starts below it, whatever was added meanwhile."""

    read_on: date
    reading_id: int

    def __str__(self) -> str:
        return f"{self.read_on.isoformat()}_{self.reading_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the list is narrowed to; `book` is the chosen object, `books` all that are looked at."""

    books: tuple[int, ...]
    book: int | None = None
    type: str = ""
    # Days of declaring, the last one included.
    since: date | None = None
    until: date | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One reading as its people may know it."""

    reading: Reading
    address: str
    # Nothing where nothing stands before it, and of what came with the object.
    used: Used | None
    # False: the last reading of the owner before, of which the value and the day are known.
    is_own: bool = True
    who: str = ""

    @property
    def meter(self) -> Meter:
        """Return the dial."""
        meter: Meter = self.reading.meter
        return meter

    @property
    def declared_on(self) -> date:
        """Return the day of declaring; of what came in a file, and of a handover, the day it was read."""
        if not self.is_own or self.reading.source in FROM_FILES:
            read_on: date = self.reading.read_on
            return read_on
        return timezone.localdate(self.reading.declared_at)

    @property
    def how(self) -> str:
        """Return who declares so in general: a resident, staff, a file, a device, an estimate."""
        return str(self.reading.get_source_display()) if self.is_own else ""

    @property
    def kind(self) -> str:
        """Return what sort of reading it is, where it is not a monthly one."""
        if not self.is_own:
            return str(Kind.HANDOVER.label)
        return "" if self.reading.kind == Kind.MONTHLY else str(self.reading.get_kind_display())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table, in ready words."""

    title: str
    number: str
    address: str
    day: str
    said: str
    value: str
    used: str
    notes: tuple[str, ...] = ()

    @property
    def street(self) -> str:
        """Return the address up to its number."""
        return self._parts[0]

    @property
    def door(self) -> str:
        """Return „8-15“, which is read as one and must not break at its hyphen."""
        return self._parts[1] + self._parts[2]

    @property
    def town(self) -> str:
        """Return what stands after the number."""
        return self._parts[3]

    @property
    def _parts(self) -> tuple[str, str, str, str]:
        before, comma, town = self.address.rpartition(", ")
        street, _space, door = before.rpartition(" ")
        return street, door, comma.strip(), town


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One page; `next` is empty on the last. `recent` is what the charts are drawn of, on the first page."""

    rows: list[Row]
    next: Place | None
    recent: list[Reading]
    used: dict[int, Used]


def history_of(*, user: Any, objects: dict[int, OwnObject], wanted: Wanted, at: datetime) -> History:
    """Return a page of readings and the last 13 months for the charts; two queries."""
    # Found first and read afterwards: of all that their people have, only a page is joined with its meters.
    page = _listed(user, wanted, at).values("pk")[: PAGE + 1]
    rows = Reading.objects.filter(pk__in=page).select_related("meter", "declared_by").order_by()
    parts: list[Any] = [rows.annotate(part=Value("own"))]
    parts.append(_handovers(wanted).annotate(part=Value("handover")))
    if wanted.before is None:
        parts.append(_recent(user, wanted, at).annotate(part=Value("recent")))
    found: Iterable[Any] = list(parts[0].union(*parts[1:], all=True))
    # Of somebody who held the book before, too, the handover is a reading like any other.
    by_id = {row.pk: row for part in ("handover", "own") for row in found if row.part == part}
    listed = sorted(by_id.values(), key=lambda row: (row.read_on, row.pk), reverse=True)
    recent = [row for row in found if row.part == "recent"]
    shown = listed[:PAGE]
    used = used_by(readings=[row for row in (*shown, *recent) if row.part != "handover"])
    entries = _entries(shown, used, user=user, objects=objects)
    last = shown[-1] if len(listed) > PAGE else None
    return History(
        rows=[_row(entry) for entry in entries],
        next=Place(last.read_on, last.pk) if last else None,
        recent=recent,
        used=used,
    )


def all_of(*, user: Any, objects: dict[int, OwnObject], wanted: Wanted, at: datetime) -> Iterator[Entry]:
    """Yield everything that the pages show, for a file; a query per thousand readings."""
    handed = {row.pk: row for row in _handovers(wanted).annotate(part=Value("handover"))}
    own = _listed(user, wanted, at).annotate(part=Value("own")).iterator(chunk_size=_BATCH)
    while batch := list(islice(own, _BATCH)):
        yield from _entries(batch, used_by(readings=batch), user=user, objects=objects)
        for reading in batch:
            handed.pop(reading.pk, None)
    yield from _entries(handed.values(), {}, user=user, objects=objects)


# What the next owner begins with, unless their own book has a reading of the same day for that.
_HANDED_OVER = f"""
SELECT h.id FROM properties_paymentbook b
JOIN properties_bookpremises bp ON bp.payment_book_id = b.id
JOIN meters_meter m ON m.property_id = bp.property_id
    AND (m.removed_on IS NULL OR m.removed_on >= b.opened_on)
CROSS JOIN LATERAL ({handover("m")}) h
WHERE b.id = ANY(%s) AND b.opened_on IS NOT NULL AND NOT EXISTS (
    SELECT FROM meters_reading own
    WHERE own.meter_id = m.id AND own.payment_book_id = b.id AND own.replaced_at IS NULL
      AND own.kind IN ('handover', 'opening') AND own.read_on = b.opened_on
)
"""  # noqa: S608 - no part of it comes from outside

# ── Read ────────────────────────────────────────────────────────────────────────────────────────


def _listed(user: Any, wanted: Wanted, at: datetime) -> QuerySet[Reading]:
    found = Reading.objects.visible_to(user, at=at, among=wanted.books).filter(
        Q(source__in=FROM_FILES, **_between("read_on", wanted.since, wanted.until))
        | Q(~Q(source__in=FROM_FILES), **_moments("declared_at", wanted.since, wanted.until)),
    )
    return _narrowed(found, wanted).order_by("-read_on", "-pk")


def _handovers(wanted: Wanted) -> QuerySet[Reading]:
    """Return what the meters showed when the books began, one a meter."""
    ids = RawSQL(_HANDED_OVER, [list(wanted.books)])  # noqa: S611 - no part of it comes from outside
    between = Q(**_between("read_on", wanted.since, wanted.until))
    return _narrowed(Reading.objects.filter(between, pk__in=ids), wanted).order_by()


def _recent(user: Any, wanted: Wanted, at: datetime) -> QuerySet[Reading]:
    first = timezone.localdate(at)
    for _month in range(MONTHS):
        first = month_before(first)
    found = Reading.objects.visible_to(user, at=at, among=wanted.books).filter(period__gte=first)
    # A period's reading is never far from it; the index is by day.
    found = found.filter(read_on__gte=first - timedelta(days=62))
    return _of_type(found, wanted).select_related("meter", "declared_by").order_by()


def _narrowed(found: QuerySet[Reading], wanted: Wanted) -> QuerySet[Reading]:
    if wanted.before is not None:
        day, pk = wanted.before
        found = found.filter(Q(read_on__lt=day) | Q(read_on=day, pk__lt=pk))
    return _of_type(found, wanted).select_related("meter", "declared_by")


def _of_type(found: QuerySet[Reading], wanted: Wanted) -> QuerySet[Reading]:
    return found.filter(meter__type=wanted.type) if wanted.type else found


def _between(field: str, since: date | None, until: date | None) -> dict[str, Any]:
    given = {f"{field}__gte": since, f"{field}__lte": until}
    return {name: day for name, day in given.items() if day is not None}


def _moments(field: str, since: date | None, until: date | None) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if since is not None:
        given[f"{field}__gte"] = midnight(since)
    if until is not None and until < date.max:
        given[f"{field}__lt"] = midnight(until + timedelta(days=1))
    return given


# ── Told ────────────────────────────────────────────────────────────────────────────────────────


def _entries(
    readings: Iterable[Any], used: dict[int, Used], *, user: Any, objects: dict[int, OwnObject]
) -> list[Entry]:
    places = {place.pk: (own, place.address) for own in reversed(objects.values()) for place in own.premises}
    entries = []
    for reading in readings:
        if reading.part == "handover":
            _own, address = places[reading.meter.property_id]
            entries.append(Entry(reading=reading, address=address, used=None, is_own=False))
            continue
        own = objects[reading.payment_book_id]
        _other, address = places.get(reading.meter.property_id, (own, own.address))
        entries.append(
            Entry(reading=reading, address=address, used=used.get(reading.pk), who=_who(reading, own, user))
        )
    return entries


def _who(reading: Reading, own: OwnObject, user: Any) -> str:
    """Return who declared it, as far as this person may know.

    Holders know everybody who uses their object; a guest knows the holders and no other guest. Of the company
    nobody is named.
    """
    person = reading.declared_by
    if reading.source != Source.RESIDENT or person is None:
        return ""
    if person == user:
        return pgettext("declared by", "You")
    if own.is_held:
        return str(person.get_full_name())
    return next((holder.name for holder in own.holders if holder.person == person.pk), "")


def with_unit(text: str, unit: str) -> str:
    """Return „482 m³“ that does not break."""
    return f"{text}{NO_BREAK_SPACE}{unit}"


def _row(entry: Entry) -> Row:
    reading, meter, used = entry.reading, entry.meter, entry.used
    return Row(
        title=title_of(type=meter.type, place=meter.place),
        number=_("No. %(serial)s") % {"serial": f"{meter.serial} {meter.register}".rstrip()},
        address=entry.address,
        day=entry.declared_on.isoformat(),
        said=entry.who or entry.how,
        value=with_unit(value_words(reading.value), meter.unit),
        used=with_unit(value_words(used.amount), meter.unit) if used else "",
        # They go on after the number.
        notes=tuple(note[:1].lower() + note[1:] for note in _notes(entry)),
    )


def _notes(entry: Entry) -> Iterator[str]:
    """Yield what a reader would otherwise wonder about."""
    reading, used = entry.reading, entry.used
    if entry.kind:
        yield entry.kind
    if not entry.is_own:
        return
    if reading.read_on != entry.declared_on:
        yield _("Read on %(day)s") % {"day": reading.read_on.isoformat()}
    if used and used.days > _LONGER_THAN_A_MONTH:
        days = ngettext("used in %(n)d day", "used in %(n)d days", used.days) % {"n": used.days}
        yield f"{days} ({used.since.isoformat()} – {used.until.isoformat()})"
    if used and used.spans_replacement:
        yield _("used with the replaced meter counted in")
    if reading.is_rollover:
        yield _("the dial went round")
    if reading.replaces_id:
        yield _("Corrected")
