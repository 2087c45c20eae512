"""A crowd at once, and five places: exactly five, and everybody else is told so."""

import os
from collections import Counter
from functools import partial

import pytest

from tests.lifecycle.matching_fixture import GRIEF, ok
from tests.lifecycle.sweeper import drift
from tests.load.workers import Workers

PEERS = 200 if "STORY_STEPS" in os.environ else 60
PLACES, WORKERS = 5, 8


@pytest.fixture
def workers(world):
    return Workers(world, WORKERS)


def listed(world, workers):
    """Let all peers have somebody on their short list; return what each does to choose them."""
    peers = {f"id-peer{number}": world.person(f"peer{number}") for number in range(PEERS)}
    for number, caller in enumerate(peers.values()):
        asked = {"id": "r1", "topics": GRIEF, "languages": {"en": 3}}
        ok(workers.do(workers.servers[number % WORKERS], caller, "request.open", **asked))
    while world.parts.scheduler.run():
        pass
    found = {one.author: one.data["people"][0]["id"] for one in workers.records("shortlist")}
    assert found.keys() == peers.keys()

    def chooses(user, parts):
        return workers.do(parts, peers[user], "request.choose", id="r1", person=found[user])

    return [partial(chooses, user) for user in found]


def test_a_crowd_chooses_one_who_has_five_places_and_who_says_yes_to_each_of_them(matching, world, workers, watch):
    sam = matching.specialist("sam", places=PLACES)
    outcomes = workers.everywhere(listed(world, workers))
    assert all(outcome["ok"] for outcome in outcomes)
    assert workers.states("request") == {"offered": PLACES, "open": PEERS - PLACES}
    told = Counter(one.data["last"] for one in workers.records("request") if one.data["state"] == "open")
    assert told == {"taken": PEERS - PLACES}
    assert drift(world.mongo) == []

    def accepts(name, parts):
        return workers.do(parts, sam.transport.caller, "offer.accept", id=name)

    offers = [offer.id for offer in workers.records("offer")]
    answers = workers.everywhere([partial(accepts, name) for name in offers] * (PEERS // PLACES))
    assert Counter(answer["ok"] for answer in answers) == {True: PLACES, False: PEERS - PLACES}
    assert workers.states("pairing") == {"agreement_pending": PLACES}
    assert (drift(world.mongo), watch.broken) == ([], [])


def test_a_crowd_chooses_one_who_has_five_places_and_always_says_yes(matching, world, workers, watch):
    matching.specialist("sam", places=PLACES, standing_yes=True)
    for outcome in workers.everywhere(listed(world, workers)):
        ok(outcome)
    assert workers.states("request") == {"paired": PLACES, "open": PEERS - PLACES}
    assert workers.states("pairing") == {"agreement_pending": PLACES}
    assert (drift(world.mongo), watch.broken) == ([], [])
