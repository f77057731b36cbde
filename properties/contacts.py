"""How to reach a managing company, and how fresh what it sent is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lithuanian.dates import long_day

from .models import ManagingCompany


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One company as a resident needs it."""

    name: str
    phone: str
    phone_url: str
    email: str
    # When its amounts were last brought in, in words; empty before the first time.
    updated: str


def contacts_of(*, companies: Iterable[ManagingCompany]) -> list[Contact]:
    """Return each of these companies once, by name."""
    each = {company.pk: company for company in companies}
    return [
        Contact(
            name=company.name,
            phone=company.phone,
            phone_url=f"tel:{''.join(company.phone.split())}",
            email=company.email,
            updated=_updated_words(company),
        )
        for company in sorted(each.values(), key=lambda company: (company.sort_key, company.pk))
    ]


def _updated_words(company: ManagingCompany) -> str:
    moment = company.amounts_updated_at
    return _words_of(moment, get_language()) if moment else ""


# The same for everybody of a company, until it sends anew.
@lru_cache(maxsize=1024)
def _words_of(moment: datetime, _language: str | None) -> str:
    local = timezone.localtime(moment)
    return _("Data updated %(day)s, %(time)s") % {"day": long_day(local.date()), "time": f"{local:%H:%M}"}
