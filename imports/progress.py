"""What the importer is doing, for whoever waits: a moving line on a terminal, now and then a line in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from django.utils.translation import gettext as _

# A file that is in sooner needs no words.
SILENT_SECONDS = 3.0
SECONDS_BETWEEN_LINES = {True: 0.2, False: 10.0}


class Progress:
    """What an import reports as it goes on; here nobody listens."""

    def read(self, rows: int) -> None:
        """Hear how many rows have been read."""

    def step(self, words: str) -> None:
        """Hear what is done with the rows now."""


class Shown(Progress):
    """Says the rows read so far, then the steps of merging; `out` is where."""

    def __init__(self, out: TextIO, *, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._out = out
        self._name = name
        self._is_terminal = out.isatty()
        self._began = self._step_began = self._clock()
        self._said_at = self._began + SILENT_SECONDS - SECONDS_BETWEEN_LINES[self._is_terminal]
        self._rows = 0

    def read(self, rows: int) -> None:
        """Say how many rows have been read, not more often than one can follow."""
        self._rows = rows
        now = self._clock()
        if now - self._said_at >= SECONDS_BETWEEN_LINES[self._is_terminal]:
            self._said_at = now
            self._say(
                _("%(rows)s rows read, %(rate)s a second")
                % {"rows": _grouped(rows), "rate": _grouped(int(rows / max(now - self._began, 0.001)))}
            )

    def step(self, words: str) -> None:
        """Say what is done with the rows now."""
        if self._clock() - self._began >= SILENT_SECONDS:
            self._say(_("%(rows)s rows: %(step)s") % {"rows": _grouped(self._rows), "step": words})

    def _say(self, words: str) -> None:
        seconds = int(self._clock() - self._began)
        line = f"{self._name}  {seconds // 60}:{seconds % 60:02}  {words}"
        self._out.write(f"\r\x1b[K{line}" if self._is_terminal else f"{line}\n")
        self._out.flush()

    def clear(self) -> None:
        """Leave the terminal's line empty for what is said next."""
        if self._is_terminal:
            self._out.write("\r\x1b[K")
            self._out.flush()


@contextmanager
def shown(out: TextIO, *, name: str) -> Iterator[Progress]:
    """Show progress while the block runs."""
    progress = Shown(out, name=name)
    try:
        yield progress
    finally:
        progress.clear()


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\u00a0")
