"""Many cases upon one estate: to make an estate takes longer than most of what is asked of it."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

import pytest

# How one case is asked; the fixture of that name says the rest.
Apart = Callable[[object], AbstractContextManager[None]]


def parts(cases: Iterable[Any], *, of: int) -> pytest.MarkDecorator:
    """Ask the cases in so many tests, each of which gets its own as `cases` and sets them apart by `apart`."""
    dealt = list(cases)
    return pytest.mark.parametrize(
        "cases", [dealt[part::of] for part in range(of)], ids=[f"part{part}" for part in range(of)]
    )
