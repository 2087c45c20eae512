"""A bus that is away: it is said once, and phones are not told over and over."""

import time

import structlog

from server.bus import ears
from server.bus.valkey import Valkey

NOBODY = "redis://127.0.0.1:1/0"


def test_it_is_said_once_also_if_it_was_never_there(monkeypatch):
    monkeypatch.setattr("server.bus.valkey.AGAIN", 0.05)
    monkeypatch.setattr(ears, "AGAIN", 0.05)
    missed = []
    bus = Valkey(NOBODY)
    bus.listen("missed", lambda *_: missed.append(time.monotonic()))
    with structlog.testing.capture_logs() as said:
        bus.start()
        time.sleep(1)
        bus.stop()
    assert [line["event"] for line in said if line["log_level"] == "warning"] == [
        "the bus does not answer: live frames reach this worker's phones only"
    ]
    assert len(missed) == 1


def test_they_are_told_now_and_then_for_as_long_as_it_lasts(monkeypatch):
    monkeypatch.setattr(ears, "AGAIN", 0.05)
    monkeypatch.setattr(ears, "MISSED", 0.3)
    missed = []
    bus = Valkey(NOBODY)
    bus.listen("missed", lambda *_: missed.append(time.monotonic()))
    bus.start()
    time.sleep(1)
    bus.stop()
    assert 2 <= len(missed) <= 4
