from typing import NamedTuple

import pytest
from django.template import Context, Engine, Template, TemplateSyntaxError
from django.utils import translation
from django.utils.safestring import mark_safe

from home.templatetags.fill import Fill


class Mood(NamedTuple):
    tone: str


class Cat(NamedTuple):
    name: str
    note: str = ""
    mood: Mood | None = None
    age: int = 0


def template(text: str) -> Template:
    return Engine.get_default().from_string("{% load fill %}" + text)


def shown(text: str, *cats: Cat) -> str:
    return template(text).render(Context({"cats": cats, "first": cats[0] if cats else None}))


def test_each_row_says_its_own_words() -> None:
    rows = "{% fill cat in cats %}<b>{{ cat.name }}</b>{{ cat.name }} 100%s{% endfill %}"
    assert shown(rows, Cat("Rainis"), Cat("Murka")) == "<b>Rainis</b>Rainis 100%s<b>Murka</b>Murka 100%s"
    assert shown(rows) == ""


def test_one_thing_has_the_last_name_of_its_path() -> None:
    assert (
        template("{% fill house.cat %}{{ cat.name }}{% endfill %}").render(
            Context({"house": {"cat": Cat("Rainis")}})
        )
        == "Rainis"
    )


def test_words_are_escaped_as_anywhere() -> None:
    hostile = "<i>\"'&%s %(name)s \x02note\x03 {{ cat.note }}"
    row = '<a title="{{ cat.name }}">{{ cat.name }}</a>{{ cat.age }}'
    for name in (hostile, mark_safe("<i>")):
        cat = Cat(name, age=1000)
        usual = Engine.get_default().from_string(row).render(Context({"cat": cat}))
        assert shown("{% fill first %}" + row.replace("cat.", "first.") + "{% endfill %}", cat) == usual


def test_what_is_asked_is_asked_of_each() -> None:
    asked = "{% if cat.note and not cat.age %}{{ cat.note }}{% elif cat.note %}!{% else %}-{% endif %}"
    row = "{% fill cat in cats %}" + asked + "{% endfill %}"
    assert shown(row, Cat("a"), Cat("b", "x"), Cat("c", "y", age=2), Cat("d", "z")) == "-x!z"


def test_a_field_named_after_by_is_seen_whole() -> None:
    mood = "{% if cat.mood %} is {{ cat.mood.tone }}{% endif %}"
    row = "{% fill cat in cats by mood %}{{ cat.name }}" + mood + ". {% endfill %}"
    cats = Cat("Rainis", mood=Mood("<ok>")), Cat("Murka"), Cat("Pilkis", mood=Mood("bad"))
    assert shown(row, *cats) == "Rainis is &lt;ok&gt;. Murka. Pilkis is bad. "


def test_it_speaks_the_language_of_the_page() -> None:
    page = template("{% load i18n %}{% fill first %}{% translate 'Invoices' %}{% endfill %}")
    said = []
    for language in ("lt", "en", "lt"):
        with translation.override(language):
            said.append(page.render(Context({"first": Cat("Rainis")})))
    assert said == ["Sąskaitos", "Invoices", "Sąskaitos"]


def test_nothing_of_a_person_stays_and_nothing_grows_with_people() -> None:
    page = template(
        "{% fill cat in cats by mood %}{{ cat.name }}{% if cat.note %}{{ cat.note }}{% endif %}{% endfill %}"
    )
    page.render(Context({"cats": [Cat(f"secret {n}", f"secret {n}" * (n % 2)) for n in range(100)]}))
    (node,) = [node for node in page.nodelist if isinstance(node, Fill)]
    assert len(node._drawn) == 2
    assert "secret" not in repr(node._drawn)


@pytest.mark.parametrize(
    "block",
    [
        "{{ cat.name|upper }}",
        "{{ cat.mood.tone }}",
        "{{ cat }}",
        "{{ other }}",
        "{% if cat.name == 'Rainis' %}x{% endif %}",
        "{% if cat.note|length %}x{% endif %}",
        "{% if 'a' in cat.note %}x{% endif %}",
        "{% if other.note %}x{% endif %}",
        "{% translate cat.name %}",
        "{% static cat.name %}",
        "{% url 'invoices:detail' cat.age %}",
        "{% for letter in cat.name %}{% endfor %}",
        "{% include 'components/facade.html' %}",
        "{% block main %}{% endblock %}",
    ],
)
def test_whatever_could_look_into_the_words_is_refused(block: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="`fill`"):
        template("{% load i18n static %}{% fill cat in cats %}" + block + "{% endfill %}")


@pytest.mark.parametrize("named", ["", "cat of cats", "cat in", "by mood"])
def test_it_must_be_named_what_fills_it(named: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="Name what to fill with"):
        template("{% fill " + named + " %}{% endfill %}")
