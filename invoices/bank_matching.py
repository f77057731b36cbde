"""Whose payment a credit of the bank is: one pure function. Never wrong comes before never unmatched.

In this order: a payment reference; a payer code or invoice number in the text, which the sum, the payer or the
flat has to confirm, since neither has check digits and a slip of the pen is a neighbour's; the sum and the payer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import takewhile

from lithuanian.folding import fold_text

from .bank_clues import Gram, flats_in, places_in
from .bank_statement import BATCH, REVERSAL
from .models import BankEntry

Reason, FoundBy = BankEntry.Reason, BankEntry.FoundBy
# Lithuanian surnames of one family differ in their endings: Pavyzdys, Pavyzdienė, Pavyzdytė.
_STEM, _ENDING = 4, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What a statement says of one sum that came in."""

    booked_on: date
    amount: Decimal
    text: str
    payer_name: str = ""
    nature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What is known of a payment book that a credit may be for, before anything of the file is posted."""

    id: int
    opened_on: date | None
    closed_on: date | None
    # Folded: the last word of the name as the register writes it.
    surname: str
    is_person: bool
    due: Decimal
    # What somebody may pay at once: all that is owed, or one open invoice.
    sums: frozenset[Decimal]
    # Folded street, house and flat of each of the premises.
    places: frozenset[tuple[str, str, str]] = frozenset()

    def is_open(self, on: date) -> bool:
        """Tell whether the book lasts on that day, which is one of its days."""
        return (self.opened_on is None or self.opened_on <= on) and (
            self.closed_on is None or on <= self.closed_on
        )

    @property
    def flats(self) -> set[str]:
        """Return the folded numbers of its flats; a building's only premises may have none."""
        return {flat for _street, _house, flat in self.places if flat}


