"""Our path: steps that are the peer's, strengths, letters, and milestones that are there once both hold on to them."""

import itertools
import json

import pytest

from server import app
from server.accounts.tokens import Tokens
from server.store import transaction
from server.store.accounts import AccountStore
from sync.clock import DAY
from sync.record import private
from tests.conftest import CONFIG

PINNED = {"kind": "step", "of": "t1"}


@pytest.fixture
def path(world):
    """Return a function that reads our path as somebody, over HTTP: its records, or None if there is no such space."""

    def read(phone, space):
        caller = phone.transport.caller
        if AccountStore(world.mongo).device(caller.device) is None:
            AccountStore(world.mongo).add_device(caller.device, caller.user, "phone", world.time)
        token, _ = Tokens(CONFIG.secret_keys).access(caller, world.time)
        headers = {"Authorization": f"Bearer {token}"}
        answer = world.parts.app.test_client().get(f"/api/v1/spaces/{space}/path", headers=headers).get_json()
        return answer.get("changes")

    return read


def both(*phones):
    for phone in phones * 2:
        phone.sync()


def texts(phone, kind, space):
    return [(row["id"], row["data"]["text"], row["data"].get("state")) for row in phone.records(kind, space)]


def milestones(phone):
    phone.pull()
    return [(row["data"]["kind"], row["data"]["of"]) for row in phone.records("milestone")]


@pytest.fixture
def step(ann, sam, pair):
    """Return a step that ann has chosen, and that both have."""
    assert ann.do("step.propose", space=pair, id="t1", text="walk to the lake")["ok"]
    both(ann, sam)
    return "t1"


# Steps


def test_a_specialist_proposes_and_only_the_peer_chooses_words_and_finishes(sam, ann, pair):
    assert sam.do("step.propose", space=pair, id="t1", text="call your sister")["ok"]
    both(sam, ann)
    assert texts(ann, "step", pair) == [("t1", "call your sister", "proposed")]
    for change in ({"state": "adopted"}, {"state": "done"}, {"state": "let_go"}, {"text": "call her today"}):
        assert sam.do("step.change", space=pair, id="t1", **change)["error"]["code"] == "forbidden"
    assert ann.do("step.change", space=pair, id="t1", text="write to her")["error"]["code"] == "wrong_state"
    assert ann.do("step.change", space=pair, id="t1", state="adopted", text="write to her")["ok"]
    for change in ({"state": "done"}, {"text": "call her"}):
        assert sam.do("step.change", space=pair, id="t1", **change)["error"]["code"] == "forbidden"
    for state in ("done", "let_go", "adopted", "done"):
        assert ann.do("step.change", space=pair, id="t1", state=state)["ok"]
    both(sam, ann)
    assert texts(sam, "step", pair) == texts(ann, "step", pair) == [("t1", "write to her", "done")]


def test_there_is_no_state_by_which_anybody_could_fail(ann, pair, step):
    for state in ("failed", "missed", "proposed", "overdue"):
        assert ann.do("step.change", space=pair, id=step, state=state)["error"]["code"] == "bad_request"


def test_what_a_specialist_proposed_is_theirs_to_take_back_until_it_is_chosen(sam, ann, pair):
    for name in ("t1", "t2"):
        assert sam.do("step.propose", space=pair, id=name, text="call your sister")["ok"]
    assert sam.do("step.withdraw", space=pair, id="t1")["ok"]
    both(ann)
    assert ann.do("step.change", space=pair, id="t2", state="adopted")["ok"]
    assert sam.do("step.withdraw", space=pair, id="t2")["error"]["code"] == "wrong_state"
    assert ann.do("step.propose", space=pair, id="t3", text="rest")["ok"]
    assert sam.do("step.withdraw", space=pair, id="t3")["error"]["code"] == "forbidden"
    assert ann.do("step.withdraw", space=pair, id="t2")["ok"]
    both(sam, ann)
    assert texts(sam, "step", pair) == [("t3", "rest", "adopted")]


