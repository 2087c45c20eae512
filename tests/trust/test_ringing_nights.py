"""Nights: a call for help rings until a person takes it, and nothing else does; clocks change meanwhile."""

from itertools import pairwise

from server.notifications.enqueuer import BADGE
from sync.clock import HOUR, MINUTE
from tests.trust.calling import staff_of
from tests.trust.moments import at
from tests.trust.notified import told
from tests.trust.scene import ALWAYS, pushed, reachable, send

NIGHT = [[1320, 420]]  # 22:00 to 07:00
URGENT = {"what": "urgent", "badge": 0, "collapse": "urgent"}
OVER = {"what": "withdraw", "badge": 0, "collapse": "urgent"}


def test_a_call_for_help_at_night_that_nobody_answers_until_the_third_step(world, sam, ann, pair):
    """Sam sleeps and is not called. Oscar is on call and does not answer; sue, who supervises, sleeps until morning."""
    staff = staff_of(world, sam)
    oscar, sue = staff["oscar"], staff["sue"]
    assert sam.do("availability.set", zone="UTC", weekly=ALWAYS, exceptions={})["ok"]
    for phone in (sam, oscar, sue):
        reachable(world, phone)
    told(world)
    for phone in (sam, sue):
        assert phone.do("quiet.set", zone="UTC", spans=NIGHT)["ok"]
    world.time = at("2026-11-25T03:00:00Z")
    assert ann.do("sos.raise", id="s1", words="Is anybody there?")["ok"]
    rang = {phone.user: [] for phone in (oscar, sam, sue)}
    while not rang[sue.user]:
        world.parts.scheduler.run()
        for user, payloads in told(world).items():
            rang[user] += [(world.time, payload) for payload in payloads]
        world.wait(MINUTE)
    calls = [moment for moment, payload in rang[oscar.user] if payload == URGENT]
    assert len(calls) == len(rang[oscar.user]) > 10, "again by the ladder, until a person takes it"
    assert max(later - earlier for earlier, later in pairwise(calls)) <= 28 * MINUTE
    morning = at("2026-11-25T07:00:00Z")
    assert [(moment, payload["what"]) for moment, payload in rang[sam.user]] == [(morning, "new")], "when he is awake"
    assert [(moment, payload["what"]) for moment, payload in rang[sue.user]] == [(morning + 8 * MINUTE, "new")]
    sue.sync()
    [call] = sue.records("call")
    assert sue.do("call.take", id=call["id"])["ok"]
    assert told(world) == {}
    world.wait(BADGE)
    assert told(world) == {oscar.user: [OVER]}, "sam still has the news of his pairing"
    world.wait(HOUR)
    world.parts.scheduler.run()
    assert told(world) == {}


def test_a_night_in_which_clocks_change_is_slept_through_and_its_messages_ring_once(world, sam, ann, pair):
    """In Berlin, on 25 October 2026, the night from 22:00 to 07:00 is an hour longer."""
    reachable(world, ann)
    world.time = at("2026-10-24T19:00:00Z")
    pushed(world, ann)
    assert ann.do("quiet.set", zone="Europe/Berlin", spans=NIGHT)["ok"]
    world.time = at("2026-10-24T22:00:00Z")
    for number in range(3):
        assert send(sam, pair, f"m{number}", "Are you awake?")["ok"]
        assert pushed(world, ann) == []
        world.wait(HOUR)
    world.time = at("2026-10-25T05:59:00Z")
    assert pushed(world, ann) == [], "it is 06:59 there"
    world.time = at("2026-10-25T06:00:00Z")
    assert pushed(world, ann) == [{"what": "new", "badge": 3, "collapse": "new"}]
    world.wait(HOUR)
    assert pushed(world, ann) == []


def test_somebody_who_was_blocked_meanwhile_rings_for_nobody(world, sam, ann, pair):
    reachable(world, ann)
    pushed(world, ann)
    assert send(sam, pair, "m1", "hello")["ok"]
    assert ann.do("block.set", space=pair)["ok"]
    for _ in range(3):
        assert pushed(world, ann) == []
        world.wait(HOUR)
