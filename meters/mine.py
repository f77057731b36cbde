"""The meters with which a person may declare, each with the payment book that it is declared for."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from properties.capabilities import Capability
from properties.models import BookPremises, PaymentBook
from properties.prepared import Prepared

from .models import Meter, ReadingCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A reading that waits for staff, or their refusal of it."""

    period: date
    value: Decimal
    sent_at: datetime
    # Empty while it waits.
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMeter:
    meter: Meter
    payment_book_id: int
    # Newest first.
    sent: tuple[Sent, ...] = ()

    @property
    def pk(self) -> int:
        """Return the meter's id."""
        return self.meter.pk


def meters_of(*, user: Any, at: datetime) -> list[OwnMeter]:
    """Return the meters that this person may declare at this moment, removed and remote ones too; one query.

    A meter in several of one's books is declared for the oldest of them.
    """
    return [
        OwnMeter(
            meter=meter,
            payment_book_id=meter.book_id,
            sent=tuple(_sent(case) for case in meter.heard if case["book"] == meter.book_id),
        )
        for meter in _OF_PERSON.rows(user=user, at=at)
    ]


def meters_to_declare(*, user: Any, at: datetime) -> list[OwnMeter]:
    """Return the same for a press, which shows nothing of what was sent to staff; one query."""
    return [
        OwnMeter(meter=meter, payment_book_id=meter.book_id) for meter in _TO_DECLARE.rows(user=user, at=at)
    ]


def _of_person(user: Any, at: datetime) -> QuerySet[Any, Any]:
    mine: QuerySet[Any, Any] = _to_declare(user, at).annotate(heard=_cases())
    return mine


def _to_declare(user: Any, at: datetime) -> QuerySet[Any, Any]:
    books = PaymentBook.objects.visible_to(user, Capability.DECLARE, at=at)
    premises = BookPremises.objects.filter(property=OuterRef("property"), payment_book__in=books)
    first = premises.order_by("payment_book_id").values("payment_book_id")[:1]
    meters = Meter.objects.visible_to(user, Capability.DECLARE, at=at)
    mine: QuerySet[Any, Any] = meters.annotate(book_id=Subquery(first)).order_by()
    return mine


def _for_a_press(user: Any, at: datetime) -> QuerySet[Any, Any]:
    # What a meter is called by when it is declared; anything else would be fetched when asked for.
    return _to_declare(user, at).only("type", "place", "serial", "register", "unit")


_TO_DECLARE: Prepared[Any] = Prepared(_for_a_press)
_OF_PERSON: Prepared[Any] = Prepared(_of_person)


def _cases() -> ArraySubquery:
    """Return an annotation: readings sent to staff, those of which a person still wants to hear."""
    row = JSONObject(
        book=F("payment_book_id"), period="period", value="value", sent_at="sent_at", outcome="outcome",
        reason="reason",
    )  # fmt: skip
    heard = ReadingCase.objects.filter(Q(settled_at__isnull=True) | Q(outcome=ReadingCase.Outcome.REFUSED))
    return ArraySubquery(heard.filter(meter=OuterRef("pk")).order_by("-sent_at", "-pk").values(row=row)[:3])


def _sent(case: dict[str, Any]) -> Sent:
    return Sent(
        period=date.fromisoformat(case["period"]),
        value=Decimal(str(case["value"])),
        sent_at=datetime.fromisoformat(case["sent_at"]),
        outcome=case["outcome"],
        reason=case["reason"],
    )
