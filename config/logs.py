"""Log lines that a machine can read and that name nobody."""

import json
import logging
from datetime import UTC, datetime


class JsonFormatter(logging.Formatter):
    """Write one JSON object a line: message template without its arguments, exception without values.

    Arguments of a message may hold an email or a code, so only the address path and ids stay.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": str(record.msg),
        }
        request = getattr(record, "request", None)
        if request is not None:
            entry["method"] = getattr(request, "method", None)
            entry["view"] = getattr(getattr(request, "resolver_match", None), "view_name", None)
            # Only who is known already: asking for it would fail with the database that may be what broke.
            entry["user_id"] = getattr(getattr(request, "_cached_user", None), "pk", None)
        if hasattr(record, "status_code"):
            entry["status"] = record.status_code
        if record.exc_info and record.exc_info[0] is not None:
            entry["exception"] = record.exc_info[0].__name__
            entry["where"] = _frames(record.exc_info[2])
        return json.dumps(entry, ensure_ascii=False)


def _frames(traceback: object) -> list[str]:
    """Return file:line of the last frames; never the values in them."""
    places: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code  # type: ignore[attr-defined]
        places.append(f"{code.co_filename.rsplit('/site-packages/', 1)[-1]}:{traceback.tb_lineno}")  # type: ignore[attr-defined]
        traceback = traceback.tb_next  # type: ignore[attr-defined]
    return places[-12:]
