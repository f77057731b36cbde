"""A person's objects: the payment books they may use, each with the premises it is for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from lithuanian.dates import long_day

from .capabilities import ALL, DECLARE, INVOICES, Capability, opened_by
from .models import Access, BookPremises, Building, ManagingCompany, PaymentBook, Property
from .prepared import Prepared

_HOMES_FIRST = {kind.value: place for place, kind in enumerate(Property.Kind)}


@dataclass(frozen=True, slots=True)
class Grant:
    """One live access row: a holder's own, or one that the holder's row `granted_by` gives."""

    pk: int
    granted_by: int | None
    scope: str
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who holds the book, by their live access row."""

    access: int
    person: int
    kind: str
    first_name: str
    last_name: str
    company_name: str

    @property
    def name(self) -> str:
        """Return the full name."""
        person = get_user_model()(**{name: getattr(self, name) for name in _OF_PERSON})
        return person.get_full_name()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnObject:
    """One payment book as its people know it: by address."""

    book: PaymentBook
    premises: list[Property]
    may: frozenset[Capability] = frozenset()
    # Live rows of this person: one as holder, or one per holder who shares it.
    grants: tuple[Grant, ...] = ()
    holders: tuple[Holder, ...] = ()

    @property
    def is_held(self) -> bool:
        """Tell whether the person is a holder of it and not a guest."""
        return any(grant.granted_by is None for grant in self.grants)

    @property
    def holder_access(self) -> int:
        """Return the id of the access row by which the person holds it; only of what is held."""
        return next(grant.pk for grant in self.grants if grant.granted_by is None)

    @property
    def hosts(self) -> list[str]:
        """Return the names of the holders who share it with this person, who is a guest."""
        granters = {grant.granted_by for grant in self.grants}
        return [holder.name for holder in self.holders if holder.access in granters]

    @property
    def street_address(self) -> str:
        """Return „Gatvė 8-15“, of each of the premises."""
        return "; ".join(place.street_address for place in self.premises) or self._without_premises

    @property
    def address(self) -> str:
        """Return „Gatvė 8-15, Klaipėda“, of each of the premises."""
        return "; ".join(place.address for place in self.premises) or self._without_premises

    @property
    def city(self) -> str:
        """Return the city, each once when there are several."""
        return ", ".join(dict.fromkeys(place.building.city for place in self.premises))

    @property
    def kind(self) -> str:
        """Return the kind of the first of the premises."""
        return self.premises[0].kind if self.premises else Property.Kind.FLAT

    @property
    def shared_words(self) -> str:
        """Return whose object it is, to a guest; nothing to its holder."""
        return "" if self.is_held else _("Shared by: %(names)s") % {"names": ", ".join(self.hosts)}

    @property
    def guest_words(self) -> str:
        """Return what a guest may do, said to the guest; of several grants they have the union."""
        if self.is_held or not self.grants:
            return ""
        scopes = {grant.scope for grant in self.grants}
        if ALL in scopes:
            return _(
                "You may do what the holder may: see invoices, pay, declare meters, order services. "
                "You cannot share it on, remove it or vote."
            )
        if scopes == {DECLARE}:
            return _("You may only declare meters.")
        if scopes == {INVOICES}:
            return _("You may only see invoices and pay.")
        return _("You may declare meters, see invoices and pay.")

    @property
    def last_day(self) -> date | None:
        """Return the day after which a guest's use of it ends; nothing when it has no end."""
        ends = [grant.ends_at for grant in self.grants]
        lasting = [moment for moment in ends if moment is not None]
        return (
            timezone.localdate(max(lasting) - timedelta.resolution)
            if lasting and len(lasting) == len(ends)
            else None
        )

    def closed_words(self, *, today: date) -> str:
        """Return since when the book is closed, or nothing while it lasts; `closed_on` is its last day."""
        closed_on = self.book.closed_on
        if closed_on is None or closed_on >= today:
            return ""
        return _("Closed, last day %(day)s") % {"day": long_day(closed_on)}

    @property
    def _without_premises(self) -> str:
        return _("Payment book %(payer_code)s") % {"payer_code": self.book.payer_code}


