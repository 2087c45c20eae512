"""What the protocol suite of Engine.IO 4 asks for, over WebSocket."""

import json
import socket
import time

import httpx
import pytest

from bench.stage import gunicorn
from tests.live.conftest import Raw

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def status(server, path):
    """Return the status of the answer to a handshake."""
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as plain:
        plain.sendall(HANDSHAKE.format(path=path).encode())
        return int(plain.recv(4096).split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("EIO=4&transport=websocket", 101),
        ("transport=websocket", 400),
        ("EIO=abc&transport=websocket", 400),
        ("EIO=3&transport=websocket", 400),
        ("EIO=4", 400),
        ("EIO=4&transport=abc", 400),
        ("EIO=4&transport=websocket&sid=unknown", 400),
    ],
)
def test_a_handshake_is_answered_or_refused(server, query, expected):
    assert status(server, f"/socket.io/?{query}") == expected


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_no_other_method_opens_anything(server, method):
    url = f"{server.address}/socket.io/?EIO=4&transport=websocket"
    assert httpx.request(method, url, timeout=60).status_code in {400, 405}


def test_the_first_packet_says_how_to_go_on(server):
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as plain:
        plain.sendall(HANDSHAKE.format(path="/socket.io/?EIO=4&transport=websocket").encode())
        data = b""
        while b"}" not in data:
            data += plain.recv(4096)
    opened = json.loads(data[data.index(b"0{") + 1 :])
    assert opened.keys() == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
    assert (opened["upgrades"], opened["pingInterval"], opened["pingTimeout"]) == ([], 25_000, 20_000)


@pytest.mark.parametrize("packet", ["abc", "", "x4"])
def test_what_is_no_packet_ends_the_connection(raw, packet):
    phone = raw()
    phone.send(packet)
    phone.send('421["pull",{}]')
    assert phone.close_code() == 1000
    assert not any(text.startswith("431") for text in phone.texts)


@pytest.mark.parametrize("packet", ["0", "2", "2probe", "3", "5", "6", "7", "9"])
def test_packets_that_mean_nothing_here_change_nothing(raw, packet):
    phone = raw()
    phone.send(packet)
    phone.send('421["pull",{}]')
    assert "changes" in phone.answer(1)


def test_a_goodbye_of_engine_io_ends_the_connection(raw):
    phone = raw()
    phone.send("1")
    phone.send('421["pull",{}]')
    assert phone.close_code() == 1000
    assert not any(text.startswith("431") for text in phone.texts)


EVERY = 0.2  # seconds between two pings of the server below


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """Return the address of a server that pings five times a second and waits two seconds for an answer."""
    with gunicorn("tests.live.hasty:app", tmp_path_factory.mktemp("hasty"), MONGODB_URI="none") as running:
        yield f"http://{running.address}"


@pytest.fixture
def phone(hasty):
    phone = Raw(hasty, "room")
    yield phone
    phone.socket.close()


def test_a_phone_that_answers_pings_stays_and_is_asked_no_more_often_than_that(phone):
    came = time.monotonic()
    for _ in range(6):
        phone.until(lambda text: text == "2")
    assert time.monotonic() - came > 5 * EVERY


def test_a_phone_that_does_not_answer_pings_is_told_goodbye(phone):
    phone.until(lambda text: text == "2")
    phone.send = lambda _: None
    assert phone.close_code() == 1000
    assert phone.texts == ["2"], "one ping that is not answered is enough"
