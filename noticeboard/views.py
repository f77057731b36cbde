"""The page „Pranešimai ir darbai“, one announcement or work, and files."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from files.views import hand_out
from properties.objects import may_of, objects_of

from . import seen
from .forms import FilesFilter, NoticesFilter
from .items import announcement_item, work_item
from .listing import buildings_of, files_of_building, page_of, papers_of, with_all
from .models import Announcement, Attachment, BuildingFile, Work
from .wording import type_words


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Show what is to come and what has been, a page of it, and note that it was shown."""
    at = timezone.now()
    objects = objects_of(user=request.user, at=at)
    filters = NoticesFilter(request.GET)
    page = page_of(user=request.user, objects=objects, wanted=filters.wanted(), at=at)
    seen.note(user=request.user, items=page.items)
    context = {
        "may": may_of(objects),
        "has_objects": bool(objects),
        "papers": papers_of(objects=objects),
        "page": page,
        "pills": filters.pills(),
        "addresses": filters.addresses(page.next),
    }
    return render(request, "noticeboard/list.html", context)


@require_safe
def announcement(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one announcement in full, and note that it was shown."""
    at = timezone.now()
    rows = with_all(Announcement.objects.visible_to(request.user, at=at), user=request.user)
    row = get_object_or_404(rows, pk=pk)
    item = announcement_item(row, at=at, today=timezone.localdate(at))
    seen.note(user=request.user, items=[item])
    return render(request, "noticeboard/announcement.html", {"item": item, "row": row})


@require_safe
def work(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one work in full, and note that it was shown."""
    at = timezone.now()
    rows = with_all(Work.objects.visible_to(request.user, at=at), user=request.user)
    row = get_object_or_404(rows, pk=pk)
    item = work_item(row, at=at, today=timezone.localdate(at))
    seen.note(user=request.user, items=[item])
    return render(request, "noticeboard/work.html", {"item": item, "row": row})


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out what is attached to an announcement or a work."""
    rows = Attachment.objects.visible_to(request.user, at=timezone.now())
    row = get_object_or_404(rows, pk=pk)
    return hand_out(file=row.file, name=row.name, content_type=row.content_type)


@require_safe
def building_files(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the papers of a building, by kind and year."""
    at = timezone.now()
    building = get_object_or_404(buildings_of(user=request.user, at=at), pk=pk)
    files = files_of_building(user=request.user, building=building, at=at)
    filters = FilesFilter(request.GET, files=files)
    chosen = [(row, type_words(row.content_type, row.size)) for row in filters.chosen()]
    context = {"building": building, "files": chosen, "filters": filters, "has_any": bool(files)}
    return render(request, "noticeboard/building_files.html", context)


@require_safe
def building_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out a paper of a building."""
    rows = BuildingFile.objects.visible_to(request.user, at=timezone.now())
    row = get_object_or_404(rows, pk=pk)
    return hand_out(file=row.file, name=row.name, content_type=row.content_type)
