"""Counts the instructions of pages: runs under callgrind and writes one total for each page.

Callgrind must be told by the name of a C function where to begin and to end. Python's own `@=` is one that nothing
else here calls: each page is asked for inside it, callgrind collects only in there and writes a total each time
that it is left. Only what this process does counts, not the database's part.
"""

import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

MARKER = "PyNumber_InPlaceMatrixMultiply"
WARM_UP = 4
REQUESTS = 4


def instructions(
    paths: Sequence[str], *, cookies: Sequence[str], settings: str, keep: Path | None = None
) -> list[float] | None:
    """Return instructions per request of each of these pages, None where valgrind is absent.

    `cookies` says for each page who asks. `keep` is a folder for callgrind's own files, for a closer look.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return None
    with tempfile.TemporaryDirectory() as own:
        folder = keep or Path(own)
        command = [valgrind, "--tool=callgrind", "--collect-atstart=no", f"--toggle-collect={MARKER}"]
        command += [f"--dump-after={MARKER}", f"--callgrind-out-file={folder}/out", "--quiet"]
        command += [sys.executable, "-m", "benchmarks.under_valgrind"]
        command += [part for pair in zip(paths, cookies, strict=True) for part in pair]
        # Hashes of strings decide how far a dictionary has to look.
        environ = os.environ | {"DJANGO_SETTINGS_MODULE": settings, "PYTHONHASHSEED": "0"}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"callgrind ended with {done.returncode}: {done.stderr[-2000:]}")
        return [_total(folder / f"out.{number}") / REQUESTS for number in range(1, len(paths) + 1)]


def _total(file: Path) -> int:
    found = re.search(r"^(?:totals|summary): (\d+)", file.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"callgrind wrote no total into {file.name}")
    return int(found[1])


class _Collected:
    """Does within `@=` what callgrind shall count."""

    def __imatmul__(self, work: Callable[[], None]) -> "_Collected":
        work()
        return self


def main(arguments: Sequence[str]) -> None:
    """Ask for each page, by path and cookie: first to warm up, then counted."""
    import django

    django.setup()
    from benchmarks import floor

    application = floor.Application()

    def ask(path: str, cookie: str, times: int) -> None:
        page, _, query = path.partition("?")
        for _number in range(times):
            status, _body = floor.ask(application, page, query=query, cookie=cookie)
            if status != 200:
                raise RuntimeError(f"{path} answers {status}")

    pages = list(zip(arguments[::2], arguments[1::2], strict=True))
    for path, cookie in pages:
        ask(path, cookie, WARM_UP)
    gc.collect()
    gc.freeze()
    collected = _Collected()
    for path, cookie in pages:
        collected @= partial(ask, path, cookie, REQUESTS)


if __name__ == "__main__":
    main(sys.argv[1:])