@dataclass(frozen=True, slots=True)
class Part:
    """How much of a credit is for which book, and which invoice it names."""

    book: int
    amount: Decimal
    invoice_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a payment reference points at: one book, perhaps by an invoice of it, or a fixed list of parts."""

    book: int = 0
    invoice_number: str = ""
    # What is open of the invoice, or owed on the book.
    owed: Decimal = Decimal(0)
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A payer code or an invoice number of this company's that stands in the text."""

    gram: Gram
    # A code that went from one payer to the next has several.
    books: frozenset[int]
    # With a number: as it is to be named on the payment, and the sums that it says.
    invoice_number: str = ""
    sums: frozenset[Decimal] = frozenset()
    is_invoice: bool = False
    # Books whose codes are so like this one that a slip of the pen may have meant them.
    alike: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What of a credit was found among the books of the company."""

    targets: tuple[Target, ...] = ()
    hits: tuple[Hit, ...] = ()
    # Whose name is the payer's, and whose stands in the text.
    payers: frozenset[int] = frozenset()
    named: frozenset[int] = frozenset()
    books: Mapping[int, Book] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    parts: tuple[Part, ...]
    found_by: BankEntry.FoundBy


def match(*, credit: Credit, clues: Clues) -> Match | BankEntry.Reason:
    """Return the books that a credit is for, its parts adding up to its sum, or why only a person can tell."""
    if credit.nature == REVERSAL or credit.amount <= 0:
        return Reason.REVERSAL
    if credit.nature == BATCH:
        return Reason.BATCH
    if clues.targets:
        return _by_reference(credit, clues.targets)
    hits = _telling(clues.hits)
    if hits:
        return _by_text(credit, clues, hits)
    return _by_sum_and_payer(credit, clues)


# ── By a payment reference ──────────────────────────────────────────────────────────────────────


def _by_reference(credit: Credit, targets: tuple[Target, ...]) -> Match | BankEntry.Reason:
    if len(targets) > 1:
        if (
            any(target.parts for target in targets)
            or _total(target.owed for target in targets) != credit.amount
        ):
            return Reason.SEVERAL
        parts = [Part(target.book, target.owed, target.invoice_number) for target in targets]
        if any(part.amount <= 0 for part in parts) or len({part.book for part in parts}) < len(parts):
            return Reason.SEVERAL
        return Match(tuple(parts), FoundBy.REFERENCE)
    [target] = targets
    if not target.parts:
        return Match((Part(target.book, credit.amount, target.invoice_number),), FoundBy.REFERENCE)
    if _total(part.amount for part in target.parts) != credit.amount:
        return Reason.SUM_DIFFERS
    return Match(target.parts, FoundBy.REFERENCE)


# ── By the text ─────────────────────────────────────────────────────────────────────────────────


def _telling(hits: tuple[Hit, ...]) -> list[Hit]:
    """Return the hits that no longer one holds; weak ones only where there is no other."""
    longest = [hit for hit in hits if not any(other.gram.holds(hit.gram) for other in hits)]
    return [hit for hit in longest if not hit.gram.is_weak] or longest


def _by_text(credit: Credit, clues: Clues, hits: list[Hit]) -> Match | BankEntry.Reason:
    by_code = {book for hit in hits if not hit.is_invoice for book in hit.books}
    by_invoice = {book for hit in hits if hit.is_invoice for book in hit.books}
    if any(hit.gram.is_weak for hit in hits):
        return _by_weak_text(credit, clues, by_code | by_invoice)
    agreed = by_code & by_invoice
    if agreed and by_invoice == agreed and len(agreed) == 1 and _is_one_code(hits, agreed):
        return _found(credit, hits, agreed.pop(), FoundBy.CODE_AND_INVOICE)
    chosen = [_of_hit(credit, clues, hit) for hit in hits]
    books = {book for book in chosen if book is not None}
    if None in chosen:
        return Reason.SEVERAL
    if len(books) > 1:
        return _split(credit, clues, books)
    [book] = books
    refused = _refused(credit, clues, hits, book)
    return refused or _found(credit, hits, book, FoundBy.CODE if by_code else FoundBy.INVOICE)


def _is_one_code(hits: list[Hit], agreed: set[int]) -> bool:
    """Tell whether each code in the text may mean the book, in a place of its own."""
    codes = [hit for hit in hits if not hit.is_invoice]
    apart = {(hit.gram.start, hit.gram.end) for hit in codes}.isdisjoint(
        (hit.gram.start, hit.gram.end) for hit in hits if hit.is_invoice
    )
    return apart and all(agreed <= hit.books for hit in codes)


def _by_weak_text(credit: Credit, clues: Clues, books: set[int]) -> Match | BankEntry.Reason:
    """A short code, or one like a day, only says which of the payer's own books it is."""
    own = books & clues.payers
    if len(own) == 1:
        [book] = own
        if _fits(credit, clues, book) and clues.books[book].is_open(credit.booked_on):
            return Match((Part(book, credit.amount),), FoundBy.CODE)
    return _by_sum_and_payer(credit, clues)


def _of_hit(credit: Credit, clues: Clues, hit: Hit) -> int | None:
    """Return which book a hit means: the only one, else the one whose payer or sum tells; None: no telling."""
    if len(hit.books) == 1:
        return next(iter(hit.books))
    for telling in (
        {book for book in hit.books if _is_named(clues, book) and _fits(credit, clues, book)},
        {
            book
            for book in hit.books
            if _is_named(clues, book) and clues.books[book].is_open(credit.booked_on)
        },
        {book for book in hit.books if _fits(credit, clues, book)}
        if not hit.books & _named(clues)
        else set(),
    ):
        if len(telling) == 1:
            return telling.pop()
    return None


def _split(credit: Credit, clues: Clues, books: set[int]) -> Match | BankEntry.Reason:
    """One transfer for several books: only when it is to the cent all that is owed on them."""
    parts = [Part(book, clues.books[book].due) for book in sorted(books)]
    if all(part.amount > 0 for part in parts) and _total(part.amount for part in parts) == credit.amount:
        return Match(tuple(parts), FoundBy.CODE)
    return Reason.SEVERAL


