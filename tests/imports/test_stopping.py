"""An import that is told to stop takes nothing; what it does meanwhile is said where somebody waits."""

import io
import os
import signal
from pathlib import Path

import pytest
from django.utils import timezone, translation

from imports.kinds import all_kinds
from imports.models import ImportRun
from imports.progress import Progress, Shown
from imports.runs import import_file
from imports.stopping import Stopped, stoppable
from properties.models import ManagingCompany

HEADER = "company_code;name;declares_readings\n"


class StopsAt(Progress):
    """Sends its own process a signal when it hears of that many steps."""

    def __init__(self, steps: int, number: signal.Signals) -> None:
        self.left, self.number = steps, number

    def step(self, words: str) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), self.number)


def take(path: Path, progress: Progress, *, dry_run: bool = False) -> None:
    with stoppable() as switch:
        import_file(
            kind=all_kinds()["companies"],
            path=path,
            company_code="",
            dry_run=dry_run,
            at=timezone.now(),
            progress=progress,
            before_commit=switch.turn_off,
        )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "companies.csv"
    path.write_text(HEADER + "300000117;A;yes\n300000028;B;maybe\n")
    return path


@pytest.mark.django_db
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("steps", [1, 2])
def test_nothing_is_taken_the_run_says_so_and_it_goes_in_later(file: Path, number, steps: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Stopped):
        take(file, StopsAt(steps, number))
    assert signal.getsignal(number) is before
    assert not ManagingCompany.objects.exists()
    assert list(file.parent.iterdir()) == [file]
    assert list(ImportRun.objects.values_list("created", "rejected", "is_stopped")) == [(0, 0, True)]
    take(file, Progress())
    again = ImportRun.objects.latest("id")
    assert (again.created, again.rejected, again.is_stopped) == (1, 1, False)


@pytest.mark.django_db
def test_a_stopped_dry_run_leaves_no_trace(file: Path) -> None:
    with pytest.raises(Stopped):
        take(file, StopsAt(1, signal.SIGTERM), dry_run=True)
    assert not ImportRun.objects.exists()


def test_what_is_being_committed_is_not_stopped() -> None:
    with stoppable() as switch:
        switch.turn_off()
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_a_file_that_is_in_at_once_needs_no_words(out: type[io.StringIO]) -> None:
    said = out()
    progress = Shown(said, name="a.csv")
    progress.read(10)
    progress.step("checking")
    assert said.getvalue() == ""


@pytest.mark.parametrize(("out", "start", "end"), [(io.StringIO, "", "\n"), (Terminal, "\r\x1b[K", "")])
def test_rows_rate_and_step_are_said_of_a_long_one(out: type[io.StringIO], start: str, end: str) -> None:
    said = out()
    moments = iter([1000.0, 1100.0, 1100.0, 1100.1, 1101.0, 1101.0])
    with translation.override("en"):
        progress = Shown(said, name="a.csv", clock=lambda: next(moments))
        progress.read(1_200_000)
        # At once again is too often.
        progress.read(1_200_001)
        progress.step("checking")
    assert said.getvalue().replace("\u00a0", " ") == (
        f"{start}a.csv  1:40  1 200 000 rows read, 12 000 a second{end}"
        f"{start}a.csv  1:41  1 200 001 rows: checking{end}"
    )
