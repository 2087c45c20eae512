"""The power is cut at any write of a long story, and at many pairs of them. The phones try again; nothing is amiss.

Which writes, and which pairs, is drawn anew in every run; its seed is printed, and `STORY_SEED=<seed>` draws the same
again. With STORY_STEPS, as in `make stories`, the power is cut at every write.
"""

import itertools
import os
import time
from types import SimpleNamespace
from typing import Any

import pytest

from server import bus
from server.store import transaction
from server.store.database import database
from tests import phone as phones
from tests.conftest import World
from tests.drawn import drawn
from tests.phone import Wire
from tests.sync.power import Cut, Matching, PowerCut, Story, Supply, Trusting

THOROUGH = "STORY_STEPS" in os.environ
PAIRS = 8.0 if THOROUGH else 1.0  # seconds for stories with two power cuts
PARTS = 5 if THOROUGH else 1  # tests for the moments of one story, so that several workers can share them
FEW = transaction.FEW  # writes of a commit that are sent together
CUTS = 6  # moments at which the power is cut, unless it is at all


@pytest.fixture
def told(client, monkeypatch):
    """Return a function that tells a story with some power cuts; and the supply, which has counted its writes."""
    supply = Supply(monkeypatch)
    monkeypatch.setattr(transaction, "FEW", 0)  # each collection is written by itself: so there are more moments
    # A worker that comes back has the name it had, and so its lease: the times of a story are always the same.
    monkeypatch.setattr(bus, "uuid", SimpleNamespace(uuid4=lambda: "the worker"))

    def tell(kind: type[Story], *cuts: Cut) -> tuple[list[Any], list[Wire]]:
        """Tell a story on an empty database; return how it ends, and the names in the ledger."""
        name = "test_cut_" + "_".join(f"{number}{after:d}" for number, after in cuts)
        client.drop_database(name)
        supply.cut()
        numbers = itertools.count()  # the same ids in every telling, so that the ends can be compared
        monkeypatch.setattr(phones.uuid_utils, "uuid7", lambda: f"00000000-0000-7000-8000-{next(numbers):012x}")
        story = kind(World(database(client, name)))
        supply.cut(*cuts)
        try:
            story.tell()
            names = [row["_id"] for row in story.world.mongo.ledger.find({})]
            return story.end(), sorted(name for name in names if not name.startswith("id-programme|"))
        finally:
            client.drop_database(name)

    return tell, supply


def test_the_power_does_fail(mongo, monkeypatch):
    supply = Supply(monkeypatch)
    for after in (False, True):
        supply.cut((1, after))
        with pytest.raises(PowerCut):
            mongo.leases.update_one({"_id": "x"}, {"$set": {"after": after}}, upsert=True)
        assert [row["after"] for row in mongo.leases.find({"_id": "x"})] == [True] * after


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("kind", "decided"), [(Story, 21), (Matching, 27), (Trusting, 21)])
def test_a_power_cut_at_any_write_heals(told, kind, decided, part):
    tell, supply = told
    undisturbed = tell(kind)
    moments = supply.moments()
    assert len(supply.writes) > 30, "need a long story for this test to mean anything"
    assert len(undisturbed[1]) == decided
    moments = moments[part::PARTS]
    for cut in moments if THOROUGH else drawn().sample(moments, CUTS):
        assert tell(kind, cut) == undisturbed, cut


@pytest.mark.parametrize("kind", [Story, Matching, Trusting])
def test_power_cuts_at_any_two_writes_heal(told, kind, monkeypatch):
    tell, supply = told
    monkeypatch.setattr(transaction, "FEW", FEW)
    chance, undisturbed = drawn(), tell(kind)
    last, enough = len(supply.writes), time.monotonic() + PAIRS
    while time.monotonic() < enough:
        first = chance.randint(1, last)
        second = first + chance.randint(1, 12)  # soon after, as a rule while the phones still try again
        cuts = [(number, chance.random() < 0.5) for number in (first, second)]
        assert tell(kind, *cuts) == undisturbed, cuts
