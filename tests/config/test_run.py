"""The parent of the web server and the worker, with small programs in their place."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config import devdb, environment, run

ROOT = Path(__file__).resolve().parents[2]

PARENT = """
import json, os, sys
from pathlib import Path
from config import run
base_dir, port, parts = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
run._end_on_signals()
if database := parts.pop("database", None):
    parts["database"] = Path(database)
try:
    with run.Place(base_dir, port).taken() as place:
        sys.exit(run.Portal(base_dir=base_dir, port=port, environ=os.environ, **parts).serve(place))
except run.StartError as error:
    sys.exit(str(error))
"""

# A server with a child of its own, like a real one; both say their number.
WEB = """
import http.server, os, signal, sys
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.BaseHTTPRequestHandler)
server.RequestHandlerClass.do_GET = lambda self: (self.send_response(200), self.end_headers())
server.RequestHandlerClass.log_message = lambda *_: None
who = b"web" if os.fork() else b"child"
os.write(1, b"%s %d\\n" % (who, os.getpid()))
server.serve_forever()
"""

WORKER = "import os, time; os.write(1, b'worker %d\\n' % os.getpid()); time.sleep(600)"


class Started:
    """A parent in a process of its own, read line by line."""

    def __init__(self, base_dir: Path, port: int, *words: str, **parts):
        commands = {
            "web": [sys.executable, "-c", WEB, str(port), *words],
            "worker": [sys.executable, "-c", WORKER],
        } | parts
        command = [sys.executable, "-c", PARENT, str(base_dir), str(port), json.dumps(commands)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        self.numbers: dict[str, list[int]] = {"web": [], "child": [], "worker": []}
        self.said = ""

    def read_until(self, pattern: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            who, _, number = line.partition(" ")
            if who in self.numbers and number.strip().isdecimal():
                self.numbers[who].append(int(number))
            if re.search(pattern, line):
                return line
        raise AssertionError(f"The parent ended without saying {pattern}:\n{self.said}")

    def wait_until_up(self) -> "Started":
        self.read_until(r"^http://127\.0\.0\.1:\d+/login$")
        while not all(self.numbers.values()):
            self.read_until(r"^(web|child|worker) \d+$")
        return self

    def children(self) -> list[int]:
        """Return a watch (a pidfd) on every child that has spoken."""
        return [os.pidfd_open(number) for numbers in self.numbers.values() for number in numbers]


def all_end(watches: list[int]) -> bool:
    ended = all(select.select([watch], [], [], 30)[0] for watch in watches)
    for watch in watches:
        os.close(watch)
    return ended


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start(tmp_path, port):
    started = []

    def begin(*words: str, **parts) -> Started:
        started.append(Started(tmp_path, port, *words, **parts))
        return started[-1]

    yield begin
    run.stop_all(tmp_path)
    for one in started:
        if one.process.stdout:
            one.process.stdout.close()
        one.process.terminate()
        one.process.wait()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_and_who_and_ends_with_everything(start, port, sign):
    accounts = [sys.executable, "-c", "print('Birutė  birute@gyventojai.example  Slaptas')"]
    portal = start(accounts=accounts).wait_until_up()
    if "Slaptas" not in portal.said:
        portal.read_until("Slaptas")
    watches = portal.children()

    portal.process.send_signal(sign)

    assert all_end(watches)
    assert portal.process.wait() == 0
    assert f"http://127.0.0.1:{port}/login\n\nBirutė  birute@gyventojai.example  Slaptas\n" in re.sub(
        r"(web|child|worker) \d+\n", "", portal.said
    )


def test_a_worker_that_ends_is_started_again(start):
    portal = start().wait_until_up()

    for _ in range(2):
        os.kill(portal.numbers["worker"][-1], signal.SIGKILL)
        portal.read_until(r"^The worker ended with status -9")
        portal.read_until(r"^worker \d+$")

    assert len(set(portal.numbers["worker"])) == 3


def test_a_web_server_that_ends_takes_all_along_and_gives_its_status(start):
    portal = start(web=[sys.executable, "-c", "raise SystemExit(3)"])

    assert portal.process.wait() == 3


def test_a_killed_web_server_leaves_no_child_behind(start):
    portal = start().wait_until_up()
    watches = portal.children()

    os.kill(portal.numbers["web"][0], signal.SIGKILL)
    os.kill(portal.numbers["child"][0], signal.SIGSTOP)

    assert portal.process.wait() == 128 + signal.SIGKILL
    assert all_end(watches)


def test_a_killed_parent_leaves_no_orphans_to_the_next_one(start):
    first = start("stubborn").wait_until_up()
    watches = first.children()
    first.process.kill()
    first.process.wait()

    second = start().wait_until_up()

    assert all_end(watches)
    assert second.process.poll() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_a_killed_parent_takes_the_worker_along(start):
    portal = start().wait_until_up()
    watches = [os.pidfd_open(portal.numbers["worker"][0])]

    portal.process.kill()

    assert all_end(watches)


def test_the_next_portal_of_the_folder_takes_the_place_of_the_running_one(start):
    first = start().wait_until_up()

    second = start().wait_until_up()

    assert first.process.wait() == 0
    assert second.process.poll() is None


def test_stopping_ends_every_portal_of_the_folder(start, tmp_path):
    portal = start().wait_until_up()
    watches = portal.children()

    run.stop_all(tmp_path)

    assert portal.process.wait() == 0
    assert all_end(watches)


def test_a_port_taken_by_another_program_is_said_in_a_sentence(start, port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        portal = start()
        said, _ = portal.process.communicate()

    assert portal.process.returncode == 1
    assert said == (
        f"Port {port} is taken by another program; choose another one: make run PORT={port + 1}\n"
    )


def test_an_old_record_ends_no_stranger(tmp_path, port):
    stranger = subprocess.Popen(["sleep", "600"], cwd="/", start_new_session=True)
    try:
        (tmp_path / ".data").mkdir()
        (tmp_path / ".data" / f"run-{port}.pids").write_text(f"{stranger.pid} {stranger.pid} {stranger.pid}")

        with run.Place(tmp_path, port).taken():
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_killed_database_comes_back_while_the_portal_runs(start, tmp_path):
    data_dir = tmp_path / ".data" / "pg18"
    devdb.ensure(data_dir, durable=False)
    try:
        portal = start(database=str(data_dir)).wait_until_up()
        os.kill(int((data_dir / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

        portal.read_until("it runs again")

        assert devdb.is_running(data_dir)
    finally:
        run.stop_all(tmp_path)
        devdb.stop(data_dir)


def test_development_is_the_default(tmp_path):
    values = run.environment_of_run(tmp_path, {"HOME": "/home/x", "DATABASE_URL": ""})

    assert values == environment.read(tmp_path) | {"HOME": "/home/x"}
    assert run.uses_embedded_database(values)


def test_a_database_of_ones_own_is_used_for_development(tmp_path):
    values = run.environment_of_run(tmp_path, {"DATABASE_URL": "postgresql:///own"})

    assert values["DEBUG"] == "1"
    assert values["DATABASE_URL"] == "postgresql:///own"
    assert not run.uses_embedded_database(values)


@pytest.mark.parametrize(
    "given", [{"DEBUG": "0"}, {"DATABASE_URL": "postgresql:///own", "SECRET_KEY": "theirs"}]
)
def test_production_is_never_given_development_keys(tmp_path, given):
    assert run.environment_of_run(tmp_path, given) == given
    assert not run.uses_embedded_database(given)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "many"}, "PORT must be a number from 1 to 65535, not many."),
        ({"PORT": "65536"}, "PORT must be a number from 1 to 65535, not 65536."),
    ],
)
def test_a_wrong_port_is_said_in_a_sentence(variables, sentence):
    command = [sys.executable, "-m", "config.run"]
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"{sentence}\n")


@pytest.mark.parametrize(
    "missing", ["DATABASE_URL", "SECRET_KEY", "ACTIVATION_KEY", "ALLOWED_HOSTS", "BASE_URL"]
)
def test_without_debug_the_start_is_refused_in_one_sentence(missing):
    said = {
        "DEBUG": "0",
        "DATABASE_URL": "postgresql://localhost/never-asked",
        "SECRET_KEY": "s" * 60,
        "ACTIVATION_KEY": "a" * 40,
        "ALLOWED_HOSTS": "savitarna.example",
        "BASE_URL": "https://savitarna.example",
    }
    variables = {key: value for key, value in os.environ.items() if key not in said} | said
    del variables[missing]
    variables.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "config.run", "prepare"]
    ended = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert re.fullmatch(rf"[^\n]*\b{missing}\b[^\n]*\n", ended.stderr)
