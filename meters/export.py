"""The file of a company's declared readings of one month, for its accounting system."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from imports.outgoing import Cell, write_table
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
        rows = _rows(readings.filter(pk__gt=last) if since_last else readings)
        count = write_table(path, columns=COLUMNS, rows=rows)
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
        _plain(_previous(reading, used)) if used else None,
        _plain(reading.value),
        _plain(used.amount) if used else None,
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


def _plain(value: Decimal | None) -> Decimal | None:
    """Return a value without the noughts that its column adds."""
    return None if value is None else value.normalize()
