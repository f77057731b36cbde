"""Lists of the administration, paged from a row of theirs: nothing is counted and nothing skipped over.

A page starts after a row, or ends before one, that the address names by its id. What its place in the order
is, the table says: an id of somebody else's row, or of none, has no place and the list begins at its start.
"""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import BooleanField, F, Func, Model, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils.functional import cached_property

LONGEST_ID = 18
AFTER, BEFORE = "after", "before"
# The page that ends before nothing: the last.
END = "end"


def is_id(text: str) -> bool:
    """Tell whether this can be the id of a row."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID


def compared(keys: Sequence[str], sign: str, place: Sequence[Any]) -> Func:
    """Return a condition that compares keys with a place as a whole, so that an index over them serves it."""
    row = Func(*(F(key) for key in keys), function="ROW")
    values = Func(*(Value(value) for value in place), function="ROW")
    return Func(row, values, template="(%(expressions)s)", arg_joiner=sign, output_field=BooleanField())


class BoundedChangeList(ChangeList):
    """One page of a list, found through the index of its order."""

    # Addresses of the pages around this one, empty where there is none.
    start = back = further = end = ""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> "QuerySet[Any]":
        """Return all rows of the list; the place of the page, an order and „all“ are none of its filters."""
        for name in (AFTER, BEFORE, ORDER_VAR, ALL_VAR):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page and look one row further."""
        # What the model's administration reads company by company.
        apart = getattr(self.model_admin, "apart", None)
        is_search = bool(self.query.strip())
        self._parts = apart(request, self.queryset) if apart and not is_search else [self.queryset]
        # What a search finds is put in order before its page is cut off: joined then, all of it would be.
        self._is_cut_first = is_search or len(self._parts) > 1
        self.result_list = self._page(request.GET.get(AFTER, ""), request.GET.get(BEFORE, ""))
        # Of the page: what is on the other pages nobody knows without reading them.
        self.result_count = self.full_result_count = len(self.result_list)
        self.is_cut = vars(request).get("is_search_cut", False)
        self.show_admin_actions = True
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.paginator = Paginator(self.result_list, self.list_per_page)

    def _page(self, after: str, before: str) -> list[Model]:
        size = self.list_per_page
        if before == END or (place := self._place(before)) is not None:
            rows = self._rows(None if before == END else place, is_backward=True)
            if len(rows) > size:
                return self._between(rows[:size][::-1], has_more=before != END)
            # Too few to be a page: the first one begins with them.
        if (place := self._place(after)) is not None:
            rows = self._rows(place)
            if rows:
                return self._between(rows[:size], has_more=len(rows) > size)
        rows = self._rows(None)
        if len(rows) > size:
            self._lead_on(rows[size - 1])
        return rows[:size]

    def _between(self, rows: list[Model], *, has_more: bool) -> list[Model]:
        self.start = self.get_query_string()
        self.back = self.get_query_string({BEFORE: str(rows[0].pk)})
        if has_more:
            self._lead_on(rows[-1])
        return rows

    def _lead_on(self, last: Model) -> None:
        self.further = self.get_query_string({AFTER: str(last.pk)})
        self.end = self.get_query_string({BEFORE: END})

    @cached_property
    def _keys(self) -> list[str]:
        """Return the columns of the order, each once; all of them rise or all fall."""
        own = self.opts.pk.name
        names = (name.lstrip("-") for name in self.queryset.query.order_by)
        return list(dict.fromkeys(own if name == "pk" else name for name in names))

    @cached_property
    def _is_falling(self) -> bool:
        return bool(self.queryset.query.order_by[0].startswith("-"))

    def _place(self, pk: str) -> tuple[Any, ...] | None:
        """Return where the row with this id stands; None when it is no row that the person sees."""
        if not is_id(pk):
            return None
        return next(iter(self.root_queryset.filter(pk=pk).order_by().values_list(*self._keys)[:1]), None)

    def _rows(self, place: tuple[Any, ...] | None, *, is_backward: bool = False) -> list[Model]:
        """Return a page of rows from a place on, or from an end, and one more."""
        most = self.list_per_page + 1
        parts = [self._from(part, place, is_backward)[:most] for part in self._parts]
        if not self._is_cut_first or not parts:
            return [row for part in parts for row in part]
        ordered = self._from(self.queryset, None, is_backward)
        keys = dict.fromkeys([self.opts.pk.name, *self._keys])
        merged, *others = (part.values_list(*keys) for part in parts)
        if others:
            merged = merged.union(*others, all=True).order_by(*ordered.query.order_by)[:most]
        return list(ordered.filter(pk__in=[row[0] for row in merged]))

    def _from(
        self, rows: "QuerySet[Any]", place: tuple[Any, ...] | None, is_backward: bool
    ) -> "QuerySet[Any]":
        is_falling = self._is_falling != is_backward
        rows = rows.order_by(*(("-" if is_falling else "") + key for key in self._keys))
        if place is None:
            return rows
        # An order over several tables is in no index; the part of it that is of one table may be. From there
        # on, the place included: of `<` on a few companies the planner would expect no rows at all.
        table = self._keys[0].rpartition("__")[0]
        first = sum(key.rpartition("__")[0] == table for key in self._keys)
        sign, back = ("<=", ">=") if is_falling else (">=", "<=")
        tied = Q(compared(self._keys[:first], "=", place[:first]))
        if first < len(self._keys):
            tied &= Q(compared(self._keys[first:], back, place[first:]))
        return rows.filter(compared(self._keys[:first], sign, place[:first])).exclude(tied)


class FirstRows(Paginator):
    """Count and offer only so many rows, for histories and choices: nobody reads further."""

    most = 1000

    @cached_property
    def count(self) -> int:
        """Return how many rows can be paged through."""
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[: self.most].count()
