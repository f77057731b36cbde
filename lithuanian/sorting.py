"""The Lithuanian alphabet as a stored key, for a database that knows only byte order.

The order is that of CLDR for Lithuanian: č, š and ž are letters of their own after c, s and z; ą, ę, ė, į, y,
ų and ū stand with a, e, i and u and decide only between words that are otherwise alike.
"""

import re
import unicodedata

from lithuanian.folding import plain_letters

_OWN_LETTERS = {"č": "c~", "š": "s~", "ž": "z~"}  # "~" comes after every letter: c < cz < č < d
_WITH_NEIGHBOUR = {
    "ą": ("a", "1"),
    "ę": ("e", "1"),
    "ė": ("e", "2"),
    "į": ("i", "1"),
    "y": ("i", "2"),
    "ų": ("u", "1"),
    "ū": ("u", "2"),
}
_PIECES = re.compile(r"[0-9]+|[^\W_0-9]|[\W_]+")


def sort_key(text: str) -> str:
    """Return a key whose byte order is the Lithuanian order, with numbers in natural order (2, 10, 10A)."""
    letters: list[str] = []
    marks: list[str] = []
    for piece in _PIECES.findall(_prepared(text)):
        primary, mark = _weigh(piece)
        letters.append(primary)
        marks.append(mark)
    primary_key = "".join(letters).strip()
    # Two spaces come before anything that can follow inside a key, so a shorter name stays first.
    secondary_key = "".join(marks).rstrip("0")
    return f"{primary_key}  {secondary_key}" if secondary_key else primary_key


def _prepared(text: str) -> str:
    """Return lower-case text of whole letters and ASCII digits, without marks that belong to no letter."""
    digits = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in text)
    composed = unicodedata.normalize("NFC", digits.casefold())
    return "".join(char for char in composed if unicodedata.category(char) != "Mn")


def _weigh(piece: str) -> tuple[str, str]:
    """Return what decides first and what decides between words that are otherwise alike."""
    if piece[0].isdigit():
        number = piece.lstrip("0") or "0"
        length = str(len(number))
        return f"{len(length)}{length}{number}", ""
    if piece in _OWN_LETTERS:
        return _OWN_LETTERS[piece], "0"
    if piece in _WITH_NEIGHBOUR:
        return _WITH_NEIGHBOUR[piece]
    plain = "".join(char for char in plain_letters(piece) if char.isalnum())
    if not plain:
        return " ", ""
    return plain, "0" if plain == piece else "9"
