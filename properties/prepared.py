"""Querysets put into SQL once and asked many times, for the pages that everybody opens.

Putting a gate such as `visible_to` into SQL costs Django many times what the whole rest of a page does, and gives
the same text each time. The rule still stands once, as a queryset; nothing here knows what it asks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.contrib.auth import get_user_model
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.query import ModelIterable, QuerySet, ValuesListIterable, get_related_populators
from django.utils import timezone
from psycopg import _queries
from psycopg.sql import Literal

# psycopg remembers how it reads a statement up to this length, and takes a longer one apart every time. What
# home asks of the noticeboard is longer, and that is a tenth of what home costs.
_queries.MAX_CACHED_STATEMENT_LENGTH = 16_000

Row = TypeVar("Row")
Values = Mapping[str, Any]
_Source = Callable[[Values], Any]


class Prepared(Generic[Row]):
    """A query of a person, a moment, a key or lists of ids, given by name; its rows are those of the queryset.

    `build` is called twice, with values that differ in everything: what differs in the two statements must be one
    of the values, or a day or a moment counted from one. Anything else raises ValueError at the first use, so
    nothing of one person can stay in a statement that is asked for another.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._statements: dict[tuple[int, ...], _Statement | None] = {}

    def rows(self, **values: Any) -> list[Row]:
        """Return the rows, in one query; lists must name everything once."""
        shape = tuple(len(value) for value in values.values() if isinstance(value, list))
        if shape not in self._statements:
            self._statements[shape] = _statement(self._build, values)
        statement = self._statements[shape]
        return [] if statement is None else statement.ask(values)


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    # What each parameter is made of the values by, under its name in the statement.
    sources: tuple[tuple[str, _Source], ...]
    converters: tuple[tuple[int, Any], ...]
    row_of: Callable[[Any], Any]

    def ask(self, values: Values) -> list[Any]:
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, {name: source(values) for name, source in self.sources})
            rows: list[Any] = cursor.fetchall()
        if self.converters:
            rows = [list(row) for row in rows]
            for row in rows:
                for place, (functions, expression) in self.converters:
                    for function in functions:
                        row[place] = function(row[place], expression, connection)
        return [self.row_of(row) for row in rows]


def _statement(build: Callable[..., QuerySet[Any, Any]], values: Values) -> _Statement | None:
    one, other = _stand_ins(values, 0), _stand_ins(values, 1)
    connection = connections[DEFAULT_DB_ALIAS]
    queryset = build(**one)
    compiler = queryset.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
        other_sql, others = build(**other).query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    if sql != other_sql or len(parameters) != len(others):
        raise ValueError("The statement itself depends on the values: it cannot be prepared.")
    select = [expression for expression, _sql, _alias in compiler.select]
    # Each value is sent once, however often it stands in the statement; what never changes stands there itself.
    sources: dict[Any, tuple[str, _Source]] = {}
    places = []
    for pair in zip(parameters, others, strict=True):
        if pair[0] == pair[1]:
            places.append(_constant(pair[0]))
            continue
        if pair not in sources:
            sources[pair] = (f"p{len(sources)}", _source(*pair, one, other))
        places.append(f"%({sources[pair][0]})s")
    return _Statement(
        sql=sql.replace("%%", "%%%%") % tuple(places),
        sources=tuple(sources.values()),
        converters=tuple(compiler.get_converters(select).items()),
        row_of=_row_of(queryset, compiler),
    )


def _row_of(queryset: QuerySet[Any, Any], compiler: Any) -> Callable[[Any], Any]:
    """Return what makes a model with its relations and annotations, or a tuple, of a row."""
    if queryset._iterable_class is ValuesListIterable:
        return tuple
    if queryset._iterable_class is not ModelIterable:
        raise ValueError("Only models and tuples can be made of the rows of a prepared query.")
    info = compiler.klass_info
    model, places = info["model"], info["select_fields"]
    start, end = places[0], places[-1] + 1
    names = [column[0].target.attname for column in compiler.select[start:end]]
    populators_of: Any = get_related_populators  # the stubs are of a later Django
    populators = populators_of(info, compiler.select, DEFAULT_DB_ALIAS)
    annotations = tuple(compiler.annotation_col_map.items())

    def row_of(row: Any) -> Any:
        made = model.from_db(DEFAULT_DB_ALIAS, names, row[start:end])
        for populator in populators:
            populator.populate(row, made)
        for name, place in annotations:
            setattr(made, name, row[place])
        return made

    return row_of


_A_MOMENT = datetime(1971, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
_ANOTHER = datetime(1978, 11, 24, 15, 36, 47, 58, tzinfo=UTC)


def _stand_ins(values: Values, turn: int) -> dict[str, Any]:
    """Return values of the same kinds that nothing else is equal to, others at each turn."""
    made: dict[str, Any] = {}
    for number, (name, value) in enumerate(values.items()):
        # No two of them are equal, whichever argument and turn they belong to.
        unlike = 1_000_003 * (2 * number + turn + 1)
        # The two moments differ in every part: what is cut off from one is not counted from both alike.
        moment = (_A_MOMENT, _ANOTHER)[turn] + timedelta(seconds=number)
        if isinstance(value, list):
            made[name] = [unlike + place for place in range(len(value))]
        elif isinstance(value, datetime):
            made[name] = moment
        elif isinstance(value, date):
            # As far from the moments as from the other days: a day is never counted from a moment given beside it.
            made[name] = moment.date() + timedelta(days=(number + 1) * (100 + 37 * turn))
        elif isinstance(value, str):
            made[name] = str(unlike)
        elif isinstance(value, int):
            made[name] = unlike
        elif hasattr(value, "is_authenticated"):
            if not value.is_authenticated:
                raise ValueError("Nobody is signed in: there is no person to ask for.")
            made[name] = get_user_model()(pk=unlike)
        else:
            raise ValueError(f"A prepared query takes no {type(value).__name__}.")
    return made


def _constant(value: Any) -> str:
    """Return a value as SQL, in a statement that has parameters."""
    return Literal(value).as_string().replace("%", "%%")


def _source(parameter: Any, other: Any, one: Values, another: Values) -> _Source:
    """Return where a parameter comes from, by what it was in the two statements."""
    for name, value in one.items():
        for candidate in _candidates(name, value, parameter):
            if candidate(one) == parameter and candidate(another) == other:
                return candidate
    raise ValueError(
        "Neither the person nor another value, nor counted from one, is a parameter that changes."
    )


def _candidates(name: str, value: Any, parameter: Any) -> list[_Source]:
    """Return the ways in which this value may have become that parameter."""
    if isinstance(value, list):
        if parameter not in value:
            return []
        place = value.index(parameter)
        return [lambda values: values[name][place]]
    if isinstance(value, datetime) and isinstance(parameter, datetime):
        passed = parameter - value
        return [lambda values: values[name] + passed]
    if isinstance(value, datetime) and isinstance(parameter, date):
        days = parameter - timezone.localdate(value)
        return [lambda values: timezone.localdate(values[name]) + days]
    if isinstance(value, date | str | int):
        return [lambda values: values[name]]
    return [lambda values: values[name].pk]
