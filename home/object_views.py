from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from properties.objects import may_of, objects_of

from .object import page_of


@require_safe
def own_object(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one of this person's objects."""
    at = timezone.now()
    objects = objects_of(user=request.user, at=at)
    own = next((own for own in objects if own.book.pk == pk), None)
    if own is None:
        raise Http404
    page = page_of(user=request.user, own=own, at=at)
    return render(request, "home/object.html", {"may": may_of(objects), "page": page})
