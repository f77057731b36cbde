"""What happens in the country month by month, in the order of real life: readings, invoices, payments.

Rows of one month lie together on the disk, as importers and residents leave them, and never those of one
book. Amounts add up as on a real bill: opening − received + lines + late interest = total.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from benchmarks.land import HOUSE, copy, dice, insert
from demo.history import HEATING, due_day, issue_day, newest_period, next_month
from meters.dials import DIALS

# Readings are remembered for longer than bills: with 32 months and the opening one a meter has 33, so that
# 600,000 meters have twenty million.
MONTHS_READ = 32
# 24 whole months and the newest: 200,000 books have five million.
MONTHS_BILLED = 25
# For how long people with accounts have declared themselves.
MONTHS_DECLARED = 12

# What hangs in premises by the last digit of their place in the house: thirty meters for ten.
_WATER = (("cold_water", "", "Vonia", 4.0), ("hot_water", "", "Vonia", 2.2))
_POWER = (("electricity", "", "Laiptinė", 130.0),)
_METERS = {
    **dict.fromkeys((0, 1, 2, 3), _WATER + _POWER),
    4: (*_WATER, ("electricity", "T1", "Laiptinė", 110.0), ("electricity", "T2", "Laiptinė", 60.0)),
    5: (*_WATER, ("cold_water", "", "Virtuvė", 2.0), ("hot_water", "", "Virtuvė", 1.2)),
    6: (*_WATER, *_POWER, ("gas", "", "Virtuvė", 24.0)),
    7: (*_WATER, ("heat", "", "Koridorius", 0.6)),
    8: (("cold_water", "", "Tualetas", 5.0), ("electricity", "", "Skydinė", 420.0)),
    9: (("electricity", "", "Garažas", 14.0),),
}
# How much is used in each month of a year against the usual, January first; never four times the month before,
# or what is made up between two readings would not lie between them.
_YEAR = {
    "heat": (2.2, 2.0, 1.5, 0.8, 0.3, 0.1, 0.1, 0.1, 0.1, 0.7, 1.5, 2.0),
    "gas": (1.6, 1.5, 1.3, 0.9, 0.5, 0.3, 0.3, 0.3, 0.5, 0.9, 1.3, 1.5),
    "electricity": (1.2, 1.1, 1.0, 0.9, 0.8, 0.8, 0.8, 0.8, 0.9, 1.0, 1.1, 1.2),
}
# One in a hundred places has had its meter replaced.
_REPLACED = 100

_SERVICES = (
    ("TECH", "Namo priežiūra ir administravimas", "m²", Decimal("0.1560"), 21, "", "area"),
    ("ELEK", "Bendrų patalpų elektra", "kWh", Decimal("0.2200"), 21, "", "electricity"),
    ("SALT", "Šaltas vanduo", "m³", Decimal("2.4100"), 21, "cold_water", "water"),
    ("SILD", "Šildymas", "kWh", Decimal("0.0940"), 21, "", "heating"),
    ("KAUP", "Kaupiamosios lėšos", "m²", Decimal("0.1000"), 0, "", "fund"),
)
# As the importer hashes an invoice's lines and its header, each of the type that its staging table has.
_LINE = (
    "line_no",
    "service",
    "amount",
    "quantity",
    "unit_price",
    "vat_rate",
    "vat_amount",
    "unit",
    "service_code",
)
_HEADER = "period, issued_on, due_on, status, opening_balance, received, late_interest, total"


@dataclass(frozen=True, kw_only=True)
class Months:
    """The months to fill, counted back from the newest."""

    today: date
    at: datetime
    read: int = MONTHS_READ
    billed: int = MONTHS_BILLED

    @property
    def readings(self) -> list[date]:
        """Return the months that were read: the present one waits for its readings."""
        present = self.today.replace(day=1)
        return [next_month(present, -back) for back in range(self.read, 0, -1)]

    @property
    def bills(self) -> list[date]:
        """Return the months whose bills are out."""
        newest = newest_period(today=self.today)
        return [next_month(newest, -back) for back in range(self.billed - 1, -1, -1)]


def happen(cursor: Any, months: Months, progress: Callable[[str], None]) -> None:
    """Let the months pass. Needs the tables `slot` and `holding`; meters are there after `hang`."""
    _dials(cursor, months)
    _accounts(cursor, months)
    taken = _begin(cursor, months)
    for period in sorted({*months.readings, *months.bills}):
        progress(f"{period:%Y-%m}")
        if period in months.readings:
            taken = _read(cursor, months, period, taken)
        if period in months.bills:
            _bill(cursor, months, period)


# ── Meters and readings ─────────────────────────────────────────────────────────────────────────


def _dials(cursor: Any, months: Months) -> None:
    """Make `dial`: every meter with what its dice say; and `weather`: how much was used up to each month."""
    cursor.execute(
        "CREATE TEMP TABLE hanging (pos int, no int, type text, register text, place text, rate float8,"
        " unit text, integer_digits int, decimal_digits int, replaced bool)"
    )
    rows = []
    for pos in range(HOUSE):
        # Which flat is sold has three meters, as the other two places of the house's end together.
        hung = _METERS[pos % 10] if pos < HOUSE - 2 else _METERS[0] if pos == HOUSE - 2 else ()
        for no, (kind, register, place, rate) in enumerate(hung):
            dial = DIALS[kind]
            digits = (dial.unit, dial.integer_digits, dial.decimal_digits)
            rows.append((pos, 2 * no, kind, register, place, rate, *digits, False))
            if no == 0:
                rows.append((pos, 2 * no + 1, kind, register, place, rate, *digits, True))
    copy(
        cursor,
        "hanging",
        (
            "pos",
            "no",
            "type",
            "register",
            "place",
            "rate",
            "unit",
            "integer_digits",
            "decimal_digits",
            "replaced",
        ),
        rows,
    )
    cursor.execute("CREATE TEMP TABLE weather (type text, month date, used float8, upto float8)")
    copy(cursor, "weather", ("type", "month", "used", "upto"), _weather(months))
    first, newest = months.readings[0], months.readings[-1]
    # A meter that was replaced hung for the first part of the months, the one in its place for the rest.
    cursor.execute(
        f"""
        CREATE TEMP TABLE dial AS
        SELECT row_number() OVER (ORDER BY s.no, h.no) AS id, s.no AS book_no, s.company_id,
               h.type, h.register, h.place, h.unit, h.integer_digits, h.decimal_digits, g.user_id,
               (10000000 + (s.no * 16 + h.no)::bigint * 7919 % 89999999)::text AS serial,
               n.no AS next_no, n.sold_on, {dice("s.no", 22)} % 10 = 0 AND h.type = 'electricity' AS is_remote,
               CASE WHEN h.replaced THEN r.on_day ELSE '{first}'::date - 20 - {dice("s.no", 23)} % 1500 END
                   AS installed_on,
               CASE WHEN r.is_replaced AND h.no = 0 THEN r.on_day END AS removed_on,
               h.rate * (0.5 + {dice("s.no * 16 + h.no", 24)} / 1048576.0) AS rate
        FROM slot s
        LEFT JOIN slot n ON s.sold_on IS NOT NULL AND s.pos = {HOUSE - 2} AND n.no = s.no + 1
        JOIN hanging h ON h.pos = s.pos
        LEFT JOIN holding g ON g.book_no = coalesce(n.no, s.no)
        CROSS JOIN LATERAL (
            SELECT {dice("s.no", 20)} % {_REPLACED} = 0 AS is_replaced,
                   ('{newest}'::timestamp - interval '1 month' * ({dice("s.no", 21)} % {max(months.read - 2, 1)})
                   )::date + 4 AS on_day
        ) r
        WHERE NOT h.replaced OR r.is_replaced
        """
    )
    cursor.execute(
        f"""
        ALTER TABLE dial ADD base float8;
        UPDATE dial SET base = CASE WHEN installed_on < '{first}' THEN rate * 0.8 * ('{first}' - installed_on) / 30
            -- A new dial begins at zero, whatever was used in the country before it.
            ELSE -rate * (SELECT upto FROM weather w WHERE w.type = dial.type AND w.month = date_trunc('month',
                dial.installed_on::timestamp)::date) END;
        ANALYZE dial; ANALYZE weather;
        """
    )


def _weather(months: Months) -> list[tuple[str, date, float, float]]:
    """Return for each type and month what is used of the usual, and that of all months before it."""
    found = []
    for kind in DIALS:
        upto = 0.0
        for month in months.readings:
            used = _YEAR.get(kind, (1.0,) * 12)[month.month - 1]
            found.append((kind, month, used, upto))
            upto += used
    return found


# What dials show on the first days of a month, before anybody reads them, and at the reading of a month: people
# leave out the red digits, devices do not.
_AT_FIRST = "trunc((d.base + d.rate * (w.upto + w.used * 0.9))::numeric, {places})"
_SHOWN = "trunc((d.base + d.rate * (w.upto + w.used * (1 + 0.25 * {dice} / 1048576.0)))::numeric, {places})"

_READING = {
    "id": "id",
    "meter_id": "meter_id",
    "managing_company_id": "company_id",
    "payment_book_id": "book_no",
    "kind": "kind",
    "period": "period",
    "value": "value",
    "read_on": "read_on",
    "declared_at": "declared_at",
    "source": "source",
    "declared_by_id": "declared_by_id",
    "replaces_id": "replaces_id",
    "replaced_at": "replaced_at",
    "is_unusual": "false",
    "is_rollover": "false",
}


def _begin(cursor: Any, months: Months) -> int:
    """Enter what the meters showed when they were put in; return the last number taken."""
    cursor.execute(
        """
        CREATE TEMP TABLE opening AS
        SELECT row_number() OVER (ORDER BY d.installed_on, d.id) AS id, d.id AS meter_id, d.company_id,
               CASE WHEN d.sold_on <= d.installed_on THEN d.next_no ELSE d.book_no END AS book_no,
               'opening' AS kind, date_trunc('month', d.installed_on::timestamp)::date AS period, 0::numeric AS value,
               d.installed_on AS read_on, (d.installed_on + time '12:00') AT TIME ZONE 'Europe/Vilnius' AS declared_at,
               'import' AS source, NULL::bigint AS declared_by_id, NULL::bigint AS replaces_id,
               NULL::timestamptz AS replaced_at
        FROM dial d
        """
    )
    insert(cursor, "meters_reading", _READING, "FROM opening ORDER BY id")
    taken = int(cursor.rowcount)
    cursor.execute("DROP TABLE opening")
    return taken


def _read(cursor: Any, months: Months, period: date, taken: int) -> int:
    """Enter a month's readings in the order in which they came; return the last number taken."""
    number = period.year * 12 + period.month
    by_book, by_meter = (
        dice(f"d.book_no * 512 + {number % 512}", 30),
        dice(f"d.id * 512 + {number % 512}", 31),
    )
    ago = sum(month > period for month in months.readings)
    places = "CASE WHEN d.is_remote OR d.type = 'heat' THEN d.decimal_digits ELSE 0 END"
    cursor.execute(
        f"""
        CREATE TEMP TABLE shown AS
        WITH read AS (
            SELECT d.id AS meter_id, d.company_id, d.user_id, d.is_remote, d.removed_on,
                   {by_book} AS chance, {by_meter} AS own_chance, d.next_no, d.book_no AS seller_no, d.sold_on,
                   '{period}'::date + CASE WHEN d.is_remote THEN 24 ELSE 14 + {by_book} / 64 % 13 END AS read_on,
                   {_SHOWN.format(dice=by_meter, places=places)} AS value, {_AT_FIRST.format(places=places)} AS at_first
            FROM dial d JOIN weather w ON w.type = d.type AND w.month = '{period}'
            WHERE d.installed_on < '{period}'::date + 14 AND (d.removed_on IS NULL OR d.removed_on >= '{period}')
        ), monthly AS (
            SELECT r.*, CASE WHEN r.sold_on <= r.read_on THEN r.next_no ELSE r.seller_no END AS book_no,
                   CASE WHEN r.chance % 64 = 0 AND NOT r.is_remote THEN 'estimate' ELSE 'monthly' END AS kind,
                   CASE WHEN r.is_remote THEN 'remote' WHEN r.chance % 64 = 0 THEN 'estimate'
                        WHEN r.user_id IS NOT NULL AND {ago} < {MONTHS_DECLARED} THEN 'resident'
                        WHEN r.chance % 64 < 4 THEN 'staff' ELSE 'import' END AS source
            FROM read r
            -- One in a hundred months is forgotten.
            WHERE r.chance % 101 <> 1 AND (r.removed_on IS NULL OR r.removed_on > r.read_on)
        ), come AS (
            SELECT meter_id, company_id, book_no, kind, value, read_on, source,
                   CASE WHEN source = 'resident' THEN user_id END AS declared_by_id,
                   CASE WHEN source = 'resident' THEN read_on + time '06:30' + interval '1 second' * (chance % 57600)
                        WHEN source IN ('remote', 'estimate', 'staff') THEN read_on + time '09:00'
                        ELSE '{period}'::date + 27 + time '03:00' + interval '1 second' * (company_id * 60) END
                       AS came,
                   own_chance % 100 = 7 AND kind = 'monthly' AND source <> 'remote' AS is_wrong
            FROM monthly
            UNION ALL
            -- What the meters showed when the flat was sold, and when one was taken down.
            SELECT meter_id, company_id, seller_no, 'handover', at_first, sold_on - 1, 'staff', NULL,
                   sold_on - 1 + time '16:00', false
            FROM read WHERE next_no IS NOT NULL AND date_trunc('month', sold_on::timestamp)::date = '{period}'
                 AND (removed_on IS NULL OR removed_on >= sold_on)
            UNION ALL
            SELECT meter_id, company_id, CASE WHEN sold_on <= removed_on THEN next_no ELSE seller_no END, 'final',
                   at_first, removed_on, 'import', NULL, removed_on + time '12:00', false
            FROM read WHERE date_trunc('month', removed_on::timestamp)::date = '{period}'
        )
        SELECT {taken} + row_number() OVER (ORDER BY came, book_no, meter_id) AS id, meter_id, company_id, book_no,
               kind, '{period}'::date AS period, value + CASE WHEN is_wrong THEN 3 ELSE 0 END AS value,
               value AS right_value, read_on, came AT TIME ZONE 'Europe/Vilnius' AS declared_at, source, declared_by_id,
               NULL::bigint AS replaces_id, is_wrong,
               CASE WHEN is_wrong THEN came AT TIME ZONE 'Europe/Vilnius' + interval '1 hour' END AS replaced_at
        FROM come
        """
    )
    insert(cursor, "meters_reading", _READING, "FROM shown ORDER BY id")
    taken += int(cursor.rowcount)
    again = {
        "id": f"{taken} + row_number() OVER (ORDER BY id)",
        "value": "right_value",
        "declared_at": "replaced_at",
        "replaces_id": "id",
        "replaced_at": "NULL",
    }
    insert(cursor, "meters_reading", _READING | again, "FROM shown WHERE is_wrong ORDER BY id")
    taken += int(cursor.rowcount)
    cursor.execute("DROP TABLE shown")
    return taken


