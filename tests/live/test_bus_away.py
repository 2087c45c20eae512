"""A bus that is away: it is said once, and phones are not told over and over."""

import itertools
import time

import pytest
import structlog

from server.bus import subscriber
from server.bus.valkey import Valkey
from server.observability import metrics
from tests.sealed import MASTER_KEY
from tests.waiting import until

NOBODY = "redis://127.0.0.1:1/0"
PAUSE = 0.3  # seconds between two times that phones are told


@pytest.fixture
def missed(monkeypatch):
    """Return when phones were told, on a bus that is away and is tried again at once."""
    monkeypatch.setattr("server.bus.valkey.AGAIN", 0.05)
    monkeypatch.setattr(subscriber, "AGAIN", 0.05)
    return []


def bus_that_is_away(missed):
    bus = Valkey(NOBODY, [MASTER_KEY])
    bus.on("missed", lambda *_: missed.append(time.monotonic()))
    return bus


def test_it_is_said_once_also_if_it_was_never_there(monkeypatch, missed):
    monkeypatch.setattr(subscriber, "MISSED", 3600.0)
    bus, tried = bus_that_is_away(missed), metrics.BUS_ERRORS._value.get()
    with structlog.testing.capture_logs() as said:
        bus.start()
        until(lambda: missed and metrics.BUS_ERRORS._value.get() > tried + 20)
        bus.stop()
    assert [line["event"] for line in said if line["log_level"] == "warning"] == [
        "the bus does not answer: live frames reach this worker's phones only"
    ]
    assert len(missed) == 1


def test_they_are_told_now_and_then_for_as_long_as_it_lasts(monkeypatch, missed):
    monkeypatch.setattr(subscriber, "MISSED", PAUSE)
    bus = bus_that_is_away(missed)
    bus.start()
    until(lambda: len(missed) > 3)
    bus.stop()
    assert all(second - first > 0.9 * PAUSE for first, second in itertools.pairwise(missed))
