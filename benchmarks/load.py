"""Asks a web server for one page again and again over some connections; prints how many came, in how many seconds.

A process of its own with nothing but sockets, so that it takes as little as can be of the machine it shares.
"""

import re
import socket
import sys
import threading
import time

_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)


def load(*, port: int, path: str, cookie: str, connections: int, seconds: float) -> tuple[int, float]:
    """Return the number of whole answers and the seconds they took; raise ValueError when one is not 200."""
    head = f"GET {path} HTTP/1.1\r\nHost: savitarna.test\r\nCookie: {cookie}\r\n\r\n".encode()
    until = time.monotonic() + seconds
    counts, failed = [0] * connections, []

    def ask(number: int) -> None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
                while time.monotonic() < until:
                    one.sendall(head)
                    _take(one)
                    counts[number] += 1
        except (OSError, ValueError) as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(connections)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(counts), time.monotonic() - began


def _take(one: socket.socket) -> None:
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(one)
    head, _, body = got.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    if not head.startswith(b"HTTP/1.1 200") or length is None:
        raise ValueError(head.split(b"\r\n")[0].decode())
    left = int(length[1]) - len(body)
    while left > 0:
        left -= len(_more(one))


def _more(one: socket.socket) -> bytes:
    data = one.recv(65536)
    if not data:
        raise ValueError("the server hung up")
    return data


if __name__ == "__main__":
    port, path, cookie, connections, seconds = sys.argv[1:]
    print(
        *load(
            port=int(port),
            path=path,
            cookie=cookie,
            connections=int(connections),
            seconds=float(seconds),
        )
    )
