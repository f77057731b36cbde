"""One object's own page, in ready words: what it is, who looks after it, what is owed, measured and shared."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, TextField
from django.db.models.functions import Cast, JSONObject
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from invoices.home import Card, Tile, card
from lithuanian.dates import long_day, short_day
from lithuanian.numbers import decimal_words
from lithuanian.sorting import sort_key
from meters.models import Meter
from meters.naming import ICONS, TONES, TYPES, number_of, title_of
from meters.typed import value_words
from noticeboard.of_object import OfObject, of_object
from properties.capabilities import Capability
from properties.contacts import Contact, contacts_of
from properties.models import Access, BookPremises, PaymentBook, Property
from properties.objects import OwnObject
from sharing.page import rights_of
from sharing.wording import until_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """A meter with what it showed last in this payment book's time."""

    title: str
    number: str
    icon: str
    tone: str
    value: str
    # When it was read, or that it was not.
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody else who uses the object."""

    name: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    own: OwnObject
    closed: str
    until: str
    facts: tuple[Fact, ...]
    # One list for each of the premises.
    premises: tuple[tuple[str, tuple[Fact, ...]], ...]
    company: Contact
    company_address: str
    emergency_phone: str
    takes_readings: bool
    invoices: Card | None
    dials: tuple[Dial, ...]
    building: OfObject
    people: tuple[Person, ...]

    @property
    def tile(self) -> Tile | None:
        """Return the amount and the state, for whom invoices are."""
        return self.invoices.tiles[0] if self.invoices else None

    @property
    def emergency_url(self) -> str:
        """Return what a telephone dials."""
        return f"tel:{''.join(self.emergency_phone.split())}"


def page_of(*, user: Any, own: OwnObject, at: datetime) -> Page:
    """Return the page of an object that was let through the gate; three queries, two where no invoices may be seen.

    Of a closed book it says what it was: meters and other people are those of whoever came after.
    """
    today = timezone.localdate(at)
    book = _details(own.book.pk, at).get()
    closed = own.closed_words(today=today)
    company = book.managing_company
    [contact] = contacts_of(companies=[company])
    may_see = Capability.SEE_INVOICES in own.may
    return Page(
        own=own,
        closed=closed,
        until=until_words(own.last_day),
        facts=tuple(_facts(book, is_held=own.is_held)),
        premises=tuple(_premises(book.places)),
        company=contact,
        company_address=company.address,
        emergency_phone=company.emergency_phone,
        takes_readings=company.declares_readings,
        invoices=card(objects=[own], today=today, names_objects=False) if may_see else None,
        dials=()
        if closed or Capability.SEE_READINGS not in own.may
        else tuple(_dial(row, book=book.pk, today=today) for row in sorted(book.dials, key=_order)),
        building=of_object(user=user, book=book, at=at),
        people=tuple(_people(own, book)) if Capability.SEE_ACCESS in own.may else (),
    )


def _details(pk: int, at: datetime) -> Any:
    """Return the payment book with its premises, meters and guests; one query."""
    premises = BookPremises.objects.filter(payment_book=OuterRef("pk"))
    meters = Meter.objects.filter(property__book_premises__payment_book=OuterRef("pk"))
    guests = Access.objects.live(at=at).filter(payment_book=OuterRef("pk"), granted_by__isnull=False)
    return (
        PaymentBook.objects.filter(pk=pk)
        .select_related("managing_company")
        .annotate(
            places=ArraySubquery(premises.order_by(*_BY_ADDRESS).values(row=JSONObject(**_OF_PREMISES))),
            dials=ArraySubquery(
                meters.in_place(on=timezone.localdate(at)).order_by("pk").values(row=JSONObject(**_OF_METER))
            ),
            guests=ArraySubquery(guests.order_by("starts_at", "pk").values(row=JSONObject(**_OF_GUEST))),
        )
    )


_BY_ADDRESS = ("property__building__sort_key", "property__sort_key", "property_id")
_OF_PREMISES = {
    "kind": F("property__kind"),
    "unit": F("property__unit"),
    "staircase": F("property__staircase"),
    "area": Cast("property__area_m2", TextField()),
    "street": F("property__building__street"),
    "house": F("property__building__house"),
    "city": F("property__building__city"),
    "postal_code": F("property__building__postal_code"),
}
_OF_METER = {
    **{name: F(name) for name in ("type", "serial", "register", "place", "unit", "is_remote", "last_on")},
    "book": F("last_book_id"),
    "value": Cast("last_value", TextField()),
}
_OF_GUEST = {
    **{name: F(f"person__{name}") for name in ("kind", "first_name", "last_name", "company_name")},
    "scope": F("scope"),
    "ends_at": F("ends_at"),
}


# ── The object and its premises ─────────────────────────────────────────────────────────────────


def _facts(book: PaymentBook, *, is_held: bool) -> Iterator[Fact]:
    yield Fact(label=_("Payer code"), value=book.payer_code)
    if is_held:
        yield Fact(label=_("Payer"), value=book.payer_name)
    yield Fact(label=_("Payer's role"), value=str(PaymentBook.PayerRole(book.payer_role).label))
    if book.opened_on:
        yield Fact(label=_("Payment book open since"), value=long_day(book.opened_on))
    if book.closed_on:
        yield Fact(label=_("Last day"), value=long_day(book.closed_on))


def _premises(rows: list[dict[str, Any]]) -> Iterator[tuple[str, tuple[Fact, ...]]]:
    for row in rows:
        street = f"{row['street']} {row['house']}" + (f"-{row['unit']}" if row["unit"] else "")
        facts = [
            Fact(label=_("Address"), value=_whole_address(street, row)),
            Fact(label=_("Kind of premises"), value=str(Property.Kind(row["kind"]).label)),
        ]
        if row["area"]:
            facts.append(Fact(label=_("Area"), value=f"{decimal_words(Decimal(row['area']), 0, 2)}\u00a0m²"))
        if row["staircase"]:
            facts.append(Fact(label=_("Staircase"), value=row["staircase"]))
        yield street, tuple(facts)


def _whole_address(street: str, row: dict[str, Any]) -> str:
    """Return the address; a line does not end within „LT-99418“."""
    if not row["postal_code"]:
        return f"{street}, {row['city']}"
    return format_html('{}, <span class="nw">{}</span> {}', street, row["postal_code"], row["city"])


# ── Meters and people ───────────────────────────────────────────────────────────────────────────


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    return sort_key(row["place"]), TYPES.index(Meter.Type(row["type"])), row["serial"], row["register"]


def _dial(row: dict[str, Any], *, book: int, today: date) -> Dial:
    """Return a meter in words; what another payer's book last had of it is not this one's."""
    kind = Meter.Type(row["type"])
    is_own = row["value"] is not None and row["book"] == book
    if is_own:
        day = date.fromisoformat(row["last_on"])
        when = short_day(day) if day.year == today.year else long_day(day)
    else:
        when = _("Read remotely") if row["is_remote"] else _("No readings yet")
    return Dial(
        title=title_of(type=kind, place=row["place"]),
        number=number_of(serial=row["serial"], register=row["register"]),
        icon=f"{static('icons.svg')}#i-{ICONS[kind]}",
        tone=TONES.get(kind, ""),
        value=f"{value_words(Decimal(row['value']))}\u00a0{row['unit']}" if is_own else "",
        when=when,
    )


def _people(own: OwnObject, book: Any) -> Iterator[Person]:
    """Yield the other holders, then the guests of any holder."""
    mine = {grant.pk for grant in own.grants}
    for holder in own.holders:
        if holder.access not in mine:
            yield Person(name=holder.name, terms=(_("Holds this object too"),))
    for row in book.guests:
        terms = (rights_of(row["scope"]), until_words(_last_day(row["ends_at"])))
        yield Person(name=_name(row), terms=tuple(filter(None, terms)))


def _last_day(ends_at: str | None) -> date | None:
    return timezone.localdate(datetime.fromisoformat(ends_at) - timedelta.resolution) if ends_at else None


def _name(row: dict[str, Any]) -> str:
    names = {name: row[name] for name in ("kind", "first_name", "last_name", "company_name")}
    return get_user_model()(**names).get_full_name()
