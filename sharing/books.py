"""One's payment books as the page „Kliento informacija“ lists them."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from lithuanian.dates import long_day
from properties.objects import OwnObject


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBook:
    """One payment book in words."""

    address: str
    payer_code: str
    company: str
    opened: str
    closed: str


def books_of(*, objects: list[OwnObject], today: date) -> list[OwnBook]:
    """Return each book with its address, number, company and how long it lasts."""
    return [
        OwnBook(
            address=own.address,
            payer_code=own.book.payer_code,
            company=own.book.managing_company.name,
            opened=_opened_words(own.book.opened_on),
            closed=own.closed_words(today=today),
        )
        for own in objects
    ]


def _opened_words(opened_on: date | None) -> str:
    return _("Open since %(day)s") % {"day": long_day(opened_on)} if opened_on else ""
