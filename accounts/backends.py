"""Who is signed in, found by a statement that is put into SQL once."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from django.db.models import QuerySet

from properties.prepared import Prepared

from .models import User


def _person(*, pk: int) -> QuerySet[User]:
    return User.objects.filter(pk=pk)


_PERSON: Prepared[User] = Prepared(_person)


class AuthenticationBackend(AllauthBackend):  # type: ignore[misc]  # allauth carries no types
    """Allauth's own, but for how the person of a session is found: every page of theirs asks for them."""

    def get_user(self, user_id: int) -> Any:
        """Return the person of a session, or None when they are gone or may not sign in any more."""
        found = _PERSON.rows(pk=user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None
