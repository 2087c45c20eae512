"""An erasure on leaving, interrupted, repeated, raced, and of more than one commit can hold."""

import orjson
import pytest
from pymongo.errors import PyMongoError

from schemas.agreement import AGREED
from server.commands.context import Caller
from server.commands.personal import erasure as erasures
from server.store.accounts import AccountStore
from server.store.erasures import ErasureStore
from sync.clock import MINUTE
from sync.record import erasing_space
from tests.accounts.erasing import live_together, remove, say, settle
from tests.sealed import whole

pytestmark = pytest.mark.in_memory


@pytest.mark.parametrize("before", [False, True], ids=["on leaving", "after the end"])
def test_words_are_erased_by_who_stays_on_beside(world, sam, ann, pair, before):
    live_together(world, sam, ann, pair)
    end = {"pairing": pair.partition(":")[2]}
    if before:
        assert ann.do("pairing.end", **end)["ok"]
    assert ann.do("pairing.end", **end, words="erased")["ok"]
    settle(world)
    for phone in (sam, ann):
        phone.pull()
        assert phone.texts(pair) == ["I am here"]
    assert sam.records("note") == []
    assert ann.records("note"), "what is hers alone stays"


def test_a_space_goes_when_the_last_to_leave_had_erased_their_words_before(world, sam, ann, pair):
    say(ann, pair, "m1", "hello")
    assert ann.do("pairing.end", pairing=pair.partition(":")[2], words="erased")["ok"]
    settle(world)
    remove(world, sam)
    remove(world, ann)
    assert list(world.mongo.records.find({"space": {"$in": [pair, erasing_space(pair)]}})) == []


def test_words_are_erased_by_who_has_blocked_the_other(world, sam, ann, pair):
    say(ann, pair, "m1", "CANARY")
    ann.do("block.set", space=pair)
    assert ann.do("pairing.end", pairing=pair.partition(":")[2], words="erased")["ok"]
    settle(world)
    sam.pull()
    assert sam.texts(pair) == []


def test_the_first_choice_counts_if_a_deletion_is_repeated(world, sam, ann, pair, monkeypatch):
    say(ann, pair, "m1", "CANARY")
    with monkeypatch.context() as patch:
        patch.setattr(AccountStore, "remove", lambda *_: (_ for _ in ()).throw(RuntimeError("the power is cut")))
        with pytest.raises(RuntimeError):
            world.parts.accounts.remove_confirmed(ann.transport.caller, said="unnamed")
    told = orjson.loads(remove(world, ann, "erased")["receipt"])
    sam.pull()
    assert (told["said"], sam.texts(pair)) == ("unnamed", ["CANARY"])


def test_a_supervisor_keeps_no_words_of_who_was_erased(world, sam, ann, pair):
    vera = world.phone(Caller("id-vera", "phone-of-vera", "supervisor"))
    say(ann, pair, "m1", "CANARY I was hurt")
    say(sam, pair, "m2", "I hear you")
    asked = sam.do("debrief.ask", space=pair, id="d1", words="Can we talk?", messages=["m1", "m2"])
    assert asked["ok"], asked
    vera.sync()
    assert "CANARY" in str(vera.replica)
    remove(world, ann)
    vera.pull()
    [debrief] = vera.records("debrief")
    assert [one["text"] for one in debrief["data"]["messages"]] == ["I hear you"]


def test_a_space_whose_removal_was_interrupted_is_removed_in_the_end(world, sam, ann, pair, monkeypatch):
    remove(world, ann)
    world.parts.accounts.remove_confirmed(sam.transport.caller)
    with monkeypatch.context() as patch:
        patch.setattr(ErasureStore, "remove_space", lambda *_: (_ for _ in ()).throw(PyMongoError("the power is cut")))
        with pytest.raises(PyMongoError):
            world.parts.scheduler.run()
    world.mongo.records.delete_many({"space": pair, "kind": "pairing"})
    settle(world)
    assert list(world.mongo.records.find({"space": {"$in": [pair, erasing_space(pair)]}})) == []
    assert world.mongo.spaces.count_documents({"_id": {"$in": [pair, erasing_space(pair)]}}) == 0


