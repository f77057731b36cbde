"""The kinds of letters: each app declares its own in its `letters.py`; here they are only collected."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

# Asked just before sending, with the letter's context.
StillWanted = Callable[[dict[str, Any], datetime], bool]


def always(context: dict[str, Any], at: datetime) -> bool:
    """Say yes: what happened has happened."""
    return True


@dataclass(frozen=True)
class Topic:
    """Letters that a person may turn off together."""

    name: str
    label: str | Promise
    explanation: str | Promise


@dataclass(frozen=True)
class Kind:
    name: str
    # Prefix of three templates: …_subject.txt, …_message.txt, …_message.html.
    template: str
    still_wanted: StillWanted = always
    # Turns the letter's context into the words of its templates, in the language that is active; `at` in it is
    # the moment of sending.
    words: Callable[[dict[str, Any]], dict[str, Any]] = dict
    # Empty: it is about the account or one's own business and always goes.
    topic: str = ""


_kinds: dict[str, Kind] = {}
_topics: dict[str, Topic] = {}


def register_topic(topic: Topic) -> None:
    """Let people choose whether letters of this topic come; before the kinds that belong to it."""
    _topics[topic.name] = topic


def topics() -> list[Topic]:
    """Return every topic, in the order in which the apps declare them."""
    return list(_topics.values())


def topic_named(name: str) -> Topic:
    """Return the topic; raise KeyError for one that no app declares."""
    return _topics[name]


def register(kind: Kind) -> None:
    """Make a kind of letter known to the outbox; raise KeyError for a topic that nobody declared."""
    if kind.topic:
        topic_named(kind.topic)
    _kinds[kind.name] = kind


def kind_named(name: str) -> Kind:
    """Return the kind; raise KeyError for one that no app declares."""
    return _kinds[name]
