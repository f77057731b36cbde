"""What the town consists of: three companies, a dozen buildings, the payment books of their premises.

Everything here is invented: people, companies, streets, bank accounts. Only the check digits are right.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import count
from random import Random

# Before this month the town has no bills; every later one can be worked out again from here.
FIRST_MONTH = date(2020, 1, 1)


@dataclass(frozen=True)
class Company:
    """One that looks after buildings; each sends files of its own."""

    code: str
    name: str
    city: str
    prefix: str  # of payer codes and invoice numbers
    declares_readings: bool
    iban: str
    vat_code: str
    address: str
    email: str
    phone: str
    emergency_phone: str
    price_level: Decimal  # against the town's list prices

    @property
    def beneficiary(self) -> str:
        """Return the name as the bank account has it."""
        return f"„{self.name}“, UAB"


PAJURIS = Company(
    code="999000017",
    name="Kiemo namai Pajūris",
    city="Klaipėda",
    prefix="KN",
    declares_readings=True,
    iban="LT189999900000000101",
    vat_code="LT999000113",
    address="Gintarėlio g. 1, Klaipėda",
    email="pajuris@kiemonamai.example",
    phone="+370 700 00001",
    emergency_phone="+370 700 00011",
    price_level=Decimal("1.00"),
)
AUKSTUMA = Company(
    code="999000024",
    name="Kiemo namai Aukštuma",
    city="Kaunas",
    prefix="AU",
    declares_readings=False,
    iban="LT079999900000000202",
    vat_code="LT999000216",
    address="Varpučių g. 9, Kaunas",
    email="aukstuma@kiemonamai.example",
    phone="+370 700 00002",
    emergency_phone="+370 700 00012",
    price_level=Decimal("1.05"),
)
LYGUMA = Company(
    code="999000031",
    name="Kiemo namai Lyguma",
    city="Panevėžys",
    prefix="LY",
    declares_readings=False,
    iban="LT939999900000000303",
    vat_code="LT999000316",
    address="Spanguolyno g. 2, Panevėžys",
    email="lyguma@kiemonamai.example",
    phone="+370 700 00003",
    emergency_phone="+370 700 00013",
    price_level=Decimal("0.95"),
)
COMPANIES = (PAJURIS, AUKSTUMA, LYGUMA)


@dataclass(frozen=True)
class Building:
    """One house with what its payer codes and numbers are made of."""

    company: Company
    number: str  # within payer codes, after the company's prefix
    street: str
    house: str
    flats_per_staircase: int
    flats: tuple[int, ...]
    others: tuple[str, ...] = ()  # K commercial, G garage, S storage

    @property
    def account(self) -> str:
        """Return what the payer codes of the building begin with."""
        return f"{self.company.prefix}-{self.number}"

    @property
    def code(self) -> str:
        """Return the company's own code of the building."""
        return self.number.split()[0]

    @property
    def postal_code(self) -> str:
        """Return a code from a range that no post office uses."""
        return f"LT-99{self.code[1:]}"

    @property
    def has_lift(self) -> bool:
        """Tell whether the staircases are those of a high building."""
        return self.flats_per_staircase >= 24


BUILDINGS = (
    Building(
        PAJURIS, "0418 22", "Beržyno g.", "8", 30, (2, 7, 10, 15, 16, 23, 31, 38, 44, 51, 58), ("K1", "S2")
    ),
    Building(PAJURIS, "0419 23", "Ramunių g.", "3", 24, (3, 7, 12, 16, 19, 28, 33, 37, 42), ("S4",)),
    Building(PAJURIS, "0420 24", "Gintarėlio g.", "6", 15, (1, 4, 6, 9, 14, 22, 27, 30), ("G1", "G2", "G10")),
    Building(PAJURIS, "0423 27", "Lazdynėlių g.", "12A", 12, (2, 5, 8, 11, 14, 17, 20), ("K1",)),
    Building(
        AUKSTUMA, "0611 07", "Topolių g.", "11", 36, (6, 13, 21, 29, 35, 40, 48, 57, 66), ("G3", "G7", "G12")
    ),
    Building(AUKSTUMA, "0612 08", "Varpučių g.", "5", 20, (1, 8, 12, 18, 22, 25, 31, 39), ("K1", "S1")),
    Building(AUKSTUMA, "0615 11", "Debesėlių g.", "2", 40, (4, 11, 17, 24, 32, 37, 45, 59, 72), ("K2",)),
    Building(AUKSTUMA, "0618 14", "Rasakilų g.", "14", 18, (3, 6, 10, 13, 15, 18)),
    Building(LYGUMA, "0207 01", "Katpėdėlių g.", "7", 32, (5, 9, 14, 20, 26, 30, 41, 55), ("S3",)),
    Building(LYGUMA, "0208 02", "Spanguolyno g.", "1", 16, (1, 2, 5, 10, 13, 16), ("K1",)),
    Building(LYGUMA, "0209 03", "Žvirgždyno g.", "20", 20, (3, 7, 12, 16, 19, 20), ("G1", "G2")),
    Building(LYGUMA, "0212 06", "Šilagėlių g.", "4A", 12, (2, 6, 8, 9, 11)),
)


