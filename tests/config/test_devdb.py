import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from config import devdb

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A fresh cluster that was started and stopped; each test takes a copy."""
    data_dir = tmp_path_factory.mktemp("made") / "pg18"
    devdb.ensure(data_dir, durable=False)
    devdb.stop(data_dir)
    return data_dir


@pytest.fixture
def cluster(made_once, tmp_path):
    data_dir = tmp_path / "pg18"
    shutil.copytree(made_once, data_dir)
    yield data_dir
    devdb.stop(data_dir)


def pid_of(data_dir: Path) -> int:
    return int((data_dir / "postmaster.pid").read_text().splitlines()[0])


def ask(address: str, question: str):
    with psycopg.connect(address) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def kill(data_dir: Path) -> None:
    """Kill -9 the server and wait until the kernel has let go of it."""
    watch = os.pidfd_open(pid_of(data_dir))
    os.kill(pid_of(data_dir), signal.SIGKILL)
    assert select.select([watch], [], [], 30)[0]
    os.close(watch)


def test_a_second_call_finds_the_running_server(cluster):
    first = devdb.ensure(cluster, durable=False)
    pid = pid_of(cluster)

    assert devdb.ensure(cluster, durable=False) == first
    assert pid_of(cluster) == pid
    assert ask(first, "SELECT current_database()") == "savitarna"


def test_a_durable_cluster_is_made_from_nothing_with_utf8_and_plain_order(tmp_path):
    data_dir = tmp_path / "new" / "pg18"
    try:
        address = devdb.ensure(data_dir)
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            assert ask(address, f"SHOW {setting}") == "on"
        assert ask(address, "SHOW server_encoding") == "UTF8"
        assert ask(address, "SELECT 'Ž' < 'ž' AND 'z' < 'ą'") is True
        assert data_dir.stat().st_mode & 0o777 == 0o700
    finally:
        devdb.stop(data_dir)


def test_a_test_cluster_gives_up_durability(cluster):
    address = devdb.ensure(cluster, durable=False)

    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert ask(address, f"SHOW {setting}") == "off"


def test_search_by_parts_of_words_keeps_lithuanian_letters(cluster):
    address = devdb.ensure(cluster, durable=False)

    with psycopg.connect(address) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        row = connection.execute("SELECT similarity('Žąsų', 'žąsų'), similarity('ąčę', 'šžų')").fetchone()

    assert row == (1.0, 0.0)


def test_the_server_is_not_on_the_network(cluster):
    address = devdb.ensure(cluster, durable=False)

    assert ask(address, "SHOW listen_addresses") == ""
    assert (cluster / ".s.PGSQL.5432").stat().st_mode & 0o777 == 0o700


def test_after_a_kill_it_starts_again_with_everything_committed(cluster):
    address = devdb.ensure(cluster)
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    kill(cluster)
    assert not devdb.is_running(cluster)

    again = devdb.ensure(cluster)

    assert again == address
    assert devdb.is_running(cluster)
    assert ask(again, "SELECT number FROM kept") == 7


def test_after_a_kill_with_a_connection_open(cluster):
    address = devdb.ensure(cluster, durable=False)
    held = psycopg.connect(address)
    held.execute("SELECT 1")
    kill(cluster)

    assert ask(devdb.ensure(cluster, durable=False), "SELECT 2") == 2

    held.close()


def test_the_record_of_a_killed_server_says_nothing_about_the_next_one(cluster):
    devdb.ensure(cluster, durable=False)
    kill(cluster)
    for socket in cluster.rglob(".s.PGSQL.*"):
        socket.unlink()

    # What a machine finds after a power cut, until the new server writes its own record.
    assert not devdb._is_out_of_reach(cluster)


def test_the_number_of_a_killed_server_may_belong_to_another_program(cluster):
    devdb.ensure(cluster, durable=False)
    kill(cluster)
    record = cluster / "postmaster.pid"
    other = subprocess.Popen(["sleep", "600"])
    try:
        record.write_text(record.read_text().replace(record.read_text().splitlines()[0], str(other.pid), 1))

        assert ask(devdb.ensure(cluster, durable=False), "SELECT 1") == 1
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_many_processes_at_once_share_one_server(tmp_path):
    data_dir = tmp_path / "pg18"
    program = (
        "import sys; from pathlib import Path; from config import devdb;"
        "print(devdb.ensure(Path(sys.argv[1]), durable=False), devdb._recorded_pid(Path(sys.argv[1])))"
    )

    def start(_: int) -> str:
        command = [sys.executable, "-c", program, str(data_dir)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    try:
        with ThreadPoolExecutor(6) as pool:
            assert len(set(pool.map(start, range(6)))) == 1
    finally:
        devdb.stop(data_dir)


@pytest.mark.parametrize("name", ["long" * 30, "with, comma", 'with "quote'])
def test_a_folder_no_socket_can_live_in_gets_a_private_one(made_once, tmp_path, name):
    data_dir = tmp_path / name / "pg18"
    data_dir.parent.mkdir()
    shutil.copytree(made_once, data_dir)
    try:
        address = devdb.ensure(data_dir, durable=False)
        folder = Path(str(psycopg.conninfo.conninfo_to_dict(address)["host"]))
        assert folder.parent == Path(tempfile.gettempdir())
        assert folder.stat().st_mode & 0o777 == 0o700

        kill(data_dir)

        assert devdb.ensure(data_dir, durable=False) == address
        assert ask(address, "SELECT 1") == 1
    finally:
        devdb.stop(data_dir)
    assert not folder.exists()


def test_spaces_and_letters_in_the_path(made_once, tmp_path):
    data_dir = tmp_path / "namų projektas %20" / "pg18"
    data_dir.parent.mkdir()
    shutil.copytree(made_once, data_dir)
    try:
        assert ask(devdb.ensure(data_dir, durable=False), "SELECT 1") == 1
    finally:
        devdb.stop(data_dir)


def test_a_moved_folder_brings_its_server_along(cluster, tmp_path):
    with psycopg.connect(devdb.ensure(cluster)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    moved = tmp_path / "moved" / "pg18"
    moved.parent.mkdir()
    cluster.rename(moved)
    try:
        assert ask(devdb.ensure(moved), "SELECT number FROM kept") == 7
    finally:
        devdb.stop(moved)


def test_a_copied_folder_never_leads_to_the_original(cluster, tmp_path):
    original = devdb.ensure(cluster, durable=False)
    copy = tmp_path / "copy" / "pg18"
    copy.mkdir(parents=True)
    shutil.copy(cluster / "postmaster.pid", copy)

    assert not devdb.is_running(copy)
    with pytest.raises(devdb.EmbeddedDatabaseError, match="not a PostgreSQL cluster"):
        devdb.ensure(copy, durable=False)
    assert ask(original, "SELECT 1") == 1


def test_a_folder_deleted_under_its_server_is_made_anew(cluster):
    devdb.ensure(cluster, durable=False)
    old = os.pidfd_open(pid_of(cluster))
    shutil.rmtree(cluster)

    assert ask(devdb.ensure(cluster, durable=False), "SELECT 1") == 1
    # The old server would otherwise remove the new one's socket when it ends.
    assert select.select([old], [], [], 0)[0] == [old]
    os.close(old)


def test_a_half_made_cluster_is_made_again(tmp_path):
    data_dir = tmp_path / "pg18"
    (tmp_path / "pg18.new" / "base").mkdir(parents=True)
    data_dir.mkdir()
    try:
        assert ask(devdb.ensure(data_dir, durable=False), "SELECT 1") == 1
    finally:
        devdb.stop(data_dir)


def test_a_cluster_of_another_version_is_left_alone(tmp_path):
    data_dir = tmp_path / "pg18"
    data_dir.mkdir()
    (data_dir / "PG_VERSION").write_text("15\n")

    with pytest.raises(devdb.EmbeddedDatabaseError, match="made by PostgreSQL 15"):
        devdb.ensure(data_dir)

    assert [entry.name for entry in data_dir.iterdir()] == ["PG_VERSION"]


def test_stopping_ends_it_and_may_be_said_twice(cluster, tmp_path):
    address = devdb.ensure(cluster, durable=False)

    devdb.stop(cluster)
    devdb.stop(cluster)
    devdb.stop(tmp_path / "never" / "made")

    assert not devdb.is_running(cluster)
    assert not (cluster / "postmaster.pid").exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)


def test_the_servers_settings_do_not_follow_the_callers_environment(cluster, monkeypatch):
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")

    assert ask(devdb.ensure(cluster, durable=False), "SHOW port") == "5432"
