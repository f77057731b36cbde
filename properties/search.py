"""How staff find a client on the phone: payer code in any spelling, name, or address.

What the words mean is looked up first, through indexes and in the person's companies alone, and is never more
than a page or a few: a list is then narrowed to those rows by their ids. Whoever gets too many adds a word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from lithuanian.folding import fold_code, fold_text

from .models import BookPremises, PayerCodeAlias, PaymentBook, Property

# More words than anybody says on the phone would only make the database work.
_MOST_WORDS = 8
_LONGEST_TERM = 100
# How many rows of a list are found, and of how many payment books the invoices, readings and others are.
MOST, MOST_BOOKS = 1000, 100


@dataclass(frozen=True, slots=True)
class Found:
    """What narrows a list to what was searched for; cut when more fits than is gone by."""

    rows: Q
    is_cut: bool = False

    def __or__(self, other: "Found") -> "Found":
        return Found(self.rows | other.rows, self.is_cut or other.is_cut)


NOTHING = Found(Q(pk__in=[]))


def by_ids(ids: QuerySet[Any], *, field: str, most: int, order: tuple[str, ...] = ("pk",)) -> Found:
    """Return what narrows rows to those whose field is one of these ids, of the first so many in their order.

    Rows found by the beginning of a code come in the order of the code, in which its index has them.
    """
    found = list(ids.order_by(*order).values_list("pk", flat=True)[: most + 1])
    return Found(Q(**{f"{field}__in": found[:most]}), len(found) > most)


def _words(term: str) -> list[str]:
    return fold_text(term[:_LONGEST_TERM]).split()[:_MOST_WORDS]


def _is_number(word: str) -> bool:
    return word[0].isdigit()


def _says_more_than_numbers(words: list[str]) -> bool:
    """Tell whether one of these words is long enough to look for: a flat 15 is in every street."""
    return any(len(word) > 2 and not _is_number(word) for word in words)


def _at_house(word: str, *, building: str) -> Q:
    """A number means a house as a whole: „8“ finds neither 18 nor 80."""
    if not _is_number(word):
        return Q(**{f"{building}address_key__contains": word})
    place = Q(**{f"{building}address_key__endswith": f"|{word}"})
    return place | Q(**{f"{building}address_key__contains": f" {word} "})


def _at_address(words: list[str], companies: frozenset[int], *, property: str) -> list[Q]:
    """Return the ways to be at this address: all words name the house, or the last number names the flat.

    Said in one condition, „the house or the flat“ would be found by no index.
    """
    building = f"{property}building__"
    there = Q(**{f"{building}managing_company__in": companies})
    last = next((at for at in reversed(range(len(words))) if _is_number(words[at])), None)
    ways = [there]
    for word in words:
        ways[0] &= _at_house(word, building=building)
    if last is not None:
        in_flat = there & Q(**{f"{property}unit_key": words[last].upper()})
        for word in words[:last] + words[last + 1 :]:
            in_flat &= _at_house(word, building=building)
        ways.append(in_flat)
    return ways


def _named_there(words: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the ways to say a name and an address one after another; numbers belong to the address."""
    said = [word for word in words if not _is_number(word)]
    numbers = [word for word in words if _is_number(word)]
    for at in range(1, len(said)):
        for name, place in ((said[:at], said[at:]), (said[at:], said[:at])):
            if _says_more_than_numbers(name) and _says_more_than_numbers(place):
                yield name, place + numbers
    if numbers:
        yield said, numbers


def buildings(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows buildings to this address or building code."""
    words = _words(term)
    if not words:
        return NOTHING
    address = Q()
    for word in words:
        address &= _at_house(word, building="")
    return Found(address | Q(building_code__iexact=term.strip()[:_LONGEST_TERM]))


def premises(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows premises to this address or premises code."""
    return by_ids(premises_found(term, companies), field="pk", most=MOST)


def premises_found(term: str, companies: frozenset[int]) -> QuerySet[Any]:
    """Return the premises of these companies with this address or premises code."""
    words, code = _words(term), term.strip()[:_LONGEST_TERM]
    by_code = Q(managing_company__in=companies, premises_code__in={code, code.upper()} - {""})
    found = Property.objects.filter(by_code).order_by().values("pk")
    if not _says_more_than_numbers(words):
        return found
    ways = _at_address(words, companies, property="")
    # More than that are not shown: of a whole town these are enough to say so.
    return found.union(*(Property.objects.filter(way).order_by().values("pk")[: MOST + 1] for way in ways))


def payment_books(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows payment books to this payer code (an earlier one too), name or address."""
    return by_ids(payment_books_found(term, companies), field="pk", most=MOST)


def in_payment_books(
    term: str, companies: frozenset[int], *, field: str = "payment_book", most: int = MOST_BOOKS
) -> Found:
    """Return what narrows rows of payment books to those of the first so many found by the same words."""
    return by_ids(payment_books_found(term, companies), field=field, most=most)


def payment_books_found(term: str, companies: frozenset[int]) -> QuerySet[Any]:
    """Return the payment books of these companies that the words mean.

    Each way of finding is a query of its own: joined by OR none of them would go through its index.
    """
    words, code = _words(term), fold_code(term[:_LONGEST_TERM])
    if not words or not code:
        return PaymentBook.objects.none()
    books = PaymentBook.objects.filter(managing_company__in=companies).order_by()
    aliases = PayerCodeAlias.objects.filter(managing_company__in=companies, payer_code_key__startswith=code)
    ways: list[QuerySet[Any]] = [aliases.order_by().values("payment_book_id")]
    if _says_more_than_numbers(words):
        ways.append(books.filter(_in_name(words)).values("pk"))
        places = BookPremises.objects.order_by()
        for way in _at_address(words, companies, property="property__"):
            ways.append(places.filter(way).values("payment_book_id")[: MOST + 1])
        for name, place in _named_there(words):
            for way in _at_address(place, companies, property="property__"):
                there = places.filter(way, payment_book=OuterRef("pk"))
                ways.append(books.filter(_in_name(name)).filter(Exists(there)).values("pk"))
    return books.filter(payer_code_key__startswith=code).values("pk").union(*ways)


def _in_name(words: list[str]) -> Q:
    return Q(*(Q(payer_name_key__contains=word) for word in words))


def companies(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows companies to this name or code."""
    name = term.strip()[:_LONGEST_TERM]
    return Found(Q(name__icontains=name) | Q(company_code=name))


def _person(term: str) -> Found:
    people = get_user_model()._default_manager.filter(email=term.strip().lower()[:_LONGEST_TERM])
    return by_ids(people, field="person", most=1)


def access(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows access to a person's whole email, or to payment books found by the words."""
    return _person(term) | in_payment_books(term, companies)


def link_requests(term: str, companies: frozenset[int]) -> Found:
    """Return what narrows link requests to a person's whole email, or to this typed payer code."""
    code = fold_code(term[:_LONGEST_TERM])
    by_code = Found(Q(payer_code_key__startswith=code)) if code else NOTHING
    return _person(term) | by_code | in_payment_books(term, companies)
