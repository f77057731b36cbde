"""How staff find a client on the phone: payer code in any spelling, name, or address."""

from django.db.models import Exists, OuterRef, Q

from lithuanian.folding import fold_code, fold_text

from .models import BookPremises, PayerCodeAlias, PaymentBook

# More words than anybody says on the phone would only make the database work.
_MOST_WORDS = 8
_LONGEST_TERM = 100
NOTHING = Q(pk__in=[])


def _words(term: str) -> list[str]:
    return fold_text(term[:_LONGEST_TERM]).split()[:_MOST_WORDS]


def _at_address(word: str, *, building: str, unit: str | None) -> Q:
    """A number means a house or a flat as a whole: „8“ finds neither 18 nor 80."""
    if not word[0].isdigit():
        return Q(**{f"{building}address_key__contains": word})
    place = Q(**{f"{building}address_key__endswith": f"|{word}"})
    place |= Q(**{f"{building}address_key__contains": f" {word} "})
    return place | Q(**{unit: word.upper()}) if unit else place


def buildings(term: str) -> Q:
    """Return what narrows buildings to this address or building code."""
    words = _words(term)
    if not words:
        return NOTHING
    address = Q()
    for word in words:
        address &= _at_address(word, building="", unit=None)
    return address | Q(building_code__iexact=term.strip()[:_LONGEST_TERM])


def premises(term: str) -> Q:
    """Return what narrows premises to this address or premises code."""
    words = _words(term)
    if not words:
        return NOTHING
    address = Q()
    for word in words:
        address &= _at_address(word, building="building__", unit="unit_key")
    return address | Q(premises_code__iexact=term.strip()[:_LONGEST_TERM])


def payment_books(term: str) -> Q:
    """Return what narrows payment books to this payer code (an earlier one too), name or address."""
    words, code = _words(term), fold_code(term[:_LONGEST_TERM])
    if not words or not code:
        return NOTHING
    by_name, by_place = Q(), Q(payment_book=OuterRef("pk"))
    for word in words:
        by_name &= Q(payer_name_key__contains=word)
        by_place &= Q(payment_book__payer_name_key__contains=word) | _at_address(
            word, building="property__building__", unit="property__unit_key"
        )
    earlier = PayerCodeAlias.objects.filter(payment_book=OuterRef("pk"), payer_code_key__startswith=code)
    by_code = Q(payer_code_key__startswith=code) | Q(Exists(earlier))
    return by_code | by_name | Q(Exists(BookPremises.objects.filter(by_place)))


def in_payment_books(term: str) -> Q:
    """Return what narrows rows of payment books to those found by the same words."""
    return Q(payment_book__in=PaymentBook.objects.filter(payment_books(term)))


def companies(term: str) -> Q:
    """Return what narrows companies to this name or code."""
    name = term.strip()[:_LONGEST_TERM]
    return Q(name__icontains=name) | Q(company_code=name)


def access(term: str) -> Q:
    """Return what narrows access to a person's whole email, or to payment books found by the words."""
    return Q(person__email=term.strip().lower()[:_LONGEST_TERM]) | in_payment_books(term)


def link_requests(term: str) -> Q:
    """Return what narrows link requests to a person's whole email, or to this typed payer code."""
    code = fold_code(term[:_LONGEST_TERM])
    by_code = Q(payer_code_key__startswith=code) if code else NOTHING
    return Q(person__email=term.strip().lower()[:_LONGEST_TERM]) | by_code | in_payment_books(term)
