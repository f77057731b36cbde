"""A made-up company, and statements of its bank with what people really write; whose money it is, is known.

Everything comes from one seed. `Transfer.truth` says which books the money is for; None: nobody can know from
what the transfer says, or it is no resident's. `is_told` says whether a careful clerk with the books, the bills and
the register before them could place it.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from invoices.models import BankEntry, Invoice, Payment
from invoices.references import reference_for_book, reference_for_invoice, reference_for_parts
from properties.models import BookPremises, Building, ManagingCompany, PaymentBook, Property

IBAN = "LT601010012345678901"
PROVIDER_IBAN = "LT663500010000000009"
PROVIDER_NAME = "Bandomieji mokėjimai, UAB"
TODAY = date(2026, 11, 20)
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"

_MEN = [
    "Jonas",
    "Petras",
    "Tomas",
    "Andrius",
    "Mindaugas",
    "Kęstutis",
    "Šarūnas",
    "Žygimantas",
    "Darius",
    "Rokas",
    "Vytas",
    "Ąžuolas",
]
_WOMEN = [
    "Ona",
    "Birutė",
    "Eglė",
    "Rasa",
    "Živilė",
    "Šarūnė",
    "Ugnė",
    "Lina",
    "Aušra",
    "Jūratė",
    "Inga",
    "Čiurlė",
]
_STEMS = [
    "Girn",
    "Lapt",
    "Vėjal",
    "Smiltyn",
    "Kopg",
    "Marių",
    "Žuvyt",
    "Burl",
    "Inkar",
    "Bangal",
    "Švytr",
    "Molgr",
    "Karkl",
    "Nerg",
    "Juodkr",
    "Preil",
    "Pervalk",
    "Nidm",
    "Drevern",
    "Priekul",
    "Ventėj",
    "Kairin",
    "Sendvar",
    "Jakšt",
    "Dituv",
    "Dercek",
    "Girkal",
    "Kretk",
    "Vėžaič",
    "Gargžd",
    "Endriej",
    "Judrėn",
    "Veivirž",
    "Agluon",
    "Lapiuk",
    "Plikin",
    "Kuliuk",
    "Salant",
    "Mosėd",
    "Skuodm",
    "Barstyč",
    "Ylakm",
    "Lenkim",
    "Šatėj",
    "Kalnal",
    "Darbėm",
]
_ENDINGS = (
    ("ėnas", "ėnienė", "ėnaitė"),
    ("onis", "onienė", "onytė"),
    ("ūnas", "ūnienė", "ūnaitė"),
    ("eika", "eikienė", "eikaitė"),
)
_FLATS_OF_A_HOUSE = 40
_STREETS = ("Beržyno g.", "Liepų g.", "Šilo pr.", "Bangų g.", "Sodų g.")


@dataclass
class Household:
    """A payment book with who stands in the register and who may pay for it."""

    book: PaymentBook
    premises: Property
    owner: str
    family: str
    stranger: str
    invoices: list[Invoice] = field(default_factory=list)
    due: Decimal = Decimal(0)

    @property
    def place(self) -> str:
        """Return „Gatvė 8-15“."""
        return f"{self.premises.building.street} {self.premises.building.house}-{self.premises.unit}"


@dataclass
class Transfer:
    amount: Decimal
    payer: str = ""
    text: str = ""
    structured: str = ""
    truth: dict[int, Decimal] | None = None
    is_told: bool = True
    what: str = ""
    day: date = TODAY
    payer_iban: str = ""
    reference: str = ""
    is_credit: bool = True
    is_reversal: bool = False
    status: str = "BOOK"
    currency: str = "EUR"
    # Payments of one booked sum, told one by one.
    parts: list["Transfer"] = field(default_factory=list)


# ── The statement ───────────────────────────────────────────────────────────────────────────────


def statement(transfers: list[Transfer], *, iban: str = IBAN, version: str = "02") -> str:
    """Return a statement as a bank writes it."""
    entries = "".join(_entry(transfer, version) for transfer in transfers)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{NAMESPACE.format(version=version)}"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>'
        f"<Stmt><Id>1</Id><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{entries}</Stmt>"
        "</BkToCstmrStmt></Document>\n"
    )


def _entry(transfer: Transfer, version: str) -> str:
    status = transfer.status if version == "02" else f"<Cd>{transfer.status}</Cd>"
    reference = f"<AcctSvcrRef>{escape(transfer.reference)}</AcctSvcrRef>" if transfer.reference else ""
    details = "".join(_details(part, version, is_part=bool(transfer.parts)) for part in _parts(transfer))
    return (
        f'<Ntry><Amt Ccy="{transfer.currency}">{transfer.amount}</Amt>'
        f"<CdtDbtInd>{'CRDT' if transfer.is_credit else 'DBIT'}</CdtDbtInd>"
        f"{'<RvslInd>true</RvslInd>' if transfer.is_reversal else ''}<Sts>{status}</Sts>"
        f"<BookgDt><Dt>{transfer.day}</Dt></BookgDt>{reference}<NtryDtls>{details}</NtryDtls></Ntry>\n"
    )


def _parts(transfer: Transfer) -> list[Transfer]:
    return transfer.parts or [transfer]


def _details(transfer: Transfer, version: str, *, is_part: bool) -> str:
    amount = f'<Amt Ccy="EUR">{transfer.amount}</Amt>'
    if version == "02":
        amount = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    name = f"<Nm>{escape(transfer.payer)}</Nm>"
    debtor = name if version == "02" else f"<Pty>{name}</Pty>"
    account = (
        f"<DbtrAcct><Id><IBAN>{transfer.payer_iban}</IBAN></Id></DbtrAcct>" if transfer.payer_iban else ""
    )
    parties = f"<RltdPties><Dbtr>{debtor}</Dbtr>{account}</RltdPties>" if transfer.payer else ""
    told = f"<Ustrd>{escape(transfer.text)}</Ustrd>" if transfer.text else ""
    if transfer.structured:
        told += f"<Strd><CdtrRefInf><Ref>{transfer.structured}</Ref></CdtrRefInf></Strd>"
    return f"<TxDtls>{amount if is_part else ''}{parties}<RmtInf>{told}</RmtInf></TxDtls>"


# ── The company ─────────────────────────────────────────────────────────────────────────────────


class Town:
    """Some hundred books with debts: neighbours with codes in a row, relatives, namesakes, equal garages, sales."""

    def __init__(self, *, seed: int, flats: int = 240) -> None:
        self.random = Random(seed)
        self.company = ManagingCompany.objects.create(
            company_code="300000017", name="UAB „Bandomieji namai“", declares_readings=False, iban=IBAN
        )
        self.households: list[Household] = []
        self.garages: list[Household] = []
        self.sold: list[tuple[Household, Household]] = []
        self.paid: set[int] = set()
        self.numbers = 0
        houses = [
            Building(
                managing_company=self.company,
                city="Klaipėda",
                street=_STREETS[place % len(_STREETS)],
                house=str(3 + place * 5),
            )
            for place in range(flats // _FLATS_OF_A_HOUSE)
        ]
        for house in houses:
            house.save()
        for place in range(flats // _FLATS_OF_A_HOUSE * _FLATS_OF_A_HOUSE):
            self.households.append(self._flat(houses, place))
        self._firms(houses[-1])
        self._garages(houses[0])
        self._sales()
        self._save()
        gone = {id(seller) for seller, _buyer in self.sold}
        self.households = [household for household in self.households if id(household) not in gone]

    def _name(self) -> tuple[str, str]:
        """Return somebody and somebody of the same family."""
        stem, (man, *woman) = self.random.choice(_STEMS), self.random.choice(_ENDINGS)
        pair = [
            f"{self.random.choice(_MEN)} {stem}{man}",
            f"{self.random.choice(_WOMEN)} {stem}{self.random.choice(woman)}",
        ]
        self.random.shuffle(pair)
        return pair[0], pair[1]

    def _flat(self, houses: list[Building], place: int) -> Household:
        house, flat = place // _FLATS_OF_A_HOUSE, place % _FLATS_OF_A_HOUSE + 1
        # Half of the company came from another one, with codes of digits.
        code = f"KN-{400 + house:04} 22-{flat}" if house % 2 == 0 else f"{house}0417{flat:04}"
        premises = Property(building=houses[house], kind="flat", unit=str(flat))
        household = self._household(code, *self._name(), premises)
        self._bill(household, self.random.choice([1, 1, 1, 2, 3]))
        return household

    def _household(
        self, code: str, owner: str, family: str, premises: Property, *, kind: str = "person", **fields: Any
    ) -> Household:
        book = PaymentBook(
            managing_company=self.company, payer_code=code, payer_name=owner, payer_kind=kind, **fields
        )
        return Household(book, premises, owner, family, self._name()[0])

    def _bill(self, household: Household, months: int, amount: Decimal | None = None) -> None:
        for month in range(10 - months, 10):
            self.numbers += 1
            charged = amount or Decimal(self.random.randint(2500, 19000)) / 100
            household.invoices.append(
                Invoice(
                    managing_company=self.company,
                    number=f"BN-2026-{self.numbers:06}",
                    period=date(2026, month, 1),
                    issued_on=date(2026, month + 1, 5),
                    due_on=date(2026, month + 1, 28),
                    charged=charged,
                    total=charged,
                    content_hash="",
                )
            )
            household.due += charged

    def _firms(self, house: Building) -> None:
        """Some premises are of companies, whose names banks and registers abbreviate each in its own way."""
        for number, stem in enumerate(self.random.sample(_STEMS, len(self.households) // 24)):
            premises = Property(building=house, kind="commercial", unit=f"K{number}")
            firm = self._household(
                f"KN-0900 {number:02}", f"UAB „{stem}ėnų prekyba“", self._name()[0], premises, kind="company"
            )
            self._bill(firm, 1)
            self.households.append(firm)

    def _garages(self, house: Building) -> None:
        """Some have a garage too, all for the same money."""
        for number, household in enumerate(self.random.sample(self.households, len(self.households) // 8)):
            premises = Property(building=house, kind="garage", unit=f"G{number}")
            garage = self._household(f"GR-{7001 + number}", household.owner, household.family, premises)
            self._bill(garage, 1, Decimal("7.50"))
            self.garages.append(garage)

    def _sales(self) -> None:
        """Some were sold: the code stays with the flat, the debt with who had it."""
        for seller in self.random.sample(self.households, max(len(self.households) // 20, 1)):
            seller.book.closed_on = date(2026, 9, 30)
            buyer = self._household(
                seller.book.payer_code, *self._name(), seller.premises, opened_on=date(2026, 10, 1)
            )
            self._bill(buyer, 1)
            self.sold.append((seller, buyer))

    def _save(self) -> None:
        everybody = self.everybody()
        premises = list({id(one.premises): one.premises for one in everybody}.values())
        for place in premises:
            place.derive_keys()
        for one in everybody:
            one.book.derive_keys()
        Property.objects.bulk_create(premises)
        PaymentBook.objects.bulk_create(one.book for one in everybody)
        BookPremises.objects.bulk_create(
            BookPremises(payment_book=one.book, property=one.premises) for one in everybody
        )
        for one in everybody:
            for invoice in one.invoices:
                invoice.payment_book = one.book
        Invoice.objects.bulk_create(invoice for one in everybody for invoice in one.invoices)

    def everybody(self) -> list[Household]:
        """Return all households, those that sold included."""
        return [*self.households, *self.garages, *(buyer for _seller, buyer in self.sold)]

    # ── What people write ───────────────────────────────────────────────────────────────────────

    def transfers(self, count: int) -> list[Transfer]:
        """Return a statement's transfers: each household pays at most once in a while, in its own way."""
        ways = [
            (30, self.by_reference), (10, self.by_typed_reference), (14, self.by_code), (6, self.by_family),
            (4, self.a_round_sum), (4, self.code_and_invoice), (6, self.by_invoice), (11, self.by_name),
            (3, self.two_books), (2, self.by_list), (2, self.for_a_daughter), (2, self.broken_reference),
            (1, self.broken_code), (1, self.after_a_sale), (1, self.batch),
            (0.7, self.stranger_with_code), (0.4, self.declined), (0.3, self.address_alone),
            (0.5, self.neighbours_code), (1, self.nothing_told), (0.3, self.lump), (0.3, self.reversal),
            (0.5, self.not_ours), (0.3, self.namesake), (0.5, self.twice), (0.4, self.name_of_another_in_text),
        ]  # fmt: skip
        made: list[Transfer] = []
        turns = list(self.households) + self.garages
        self.random.shuffle(turns)
        for household in turns:
            if len(made) >= count:
                break
            if household.book.pk in self.paid:
                continue
            [way] = self.random.choices([way for _weight, way in ways], [weight for weight, _way in ways])
            transfer = way(household)
            self.paid |= {book for one in (transfer, *transfer.parts) for book in one.truth or ()}
            day = TODAY - timedelta(days=self.random.randrange(3))
            for one in (transfer, *transfer.parts):
                one.what, one.day = way.__name__, day
            made.append(transfer)
        self.random.shuffle(made)
        for number, transfer in enumerate(made):
            # One bank in ten gives no reference.
            transfer.reference = f"2026-{number:07}" if self.random.random() < 0.9 or transfer.parts else ""
        return made

    def _another(self, household: Household) -> Household:
        """Return another household that has not paid yet."""
        return self.random.choice(
            [one for one in self.households if one is not household and one.book.pk not in self.paid]
        )

    def whole(self, household: Household, amount: Decimal | None = None) -> dict[int, Decimal]:
        return {household.book.pk: household.due if amount is None else amount}

    def words(self) -> str:
        month = self.random.choice(
            ["rugsėjis", "už spalio mėn.", "2026-10", "10 mėn.", "spalis 2026", "2026.10.31"]
        )
        return self.random.choice(
            [
                "komunaliniai",
                "už butą",
                "komunaliniai mokesčiai",
                "sąskaita",
                "mokesčiai už komunalines",
                "",
                "Buto išlaikymas",
            ]
        ) + self.random.choice(["", f" {month}", f", {month}"])

    def bank_name(self, name: str) -> str:
        """Return a name as banks pass it on."""
        if name.startswith("UAB"):
            bare = name.removeprefix("UAB ").strip("„“")
            return self.random.choice(
                [name, f"{bare}, UAB", f"Uždaroji akcinė bendrovė {bare}", f'UAB "{bare}"', name.upper()]
            )
        first, last = name.split()
        return self.random.choice(
            [name, name, f"{last} {first}", name.upper(), f"{last.upper()} {first.upper()}", _plain(name)]
        )

    def typed_code(self, code: str) -> str:
        said = self.random.choice(
            [
                code, code, code.replace(" ", ""), code.replace("-", " "), code.lower(),
                code.replace("-", "").replace(" ", ""),
                code.replace(" ", " / "),
            ]
        )  # fmt: skip
        before = self.random.choice(
            ["mok. kodas ", "Mokėtojo kodas: ", "", "PK ", "kodas ", "kodas", "m.k. ", "moketojo kodas Nr. "]
        )
        return self.random.choice(["{0}{1} {2}", "{2} {0}{1}", "{2}, {0}{1}"]).format(
            before, said, self.words()
        )

    def by_reference(self, household: Household) -> Transfer:
        latest = household.invoices[-1]
        if self.random.random() < 0.5:
            return Transfer(
                household.due, self.bank_name(household.stranger), structured=reference_for_book(book=household.book),
                truth=self.whole(household),
            )  # fmt: skip
        amount = self.random.choice([latest.charged, Decimal("50.00"), household.due])
        return Transfer(
            amount, self.bank_name(self.random.choice([household.owner, household.stranger])), self.words(),
            reference_for_invoice(invoice=latest), self.whole(household, amount),
        )  # fmt: skip

    def by_typed_reference(self, household: Household) -> Transfer:
        reference = reference_for_invoice(invoice=household.invoices[-1])
        typed = self.random.choice(
            [
                " ".join(reference[at : at + 4] for at in range(0, len(reference), 4)),
                reference.lower(),
                reference.replace("0", "O", 1),
                reference[:2] + " " + reference[2:],
                reference[2:],
                "Nr." + reference,
            ]
        )
        amount = self.random.choice([household.due, Decimal("100.00")])
        text = self.random.choice(["{1}", "{0} {1}", "{1} {0}", "įmokos kodas {1}", "{1}, {0}"])
        return Transfer(
            amount, self.bank_name(household.stranger), text.format(self.words(), typed),
            truth=self.whole(household, amount),
        )  # fmt: skip

    def by_code(self, household: Household) -> Transfer:
        amount = self.random.choice([household.due, household.due, household.invoices[-1].charged])
        return Transfer(
            amount, self.bank_name(household.owner), self.typed_code(household.book.payer_code),
            truth=self.whole(household, amount),
        )  # fmt: skip

    def by_family(self, household: Household) -> Transfer:
        payer = self.random.choice([household.family, household.family, household.stranger])
        return Transfer(
            household.due, self.bank_name(payer), self.typed_code(household.book.payer_code),
            truth=self.whole(household),
        )  # fmt: skip

    def a_round_sum(self, household: Household) -> Transfer:
        amount = Decimal(self.random.choice(["50.00", "100.00", "20.00", "150.00"]))
        payer = self.random.choice([household.owner, household.owner, household.family])
        return Transfer(
            amount, self.bank_name(payer), self.typed_code(household.book.payer_code),
            truth=self.whole(household, amount),
        )  # fmt: skip

    def code_and_invoice(self, household: Household) -> Transfer:
        amount = self.random.choice([household.due, Decimal("33.00")])
        number = self.random.choice(household.invoices).number
        number = self.random.choice([number, number.lower(), number.replace("-", " ")])
        text = f"{self.typed_code(household.book.payer_code)} sąsk. {number}"
        return Transfer(
            amount, self.bank_name(household.stranger), text, truth=self.whole(household, amount),
        )  # fmt: skip

    def by_invoice(self, household: Household) -> Transfer:
        invoice = self.random.choice(household.invoices)
        number = self.random.choice(
            [
                invoice.number,
                invoice.number.lower(),
                invoice.number.replace("-", ""),
                invoice.number.replace("-", " - "),
            ]
        )
        payer = self.random.choice([household.owner, household.stranger, household.family])
        text = self.random.choice(["Sąskaita Nr. {}", "{}", "pagal {} sąskaitą", "SF {}", "s-ta {}, ačiū"])
        return Transfer(
            invoice.charged, self.bank_name(payer), text.format(number), truth=self.whole(household, invoice.charged),
        )  # fmt: skip

    def by_name(self, household: Household) -> Transfer:
        text = self.random.choice(
            [
                self.words(),
                f"už butą {household.premises.unit} rugsėjis",
                household.place,
                "but. " + household.premises.unit,
            ]
        )
        if household in self.garages:
            # Who has one for the same money as everybody's, and a flat too, is found by name and sum.
            text = self.random.choice(["už garažą", "garažas", ""])
        return Transfer(
            household.due, self.bank_name(household.owner), text, truth=self.whole(household),
            is_told=self._is_alone(household),
        )  # fmt: skip

    def _is_alone(self, household: Household) -> bool:
        """Tell whether nobody else of that name owes the same; else nobody could say whose it is."""
        return not any(
            other is not household and other.owner == household.owner and household.due in
            {other.due, *(invoice.charged for invoice in other.invoices)}
            for other in self.everybody()
        )  # fmt: skip

    def two_books(self, household: Household) -> Transfer:
        own = [one for one in self.garages if one.owner == household.owner and one is not household]
        other = next((one for one in own if one.book.pk not in self.paid), None) or self._another(household)
        codes = [household.book.payer_code, other.book.payer_code]
        text = self.random.choice(["{} ir {}", "mok. kodai {}, {}", "už {} bei {}"]).format(*codes)
        return Transfer(
            household.due + other.due, self.bank_name(household.owner), text,
            truth=self.whole(household) | self.whole(other),
        )  # fmt: skip

    def by_list(self, household: Household) -> Transfer:
        other = self._another(household)
        parts = self.whole(household) | self.whole(other)
        return Transfer(
            household.due + other.due, self.bank_name(household.owner), "",
            reference_for_parts(company=self.company, parts=parts), parts,
        )  # fmt: skip

    def for_a_daughter(self, household: Household) -> Transfer:
        """A mother with a book of her own pays for her daughter's."""
        mother = self.random.choice(self.households)
        text = f"už dukrą {self.typed_code(household.book.payer_code)}"
        return Transfer(household.due, self.bank_name(mother.owner), text, truth=self.whole(household))

    def broken_reference(self, household: Household) -> Transfer:
        reference = reference_for_invoice(invoice=household.invoices[-1])
        at = self.random.randrange(4, len(reference))
        broken = self.random.choice(
            [
                reference[:at] + reference[at + 1 :],
                reference[:at] + str((int(reference[at]) + 1) % 10) + reference[at + 1 :],
            ]
        )
        return Transfer(
            household.due, self.bank_name(household.owner), f"{self.words()} {broken}", truth=self.whole(household),
            is_told=self._is_alone(household),
        )  # fmt: skip

    def broken_code(self, household: Household) -> Transfer:
        """A digit is missing or wrong: nobody's code, or a neighbour's."""
        code = household.book.payer_code
        at = self.random.choice([place for place, char in enumerate(code) if char.isdigit()])
        broken = self.random.choice(
            [code[:at] + code[at + 1 :], code[:at] + str((int(code[at]) + 1) % 10) + code[at + 1 :]]
        )
        hits = {other.book.payer_code for other in self.households + self.garages}
        return Transfer(
            household.due, self.bank_name(household.owner), f"mok. kodas {broken}", truth=self.whole(household),
            # The name and the sum say one thing, the code another: a question for the payer.
            is_told=broken not in hits and self._is_alone(household),
        )  # fmt: skip

    def after_a_sale(self, household: Household) -> Transfer:
        left = [one for pair in self.sold for one in pair if one.book.pk not in self.paid]
        if not left:
            return self.by_code(household)
        payer = self.random.choice(left)
        text = self.random.choice([self.typed_code(payer.book.payer_code), payer.invoices[-1].number])
        amount = payer.invoices[-1].charged if text == payer.invoices[-1].number else payer.due
        return Transfer(amount, self.bank_name(payer.owner), text, truth=self.whole(payer, amount))

    def batch(self, household: Household) -> Transfer:
        """Card payments that the bank books as one sum and tells one by one."""
        parts = [self.by_reference(household)]
        parts.append(self.by_code(self._another(household)))
        return Transfer(sum((part.amount for part in parts), Decimal(0)), parts=parts)

    def stranger_with_code(self, household: Household) -> Transfer:
        """Right, but nothing confirms it."""
        amount = Decimal(self.random.randint(1000, 9000)) / 100
        return Transfer(
            amount, self.bank_name(household.stranger), self.typed_code(household.book.payer_code),
            truth=self.whole(household, amount),
        )  # fmt: skip

    def declined(self, household: Household) -> Transfer:
        """Somebody pays for a relative, whose name stands in the text as grammar wants it."""
        name = (
            household.owner.replace("ienė", "ienę")
            .replace("aitė", "aitę")
            .replace("ytė", "ytę")
            .replace("as", "ą")
        )
        return Transfer(
            household.due,
            self.bank_name(household.stranger),
            f"už {name}, {self.words()}",
            truth=self.whole(household),
        )

    def address_alone(self, household: Household) -> Transfer:
        return Transfer(
            household.due,
            self.bank_name(household.family),
            f"už {household.place}",
            truth=self.whole(household),
        )

    def neighbours_code(self, household: Household) -> Transfer:
        """A relative slips and types the next flat's code: whose it is, the transfer does not say."""
        row = [
            one
            for one in (*self.households, *self.garages)
            if (one.premises.building, one.premises.kind)
            == (household.premises.building, household.premises.kind)
        ]
        place = row.index(household)
        neighbour = row[place - 1] if place else row[1]
        # Of equal sums the slip would show nowhere; a clerk would not see it either.
        told = {neighbour.due, *(invoice.charged for invoice in neighbour.invoices)}
        amount = Decimal("61.00") if household.due in told else household.due
        text = self.typed_code(neighbour.book.payer_code)
        return Transfer(
            amount,
            self.bank_name(household.stranger),
            text,
            truth=self.whole(household, amount),
            is_told=False,
        )

    def nothing_told(self, household: Household) -> Transfer:
        return Transfer(
            self.random.choice([household.due, Decimal("40.00")]), self.bank_name(self._unknown()), self.words(),
            truth=None, is_told=False,
        )  # fmt: skip

    def _unknown(self) -> str:
        return f"{self.random.choice(_WOMEN)} {self.random.choice(_STEMS)}auskaitė"

    def lump(self, household: Household) -> Transfer:
        return Transfer(
            Decimal(self.random.randint(50000, 900000)) / 100, PROVIDER_NAME,
            f"Surinktos įmokos {household.book.payer_code}",
            truth=None, payer_iban=self.random.choice(["", PROVIDER_IBAN]), is_told=False,
        )  # fmt: skip

    def reversal(self, household: Household) -> Transfer:
        return Transfer(
            household.due, self.bank_name(household.owner), household.book.payer_code, truth=None, is_told=False,
            is_credit=False, is_reversal=True,
        )  # fmt: skip

    def not_ours(self, household: Household) -> Transfer:
        """Refunds, what is not booked yet, another currency: left out."""
        how = self.random.choice([{"is_credit": False}, {"status": "PDNG"}, {"currency": "USD"}])
        return Transfer(
            household.due, self.bank_name(household.owner), household.book.payer_code, truth=None, is_told=False, **how  # type: ignore[arg-type]
        )  # fmt: skip

    def twice(self, household: Household) -> Transfer:
        """Paid by its reference before, and now by name and sum again: nothing is owed any more."""
        Payment.objects.create(
            managing_company=self.company, payment_book=household.book, bank_reference=f"OLD-{household.book.pk}",
            paid_on=date(2026, 11, 10), amount=household.due,
        )  # fmt: skip
        return Transfer(
            household.due,
            self.bank_name(household.owner),
            self.words(),
            truth=self.whole(household),
            is_told=False,
        )

    def namesake(self, household: Household) -> Transfer:
        """Somebody of the same name who lives elsewhere, with a sum that is nobody's."""
        return Transfer(
            household.due + Decimal("0.37"),
            self.bank_name(household.owner),
            self.words(),
            truth=None,
            is_told=False,
        )

    def name_of_another_in_text(self, household: Household) -> Transfer:
        payer = self.random.choice(self.households)
        return Transfer(
            household.due, self.bank_name(payer.owner), f"už {household.owner}, {self.words()}",
            truth=self.whole(household), is_told=self._is_alone(household) and payer.due != household.due,
        )  # fmt: skip