def test_of_edits_on_two_phones_the_later_one_wins_field_by_field_however_they_arrive(world, sam, ann, pair):
    """Nobody is online: what is written first may arrive last."""
    tablet = world.phone(ann.transport.caller, "tablet")
    for order in itertools.permutations(range(4)):
        name = "".join(map(str, order))
        ann.do("step.propose", space=pair, id=name, text="walk")
        both(ann, tablet)
        edits = [(ann, {"text": "walk a mile"}), (tablet, {"state": "done"}), (ann, {"state": "let_go"}),
                 (tablet, {"text": "walk two"})]  # fmt: skip
        written = []
        for phone, edit in edits:
            world.wait(1000)
            written.append((phone, phone.does("step.change", space=pair, id=name, **edit)))
        ann.outbox, tablet.outbox = [], []
        for number in order:
            phone, mutation = written[number]
            phone.outbox = [mutation]
            assert phone.push()[0]["ok"]
    both(ann, tablet, sam)
    for phone in (ann, tablet, sam):
        assert {(text, state) for _, text, state in texts(phone, "step", pair)} == {("walk two", "let_go")}


# Nothing of it reminds anybody


def test_nothing_of_the_path_is_ever_due(world, sam, ann, pair, step):
    for phone in (sam, ann):
        assert phone.do("letter.write", space=pair, text="goodbye")["ok"]
        assert phone.do("strength.notice", space=pair, id=f"of-{phone.user}", text="you keep going")["ok"]
        assert phone.do("milestone.pin", space=pair, **PINNED)["ok"]
    ann.do("question.ask", space=pair, id="q1", text="What helped?")
    sam.do("suggestion.ask", space=pair, id="s1", text="mornings")
    kinds = ["step", "letter", "strength", "milestone", "pin", "question", "suggestion", "card"]
    rows = list(world.mongo.records.find({"kind": {"$in": kinds}}))
    assert {row["kind"] for row in rows} == set(kinds)
    assert [row["kind"] for row in rows if "due" in row or "live" in row] == []
    world.wait(400 * DAY)
    before = list(world.mongo.records.find({}).sort("_id"))
    assert world.parts.scheduler.run() == 0
    assert list(world.mongo.records.find({}).sort("_id")) == before


# Strengths and letters


def test_who_noticed_a_strength_words_it_and_takes_it_back_and_nobody_else(sam, ann, pair):
    assert sam.do("strength.notice", space=pair, id="g1", text="you ask for what you need")["ok"]
    assert ann.do("strength.notice", space=pair, id="g1", text="no")["error"]["code"] == "forbidden"
    assert ann.do("strength.withdraw", space=pair, id="g1")["error"]["code"] == "forbidden"
    assert sam.do("strength.notice", space=pair, id="g1", text="you asked")["ok"]
    both(sam, ann)
    assert texts(ann, "strength", pair) == [("g1", "you asked", None)]
    assert sam.do("strength.withdraw", space=pair, id="g1")["ok"]
    both(sam, ann)
    assert texts(ann, "strength", pair) == []


def test_each_writes_one_letter_that_both_can_read_after_the_end(sam, ann, pair, path):
    for text in ("goodbye", "goodbye, and thank you"):
        assert ann.do("letter.write", space=pair, text=text)["ok"]
    assert sam.do("letter.write", space=pair, text="take care")["ok"]
    assert sam.do("pairing.end", pairing=pair.partition(":")[2])["ok"]
    both(sam, ann)
    for phone in (sam, ann):
        assert [row["data"]["text"] for row in phone.records("letter", pair)] == ["goodbye, and thank you", "take care"]
        assert [row["data"]["text"] for row in path(phone, pair)] == ["goodbye, and thank you", "take care"]
    assert ann.do("letter.write", space=pair, text="one more")["error"]["code"] == "wrong_state"


# Milestones


