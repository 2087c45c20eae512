"""What a phone is given, page by page: everything that is new, nothing twice, nothing that is not its own."""

import pytest

from schemas.agreement import AGREED
from server.accounts.tokens import Tokens
from server.store.accounts import AccountStore
from server.store.reader import FIRST_SYNC
from server.store.tombstones import expire_tombstones
from tests.conftest import CONFIG
from tests.phone import Phone
from tests.sync.removed import remove_membership
from tests.transports import Failed


def fill(phone, space, count, prefix="m"):
    for number in range(count):
        phone.does("message.send", space=space, id=f"{prefix}{number}", text=f"{prefix} {number}", origin="person")
    assert all(outcome["ok"] for outcome in phone.push())


def whole(phone):
    """Fetch everything, history included."""
    phone.pull()
    for space in list(phone.older):
        while phone.scroll(space):
            pass
    return phone


def test_a_pull_brings_what_is_new_and_the_next_one_nothing(sam, ann, pair):
    fill(ann, pair, 3)
    sam.pull()
    answer = sam.transport.call("pull", {"cursor": sam.cursor})
    assert answer["changes"] == []
    assert answer["cursor"] == sam.cursor
    assert not answer["more"]


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_pages_of_any_size_add_up_to_everything(sam, ann, pair, limit):
    fill(ann, pair, 20)
    sam.pull(limit)
    assert sam.texts(pair) == [f"m {number}" for number in range(20)]


def test_a_page_is_not_only_short_in_number_but_in_length(sam, ann, pair):
    for number in range(250):
        ann.does("message.send", space=pair, id=f"m{number}", text="x" * 9_000, origin="person")
    while ann.outbox:
        ann.push()
    page = sam.transport.call("pull", {"cursor": sam.cursor, "limit": 1000})
    assert page["more"]
    assert 100 < len(page["changes"]) < 130
    sam.pull(limit=1000)
    assert len(sam.texts(pair)) == 250


def test_a_first_sync_is_usable_after_one_page_and_whole_after_the_history(world, sam, ann, pair):
    fill(ann, pair, FIRST_SYNC + 30)
    ann.do("message.edit", space=pair, id="m0", text="the first, edited")
    tablet = world.phone(sam.transport.caller, "tablet")
    tablet.pull()
    assert tablet.texts(pair) == [f"m {number}" for number in range(30, FIRST_SYNC + 30)]
    assert tablet.records("pairing")
    assert tablet.spaces() == sam.spaces()
    whole(tablet)
    assert tablet.texts(pair) == ["the first, edited", *(f"m {number}" for number in range(1, FIRST_SYNC + 30))]


def test_what_changes_during_a_first_sync_is_not_missed(world, sam, ann, pair):
    fill(ann, pair, FIRST_SYNC + 10)
    tablet = world.phone(sam.transport.caller, "tablet")
    tablet.pull()
    ann.do("message.edit", space=pair, id="m1", text="changed meanwhile")  # still in the history
    ann.do("message.delete", space=pair, id="m2")
    whole(tablet)
    assert tablet.texts(pair)[:2] == ["m 0", "changed meanwhile"]
    assert "m 2" not in tablet.texts(pair)


def test_a_fresh_phone_and_an_old_one_end_with_the_same_records(world, sam, ann, pair):
    fill(ann, pair, 5)
    ann.do("message.delete", space=pair, id="m3")
    sam.pull()
    ann.do("message.edit", space=pair, id="m1", text="edited")
    sam.pull()
    assert whole(world.phone(sam.transport.caller, "fresh")).replica == whole(sam).replica


def test_only_the_spaces_asked_for_are_pulled_and_the_others_are_not_forgotten(world, sam, ann, bob, pair):
    other = world.paired(sam, bob)
    fill(ann, pair, 2)
    fill(bob, other, 2)
    answer = sam.transport.call("pull", {"cursor": sam.cursor, "spaces": [pair, "pair:elsewhere"]})
    assert {change["space"] for change in answer["changes"]} == {pair}
    assert answer["gone"] == []
    sam.turn(answer, sam.cursor)
    sam.pull()
    assert len(sam.texts(other)) == 2


def test_what_was_seen_live_is_not_sent_again(sam, ann, pair):
    outcome = ann.do("message.send", space=pair, id="m1", text="hello", origin="person")
    change = outcome["changes"][0]
    sam.hear({"space": pair, "seq": change["seq"], "change": change})
    assert not sam.stale
    answer = sam.transport.call("pull", {"cursor": sam.cursor, "seen": sam.seen})
    assert answer["changes"] == []


def test_a_missed_frame_is_noticed_and_made_up_for(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="missed", origin="person")
    change = ann.do("message.send", space=pair, id="m2", text="heard", origin="person")["changes"][0]
    sam.hear({"space": pair, "seq": change["seq"], "change": change})
    assert sam.stale
    sam.pull()
    assert sam.texts(pair) == ["missed", "heard"]
    assert not sam.stale


def test_a_phone_that_lost_access_is_told_to_drop_the_space(world, sam, ann, pair):
    fill(sam, pair, 2)
    ann.pull()
    assert ann.texts(pair)
    remove_membership(world, ann, pair)
    fill(sam, pair, 1, "later")
    ann.pull()
    assert pair not in {space for space, _, _ in ann.replica}
    assert ann.spaces() == {}
    assert "later" not in str(ann.replica)


