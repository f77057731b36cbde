"""The page of one payment through a provider: how far it got, and what there is to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from lithuanian.dates import long_day
from lithuanian.numbers import money
from properties.objects import OwnObject

from .models import Order
from .wording import Tag, icon

State = Order.State
# How soon the page looks again while an answer is awaited, in seconds, by the age of the order.
_SOON, _LATER = 4, 20
_IS_NEW = timedelta(minutes=2)
_LOOKS_AGAIN = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class PartOfOrder:
    """How much is paid for which object."""

    address: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """Everything that the page of an order says, in words."""

    number: str
    title: str
    tag: Tag
    words: str
    amount: str
    company: str
    day: str
    parts: list[PartOfOrder]
    # Whether the person may go back to the provider, and whether another try makes sense.
    is_open: bool
    is_lost: bool
    # In how many seconds to look again; 0: not by itself.
    looks_again: int


def order_page(*, order: Order, objects: dict[int, OwnObject], is_cancelled: bool, at: datetime) -> OrderPage:
    """Return the page of an order; `is_cancelled`: the person came back without paying, or says so."""
    waits = order.state == State.STARTED and not is_cancelled
    title, tag, words = _said(order, is_cancelled)
    return OrderPage(
        number=order.number,
        title=title,
        tag=tag,
        words=words,
        amount=money(order.amount),
        company=order.managing_company.name,
        day=long_day(timezone.localdate(order.started_at)),
        parts=[
            PartOfOrder(objects[part.payment_book_id].address, money(part.amount))
            for part in order.parts.all()
        ],
        is_open=order.state == State.STARTED,
        is_lost=order.state == State.FAILED or (order.state == State.STARTED and is_cancelled),
        looks_again=_looks_again(at - order.started_at) if waits else 0,
    )


def _looks_again(age: timedelta) -> int:
    if age > _LOOKS_AGAIN:
        return 0
    return _SOON if age < _IS_NEW else _LATER


def _said(order: Order, is_cancelled: bool) -> tuple[str, Tag, str]:
    if order.state == State.STARTED and is_cancelled:
        return (
            _("The payment is not finished"),
            Tag("warn", icon("clock"), _("Not finished")),
            _("You came back without paying. You may go back to the payment or pay anew."),
        )
    said = {
        State.STARTED: (
            _("Waiting for the answer"),
            Tag("warn", icon("clock"), _("Waiting for an answer")),
            _(
                "The payment provider has not said yet whether the payment succeeded. This page looks again by "
                "itself; you may also close it, the answer will come without it. Do not pay a second time."
            ),
        ),
        State.RECEIVED: (
            _("The payment is received"),
            Tag("ok", icon("check"), _("Received, not yet posted")),
            _(
                "The amount due is lower by this payment already. The company's accounting will post it in a few "
                "working days; there is nothing more for you to do."
            ),
        ),
        State.POSTED: (
            _("The payment is posted"),
            Tag("ok", icon("check"), _("Posted")),
            _("The company's accounting has entered this payment."),
        ),
        State.FAILED: (
            _("The payment did not take place"),
            Tag("bad", icon("x"), _("Not paid")),
            _("The payment provider says that nothing was paid. You may try again."),
        ),
        State.NEEDS_REVIEW: (
            _("The payment is being looked into"),
            Tag("warn", icon("clock"), _("Being looked into")),
            _(
                "What was received is not what was ordered, so the company's staff look into it. Do not pay a second "
                "time; if you have questions, give them the number of the payment."
            ),
        ),
    }
    return said[State(order.state)]
