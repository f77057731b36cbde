"""Whether anything may wait for a person: for most nothing does, and one small question says so instead of two."""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model

from properties import home as properties
from properties.prepared import Prepared
from sharing import home as sharing


def may_wait_for(*, user: Any, at: datetime) -> tuple[bool, bool]:
    """Return whether offers and whether claims may wait for this person, in one query."""
    [found] = _HINTS.rows(user=user, at=at)
    return found


def _hints(*, user: Any, at: datetime) -> Any:
    person = get_user_model().objects.filter(pk=user.pk)
    return person.values_list(sharing.may_wait(at=at), properties.may_wait(at=at))


_HINTS: Prepared[tuple[bool, bool]] = Prepared(_hints)
