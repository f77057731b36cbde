"""What stands in the country: companies, buildings, premises, payment books, people and what they may see.

Names and addresses are worked out here, by the portal's own folding and sorting, and copied in as small
tables; the rows themselves are multiplied from those by the database, which is faster than to send each of
them. Dice are hashes of a row's own number: the same country comes out every time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from typing import Any

from stdnum.iso7064 import mod_97_10

from accounts.policies import CURRENT
from demo.places import MEN, SURNAMES, WOMEN
from lithuanian.codes import is_company_code
from lithuanian.folding import fold_code, fold_name, fold_text
from lithuanian.sorting import sort_key

# Books in a hundred of each company: one has four in ten, some have a house or two.
SHARES = (40, 15, 10, 8, 6, 5, 5, 4, 3, 2, 1.5, 0.5)
NAMES = (
    *("Pajūris", "Aukštuma", "Lyguma", "Giraitė", "Paupys", "Ežerija"),
    *("Kalnelis", "Pievelė", "Šilynė", "Vėtrungė", "Krantinė", "Užutėkis"),
)
CITIES = ("Vilnius", "Kaunas", "Klaipėda", "Šiauliai", "Panevėžys", "Alytus", "Marijampolė", "Utena")
# Made up, so that no house is anybody's.
STREETS = tuple(
    f"{name} {kind}"
    for name, kind in product(
        (
            *("Beržyno", "Ramunių", "Gintarėlio", "Lazdynėlių", "Topolių", "Varpučių", "Debesėlių"),
            *("Rasakilų", "Katpėdėlių", "Spanguolyno", "Žvirgždyno", "Šilagėlių", "Čiobrelių", "Ąžuolyčių"),
        ),
        ("g.", "al.", "tak."),
    )
)
TRADES = ("kepykla", "vaistinė", "kirpykla", "buitis", "dirbtuvės", "knygos", "gėlės", "prekyba")
FORMS = ("UAB „{}“", "MB „{}“", "„{}“, UAB", "VšĮ „{}“")

# Books of a house. The last two are one flat that was sold: a closed book and the one that followed it.
HOUSE = 40
# Books of the one with the most objects.
MOST_OBJECTS = 50
# People who use the portal while it is measured, the same number at every size.
ACTIVE = 1000
SUPERUSER, STAFF_OF_LARGE, STAFF_OF_SMALL, BEFORE_RESIDENTS = 1, 2, 3, 10
# Of a resident's number: three and two objects have as many of the first ones.
WITH_THREE, WITH_TWO = 20, 40
EMAIL = "'gyventojas' || p.no || '@pavyzdys.example'"


@dataclass(frozen=True)
class Company:
    """A managing company with the numbers of its first book and its last."""

    id: int
    name: str
    prefix: str
    first: int
    last: int


def companies(books: int) -> Iterator[Company]:
    """Share out this many payment books among the companies."""
    upto = 0.0
    last = 0
    for number, (share, name) in enumerate(zip(SHARES, NAMES, strict=True), start=1):
        upto += share * books / 100
        first, last = last + 1, round(upto)
        prefix = fold_code(name)[:2] + chr(ord("A") + number)
        yield Company(number, f"Kiemo namai {name}", prefix, first, last)


def copy(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows into a table."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def insert(cursor: Any, table: str, values: dict[str, str], source: str) -> None:
    """Insert what is selected from `source` into those of the columns that the table has in this migration."""
    cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table])
    there = {name for (name,) in cursor.fetchall()}
    own = {name: value for name, value in values.items() if name in there}
    names = ", ".join(f'"{name}"' for name in own)
    cursor.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(own.values())} {source}")


def dice(number: str, about: int) -> str:
    """Return SQL for a whole number from 0 that depends on another number and what the dice are for."""
    return f"(hashint8extended({number}, {about}) & 1048575)::int"


def build(cursor: Any, *, books: int, people: int, today: date, at: datetime) -> None:
    """Make everything that stands; leave the temporary tables `slot` and `holding` to what happens in it."""
    found = list(companies(books))
    _companies(cursor, found, at)
    _names(cursor)
    _buildings(cursor, found)
    _people(cursor, found, people=people, at=at)
    _slots(cursor, today=today)
    _books(cursor)
    _access(cursor, at=at)


# ── Companies and houses ────────────────────────────────────────────────────────────────────────


def _companies(cursor: Any, found: list[Company], at: datetime) -> None:
    codes = (code for code in map(str, range(999_100_010, 999_200_000)) if is_company_code(code))
    columns = (
        *(
            "id",
            "company_code",
            "name",
            "sort_key",
            "declares_readings",
            "window_opens",
            "window_closes",
            "iban",
        ),
        *("beneficiary_name", "email", "phone", "emergency_phone", "vat_code", "address", "linking_policy"),
        "amounts_updated_at",
    )
    rows = [
        (
            # Open all month, so that declaring can be measured on any day.
            *(company.id, next(codes), company.name, sort_key(company.name), True, 1, 31),
            _iban(company.id),
            *(f"„{company.name}“, UAB", f"imone{company.id}@kiemonamai.example"),
            *(f"+370 700 001{company.id:02}", f"+370 700 002{company.id:02}", ""),
            *(f"{STREETS[company.id]} 1, {CITIES[company.id % len(CITIES)]}", "name", at),
        )
        for company in found
    ]
    copy(cursor, "properties_managingcompany", columns, rows)


def _iban(number: int) -> str:
    """Return an account of a bank that there is not, with the right check digits."""
    bban = f"99999{number:011}"
    check = mod_97_10.calc_check_digits(f"{bban}LT")
    return f"LT{check}{bban}"


def _names(cursor: Any) -> None:
    """Make the small tables of names: of people, of companies, of doors."""
    cursor.execute(
        "CREATE TEMP TABLE name (no int, is_company bool, first text, last text, name text, key text)"
    )
    people = [
        (first, last)
        for man, woman in SURNAMES
        for firsts, last in ((MEN, man), (WOMEN, woman))
        for first in firsts
    ]
    rows = [
        (no, False, first, last, f"{first} {last}", fold_name(f"{first} {last}", is_company=False))
        for no, (first, last) in enumerate(people)
    ]
    traders = [
        form.format(f"{street.split()[0]} {trade}")
        for street in STREETS[::3]
        for trade, form in product(TRADES, FORMS)
    ]
    rows += [(no, True, "", "", name, fold_name(name, is_company=True)) for no, name in enumerate(traders)]
    copy(cursor, "name", ("no", "is_company", "first", "last", "name", "key"), rows)
    cursor.execute("CREATE TEMP TABLE door (pos int, kind text, unit text, key text, sort_key text)")
    copy(cursor, "door", ("pos", "kind", "unit", "key", "sort_key"), map(_door, range(HOUSE)))


def _door(pos: int) -> tuple[int, str, str, str, str]:
    kind, letter = {8: ("commercial", "K"), 9: ("garage", "G")}.get(pos % 10, ("flat", ""))
    if pos >= HOUSE - 2:
        kind, letter = "flat", ""
    unit = f"{letter}{min(pos, HOUSE - 2) + 1}"
    return pos, kind, unit, fold_code(unit), sort_key(unit)


def _buildings(cursor: Any, found: list[Company]) -> None:
    columns = (
        *("id", "managing_company_id", "building_code", "city", "street", "house", "postal_code"),
        *("address_key", "sort_key", "manager_name", "manager_phone", "manager_email"),
    )
    cursor.execute(
        "CREATE TEMP TABLE house (id int, company_id int, prefix text, first int, serial int, books int)"
    )
    houses: list[tuple[int, int, str, int, int, int]] = []
    for company in found:
        for first in range(company.first, company.last + 1, HOUSE):
            books = min(HOUSE, company.last + 1 - first)
            houses.append(
                (len(houses) + 1, company.id, company.prefix, first, first - company.first + 1, books)
            )
    copy(cursor, "house", ("id", "company_id", "prefix", "first", "serial", "books"), houses)
    copy(
        cursor, "properties_building", columns, (_building(number, company) for number, company, *_ in houses)
    )


def _building(number: int, company: int) -> tuple[Any, ...]:
    # A company has houses in its own town and the next one.
    city = CITIES[(company + number % 2) % len(CITIES)]
    street = STREETS[number % len(STREETS)]
    house = f"{number // len(STREETS) * 2 + 1}{'A' if number % 7 == 0 else ''}"
    key = "|".join(fold_text(part) for part in (city, street, house))
    order = " ".join(sort_key(part) for part in (city, street, house))
    place = (city, street, house, f"LT-99{number % 1000:03}", key, order)
    return number, company, f"{number:05}", *place, "Jonas Prižiūrėtojas", "+37060000003", ""


# ── People ──────────────────────────────────────────────────────────────────────────────────────


def _people(cursor: Any, found: list[Company], *, people: int, at: datetime) -> None:
    """Open the accounts; the temporary table `person` says how many objects each of the residents has."""
    cursor.execute(
        f"""
        CREATE TEMP TABLE person AS
        SELECT p.no, p.no + {BEFORE_RESIDENTS} AS user_id, n.first, n.last,
               CASE WHEN p.no = 1 THEN {MOST_OBJECTS} WHEN p.no <= 1 + {WITH_THREE} THEN 3
                    WHEN p.no <= 1 + {WITH_THREE} + {WITH_TWO} THEN 2 ELSE 1 END AS objects
        FROM generate_series(1, {people}) AS p (no)
        JOIN name n ON NOT n.is_company AND n.no = {dice("p.no", 1)} % (SELECT count(*) FROM name WHERE NOT is_company)
        ORDER BY p.no
        """
    )
    user = {
        "id": "p.user_id",
        # Nobody signs in with a password here.
        "password": "'!'",
        "is_superuser": "false",
        "email": EMAIL,
        "kind": "CASE WHEN p.no = 1 THEN 'legal_person' ELSE 'natural_person' END",
        "first_name": "CASE WHEN p.no = 1 THEN '' ELSE p.first END",
        "last_name": "CASE WHEN p.no = 1 THEN '' ELSE p.last END",
        "company_name": "CASE WHEN p.no = 1 THEN 'UAB „Daugelio butų nuoma“' ELSE '' END",
        "company_code": "''",
        "contact_person": "CASE WHEN p.no = 1 THEN p.first || ' ' || p.last ELSE '' END",
        "phone": "'+370700' || lpad((p.no % 100000)::text, 5, '0')",
        "language": "'lt'",
        "is_staff": "false",
        "is_active": "true",
        "joined_at": f"'{at.isoformat()}'::timestamptz - interval '1 day' * (p.no % 700)",
    }
    insert(cursor, "accounts_user", user, "FROM person p ORDER BY p.no")
    for number, email, superuser, company in (
        (SUPERUSER, "administratorius", True, None),
        (STAFF_OF_LARGE, "didele", False, found[0]),
        (STAFF_OF_SMALL, "maza", False, found[-1]),
    ):
        fixed = {
            "id": str(number),
            "email": f"'{email}@kiemonamai.example'",
            "is_superuser": str(superuser),
            "is_staff": "true",
            "kind": "'natural_person'",
            "first_name": "'Ona'",
            "last_name": "'Talkininkaitė'",
            "company_name": "''",
            "contact_person": "''",
            "phone": "''",
            "joined_at": f"'{at.isoformat()}'::timestamptz",
        }
        insert(cursor, "accounts_user", user | fixed, "")
        if company:
            cursor.execute(
                "INSERT INTO properties_managingcompany_staff (managingcompany_id, user_id) VALUES (%s, %s)",
                [company.id, number],
            )
    cursor.execute(
        'INSERT INTO account_emailaddress (email, verified, "primary", user_id) '
        "SELECT email, true, true, id FROM accounts_user ORDER BY id"
    )
    cursor.execute(
        "INSERT INTO accounts_consent (person_id, policy_version, given_at) "
        "SELECT id, %s, joined_at FROM accounts_user ORDER BY id",
        [CURRENT],
    )


# ── Books ───────────────────────────────────────────────────────────────────────────────────────


def _slots(cursor: Any, *, today: date) -> None:
    """Make the table `slot`, a row per payment book with all that its dice say, and `holding`: who has which."""
    cursor.execute(
        f"""
        CREATE TEMP TABLE slot AS
        SELECT h.first + d.pos AS no, h.company_id, h.id AS building_id, h.serial + d.pos AS serial, h.prefix,
               d.pos, d.kind, d.unit, d.key AS unit_key, d.sort_key,
               CASE d.kind WHEN 'commercial' THEN 4800 + {dice("h.first + d.pos", 2)} % 11700
                           WHEN 'garage' THEN 1600 + {dice("h.first + d.pos", 2)} % 800
                           ELSE 2400 + {dice("h.first + d.pos", 2)} % 6400 END / 100.0 AS area_m2,
               1 + {dice("h.first + d.pos", 3)} % 4 AS people,
               {dice("h.first + d.pos", 4)} % 100 AS habit,
               -- Whoever sold handed the keys over on the 10th of a month, 4 to 19 months ago.
               CASE WHEN d.pos >= {HOUSE - 2} AND h.books = {HOUSE} THEN
                   (date_trunc('month', '{today}'::timestamp)
                    - interval '1 month' * (4 + {dice("h.first", 5)} % 16))::date + 9 END AS sold_on
        FROM house h JOIN door d ON d.pos < h.books
        ORDER BY no
        """
    )
    cursor.execute("ANALYZE slot")
    cursor.execute(
        f"""
        CREATE TEMP TABLE holding AS
        WITH free AS (
            SELECT no, kind, row_number() OVER (ORDER BY no) <= {MOST_OBJECTS} AS is_first
            FROM slot WHERE sold_on IS NULL OR pos = {HOUSE - 1}
        ), place AS (
            SELECT no, row_number() OVER (ORDER BY {dice("no", 6)}, no) AS place
            FROM free WHERE NOT is_first AND kind <> 'commercial'
        ), wanted AS (
            SELECT p.no AS person_no, p.user_id, row_number() OVER (ORDER BY p.no) AS place
            FROM person p, generate_series(1, p.objects) WHERE p.no > 1
        )
        SELECT f.no AS book_no, p.no AS person_no, p.user_id FROM free f JOIN person p ON p.no = 1 WHERE f.is_first
        UNION ALL
        SELECT l.no, w.person_no, w.user_id FROM wanted w JOIN place l USING (place)
        """
    )
    cursor.execute("ANALYZE holding")


def _books(cursor: Any) -> None:
    insert(
        cursor,
        "properties_property",
        {
            "id": "s.no",
            "building_id": "s.building_id",
            "kind": "s.kind",
            "unit": "s.unit",
            "unit_key": "s.unit_key",
            "managing_company_id": "s.company_id",
            "premises_code": "'9999-' || lpad(s.building_id::text, 5, '0') || '-' || s.unit",
            "staircase": "CASE s.kind WHEN 'flat' THEN (s.pos / 20 + 1)::text ELSE '' END",
            "area_m2": "s.area_m2",
            "sort_key": "s.sort_key",
        },
        f"FROM slot s WHERE s.sold_on IS NULL OR s.pos = {HOUSE - 2} ORDER BY s.no",
    )
    code = "s.prefix || '-' || lpad(s.building_id::text, 5, '0') || '-' || s.unit"
    is_company = "(s.kind = 'commercial' OR g.person_no IS NOT DISTINCT FROM 1)"
    insert(
        cursor,
        "properties_paymentbook",
        {
            "id": "s.no",
            "uuid": "md5('book ' || s.no)::uuid",
            "managing_company_id": "s.company_id",
            "payer_code": code,
            "payer_code_key": f"replace({code}, '-', '')",
            "opened_on": f"CASE s.pos WHEN {HOUSE - 1} THEN s.sold_on END",
            "closed_on": f"CASE s.pos WHEN {HOUSE - 2} THEN s.sold_on - 1 END",
            "payer_name": "n.name",
            "payer_name_key": "n.key",
            "payer_kind": f"CASE WHEN {is_company} THEN 'company' ELSE 'person' END",
            "payer_role": f"CASE WHEN {dice('s.no', 7)} % 20 = 0 THEN 'tenant' ELSE 'owner' END",
            "payer_email": f"CASE WHEN g.person_no IS NULL THEN '' ELSE {EMAIL.replace('p.no', 'g.person_no')} END",
            "payer_company_code": "''",
            "activation_no": "1",
        },
        f"""
        FROM slot s LEFT JOIN holding g ON g.book_no = s.no
        JOIN name n ON n.is_company = {is_company} AND n.no =
            CASE WHEN g.person_no IS NULL THEN {dice("s.no", 8)} ELSE {dice("g.person_no", 1)} END
            % CASE WHEN {is_company} THEN (SELECT count(*) FROM name WHERE is_company)
                   ELSE (SELECT count(*) FROM name WHERE NOT is_company) END
        ORDER BY s.no
        """,
    )
    cursor.execute(
        f"""
        INSERT INTO properties_bookpremises (payment_book_id, property_id)
        SELECT no, no - CASE WHEN sold_on IS NOT NULL AND pos = {HOUSE - 1} THEN 1 ELSE 0 END FROM slot ORDER BY no
        """
    )


def _access(cursor: Any, *, at: datetime) -> None:
    """Let residents into their books, and one in thirty into a neighbour's as a guest."""
    values = {
        "person_id": "g.user_id",
        "payment_book_id": "g.book_no",
        "scope": "'all'",
        "starts_at": f"'{at.isoformat()}'::timestamptz - interval '1 day' * (g.person_no % 700)",
    }
    insert(
        cursor,
        "properties_access",
        values | {"id": "g.book_no"},
        "FROM holding g ORDER BY g.person_no, g.book_no",
    )
    moment = f"'{at.isoformat()}'::timestamptz - interval '3 days'"
    neighbours = f"""
        FROM holding g JOIN holding o ON o.person_no = g.person_no - 1
        WHERE g.person_no % 30 = 0 AND g.person_no > {1 + WITH_THREE + WITH_TWO + 1} ORDER BY g.person_no
    """
    guest = "g.book_no + (SELECT max(no) FROM slot)"
    insert(
        cursor,
        "properties_access",
        values
        | {
            "id": guest,
            "payment_book_id": "o.book_no",
            "granted_by_id": "o.book_no",
            "scope": "CASE WHEN g.person_no % 60 = 0 THEN 'declare' ELSE 'all' END",
            "starts_at": moment,
        },
        neighbours,
    )
    insert(
        cursor,
        "sharing_offer",
        {
            "granted_by_id": "o.book_no",
            "managing_company_id": "(SELECT managing_company_id FROM properties_paymentbook WHERE id = o.book_no)",
            "email": EMAIL.replace("p.no", "g.person_no"),
            "scope": "CASE WHEN g.person_no % 60 = 0 THEN 'declare' ELSE 'all' END",
            "token": "rpad(md5(g.person_no::text), 43, '0')",
            "offered_at": moment,
            "expires_at": f"{moment} + interval '30 days'",
            "answered_at": moment,
            "answer": "'accepted'",
            "access_id": guest,
            "reason": "''",
        },
        neighbours,
    )
