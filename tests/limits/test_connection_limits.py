"""How many connections and streams the settings allow."""

from dataclasses import replace
from typing import Any

from schemas.table import TABLES
from server.concurrency import MOST_WAITING
from server.limits.settings import Limits
from server.realtime.transport.connection_limits import ConnectionLimits


def test_the_oldest_of_the_device_and_of_the_account_are_both_closed():
    limits: Any = ConnectionLimits(replace(Limits(), connections_per_device=1, connections_per_account=2))
    assert limits.let_in("a1", "ann", "a") == []
    assert limits.let_in("b1", "ann", "b") == []
    assert limits.let_in("b2", "ann", "b") == ["b1"], "which counts for the account no more"
    assert limits.let_in("c1", "ann", "c") == ["a1"]
    assert limits.let_in("s1", "sam", "s") == []
    for name, user, device in (("b1", "ann", "b"), ("a1", "ann", "a"), ("c1", "ann", "c"), ("b2", "ann", "b")):
        limits.let_out(name, user, device)
    assert limits.let_in("a2", "ann", "a") == limits.let_in("b3", "ann", "b") == []


def test_a_device_that_has_just_reconnected_may_have_two_streams_of_every_collection():
    assert MOST_WAITING > Limits().streams_per_device >= 2 * len(TABLES)
