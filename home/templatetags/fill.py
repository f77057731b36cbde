"""`{% fill … %}`: a part of a page that differs from person to person only in the words that stand in it."""

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape
from operator import attrgetter
from typing import Any, NamedTuple

from django import template
from django.template.base import (
    FilterExpression,
    NodeList,
    Parser,
    TextNode,
    Token,
    Variable,
    VariableNode,
    render_value_in_context,
)
from django.template.context import Context
from django.template.defaulttags import IfNode, TemplateLiteral, URLNode
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode

from .ready import MOST, language_of

register = template.Library()

# Where the words of a field go in a drawn block: characters that no template has.
_MARK = re.compile("\x02(.+?)\x03")
# Stands between words while all of them are escaped together: neither PostgreSQL nor a form takes it.
_APART = "\0"


@register.tag
def fill(parser: Parser, token: Token) -> "Fill":
    """Render what stands until `endfill` for one thing, or for each of several.

    `{% fill invoices.summary %}{{ summary.amount }}{% endfill %}`
    `{% fill tile in invoices.tiles by tag %}{{ tile.title }}{{ tile.tag.text }}{% endfill %}`

    It is drawn once per language, per value of the fields that stand after `by` (there must be few, as of what
    `ready` names) and per which of the fields it asks about say anything. Of every other field it sees a mark
    alone; the words of each thing take its place, escaped, every time. So nothing of a person can stay in it,
    and another row costs its words and no walk through a template.
    """
    _tag, *words = token.split_contents()
    by: list[str] = []
    if "by" in words:
        words, by = words[: words.index("by")], words[words.index("by") + 1 :]
    nodes = parser.parse(("endfill",))
    parser.delete_first_token()
    match words:
        case [thing]:
            return Fill(nodes, name=thing.rpartition(".")[2], by=by, one=thing)
        case [name, "in", things]:
            return Fill(nodes, name=name, by=by, each=things)
    raise template.TemplateSyntaxError(
        "Name what to fill with: `thing`, or `thing in things`, and fields after `by`."
    )


class _Drawn(NamedTuple):
    """A block with `%s` in place of each mark, and what returns the words for them."""

    text: str
    words_of: Callable[[Any], tuple[Any, ...]]


class Fill(template.Node):
    # Each page looks for blocks through all of its frame: there are none in here.
    child_nodelists = ()

    def __init__(
        self, nodelist: NodeList, *, name: str, by: list[str], one: str = "", each: str = ""
    ) -> None:
        self.nodelist = nodelist
        self._name = name
        self._by = by
        self._asked, self._printed = _fields(nodelist, name=name, by=by)
        self._things = Variable(each or one)
        self._is_one = bool(one)
        self._shape_of = _tuple_of([*by, *self._asked])
        self._drawn: dict[tuple[Any, ...], _Drawn] = {}

    def render(self, context: Context) -> str:
        """Return the block with the words of the thing, or once for each of them."""
        things = self._things.resolve(context)
        language, by = language_of(context), len(self._by)
        filled = []
        for thing in (things,) if self._is_one else things:
            shape = self._shape_of(thing)
            key = (language, *shape[:by], *map(bool, shape[by:]))
            text, words_of = self._drawn.get(key) or self._draw(key, context)
            filled.append(text % _escaped(words_of(thing), context))
        return "".join(filled)

    def _draw(self, key: tuple[Any, ...], context: Context) -> _Drawn:
        said = dict(zip([*self._by, *self._asked], key[1:], strict=True))
        stand_in = {
            field: _Mark(field, is_said=said.get(field, True)) for field in self._printed + self._asked
        }
        stand_in |= {field: said[field] for field in self._by}
        text, *rest = _MARK.split(self.nodelist.render(context.new({self._name: stand_in})))
        fields, texts = rest[::2], rest[1::2]
        drawn = _Drawn("%s".join(part.replace("%", "%%") for part in (text, *texts)), _tuple_of(fields))
        if len(self._drawn) >= MOST:
            self._drawn.clear()
        self._drawn[key] = drawn
        return drawn


class _Mark:
    """Stands for a field while the block is drawn: it can be printed, or asked whether it says anything."""

    def __init__(self, field: str, *, is_said: bool) -> None:
        self._field = field
        self._is_said = is_said

    def __bool__(self) -> bool:
        return self._is_said

    def __str__(self) -> str:
        return f"\x02{self._field}\x03"


def _escaped(words: tuple[Any, ...], context: Context) -> tuple[str, ...]:
    """Return the words as a template would print them; strings alone, which is the usual, in one go."""
    if {*map(type, words)} == {str}:
        escaped = escape(_APART.join(words)).split(_APART)
        if len(escaped) == len(words):
            return tuple(escaped)
    return tuple(render_value_in_context(word, context) for word in words)


def _tuple_of(fields: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what returns these fields of a thing."""
    if not fields:
        return lambda thing: ()
    get: Callable[[Any], Any] = attrgetter(*fields)
    return get if len(fields) > 1 else lambda thing: (get(thing),)


def _fields(nodelist: NodeList, *, name: str, by: list[str]) -> tuple[list[str], list[str]]:
    """Return which fields the block asks about and which it prints, without those named after `by`.

    Whatever could look into the words of a field is refused: it would see the mark.
    """
    asked: set[str] = set()
    printed: set[str] = set()
    for node in nodelist.get_nodes_by_type(template.Node):
        match node:
            case TextNode():
                pass
            case VariableNode():
                printed.add(_field(node.filter_expression, name=name, by=by))
            case IfNode():
                for condition, _nodes in node.conditions_nodelists:
                    asked |= {_field(one, name=name, by=by) for one in _questions(condition)}
            case TranslateNode() | StaticNode() | URLNode() if not any(_variables(node)):
                pass
            case _:
                raise template.TemplateSyntaxError(f"`fill` prints fields and asks if they are there: {node}")
    return sorted(asked.difference(by)), sorted(printed.difference(by))


def _field(expression: FilterExpression, *, name: str, by: list[str]) -> str:
    path = expression.var.lookups if expression.is_var else None
    if expression.filters or not path or path[0] != name or len(path) == 1:
        raise template.TemplateSyntaxError(f"`fill` sees nothing but fields as they are: {expression}")
    if path[1] not in by and len(path) > 2:
        raise template.TemplateSyntaxError(
            f"`fill` sees into a field only if it is named after `by`: {expression}"
        )
    field: str = path[1]
    return field


def _questions(condition: Any) -> Iterator[FilterExpression]:
    # Nothing at all is the condition of `else`.
    if isinstance(condition, TemplateLiteral):
        asked: Any = condition.value
        yield asked
    elif condition is not None:
        if condition.id not in {"and", "or", "not"}:
            raise template.TemplateSyntaxError(f"`fill` does not compare fields: {condition}")
        yield from _questions(condition.first)
        yield from _questions(condition.second)


def _variables(node: Any) -> Iterable[bool]:
    """Return of each value given to a tag whether it varies."""
    match node:
        case TranslateNode():
            given = [node.filter_expression]
        case StaticNode():
            given = [node.path]
        case _:
            given = [node.view_name, *node.args, *node.kwargs.values()]
    return [one.is_var and one.var.lookups is not None for one in given]
