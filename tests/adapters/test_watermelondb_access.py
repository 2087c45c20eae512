"""Apps with WatermelonDB whose user loses and regains a space, or whose cursor is lost."""

import json
from dataclasses import replace

from schemas.agreement import AGREED
from server.store.pending import PendingMutation
from server.store.tombstones import expire_tombstones
from sync.record import Key, private
from tests.adapters.watermelondb import consistent, me


def test_a_pairing_made_meanwhile_comes_with_all_that_is_in_it(app, online, sam):
    bob = online()
    bobs = app(bob)
    bobs.sync()
    invited = sam.do("pairing.invite")["changes"][0]
    space = bob.do("pairing.join", agreement=AGREED, code=invited["data"]["code"])["changes"][0]["space"]
    sam.do("message.send", space=space, id="m1", text="welcome", origin="person")
    bobs.sync()
    assert bobs.texts(space) == ["welcome"]
    assert me(bobs, space)
    assert consistent(bobs)


def test_a_space_taken_away_goes_with_all_that_was_in_it_and_comes_back_with_it(anns, ann, sam, space, parts, revoke):
    sam.do("message.send", space=space, id="m1", text="secret", origin="person")
    sam.do("position.read", space=space, seq=1)
    anns.create("note", body="kept")
    anns.sync()
    dirty = anns.send(space, "never arrives")
    revoke(ann, space)
    sam.do("message.send", space=space, id="m2", text="not for ann", origin="person")
    anns.sync(3)
    assert {table: anns.rows(table) for table in ("message", "pairing", "membership", "receipt")} == {
        "message": {}, "pairing": {}, "membership": {}, "receipt": {},
    }  # fmt: skip
    assert len(anns.rows("note")) == 1
    assert consistent(anns)
    sam.sync()
    assert "never arrives" not in sam.texts(space)
    assert dirty not in anns.do("deleted", table="message")
    readmit(parts, ann, sam, space)
    anns.sync()
    assert anns.texts(space) == ["secret", "not for ann"]
    assert consistent(anns)


def readmit(parts, phone, other, space):
    """Restore the deleted membership of a user."""
    members = next(record["data"]["members"] for record in other.records("pairing") if record["space"] == space)
    member = next(member for member, who in members.items() if who["role"] == "peer")
    key = Key(private(phone.user), "membership", space.replace(":", "."))
    data = {"space": space, "member": member, "role": "peer"}

    def back(draft):
        return [replace(draft.get(key), deleted=False, data=data, author=phone.user)]

    parts.group_commit.run([PendingMutation(f"{phone.user}|back", "", "test", back)])


def test_a_lost_cursor_replaces_what_is_here_and_unsynced_work_survives(anns, ann, sam, space):
    kept, doomed = anns.create("note", title="t", body="b"), anns.create("note", body="gone")
    deleted = anns.create("note", body="deleted offline")
    anns.sync(2)
    made = anns.send(space, "made offline")
    anns.update("note", kept, title="edited offline")
    anns.delete("note", deleted)
    ann.do("note.put", id=kept, body="edited there")
    ann.do("note.delete", id=doomed)
    anns.do("setCursor", cursor=9_999_999_999)
    anns.do("exchanges")
    with_complaint_about_the_cursor(anns)
    row = anns.rows("note")
    assert row.keys() == {kept}
    assert (row[kept]["title"], row[kept]["body"]) == ("edited offline", "edited there")
    anns.sync()
    sam.sync()
    ann.sync()
    assert [record["id"] for record in ann.records("note")] == [kept]
    assert sam.texts(space) == anns.texts(space) == ["made offline"]
    assert made in anns.rows("message")
    assert consistent(anns)


def with_complaint_about_the_cursor(app):
    """Sync with a cursor that goes back. WatermelonDB complains about that rightly: the test had moved it forward."""
    app.sync()
    complaints = app.do("complaints")
    assert all("previous pulled-at time was greater" in complaint for complaint in complaints), complaints


def test_a_deletion_that_expired_before_it_was_seen_is_seen_nevertheless(server, anns, sam, space):
    for name in ("m1", "m2"):
        sam.do("message.send", space=space, id=name, text=name, origin="person")
    anns.sync()
    gone = sam.do("message.delete", space=space, id="m1")["changes"][0]["seq"]
    sam.do("message.send", space=space, id="m3", text="m3", origin="person")
    assert expire_tombstones(server.mongo, space, gone) == 1
    anns.send(space, "mine")
    anns.sync(2)
    assert anns.texts(space) == ["m2", "m3", "mine"]
    assert consistent(anns)


def test_who_signs_in_again_is_sent_everything_again_and_unsynced_work_survives(server, anns, ann, sam, space, tables):
    """The server knows a cursor only for the device to which it gave it, and a sign-in makes a new device."""
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    note = anns.create("note", body="synced")
    anns.sync(2)
    before = anns.everything(tables)
    anns.do("setTokens", tokens=server.device(ann.tokens))
    anns.do("exchanges")
    anns.sync()
    [pull] = [json.loads(exchange["received"]) for exchange in anns.do("exchanges")]
    assert pull["experimentalStrategy"] == "replacement"
    assert [row["id"] for row in pull["changes"]["note"]["updated"]] == [note]
    assert anns.everything(tables) == before
    anns.do("setTokens", tokens=server.device(ann.tokens))
    anns.update("note", note, title="edited meanwhile")
    anns.send(space, "written meanwhile")
    anns.sync(2)
    assert anns.texts(space) == ["hello", "written meanwhile"]
    assert (anns.rows("note")[note]["title"], anns.rows("note")[note]["body"]) == ("edited meanwhile", "synced")
    assert consistent(anns)