def hang(cursor: Any, months: Months) -> None:
    """Make the meters, each with its last current reading; by then readings have their index."""
    meter = {
        "id": "d.id",
        "property_id": "d.book_no",
        "managing_company_id": "d.company_id",
        "serial": "d.serial",
        "serial_key": "d.serial",
        "type": "d.type",
        "register": "d.register",
        "unit": "d.unit",
        "integer_digits": "d.integer_digits",
        "decimal_digits": "d.decimal_digits",
        "place": "d.place",
        "installed_on": "d.installed_on",
        "initial_reading": "0",
        "removed_on": "d.removed_on",
        "final_reading": "CASE WHEN r.kind = 'final' THEN r.value END",
        "verified_until": "(d.installed_on + interval '6 years')::date",
        "is_remote": "d.is_remote",
        "replaces_id": "o.id",
        "last_value": "r.value",
        "last_on": "r.read_on",
        "last_kind": "coalesce(r.kind, '')",
        "last_period": "r.period",
        "last_book_id": "r.payment_book_id",
    }
    insert(
        cursor,
        "meters_meter",
        meter,
        """
        FROM dial d
        LEFT JOIN dial o ON o.book_no = d.book_no AND o.removed_on = d.installed_on
        LEFT JOIN LATERAL (
            SELECT * FROM meters_reading r WHERE r.meter_id = d.id AND r.replaced_at IS NULL
            ORDER BY r.read_on DESC, r.kind <> 'opening' DESC, r.id DESC LIMIT 1
        ) r ON true
        ORDER BY d.id
        """,
    )


