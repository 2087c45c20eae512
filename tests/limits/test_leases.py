"""A lease is the database's: a worker whose clock is wrong neither keeps it for ever nor takes it from another."""

import time

from server.store import leases

MS = 400


def test_one_worker_holds_a_lease_until_it_ends(mongo):
    assert leases.take(mongo, "timers", "one", MS)
    assert not leases.take(mongo, "timers", "two", MS)
    assert leases.take(mongo, "timers", "one", MS), "its holder renews it"
    deadline = time.monotonic() + 60
    while not leases.take(mongo, "timers", "two", MS):
        assert time.monotonic() < deadline
        time.sleep(0.05)  # only time ends a lease
    assert not leases.take(mongo, "timers", "one", MS)


def test_a_lease_from_a_clock_that_is_an_hour_ahead_is_free(mongo):
    ahead = int(time.time() * 1000) + 3_600_000
    mongo.leases.insert_one({"_id": "timers", "holder": "fast", "until": ahead})
    assert leases.take(mongo, "timers", "right", 15_000)
    assert not leases.take(mongo, "timers", "fast", 15_000)


def test_a_lease_that_is_given_back_is_free(mongo):
    assert leases.take(mongo, "timers", "one", 60_000)
    leases.give_back(mongo, "timers", "one")
    assert leases.take(mongo, "timers", "two", 60_000)
