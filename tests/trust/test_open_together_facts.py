"""What is opened with a card: facts that may still be told then; and what becomes of cards when people part."""

import itertools
import logging

import pytest
from structlog.testing import capture_logs

from schemas.fact import TIERS
from server import app
from server.store import transaction
from sync.clock import DAY
from tests.conftest import CONFIG
from tests.trust.leak_checker import LeakChecker, words

SHOWN = ("open_together", "paired", "profile")
TOLD = {"topic": "grief_loss", "kind": "lived", "depth": 2}


@pytest.fixture
def look(world, caplog):
    caplog.set_level(logging.INFO)
    with capture_logs() as logs:
        yield LeakChecker(world, [logs, caplog.records])


@pytest.fixture
def invited(look):
    assert act(look, "sam", "invite", theme="winter")
    return look.space


def act(look, who, what, name="d1", **args):
    return look.phones[who].do(f"disclosure.{what}", space=look.space, id=name, **args)["ok"]


def fact(look, who, tier, name="f1", **more):
    known = {"topic": "grief_loss", "kind": "lived"}
    assert look.phones[who].do("fact.put", id=name, **known, tier=tier, **more)["ok"]


def told(look, who, name="d1"):
    """Return the facts that are open with somebody's card."""
    reader = look.phones[look.other[who]]
    reader.pull()
    [row] = [row for row in reader.records("disclosure") if row["id"] == name]
    return row["data"]["cards"][look.phones[who].spaces()[look.space]]["facts"]


@pytest.mark.parametrize("who", ["sam", "ann"])
def test_only_facts_of_a_tier_that_is_wide_enough_when_it_is_opened_are_told(look, who):
    """Each fact is of one tier when it is sealed, and of another when it is opened; and it may be opened by either."""
    look.phones["ann"].sync()
    pairs = zip(itertools.product(TIERS, TIERS), itertools.cycle([1, -1]), strict=False)
    for number, ((before, now), turn) in enumerate(pairs):
        name, first = f"d{number}", (who, look.other[who])[::turn][0]
        assert act(look, "ann", "invite", name, theme="winter")
        fact(look, who, before, f"f{number}", depth=2)
        for writer in (first, look.other[first]):
            if writer != first:
                fact(look, who, now, f"f{number}", seen=before)
            assert act(look, writer, "seal", name, text="x", **({"facts": [f"f{number}"]} if writer == who else {}))
        assert told(look, who, name) == ([TOLD] if now in SHOWN else []), (before, now, turn)
        assert look.phones[who].do("fact.delete", id=f"f{number}")["ok"]


def test_a_fact_that_was_deleted_or_is_the_others_or_never_was_is_not_told(look, invited):
    fact(look, "sam", "profile", "f1")
    fact(look, "ann", "profile", "f2")
    assert act(look, "sam", "seal", text="x", facts=["f1", "f2", "f3"])
    assert look.phones["sam"].do("fact.delete", id="f1")["ok"]
    assert act(look, "ann", "seal", text="x")
    assert told(look, "sam") == []


def test_what_is_open_stays_as_it_was_opened(look, invited):
    fact(look, "sam", "paired", depth=2)
    assert act(look, "sam", "seal", text="x", facts=["f1"])
    assert act(look, "ann", "seal", text="x")
    fact(look, "sam", "private")
    assert told(look, "sam") == [TOLD]


@pytest.mark.parametrize("late", ["with", "without"])
def test_of_two_cards_that_were_sealed_apart_the_later_one_counts_with_its_facts(look, invited, late):
    """What was written first arrives last, from a tablet that was offline."""
    fact(look, "sam", "paired", depth=2)
    facts = {"with": [["f1"], []], "without": [[], ["f1"]]}[late]
    tablet = look.world.phone(look.callers["sam"], "tablet")
    tablet.pull()
    tablet.does("disclosure.seal", space=look.space, id="d1", text=words("sam", "d1", 1), facts=facts[0])
    look.world.wait(1000)
    assert act(look, "sam", "seal", text=words("sam", "d1", 2), facts=facts[1])
    assert tablet.push()[0]["ok"]
    assert act(look, "ann", "seal", text=words("ann", "d1", 1))
    look.look({"d1": {"sam": words("sam", "d1", 2), "ann": words("ann", "d1", 1)}})
    assert told(look, "sam") == ([TOLD] if facts[1] else [])


