"""Paysera's checkout: requests and notices are `data`, a query string in url-safe base64, with a signature.

https://developers.paysera.com/en/checkout/integrations/integration-specification
https://developers.paysera.com/en/checkout/integrations/integration-callback

Each company has a project of its own, so that the money goes to its own account. A project is known by its number and
signs with its password; notices must not be encrypted (a setting of the project). Checkout cannot be asked about an
order: a notice that got no „OK“ comes again after an hour, three hours and a day.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from decimal import Decimal
from hashlib import md5
from urllib.parse import parse_qsl, urlencode

from django.conf import settings

from properties.models import ManagingCompany

from ..models import Order
from .protocol import CURRENCY, LONGEST_NOTICE, Event, Outcome, RefusedNotice, callback_url, order_url

NAME = "paysera"
VERSION = "1.6"
_LANGUAGES = {"lt": "LIT", "en": "ENG"}
# 2 is an order that the bank took and may still refuse, 3 says more about the payer, 4 has no confirmation of the bank.
_OUTCOMES = {"0": Outcome.FAILED, "1": Outcome.PAID, "5": Outcome.REFUNDED}
_SAID = ("status", "amount", "currency", "payamount", "paycurrency", "test")
_MOST_FIELDS = 100


def title() -> str:
    """Return what staff call it."""
    return "Paysera"


def serves(company: ManagingCompany) -> bool:
    """Tell whether this installation has a project of this company."""
    # Most pages read a company without its code; it is fetched only where there are projects at all.
    return bool(settings.PAYSERA_PROJECTS) and company.company_code in settings.PAYSERA_PROJECTS


def is_trial(company: ManagingCompany) -> bool:
    """Tell whether the company's project is set to trial payments."""
    return bool(settings.PAYSERA_PROJECTS[company.company_code].get("test", False))


def create(*, order: Order, language: str) -> str:
    """Return the address of Paysera's page for this order; it is told the sum and the number and no name."""
    project = settings.PAYSERA_PROJECTS[order.managing_company.company_code]
    asked = {
        "projectid": project["project"],
        "orderid": order.number,
        "accepturl": order_url(order),
        "cancelurl": f"{order_url(order)}?cancelled=1",
        "callbackurl": callback_url(order),
        "version": VERSION,
        "lang": _LANGUAGES.get(language, "LIT"),
        "amount": _cents(order.amount),
        "currency": CURRENCY,
        "country": "LT",
        "test": int(order.is_test),
    }
    data = urlsafe_b64encode(urlencode(asked).encode()).decode()
    return f"{settings.PAYSERA_URL}?{urlencode({'data': data, 'sign': signature(data, project['password'])})}"


def callback(*, company_code: str, data: Mapping[str, str]) -> Event:
    """Return what a notice to this company says; raise RefusedNotice with a code.

    The signature is checked before the notice is even unpacked.
    """
    project = settings.PAYSERA_PROJECTS.get(company_code)
    if project is None:
        raise RefusedNotice("no_such_project")
    packed, sign = data.get("data", ""), data.get("ss1", "")
    if not packed or len(packed) > LONGEST_NOTICE:
        raise RefusedNotice("no_data")
    if not hmac.compare_digest(signature(packed, project["password"]).encode(), sign.encode()):
        raise RefusedNotice("wrong_signature")
    told = _unpacked(packed)
    if told.get("projectid") != project["project"]:
        raise RefusedNotice("another_project")
    return _event(told)


def status(*, order: Order) -> Event | None:
    """Return nothing: Paysera's checkout tells by itself and cannot be asked."""
    return None


def signature(packed: str, password: str) -> str:
    """Return the signature „ss1“ as Paysera defines it."""
    return md5(f"{packed}{password}".encode(), usedforsecurity=False).hexdigest()


def _unpacked(packed: str) -> dict[str, str]:
    try:
        text = urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        told = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except (binascii.Error, ValueError) as error:
        raise RefusedNotice("unreadable") from error
    if any("\0" in value for value in told.values()):
        raise RefusedNotice("unreadable")
    return told


def _event(told: dict[str, str]) -> Event:
    """Return what a notice says; what was ordered and what was paid must be the same."""
    ordered, currency = told.get("amount", ""), told.get("currency", "")
    paid, paid_in = told.get("payamount") or ordered, told.get("paycurrency") or currency
    words = [f"{name}={told[name]}" for name in _SAID if name in told]
    return Event(
        number=told.get("orderid", "")[:40],
        outcome=_OUTCOMES.get(told.get("status", ""), Outcome.PENDING),
        amount=_euros(ordered) if paid == ordered else None,
        currency=paid_in if currency == CURRENCY else currency,
        is_test=(told.get("test") or "0") != "0",
        reference=told.get("requestid", "")[:40],
        said=" ".join(words)[:100],
    )


def _euros(cents: str) -> Decimal | None:
    is_number = cents.isascii() and cents.isdigit() and len(cents) <= 11
    return Decimal(cents).scaleb(-2) if is_number else None


def _cents(amount: Decimal) -> str:
    return f"{amount.scaleb(2):.0f}"