def objects_of(*, user: Any, at: datetime) -> list[OwnObject]:
    """Return what this person may use at this moment: open ones first, homes before garages; one query."""
    if not user.is_authenticated:
        return []
    today = timezone.localdate(at)
    return sorted(
        (own for own in _owns(_ROWS.rows(user=user, at=at), today) if Capability.SEE_OBJECT in own.may),
        key=lambda own: (
            own.book.closed_on is not None and own.book.closed_on < today,
            _HOMES_FIRST[own.kind],
            [(place.building.sort_key, place.sort_key) for place in own.premises],
            own.book.pk,
        ),
    )


# In the order of the models' own fields, as `from_db` takes them; whatever else they have is fetched when asked for.
_OF_PROPERTY = ("id", "building_id", "kind", "unit", "sort_key")
_OF_BUILDING = ("id", "city", "street", "house", "sort_key")
_OF_BOOK = ("id", "managing_company_id", "payer_code", "opened_on", "closed_on", "payer_name", "payer_role")
_OF_COMPANY = (
    "id", "name", "sort_key", "declares_readings", "window_opens", "window_closes", "iban", "beneficiary_name",
    "email", "phone", "amounts_updated_at",
)  # fmt: skip
_OF_GRANT = ("id", "granted_by_id", "scope", "ends_at")
# Where each of them stands in a row of `_ROWS`; the holders come last.
_COLUMNS = (_OF_GRANT, _OF_BOOK, _OF_COMPANY, _OF_PROPERTY, _OF_BUILDING)
_GRANT, _BOOK, _COMPANY, _PROPERTY, _BUILDING = (
    slice(end - len(names), end) for end, names in zip(accumulate(map(len, _COLUMNS)), _COLUMNS, strict=True)
)


def _rows(*, user: Any, at: datetime) -> Any:
    """Return each live access of this person, once with each of the premises of its book.

    What it opens says `opened_by`, by the table that `PaymentBook.objects.visible_to` reads in SQL.
    """
    prefixes = ("", "payment_book__", "payment_book__managing_company__",
                "payment_book__premises__", "payment_book__premises__building__")  # fmt: skip
    columns = (f"{prefix}{name}" for prefix, names in zip(prefixes, _COLUMNS, strict=True) for name in names)
    mine = Access.objects.live(at=at).filter(person=user).order_by("pk")
    return mine.values_list(*columns, _holders(at))


_ROWS: Prepared[tuple[Any, ...]] = Prepared(_rows)


def _owns(rows: list[tuple[Any, ...]], today: date) -> list[OwnObject]:
    of_books: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        of_books.setdefault(row[_BOOK.start], []).append(row)
    return [_own(of_book, today) for of_book in of_books.values()]


def _own(rows: list[tuple[Any, ...]], today: date) -> OwnObject:
    """Return the object that all these rows are of."""
    first = rows[0]
    book = PaymentBook.from_db(DEFAULT_DB_ALIAS, _OF_BOOK, first[_BOOK])
    book.managing_company = ManagingCompany.from_db(DEFAULT_DB_ALIAS, _OF_COMPANY, first[_COMPANY])
    grants = tuple(Grant(*columns) for columns in dict.fromkeys(tuple(row[_GRANT]) for row in rows))
    places = {row[_PROPERTY.start]: row for row in rows if row[_PROPERTY.start] is not None}
    premises = [_place(row[_PROPERTY], row[_BUILDING]) for row in places.values()]
    if len(premises) > 1:
        premises.sort(key=lambda place: (place.building.sort_key, place.sort_key, place.pk))
    return OwnObject(
        book=book,
        premises=premises,
        grants=grants,
        holders=tuple(Holder(**row) for row in first[-1]),
        may=_opened_by(
            is_holder=any(grant.granted_by is None for grant in grants),
            scopes=frozenset(grant.scope for grant in grants if grant.granted_by is not None),
            is_closed=book.closed_on is not None and book.closed_on < today,
            is_owners=book.payer_role == PaymentBook.PayerRole.OWNER,
        ),
    )


