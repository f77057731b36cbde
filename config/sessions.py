"""Sessions in the database, as Django keeps them; read by a statement that is put into SQL once."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from properties.prepared import Prepared


def _live(*, key: str, at: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=at)


_LIVE: Prepared[Session] = Prepared(_live)


class SessionStore(db.SessionStore):
    """Django's own, but for how one session is found: every page of whoever is signed in asks for it."""

    def _get_session_from_db(self) -> Any:
        """Return the session's row; without one that lives the visitor begins anew."""
        found = _LIVE.rows(key=self.session_key, at=timezone.now())
        if not found:
            self._session_key = None
        return found[0] if found else None
