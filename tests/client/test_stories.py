"""Random stories with @beside/client end with equal replicas, and with every accepted mutation.

A story that fails is printed in its shortest form, with its seed: `make client-fuzz SEED=<seed> STORIES=1` plays it
again.
"""

import os
from collections import Counter

import pytest

from server.store import reader
from tests import in_memory
from tests.client.story import ClientStory
from tests.conftest import World
from tests.sync.power import Supply
from tests.sync.steps import invented, shortest

STEPS = 25
USUAL = 200 if "STORIES" in os.environ else 40  # stories of `make client-fuzz`, and of the suite
FIRST, STORIES = int(os.environ.get("SEED") or 41), int(os.environ.get("STORIES") or USUAL)
MANY = 40  # stories in which everything happens
NEEDED = ("gone", "reset", "killed")


def stores(seed: int) -> list[str]:
    """Return the kinds of the stores of the four phones of a story."""
    return ["indexeddb" if (seed + phone) % 5 == 0 else "memory" for phone in range(4)]


@pytest.fixture
def tell(monkeypatch, driver):
    """Return a function that plays a story in a new world."""
    supply = Supply(monkeypatch)
    monkeypatch.setattr(reader, "FIRST_SYNC", 3)  # so that there is history to scroll

    def told(seed, steps):
        supply.cut()
        story = ClientStory(World(in_memory.database()), supply, driver, stores(seed))
        story.tell(steps)
        for phone in story.phones:
            phone.forget()
        return story.met

    return told


@pytest.mark.timeout(3 * STORIES + 300)
def test_any_story_ends_with_equal_replicas(tell):
    met = Counter[str]()
    for seed in range(FIRST, FIRST + STORIES):
        steps = invented(seed, ClientStory, STEPS)
        try:
            met += tell(seed, steps)
        except Exception:
            story = shortest(steps, lambda fewer, seed=seed: tell(seed, fewer))
            print(f"SEED={seed}", *(f"{one.name}(**{one.args})" for one in story), sep="\n")
            tell(seed, story)
            raise
    assert STORIES < MANY or all(met[name] for name in NEEDED), met
