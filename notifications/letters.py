"""The kinds of letters: each app declares its own in its `letters.py`; here they are only collected."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# Asked just before sending, with the letter's context.
StillWanted = Callable[[dict[str, Any], datetime], bool]


def always(context: dict[str, Any], at: datetime) -> bool:
    """Say yes: what happened has happened."""
    return True


@dataclass(frozen=True)
class Kind:
    name: str
    # Prefix of three templates: …_subject.txt, …_message.txt, …_message.html.
    template: str
    still_wanted: StillWanted = always
    # Turns the letter's context into the words of its templates, in the language that is active.
    words: Callable[[dict[str, Any]], dict[str, Any]] = dict


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of letter known to the outbox."""
    _kinds[kind.name] = kind


def kind_named(name: str) -> Kind:
    """Return the kind; raise KeyError for one that no app declares."""
    return _kinds[name]
