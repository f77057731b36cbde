"""A server that speaks Paysera's checkout, for tests: it checks what it is sent, shows a page, and tells by notices.

It is not written from our adapter but from what the provider documents, so that both sides can disagree.
"""

import base64
import hashlib
import html
import threading
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REQUIRED = {"projectid", "orderid", "accepturl", "cancelurl", "callbackurl", "version"}
LONGEST = {
    "projectid": 11,
    "orderid": 40,
    "accepturl": 255,
    "cancelurl": 255,
    "callbackurl": 255,
    "version": 9,
}


def packed(told: dict[str, Any]) -> str:
    """Return parameters as the protocol carries them."""
    text = urllib.parse.urlencode(told)
    return base64.b64encode(text.encode()).decode().replace("+", "-").replace("/", "_")


def unpacked(data: str) -> dict[str, str]:
    text = base64.b64decode(data.replace("-", "+").replace("_", "/")).decode()
    return dict(urllib.parse.parse_qsl(text, strict_parsing=True))


def signed(data: str, password: str) -> str:
    return hashlib.md5((data + password).encode()).hexdigest()  # noqa: S324 (the protocol's own)


def notice(password: str, **told: Any) -> dict[str, str]:
    """Return what is sent to a callback address: signed data."""
    data = packed(told)
    return {"data": data, "ss1": signed(data, password), "ss2": "not-checked"}


@dataclass
class Paysera:
    """Projects by number with their passwords, and the orders that came."""

    projects: dict[str, str]
    orders: dict[str, dict[str, str]] = field(default_factory=dict)
    # What the callback addresses answered.
    answers: list[tuple[int, str]] = field(default_factory=list)
    url: str = ""

    def accept(self, data: str, sign: str) -> dict[str, str]:
        """Return an order that was sent here; raise ValueError when it breaks the protocol."""
        told = unpacked(data)
        if signed(data, self.projects[told["projectid"]]) != sign:
            raise ValueError("0x5: sign")
        if REQUIRED - set(told):
            raise ValueError("0x2: missing")
        if any(len(told[name]) > most for name, most in LONGEST.items()):
            raise ValueError("0x3: too long")
        if not told["amount"].isdigit() or told["currency"] != "EUR":
            raise ValueError("0x4: amount")
        self.orders[told["orderid"]] = told
        return told

    def told(self, number: str, **other: Any) -> dict[str, str]:
        """Return the notice that an order is paid, or `other`."""
        order = self.orders[number]
        known = {name: order[name] for name in ("projectid", "orderid", "amount", "currency", "test")}
        paid = {"status": 1, "payamount": order["amount"], "paycurrency": "EUR", "requestid": "400001"}
        return notice(self.projects[order["projectid"]], **{**known, **paid, **other})

    def call_back(self, number: str, **other: Any) -> tuple[int, str]:
        """Send the notice to where the order asked for it."""
        query = urllib.parse.urlencode(self.told(number, **other))
        address = f"{self.orders[number]['callbackurl']}?{query}"
        with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 (our own address)
            self.answers.append((answer.status, answer.read().decode()))
        return self.answers[-1]


PAGE = """<!doctype html><html lang="lt"><title>Banko puslapis</title><link rel="icon" href="data:,">
<h1>Banko puslapis</h1><p>{amount}</p>
<p><a href="/paid?{number}">Patvirtinti</a> <a href="/later?{number}">Patvirtinti, pranešti vėliau</a>
<a href="{cancelurl}">Grįžti nemokėjus</a></p></html>"""


def serve(paysera: Paysera) -> ThreadingHTTPServer:
    """Start the server on a free port; whoever starts it shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _mark, query = self.path.partition("?")
            if path == "/pay/":
                self.pay(dict(urllib.parse.parse_qsl(query)))
                return
            if path == "/paid":
                paysera.call_back(query)
            self.send_response(302)
            self.send_header("Location", paysera.orders[query]["accepturl"])
            self.end_headers()

        def pay(self, sent: dict[str, str]) -> None:
            try:
                order = paysera.accept(sent["data"], sent["sign"])
            except (KeyError, ValueError) as error:
                self.send_error(400, str(error))
                return
            shown = {name: html.escape(value) for name, value in order.items()}
            body = PAGE.format(number=shown["orderid"], **shown).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    paysera.url = f"http://127.0.0.1:{server.server_port}/pay/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
