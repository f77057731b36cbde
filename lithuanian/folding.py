"""Two spellings that a person would call the same become the same string here.

Folded values are compared and stored, so a change of these rules needs a migration that folds again.
"""

import re
import unicodedata
from collections import Counter

# Letters that carry their mark inside, so that decomposition does not take it off.
_STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_APOSTROPHE_INSIDE_WORD = re.compile(r"(?<=[^\W_])['’ʼ](?=[^\W_])")
_NOT_CODE = re.compile(r"[^A-Z0-9]+")
_BETWEEN_WORDS = re.compile(r"[\W_]+")

# What is written in full → the abbreviation, both folded. The longest are tried first.
_LEGAL_FORMS = {
    "daugiabucio gyvenamojo namo savininku bendrija": "dnsb",
    "daugiabucio namo savininku bendrija": "dnsb",
    "daugiabuciu namu savininku bendrija": "dnsb",
    "gyvenamojo namo savininku bendrija": "gnsb",
    "butu savininku bendrija": "bsb",
    "garazu savininku bendrija": "gsb",
    "namo savininku bendrija": "nsb",
    "uzdaroji akcine bendrove": "uab",
    "akcine bendrove": "ab",
    "zemes ukio bendrove": "zub",
    "mazoji bendrija": "mb",
    "sodininku bendrija": "sb",
    "komanditine ukine bendrija": "kub",
    "tikroji ukine bendrija": "tub",
    "individuali imone": "ii",
    "personaline imone": "pi",
    "valstybes imone": "vi",
    "savivaldybes imone": "si",
    "viesoji istaiga": "vsi",
    "biudzetine istaiga": "bi",
}
_LEGAL_FORM_WORDS = sorted(
    ((Counter(full.split()), short) for full, short in _LEGAL_FORMS.items()),
    key=lambda form: -form[0].total(),
)


def plain_letters(text: str) -> str:
    """Return lower-case text without diacritics; digits of any script become 0–9."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(_plain(char) for char in decomposed).translate(_STROKES)


def _plain(char: str) -> str:
    if char.isascii():
        return char
    category = unicodedata.category(char)
    if category == "Mn":
        return ""
    if category == "Nd":
        return str(unicodedata.digit(char))
    return char


def fold_code(text: str) -> str:
    """Return only the letters A–Z and digits of a payer code: „ab-12 / č“ is „AB12C“."""
    return _NOT_CODE.sub("", plain_letters(text).upper())


def fold_text(text: str) -> str:
    """Return words for comparing: case, diacritics and punctuation gone, one space between words."""
    return _BETWEEN_WORDS.sub(" ", _APOSTROPHE_INSIDE_WORD.sub("", plain_letters(text))).strip()


def fold_name(name: str, *, is_company: bool) -> str:
    """Return a payer's name for comparing: word order does not matter, nor UAB written in full."""
    words = Counter(fold_text(name).split())
    if is_company:
        for full, short in _LEGAL_FORM_WORDS:
            while full <= words:
                words = words - full + Counter([short])
    return " ".join(sorted(words.elements()))
