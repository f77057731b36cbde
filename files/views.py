"""How a kept file leaves: as what it is, to somebody who was let through a gate."""

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header


def hand_out(*, file: FieldFile, name: str, content_type: str, is_download: bool = False) -> HttpResponse:
    """Hand out a kept file to somebody who was let through a gate;
    raise Http404 when it is no longer there."""
    try:
        with file.open() as kept:
            content = kept.read()
    except (FileNotFoundError, ValueError) as gone:
        raise Http404("the file is not there") from gone
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": content_disposition_header(is_download, name) or "inline",
            "X-Content-Type-Options": "nosniff",
        },
    )
