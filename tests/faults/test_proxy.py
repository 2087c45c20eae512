"""The bad network does to requests what it says, and the same to the same requests."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.faults.proxy import FAULTS, Proxy


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent, and remembers it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.heard = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("fault", "answered", "heard"),
    [
        ("none", True, 1),
        ("lose the answer", False, 1),
        ("drop", False, 0),
        ("double", True, 2),
        ("delay", True, 1),
        ("reorder", True, 1),
        ("cut the request", False, 0),
        ("cut the answer", False, 1),
    ],
)
def test_each_fault_does_what_it_is_called(echo, fault, answered, heard):
    proxy = Proxy(f"http://127.0.0.1:{echo.server_port}", 7, {fault: 1})
    try:
        assert httpx.post(f"{proxy.address}/x", content=b"hello", timeout=60).content == b"hello"
        came = True
    except httpx.TransportError:
        came = False
    proxy.stop()
    whole = [body for body in echo.heard if body == b"hello"]
    assert (came, len(whole)) == (answered, heard)
    assert proxy.counts == {fault: 1}


def test_the_same_seed_does_the_same_to_the_same_requests():
    networks = [Proxy("http://127.0.0.1:9", seed) for seed in (1, 1, 2)]
    fates = [[network.fate(phone) for phone in ("ann", "sam") for _ in range(50)] for network in networks]
    for network in networks:
        network.stop()
    assert fates[0] == fates[1] != fates[2]
    assert {fault for fault, _ in fates[0]} == FAULTS.keys()
