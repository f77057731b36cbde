"""One import, whole or not at all: read, stage, merge, say what was rejected."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .kinds import Context, Counts, Kind, folded_header
from .models import ImportRun
from .progress import Progress
from .staging import Header, copy_rows, create_staging, read_header, write_errors
from .stopping import Stopped
from .tables import FileNotTaken, Table, open_table


@dataclass(frozen=True)
class Outcome:
    counts: Counts
    warnings: list[str]
    errors_path: Path | None


def errors_path_of(path: Path) -> Path:
    """Return where the rejected rows of a file go: register.csv → register.csv.errors.csv."""
    return path.with_name(f"{path.name}.errors.csv")


def import_file(
    *,
    kind: Kind,
    path: Path,
    company_code: str,
    dry_run: bool,
    at: datetime,
    sends_letters: bool = False,
    progress: Progress | None = None,
    before_commit: Callable[[], None] = lambda: None,
) -> Outcome:
    """Bring the file in, in one transaction; raise FileNotTaken when nothing of it can be taken.

    The file's rejected rows are written beside it; an older errors file goes. With `dry_run` everything
    is done and undone, and only the errors file stays. `before_commit` is called when it is too late to stop.
    """
    progress = progress or Progress()
    if kind.opens:
        table = kind.opens(path)
    else:
        table = open_table(path, knows_header=lambda cell: bool(kind.headers.get(folded_header(cell))))
    first = next(table.rows(), None)
    if first is None:
        raise FileNotTaken(_("%(file)s is empty.") % {"file": path.name})
    header = read_header(kind, first[1])
    errors_path = errors_path_of(path)
    unfinished = errors_path.with_name(f"{errors_path.name}.part")

    def bring_in() -> tuple[Counts, int]:
        with transaction.atomic(), connection.cursor() as cursor:
            create_staging(cursor, kind)
            if not copy_rows(cursor, kind, table, header, progress):
                raise FileNotTaken(_("%(file)s has no rows of data.") % {"file": path.name})
            progress.step(_("comparing with what is on file"))
            counts = kind.merge(
                cursor,
                Context(company_code=company_code, at=at, sends_letters=sends_letters, step=progress.step),
            )
            progress.step(_("checking"))
            # Now and not at the commit, which nothing can stop.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            rejected_rows = write_errors(cursor, table, header, unfinished)
            if dry_run:
                transaction.set_rollback(True)
            else:
                _record(kind, path, company_code, counts, started_at=at)
            before_commit()
        return counts, rejected_rows

    try:
        with _whole_or_not_at_all(path, unfinished):
            counts, rejected_rows = bring_in()
    except Stopped:
        if not dry_run:
            _record(kind, path, company_code, _NOTHING, started_at=at, is_stopped=True)
        raise
    if rejected_rows:
        unfinished.replace(errors_path)
    else:
        errors_path.unlink(missing_ok=True)
    return Outcome(
        counts=counts, warnings=_warnings(table, header), errors_path=errors_path if rejected_rows else None
    )


@contextmanager
def _whole_or_not_at_all(path: Path, unfinished: Path) -> Iterator[None]:
    """Say in words why the database refused the file, and leave no half of its errors behind."""
    try:
        yield
    except BaseException as problem:
        unfinished.unlink(missing_ok=True)
        if isinstance(problem, IntegrityError | DataError):
            raise FileNotTaken(
                _("%(file)s contradicts what is on file (%(rule)s); nothing was written.")
                % {"file": path.name, "rule": _rule_of(problem)}
            ) from problem
        if isinstance(problem, DatabaseError | psycopg.Error):
            raise FileNotTaken(
                _("The database broke off while %(file)s was coming in; nothing was written, try again.")
                % {"file": path.name}
            ) from problem
        raise


def _warnings(table: Table, header: Header) -> list[str]:
    warnings = list(table.notes)
    if table.is_windows_1257:
        warnings.append(_("The file is not UTF-8; it was read as Windows-1257."))
    if header.unknown:
        warnings.append(_("Unknown columns are left out: %(names)s.") % {"names": ", ".join(header.unknown)})
    return warnings


def _rule_of(problem: Exception) -> str:
    """Return the name of the broken constraint; its values may be personal and stay out."""
    diagnosis = getattr(problem.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or type(problem).__name__


_NOTHING = Counts(created=0, updated=0, unchanged=0, rejected=0)


def _record(
    kind: Kind,
    path: Path,
    company_code: str,
    counts: Counts,
    *,
    started_at: datetime,
    is_stopped: bool = False,
) -> None:
    ImportRun.objects.create(
        kind=kind.name,
        company_code=company_code,
        file_name=path.name[:255],
        started_at=started_at,
        finished_at=max(timezone.now(), started_at),
        created=counts.created,
        updated=counts.updated,
        unchanged=counts.unchanged,
        rejected=counts.rejected,
        is_stopped=is_stopped,
    )
