"""Payment references („Įmokos kodas“): numbers per company, written as RF creditor references (ISO 11649).

A reference is made when somebody first needs it and stays the same for ever: it stands on printed bills.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import blake2b

from django.db import connection, transaction
from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

from lithuanian.numbers import round_cents
from properties.models import ManagingCompany, PaymentBook

from .models import Invoice, PaymentReference, PaymentReferenceCounter, PaymentReferencePart

# The company's number comes first, so that companies with one bank account never take each other's money.
NUMBER_DIGITS = 9


def reference_for_invoice(*, invoice: Invoice) -> str:
    """Return the invoice's reference, RF and digits without spaces; made when there is none yet.

    No query where the invoice was read together with its `payment_reference`.
    """
    company = invoice.managing_company_id
    known: PaymentReference | None = getattr(invoice, "payment_reference", None)
    if known is not None:
        return code_of(company=company, number=known.number)
    return references_for_invoices(company=company, invoices=[invoice.pk])[invoice.pk]


def reference_for_book(*, book: PaymentBook) -> str:
    """Return the payment book's lasting reference, for whatever is owed on it."""
    return references_for_books(company=book.managing_company_id, books=[book.pk])[book.pk]


def references_for_invoices(*, company: int, invoices: Iterable[int]) -> dict[int, str]:
    """Return the references of a company's invoices by the id of the invoice; others' are left out."""
    return _made(company, list(invoices), _OF_INVOICES)


def references_for_books(*, company: int, books: Iterable[int]) -> dict[int, str]:
    """Return the references of a company's books by the id of the book; others' are left out."""
    return _made(company, list(books), _OF_BOOKS)


def reference_for_parts(*, company: ManagingCompany, parts: Mapping[int, Decimal]) -> str:
    """Return the reference of one payment for several books of a company, by the id of the book.

    The same books and amounts have the same reference, in whatever order. Raise ValueError when there are
    none, when an amount is not above zero in whole cents, or when a book is not this company's.
    """
    if not parts or any(amount <= 0 or round_cents(amount) != amount for amount in parts.values()):
        raise ValueError("bad_amount")
    if PaymentBook.objects.filter(pk__in=parts, managing_company=company).count() != len(parts):
        raise ValueError("not_of_this_company")
    listed = ";".join(f"{book}:{round_cents(amount)}" for book, amount in sorted(parts.items()))
    key = blake2b(listed.encode(), digest_size=16).hexdigest()
    lists = PaymentReference.objects.filter(managing_company=company, list_key=key)
    found = lists.first()
    if found is None:
        with transaction.atomic():
            counter = _counter_under_lock(company.pk)
            # Somebody else may have made it while this one waited for the counter.
            found = lists.first()
            if found is None:
                counter.last_number += 1
                counter.save()
                found = PaymentReference.objects.create(
                    managing_company=company, number=counter.last_number, list_key=key
                )
                PaymentReferencePart.objects.bulk_create(
                    PaymentReferencePart(reference=found, payment_book_id=book, amount=amount)
                    for book, amount in sorted(parts.items())
                )
    return code_of(company=company.pk, number=found.number)


def find(*, company: ManagingCompany, reference: str) -> PaymentReference | None:
    """Return what a reference of this company points at; spaces and case do not matter, a wrong digit does."""
    body = iso11649.compact(reference)[4:]
    if not iso11649.is_valid(reference) or not (body.isascii() and body.isdigit()):
        return None
    if body[:-NUMBER_DIGITS] != str(company.pk):
        return None
    return PaymentReference.objects.filter(
        managing_company=company, number=int(body[-NUMBER_DIGITS:])
    ).first()


def code_of(*, company: int, number: int) -> str:
    """Return RF, two check digits, the company's number and nine digits: „RF331000000123“."""
    body = f"{company}{number:0{NUMBER_DIGITS}}"
    return f"RF{mod_97_10.calc_check_digits(f'{body}RF')}{body}"


def grouped(reference: str) -> str:
    """Return a reference or an IBAN in fours, as people read it and type it."""
    return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))


# ── In the database ─────────────────────────────────────────────────────────────────────────────

_OF_INVOICES = ("invoice_id", "invoices_invoice")
_OF_BOOKS = ("payment_book_id", "properties_paymentbook")


def _made(company: int, wanted: list[int], kind: tuple[str, str]) -> dict[int, str]:
    numbers = _numbers(company, wanted, kind[0])
    if len(numbers) < len(set(wanted)):
        with transaction.atomic():
            counter = _counter_under_lock(company)
            counter.last_number += _make(company, wanted, kind, counter.last_number)
            counter.save()
        numbers = _numbers(company, wanted, kind[0])
    return {target: code_of(company=company, number=number) for target, number in numbers.items()}


def _numbers(company: int, wanted: list[int], column: str) -> dict[int, int]:
    found = PaymentReference.objects.filter(managing_company=company, **{f"{column}__in": wanted})
    return dict(found.order_by().values_list(column, "number"))


def _counter_under_lock(company: int) -> PaymentReferenceCounter:
    """Return the company's counter; others who make references of this company wait until the commit."""
    counters = PaymentReferenceCounter.objects.select_for_update()
    found = counters.filter(pk=company).first()
    if found is None:
        PaymentReferenceCounter.objects.bulk_create(
            [PaymentReferenceCounter(managing_company_id=company)], ignore_conflicts=True
        )
        found = counters.get(pk=company)
    return found


def _make(company: int, wanted: list[int], kind: tuple[str, str], last: int) -> int:
    """Give numbers after `last` to what has none yet, in one statement; return to how many."""
    column, table = kind
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO invoices_paymentreference (managing_company_id, number, {column}, list_key)
            SELECT target.managing_company_id, %s + row_number() OVER (ORDER BY target.id), target.id, ''
            FROM {table} AS target
            WHERE target.id = ANY(%s::bigint[]) AND target.managing_company_id = %s
                AND NOT EXISTS (SELECT FROM invoices_paymentreference AS made WHERE made.{column} = target.id)
            """,  # noqa: S608 (names of our own)
            [last, wanted, company],
        )
        return int(cursor.rowcount)
