"""A person's objects: the payment books they may use, each with the premises it is for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from lithuanian.dates import long_day

from .capabilities import Capability
from .models import BookPremises, PaymentBook, Property

_HOMES_FIRST = {kind.value: place for place, kind in enumerate(Property.Kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnObject:
    """One payment book as its people know it: by address."""

    book: PaymentBook
    premises: list[Property]
    shows_invoices: bool

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
    """Return what this person may use at this moment: open ones first, homes before garages; two queries."""
    may_see_invoices = PaymentBook.objects.visible_to(user, Capability.SEE_INVOICES, at=at)
    books = list(
        PaymentBook.objects.visible_to(user, Capability.SEE_OBJECT, at=at)
        .annotate(shows_invoices=Exists(may_see_invoices.filter(pk=OuterRef("pk"))))
        .select_related("managing_company")
    )
    if not books:
        return []
    premises = _premises_of(book.pk for book in books)
    today = timezone.localdate(at)
    return sorted(
        (
            OwnObject(book=book, premises=premises.get(book.pk, []), shows_invoices=book.shows_invoices)
            for book in books
        ),
        key=lambda own: (
            own.book.closed_on is not None and own.book.closed_on < today,
            _HOMES_FIRST[own.kind],
            [(place.building.sort_key, place.sort_key) for place in own.premises],
            own.book.pk,
        ),
    )


def object_of(*, book: PaymentBook, shows_invoices: bool) -> OwnObject:
    """Return one payment book, already let through the gate, with its premises; one query."""
    premises = _premises_of([book.pk])
    return OwnObject(book=book, premises=premises.get(book.pk, []), shows_invoices=shows_invoices)


def _premises_of(books: Iterable[int]) -> dict[int, list[Property]]:
    found: dict[int, list[Property]] = {}
    rows = BookPremises.objects.filter(payment_book__in=list(books)).select_related("property__building")
    for row in rows.order_by("property__building__sort_key", "property__sort_key", "property_id"):
        found.setdefault(row.payment_book_id, []).append(row.property)
    return found
