"""One row of the table of ratios, and how several rounds become one figure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table: without figures `note` says why it could not be measured here."""

    # The number of the row, with a letter where one row has several figures: "3", "4b".
    number: str
    what: str
    goal: float
    stretch: float | None = None
    # The figure of each round; ratios are taken within a round, never over rounds.
    rounds: Sequence[float] = ()
    # Some ratios must be large (requests per second), most must be small.
    at_least: bool = False
    unit: str = ""
    note: str = ""

    @property
    def figure(self) -> float | None:
        """Return the median of the rounds."""
        return median(self.rounds) if self.rounds else None

    def reaches(self, bound: float | None) -> bool:
        """Tell whether the figure keeps within a bound; what was not measured reaches nothing."""
        if bound is None or self.figure is None:
            return False
        return self.figure >= bound if self.at_least else self.figure <= bound


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| # | What | goal | stretch | measured | min–max | reached |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_line(row) for row in rows]
    return "\n".join(lines)


def _line(row: Row) -> str:
    sign = "≥" if row.at_least else "≤"
    bounds = [
        f"{sign} {_number(bound)}{row.unit}" if bound is not None else "–"
        for bound in (row.goal, row.stretch)
    ]
    if row.figure is None:
        cells = ["not measured", "–", "–"]
    else:
        span = f"{_number(min(row.rounds))}–{_number(max(row.rounds))}" if len(row.rounds) > 1 else "–"
        reached = "stretch" if row.reaches(row.stretch) else "goal" if row.reaches(row.goal) else "**no**"
        cells = [f"{_number(row.figure)}{row.unit}", span, reached]
    what = f"{row.what} ({row.note})" if row.note else row.what
    return "| " + " | ".join([row.number, what, *bounds, *cells]) + " |"


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}".replace(",", " ")
