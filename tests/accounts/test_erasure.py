"""Deleting an account erases what was said to others, or takes the name from it, and a receipt proves it."""

from base64 import b64decode

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from server.accounts.erasure import Receipts, digest
from server.commands.personal import erasure as erasures
from server.store.erasures import ErasureStore
from server.store.ledger import new_id
from sync.clock import DAY
from sync.record import erasing_space, private
from tests.accounts.erasing import live_together, remove, say, settle, stored
from tests.conftest import CONFIG
from tests.sealed import decoded, records_of
from tests.sync.stories import Air
from tests.trusted import Ready

pytestmark = pytest.mark.in_memory


def test_what_somebody_said_is_erased_for_the_other_and_what_the_other_said_stays(world, sam, ann, pair):
    live_together(world, sam, ann, pair)
    assert "CANARY" in str(sam.replica), "need words for this test to mean anything"
    member = ann.spaces()[pair]
    remove(world, ann)
    sam.pull()
    assert "CANARY" not in str(sam.replica)
    assert sam.texts(pair) == ["I am here"]
    [mine] = [one for one in sam.records("question", pair) if one["id"] == "q1"]
    assert (mine["data"]["text"], mine["data"]["answer"]) == ("", "Because.")
    [his] = [one for one in sam.records("question", pair) if one["id"] == "q2"]
    assert (his["data"]["text"], his["data"]["answer"]) == ("How?", None)
    [pairing] = sam.records("pairing", pair)
    assert pairing["data"]["members"][member] == {"role": "peer", "words": "erased"}
    assert "CANARY" not in repr(decoded(world.mongo, world.mongo.records.find({})))


def test_what_was_said_can_stay_without_a_name(world, sam, ann, pair):
    live_together(world, sam, ann, pair)
    member = ann.spaces()[pair]
    remove(world, ann, "unnamed")
    sam.pull()
    assert sam.texts(pair) == ["CANARY I was afraid", "I am here"]
    [pairing] = sam.records("pairing", pair)
    assert pairing["data"]["members"][member] == {"role": "peer", "words": "unnamed"}
    left = repr(stored(world))
    assert "CANARY I am afraid" not in left, "what was edited away goes in any case"
    assert "CANARY mine alone" not in left


@pytest.mark.parametrize("said", ["erased", "unnamed"])
def test_what_was_told_of_oneself_goes_in_any_case(world, sam, ann, pair, said):
    ann.do("fact.put", id="f1", topic="grief_loss", kind="lived", depth=3, tier="paired")
    ann.do("story.edit", text="CANARY my story")
    ann.do("story.share", space=pair)
    sam.pull()
    assert sam.records("introduction", pair)
    assert sam.records("story_card", pair)
    remove(world, ann, said)
    sam.pull()
    member = sam.spaces()[pair]
    assert all(one["author"] == member for one in sam.records("introduction", pair))
    assert sam.records("story_card", pair) == []


def test_a_key_is_destroyed_before_the_answer_and_the_records_follow(world, sam, ann, pair):
    """Nobody can read it when the receipt is given, on whichever phone is signed in next."""
    say(ann, pair, "m1", "CANARY")
    world.parts.accounts.remove_confirmed(ann.transport.caller)
    new = world.phone(sam.transport.caller, "sams-new-phone")
    new.sync()
    assert "CANARY" not in str(new.replica)
    assert world.mongo.records.count_documents({"id": "m1", "deleted": True}) == 0, "not yet worked through"
    settle(world)
    assert world.mongo.records.count_documents({"id": "m1", "deleted": True}) == 1


def test_a_phone_that_shows_the_space_is_told_live(world, sam, ann, pair):
    air = Air(world, [sam])
    say(ann, pair, "m1", "hello")
    remove(world, ann)
    gone = [frame["change"] for _, frame in air.frames if frame["change"]["id"] == "m1"]
    assert gone[-1]["deleted"]


def test_a_space_that_both_have_left_goes_whole(world, sam, ann, pair):
    live_together(world, sam, ann, pair)
    remove(world, ann, "unnamed")
    assert stored(world, space=pair)
    remove(world, sam, "unnamed")
    assert list(world.mongo.records.find({"space": {"$in": [pair, erasing_space(pair)]}})) == []
    assert world.mongo.spaces.find_one({"_id": pair}) is None


def test_nobody_who_left_a_space_before_is_forgotten(world, sam, ann, pair):
    """She has blocked him, so the space is not on her phone any more."""
    say(ann, pair, "m1", "CANARY")
    ann.do("block.set", space=pair)
    remove(world, ann)
    sam.pull()
    assert sam.texts(pair) == []
    assert "CANARY" not in repr(stored(world))


