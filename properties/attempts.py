"""Limits on guessing whose object is whose.

Each attempt takes a slot in a transaction of its own before anything is looked at, so that parallel guesses
count each other; a success gives the slot back. What is left are the day's failures.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from notifications import outbox

from .models import LinkAttempt, ManagingCompany

# A day of Europe/Vilnius.
OF_A_PERSON = 5
OF_A_NETWORK = 20
OF_A_CODE_FROM_A_NETWORK = 5
FAILURES_AT_A_COMPANY = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Leave to try once; past the limit of the code or the company only an activation code proves anything."""

    attempt: LinkAttempt
    # This one included.
    at_company: int


def take(
    *, person: Any, company: ManagingCompany, payer_code_key: str, network: str, at: datetime
) -> Slot | None:
    """Take a slot in a committed transaction; return None when the person or the network has none left.

    Raise RuntimeError inside another transaction, which could undo the slot.
    """
    attempt = LinkAttempt(
        person=person,
        managing_company=company,
        network=network_key(network),
        payer_code_key=payer_code_key[:50],
        day=timezone.localdate(at),
        attempted_at=at,
    )
    with transaction.atomic(durable=True):
        _lock_in_order(attempt)
        taken = _taken(attempt)
        if taken["person"] >= OF_A_PERSON or taken["network"] >= OF_A_NETWORK:
            return None
        attempt.is_name_judged = (
            taken["code"] < OF_A_CODE_FROM_A_NETWORK and taken["company"] < FAILURES_AT_A_COMPANY
        )
        attempt.save()
    return Slot(attempt=attempt, at_company=taken["company"] + 1)


def give_back(*, slot: Slot) -> None:
    """Forget an attempt that succeeded."""
    LinkAttempt.objects.filter(pk=slot.attempt.pk).delete()


def fail(*, slot: Slot, at: datetime) -> None:
    """Leave a failure counted; when names stop counting at its company, tell the staff once that day."""
    if slot.at_company < FAILURES_AT_A_COMPANY:
        return
    company, day = slot.attempt.managing_company, slot.attempt.day
    outbox.post_many(
        drafts=[
            outbox.Draft(
                kind="name_proof_off",
                to=clerk.email,
                event=f"company {company.pk} {day:%Y-%m-%d}",
                language=clerk.language,
                context={"company": company.name, "failures": FAILURES_AT_A_COMPANY},
            )
            for clerk in company.staff.filter(is_active=True, is_staff=True)
        ],
        at=at,
    )


def forget(*, before: date) -> int:
    """Delete attempts of earlier days, which no limit counts, with their network addresses."""
    count, _tables = LinkAttempt.objects.filter(day__lt=before).delete()
    return count


def network_key(address: str) -> str:
    """Return what counts as one network address: of IPv6 the first 64 bits, which one subscriber has."""
    try:
        number = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        return address.strip()[:64]
    if isinstance(number, ipaddress.IPv6Address):
        if number.ipv4_mapped:
            return str(number.ipv4_mapped)
        return str(ipaddress.ip_network((number, 64), strict=False))
    return str(number)


def _taken(attempt: LinkAttempt) -> dict[str, int]:
    """Count the day's slots by everything that is limited."""
    limits = {
        "person": Q(person=attempt.person),
        "network": Q(network=attempt.network),
        "company": Q(managing_company=attempt.managing_company),
    }
    limits["code"] = limits["company"] & limits["network"] & Q(payer_code_key=attempt.payer_code_key)
    today = LinkAttempt.objects.filter(
        limits["person"] | limits["network"] | limits["company"], day=attempt.day
    )
    # Named otherwise than the columns, for which Django would take them.
    counted = today.aggregate(**{f"of_{name}": Count("pk", filter=rule) for name, rule in limits.items()})
    return {name: counted[f"of_{name}"] for name in limits}


def _lock_in_order(attempt: LinkAttempt) -> None:
    """Let one attempt at a time count and take; always in one order, or two could wait for each other.

    The code's limit is within that of its network, whose lock serves for both.
    """
    names = (
        f"person {attempt.person_id}",
        f"network {attempt.network}",
        f"company {attempt.managing_company_id}",
    )
    digests = (hashlib.sha256(f"link attempt of {name}".encode()).digest() for name in names)
    with connection.cursor() as cursor:
        for key in sorted(int.from_bytes(digest[:8], signed=True) for digest in digests):
            cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [key])
