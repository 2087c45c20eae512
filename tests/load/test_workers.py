"""Sixty-four hands on eight workers: nobody has more people than places, and no request two answers."""

import os
from collections import Counter

import pytest

from server.checks import drift as checked
from server.command import Caller
from tests.life.sweeper import drift, orphans
from tests.life.town import Town
from tests.load.crew import Crew, Passerby

HANDS, WORKERS = 64, 8
TAP = "01a203fb-0000-7000-8000-000000000002"
DEEDS = int(os.environ.get("DEEDS", "1500"))  # random ones, in all


@pytest.fixture
def town(world):
    return Town(world)


def request_for(crew, caller, name="r1", **how):
    outcome = crew.do(crew.workers[0], caller, "request.open", id=name, topics={"grief_loss": 3}, **how)
    assert outcome["ok"], outcome


def asked(crew, town, sam, peers):
    """Let peers choose sam, one after the other, and return his offers."""
    for peer in peers:
        town.look(peer)
        town.choose(peer, "Sam")
    return [offer for offer in crew.records("offer", sam.user) if offer.data["state"] == "sent"]


def test_random_deeds_of_many_on_many_workers_leave_the_books_right(town, world):
    peers = [town.peer(f"peer{number}").transport.caller for number in range(16)]
    specialists = [town.specialist(f"spec{number}", places=2).transport.caller for number in range(6)]
    crew = Crew(world, WORKERS)
    callers = [*peers, *specialists, *specialists, town.olga.transport.caller, town.olga.transport.caller]
    hands = [Passerby(crew, callers, seed) for seed in range(HANDS)]
    for _ in range(max(1, DEEDS // HANDS // 4)):
        crew.everywhere([lambda parts, hand=hand: [hand.acts(parts) for _ in range(4)] for hand in hands])
        assert drift(world.mongo) == []
        assert orphans(world.mongo) == []
        assert checked(crew.workers[0].feed, crew.workers[0].matchmaker.roster) == []
        for one in crew.records("specialist"):
            assert len(one.data["offers"]) + len(one.data["pairings"]) <= 2
    states = Counter(offer.data["state"] for offer in crew.records("offer"))
    assert states["accepted"] > 5, "need pairings for this test to mean anything"
    assert states["declined"] > 2


def test_two_hundred_choose_one_who_has_five_places(town, world):
    town.specialist("sam", places=5)
    crew = Crew(world, WORKERS)
    peers = [world.person(f"peer{number}") for number in range(200)]
    for caller in peers:
        request_for(crew, caller, languages={"en": 3})
    while world.parts.timers.run():
        pass
    (sam,) = crew.records("specialist")
    lists = {one.author: one.data["people"][0]["id"] for one in crew.records("shortlist")}
    assert len(lists) == 200

    def choose(caller):
        return lambda parts: crew.do(parts, caller, "request.choose", id="r1", person=lists[caller.user])

    outcomes = crew.everywhere([choose(caller) for caller in peers])
    assert all(outcome["ok"] for outcome in outcomes)
    states = Counter(one.data["state"] for one in crew.records("request"))
    assert states == {"offered": 5, "open": 195}
    assert all(one.data["last"] == "taken" for one in crew.records("request") if one.data["state"] == "open")
    assert drift(world.mongo) == []

    offers = crew.records("offer", sam.id)
    caller = Caller(sam.id, "phone-of-sam", "specialist")
    answers = crew.everywhere(
        [
            lambda parts, offer=offer: crew.do(parts, caller, "offer.accept", id=offer.id)
            for offer in offers
            for _ in range(40)
        ]
    )
    assert Counter(answer["ok"] for answer in answers) == {True: 5, False: 195}
    assert len(crew.records("pairing")) == 5
    assert drift(world.mongo) == []


def withdraws(crew, parts, ann, _):
    crew.do(parts, ann, "request.withdraw", id="r1")


def expires(_crew, parts, _ann, _sam):
    parts.timers.run()


def declines(crew, parts, _, sam):
    crew.do(parts, sam, "offer.decline", id=crew.records("offer", sam.user)[0].id)


def vanishes(_crew, parts, _ann, sam):
    parts.backend.order("person.leave", {"user": sam.user, "role": "specialist"}, "gone")


@pytest.mark.parametrize("rival", [withdraws, expires, declines, vanishes])
def test_an_offer_is_settled_once_whoever_is_first(town, world, rival):
    sam, ann = town.specialist("sam"), town.peer("ann")
    (offer,) = asked(crew := Crew(world, 4), town, sam, [ann])
    if rival is expires:
        world.time = offer.data["due_at"]
    him, her = sam.transport.caller, ann.transport.caller
    accept = lambda parts: crew.do(parts, him, "offer.accept", id=offer.id)  # noqa: E731
    crew.everywhere([accept, lambda parts: rival(crew, parts, her, him)] * 2)
    (settled,) = crew.records("offer", sam.user)
    assert settled.data["state"] in {"accepted", "withdrawn", "expired", "declined"}
    live = [one for one in crew.records("pairing") if one.data["state"] != "ended"]
    assert len(live) <= (settled.data["state"] == "accepted")
    assert drift(world.mongo) == []
    assert orphans(world.mongo) == []


def test_a_breather_and_a_choice_at_the_same_moment_leave_an_offer_made_before_or_none(town, world):
    sam = town.specialist("sam", places=50)
    crew = Crew(world, 4)
    peers = [town.peer(f"peer{number}") for number in range(6)]
    cards = {}
    for peer in peers:
        town.look(peer)
        cards[peer] = town.card(peer, "Sam")

    def choose(peer):
        return lambda parts: crew.do(parts, peer.transport.caller, "request.choose", id="r1", person=cards[peer])

    pause = lambda parts: crew.do(parts, sam.transport.caller, "practice.pause", until=world.time + 10**9)  # noqa: E731
    crew.everywhere([*map(choose, peers), pause])
    (kept,) = crew.records("specialist")
    states = Counter(one.data["state"] for one in crew.records("request"))
    assert states["offered"] == len(kept.data["offers"])
    late = crew.do(
        crew.workers[1], town.peer("late").transport.caller, "request.open", id="r1", topics={"grief_loss": 3}
    )
    assert late["ok"]
    world.parts.timers.run()
    assert not [one for one in crew.records("shortlist") if one.author == "id-late"], (
        "nobody is suggested on a breather"
    )
    assert drift(world.mongo) == []


def test_the_last_place_goes_to_one_of_two(town, world):
    town.specialist("sam", places=1)
    crew = Crew(world, 2)
    peers = [town.peer("ann"), town.peer("bob")]
    for peer in peers:
        town.look(peer)
    cards = {peer: town.card(peer, "Sam") for peer in peers}
    crew.everywhere(
        [
            lambda parts, peer=peer: crew.do(
                parts, peer.transport.caller, "request.choose", id="r1", person=cards[peer]
            )
            for peer in peers
        ]
    )
    assert sorted(one.data["state"] for one in crew.records("request")) == ["offered", "open"]


def test_a_double_tap_on_two_workers_makes_one_pairing(town, world):
    sam, ann = town.specialist("sam"), town.peer("ann")
    (offer,) = asked(crew := Crew(world, 4), town, sam, [ann])
    tap = lambda parts: crew.do(parts, sam.transport.caller, "offer.accept", TAP, id=offer.id)  # noqa: E731
    outcomes = crew.everywhere([tap] * 8)
    assert all(outcome["ok"] for outcome in outcomes)
    assert len(crew.records("pairing")) == 1


def test_two_workers_who_both_think_that_they_run_the_timers_do_everything_once(town, world, monkeypatch):
    monkeypatch.setattr("server.timers.lease.take", lambda *_: True)
    for number in range(3):
        town.specialist(f"spec{number}", places=50)
    crew = Crew(world, 4)
    for number in range(12):
        caller = town.peer(f"peer{number}").transport.caller
        request_for(crew, caller, mode=("choose", "first_who_can")[number % 2])
    crew.everywhere([lambda parts: parts.timers.run()] * 4)
    states = Counter(one.data["state"] for one in crew.records("request"))
    assert states == {"shortlisted": 6, "offered": 6}
    assert len(crew.records("offer")) == 6
    assert drift(world.mongo) == []


def test_no_two_workers_hold_the_lease(world):
    crew = Crew(world, 6)
    world.time += 60_000
    request_for(crew, world.person("ann"), languages={"en": 3})
    ran = crew.everywhere([lambda parts: parts.timers.run()] * 6)
    assert sum(count > 0 for count in ran) == 1
