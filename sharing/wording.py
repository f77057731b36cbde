"""Words about a share, the same on pages and in letters."""

from datetime import date

from django.utils.translation import gettext as _

from lithuanian.dates import long_day
from properties.models import Access


def rights_words(scope: str) -> str:
    """Return what a guest with this scope may do, said to the guest."""
    if scope == Access.Scope.DECLARE:
        return _("You may only declare meters.")
    if scope == Access.Scope.INVOICES:
        return _("You may only see invoices and pay.")
    return _("You may see invoices and pay, declare meters and order services.")


def until_words(until_on: date | None) -> str:
    """Return the last day of a share, or nothing when it has none."""
    return _("Valid until %(day)s") % {"day": long_day(until_on)} if until_on else ""
