"""The behaviours that the protocol suites of Engine.IO 4 and Socket.IO 5 ask for, over WebSocket."""

import json
import socket

import httpx
import pytest

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def status(server, path):
    """Return the status of the answer to a handshake."""
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as plain:
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
    assert httpx.request(method, url, timeout=10).status_code in {400, 405}


def test_the_first_packet_says_how_to_go_on(server):
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        plain.sendall(HANDSHAKE.format(path="/socket.io/?EIO=4&transport=websocket").encode())
        data = b""
        while b"}" not in data:
            data += plain.recv(4096)
    opened = json.loads(data[data.index(b"0{") + 1 :])
    assert opened.keys() == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
    assert (opened["upgrades"], opened["pingInterval"], opened["pingTimeout"]) == ([], 25_000, 20_000)


@pytest.mark.parametrize("packet", ["abc", "", "9", "4", "4abc", "4" + "9" * 20])
def test_what_is_no_packet_hurts_nobody_else(raw, packet):
    phone, other = raw(), raw()
    phone.send(packet)
    other.send('421["pull",{}]')
    assert "changes" in other.answer(1)


def test_a_namespace_that_there_is_not_is_refused_and_the_connection_lives(raw):
    phone = raw()
    phone.send("40/nowhere,")
    assert phone.until(lambda text: text.startswith("44/nowhere,"))
    phone.send('421["pull",{}]')
    assert "changes" in phone.answer(1)


def test_an_event_is_acknowledged_under_its_number_however_large(raw):
    phone = raw()
    phone.send('42123456789["pull",{}]')
    assert "changes" in phone.answer(123456789)


def test_after_leaving_the_namespace_nothing_is_answered(raw):
    phone = raw()
    phone.send("41")
    phone.send('421["pull",{}]')
    phone.send("1")
    assert phone.close_code() in {None, 1000, 1005}
    assert not any(text.startswith("431") for text in phone.texts)


def test_a_goodbye_of_engine_io_ends_the_connection(raw):
    phone = raw()
    phone.send("1")
    assert phone.was_cut_off()
