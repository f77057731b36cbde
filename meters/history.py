"""The readings of a person's payment books, newest first, each with what was used since the one before.

A page holds while new rows come in: the next one begins below where it ended. What is before a book's first
day belongs to somebody else: of it only the value and the day of the handover are shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from lithuanian.numbers import NO_BREAK_SPACE
from properties.objects import OwnObject

from . import listed
from .consumption import Used
from .listed import FROM_FILES, PAGE, Place, Told, Wanted
from .models import Meter, Reading
from .naming import title_of
from .typed import value_words

Source = Reading.Source
Kind = Reading.Kind

# From the 15th of a month to the 27th of the next there are 43 days at most.
_LONGER_THAN_A_MONTH = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One reading as its people may know it."""

    reading: Told
    address: str
    # False: the last reading of the owner before, of which the value and the day are known.
    is_own: bool = True
    who: str = ""

    @property
    def meter(self) -> Meter:
        """Return the dial."""
        return self.reading.meter

    @property
    def used(self) -> Used | None:
        """Return what was used since the reading before; nothing of what came with the object."""
        return self.reading.used if self.is_own else None

    @property
    def declared_on(self) -> date:
        """Return the day of declaring; of what came in a file, and of a handover, the day it was read."""
        if not self.is_own or self.reading.source in FROM_FILES:
            return self.reading.read_on
        return timezone.localdate(self.reading.declared_at)

    @property
    def how(self) -> str:
        """Return who declares so in general: a resident, staff, a file, a device, an estimate."""
        return str(Source(self.reading.source).label) if self.is_own else ""

    @property
    def kind(self) -> str:
        """Return what sort of reading it is, where it is not a monthly one."""
        if not self.is_own:
            return str(Kind.HANDOVER.label)
        return "" if self.reading.kind == Kind.MONTHLY else self.any_kind

    @property
    def any_kind(self) -> str:
        """Return what sort of reading it is."""
        return str(Kind(self.reading.kind).label)


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
    # Where the photo of the dial is.
    photo: str = ""

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
    recent: list[Told]


def history_of(*, user: Any, objects: dict[int, OwnObject], wanted: Wanted, at: datetime) -> History:
    """Return a page of readings, on the first one with the last 13 months for the charts; one query."""
    found = listed.page_of(objects=objects, wanted=wanted, at=at)
    # Of somebody who held the book before, too, the handover is a reading like any other.
    by_id = {row.pk: row for part in ("handover", "own") for row in found if row.part == part}
    newest = sorted(by_id.values(), key=lambda row: (row.read_on, row.pk), reverse=True)
    shown = newest[:PAGE]
    last = shown[-1] if len(newest) > PAGE else None
    return History(
        rows=[_row(entry) for entry in _entries(shown, user=user, objects=objects)],
        next=Place(last.read_on, last.pk) if last else None,
        recent=[row for row in found if row.part == "recent"],
    )


def all_of(*, user: Any, objects: dict[int, OwnObject], wanted: Wanted, at: datetime) -> Iterator[Entry]:
    """Yield everything that the pages show, for a file; a query per thousand readings."""
    found = listed.all_of(objects=objects, wanted=wanted, at=at)
    yield from _entries(found, user=user, objects=objects)


def _entries(readings: Iterable[Told], *, user: Any, objects: dict[int, OwnObject]) -> Iterator[Entry]:
    places = {place.pk: (own, place.address) for own in reversed(objects.values()) for place in own.premises}
    for reading in readings:
        if reading.part == "handover":
            _own, address = places[reading.meter.property_id]
            yield Entry(reading=reading, address=address, is_own=False)
            continue
        own = objects[reading.payment_book_id]
        _other, address = places.get(reading.meter.property_id, (own, own.address))
        yield Entry(reading=reading, address=address, who=_who(reading, own, user))


def _who(reading: Told, own: OwnObject, user: Any) -> str:
    """Return who declared it, as far as this person may know.

    Holders know everybody who uses their object; a guest knows the holders and no other guest. Of the company
    nobody is named.
    """
    person = reading.person
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
        photo=reverse("meters:reading_photo", args=[reading.pk]) if reading.has_photo else "",
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
