"""What access opens, as data: gates, navigation, buttons and tests all read this table."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Capability(StrEnum):
    SEE_OBJECT = "see_object"
    SEE_INVOICES = "see_invoices"
    SEE_READINGS = "see_readings"
    PAY = "pay"
    DECLARE = "declare"
    ORDER = "order"
    SEE_ACCESS = "see_access"
    SHARE = "share"
    REMOVE = "remove"
    VOTE = "vote"


# The scopes of a guest, as Access.Scope has them.
ALL, DECLARE, INVOICES = "all", "declare", "invoices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Who has a capability beside the holder of an open payment book."""

    # Guests with one of these scopes, while the book is open.
    guests: frozenset[str] = frozenset()
    # Whether a holder keeps it after the book's last day.
    after_closing: bool = False
    # Whether the payer must own the premises; a tenant's book does not count.
    owners_only: bool = False


TERMS: dict[Capability, Terms] = {
    Capability.SEE_OBJECT: Terms(guests=frozenset({ALL, DECLARE, INVOICES}), after_closing=True),
    Capability.SEE_INVOICES: Terms(guests=frozenset({ALL, INVOICES}), after_closing=True),
    Capability.SEE_READINGS: Terms(guests=frozenset({ALL, DECLARE}), after_closing=True),
    Capability.PAY: Terms(guests=frozenset({ALL, INVOICES}), after_closing=True),
    Capability.DECLARE: Terms(guests=frozenset({ALL, DECLARE})),
    Capability.ORDER: Terms(guests=frozenset({ALL})),
    Capability.SEE_ACCESS: Terms(),
    Capability.SHARE: Terms(),
    Capability.REMOVE: Terms(after_closing=True),
    Capability.VOTE: Terms(owners_only=True),
}


def opened_by(
    *, is_holder: bool, scopes: Iterable[str], is_closed: bool, is_owners: bool
) -> frozenset[Capability]:
    """Return what live access to one payment book opens; `scopes` are those of the guest's rows.

    The same table as `PaymentBook.objects.visible_to` reads in SQL.
    """
    scopes = frozenset() if is_closed else frozenset(scopes)
    return frozenset(
        capability
        for capability, terms in TERMS.items()
        if (is_holder or scopes & terms.guests)
        and (terms.after_closing or not is_closed)
        and (is_owners or not terms.owners_only)
    )
