import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("DEBUG", "DATABASE_URL", "SECRET_KEY", "ACTIVATION_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_file_only_the_process_speaks(tmp_path, monkeypatch):
    monkeypatch.setenv("COLOUR", "green")

    values = environment.load(tmp_path)

    assert values["COLOUR"] == "green"
    assert "DEBUG" not in values


def test_the_development_file_is_merged_under_the_environment(tmp_path, monkeypatch):
    environment.write_development(tmp_path)
    monkeypatch.setenv("SECRET_KEY", "mine")

    values = environment.load(tmp_path)

    assert values["DEBUG"] == "1"
    assert values["SECRET_KEY"] == "mine"
    assert values["ACTIVATION_KEY"] == environment.read(tmp_path)["ACTIVATION_KEY"]


@pytest.mark.parametrize(
    ("name", "value"), [("DEBUG", "0"), ("DEBUG", ""), ("DATABASE_URL", "postgresql:///x")]
)
def test_a_said_mode_or_database_leaves_the_file_unread(tmp_path, monkeypatch, name, value):
    environment.write_development(tmp_path)
    monkeypatch.setenv(name, value)

    values = environment.load(tmp_path)

    assert values[name] == value
    assert "SECRET_KEY" not in values


def test_keys_are_long_different_and_made_once(tmp_path):
    environment.write_development(tmp_path)
    first = environment.read(tmp_path)
    environment.write_development(tmp_path)

    assert environment.read(tmp_path) == first
    assert sorted(first) == ["ACTIVATION_KEY", "DEBUG", "SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= 50
    assert first["SECRET_KEY"] != first["ACTIVATION_KEY"]


def test_a_missing_key_is_added_and_what_was_written_by_hand_stays(tmp_path):
    file = tmp_path / ".data" / "env"
    file.parent.mkdir()
    file.write_text("# by hand\nDEBUG=0\nSECRET_KEY=a=b\nnot a line\n")

    environment.write_development(tmp_path)

    values = environment.read(tmp_path)
    assert values.pop("ACTIVATION_KEY")
    assert values == {"DEBUG": "0", "SECRET_KEY": "a=b"}


def test_nobody_else_can_read_the_keys(tmp_path):
    environment.write_development(tmp_path)

    assert stat.S_IMODE((tmp_path / ".data" / "env").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / ".data").stat().st_mode) == 0o700


def test_first_starts_at_once_agree_on_the_keys(tmp_path):
    program = (
        "import sys; from pathlib import Path; from config import environment as e;"
        "p = Path(sys.argv[1]); e.write_development(p); print(e.read(p)['SECRET_KEY'])"
    )

    def start(_: int) -> str:
        command = [sys.executable, "-c", program, str(tmp_path)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(start, range(6)))) == 1


@pytest.mark.parametrize(
    ("text", "meaning"), [("1", True), (" TRUE ", True), ("on", True), ("0", False), ("", False)]
)
def test_what_means_on(text, meaning):
    assert environment.is_on(text) is meaning