# ── Invoices and payments ───────────────────────────────────────────────────────────────────────


def _accounts(cursor: Any, months: Months) -> None:
    """Enter what was owed before the first bill; `account` keeps what each book owes from bill to bill."""
    first = issue_day(months.bills[0])
    insert(
        cursor,
        "invoices_balance",
        {
            "payment_book_id": "s.no",
            "as_of_on": f"greatest('{first}'::date - 1, CASE WHEN s.pos = {HOUSE - 1} THEN s.sold_on END)",
            "amount": f"""
                CASE WHEN s.sold_on IS NOT NULL AND s.pos = {HOUSE - 1} THEN 0
                     WHEN {dice("s.no", 40)} % 100 < 6 THEN 20 + {dice("s.no", 41)} % 6000 / 100.0
                     WHEN {dice("s.no", 40)} % 100 < 10 THEN -5 - {dice("s.no", 41)} % 4000 / 100.0 ELSE 0 END
            """,
        },
        "FROM slot s ORDER BY s.no",
    )
    cursor.execute(
        """
        CREATE TEMP TABLE account AS
        SELECT payment_book_id AS book_no, amount AS total, 0::numeric(12,2) AS received, ''::text AS number
        FROM invoices_balance;
        CREATE TEMP TABLE service (no int, code text, name text, unit text, price numeric, vat_rate numeric,
                                   meter_type text, measure text)
        """
    )
    columns = ("no", "code", "name", "unit", "price", "vat_rate", "meter_type", "measure")
    copy(cursor, "service", columns, ((no, *service) for no, service in enumerate(_SERVICES)))