def test_gone_is_said_again_if_the_answer_was_lost(world, ann, pair):
    ann.pull()
    remove_membership(world, ann, pair)
    for _ in range(2):
        assert ann.transport.call("pull", {"cursor": ann.cursor})["gone"] == [pair]
    ann.pull()
    assert ann.transport.call("pull", {"cursor": ann.cursor})["gone"] == []


def test_access_granted_brings_the_history(world, sam, bob):
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    bob.pull()
    bob.do("pairing.join", agreement=AGREED, code=code)
    bob.pull()
    assert [pairing["data"]["state"] for pairing in bob.records("pairing")] == ["active"]


def test_a_phone_that_missed_an_expired_tombstone_starts_the_space_over(world, sam, ann, pair):
    fill(ann, pair, 3)
    sam.pull()
    ann.do("message.delete", space=pair, id="m1")
    gone = ann.do("message.delete", space=pair, id="m2")["changes"][0]["seq"]
    fill(ann, pair, 1, "after")
    assert expire_tombstones(world.mongo, pair, gone) == 2
    answer = sam.transport.call("pull", {"cursor": sam.cursor})
    assert answer["reset"] == [pair]
    sam.pull()
    assert sam.texts(pair) == ["m 0", "after 0"]
    assert sam.transport.call("pull", {"cursor": sam.cursor})["reset"] == []
    assert whole(world.phone(sam.transport.caller, "fresh")).replica == whole(sam).replica


def test_a_reset_that_found_no_room_on_its_page_is_said_once_and_done_on_the_next(world, sam, ann, bob, pair):
    other = world.paired(sam, bob)
    fill(bob, other, 2)
    sam.pull()
    gone = bob.do("message.delete", space=other, id="m0")["changes"][0]["seq"]
    fill(bob, other, 1, "after")
    assert expire_tombstones(world.mongo, other, gone) == 1
    fill(ann, pair, 1)
    resets, more = [], True
    while more:
        page = sam.transport.call("pull", {"cursor": sam.cursor, "limit": 1})
        resets += page["reset"]
        more = sam._take(page, sam.cursor)
    assert resets == [other]
    assert (sam.texts(pair), sam.texts(other)) == (["m 0"], ["m 1", "after 0"])


def test_the_head_of_a_space_never_expires(world, ann, pair):
    fill(ann, pair, 1)
    last = ann.do("message.delete", space=pair, id="m0")["changes"][0]["seq"]
    assert expire_tombstones(world.mongo, pair, last + 100) == 0


def test_a_phone_ahead_of_a_restored_server_starts_over(world, sam, ann, pair):
    fill(ann, pair, 3)
    sam.pull()
    head = world.mongo.spaces.find_one({"_id": pair})["head"]
    world.mongo.records.delete_many({"space": pair, "seq": {"$gt": head - 2}})  # a backup is restored
    world.mongo.spaces.update_one({"_id": pair}, {"$set": {"head": head - 2}})
    world.restarted()
    late = Phone(world.phone(sam.transport.caller).transport)
    late.__dict__ |= {**sam.__dict__, "transport": late.transport}
    late.pull()
    assert late.texts(pair) == ["m 0"]


@pytest.mark.parametrize("cursor", ["", "x", "💥", "a.b", 7, {"$ne": 1}, ["x"]])
def test_a_cursor_that_is_not_ours_is_refused(ann, cursor):
    with pytest.raises(Failed) as refused:
        ann.transport.call("pull", {"cursor": cursor})
    assert refused.value.error["code"] == "bad_request"
    assert refused.value.error["details"]["field"] == "cursor"


def test_a_foreign_cursor_is_refused_before_anything_is_pushed(ann, eve, pair):
    ann.pull()
    eve.does("note.put", id="n1", body="x")
    with pytest.raises(Failed):
        eve.transport.call("sync", {"mutations": eve.outbox, "cursor": ann.cursor})
    eve.pull()
    assert eve.records("note") == []


def test_seen_opens_no_space_that_is_not_ones_own(ann, eve, pair):
    fill(ann, pair, 2)
    answer = eve.transport.call("pull", {"cursor": None, "seen": {pair: 1}})
    assert answer["changes"] == []
    assert pair not in answer["positions"]


PULLS = {
    "native": ("POST", "pull", {}),
    "RxDB": ("POST", "adapters/rxdb/message/pull", {}),
    "WatermelonDB": ("GET", "adapters/watermelondb/sync", None),
}


@pytest.mark.parametrize("way", PULLS)
def test_what_is_stored_after_access_was_lost_is_not_shown_even_while_it_is_being_pulled(
    world, sam, ann, pair, monkeypatch, way
):
    """The space is taken away, and written to, between the look at what may be read and the reading."""
    fill(sam, pair, 1, "before")
    reader, meanwhile = (
        world.parts.reader,
        [lambda: remove_membership(world, ann, pair), lambda: fill(sam, pair, 1, "later")],
    )
    extents = reader.extents

    def disturbed(spaces):
        while meanwhile:
            meanwhile.pop(0)()
        return extents(spaces)

    monkeypatch.setattr(reader, "extents", disturbed)
    caller = ann.transport.caller
    AccountStore(world.mongo).add_device(caller.device, ann.user, "phone", world.time)
    token, _ = Tokens(CONFIG.secret_keys).access(caller, world.time)
    method, path, body = PULLS[way]
    answer = world.parts.app.test_client().open(
        f"/api/v1/{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200
    assert meanwhile == []
    assert "later" not in answer.text
