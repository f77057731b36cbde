"""Activation codes: what a payer gets by letter or from staff, and types once to open the payment book.

A code is not stored: it is made from the payment book's UUID and its `activation_no` under ACTIVATION_KEY, so
a used or reissued code is worthless as soon as the number is raised.
"""

import hmac

from django.conf import settings
from django.db.models import F

from lithuanian.folding import fold_code

from .models import PaymentBook

LENGTH = 10
# No two of these look alike in print or in handwriting: 0 and O, 1 and I and L, 2 and Z, 5 and S, 8 and B are out.
ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"


def code_of(book: PaymentBook) -> str:
    """Return the book's present code: 10 characters, about 46 bits."""
    number = int(_mac("code", f"{book.uuid}:{book.activation_no}"), 16)
    letters = []
    for _place in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


def printed(code: str) -> str:
    """Return a code as it is printed, in two groups: „ACDEF-GHJKM“."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def seal(typed: str) -> str:
    """Return what may be stored of a typed code, in any case, with any spaces and dashes; "" when none is typed."""
    code = fold_code(typed)
    return _mac("seal", code) if code else ""


def opens(*, book: PaymentBook, sealed: str) -> bool:
    """Tell whether a sealed code is the book's present one."""
    return hmac.compare_digest(seal(code_of(book)), sealed)


def use_up(*, books: list[PaymentBook]) -> None:
    """Make the present codes of these books worthless; the next ones are others."""
    PaymentBook.objects.filter(pk__in=[book.pk for book in books]).update(
        activation_no=F("activation_no") + 1
    )


def _mac(purpose: str, text: str) -> str:
    return hmac.new(settings.ACTIVATION_KEY.encode(), f"{purpose}:{text}".encode(), "sha256").hexdigest()