def _bill(cursor: Any, months: Months, period: date) -> None:
    """Send a month's invoices and receive what is paid before the next ones."""
    number = period.year * 12 + period.month
    place = months.bills.index(period)
    chance = dice(f"s.no * 512 + {number % 512}", 50)
    issued_on, due_on = issue_day(period), due_day(period)
    cursor.execute(f"CREATE TEMP TABLE said AS {_lines(period, chance, place)}")
    line = {"invoice_id": "invoice_id"} | {name: name for name in (*_LINE, "meter_type", "serial")}
    content = ", ".join((*_LINE, "meter_type", "serial"))
    cursor.execute(
        f"""
        CREATE TEMP TABLE bill AS
        WITH billed AS (
            SELECT t.invoice_id, t.book_no, s.company_id, s.habit, t.hashed, t.is_held, {chance} AS chance,
                   s.prefix || '-{issued_on:%Y-%m}-' || s.serial AS number, s.prefix, s.serial, a.number AS before,
                   CASE WHEN {chance} % 400 = 3 THEN 'cancelled' ELSE 'live' END AS status, t.amounts,
                   a.total AS opening_balance, a.received,
                   -- A month's interest on what was not paid in time.
                   CASE WHEN a.total - a.received > 30 AND {place} > 1
                        THEN round((a.total - a.received) * 0.006, 2) ELSE 0 END::numeric(12,2) AS late_interest
            FROM (SELECT invoice_id, book_no, sum(amount)::numeric(12,2) AS amounts,
                         bool_or(abs(round(quantity * unit_price, 2) - amount) > 0.01) AS is_held,
                         string_agg(ROW({content})::text, ',' ORDER BY line_no) AS hashed
                  FROM said GROUP BY invoice_id, book_no) t
            JOIN slot s ON s.no = t.book_no JOIN account a USING (book_no)
        ), summed AS (
            SELECT *, '{period}'::date AS period, '{issued_on}'::date AS issued_on, '{due_on}'::date AS due_on,
                   (opening_balance - received + amounts + late_interest)::numeric(12,2) AS total
            FROM billed
        )
        SELECT *, amounts + late_interest AS charged, md5(concat(ROW({_HEADER})::text, hashed)) AS content_hash,
               status = 'live' AND NOT is_held AS counts
        FROM summed
        """
    )
    insert(
        cursor,
        "invoices_invoice",
        {
            "id": "invoice_id",
            "managing_company_id": "company_id",
            "payment_book_id": "book_no",
            "revision": "1",
            **{
                name: name
                for name in (
                    *(
                        "number",
                        "period",
                        "issued_on",
                        "due_on",
                        "status",
                        "charged",
                        "late_interest",
                        "total",
                    ),
                    *("opening_balance", "received", "is_held", "content_hash"),
                )
            },
        },
        "FROM bill ORDER BY invoice_id",
    )
    insert(cursor, "invoices_line", line, "FROM said ORDER BY invoice_id, line_no")
    _pay(
        cursor,
        months,
        period,
        issued_on=issued_on,
        days=(due_on - issued_on).days,
        left=months.billed - place,
    )
    cursor.execute("DROP TABLE bill, said")


