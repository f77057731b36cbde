"""What every payment provider does for us, and what it says about an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from django.conf import settings
from django.urls import reverse

from properties.models import ManagingCompany

from ..models import Order

CURRENCY = "EUR"
# A notice is a few hundred bytes; beyond this nobody reads on.
LONGEST_NOTICE = 16_000


class Outcome(StrEnum):
    """What became of an order, in the words of all providers."""

    PAID = "paid"
    # Taken by the provider or the bank, and not sure yet.
    PENDING = "pending"
    FAILED = "failed"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a provider says of one order; it is the provider who says it, all else is still to be compared."""

    number: str
    outcome: Outcome
    # Nothing where the provider contradicts itself.
    amount: Decimal | None
    currency: str
    is_test: bool
    reference: str = ""
    # The same in its own words, for whoever has to look into it.
    said: str = ""


class RefusedNotice(ValueError):
    """A notice that the provider did not send, or that is not about us; `args[0]` is a code for the log."""


class Provider(Protocol):
    """How the portal speaks with a provider; each is a module of these functions."""

    NAME: str

    def title(self) -> str:
        """Return what staff call it."""

    def serves(self, company: ManagingCompany) -> bool:
        """Tell whether this company takes payments through it on this installation."""

    def is_trial(self, company: ManagingCompany) -> bool:
        """Tell whether what is ordered for this company is a trial, for which no money moves."""

    def create(self, *, order: Order, language: str) -> str:
        """Return the address at which the person pays this order."""

    def callback(self, *, company_code: str, data: Mapping[str, str]) -> Event:
        """Return what a notice says; raise RefusedNotice before anything is believed."""

    def status(self, *, order: Order) -> Event | None:
        """Return what the provider says when asked; nothing where it cannot be asked or does not know yet."""


def order_url(order: Order) -> str:
    """Return the whole address of the order's page, where the person comes back to."""
    return settings.BASE_URL + reverse("invoices:order", args=[order.number])


def callback_url(order: Order) -> str:
    """Return the whole address at which we are told what became of the order."""
    company = order.managing_company.company_code
    return settings.BASE_URL + reverse("invoices:callback", args=[order.provider, company])