def test_the_quota_of_a_space_counts_what_is_left(world, sam, ann, pair):
    for number in range(5):
        say(ann, pair, f"m{number}", "hello")
    remove(world, ann)
    assert world.mongo.spaces.find_one({"_id": pair})["usage"]["message"][0] == 0


def test_a_deletion_that_was_cut_off_is_done_by_a_timer(world, sam, ann, pair, monkeypatch):
    say(ann, pair, "m1", "CANARY")
    with monkeypatch.context() as patch:
        patch.setattr(AccountStore, "remove", lambda *_: (_ for _ in ()).throw(RuntimeError("the power is cut")))
        with pytest.raises(RuntimeError):
            world.parts.accounts.remove_confirmed(ann.transport.caller)
    assert AccountStore(world.mongo).by_id(ann.user) is not None
    world.wait(MINUTE)
    settle(world)
    assert AccountStore(world.mongo).by_id(ann.user) is None
    assert "CANARY" not in whole(world.mongo)
    assert ann.user not in repr([list(world.mongo[name].find()) for name in ("erasures", "keys", "users")])


def test_what_is_written_while_the_account_goes_is_not_said_to_be_stored(world, ann, monkeypatch):
    monkeypatch.setattr(AccountStore, "remove", lambda *_: None)
    world.parts.accounts.remove_confirmed(ann.transport.caller)
    mutation = ann.does("note.put", id="n1", body="CANARY")
    outcome = world.parts.backend.mutate(ann.transport.caller, mutation)
    assert outcome["error"]["code"] == "try_later"


def test_a_pairing_that_was_joined_in_the_last_moment_ends(world, sam, ann, bob):
    tina = world.phone(world.person("tina", "specialist"))
    code = tina.do("pairing.invite", name="Tina")["changes"][0]["data"]["code"]
    world.parts.accounts.remove_confirmed(ann.transport.caller)
    late = ann.does("pairing.join", agreement=AGREED, code=code, name="CANARY")
    outcome = world.parts.backend.mutate(ann.transport.caller, late)
    assert outcome["ok"], outcome
    world.wait(MINUTE)
    settle(world)
    tina.pull()
    [pairing] = tina.records("pairing")
    assert pairing["data"]["state"] == "ended"
    assert "CANARY" not in whole(world.mongo)


def test_long_texts_are_erased_in_portions_that_fit(world, sam, ann, pair, monkeypatch):
    monkeypatch.setattr(erasures, "ROOM", 100)
    for number in range(4):
        ann.do("question.ask", space=pair, id=f"q{number}", text="CANARY", locale="en")
        sam.do("question.answer", space=pair, id=f"q{number}", text="x" * 300)
    remove(world, ann)
    assert "CANARY" not in whole(world.mongo)
    sam.pull()
    assert [one["data"]["answer"] for one in sam.records("question", pair)] == ["x" * 300] * 4


def test_erasing_again_and_again_does_nothing_more(world, sam, ann, pair):
    say(ann, pair, "m1", "hello")
    end = {"pairing": pair.partition(":")[2], "words": "erased"}
    ann.do("pairing.end", **end)
    settle(world)
    before = world.mongo["keys"].find_one({"_id": "destroyed"})
    for _ in range(3):
        assert ann.do("pairing.end", **end)["ok"]
        settle(world)
    assert world.mongo["keys"].find_one({"_id": "destroyed"}) == before


def test_what_the_other_holds_dear_stays(world, sam, ann, pair):
    say(sam, pair, "m1", "I am here")
    for phone in (sam, ann):
        assert phone.do("milestone.pin", space=pair, kind="message", of="m1")["ok"]
    remove(world, ann)
    sam.pull()
    assert [one["data"]["of"] for one in sam.records("milestone", pair)] == ["m1"]
    assert sam.records("agreement", pair)[0]["data"]["terms"]


def test_a_supervisor_keeps_nothing_of_who_asked_and_no_handle(world, sam, ann, pair):
    vera = world.phone(Caller("id-vera", "phone-of-vera", "supervisor"))
    asked = sam.do("debrief.ask", space=pair, id="d1", words="CANARY Can we talk?", messages=[])
    assert asked["ok"], asked
    vera.sync()
    assert "CANARY" in str(vera.replica)
    remove(world, sam)
    vera.pull()
    assert "CANARY" not in str(vera.replica)
    assert [one["data"]["specialist"] for one in vera.records("supervision")] == [""]
