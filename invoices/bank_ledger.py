"""The company's books, as far as a statement asks for them: looked up in bulk, judged credit by credit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from lithuanian.folding import fold_text
from properties.models import BookPremises, PaymentBook

from .bank_clues import Gram, grams, invoice_numbers, names_in, names_of, references, shape_of, slips_of
from .bank_matching import Book, Clues, Credit, Hit, Match, Part, Target, match
from .models import BankEntry, Invoice, PaymentReference
from .statements import OpenInvoice, Statement, statements_of

FoundBy, Reason = BankEntry.FoundBy, BankEntry.Reason
# Of so many of the newest invoices the shapes of their numbers are learned.
_NUMBERS, _SHAPES = 2000, 50


@dataclass
class Ledger:
    """Looks up what a thousand credits mention, in a few statements, and lets the rule judge each."""

    cursor: Any
    company: int
    today: date
    # Kept for the whole file: as it was before anything of it was posted.
    books: dict[int, Book] = field(default_factory=dict)
    # What this file has posted on each book so far.
    posted: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    shapes: frozenset[str] | None = None
    codes: dict[str, set[int]] = field(default_factory=dict)
    alike: dict[str, set[int]] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    targets: dict[int, Target] = field(default_factory=dict)
    # What is open of each unpaid invoice of the books, by its id.
    open_parts: dict[int, Decimal] = field(default_factory=dict)
    names: dict[str, set[int]] = field(default_factory=dict)
    grams: dict[str, list[Gram]] = field(default_factory=dict)

    def look_up(self, credits: list[Credit]) -> None:
        """Find whatever these credits mention."""
        if self.shapes is None:
            self.shapes = self._shapes()
        self.grams = {credit.text: grams(credit.text) for credit in credits}
        self.codes = self._books_of({gram.text for found in self.grams.values() for gram in found})
        numbers = {
            number
            for found in self.grams.values()
            for _gram, number in invoice_numbers(found, shapes=self.shapes)
        }
        invoices = Invoice.objects.filter(managing_company=self.company, number__in=numbers)
        self.invoices = {invoice.number: invoice for invoice in invoices}
        self._find_names(
            {name for credit in credits for name in names_of(credit.payer_name) | names_in(credit.text)}
        )
        asked = {number for credit in credits for number in references(credit.text, company=self.company)}
        pointing = list(
            PaymentReference.objects.filter(managing_company=self.company, number__in=asked)
            .select_related("invoice")
            .prefetch_related("parts")
        )
        # Books with codes like those that were found: only their sums are asked for.
        self.alike = (
            self._books_of({slip for code in self.codes for slip in slips_of(code)} - self.codes.keys())
            | self.codes
        )
        wanted = {book for found in (*self.alike.values(), *self.names.values()) for book in found}
        wanted |= {invoice.payment_book_id for invoice in self.invoices.values()}
        wanted |= {
            reference.invoice.payment_book_id if reference.invoice else reference.payment_book_id or 0
            for reference in pointing
        } - {0}
        self._learn(wanted - self.books.keys())
        self.targets = {reference.number: self._target(reference) for reference in pointing}

    def judge(self, credit: Credit) -> Match | BankEntry.Reason:
        """Return whose credit it is; what the sum alone told once in this file, it does not tell again."""
        found = match(credit=credit, clues=self._clues(credit))
        if not isinstance(found, Match):
            return found
        if found.found_by == FoundBy.SUM_AND_PAYER and any(
            self.posted[part.book] and self.books[part.book].due - self.posted[part.book] < part.amount
            for part in found.parts
        ):
            return Reason.NOTHING
        for part in found.parts:
            self.posted[part.book] += part.amount
        return found

    def _clues(self, credit: Credit) -> Clues:
        found = self.grams[credit.text]
        hits = [
            Hit(gram=gram, books=frozenset(self.codes[gram.text]), alike=self._alike(gram.text))
            for gram in found
            if gram.text in self.codes
        ]
        for gram, number in invoice_numbers(found, shapes=self.shapes or ()):
            if number in self.invoices:
                hits.append(_hit_of(gram, self.invoices[number]))
        numbers = references(credit.text, company=self.company)
        return Clues(
            targets=tuple(self.targets[number] for number in numbers if number in self.targets),
            hits=tuple(hits),
            payers=self._named(names_of(credit.payer_name)),
            named=self._named(names_in(credit.text)),
            books=self.books,
        )

    def _alike(self, code: str) -> frozenset[int]:
        return frozenset(book for slip in slips_of(code) for book in self.alike.get(slip, ()))

    def _named(self, names: Iterable[str]) -> frozenset[int]:
        return frozenset(book for name in names for book in self.names.get(name, ()))

    def _shapes(self) -> frozenset[str]:
        newest = Invoice.objects.filter(managing_company=self.company).order_by("-issued_on", "-id")
        found = dict.fromkeys(map(shape_of, newest.values_list("number", flat=True)[:_NUMBERS]))
        return frozenset(list(found)[:_SHAPES])

    def _books_of(self, wanted: set[str]) -> dict[str, set[int]]:
        """Return the books that each of these codes means or meant, by the code."""
        self.cursor.execute(
            "SELECT code_key, book_id FROM codes WHERE code_key = ANY(%s::text[])", [sorted(wanted)]
        )
        found: dict[str, set[int]] = {}
        for code, book in self.cursor.fetchall():
            found.setdefault(code, set()).add(book)
        return found

    def _find_names(self, wanted: set[str]) -> None:
        rows = PaymentBook.objects.filter(managing_company=self.company, payer_name_key__in=wanted)
        self.names = {}
        for name, book in rows.order_by().values_list("payer_name_key", "pk"):
            self.names.setdefault(name, set()).add(book)

    def _learn(self, wanted: set[int]) -> None:
        statements = statements_of(books=wanted, today=self.today)
        places: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
        premises = BookPremises.objects.filter(payment_book__in=wanted).order_by()
        for held, street, house, unit in premises.values_list(
            "payment_book", "property__building__street", "property__building__house", "property__unit_key"
        ):
            places[held].add((fold_text(street), fold_text(house), unit))
        for book in PaymentBook.objects.filter(pk__in=wanted):
            statement = statements[book.pk]
            self.open_parts |= {invoice.id: invoice.open_part for invoice in statement.unpaid}
            self.books[book.pk] = Book(
                id=book.pk,
                opened_on=book.opened_on,
                closed_on=book.closed_on,
                surname=(fold_text(book.payer_name).split() or [""])[-1],
                is_person=book.payer_kind == PaymentBook.PayerKind.PERSON,
                due=statement.amount_due,
                sums=_sums(statement),
                places=frozenset(places[book.pk]),
            )

    def _target(self, reference: PaymentReference) -> Target:
        if reference.invoice is not None:
            invoice = reference.invoice
            return Target(
                book=invoice.payment_book_id,
                invoice_number=_named_by(invoice),
                owed=self.open_parts.get(invoice.pk, Decimal(0)),
            )
        if reference.payment_book_id is not None:
            book = reference.payment_book_id
            return Target(book=book, owed=self.books[book].due)
        return Target(parts=tuple(Part(part.payment_book_id, part.amount) for part in reference.parts.all()))


def _sums(statement: Statement) -> frozenset[Decimal]:
    told: Sequence[OpenInvoice] = statement.unpaid
    found = {statement.amount_due, *(invoice.open_part for invoice in told), *(one.charged for one in told)}
    return frozenset(amount for amount in found if amount > 0)


def _named_by(invoice: Invoice) -> str:
    """Return the number for the payment to name; of a cancelled invoice none: the book has the money anyway."""
    return invoice.number if invoice.status == Invoice.Status.LIVE else ""


def _hit_of(gram: Gram, invoice: Invoice) -> Hit:
    said = {invoice.charged, invoice.total} - {None}
    return Hit(
        gram=gram,
        books=frozenset({invoice.payment_book_id}),
        invoice_number=_named_by(invoice),
        sums=frozenset(said),
        is_invoice=True,
    )
