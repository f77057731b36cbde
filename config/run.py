"""`make run`: prepare everything, then be the small parent of the web server and the worker.

The parent knows no Django. It starts the worker again when that ends, brings the embedded database back
when that was killed, and takes everything down with itself.
"""

import argparse
import contextlib
import ctypes
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config import devdb, environment

BASE_DIR = Path(__file__).resolve().parent.parent
SECONDS_TO_END = 8
SECONDS_FOR_ORPHANS = 3
SECONDS_TO_GET_HEALTHY = 30
LONGEST_PAUSE = 30
# A worker that lived this long was well: the next one starts at once.
SECONDS_TO_PROVE_ITSELF = 60
PR_SET_PDEATHSIG = 1
SIGNS_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HEALTHY = range(200, 500)

Process = subprocess.Popen[str]


class StartError(RuntimeError):
    """The portal cannot start; the text says why in one sentence."""


# ── Preparing ───────────────────────────────────────────────────────────────────────────────────


def environment_of_run(base_dir: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of `make run`: development, unless the caller said otherwise.

    A database of one's own without any key is development on that database; with a key it is production.
    """
    environment.write_development(base_dir)
    values = {key: value for key, value in given.items() if key != "DATABASE_URL" or value}
    if "DEBUG" in values or {"DATABASE_URL", "SECRET_KEY"} <= values.keys():
        return values
    return environment.read(base_dir) | values


def uses_embedded_database(values: Mapping[str, str]) -> bool:
    """Say whether the settings will take the embedded database under this environment."""
    return environment.is_on(values.get("DEBUG", "")) and not values.get("DATABASE_URL")


def prepare() -> None:
    """Bring the database, the translations, the static files and the demo data up to date."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import call_command
    from django.db import OperationalError

    try:
        django.setup()
        call_command("compile_translations")
        _say("Database: migrations …")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        _say("Static files …")
        call_command("collectstatic", verbosity=0, interactive=False)
        if settings.DEBUG:
            _say("Demo data …")
            call_command("load_demo")
    except ImproperlyConfigured as error:
        raise StartError(str(error)) from error
    except OperationalError as error:
        raise StartError(f"The database does not answer: {str(error).strip()}") from error


# ── Serving ─────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Portal:
    """One portal of this folder on one port: which programs it consists of, and as what they run."""

    base_dir: Path
    port: int
    environ: Mapping[str, str]
    web: list[str]
    worker: list[str]
    accounts: list[str] = field(default_factory=list)
    database: Path | None = None

    def serve(self, place: "Place") -> int:
        """Run until the web server ends or somebody ends us; return the exit status."""
        web = self._start(self.web)
        worker = Restarted(self, web)
        accounts = self._start(self.accounts, stdout=subprocess.PIPE) if self.accounts else None
        deadline = time.monotonic() + SECONDS_TO_GET_HEALTHY
        announced = False
        try:
            while web.poll() is None:
                self._keep_database()
                worker.keep()
                place.remember(os.getpid(), web.pid, worker.pid)
                if not announced and (_is_healthy(self.port) or time.monotonic() > deadline):
                    self._announce(accounts, healthy=time.monotonic() <= deadline)
                    announced = True
                time.sleep(0.5 if announced else 0.1)
            _say(f"The web server ended with status {web.returncode}.")
        except Ended:
            _say("\nEnding …")
        finally:
            _end_groups([web, worker.process, accounts])
        return _status(web)

    def prepare(self) -> int:
        """Run the preparation to its end and return its exit status."""
        child = self._start([sys.executable, "-m", "config.run", "prepare"])
        try:
            child.wait()
        finally:
            _end_groups([child])
        return _status(child)

    def start_worker(self) -> Process:
        """Start the worker's program."""
        return self._start(self.worker)

    def _start(self, command: list[str], *, stdout: int | None = None) -> Process:
        parent = os.getpid()
        return subprocess.Popen(
            command,
            cwd=self.base_dir,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            text=True,
            # A group of its own: Ctrl-C reaches the parent alone, and a group can be ended whole.
            start_new_session=True,
            preexec_fn=lambda: _die_with_parent(parent),
        )

    def _keep_database(self) -> None:
        if self.database is None or devdb.is_running(self.database):
            return
        try:
            devdb.ensure(self.database)
        except devdb.EmbeddedDatabaseError as error:
            _say(str(error))
            time.sleep(1)
        else:
            _say("The embedded database had ended; it runs again.")

    def _announce(self, accounts: Process | None, *, healthy: bool) -> None:
        if not healthy:
            _say(f"The portal is not healthy yet: see http://127.0.0.1:{self.port}/healthz")
        _say(f"\nhttp://127.0.0.1:{self.port}/login\n")
        if accounts is not None:
            _say(accounts.communicate()[0])


class Restarted:
    """The worker: started again when it ends, after ever longer pauses while it keeps failing."""

    def __init__(self, portal: Portal, web: Process) -> None:
        self._portal = portal
        self._pause = 0.0
        self._start_at = 0.0
        self._begin()

    @property
    def pid(self) -> int:
        """The number of the latest process, which is also that of its group."""
        return self.process.pid

    def keep(self) -> None:
        """Start the worker again when it has ended and the pause is over."""
        status = self.process.poll()
        if status is None:
            return
        if not self._start_at:
            lived = time.monotonic() - self._started_at
            self._pause = (
                0.5 if lived > SECONDS_TO_PROVE_ITSELF else min(self._pause * 2 or 0.5, LONGEST_PAUSE)
            )
            self._start_at = time.monotonic() + self._pause
            _say(f"The worker ended with status {status}; it starts again in {self._pause:g} s.")
        if time.monotonic() >= self._start_at:
            self._begin()

    def _begin(self) -> None:
        self._start_at = 0.0
        self._started_at = time.monotonic()
        self.process = self._portal.start_worker()


class Ended(BaseException):
    """Somebody asked the portal to end."""


def _ended(number: int, frame: FrameType | None) -> None:
    # Once is enough: a second signal must not break off the tidying up.
    for sign in SIGNS_TO_END:
        signal.signal(sign, signal.SIG_IGN)
    raise Ended


def _end_on_signals() -> None:
    for sign in SIGNS_TO_END:
        signal.signal(sign, _ended)


def _status(process: Process) -> int:
    """Return the exit status as a shell tells it."""
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status in HEALTHY
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


# ── One portal a port ───────────────────────────────────────────────────────────────────────────


class Place:
    """The right to be this folder's portal on a port, with the record of its processes for the next one."""

    def __init__(self, base_dir: Path, port: int) -> None:
        self._base_dir = base_dir
        self._port = port
        folder = base_dir / ".data"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = os.open(folder / f"run-{port}.pids", os.O_RDWR | os.O_CREAT, 0o600)
        self._remembered: tuple[int, ...] = ()

    @contextlib.contextmanager
    def taken(self) -> Iterator["Place"]:
        """Hold the place; whatever an earlier portal of this folder left there is ended first."""
        self.clear()
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self._port))
            except OSError as error:
                raise StartError(
                    f"Port {self._port} is taken by another program; "
                    f"choose another one: make run PORT={self._port + 1}"
                ) from error
        self.remember(os.getpid())
        try:
            yield self
        finally:
            self.remember()
            self.release()

    def clear(self) -> None:
        """End the portal that runs here, and orphans of one that was killed; then hold the place."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            if self._locked():
                break
            _say(f"The portal on port {self._port} is asked to end.")
            holder = self._recorded()[:1]
            for pid in holder:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            _wait_until(self._locked, seconds=2 * SECONDS_TO_END)
        for group in self._recorded()[1:]:
            _end_orphans(group, self._base_dir)

    def release(self) -> None:
        """Let the next one have the place."""
        os.close(self._descriptor)

    def remember(self, *pids: int) -> None:
        """Record the parent and the groups of its children."""
        if pids != self._remembered:
            os.pwrite(self._descriptor, " ".join(map(str, pids)).encode().ljust(64), 0)
            self._remembered = pids

    def _recorded(self) -> list[int]:
        return [int(word) for word in os.pread(self._descriptor, 64, 0).split()]

    def _locked(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _end_orphans(group: int, base_dir: Path) -> None:
    """End what is left of a process group, but only programs of ours: the number may be another's by now."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        ours = _our_members(group, base_dir)
        for pid in ours:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, how)
        _wait_until(lambda: not _our_members(group, base_dir), seconds=SECONDS_FOR_ORPHANS)


