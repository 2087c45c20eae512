"""The heart: what a worker that died had stored and not yet rung for, another rings for."""

import threading

import pytest

from schemas.errors import TryLater
from server.app import build
from server.notifications.recovery import ALIVE, BEAT, MARGIN
from server.store import leases
from tests.conftest import CONFIG
from tests.trust.scene import pushed, reachable, send

TEXT = "Are you there?"


@pytest.fixture
def space(world, sam, ann, pair):
    """Return the space of sam and ann, who can be reached; the worker they are on lives."""
    reachable(world, sam), reachable(world, ann)
    pushed(world, ann)
    world.wait(MARGIN + 1)
    world.parts.notifications.recovery.beat()
    return pair


def dies(world):
    """Let the worker die with all that it has gathered, and another one be there."""
    world.restarted()
    return world.parts.notifications


def signs(world):
    return [row["_id"] for row in world.mongo.leases.find() if row["_id"].startswith(leases.HEARTBEAT)]


def test_what_a_dead_worker_had_not_rung_for_is_rung_for_by_another_once_it_is_taken_for_dead(world, sam, ann, space):
    assert send(sam, space, "m1", TEXT)["ok"]
    second = dies(world)
    second.recovery.heal()
    assert pushed(world, ann) == [], "it may still be alive"
    world.wait(ALIVE)
    second.recovery.heal()
    assert pushed(world, ann) == []
    world.wait(ALIVE)
    second.recovery.heal()
    assert pushed(world, ann) == [{"what": "new", "badge": 1, "collapse": "new"}]
    assert pushed(world, sam) == [], "who wrote is not told, by whichever worker"


def test_a_dead_worker_is_gone_through_once(world, sam, ann, space):
    assert send(sam, space, "m1", TEXT)["ok"]
    second = dies(world)
    world.wait(ALIVE + 1)
    second.recovery.heal()
    assert pushed(world, ann) != []
    assert signs(world) == []
    world.wait(ALIVE + 1)
    assert sam.do("note.put", id="n1", title="A note")["ok"]
    second.recovery.heal()
    assert pushed(world, ann) == []


def test_a_call_for_help_that_a_dead_worker_had_stored_rings(world, sam, ann, space):
    olga = world.phone(world.person("olga", "operator"))
    assert olga.do("watch.edit", handle="sam", hours=ALWAYS)["ok"]
    pushed(world, sam)
    assert ann.do("sos.raise", id="s1", words=TEXT)["ok"]
    second = dies(world)
    world.wait(ALIVE + 1)
    second.recovery.heal()
    assert pushed(world, sam) == [{"what": "urgent", "badge": 0, "collapse": "urgent"}]


ALWAYS = {"zone": "UTC", "weekly": [[day, 0, 1440] for day in range(7)], "exceptions": {}}


def test_what_was_rung_and_delivered_is_not_told_again_by_whoever_goes_through_it(world, sam, ann, space):
    assert send(sam, space, "m1", TEXT)["ok"]
    assert pushed(world, ann) == [{"what": "new", "badge": 1, "collapse": "new"}]
    ann.sync()
    assert ann.do("position.delivered", space=space, seq=ann.records("message", space)[0]["first_seq"])["ok"]
    second = dies(world)
    world.wait(ALIVE + 1)
    second.recovery.heal()
    assert pushed(world, ann) == []


def test_what_a_worker_stored_long_before_it_died_is_not_gone_through(world, sam, ann, space):
    assert sam.do("question.ask", space=space, id="q1", text=TEXT, locale="en")["ok"]
    assert pushed(world, ann) != []
    world.wait(MARGIN + 1)
    world.parts.notifications.recovery.beat()
    second = dies(world)
    world.wait(ALIVE + 1)
    second.recovery.heal()
    assert pushed(world, ann) == []


def test_whoever_could_not_be_rung_for_stays_to_be_gone_through(world, sam, ann, space):
    assert send(sam, space, "m1", TEXT)["ok"]
    second = dies(world)
    world.wait(ALIVE + 1)
    order, second.enqueuer._order_all = second.enqueuer._order_all, refusing
    with pytest.raises(TryLater):
        second.recovery.heal()
    assert len(signs(world)) == 1, "it is not forgotten"
    third = dies(world)
    assert order is not third.enqueuer._order_all
    third.recovery.heal()
    assert pushed(world, ann) == [{"what": "new", "badge": 1, "collapse": "new"}]


def refusing(*_):
    raise TryLater("Not now.", retry_after=1)


def test_a_sign_of_life_is_given_only_after_ringing_and_not_too_often(world, sam, ann, space):
    [before] = world.mongo.leases.find({"_id": {"$regex": f"^{leases.HEARTBEAT}"}})
    recovery, enqueuer = world.parts.notifications.recovery, world.parts.notifications.enqueuer
    world.wait(BEAT - 1)
    recovery.beat()
    assert world.mongo.leases.find_one({"_id": before["_id"]}) == before
    world.wait(1)
    assert send(sam, space, "m1", TEXT)["ok"]
    order, enqueuer._order_all = enqueuer._order_all, refusing
    with pytest.raises(TryLater):
        recovery.beat()
    assert world.mongo.leases.find_one({"_id": before["_id"]}) == before
    enqueuer._order_all = order
    recovery.beat()
    assert world.mongo.leases.find_one({"_id": before["_id"]})["at"] == world.time


def test_a_worker_that_stops_in_good_order_rings_first(world, sam, ann, space):
    assert send(sam, space, "m1", TEXT)["ok"]
    world.parts.notifications.recovery.stop()
    world.restarted()
    world.wait(15_001)  # the lease of the pushes ends
    assert pushed(world, ann) == [{"what": "new", "badge": 1, "collapse": "new"}]


def test_two_workers_that_heal_at_once_tell_nobody_twice(world, sam, ann, space):
    assert send(sam, space, "m1", TEXT)["ok"]
    workers = [build(CONFIG, world.mongo, lambda: world.time) for _ in range(2)]
    world.wait(ALIVE + 1)
    threads = [threading.Thread(target=one.notifications.recovery.heal) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert signs(world) == []
    world.wait(1)
    for one in workers:
        one.notifications.scheduler.run()
    sent = [one.payload for parts in workers for one in parts.notifications.provider.sent]
    assert sent == [{"what": "new", "badge": 1, "collapse": "new"}]


def test_a_worker_that_lives_is_not_gone_through_and_another_heals_beside_it(world, sam, ann, space):
    second = build(CONFIG, world.mongo, lambda: world.time)
    assert sam.do("question.ask", space=space, id="q1", text=TEXT, locale="en")["ok"]
    assert pushed(world, ann) != []
    for _ in range(8):
        world.wait(BEAT)
        world.parts.notifications.recovery.beat()
        second.notifications.recovery.beat()
        second.notifications.recovery.heal()
    assert pushed(world, ann) == []
    assert len(signs(world)) == 2
