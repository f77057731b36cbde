"""The portal's web server as it really runs: two processes behind one port, which can be killed."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from django.conf import settings

from config import run

PATIENCE = 60


def environment(address: str) -> dict[str, str]:
    """Return the environment of a program of the portal on that database."""
    return {
        **os.environ,
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "tests.drills.portal_settings",
    }


class Portal:
    def __init__(self, address: str, log: Path, *, application: str = "config.wsgi") -> None:
        self.port = _free_port()
        self._environment = environment(address)
        self._application = application
        self._log = log
        self._process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Start the web server and wait until it is fit to serve."""
        self._launch()
        until = time.monotonic() + PATIENCE
        while not self._is_healthy():
            assert self._process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.05)

    def refuses_to_start(self) -> int:
        """Start the web server, wait for its end and return the exit status."""
        self._launch()
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """Kill the whole process group, as `kill -9` does."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @property
    def said(self) -> str:
        """Return what it wrote to its log."""
        return self._log.read_text(encoding="utf-8")

    def _launch(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                run.web_server(self.port, application=self._application),
                cwd=settings.BASE_DIR,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _is_healthy(self) -> bool:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            try:
                connection.request("GET", "/healthz")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False


@contextmanager
def served(address: str, log: Path, *, application: str = "config.wsgi") -> Iterator[Portal]:
    """Serve the portal on that database, and kill it in the end."""
    portal = Portal(address, log, application=application)
    portal.start()
    try:
        yield portal
    finally:
        portal.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
