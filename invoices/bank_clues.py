"""What the words of a transfer may mean: payment references, payer codes, invoice numbers, names, flats.

Everything here is only looked at; whether it is somebody's is asked of the books, and whether it counts of the rule.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stdnum import iso11649

from lithuanian.folding import fold_name, fold_text, plain_letters

from .references import NUMBER_DIGITS

# A code typed with spaces and dashes is at most so many runs of letters or digits.
_MOST_RUNS, _LONGEST = 8, 50
# „kodasKN-0418“: people leave the space out.
_RUN = re.compile(r"KODAS(?=[A-Z0-9])|[A-Z]+|[0-9]+")
# Months, days and sums look like codes of digits.
_DAY_OR_SUM = re.compile(
    r"\b20\d\d\s?[-./ ]\s?\d{1,2}(?:\s?[-./ ]\s?\d{1,2})?\b|\b\d{1,2}[./-]\d{1,2}[./-]20\d\d\b|\b\d+[.,]\d\d\b"
)
_ANNOUNCES = re.compile(r"(?:KOD[A-Z]{0,3}|PK|MK)$")
_FLAT = re.compile(
    r"\b(?:but(?:as|o|a|ui|e|u)?|bt|b|patalp[a-z]*)\b[\s.:]*(?:nr\b[\s.:]*)?(\d{1,4}[a-z]?)\b"
    r"(?!\s*[-./]\s*\d)(?!\s*(?:men|d\b|eur|€))"
)
_HOUSE_AND_FLAT = re.compile(r"\b(\d{1,3}[a-z]?)\s?[-–/]\s?(\d{1,4}[a-z]?)\b")
_YEAR = re.compile(r"20\d\d")
_SLIPS = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Gram:
    """A stretch of a text that may be a code or a number: folded, with where it stands."""

    text: str
    start: int
    end: int
    # Too short, or a day or a sum: it says little by itself.
    is_weak: bool

    def holds(self, other: "Gram") -> bool:
        """Tell whether the other stands inside this one and is shorter."""
        inside = self.start <= other.start and other.end <= self.end
        return inside and (self.start, self.end) != (other.start, other.end)


def grams(text: str) -> list[Gram]:
    """Return every stretch of a text that may be a payer code or an invoice number."""
    plain = plain_letters(text).upper()
    days = [match.span() for match in _DAY_OR_SUM.finditer(plain)]
    runs = list(_RUN.finditer(plain))
    found = []
    for first, run in enumerate(runs):
        made = ""
        announced = first > 0 and bool(_ANNOUNCES.search(runs[first - 1][0]))
        for last in runs[first : first + _MOST_RUNS]:
            made += last[0]
            if len(made) > _LONGEST:
                break
            if any(char.isdigit() for char in made):
                span = (run.start(), last.end())
                in_day = any(start <= span[0] and span[1] <= end for start, end in days)
                is_weak = in_day or not (announced or _says_something(made))
                found.append(Gram(made, *span, is_weak))
    return found


def _says_something(code: str) -> bool:
    digits = sum(char.isdigit() for char in code)
    return digits >= 5 or (len(code) >= 4 and digits < len(code))


def slips_of(code: str) -> set[str]:
    """Return the codes for which this one may be a slip: another digit, two of them swapped, the next in the row."""
    found = set()
    for place, char in enumerate(code):
        if char.isdigit():
            found |= {f"{code[:place]}{other}{code[place + 1 :]}" for other in "0123456789"}
            swapped = code[place : place + 2][::-1]
            found.add(code[:place] + swapped + code[place + 2 :])
    if last := re.search(r"[0-9]+$", code):
        for number in (int(last[0]) - 1, int(last[0]) + 1):
            found |= {
                f"{code[: last.start()]}{written}" for written in (f"{number}", f"{number:0{len(last[0])}}")
            }
    return found - {code}


def references(text: str, *, company: int) -> list[int]:
    """Return the numbers of this company's payment references in a text whose check digits hold, each once.

    Spaces, small letters, a missing RF and O for 0 do not matter; a wrong or missing digit does.
    """
    own, length = str(company), len(str(company)) + NUMBER_DIGITS + 2
    plain = plain_letters(text).upper()
    apart = r"[\s.:/-]*"
    with_letters = rf"R{apart}F{apart}((?:[0-9OIL]{apart}){{{length - 1}}}[0-9OIL])(?![0-9])"
    bare = rf"(?<![0-9A-Z])((?:[0-9][\s-]?){{{length - 1}}}[0-9])(?![0-9])"
    found: dict[int, None] = {}
    for pattern in (with_letters, bare):
        for match in re.finditer(pattern, plain):
            digits = re.sub(r"[^0-9]", "", match[1].translate(_SLIPS))
            body = digits[2:]
            if body.startswith(own) and len(digits) == length and iso11649.is_valid(f"RF{digits}"):
                found[int(body[len(own) :])] = None
    return list(found)


def shape_of(number: str) -> str:
    """Return how an invoice number is made: „SF-2026/00123“ is „SF-9999/99999“."""
    return re.sub(r"[0-9]", "9", number)


def invoice_numbers(found: Iterable[Gram], *, shapes: Iterable[str]) -> list[tuple[Gram, str]]:
    """Return what may be invoice numbers, written as this company writes its own."""
    folded: dict[str, list[str]] = {}
    for shape in shapes:
        folded.setdefault("".join(_RUN.findall(plain_letters(shape).upper())), []).append(shape)
    return [
        (gram, _written(gram.text, shape)) for gram in found for shape in folded.get(shape_of(gram.text), ())
    ]


def _written(folded: str, shape: str) -> str:
    digits = iter([char for char in folded if char.isdigit()])
    return "".join(next(digits) if char == "9" else char for char in shape)


def names_of(payer: str) -> set[str]:
    """Return a payer's name folded as books keep it, as a person's and as a company's."""
    return {fold_name(payer, is_company=is_company) for is_company in (False, True)} - {""}


def names_in(text: str) -> set[str]:
    """Return every two or three words in a row that may be a person's name, folded."""
    words = fold_text(text).split()
    return {
        " ".join(sorted(words[start : start + count]))
        for count in (2, 3)
        for start in range(len(words) - count + 1)
        if all(len(word) >= 3 and word.isalpha() for word in words[start : start + count])
    }


def flats_in(text: str) -> set[str]:
    """Return the flats that a text names as such, folded: „už butą 15“."""
    return {
        match[1].upper() for match in _FLAT.finditer(plain_letters(text)) if not _YEAR.fullmatch(match[1])
    }


def places_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield pairs that may be a house and a flat: „8-15“."""
    for match in _HOUSE_AND_FLAT.finditer(plain_letters(text)):
        yield match[1].upper(), match[2].upper()
