import polib
import pytest
from django.core.management import CommandError, call_command
from django.template import Context, Template
from django.utils import translation
from django.utils.translation import trans_real


@pytest.fixture
def project(tmp_path, settings):
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    (tmp_path / "shop" / "templates").mkdir(parents=True)
    yield tmp_path
    vars(trans_real)["_translations"].clear()


def lithuanian(project):
    return polib.pofile(str(project / "locale/lt/LC_MESSAGES/django.po"))


def keys(project):
    return [(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in lithuanian(project)]


def test_strings_of_code(project):
    (project / "shop" / "views.py").write_text(
        '_("one " "two")\n'
        'gettext_lazy("lazy")\n'
        'ngettext("%(n)s day", "%(n)s days", n)\n'
        'pgettext("month", "May")\n'
        'npgettext_lazy("flat", "%d room", "%d rooms", 3)\n'
        "_(variable)\n"
    )
    call_command("collect_strings")
    assert keys(project) == [
        (None, "%(n)s day", "%(n)s days"),
        (None, "lazy", ""),
        (None, "one two", ""),
        ("flat", "%d room", "%d rooms"),
        ("month", "May", ""),
    ]
    assert list(lithuanian(project)[0].msgstr_plural) == [0, 1, 2, 3]


TEMPLATE = """
  <p>{% translate "Ordinary" %}</p>
    <p title='{% translate "50% off" context "sale" %}'>it's {{ _("In a variable")|upper }}</p>
  {% blocktranslate trimmed with name=person %}
    Dear
    {{ name }}, 10%
  {% endblocktranslate %}
 {% blocktranslate count counter=sum %}{{ counter }} tax{% plural %}{{ counter }} taxes{% endblocktranslate %}
"""


def test_strings_of_templates_are_those_that_rendering_asks_for(project):
    (project / "shop" / "templates" / "page.html").write_text(TEMPLATE)
    call_command("collect_strings")
    assert keys(project) == [
        (None, "%(counter)s tax", "%(counter)s taxes"),
        (None, "Dear %(name)s, 10%%", ""),
        (None, "In a variable", ""),
        (None, "Ordinary", ""),
        ("sale", "50%% off", ""),
    ]
    catalogue = lithuanian(project)
    for entry in catalogue:
        entry.msgstr = (
            "" if entry.msgid_plural else entry.msgid.swapcase().replace("NAME", "name").replace("S,", "s,")
        )
    catalogue[0].msgstr_plural = {0: "0", 1: "1", 2: "2", 3: "3"}
    catalogue.save()
    call_command("compile_translations")
    vars(trans_real)["_translations"].clear()
    with translation.override("lt"):
        page = Template(TEMPLATE).render(Context({"person": "Ona", "sum": 21}))
    assert "oRDINARY" in page
    assert "50% OFF" in page
    assert "IN A VARIABLE" in page
    assert "dEAR Ona, 10%" in page
    assert page.rstrip().endswith(" 0")


def test_translations_stay_and_what_is_gone_goes(project):
    code = project / "shop" / "views.py"
    code.write_text('_("stays")\n_("goes")\n')
    call_command("collect_strings")
    catalogue = lithuanian(project)
    for entry in catalogue:
        entry.msgstr = "išversta"
    catalogue.append(polib.POEntry(msgid="theirs", msgstr="jų", tcomment="from Django"))
    catalogue.save()

    code.write_text('_("stays")\n_("new")\n')
    call_command("collect_strings")
    assert [(entry.msgid, entry.msgstr, entry.tcomment) for entry in lithuanian(project)] == [
        ("new", "", ""),
        ("stays", "išversta", ""),
        ("theirs", "jų", "from Django"),
    ]


def test_a_guess_is_no_translation(project):
    (project / "shop" / "views.py").write_text('_("stays")\n')
    call_command("collect_strings")
    catalogue = lithuanian(project)
    catalogue[0].msgstr = "spėta"
    catalogue[0].flags.append("fuzzy")
    catalogue.save()
    call_command("collect_strings")
    assert [(entry.msgstr, entry.flags) for entry in lithuanian(project)] == [("", [])]


def test_english_holds_only_what_reads_otherwise(project):
    (project / "shop" / "views.py").write_text('_("as written")\n')
    call_command("collect_strings")
    assert list(polib.pofile(str(project / "locale/en/LC_MESSAGES/django.po"))) == []


def test_what_is_not_ours_to_translate_is_left_alone(project):
    for folder in ("tests", ".venv", "shop/migrations", "docs"):
        (project / folder).mkdir(parents=True, exist_ok=True)
        (project / folder / "other.py").write_text('_("not ours")\n')
    (project / "shop" / "page.html").write_text('{% translate "not a template" %}')
    (project / "shop" / "views.py").write_text('_("ours")\n')
    call_command("collect_strings")
    assert keys(project) == [(None, "ours", "")]


def test_check_writes_nothing_and_says_so(project):
    code = project / "shop" / "views.py"
    code.write_text('_("old")\n')
    call_command("collect_strings")
    call_command("collect_strings", check=True)
    code.write_text('_("new")\n')
    with pytest.raises(CommandError, match="not up to date: lt"):
        call_command("collect_strings", check=True)
    assert keys(project) == [(None, "old", "")]


def test_one_string_cannot_have_two_plurals(project):
    (project / "shop" / "views.py").write_text('ngettext("day", "days", n)\nngettext("day", "daies", n)\n')
    with pytest.raises(CommandError, match="another plural"):
        call_command("collect_strings")
