"""A bad network: an HTTP proxy that drops, doubles, delays, reorders and cuts what passes, as its seed says.

What happens to a phone's nth request depends on the seed, the phone's name (the header `X-Phone`) and n alone, so a run
can be repeated.
"""

import contextlib
import random
import socket
import threading
from collections import Counter
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

FAULTS = {  # how often each, of a hundred
    "none": 48,
    "lose the answer": 20,  # the server has done it, and the phone does not know
    "drop": 7,
    "double": 7,  # a copy arrives as well, some time later
    "delay": 6,
    "reorder": 6,  # another request overtakes
    "cut the request": 3,
    "cut the answer": 3,
}
PAUSE = 0.25  # seconds that a request is delayed, or waits to be overtaken, at most
DROPPED = {"connection", "keep-alive", "host", "content-length", "accept-encoding", "transfer-encoding"}


class Proxy(ThreadingHTTPServer):
    """Stands between phones and a server, at ``address``."""

    def __init__(self, target: str, seed: int, faults: Mapping[str, int] = FAULTS) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.target = urlsplit(target).netloc
        self.counts: Counter[str] = Counter()
        self.copies: list[threading.Thread] = []
        self.passed = threading.Condition()
        self.number = 0  # of requests that have passed
        self._seed, self._faults = seed, faults
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def fate(self, phone: str) -> tuple[str, float]:
        """Choose the fault of a phone's next request, and a share from 0 to 1 for its size or delay."""
        with self._lock:
            self._asked[phone] += 1
            chance = random.Random(f"{self._seed}/{phone}/{self._asked[phone]}")
            fault = chance.choices(list(self._faults), list(self._faults.values()))[0]
            self.counts[fault] += 1
        return fault, chance.random()

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
        for copy in self.copies:
            copy.join()

    def handle_error(self, *_: Any) -> None:
        """Ignore a phone that has hung up."""


class Passing(BaseHTTPRequestHandler):
    """One request on its way."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def handle_one_request(self) -> None:
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(65536)
        if self.raw_requestline and self.parse_request():
            self.close_connection = True
            self._pass()

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault, part = self.server.fate(self.headers.get("X-Phone", ""))
        if fault == "drop":
            return
        if fault == "cut the request":
            self._send_part(body, part)
            return
        if fault == "delay":
            threading.Event().wait(part * PAUSE)
        if fault == "reorder":
            self._wait_to_be_overtaken()
        if fault == "double":
            copy = threading.Timer(part * 2 * PAUSE, self._forward, [body])
            self.server.copies.append(copy)
            copy.start()
        answer = self._forward(body)
        if answer is not None and fault != "lose the answer":
            self._answer(*answer, part if fault == "cut the answer" else 1)

    def _forward(self, body: bytes) -> tuple[HTTPResponse, bytes] | None:
        """Send the request on and return the answer, if there is one."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in DROPPED}
        with contextlib.closing(HTTPConnection(self.server.target, timeout=30)) as connection:
            try:
                connection.request(self.command, self.path, body, headers)
                response = connection.getresponse()
                found = response, response.read()
            except (OSError, HTTPException):
                found = None
        with self.server.passed:
            self.server.number += 1
            self.server.passed.notify_all()
        return found

    def _answer(self, response: HTTPResponse, body: bytes, part: float) -> None:
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in DROPPED:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: int(len(body) * part)])

    def _send_part(self, body: bytes, part: float) -> None:
        """Send the head and some of the body, then hang up."""
        lines = [f"{self.command} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        head = "\r\n".join([*lines, "", ""]).encode()
        host, port = self.server.target.split(":")
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(head + body[: int(len(body) * part)])

    def _wait_to_be_overtaken(self) -> None:
        with self.server.passed:
            mine = self.server.number
            self.server.passed.wait_for(lambda: self.server.number > mine, PAUSE)
