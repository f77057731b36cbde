"""The page „Deklaruotų skaitiklių duomenys“ and its files."""

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from properties.capabilities import Capability
from properties.models import Property
from properties.objects import OwnObject, may_of, objects_of

from . import table_files
from .charts import charts_of, last_period
from .history import all_of, history_of
from .history_forms import HistoryFilter
from .listed import Place
from .medians import Median, medians_of

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Show a page of readings, on the first one with the charts."""
    at = timezone.now()
    own_objects = objects_of(user=request.user, at=at)
    objects = _readable(own_objects)
    filters = _filters(request, objects)
    wanted = filters.wanted()
    page = history_of(user=request.user, objects=objects, wanted=wanted, at=at)
    shown = [objects[book] for book in wanted.books]
    period = last_period(readings=page.recent)
    closed = {own.book.pk for own in shown if own.book.closed_on}
    medians = _medians(shown, period)
    charts = charts_of(readings=page.recent, medians=medians, closed=closed)
    context = {
        "may": may_of(own_objects),
        "filters": filters,
        "is_narrowed": bool(wanted.type or wanted.book or wanted.since or wanted.until),
        "has_objects": bool(objects),
        # A list of anything else than what was asked for would mislead.
        "rows": [] if filters.wrong_days else page.rows,
        "charts": charts,
        "are_narrow": len(charts) > 1 and all(chart.is_narrow for chart in charts),
        "is_first_page": wanted.before is None,
        "addresses": _addresses(filters, None if filters.wrong_days else page.next),
    }
    return render(request, "meters/history.html", context)


@require_safe
def history_csv(request: HttpRequest) -> HttpResponse:
    """Give everything that the pages show as a CSV."""
    return _file(request, table_files.as_csv, CSV, "csv")


@require_safe
def history_xlsx(request: HttpRequest) -> HttpResponse:
    """Give everything that the pages show as a workbook."""
    return _file(request, table_files.as_xlsx, XLSX, "xlsx")


def _file(request: HttpRequest, written: Callable[..., bytes], kind: str, ending: str) -> HttpResponse:
    at = timezone.now()
    objects = _readable(objects_of(user=request.user, at=at))
    filters = _filters(request, objects)
    if filters.wrong_days:
        # The page says what is wrong.
        return redirect(_address(reverse("meters:history"), filters.typed()))
    wanted = filters.wanted(whole=True)
    entries = all_of(user=request.user, objects=objects, wanted=wanted, at=at)
    name = pgettext("file name", "readings")
    named = f'attachment; filename="{name}-{timezone.localdate(at).isoformat()}.{ending}"'
    return HttpResponse(written(entries=entries), content_type=kind, headers={"Content-Disposition": named})


def _filters(request: HttpRequest, objects: dict[int, OwnObject]) -> HistoryFilter:
    filters = HistoryFilter(request.GET, objects=objects)
    if filters.is_of_strange_object:
        raise Http404("not one of this person's objects")
    return filters


def _readable(objects: list[OwnObject]) -> dict[int, OwnObject]:
    return {own.book.pk: own for own in objects if Capability.SEE_READINGS in own.may}


def _medians(shown: list[OwnObject], period: date | None) -> dict[tuple[str, str], Median]:
    """Ask what the neighbours used, where the charts are of one flat."""
    places = [place for own in shown for place in own.premises]
    if period is None or len(places) != 1 or places[0].kind != Property.Kind.FLAT:
        return {}
    return medians_of(building_id=places[0].building_id, period=period)


def _addresses(filters: HistoryFilter, following: Place | None) -> dict[str, str]:
    """Return where one goes from here, with what was chosen; `older` is empty on the last page."""
    page, chosen = reverse("meters:history"), filters.chosen()
    return {
        "page": page,
        "newest": _address(page, chosen),
        "older": _address(page, {**chosen, "before": str(following)}) if following else "",
        "csv": _address(reverse("meters:history_csv"), chosen),
        "xlsx": _address(reverse("meters:history_xlsx"), chosen),
    }


def _address(page: str, chosen: dict[str, Any]) -> str:
    return f"{page}?{urlencode(chosen)}" if chosen else page