def _plain(name: str) -> str:
    return name.translate(str.maketrans("ąčęėįšųūžĄČĘĖĮŠŲŪŽ", "aceeisuuzACEEISUUZ"))


# ── How it went ─────────────────────────────────────────────────────────────────────────────────


@dataclass
class Score:
    """What became of the transfers of some statements."""

    told: int = 0
    matched: int = 0
    wrong: list[Transfer] = field(default_factory=list)
    left: list[Transfer] = field(default_factory=list)
    beyond: int = 0
    all: int = 0

    @property
    def share(self) -> float:
        """Return how much of what a clerk could place was placed."""
        return self.matched / self.told

    def add(self, transfers: list[Transfer]) -> None:
        """Compare the payments that stand with the truth."""
        posted: dict[str, dict[int, Decimal]] = {}
        for payment in Payment.objects.all():
            books = posted.setdefault(payment.bank_reference, {})
            books[payment.payment_book_id] = books.get(payment.payment_book_id, Decimal(0)) + payment.amount
        unreferenced = {
            (entry.booked_on, entry.amount, entry.payer_name, entry.text): entry.bank_reference
            for entry in BankEntry.objects.filter(bank_reference__startswith="camt-")
        }
        for transfer in transfers:
            for number, one in enumerate(_parts(transfer), start=1):
                reference = f"{transfer.reference}/{number}" if transfer.parts else transfer.reference
                if not reference:
                    text = "; ".join(filter(None, (one.structured, " ".join(one.text.split()))))
                    reference = unreferenced.get((one.day, one.amount, one.payer, text), "")
                self._add(one, posted.get(reference, {}))

    def _add(self, one: Transfer, books: dict[int, Decimal]) -> None:
        self.all += 1
        if books and books != one.truth:
            self.wrong.append(one)
        if not one.is_told:
            self.beyond += 1
            return
        self.told += 1
        if books:
            self.matched += 1
        else:
            self.left.append(one)
