"""Everything is said in Lithuanian, whole and in our voice; English is what the code itself says."""

import gettext as gettext_module
import re
from collections import Counter
from pathlib import Path

import django
import polib
import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation
from django.utils.translation import gettext, ngettext, trans_real

from lithuanian.management.commands.collect_strings import FROM_LIBRARIES, PLURAL_FORMS

LOCALE = Path(settings.LOCALE_PATHS[0])
DJANGO = Path(django.__file__).parent
PLACEHOLDER = re.compile(r"%\(\w+\)[sdrf]|%[sd]|\{\w*\}|<[^>]*>|&\w+;")


def catalogue(language, domain="django"):
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / f"{domain}.po"))


def all_lithuanian():
    return [*catalogue("lt"), *catalogue("lt", "djangojs")]


def translations(entry):
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def placeholders(text):
    return Counter(PLACEHOLDER.findall(text.replace("%%", "")))


def untranslated(asked, known):
    # A string that is counted now needs another entry than when it was not.
    said = {(entry.msgctxt, entry.msgid, bool(entry.msgid_plural)) for entry in known if entry.translated()}
    return [
        entry.msgid for entry in asked if (entry.msgctxt, entry.msgid, bool(entry.msgid_plural)) not in said
    ]


@pytest.fixture(autouse=True, scope="module")
def _compiled():
    call_command("compile_translations")
    # Who ran before may have read what was compiled before: Python remembers it, and so does Django.
    vars(gettext_module)["_translations"].clear()
    vars(trans_real)["_translations"].clear()


def test_catalogues_hold_exactly_the_strings_of_the_code():
    call_command("collect_strings", check=True)


def test_every_string_is_translated():
    assert [entry.msgid for entry in all_lithuanian() if not all(translations(entry)) or entry.fuzzy] == []


def test_counted_strings_have_their_four_forms():
    counted = [entry for entry in all_lithuanian() if entry.msgid_plural]
    assert [entry.msgid for entry in counted if sorted(entry.msgstr_plural) != [0, 1, 2, 3]] == []


def test_placeholders_and_tags_survive_translation():
    broken = [
        text
        for entry in all_lithuanian()
        for text in translations(entry)
        # Form 0 is also for 21 and 31, so it needs the number that "1 day" may leave out.
        if text and placeholders(text) != placeholders(entry.msgid_plural or entry.msgid)
    ]
    assert broken == []


def test_we_speak_to_people_as_we_promised():
    # Asking, computer words, a small „jūs“, shouting, quotation marks of other languages.
    # The printed guide's own words stay as they are.
    guides = "Objekto informacijos dalinimasis su kitais vartotojais"
    wrong = re.compile(r"(?i:\bprašom|\bsistem|\bvartotoj)|\bj(ūs|ūsų|ums|us|umis)\b|[!”\"]")
    ours = [entry for entry in catalogue("lt") if entry.tcomment not in FROM_LIBRARIES]
    lapses = [
        text
        for entry in ours
        for text in translations(entry)
        if wrong.search(re.sub(rf"<[^>]*>|Laba diena!|Susisiekite su mumis!|{guides}", "", text))
    ]
    assert lapses == []


def test_plural_rules_are_those_of_django():
    theirs = polib.pofile(str(DJANGO / "conf/locale/lt/LC_MESSAGES/django.po")).metadata["Plural-Forms"]
    assert PLURAL_FORMS["lt"] == theirs
    assert catalogue("lt").metadata["Plural-Forms"] == theirs
    assert catalogue("lt", "djangojs").metadata["Plural-Forms"] == theirs


@pytest.mark.parametrize(
    ("part", "met_in"),
    [
        ("contrib/admin", ""),
        ("contrib/auth", ""),
        ("contrib/contenttypes", ""),
        ("conf", "forms/"),
        ("conf", "core/validators.py"),
        ("conf", "core/paginator.py"),
        ("conf", "db/models/"),
        ("conf", "utils/timesince.py"),
    ],
)
def test_django_speaks_lithuanian_where_our_people_meet_it(part, met_in):
    met = [
        entry
        for entry in polib.pofile(str(DJANGO / part / "locale/en/LC_MESSAGES/django.po"))
        if not met_in or any(met_in in place for place, _ in entry.occurrences)
    ]
    assert met
    known = [*polib.pofile(str(DJANGO / part / "locale/lt/LC_MESSAGES/django.po")), *catalogue("lt")]
    assert untranslated(met, known) == []


def test_the_admin_calendar_speaks_lithuanian():
    admin = DJANGO / "contrib/admin/locale"
    known = [*polib.pofile(str(admin / "lt/LC_MESSAGES/djangojs.po")), *catalogue("lt", "djangojs")]
    assert untranslated(polib.pofile(str(admin / "en/LC_MESSAGES/djangojs.po")), known) == []


def test_english_is_what_the_code_says():
    too_short = "This password is too short. It must contain at least %d character."
    with translation.override("lt"):
        assert gettext("This password is too common.") != "This password is too common."
        assert (
            ngettext(too_short, "plural", 8) % 8
            == "Slaptažodis per trumpas. Jį turi sudaryti bent 8 simboliai."
        )
    with translation.override("en"):
        assert gettext("This password is too common.") == "This password is too common."
        assert ngettext(too_short, "plural", 1) == too_short
        assert ngettext(too_short, "plural", 8) == "plural"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 dienų"),
        (1, "1 diena"),
        (2, "2 dienos"),
        (9, "9 dienos"),
        (10, "10 dienų"),
        (11, "11 dienų"),
        (19, "19 dienų"),
        (20, "20 dienų"),
        (21, "21 diena"),
        (111, "111 dienų"),
        (122, "122 dienos"),
    ],
)
def test_lithuanian_counts_as_lithuanians_do(number, words):
    with translation.override("lt"):
        assert ngettext("%(num)d day", "%(num)d days", number) % {"num": number} == words