def _lines(period: date, chance: str, place: int) -> str:
    """Return SQL for the lines of a month, three to a book on average."""
    heating = HEATING.get(period.month, Decimal(0))
    weather = f"(85 + {dice('s.building_id', period.toordinal())} % 31)"
    return f"""
        SELECT line.*, round(amount * vat_rate / (100 + vat_rate), 2)::numeric(12,2) AS vat_amount,
               row_number() OVER (PARTITION BY invoice_id ORDER BY no)::int AS line_no, ''::text AS serial
        FROM (
            SELECT {place}::bigint * (SELECT max(no) FROM slot) + s.no AS invoice_id, s.no AS book_no, v.no,
                   v.name AS service, v.code AS service_code, v.unit, v.meter_type,
                   q.quantity::numeric(15,6) AS quantity, p.price::numeric(15,6) AS unit_price,
                   v.vat_rate::numeric(5,2) AS vat_rate,
                   -- One bill in a thousand does not multiply up: it is held back.
                   (round(q.quantity::numeric(15,6) * p.price, 2)
                    + CASE WHEN v.no IN (1, 2) AND {chance} % 1000 = 1 THEN 5 ELSE 0 END)::numeric(12,2) AS amount
            FROM slot s CROSS JOIN service v
            CROSS JOIN LATERAL (SELECT CASE v.measure
                WHEN 'area' THEN s.area_m2
                WHEN 'electricity' THEN CASE WHEN s.kind = 'garage' THEN (40 + {chance} % 50) / 10.0 END
                WHEN 'water' THEN CASE WHEN s.kind <> 'garage' THEN s.people + {chance} % (2 * s.people + 1) END
                WHEN 'heating' THEN CASE WHEN s.kind <> 'garage' AND {heating} > 0
                    THEN round(s.area_m2 * {heating} * {weather} / 100, 2) END
                WHEN 'fund' THEN CASE WHEN s.pos < {HOUSE * 47 // 100} THEN s.area_m2 END
                END AS quantity) q
            CROSS JOIN LATERAL (
                SELECT round(v.price * (0.94 + s.company_id % 4 * 0.04) * (1 + 0.03 * {period.year - 2026}), 4) AS price
            ) p
            WHERE q.quantity IS NOT NULL
              -- Until the month of the sale the seller pays, from the next one the buyer.
              AND (s.sold_on IS NULL OR (s.pos = {HOUSE - 1}) = (s.sold_on < '{period}'))
        ) line
    """


