"""Workers that all want to run the timers: one does, and whatever happens to it, everything is done, and once."""

import pytest

from sync.clock import HOUR
from tests.lifecycle.matching_fixture import GRIEF, ok
from tests.lifecycle.sweeper import drift
from tests.load.scene import LEASE, Scene
from tests.load.workers import Workers


@pytest.fixture
def workers(world):
    return Workers(world, 4)


def waiting(matching, count):
    """Let peers look for somebody, half of them for the first who can."""
    for number in range(count):
        mode = ("choose", "first_who_can")[number % 2]
        ok(matching.peer(f"peer{number}").do("request.open", id="r1", topics=GRIEF, mode=mode))


def served(workers, count):
    """Everybody who waits has a list or an offer, and nobody has two."""
    assert workers.states("request") == {"shortlisted": count // 2, "offered": count // 2}
    assert workers.states("offer") == {"sent": count // 2}
    assert len(workers.records("shortlist")) == count // 2
    assert drift(workers.world.mongo) == []


def test_no_two_workers_hold_the_lease(matching, workers):
    waiting(matching, 2)
    ran = workers.everywhere([lambda parts: parts.scheduler.run()] * 4)
    assert sorted(ran) == [0, 0, 0, 2]


def test_a_worker_that_comes_back_after_its_lease_was_taken_over_finds_everything_done(matching, workers):
    for number in range(3):
        matching.specialist(f"spec{number}", places=50)
    waiting(matching, 8)

    def takes_over(parts):
        workers.wait(LEASE)
        return parts.scheduler.run()

    ran = workers.overtaken(lambda parts: parts.scheduler.run(), takes_over)
    assert ran == (8, 8), "both acted on all of them"
    served(workers, 8)


def test_looking_again_for_nothing_does_not_bring_back_what_was_withdrawn_meanwhile(matching, workers):
    ann = matching.peer("ann")
    ok(ann.do("request.open", id="r1", topics=GRIEF))
    matching.settle()
    [before] = workers.records("request")
    workers.wait(HOUR)

    def withdraws(parts):
        return workers.do(parts, ann.transport.caller, "request.withdraw", id="r1")

    ran, outcome = workers.overtaken(lambda parts: parts.scheduler.run(), withdraws)
    ok(outcome)
    [request] = workers.records("request")
    assert (ran, before.data["state"]) == (1, "open"), "it was looked for again"
    assert (request.data["state"], request.due) == ("withdrawn", None)
    assert drift(matching.world.mongo) == []


def test_workers_that_all_think_that_they_run_the_timers_do_everything_once(matching, workers, monkeypatch):
    monkeypatch.setattr("server.jobs.scheduler.leases.take", lambda *_: True)
    for number in range(3):
        matching.specialist(f"spec{number}", places=50)
    waiting(matching, 12)
    workers.everywhere([lambda parts: parts.scheduler.run()] * 4)
    served(workers, 12)


def test_offers_expire_once_however_many_workers_see_them_expire(matching, workers, watch, monkeypatch):
    scenes = [Scene(matching, workers, number) for number in range(2)]
    ok(scenes[0].asked().ann.do("request.open", id="r2", topics=GRIEF))
    monkeypatch.setattr("server.jobs.scheduler.leases.take", lambda *_: True)
    matching.world.time = scenes[0].offer.data["due_at"]
    workers.everywhere([lambda parts: parts.scheduler.run()] * 8)
    assert watch.met["offer expired"] == 1
    assert workers.states("offer") == {"expired": 1}
    [kept] = [one for one in workers.records("specialist") if one.id == scenes[0].him.user]
    assert (len(kept.data["silent"]), kept.data.get("paused_until", 0)) == (1, 0), "one offer is one, not eight"
    assert watch.broken == []
    assert drift(matching.world.mongo) == []
