"""The kinds of file: each app declares its own in its `imports.py`; here they are only collected."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.module_loading import autodiscover_modules

from lithuanian.folding import fold_text

from .cells import Parse
from .tables import Table


@dataclass(frozen=True)
class Column:
    name: str
    lithuanian: str
    parse: Parse
    # The type of the value in the staging table.
    type: str = "text"
    required: bool = False


@dataclass(frozen=True)
class Derived:
    """A staging column made of others on the way in: a folded code, a sort key."""

    name: str
    sources: tuple[str, ...]
    make: Callable[..., str]


@dataclass(frozen=True)
class Counts:
    created: int
    updated: int
    unchanged: int
    rejected: int

    def __str__(self) -> str:
        numbers = (self.created, self.updated, self.unchanged, self.rejected)
        return "created={} updated={} unchanged={} rejected={}".format(*numbers)


@dataclass(frozen=True)
class Context:
    """What a merge is told: whose file it is, the moment of the import, and whether people hear of it."""

    company_code: str
    at: datetime
    sends_letters: bool = False
    # Told what is being done, for whoever waits.
    step: Callable[[str], None] = lambda words: None


# Merges the staged rows inside the importer's transaction. Rows that cannot be taken get their `error`.
Merge = Callable[[Any, Context], Counts]


@dataclass(frozen=True)
class Kind:
    name: str
    columns: tuple[Column, ...]
    merge: Merge
    derived: tuple[Derived, ...] = ()
    needs_company: bool = True
    # Opens a file that is no table of its own; it gives the columns by name.
    opens: Callable[[Path], Table] | None = None
    headers: dict[str, Column] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for column in self.columns:
            for name in (column.name, column.lithuanian):
                self.headers[folded_header(name)] = column


# What the errors file adds; ignored when such a file comes back.
IGNORED_HEADERS = frozenset({"line", "error"})

_kinds: dict[str, Kind] = {}


def folded_header(text: str) -> str:
    """Return a header for comparing: case, diacritics, punctuation and spaces do not matter."""
    return fold_text(text).replace(" ", "")


def register_kind(kind: Kind) -> None:
    """Make a kind of file known to the importer."""
    _kinds[kind.name] = kind


def all_kinds() -> dict[str, Kind]:
    """Return every kind that an installed app declares in its `imports.py`, by name."""
    autodiscover_modules("imports")
    return dict(_kinds)
