"""What access opens, as data: gates, navigation, buttons and tests all read this table."""

from enum import StrEnum


class Capability(StrEnum):
    SEE_OBJECT = "see_object"
    SEE_INVOICES = "see_invoices"


# Which scopes of a guest include it; a holder may do everything.
GUEST_SCOPES: dict[Capability, frozenset[str]] = {
    Capability.SEE_OBJECT: frozenset({"all", "declare", "invoices"}),
    Capability.SEE_INVOICES: frozenset({"all", "invoices"}),
}
