"""The file of a company's declared readings of one month, for its accounting system."""

import csv
import os
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path

import xlsxwriter
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from properties.models import ManagingCompany

from .consumption import Used, used_by
from .dials import capacity
from .models import Reading, ReadingExport, ReadingQuerySet

COLUMNS = (
    "reading_id",
    "payer_code",
    "address",
    "serial",
    "type",
    "register",
    "unit",
    "period",
    "previous_value",
    "value",
    "consumption",
    "read_on",
    "declared_at",
    "source",
    "status",
    "replaces",
    "is_estimate",
)
_BATCH = 1000
# What a spreadsheet takes for a formula; a minus before digits is a number to it.
_FORMULA = ("=", "@", "\t", "\r")

Cell = str | int | Decimal | None
Row = tuple[Cell, ...]


def export(
    *, company: ManagingCompany, period: date, path: Path, at: datetime, since_last: bool = False
) -> int:
    """Write the month's declared readings, CSV or XLSX by the name's ending; return how many.

    With `since_last` only those that no earlier export of the month had. The file appears whole or not at
    all, and before it is remembered what it holds. Raise OSError when it cannot be written.
    """
    newest = _newest_reading()
    with transaction.atomic():
        # Of two exports at once the second begins where the first ended.
        ManagingCompany.objects.select_for_update(no_key=True).get(pk=company.pk)
        exports = ReadingExport.objects.filter(managing_company=company, period=period)
        last = exports.aggregate(last=Max("last_reading_no"))["last"] or 0
        readings = _readings(company, period, newest)
        count = _write_whole(path, _rows(readings.filter(pk__gt=last) if since_last else readings))
        ReadingExport.objects.create(
            managing_company=company, period=period, exported_at=at, last_reading_no=max(newest, last)
        )
    return count


def _newest_reading() -> int:
    """Return the highest number of a reading so far: whoever was writing is done, so no lower one comes later."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE meters_reading IN SHARE MODE")
        cursor.execute("SELECT coalesce(max(id), 0) FROM meters_reading")
        return int(cursor.fetchone()[0])


def _readings(company: ManagingCompany, period: date, newest: int) -> ReadingQuerySet:
    """Return what stood when `newest` was the newest reading: one a meter and payer, estimates where none is real."""
    then = Reading.objects.filter(pk__lte=newest).filter(
        Q(replaced_at__isnull=True)
        | Exists(Reading.objects.filter(replaces=OuterRef("pk"), pk__gt=newest).order_by())
    )
    read = Reading.objects.filter(
        meter=OuterRef("meter"),
        payment_book=OuterRef("payment_book"),
        period=OuterRef("period"),
        kind=Reading.Kind.MONTHLY,
        replaced_at__isnull=True,
    )
    return (
        then.filter(
            Q(kind=Reading.Kind.MONTHLY) | Q(~Exists(read), kind=Reading.Kind.ESTIMATE),
            managing_company=company,
            period=period,
        )
        .select_related("payment_book", "meter__property__building")
        .order_by(
            "meter__property__building__sort_key",
            "meter__property__sort_key",
            "meter__property_id",
            "meter_id",
            "pk",
        )
    )


def _rows(readings: ReadingQuerySet) -> Iterator[Row]:
    found = readings.iterator(chunk_size=_BATCH)
    while batch := list(islice(found, _BATCH)):
        used = used_by(readings=batch)
        for reading in batch:
            yield _row(reading, used.get(reading.pk))


def _row(reading: Reading, used: Used | None) -> Row:
    meter = reading.meter
    return (
        reading.pk,
        reading.payment_book.payer_code,
        meter.property.address,
        meter.serial,
        meter.type,
        meter.register,
        meter.unit,
        f"{reading.period:%Y-%m}",
        _previous(reading, used) if used else None,
        reading.value,
        used.amount if used else None,
        reading.read_on.isoformat(),
        timezone.localtime(reading.declared_at).isoformat(" ", "seconds"),
        reading.source,
        "corrected" if reading.replaces_id else "new",
        reading.replaces_id,
        "yes" if reading.kind == Reading.Kind.ESTIMATE else "no",
    )


def _previous(reading: Reading, used: Used) -> Decimal | None:
    """Return what this dial showed before; a dial put in place of another began with its initial reading."""
    if used.spans_replacement:
        initial: Decimal | None = reading.meter.initial_reading
        return initial
    rolled = capacity(reading.meter.integer_digits) if reading.is_rollover else Decimal(0)
    value: Decimal = reading.value
    return value + rolled - used.amount


# ── Written ─────────────────────────────────────────────────────────────────────────────────────


def _write_whole(path: Path, rows: Iterable[Row]) -> int:
    """Write a file that only its owner may read: it holds addresses and what people use."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        write = _write_xlsx if path.suffix.lower() == ".xlsx" else _write_csv
        count = write(unfinished, rows)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return count


def _write_csv(path: Path, rows: Iterable[Row]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([_as_text(cell) for cell in row])
            count += 1
    return count


def _as_text(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return _plain(cell).replace(".", ",")
    text = "" if cell is None else str(cell)
    runs = text.startswith(_FORMULA) or (text.startswith(("+", "-")) and not set(text).isdisjoint("=|!("))
    return f"'{text}" if runs else text


def _plain(number: Decimal) -> str:
    """Return a number without the noughts that its column adds and without an exponent."""
    return format(number.normalize(), "f")


def _write_xlsx(path: Path, rows: Iterable[Row]) -> int:
    count = 0
    # Text cells are typed as text, so nothing in them is ever a formula, a number or a link.
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for count, row in enumerate(chain((COLUMNS,), rows)):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(count, column, cell)
                elif cell is not None:
                    sheet.write_number(count, column, float(cell))
    return count