@dataclass(frozen=True)
class Premises:
    """What has a number on its door."""

    building: Building
    kind: str  # flat, commercial, garage, storage
    unit: str
    area_m2: Decimal
    staircase: str
    people: int  # how many live or work there

    @property
    def code(self) -> str:
        """Return a unique number in the manner of the property register, with digits that it does not use."""
        return f"9999-{self.building.code}-{self.unit}"


@dataclass(frozen=True)
class Book:
    """One payer's account for one or more premises; what the register says of it."""

    company: Company
    payer_code: str
    serial: int  # in invoice numbers and bank references, unique within the company
    payer_name: str
    premises: tuple[Premises, ...]
    habit: str  # how the payer pays, see `demo.history`
    services: str = "all"  # what is billed here: all, upkeep (to the owner), used (to the tenant)
    payer_kind: str = "person"
    payer_company_code: str = ""
    payer_email: str = ""
    payer_role: str = "owner"
    previous_payer_code: str = ""
    opened_on: date | None = None
    closed_on: date | None = None

    @property
    def company_code(self) -> str:
        """Return the managing company's code, which the file's folder is named after."""
        return self.company.code


@dataclass(frozen=True)
class Special:
    """What the town's story needs of a book; the rest are filled in by chance."""

    payer_name: str = ""
    habit: str = ""
    with_units: tuple[str, ...] = ()
    tenant: str = ""
    previous_payer_code: str = ""
    payer_kind: str = "person"
    payer_company_code: str = ""
    payer_email: str = ""
    area_m2: Decimal | None = None
    people: int | None = None


BIRUTE = "Birutė Pavyzdienė"
BAKERY = "„Pavyzdinė kepykla“, UAB"
SPECIALS = {
    "KN-0418 22-15": Special(
        payer_name=BIRUTE,
        habit="with_next_bill",
        payer_email="birute@pavyzdys.example",
        area_m2=Decimal("52.30"),
        people=2,
    ),
    "KN-0419 23-42": Special(payer_name=BIRUTE, habit="with_next_bill", area_m2=Decimal("24.10"), people=1),
    "AU-0611 07-G7": Special(
        payer_name=BIRUTE, habit="automatic", payer_email="birute@pavyzdys.example", area_m2=Decimal("18.60")
    ),
    "KN-0418 22-K1": Special(
        payer_name=BAKERY,
        habit="prompt",
        payer_kind="company",
        payer_company_code="999001012",
        payer_email="buhalterija@pavyzdine-kepykla.example",
    ),
    "KN-0423 27-K1": Special(
        payer_name="MB „Lazdynėlių kirpykla“", payer_kind="company", payer_company_code="999001028"
    ),
    "AU-0612 08-K1": Special(
        payer_name="Uždaroji akcinė bendrovė „Varpučių vaistinė“",
        payer_kind="company",
        payer_company_code="999001037",
    ),
    "AU-0615 11-K2": Special(
        payer_name="UAB „Debesėlių buitis“", payer_kind="company", payer_company_code="999001044"
    ),
    "LY-0208 02-K1": Special(
        payer_name="VšĮ „Spanguolyno dirbtuvės“", payer_kind="company", payer_company_code="999001051"
    ),
    "KN-0418 22-16": Special(with_units=("S2",)),
    "KN-0420 24-9": Special(with_units=("G10",)),
    "AU-0612 08-18": Special(with_units=("S1",)),
    "LY-0207 01-26": Special(habit="late_by_seven"),
    "KN-0418 22-7": Special(habit="in_advance"),
    "AU-0611 07-21": Special(habit="in_parts"),
    "KN-0419 23-28": Special(habit="in_parts"),
    "KN-0420 24-4": Special(habit="late_by_two"),
    "AU-0618 14-6": Special(habit="late_by_two"),
    "LY-0209 03-7": Special(habit="late_by_two"),
    "KN-0418 22-31": Special(tenant="KN-0418 22-31N"),
    "AU-0615 11-24": Special(tenant="AU-0615 11-24N"),
    "LY-0207 01-14": Special(tenant="LY-0207 01-14N"),
    "KN-0423 27-8": Special(previous_payer_code="0423/8"),
    "LY-0212 06-6": Special(previous_payer_code="0212/6"),
}

# A flat that is sold every other 1 April, so that two years always hold one sale.
SALE_EVERY_MONTHS = 24
SOLD_FLAT = "KN-0419 23-7"
SOLD_FLAT_OWNERS = ("Rimantas Sniegulėnas", "Daiva Viržėnienė", "Tomas Debesaitis")

