"""A herd is asked back bit by bit."""

from collections import Counter

import orjson
import pytest

from server.realtime.transport.drain import LEAST, PER_SECOND, drain
from server.realtime.transport.websocket import WebSocket

PHONES = 2_000


class Told:
    """A phone, as far as it is said goodbye to."""

    def __init__(self):
        self.said = []

    def send(self, message):
        self.said.append(message)

    def close(self, code, reason):
        self.said.append((int(code), reason))


@pytest.fixture
def herd(monkeypatch):
    def make(count):
        phones = [Told() for _ in range(count)]
        monkeypatch.setattr(WebSocket, "connected", {str(number): phone for number, phone in enumerate(phones)})
        drain()
        return phones

    return make


def waits(phones):
    """Return in how many ms each shall come back."""
    for phone in phones:
        message, closed = phone.said
        assert closed == (1012, "restarting"), "and only then"
        event, body = orjson.loads(message.removeprefix("42"))
        assert event == "restart"
        yield body["reconnect_in"]


def test_in_no_second_do_more_come_back_than_a_worker_lets_in(herd):
    found = list(waits(herd(PHONES)))
    assert max(found) < PHONES * 1000 // PER_SECOND
    seconds = Counter(wait // 1000 for wait in found)
    assert len(seconds) == PHONES // PER_SECOND
    assert max(seconds.values()) < 2 * PER_SECOND, "drawn by lot: some seconds get more"


def test_a_few_are_back_at_once(herd):
    assert all(0 <= wait < LEAST for wait in waits(herd(3)))
