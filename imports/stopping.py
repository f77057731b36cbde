"""An import that is told to stop, by Ctrl-C or by the system, takes nothing and says so."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(KeyboardInterrupt):
    """Somebody asked to stop; the database gives up a statement in the middle for a KeyboardInterrupt."""


class Switch:
    """Whether it may still be stopped: what is being committed is not."""

    def __init__(self) -> None:
        self._is_on = True

    def turn_off(self) -> None:
        """Go through to the end from here on."""
        self._is_on = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Hear a signal."""
        if self._is_on:
            # Once is enough: a second press must not cut off the undoing.
            self._is_on = False
            raise Stopped


@contextmanager
def stoppable() -> Iterator[Switch]:
    """Turn SIGINT and SIGTERM into `Stopped` while the block runs."""
    switch = Switch()
    # Only the main thread hears signals.
    if threading.current_thread() is not threading.main_thread():
        yield switch
        return
    before = {number: signal.signal(number, switch) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield switch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
