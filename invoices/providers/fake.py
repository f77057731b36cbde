"""A provider for trying things out: a page of our own, „Bandomasis mokėjimas“, that tells us like a real one.

Only where the installation says so (`FAKE_PROVIDER`: development and tests), and never beside a real one.
"""

from collections.abc import Mapping

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import gettext as _

from properties.models import ManagingCompany

from ..models import Order
from .protocol import CURRENCY, LONGEST_NOTICE, Event, Outcome, RefusedNotice

NAME = "fake"
_SALT = "invoices.fake-provider"
_REMEMBERS = 7 * 24 * 60 * 60


def title() -> str:
    """Return what staff call it."""
    return _("Trial payment")


def serves(company: ManagingCompany) -> bool:
    """Tell whether trying out is switched on."""
    return bool(settings.FAKE_PROVIDER)


def is_trial(company: ManagingCompany) -> bool:
    """Call it a trial, as it is."""
    return True


def create(*, order: Order, language: str) -> str:
    """Return the address of the provider's own page."""
    return reverse("invoices:fake_provider", args=[order.number])


def callback(*, company_code: str, data: Mapping[str, str]) -> Event:
    """Return what a notice says; raise RefusedNotice with a code."""
    if not settings.FAKE_PROVIDER:
        raise RefusedNotice("no_such_project")
    packed = data.get("data", "")
    if not packed or len(packed) > LONGEST_NOTICE:
        raise RefusedNotice("no_data")
    try:
        told = signing.loads(packed, salt=_SALT)
    except signing.BadSignature as error:
        raise RefusedNotice("wrong_signature") from error
    match told:
        case {"number": str(number), "outcome": str(said)} if said in set(Outcome) and "\0" not in number:
            order = Order.objects.filter(number=number, managing_company__company_code=company_code).first()
        case _:
            raise RefusedNotice("nonsense")
    if order is None:
        raise RefusedNotice("another_project")
    return _event(order, Outcome(said))


def status(*, order: Order) -> Event | None:
    """Return what was pressed on the provider's page, or nothing while nobody has."""
    pressed = cache.get(_key(order)) if settings.FAKE_PROVIDER else None
    return _event(order, Outcome(pressed)) if pressed else None


def press(*, order: Order, outcome: Outcome) -> dict[str, str]:
    """Take what the payer pressed; return the notice to send, which the provider may also send later."""
    cache.set(_key(order), outcome.value, _REMEMBERS)
    return {"data": signing.dumps({"number": order.number, "outcome": outcome.value}, salt=_SALT)}


def _event(order: Order, outcome: Outcome) -> Event:
    return Event(number=order.number, outcome=outcome, amount=order.amount, currency=CURRENCY, is_test=True)


def _key(order: Order) -> str:
    return f"fake-provider:{order.number}"