def _refused(credit: Credit, clues: Clues, hits: list[Hit], book: int) -> BankEntry.Reason | None:
    """Return why a code or a number in the text is not believed, if it is not."""
    flats = flats_in(credit.text)
    own_flats = clues.books[book].flats
    if flats and own_flats and not flats & own_flats:
        return Reason.CONTRADICTION
    if _fits(credit, clues, book) or any(credit.amount in hit.sums for hit in hits):
        others = {other for other in _named(clues) - {book} if _fits(credit, clues, other)}
        return Reason.CONTRADICTION if others and not _is_named(clues, book) else None
    if any(_fits(credit, clues, other) for other in _named(clues) - {book}):
        return Reason.CONTRADICTION
    if _is_named(clues, book):
        return None
    if any(clues.books[other].is_open(credit.booked_on) for other in _named(clues)):
        return Reason.CONTRADICTION
    if flats & own_flats or _is_at(credit, clues.books[book]):
        return None
    if not _is_family(credit, clues.books[book]):
        return Reason.NOT_CONFIRMED
    # One surname is little: if the sum is a neighbour's, the code is a slip.
    return (
        Reason.CONTRADICTION
        if any(_fits(credit, clues, other) for hit in hits for other in hit.alike)
        else None
    )


def _found(credit: Credit, hits: list[Hit], book: int, found_by: BankEntry.FoundBy) -> Match:
    numbers = {hit.invoice_number for hit in hits if hit.is_invoice and book in hit.books}
    return Match((Part(book, credit.amount, numbers.pop() if len(numbers) == 1 else ""),), found_by)


# ── By the sum and the payer ────────────────────────────────────────────────────────────────────


def _by_sum_and_payer(credit: Credit, clues: Clues) -> Match | BankEntry.Reason:
    # Who is named in the text is meant before who pays.
    meant = clues.named or clues.payers
    open_ones = {book for book in meant if clues.books[book].is_open(credit.booked_on)}
    fitting = {book for book in open_ones if _fits(credit, clues, book)}
    elsewhere = {book for book in clues.payers - meant if _fits(credit, clues, book)}
    if len(fitting) > 1 or (fitting and elsewhere):
        return Reason.SEVERAL
    if len(fitting) == 1:
        [book] = fitting
        flats, own_flats = flats_in(credit.text), clues.books[book].flats
        if flats and own_flats and not flats & own_flats:
            return Reason.CONTRADICTION
        return Match((Part(book, credit.amount),), FoundBy.SUM_AND_PAYER)
    owing = sorted(book for book in open_ones if clues.books[book].due > 0)
    if len(owing) > 1 and _total(clues.books[book].due for book in owing) == credit.amount:
        return Match(tuple(Part(book, clues.books[book].due) for book in owing), FoundBy.SUM_AND_PAYER)
    return Reason.NOTHING


# ── What confirms ───────────────────────────────────────────────────────────────────────────────


def _fits(credit: Credit, clues: Clues, book: int) -> bool:
    return credit.amount in clues.books[book].sums


def _named(clues: Clues) -> frozenset[int]:
    return clues.payers | clues.named


def _is_named(clues: Clues, book: int) -> bool:
    return book in clues.payers or book in clues.named


def _is_family(credit: Credit, book: Book) -> bool:
    return book.is_person and any(
        _shared(word, book.surname) >= max(_STEM, min(len(word), len(book.surname)) - _ENDING)
        for word in fold_text(credit.payer_name).split()
    )


def _shared(word: str, other: str) -> int:
    """Return how many letters two words begin with alike."""
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False)))


def _is_at(credit: Credit, book: Book) -> bool:
    words = set(fold_text(credit.text).split())
    written = set(places_in(credit.text))
    return any(
        (house.upper(), flat) in written and words & set(street.split())
        for street, house, flat in book.places
    )


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
