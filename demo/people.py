"""Who may sign in to the demonstration: one account for each way of using the portal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from demo.history import next_month
from demo.meters import Reading, newest_reading_period, reading_day, shown
from demo.places import AUKSTUMA, BAKERY, PAJURIS, SOLD_FLAT, Book, Company, books

# Public on purpose: it is printed at every start in development.
PASSWORD = "Savitarna-2026"  # noqa: S105

# For how many months people with accounts have declared in the portal; before that the company read.
MONTHS_DECLARED = 12


@dataclass(frozen=True)
class Account:
    """A confirmed account with what it may see."""

    who: str  # in Lithuanian, for the one who tries the portal
    email: str
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    company_code: str = ""
    contact_person: str = ""
    phone: str = ""
    holds: tuple[Book, ...] = ()
    staff_of: tuple[Company, ...] = ()
    is_superuser: bool = False


def accounts(*, today: date) -> Iterator[Account]:
    """Yield the demo accounts; the one who sold a flat is whoever sold it last."""
    town = books(today=today)
    open_books = {book.payer_code: book for book in town if book.closed_on is None}
    bakery = open_books["KN-0418 22-K1"]
    sold = max(
        (book for book in town if book.payer_code == SOLD_FLAT and book.closed_on),
        key=lambda book: book.serial,
    )
    seller_first_name, seller_last_name = sold.payer_name.split()
    yield Account(
        who="Gyventoja: trys objektai, dvi prižiūrinčios įmonės",
        email="birute@pavyzdys.example",
        first_name="Birutė",
        last_name="Pavyzdienė",
        phone="+37070000101",
        holds=tuple(open_books[code] for code in ("KN-0418 22-15", "KN-0419 23-42", "AU-0611 07-G7")),
    )
    yield Account(
        who="Dukra: mamos butas ir dar vienas kvietimas",
        email="dukra@pavyzdys.example",
        first_name="Ieva",
        last_name="Pavyzdytė",
        phone="+37070000105",
    )
    yield Account(
        who="Juridinis asmuo: komercinės patalpos",
        email="buhalterija@pavyzdine-kepykla.example",
        company_name=BAKERY,
        company_code=bakery.payer_company_code,
        contact_person="Jonas Samanėlis",
        phone="+37070000102",
        holds=(bakery,),
    )
    yield Account(
        who="Gyventojas: dar be objektų",
        email="naujas@pavyzdys.example",
        first_name="Saulius",
        last_name="Naujokėlis",
        phone="+37070000103",
    )
    yield Account(
        who="Buvęs buto savininkas: liko skola",
        email="pardaves@pavyzdys.example",
        first_name=seller_first_name,
        last_name=seller_last_name,
        phone="+37070000104",
        holds=(sold,),
    )
    for company, role, email, first_name, last_name in (
        (PAJURIS, "Darbuotoja", "jurate@kiemonamai.example", "Jūratė", "Talkininkaitė"),
        (AUKSTUMA, "Darbuotojas", "darius@kiemonamai.example", "Darius", "Talkininkėlis"),
    ):
        yield Account(
            who=f"{role}: „{company.name}“",
            email=email,
            first_name=first_name,
            last_name=last_name,
            staff_of=(company,),
        )
    yield Account(
        who="Administratorius: visos įmonės",
        email="administratorius@kiemonamai.example",
        first_name="Ona",
        last_name="Tvarkytojėlė",
        is_superuser=True,
    )


# ── What they share ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Share:
    """An object that one account offers to another."""

    holder: str
    guest: str
    book: Book
    scope: str
    is_accepted: bool


def shares(*, today: date) -> Iterator[Share]:
    """Yield what is shared: the mother's flat with her daughter, and a second one that still waits."""
    open_books = {book.payer_code: book for book in books(today=today) if book.closed_on is None}
    mother, daughter = "birute@pavyzdys.example", "dukra@pavyzdys.example"
    yield Share(mother, daughter, open_books["KN-0418 22-15"], scope="all", is_accepted=True)
    yield Share(mother, daughter, open_books["KN-0419 23-42"], scope="declare", is_accepted=False)


# ── What they declare ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Declaration:
    """What one account declared on one day for one month, all meters at once."""

    email: str
    declared_on: date
    readings: tuple[Reading, ...]


def declares_oneself(reading: Reading, *, today: date) -> bool:
    """Tell whether somebody with an account declares this reading in the portal."""
    since = next_month(newest_reading_period(today=today), 1 - MONTHS_DECLARED)
    return (
        reading.period >= since
        and not reading.meter.place.is_remote
        and reading.book in _holders(today=today)
        and reading.book.closed_on is None
    )


def declarations(*, today: date) -> Iterator[Declaration]:
    """Yield what people with accounts have declared, oldest first; in the newest month every other meter waits."""
    newest = newest_reading_period(today=today)
    found: dict[tuple[date, str], list[Reading]] = {}
    for reading in shown(today=today):
        if declares_oneself(reading, today=today):
            email = _holders(today=today)[reading.book]
            found.setdefault((reading.period, email), []).append(reading)
    for (period, email), own in sorted(found.items(), key=lambda each: each[0]):
        declared = own[::2] if period == newest else own
        yield Declaration(email, min(reading_day(own[0].book, period), today), tuple(declared))


@lru_cache(maxsize=2)
def _holders(*, today: date) -> dict[Book, str]:
    return {book: account.email for account in accounts(today=today) for book in account.holds}