def _our_members(group: int, base_dir: Path) -> list[int]:
    """Return the living members of a process group that work in our folder."""
    members = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getpgid(int(entry.name)) == group and (entry / "cwd").readlink() == base_dir:
                members.append(int(entry.name))
    return members


def _end_groups(processes: list[Process | None]) -> None:
    """Let our children end by themselves, then end whatever is left of their groups."""
    children = [process for process in processes if process is not None]
    for child in children:
        child.terminate()
    _wait_until(lambda: all(child.poll() is not None for child in children), seconds=SECONDS_TO_END)
    for child in children:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _die_with_parent(parent: int) -> None:
    """Ask the kernel (Linux) to end this process with the one that started it, however that ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(0)


def _wait_until(done: Callable[[], bool], *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.05)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


# ── Command line ────────────────────────────────────────────────────────────────────────────────


def web_server(port: int, *, application: str = "config.wsgi") -> list[str]:
    """Return the command of the web server: two processes of four threads, on this machine alone."""
    command = [sys.executable, "-m", "gunicorn", application, "--worker-class", "gthread", "--workers", "2"]
    command += ["--threads", "4", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    return [*command, "--graceful-timeout", "5", "--log-level", "warning"]


def run(base_dir: Path, port: int) -> int:
    """Prepare and serve the portal of this folder; return the exit status."""
    with Place(base_dir, port).taken() as place:
        values = environment_of_run(base_dir, os.environ) | {"PORT": str(port)}
        python = sys.executable
        worker = [python, "manage.py", "procrastinate", "worker", "--shutdown-graceful-timeout", "5"]
        debug = environment.is_on(values.get("DEBUG", ""))
        portal = Portal(
            base_dir=base_dir,
            port=port,
            environ=values,
            web=web_server(port),
            worker=worker,
            accounts=[python, "manage.py", "demo_accounts"] if debug else [],
            database=base_dir / ".data" / "pg18" if uses_embedded_database(values) else None,
        )
        if portal.database:
            _say("Database …")
            devdb.ensure(portal.database)
        return portal.prepare() or portal.serve(place)


def stop_all(base_dir: Path) -> None:
    """End every portal of this folder, on whatever port."""
    for file in (base_dir / ".data").glob("run-*.pids"):
        place = Place(base_dir, _port(file.stem.partition("-")[2]))
        place.clear()
        place.release()


def main(arguments: list[str]) -> int:
    """Serve the portal of this folder, prepare it only, or stop it."""
    parser = argparse.ArgumentParser(prog="python -m config.run", description=main.__doc__)
    parser.add_argument("action", nargs="?", choices=["serve", "prepare", "stop"], default="serve")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.action == "prepare":
            prepare()
            return 0
        if chosen.action == "stop":
            stop_all(BASE_DIR)
            return 0
        _end_on_signals()
        if "MAKELEVEL" in os.environ:
            # Killing `make` must not leave a portal that nobody sees.
            _die_with_parent(os.getppid())
        return run(BASE_DIR, _port(os.environ.get("PORT") or "8000"))
    except (StartError, devdb.EmbeddedDatabaseError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except Ended:
        return 128 + signal.SIGINT


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StartError(f"PORT must be a number from 1 to 65535, not {text}.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
