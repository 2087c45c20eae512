"""A worker that died without a word: its phones do not count as connected, though Valkey still has its sets."""

from server.bus.valkey import Valkey
from tests.buses import ValkeyServer
from tests.sealed import MASTER_KEY
from tests.waiting import until


def test_the_phones_of_a_worker_that_died_are_not_held():
    server = ValkeyServer()
    try:
        dead, other = (Valkey(server.url, [MASTER_KEY]) for _ in range(2))
        for one in (dead, other):
            one.start()
        until(lambda: dead._up and other._up, "the bus is down")
        dead.subscribe("device:phone")
        other.subscribe("device:tablet")
        until(lambda: other.held(["device:phone", "device:tablet", "none"]) == {"device:phone", "device:tablet"})
        dead.stop()
        until(lambda: other.held(["device:phone", "device:tablet"]) == {"device:tablet"}, "it still counts")
        other.stop()
    finally:
        server.stop()
