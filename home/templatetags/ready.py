"""`{% ready … %}`: a part of a page that is the same for everybody of whom the same is true.

`{% part "…" %}`: a part of a page in a file of its own, found once.
"""

from collections.abc import Callable
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.template.loader_tags import BlockNode
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

_LANGUAGE = "language of ready parts"
# Far more than languages, places and sets of rights together; only a mistake would fill it.
MOST = 2000


@register.tag
def ready(parser: Parser, token: Token) -> "Ready":
    """Render what stands until `endready` once per language and per value of the variables that are named.

    It sees nothing but those variables (of `row.tag`, `tag`), so what belongs to one person cannot come out on
    another's page. They must be hashable, and there must be few values of them: not one for each person.
    """
    _tag, *names = token.split_contents()
    nodes = parser.parse(("endready",))
    parser.delete_first_token()
    if nodes.get_nodes_by_type(BlockNode):
        raise template.TemplateSyntaxError("A block within `ready` could not be another page's.")
    return Ready(nodes, names)


class Ready(template.Node):
    # Each page looks for blocks through all of its frame: there are none in here.
    child_nodelists = ()

    def __init__(self, nodelist: NodeList, names: list[str]) -> None:
        self.nodelist = nodelist
        self._values = [_lookup(name) for name in names]
        self._names = [name.rpartition(".")[2] for name in names]
        self._made: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """Return the part, from memory when it was rendered before."""
        values = [value(context) for value in self._values]
        if SimpleLazyObject in map(type, values):
            values = [_plain(value) for value in values]
        key = (language_of(context), *values)
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= MOST:
                self._made.clear()
            made = self.nodelist.render(context.new(dict(zip(self._names, values, strict=True))))
            self._made[key] = made
        return made


@register.tag
def part(parser: Parser, token: Token) -> "Part":
    """Render another template here, with all that is known here.

    As `include` does, which looks the template up and opens a scope of its own every time.
    """
    _tag, name = token.split_contents()
    return Part(name.strip("\"'"))


class Part(template.Node):
    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: NodeList | None = None

    def render(self, context: Context) -> SafeString:
        """Return the part; its template is read at the first use."""
        if self._nodes is None:
            self._nodes = template.Engine.get_default().get_template(self._name).nodelist
        return self._nodes.render(context)


def language_of(context: Context) -> str | None:
    """Return the language of the page; asked for once, because a page has dozens of these parts."""
    known: dict[Any, Any] = context.render_context.dicts[-1]
    try:
        language: str | None = known[_LANGUAGE]
    except KeyError:
        language = known[_LANGUAGE] = get_language()
    return language


def _lookup(name: str) -> Callable[[Context], Any]:
    """Return what finds the value of a name, None where there is none."""
    path = template.Variable(name)

    def of_path(context: Context) -> Any:
        try:
            return path.resolve(context)
        except template.VariableDoesNotExist:
            return None

    # A name alone is asked of the context itself, which is a third of the way of a path.
    return of_path if "." in name else lambda context: context.get(name)


def _plain(value: Any) -> Any:
    # A lazy value would keep its whole request in memory.
    if type(value) is SimpleLazyObject:
        bool(value)
        return value._wrapped
    return value
