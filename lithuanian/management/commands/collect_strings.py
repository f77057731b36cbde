"""Keep the translation files in step with the strings in the code, without the system's xgettext."""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import polib
from babel.messages.extract import extract
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

# Under such a comment our catalogue has strings of libraries: those that their own Lithuanian lacks or words
# otherwise than we speak to people.
FROM_LIBRARIES = ("from Django", "from allauth")
# Our strings are written in English; its catalogue holds only what shall read otherwise than it is written.
WRITTEN_IN = "en"
# The plural rules must be Django's own, letter by letter.
PLURAL_FORMS = {
    "en": "nplurals=2; plural=(n != 1);",
    "lt": (
        "nplurals=4; plural=(n % 10 == 1 && (n % 100 > 19 || n % 100 < 11) ? 0 : "
        "(n % 10 >= 2 && n % 10 <=9) && (n % 100 > 19 || n % 100 < 11) ? 1 : n % 1 != 0 ? 2: 3);"
    ),
}

_NOT_COLLECTED = {"tests", "benchmarks", "docs", "migrations", "static"}
_TEMPLATES = {".html", ".txt", ".xml", ".svg"}
_FUNCTIONS: dict[str, tuple[Any, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


class Key(NamedTuple):
    """What tells one string from another in a catalogue."""

    context: str
    text: str


Strings = dict[Key, str]  # the plural, or nothing


class Command(BaseCommand):
    """Old translations stay, strings that the code no longer has go, new ones wait for their translation."""

    help = "Collect the strings of our code and templates into locale/*/LC_MESSAGES/django.po."
    requires_system_checks: list[str] = []  # noqa: RUF012 (as Django declares it)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check, which writes nothing."""
        parser.add_argument("--check", action="store_true", help="exit 1 when a catalogue is not up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the catalogue of each language, or name those that would change."""
        strings = collect(settings.BASE_DIR)
        changed = []
        for language, _ in settings.LANGUAGES:
            path = Path(settings.LOCALE_PATHS[0], language, "LC_MESSAGES", "django.po")
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            after = str(
                brought_up_to_date(polib.pofile(before) if before else polib.POFile(), strings, language)
            )
            if after != before:
                changed.append(language)
                if not options["check"]:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(after, encoding="utf-8")
        if changed and options["check"]:
            raise CommandError(f"Run manage.py collect_strings: not up to date: {', '.join(changed)}.")


def collect(root: Path) -> Strings:
    """Return every string that our code and templates under the folder ask a translation for."""
    strings: Strings = {}
    for path in _files(root):
        for key, plural in _strings_of(path):
            known = strings.get(key, "")
            if known and plural and known != plural:
                raise CommandError(f"{path}: “{key.text}” has another plural elsewhere.")
            strings[key] = known or plural
    return strings


def _files(root: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(name for name in inner if name not in _NOT_COLLECTED and not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix == ".py" or ("templates" in path.parts and path.suffix in _TEMPLATES):
                yield path


def _strings_of(path: Path) -> Iterator[tuple[Key, str]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Templates become lines of calls; their indentation means nothing to Python.
        source = "\n".join(line.strip() for line in templatize(source, str(path)).splitlines())
    for _, message, _, context in extract("python", BytesIO(source.encode()), keywords=_FUNCTIONS):
        text, plural = (message, "") if isinstance(message, str) else message
        yield Key(context or "", text), plural


def brought_up_to_date(old: polib.POFile, strings: Strings, language: str) -> polib.POFile:
    """Return the catalogue with exactly these strings, and Django's behind them, in an order that stays."""
    known = {Key(entry.msgctxt or "", entry.msgid): entry for entry in old if not entry.obsolete}
    new = polib.POFile(wrapwidth=100)
    new.metadata = {
        "Language": language,
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURAL_FORMS[language],
    }
    for key in sorted(strings):
        entry = _entry(key, strings[key], known.get(key), language)
        if language != WRITTEN_IN or entry.translated():
            new.append(entry)
    for key in sorted(known.keys() - strings.keys()):
        if known[key].tcomment in FROM_LIBRARIES:
            new.append(known[key])
    return new


def _entry(key: Key, plural: str, known: polib.POEntry | None, language: str) -> polib.POEntry:
    """Return one string with what is translated of it; a guess marked as fuzzy is no translation."""
    entry = polib.POEntry(msgctxt=key.context or None, msgid=key.text, msgid_plural=plural)
    if plural:
        entry.msgstr_plural = dict.fromkeys(range(forms_of_plural(language)), "")
    if known is None or known.fuzzy:
        return entry
    entry.tcomment = known.tcomment
    if plural and known.msgid_plural:
        entry.msgstr_plural |= known.msgstr_plural
    elif not plural:
        entry.msgstr = known.msgstr
    return entry


def forms_of_plural(language: str) -> int:
    """Return how many forms a counted string needs."""
    return int(PLURAL_FORMS[language].partition("=")[2].partition(";")[0])
