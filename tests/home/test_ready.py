import pytest
from django.template import Context, Engine, Template, TemplateSyntaxError


def template(text: str) -> Template:
    return Engine.get_default().from_string("{% load ready %}" + text)


def test_ready_sees_nothing_but_what_is_named() -> None:
    shown = template("{% ready tone %}{{ tone }} {{ name }}{% endready %}")
    assert [shown.render(Context({"tone": tone, "name": "Ona"})) for tone in ("ok", "bad")] == ["ok ", "bad "]


def test_a_block_in_ready_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="A block within"):
        template("{% ready %}<p>{% block main %}{% endblock %}</p>{% endready %}")


def test_a_part_sees_what_its_page_does() -> None:
    shown = template('{% for here in pages %}{% part "components/messages.html" %}{{ here }}{% endfor %}')
    assert shown.render(Context({"pages": "ab"})).split() == ["a", "b"]
