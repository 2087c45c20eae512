"""F15: one phone sends what can never be done. Nobody else notices, and what can be done of it is done."""

import json
import random
import threading
import time
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from server.commands.context import COMMANDS, Command
from tests.waiting import PATIENCE

MALFORMED = [None, 7, {}, {"id": 1}, {"name": "note.put", "args": {"id": "x" * 99}}, {"id": "x", "at": "now"}]


def test_a_phone_whose_every_batch_holds_rubbish_gets_the_rest_done_and_disturbs_nobody(server, faults, seed):
    faults = faults(server, pairs=2)
    poisoned = faults.phones()[0]
    chance = random.Random(seed)
    load = poisoned._load
    poisoned._load = lambda: chance.sample(MALFORMED, 3) + load()
    for thread in faults.rages(2):
        thread.join()
    took = faults.heals()
    poisoned._load = load
    assert took < PATIENCE
    assert faults.ends() == []


def test_half_an_emoji_in_one_text_blocks_nothing_behind_it(online):
    """JavaScript writes it so, when a text was cut at some length in the middle of a surrogate pair."""
    ann = online()
    ann.does("note.put", id="n1", title="before")
    ann.does("note.put", id="n2", title="half of it")
    ann.does("note.put", id="n3", title="behind")
    ann.outbox[1]["args"]["title"] = "half of it: \ud83d"
    outcomes = ann.transport.send("POST", "push", content=json.dumps({"mutations": ann.outbox}))["outcomes"]
    assert [outcomes[0]["ok"], outcomes[2]["ok"]] == [True, True]


def breaks(context, args):
    """Fail while deciding."""
    raise ZeroDivisionError


def cannot_be_stored(context, args):
    """Fail while storing, together with all that is stored at once."""
    return COMMANDS["profile.edit"].decide(context, {"about": 2**70})


@pytest.mark.parametrize("decide", [breaks, cannot_be_stored])
def test_a_mutation_that_always_fails_holds_up_its_own_phone_and_nobody_else(inside, monkeypatch, decide):
    """It is sent again and again, and is in the same group as the others' more often than not."""
    monkeypatch.setitem(COMMANDS, "note.delete", Command("note.delete", COMMANDS["note.delete"].schema, decide))
    world = inside.world
    sam = inside.phone(world.person("sam", "specialist"), "sam")
    anns = [inside.phone(world.person(f"ann{number}"), f"ann{number}") for number in range(3)]
    spaces = [inside.paired(sam, ann) for ann in anns]
    eve = inside.phone(world.person("eve"), "eve")
    eve.does("note.delete", id="poison")
    over = threading.Event()
    poisoning = threading.Thread(target=_push_until, args=(eve, over))
    writers = [threading.Thread(target=_live, args=pair) for pair in zip(anns, spaces, strict=True)]
    with capture_logs():
        started = time.monotonic()
        for thread in (poisoning, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        took = time.monotonic() - started
        over.set()
        poisoning.join()
    assert took < PATIENCE
    assert len(eve.outbox) == 1, "it may still be done one day"
    monkeypatch.undo()
    assert inside.ends() == []


def _push_until(phone, over: threading.Event) -> None:
    while not over.is_set():
        with suppress(Exception):
            phone.push()
        over.wait(0.005)


def _live(phone, space) -> None:
    for number in range(40):
        phone.does("message.send", space=space, id=f"{phone.clock.device}-{number}", text="x", origin="person")
        while phone.outbox:
            with suppress(Exception):  # whoever stores for a group is told of the mistake as well
                phone.push()
