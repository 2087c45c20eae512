"""Any story of three people and four phones ends with equal replicas, and with everything that was accepted.

Of a story that fails the shortest form is printed, and its seed: `STORY_SEED=<seed> pytest <this file>` tells it again.
"""

import itertools
import os
import random
import uuid
from collections import Counter

import pytest

from schemas.agreement import AGREED
from server.store import reader
from server.store.database import database
from server.store.tombstones import expire_tombstones
from tests import phone as phones
from tests.conftest import World
from tests.sync.any_story import Story
from tests.sync.power import Supply
from tests.sync.removed import remove_membership
from tests.sync.steps import invented, shortest

STEPS = 100
STORIES = 100 if "STORY_STEPS" in os.environ else 12
NEEDED = ("gone", "reset", "power cut")  # what must be met, in more stories if it must be


@pytest.fixture
def tell(client, monkeypatch):
    """Return a function that tells a story in a world of its own, and the same way every time."""
    name, supply, numbers = f"test_{uuid.uuid4().hex[:12]}", Supply(monkeypatch), itertools.count()
    monkeypatch.setattr(phones.uuid_utils, "uuid7", lambda: f"00000000-0000-7000-8000-{next(numbers):012x}")
    monkeypatch.setattr(reader, "FIRST_SYNC", 3)  # so that there is history to scroll

    def told(steps):
        nonlocal numbers
        numbers = itertools.count()
        supply.cut()
        client.drop_database(name)
        story = Story(World(database(client, name)), supply)
        story.tell(steps)
        return story.met

    yield told
    client.drop_database(name)


def test_any_story_ends_with_equal_replicas(tell):
    given, met = os.environ.get("STORY_SEED"), Counter[str]()
    for told in itertools.count():
        if told >= (1 if given else STORIES) and (given or all(met[name] for name in NEEDED)):
            break
        number = int(given) if given else random.randrange(2**32)
        try:
            met += tell(invented(number, Story, STEPS))
        except Exception:
            story = shortest(invented(number, Story, STEPS), tell)
            print(f"STORY_SEED={number}", *(f"{one.name}(**{one.args})" for one in story), sep="\n")
            tell(story)
            raise


def frame(outcome):
    """Return the first change of an outcome as it is shown live."""
    change = outcome["changes"][0]
    return {"space": change["space"], "seq": change["seq"], "change": change}


def places(phone):
    return {space for space, _, _ in phone.replica}


def test_what_was_heard_out_of_turn_goes_with_the_space(world, sam, ann, pair):
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.hear(frame(sam.do("message.send", space=pair, id="m1", text="hello", origin="person")))
    remove_membership(world, ann, pair)
    tablet.pull()
    assert places(tablet) == {f"user:{ann.user}"}


def test_what_was_heard_after_the_space_was_gone_is_not_kept(world, sam, ann, pair):
    late = frame(sam.do("message.send", space=pair, id="m1", text="hello", origin="person"))
    remove_membership(world, ann, pair)
    ann.pull()
    ann.hear(late)
    ann.pull()
    assert places(ann) == {f"user:{ann.user}"}


def test_what_was_heard_after_its_tombstone_expired_is_not_kept(world, sam, ann, pair):
    ann.pull()
    late = frame(sam.do("message.send", space=pair, id="m1", text="hello", origin="person"))
    sam.do("message.delete", space=pair, id="m1")
    sam.do("message.send", space=pair, id="m2", text="after", origin="person")
    assert expire_tombstones(world.mongo, pair, 10**6) == 1
    ann.pull()
    ann.hear(late)
    ann.pull()
    assert ann.texts(pair) == ["after"]


def test_a_late_page_does_not_make_a_phone_forget_what_it_has_to_drop(world, ann, pair):
    tablet = world.phone(ann.transport.caller, "tablet")
    asked = tablet._asking(500)
    tablet.pull()
    remove_membership(world, ann, pair)
    tablet.turn(tablet.transport.call("pull", asked), asked["cursor"])
    tablet.pull()
    assert places(tablet) == {f"user:{ann.user}"}


def test_a_repeated_mutation_tells_nothing_of_a_space_that_was_lost(world, sam, ann):
    code = sam.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"]
    again = ann.does("pairing.join", agreement=AGREED, code=code)
    space = ann.push()[-1]["changes"][0]["space"]
    remove_membership(world, ann, space)
    sam.do("pairing.end", pairing=space.removeprefix("pair:"))
    outcome = ann.transport.call("push", {"mutations": [again]})["outcomes"][0]
    assert outcome["ok"]
    assert space not in {change["space"] for change in outcome["changes"]}
