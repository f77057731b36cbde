"""The floor below „Deklaruoti visus“: the same form, the middleware of `startproject`, and nothing but one INSERT."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone

from config.urls import handler400, handler404, handler429, handler500
from config.urls import urlpatterns as portal
from meters.typed import read_value

__all__ = ["handler400", "handler404", "handler429", "handler500", "urlpatterns"]

# Payment book and company by meter: what the floor does not look up.
KNOWN: dict[int, tuple[int, int]] = {}

INSERT = """
INSERT INTO meters_reading (
    meter_id, managing_company_id, payment_book_id, kind, period, value, read_on, declared_at, source,
    declared_by_id, replaces_id, is_unusual, is_rollover
)
SELECT meter_id, company_id, book_id, 'monthly', %s, value, %s, %s, 'resident', %s, NULL, false, false
FROM unnest((SELECT %s::bigint[]), (SELECT %s::bigint[]), (SELECT %s::bigint[]), (SELECT %s::numeric[]))
AS l(meter_id, company_id, book_id, value)
"""


def values_of(typed: dict[int, Any], *, at: datetime, person: int | None) -> list[Any]:
    """Return the values of INSERT for these readings."""
    today = timezone.localdate(at)
    books = [KNOWN[meter][0] for meter in typed]
    companies = [KNOWN[meter][1] for meter in typed]
    return [today.replace(day=1), today, at, person, list(typed), companies, books, list(typed.values())]


def insert(request: HttpRequest) -> HttpResponse:
    """Put what was typed into the table and lead back to the page."""
    fields = request.POST.items()
    typed = {int(name[4:]): read_value(str(text)) for name, text in fields if name.startswith("now-")}
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values_of(typed, at=timezone.now(), person=request.user.pk))
    return HttpResponseRedirect("/meters")


urlpatterns = [path("bare-post", insert), *portal]
