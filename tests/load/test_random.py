"""Sixty-four hands on eight workers do what they like: the books stay right, and no promise is broken on the way."""

import os

from server.queries.consistency import drift as checked
from tests.lifecycle.sweeper import drift, orphans
from tests.load.decision_checker import shown_for_good
from tests.load.passerby import Passerby
from tests.load.workers import Workers

HANDS, WORKERS = 64, 8
ACTIONS = 10_000 if "STORY_STEPS" in os.environ else 512  # random ones; more until everything has happened once
MOST_ROUNDS = 12  # times so many, until everything has happened
AT_ONCE = 4  # actions of each hand between two sweeps
EXPECTED = {"ok", "wrong_state"}  # everything else says that a hand or the server is mistaken
DONE = (
    "request.open", "request.choose", "request.withdraw", "offer.accept", "offer.decline", "practice.pause",
    "practice.resume", "agreement.sign", "pairing.pause", "pairing.end", "pairing.rematch", "specialist.certify",
    "specialist.deactivate",
)  # fmt: skip
MET = ("place taken", "offer accepted", "offer declined", "offer expired", "pairing ended", "short list")


def test_random_deeds_of_many_on_many_workers_break_no_promise(matching, world, watch):
    peers = [matching.peer(f"peer{number}").transport.caller for number in range(32)]
    specialists = [matching.specialist(f"spec{number}", places=2).transport.caller for number in range(10)]
    workers, olga = Workers(world, WORKERS), matching.olga.transport.caller
    hands = [Passerby(workers, [*peers, *specialists, *specialists, *[olga] * 8], seed) for seed in range(HANDS)]
    rounds = max(1, ACTIONS // (HANDS * AT_ONCE))
    for number in range(MOST_ROUNDS * rounds):
        if number >= rounds and not missing(workers, watch):
            break
        workers.everywhere([lambda parts, hand=hand: [hand.act(parts) for _ in range(AT_ONCE)] for hand in hands])
        assert drift(world.mongo) == []
        assert orphans(world.mongo) == []
        assert shown_for_good(world.mongo) == []
        assert checked(workers.servers[0].reader, workers.servers[0].matchmaker.specialist_index) == []
        assert watch.broken == []
    print(dict(sorted(workers.met.items())), dict(watch.met))
    assert {code for _, code in workers.met} <= EXPECTED
    assert missing(workers, watch) == [], "not done means not tried"


def missing(workers, watch):
    """Return what has not happened yet: threads take turns as they like, so it may take some more rounds."""
    return [name for name in DONE if not workers.met[name, "ok"]] + [name for name in MET if not watch.met[name]]