def test_a_report_keeps_its_copy(world, sam, ann, pair):
    say(ann, pair, "m1", "CANARY a threat")
    filed = sam.do("report.file", space=pair, id="r1", ground="pressure", words="See.", messages=["m1"], consent=True)
    assert filed["ok"], filed
    remove(world, ann)
    assert [one.data["messages"][0]["text"] for one in stored(world, kind="case")] == ["CANARY a threat"]
    assert "CANARY" not in repr([one for one in stored(world) if one.kind != "case"])


def test_a_long_conversation_is_erased_in_portions_that_others_can_write_between(world, sam, ann, pair, monkeypatch):
    monkeypatch.setattr(erasures, "PORTION", 3)
    for number in range(10):
        say(ann, pair, f"m{number}", f"CANARY {number}")
    remove(world, ann)
    sam.pull()
    assert sam.texts(pair) == []
    assert "CANARY" not in repr(stored(world))


def test_an_erasure_that_was_cut_off_goes_on_and_gives_the_same_receipt(world, sam, ann, pair, monkeypatch):
    say(ann, pair, "m1", "CANARY")
    with monkeypatch.context() as patch:
        patch.setattr(ErasureStore, "destroy", lambda *_: (_ for _ in ()).throw(RuntimeError("the power is cut")))
        with pytest.raises(RuntimeError):
            world.parts.accounts.remove_confirmed(ann.transport.caller)
    planned = list(world.mongo.erasures.find({}))
    receipt = orjson.loads(remove(world, ann)["receipt"])
    assert (receipt["id"], receipt["counts"]) == (planned[0]["id"], planned[0]["counts"])
    sam.pull()
    assert sam.texts(pair) == []


def test_the_receipt_says_what_went_and_names_nobody(world, sam, ann, pair):
    live_together(world, sam, ann, pair)
    signed = world.parts.accounts.remove_confirmed(ann.transport.caller)
    key = Ed25519PublicKey.from_public_bytes(b64decode(signed["public_key"]))
    key.verify(b64decode(signed["signature"]), signed["receipt"].encode())
    told = orjson.loads(signed["receipt"])
    assert told["at"] == world.time
    assert told["backups_gone_by"] == world.time + CONFIG.backups_kept_days * DAY
    assert told["said"] == "erased"
    assert {kind: told["counts"][kind] for kind in ("message", "question", "note")} == {
        "message": 1,
        "question": 1,
        "note": 1,
    }
    for secret in ("ann", "id-ann", pair, "CANARY", ann.spaces()[pair]):
        assert secret not in signed["receipt"].replace("unnamed", "")


def test_the_keys_that_a_receipt_names_are_destroyed(world, sam, ann, pair):
    live_together(world, sam, ann, pair)
    keys = records_of(world.mongo).keys
    before = {digest(name) for name in keys.live()}
    told = orjson.loads(remove(world, ann)["receipt"])
    assert set(told["keys"]) <= before
    assert len(told["keys"]) >= 2
    assert not set(told["keys"]) & {digest(name) for name in keys.live()}


def test_a_receipt_that_was_changed_is_none():
    receipts = Receipts(CONFIG.secret_keys[-1], 30)
    signed = receipts.signed({"id": "1", "at": 5, "said": "erased", "counts": {}, "keys": []})
    assert receipts.opened(signed)["at"] == 5
    for forged in ({**signed, "receipt": signed["receipt"].replace("5", "6")}, {**signed, "signature": "AAAA"}, {}):
        with pytest.raises(ValueError, match="not signed"):
            receipts.opened(forged)


def test_the_rows_of_the_ledger_go_too(world, ann):
    ann.do("note.put", id="n1", body="x")
    assert world.mongo.ledger.count_documents({"_id": {"$regex": "^id-ann"}}) > 0
    remove(world, ann)
    assert world.mongo.ledger.count_documents({"_id": {"$regex": "^id-ann"}}) == 0


def test_an_erasure_asked_for_twice_is_one(world, sam, ann, pair):
    say(ann, pair, "m1", "hello")
    order = {"space": pair, "user": ann.user, "words": "erased"}
    for _ in range(2):
        world.parts.backend.order("erasure.begin", order, new_id(world.time))
    assert world.mongo.records.count_documents({"kind": "erasure"}) == 1
    settle(world)
    assert sam.do("message.send", space=pair, id="s1", text="hello?", origin="person")["ok"]


def test_the_demo_of_everything_leaves_nothing_of_who_is_erased(world, sam, ann, pair):
    """After a life with all there is, no text that she wrote can be opened any more."""
    ready = Ready(world, ann, sam, pair)
    ready.live()
    keys = records_of(world.mongo)
    own = {
        one.key
        for one in decoded(world.mongo, world.mongo.records.find({}))
        if one.author in {ann.user, ann.spaces()[pair]}
    }
    assert len(own) > 10
    remove(world, ann)
    left = {one.key for one in keys.decode(world.mongo.records.find({})) if not one.deleted}
    kept = {key.kind for key in own & left}
    assert kept <= {"session", "disclosure", "question", "escalation", "receipt", "figures"}, kept
    assert not [key for key in left if key.space == private(ann.user)]
