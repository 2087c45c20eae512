"""The bus itself: two workers' ends of it on one Valkey, which keeps a set of workers for each room."""

import pytest

from server.bus.valkey import Valkey
from tests.buses import ValkeyServer
from tests.sealed import MASTER_KEY
from tests.waiting import until


@pytest.fixture
def buses():
    """Return the ends of two workers."""
    server = ValkeyServer()
    both = [Valkey(server.url, [MASTER_KEY]) for _ in range(2)]
    for one in both:
        one.start()
    until(lambda: all(one._up for one in both), "the bus is down")
    yield both
    for one in both:
        one.stop()
    server.stop()


def test_the_phones_of_a_worker_that_died_are_not_held(buses):
    dead, other = buses
    dead.subscribe("device:phone")
    other.subscribe("device:tablet")
    until(lambda: other.held(["device:phone", "device:tablet", "none"]) == {"device:phone", "device:tablet"})
    dead.stop()
    until(lambda: other.held(["device:phone", "device:tablet"]) == {"device:tablet"}, "it still counts")


def test_what_follows_a_join_reaches_the_phones_that_join_though_their_worker_has_not_subscribed_yet(buses):
    here, there = buses
    heard = []
    for verb in ("join", "emit", "ring"):
        there.on(verb, lambda room, text, verb=verb: heard.append((verb, room, text)))
    there.subscribe("user:ann")
    there.flush()
    until(lambda: here.held(["user:ann"]), "the subscription is not in force")
    here.publish("user:ann", "join", "pair:1")
    here.publish("pair:1", "emit", "hello")
    here.publish("user:ann", "ring")
    until(lambda: ("ring", "user:ann", "") in heard, "nothing is heard")
    assert heard == [("join", "user:ann", "pair:1"), ("emit", "pair:1", "hello"), ("ring", "user:ann", "")]