def test_what_one_holds_on_to_only_that_one_knows(world, sam, ann, pair, step, path):
    before = path(sam, pair), dict(sam.replica), world.parts.reader.extents([pair])
    outcome = ann.do("milestone.pin", space=pair, **PINNED)
    assert [change["kind"] for change in outcome["changes"]] == ["pin"]
    sam.sync()
    assert (path(sam, pair), dict(sam.replica), world.parts.reader.extents([pair])) == before
    assert path(ann, pair) == before[0]
    assert milestones(sam) == milestones(ann) == []


@pytest.mark.parametrize("turn", [1, -1])
def test_it_is_a_milestone_once_both_hold_on_and_only_as_long(sam, ann, pair, step, path, turn):
    first, second = (ann, sam)[::turn]
    assert first.do("milestone.pin", space=pair, **PINNED)["ok"]
    assert milestones(second) == []
    outcome = second.do("milestone.pin", space=pair, **PINNED)
    assert {change["space"] for change in outcome["changes"]} == {private(second.user), pair}
    assert milestones(first) == milestones(second) == [("step", "t1")]
    assert "milestone" in {change["kind"] for change in path(first, pair)}
    assert first.do("milestone.unpin", space=pair, **PINNED)["ok"]
    assert milestones(first) == milestones(second) == []
    assert [len(phone.records("pin")) for phone in (first, second)] == [0, 1]
    assert first.do("milestone.pin", space=pair, **PINNED)["ok"]
    assert milestones(first) == milestones(second) == [("step", "t1")]
    assert first.do("milestone.pin", space=pair, **PINNED)["ok"]
    assert milestones(second) == [("step", "t1")]


def test_only_what_is_there_can_be_held_on_to(sam, ann, eve, pair, step):
    assert ann.do("milestone.pin", space=pair, kind="step", of="t9")["error"]["code"] == "not_found"
    assert ann.do("step.withdraw", space=pair, id="t1")["ok"]
    assert ann.do("milestone.pin", space=pair, **PINNED)["error"]["code"] == "not_found"
    assert ann.do("milestone.pin", space=pair, kind="promise", of=step)["error"]["code"] == "not_found"
    assert eve.do("milestone.pin", space=pair, **PINNED)["error"]["code"] == "not_found"


@pytest.mark.parametrize("second", ["pin", "unpin"])
def test_two_workers_that_race_agree_with_what_both_hold_on_to(world, sam, ann, pair, step, monkeypatch, second):
    """Ann pins, or lets go, on another worker, between what sam's pin decides and what it stores."""
    if second == "unpin":
        assert ann.do("milestone.pin", space=pair, **PINNED)["ok"]
    other, meanwhile, store = app.build(CONFIG, world.mongo, lambda: world.time), [], transaction.store
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.transport.parts = other

    def stored(*args):
        while meanwhile:
            assert meanwhile.pop()(f"milestone.{second}", space=pair, **PINNED)["ok"]
        return store(*args)

    monkeypatch.setattr(transaction, "store", stored)
    meanwhile.append(tablet.do)
    assert sam.do("milestone.pin", space=pair, **PINNED)["ok"]
    both(sam, ann)
    held = [len(phone.records("pin")) for phone in (sam, ann)]
    assert held == [1, second == "pin"]
    assert milestones(sam) == milestones(ann) == ([("step", "t1")] if second == "pin" else [])


# To read it


def test_the_path_is_for_the_two_alone_and_holds_no_talk(sam, ann, eve, pair, step, path):
    ann.do("message.send", space=pair, id="m1", text="between us", origin="person")
    ann.do("question.ask", space=pair, id="q1", text="What helped?")
    sam.do("strength.notice", space=pair, id="g1", text="you asked")
    sam.do("strength.notice", space=pair, id="g2", text="gone again")
    sam.do("strength.withdraw", space=pair, id="g2")
    sam.do("disclosure.invite", space=pair, id="d1", theme="winter")
    sam.do("disclosure.seal", space=pair, id="d1", text="sealed words")
    for phone in (sam, ann):
        found = path(phone, pair)
        assert [change["id"] for change in found] == ["t1", "q1", "g1", "d1"]
        assert not {"between us", "sealed words"} & set(json.dumps(found).split('"'))
    assert path(eve, pair) is None