@pytest.mark.parametrize("how", ["narrowed", "deleted"])
def test_what_is_narrowed_on_another_worker_before_the_opening_is_stored_is_not_told(look, invited, monkeypatch, how):
    fact(look, "sam", "paired")
    assert act(look, "sam", "seal", text="x", facts=["f1"])
    other, meanwhile, store = app.build(CONFIG, look.world.mongo, lambda: look.world.time), [], transaction.store
    tablet = look.world.phone(look.callers["sam"], "tablet")
    tablet.transport.parts = other

    def stored(*args):
        while meanwhile:
            assert meanwhile.pop()()["ok"]
        return store(*args)

    monkeypatch.setattr(transaction, "store", stored)
    command = {"narrowed": ("fact.put", {"tier": "match_only"}), "deleted": ("fact.delete", {})}[how]
    meanwhile.append(lambda: tablet.do(command[0], id="f1", **command[1]))
    assert act(look, "ann", "seal", text="x")
    assert not meanwhile
    assert told(look, "sam") == []


# What becomes of the two

MARKS = ("", "S", "A", "SA")
WHO = {"S": "sam", "A": "ann"}


def marked(look):
    """Bring a disclosure as far as each mark says, and return what is open."""
    for mark in MARKS:
        assert act(look, "ann", "invite", f"d{mark}", theme="winter")
        for letter in mark:
            assert act(look, WHO[letter], "seal", f"d{mark}", text=words(WHO[letter], f"d{mark.lower()}", 1))
    return {"dSA": {who: words(who, "dsa", 1) for who in ("sam", "ann")}}


@pytest.mark.parametrize(
    ("how", "who"),
    [("pairing.end", "sam"), ("pairing.rematch", "ann"), ("block.set", "sam"), ("block.set", "ann")],
)
def test_after_they_part_nothing_more_is_opened_whatever_they_do_and_whenever_they_did_it(look, who, how):
    opened = marked(look)
    late = [(name, look.phones[name].does("disclosure.seal", space=look.space, id=f"d{mark}", text="late"))
            for name in ("sam", "ann") for mark in MARKS]  # fmt: skip
    for phone in look.phones.values():
        phone.outbox = []
    args = {"space": look.space} if how == "block.set" else {"pairing": look.space.partition(":")[2]}
    assert look.phones[who].do(how, **args)["ok"]
    for name, mutation in late:
        look.phones[name].outbox.append(mutation)
    for name in ("sam", "ann"):
        assert not any(outcome["ok"] for outcome in look.phones[name].push())
    look.world.wait(60 * DAY)
    look.world.parts.scheduler.run()
    look.look(opened, blocker=who if how == "block.set" else "")
    if how == "block.set":
        assert look.phones[who].do("block.lift", space=look.space)["ok"]
        look.look(opened)


@pytest.mark.parametrize("who", ["sam", "ann"])
def test_while_it_is_paused_nothing_is_opened_and_afterwards_all_goes_on(look, who):
    opened, pairing = marked(look), {"pairing": look.space.partition(":")[2]}
    assert look.phones[who].do("pairing.pause", **pairing)["ok"]
    for mark in MARKS:
        assert not act(look, "sam", "seal", f"d{mark}", text="x")
        assert not act(look, "ann", "seal", f"d{mark}", text="x")
    look.look(opened)
    assert look.phones[who].do("pairing.resume", **pairing)["ok"]
    assert act(look, "ann", "seal", "dS", text=words("ann", "ds", 1))
    look.look(opened | {"dS": {who: words(who, "ds", 1) for who in ("sam", "ann")}})


@pytest.mark.parametrize("who", ["sam", "ann"])
def test_who_sealed_can_withdraw_also_while_it_is_paused(look, invited, who):
    """Whoever paused it: what somebody took back before the other sealed is never opened."""
    pairing = {"pairing": look.space.partition(":")[2]}
    assert act(look, "ann", "seal", text=words("ann", "d1", 1))
    assert look.phones[who].do("pairing.pause", **pairing)["ok"]
    act(look, "ann", "withdraw")
    assert look.phones[who].do("pairing.resume", **pairing)["ok"]
    assert not act(look, "sam", "seal", text=words("sam", "d1", 1))
    look.look({})
