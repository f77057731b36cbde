import gettext

import pytest
from django.core.management import call_command
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed

CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "bill"\nmsgstr "{}"\n'


@pytest.fixture
def catalogue(tmp_path, settings):
    settings.LOCALE_PATHS = [tmp_path]
    path = tmp_path / "lt" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE.format("sąskaita"))
    translation_file_changed(sender=None, file_path=path.with_suffix(".mo"))
    yield path
    # The next test reads the portal's own words again.
    translation_file_changed(sender=None, file_path=path.with_suffix(".mo"))


def said(catalogue):
    with catalogue.with_suffix(".mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled).gettext("bill")


def test_what_is_missing_or_older_is_compiled(catalogue):
    call_command("compile_translations")
    assert said(catalogue) == "sąskaita"
    catalogue.write_text(CATALOGUE.format("kvitas"))
    call_command("compile_translations")
    assert said(catalogue) == "kvitas"


def test_what_is_up_to_date_is_left_alone(catalogue):
    call_command("compile_translations")
    before = catalogue.with_suffix(".mo").stat()
    call_command("compile_translations")
    after = catalogue.with_suffix(".mo").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_same_process_speaks_the_new_words(catalogue):
    """As that of `make run`, which compiles and then writes the demonstration's announcements."""
    with translation.override("lt"):
        assert translation.gettext("bill") == "bill"
        call_command("compile_translations")
        assert translation.gettext("bill") == "sąskaita"


def test_nothing_unfinished_is_left_behind(catalogue):
    call_command("compile_translations")
    assert sorted(path.name for path in catalogue.parent.iterdir()) == ["django.mo", "django.po"]