# Surnames made up for the town: of a man, of a woman.
SURNAMES = (
    ("Sniegulėnas", "Sniegulėnienė"),
    ("Rasotaitis", "Rasotaitytė"),
    ("Debesaitis", "Debesaitienė"),
    ("Žvirgždelis", "Žvirgždelytė"),
    ("Miglinėlis", "Miglinėlienė"),
    ("Varputis", "Varputytė"),
    ("Lapelėnas", "Lapelėnienė"),
    ("Gilužėlis", "Gilužėlytė"),
    ("Šerkšnelis", "Šerkšnelienė"),
    ("Pumpurėlis", "Pumpurėlytė"),
    ("Avietėnas", "Avietėnaitė"),
    ("Skroblelis", "Skroblelienė"),
    ("Kadugėnas", "Kadugėnienė"),
    ("Samanėlis", "Samanėlytė"),
    ("Vėjelaitis", "Vėjelaitienė"),
    ("Bruknelaitis", "Bruknelaitytė"),
    ("Viržėnas", "Viržėnienė"),
    ("Pilnatėlis", "Pilnatėlienė"),
    ("Čiobrelaitis", "Čiobrelaitytė"),
    ("Įlankėlis", "Įlankėlienė"),
)
MEN = (
    "Jonas",
    "Algirdas",
    "Vytautas",
    "Petras",
    "Kęstutis",
    "Mindaugas",
    "Saulius",
    "Žygimantas",
    "Darius",
    "Ąžuolas",
)
WOMEN = ("Ona", "Irena", "Rasa", "Jūratė", "Aušra", "Eglė", "Živilė", "Danutė", "Šarūnė", "Giedrė")
KINDS = {"K": "commercial", "G": "garage", "S": "storage"}
AREAS = {"commercial": (48, 165), "garage": (16, 24), "storage": (4, 9)}
USUAL_HABITS = ("prompt",) * 12 + ("automatic",) * 3 + ("a_few_days_late",) * 4 + ("with_next_bill",) * 2


def seeded(*key: str) -> Random:
    """Return dice that fall the same way for the same key, in every run and on every machine."""
    # Nothing secret comes from these: they only make up the town.
    return Random("|".join(key))  # noqa: S311


def sale_days(*, today: date) -> list[date]:
    """Return the days from which the flat that is sold has had a new owner."""
    return [
        date(year, 4, 1)
        for year in range(FIRST_MONTH.year, today.year + 1, SALE_EVERY_MONTHS // 12)
        if date(year, 4, 1) <= today
    ]


@lru_cache(maxsize=4)
def books(*, today: date) -> tuple[Book, ...]:
    """Return every payment book that there has been up to this day."""
    found: list[Book] = []
    for company in COMPANIES:
        serials = count(4201)
        for building in BUILDINGS:
            if building.company is company:
                for book in _books_of(building, serials):
                    found += _sold(book, today=today) if book.payer_code == SOLD_FLAT else [book]
    return tuple(found)


def _books_of(building: Building, serials: Iterator[int]) -> Iterator[Book]:
    units = [*map(str, building.flats), *building.others]
    attached = {
        unit
        for code, story in SPECIALS.items()
        if code.startswith(building.account)
        for unit in story.with_units
    }
    for unit in units:
        if unit in attached:
            continue
        payer_code = f"{building.account}-{unit}"
        story = SPECIALS.get(payer_code, Special())
        dice = seeded(payer_code)
        book = Book(
            company=building.company,
            payer_code=payer_code,
            serial=next(serials),
            payer_name=story.payer_name or _somebody(dice),
            premises=tuple(_premises(building, each) for each in (unit, *story.with_units)),
            habit=story.habit or dice.choice(USUAL_HABITS),
            services="upkeep" if story.tenant else "all",
            payer_kind=story.payer_kind,
            payer_company_code=story.payer_company_code,
            payer_email=story.payer_email,
            previous_payer_code=story.previous_payer_code,
        )
        yield book
        if story.tenant:
            yield replace(
                book,
                payer_code=story.tenant,
                serial=next(serials),
                payer_name=_somebody(seeded(story.tenant)),
                services="used",
                payer_role="tenant",
            )


def _sold(book: Book, *, today: date) -> Iterator[Book]:
    days = sale_days(today=today)
    for number, (opened_on, next_opened_on) in enumerate(zip(days, [*days[1:], None], strict=True)):
        yield replace(
            book,
            # Every owner has bills of one's own; 5,000 and up are free of the other books.
            serial=5000 + number,
            payer_name=SOLD_FLAT_OWNERS[number % len(SOLD_FLAT_OWNERS)],
            habit="leaves_a_debt",
            opened_on=opened_on,
            closed_on=next_opened_on and next_opened_on - timedelta(days=1),
        )


def _premises(building: Building, unit: str) -> Premises:
    dice = seeded(building.account, unit, "premises")
    kind = KINDS.get(unit[0], "flat")
    low, high = AREAS.get(kind, (24, 88))
    area_m2 = Decimal(dice.randint(low * 100, high * 100)) / 100
    story = SPECIALS.get(f"{building.account}-{unit}", Special())
    return Premises(
        building=building,
        kind=kind,
        unit=unit,
        area_m2=story.area_m2 or area_m2,
        staircase=str((int(unit) - 1) // building.flats_per_staircase + 1) if kind == "flat" else "",
        people=story.people or dice.randint(1, 4),
    )


def _somebody(dice: Random) -> str:
    man, woman = dice.choice(SURNAMES)
    return f"{dice.choice(MEN)} {man}" if dice.random() < 0.45 else f"{dice.choice(WOMEN)} {woman}"