def _pay(cursor: Any, months: Months, period: date, *, issued_on: date, days: int, left: int) -> None:
    """Let people pay in their ways: at once, in time, late, in parts, too much, or no longer."""
    next_bill_on = issue_day(next_month(period))
    cursor.execute(
        f"""
        CREATE TEMP TABLE paid AS
        SELECT b.*,
               '{issued_on}'::date + CASE WHEN habit < 12 THEN 0 ELSE 1 + chance / 16 % {max(days, 1)} END AS paid_on,
               CASE WHEN NOT counts AND habit NOT BETWEEN 85 AND 89 THEN opening_balance - received
                    -- Who pays with the next bill still owes this one.
                    WHEN habit BETWEEN 85 AND 89 THEN opening_balance - received
                    WHEN habit BETWEEN 90 AND 92 THEN CASE WHEN {left} > 1 + book_no % 6 THEN total ELSE 0 END
                    WHEN habit BETWEEN 93 AND 94 THEN round(total * 0.6, 2)
                    WHEN habit BETWEEN 95 AND 96 THEN CASE WHEN total > 0 THEN ceil(total / 10) * 10 + 15 ELSE 0 END
                    ELSE total END::numeric(12,2) AS sum
        FROM bill b
        """
    )
    cursor.execute(
        f"DELETE FROM paid WHERE sum < 1 OR paid_on > '{months.today}' OR paid_on >= '{next_bill_on}'"
    )
    insert(
        cursor,
        "invoices_payment",
        {
            "managing_company_id": "p.company_id",
            "payment_book_id": "p.book_no",
            "bank_reference": f"p.prefix || '{issued_on:%Y%m}' || lpad(p.serial::text, 6, '0') || '01'",
            "part_no": "1",
            "paid_on": "p.paid_on",
            "amount": "p.sum",
            "invoice_number": """CASE WHEN p.chance % 10 > 6 OR NOT p.counts THEN ''
                                      WHEN p.habit BETWEEN 85 AND 89 THEN p.before ELSE p.number END""",
            "order_id": "''",
            "payer_name": "k.payer_name",
            "note": f"'Už {period:%Y-%m}, mokėtojo kodas ' || k.payer_code",
        },
        "FROM paid p JOIN properties_paymentbook k ON k.id = p.book_no ORDER BY p.paid_on, p.book_no",
    )
    cursor.execute(
        """
        CREATE TEMP TABLE kept AS
        SELECT a.book_no,
               CASE WHEN b.counts THEN b.total WHEN b.book_no IS NULL THEN a.total
                    ELSE b.opening_balance - b.received END::numeric(12,2) AS total,
               CASE WHEN b.book_no IS NULL THEN a.received ELSE coalesce(p.sum, 0) END::numeric(12,2) AS received,
               CASE WHEN b.counts THEN b.number ELSE a.number END AS number
        FROM account a LEFT JOIN bill b USING (book_no) LEFT JOIN paid p USING (book_no);
        DROP TABLE account, paid;
        ALTER TABLE kept RENAME TO account;
        ANALYZE account
        """
    )