# There are few sorts of access: the table is read once for each.
_opened_by = lru_cache(opened_by)


# What makes a name, see `get_full_name`.
_OF_PERSON = ("kind", "first_name", "last_name", "company_name")


def _holders(at: datetime) -> ArraySubquery:
    fields = {name: F(f"person__{name}") for name in _OF_PERSON}
    # A holder's row is live unless it is frozen: no need to ask about those who granted it.
    rows = Access.objects.held(at=at).filter(frozen_at__isnull=True, payment_book=OuterRef("payment_book"))
    return ArraySubquery(
        rows.order_by("pk").values(row=JSONObject(access="pk", person="person_id", **fields))
    )


def object_of(*, book: PaymentBook, rows: Iterable[dict[str, Any]] | None = None) -> OwnObject:
    """Return one payment book, already let through the gate, with its premises.

    One query, or none when `rows` are what `places` annotated.
    """
    if rows is not None:
        return OwnObject(book=book, premises=premises_in(rows))
    found = BookPremises.objects.filter(payment_book=book).select_related("property__building")
    return OwnObject(book=book, premises=[row.property for row in found.order_by(*_BY_ADDRESS)])


def may_of(objects: Iterable[OwnObject]) -> frozenset[Capability]:
    """Return what any of these objects opens; whoever has none yet is kept from no page that explains itself."""
    sets = [own.may for own in objects]
    return frozenset().union(*sets) if sets else frozenset(Capability)


def capabilities_of(*, user: Any, at: datetime) -> frozenset[Capability]:
    """Return the same as `may_of` for a page that reads no objects; one query."""
    today = timezone.localdate(at)
    if not user.is_authenticated:
        return frozenset(Capability)
    sets = [
        opened_by(
            is_holder=granted_by is None,
            scopes=[scope] if granted_by else [],
            is_closed=closed_on is not None and closed_on < today,
            is_owners=payer_role == PaymentBook.PayerRole.OWNER,
        )
        for granted_by, scope, closed_on, payer_role in _TERMS.rows(user=user, at=at)
    ]
    return frozenset().union(*sets) if sets else frozenset(Capability)


def _terms(*, user: Any, at: datetime) -> Any:
    rows = Access.objects.live(at=at).filter(person=user).order_by()
    return rows.values_list("granted_by", "scope", "payment_book__closed_on", "payment_book__payer_role")


_TERMS: Prepared[tuple[int | None, str, date | None, str]] = Prepared(_terms)

_BY_ADDRESS = ("property__building__sort_key", "property__sort_key", "property_id")


def places(*, book: str = "pk") -> ArraySubquery:
    """Return an annotation: the addresses of a payment book's premises, for `premises_in`."""
    fields = {f"p_{name}": F(f"property__{name}") for name in _OF_PROPERTY}
    fields |= {f"b_{name}": F(f"property__building__{name}") for name in _OF_BUILDING}
    rows = BookPremises.objects.filter(payment_book=OuterRef(book)).order_by(*_BY_ADDRESS)
    return ArraySubquery(rows.values(row=JSONObject(**fields)))


def premises_in(rows: Iterable[dict[str, Any]]) -> list[Property]:
    """Return the premises that `places` read."""
    return [
        _place([row[f"p_{name}"] for name in _OF_PROPERTY], [row[f"b_{name}"] for name in _OF_BUILDING])
        for row in rows
    ]


def _place(of_property: Sequence[Any], of_building: Sequence[Any]) -> Property:
    place = Property.from_db(DEFAULT_DB_ALIAS, _OF_PROPERTY, of_property)
    place.building = Building.from_db(DEFAULT_DB_ALIAS, _OF_BUILDING, of_building)
    return place
