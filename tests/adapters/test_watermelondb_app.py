"""Apps with the real WatermelonDB and the code of docs/watermelondb.md."""

import time

import pytest

from server.accounts.tokens import Tokens
from server.commands.context import Caller
from tests.adapters.program import Failure
from tests.adapters.watermelondb import consistent, me
from tests.conftest import CONFIG
from tests.waiting import until

BRIEF = 1_000  # ms until a token expires


def test_a_first_sync_brings_everything_and_the_next_what_is_new(app, ann, sam, space):
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    ann.do("note.put", id="n1", title="a note", mood=3)
    anns = app(ann)
    anns.sync()
    assert anns.texts(space) == ["hello"]
    assert anns.rows("note")["n1"]["mood"] == 3
    [pairing] = anns.rows("pairing").values()
    assert (pairing["space"], pairing["state"]) == (space, "active")
    sam.do("message.send", space=space, id="m2", text="more", origin="person")
    anns.sync()
    assert anns.texts(space) == ["hello", "more"]
    assert consistent(anns)


def test_a_first_sync_by_turbo_is_the_same(app, ann, anns, sam, space, tables):
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    sam.do("message.send", space=space, id="m2", text="regretted", origin="person")
    sam.do("message.delete", space=space, id="m2")
    fast = app(ann, options={"turbo": True})
    fast.sync()
    anns.sync()
    assert fast.everything(tables) == anns.everything(tables)
    fast.send(space, "and back")
    fast.sync(2)
    assert fast.texts(space) == ["hello", "and back"]


def test_a_message_is_shown_at_once_and_completed_by_the_sync_after_its_push(anns, sam, space):
    row = anns.send(space, "hello")
    assert anns.texts(space) == ["hello"]
    assert anns.rows("message")[row]["author"] == ""
    anns.sync(2)
    sent = anns.rows("message")[row]
    assert (sent["author"], sent["origin"]) == (me(anns, space), "person")
    assert sent["first_seq"] > 0
    assert not anns.do("dirty")
    sam.sync()
    assert sam.texts(space) == ["hello"]


def test_what_native_phones_and_apps_write_is_the_same_to_both(anns, sams, sam, space):
    anns.send(space, "from an app")
    anns.sync()
    sam.do("message.send", space=space, id="m1", text="from a phone", origin="person")
    sams.send(space, "from another app")
    for app in (sams, anns, sams):
        app.sync()
    sam.sync()
    native = [(record["first_seq"], record["author"], record["data"]["text"]) for record in sam.records("message")]
    for app in (anns, sams):
        rows = app.rows("message").values()
        assert sorted((row["first_seq"], row["author"], row["text"]) for row in rows) == native


def test_an_answer_points_at_the_same_message_everywhere(anns, sams, sam, space):
    question = sams.send(space, "a question")
    sams.sync()
    anns.sync()
    [seen] = anns.rows("message")
    answer = anns.create("message", space=space, text="an answer", reply_to=seen, sent_at=1)
    anns.sync(2)
    sams.sync()
    sam.sync()
    assert anns.rows("message")[answer]["reply_to"] == seen
    assert {row["reply_to"] for row in sams.rows("message").values()} == {None, question}
    first, second = sam.records("message")
    assert second["data"]["reply_to"] == first["id"]


def test_one_persons_apps_know_a_message_by_the_same_id(app, ann, anns, space):
    row = anns.send(space, "hello")
    anns.sync()
    other = app(ann)
    other.sync()
    other.do("edit", row=row, text="hello again")
    other.sync()
    anns.sync()
    assert anns.texts(space) == ["hello again"]
    assert anns.rows("message")[row]["edited"]


def test_edits_and_deletions_reach_the_others(anns, sams, space):
    kept, gone = anns.send(space, "kept"), anns.send(space, "gone")
    anns.sync(2)
    sams.sync()
    assert sorted(sams.texts(space)) == ["gone", "kept"]
    anns.do("edit", row=kept, text="edited")
    anns.do("remove", row=gone)
    anns.sync()
    sams.sync()
    assert sams.texts(space) == anns.texts(space) == ["edited"]
    assert consistent(sams)


def test_a_message_of_mine_from_a_native_phone_is_mine_to_change_in_the_app(anns, ann, sam, space):
    ann.do("message.send", space=space, id="m.1", text="from my phone", origin="person")
    ann.do("message.send", space=space, id="x" * 64, text="also", origin="person")
    anns.sync()
    first, second = sorted(anns.rows("message").values(), key=lambda row: row["first_seq"])
    anns.do("edit", row=first["id"], text="edited in the app")
    anns.do("remove", row=second["id"])
    anns.sync(2)
    sam.sync()
    assert sam.texts(space) == anns.texts(space) == ["edited in the app"]


def test_messages_written_offline_arrive_in_the_order_they_were_written(anns, sams, sam, space):
    said = [f"hello {number}" for number in range(7)]
    for text in said:
        anns.send(space, text)
    assert anns.texts(space) == said
    anns.sync(2)
    sams.sync()
    sam.sync()
    assert anns.texts(space) == sams.texts(space) == sam.texts(space) == said


def test_an_empty_note_is_a_note(app, ann, anns):
    note = anns.create("note")
    anns.sync(2)
    assert anns.rows("note").keys() == {note}
    anns.update("note", note, body="written later")
    anns.sync()
    ann.sync()
    assert [record["data"]["body"] for record in ann.records("note")] == ["written later"]


def test_notes_and_the_profile_are_ones_own(app, ann, anns, sams):
    note = anns.create("note", title="t", body="b", mood=7)
    anns.create("profile", id="me", name="Ann", about="x")
    anns.sync(2)
    anns.update("note", note, mood=None)
    anns.update("profile", "me", pronouns="she")
    anns.sync()
    other = app(ann)
    other.sync()
    assert other.rows("note")[note]["mood"] is None
    assert other.rows("profile")["me"]["pronouns"] == "she"
    sams.sync()
    assert (sams.rows("note"), sams.rows("profile")) == ({}, {})
    anns.delete("note", note)
    anns.sync()
    other.sync()
    assert other.rows("note") == {}


def test_reading_is_told_to_ones_other_phones_alone(app, ann, anns, sams, space):
    sams.send(space, "hello")
    sams.sync(2)
    anns.sync()
    [hello] = anns.rows("message").values()
    anns.do("read", space=space, upTo=hello["first_seq"])
    anns.sync(2)
    sams.sync()
    tablet = app(ann)
    tablet.sync()
    [position] = tablet.rows("position").values()
    assert (position["read"], position["delivered"]) == (hello["first_seq"], hello["first_seq"])
    assert (position["id"], position["where"]) == (space.replace(":", "."), space)
    assert list(anns.rows("position").values()) == [position]
    assert sams.rows("position") == {}


def test_ending_a_pairing_is_writing_its_state(anns, sams, space):
    sams.send(space, "hello")
    sams.sync()
    [pairing] = anns.rows("pairing")
    anns.update("pairing", pairing, state="ended")
    anns.sync(2)
    sams.sync()
    assert sams.rows("pairing")[pairing]["state"] == anns.rows("pairing")[pairing]["state"] == "ended"
    assert anns.texts(space) == ["hello"]


def test_a_new_table_and_a_new_column_are_filled_by_the_sync_after_the_migration(app, ann, sam, space, tables):
    sam.do("message.send", space=space, id="m1", text="a question", origin="person")
    sam.do("message.send", space=space, id="m2", text="an answer", origin="person", reply_to="m1")
    ann.do("note.put", id="n1", body="x")
    old = {
        "version": 1,
        "tables": [without(table, "reply_to") for table in tables["tables"] if table["name"] != "note"],
    }
    anns = app(ann, schema=old)
    anns.sync()
    created = next(table for table in tables["tables"] if table["name"] == "note")
    added = next(column for column in column_list(tables, "message") if column["name"] == "reply_to")
    anns.do(
        "upgrade",
        schema={**tables, "version": 2},
        steps=[{"create": created}, {"table": "message", "columns": [added]}],
        options={"migrationsEnabledAtVersion": 1},
    )
    assert {row["reply_to"] for row in anns.rows("message").values()} == {None}
    anns.sync()
    first, second = sorted(anns.rows("message").values(), key=lambda row: row["first_seq"])
    assert second["reply_to"] == first["id"]
    assert anns.rows("note")["n1"]["body"] == "x"
    assert consistent(anns)


def test_tables_and_columns_of_the_apps_own_stay_on_the_phone(app, ann, sam, space, tables):
    text = {"name": "text", "type": "string"}
    pinned = {"name": "pinned", "type": "boolean"}
    ours = [{**table, "columns": [*table["columns"], pinned]} for table in tables["tables"]]
    schema = {"version": 1, "tables": [*ours, {"name": "draft", "columns": [text]}]}
    anns = app(ann, schema=schema, options={"local": ["draft"]})
    anns.sync()
    draft, row = anns.create("draft", text="not said yet"), anns.send(space, "hello")
    anns.update("message", row, pinned=True)
    anns.sync(2)
    sam.sync()
    assert sam.texts(space) == anns.texts(space) == ["hello"]
    assert anns.rows("message")[row]["pinned"]
    assert anns.rows("message")[row]["first_seq"]
    assert anns.rows("draft")[draft]["text"] == "not said yet"


def test_rows_that_beside_has_no_table_for_are_not_taken_for_synced(app, ann, space, tables):
    """An app that misspells a table, or does not declare one of its own, gets an error, and keeps its rows."""
    notes = {"name": "notes", "columns": [{"name": "body", "type": "string"}]}
    anns = app(ann, schema={"version": 1, "tables": [*tables["tables"], notes]})
    note, row = anns.create("notes", body="written offline"), anns.send(space, "hello")
    with pytest.raises(Failure, match=r"400 .*tables: .*'notes'.*'note'.*local"):
        anns.sync()
    unsynced = [row for table in ("notes", "message") for row in anns.do("rows", table=table)]
    assert [(one["id"], one["_status"]) for one in unsynced] == [(note, "created"), (row, "created")]


def without(table, name):
    return {**table, "columns": [column for column in table["columns"] if column["name"] != name]}


def column_list(tables, name):
    return next(table["columns"] for table in tables["tables"] if table["name"] == name)


def test_an_app_that_is_open_shows_what_happens_and_tells_what_it_does(anns, sams, sam, space):
    anns.do("live")
    sams.do("live")
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    until(lambda: anns.texts(space) == ["hello"])
    anns.send(space, "and back")
    until(lambda: sams.texts(space) == ["hello", "and back"] and not anns.do("dirty"))
    until(lambda: all(row["first_seq"] for row in anns.rows("message").values()))
    for app in (anns, sams):
        app.do("end")


def test_an_app_whose_token_has_expired_connects_again_with_a_new_one(app, ann, sam, space):
    anns = app(ann)
    anns.do("setTokens", tokens={**ann.tokens, "access_token": "expired"})
    anns.do("live")
    anns.sync()
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    until(lambda: anns.texts(space) == ["hello"])
    anns.do("end")


def test_an_app_that_the_server_hung_up_on_connects_again_with_a_new_token(app, ann, sam, space):
    caller = Caller(ann.user, ann.tokens["device"], "peer")
    now = time.time_ns() // 1_000_000
    token, expires = Tokens(CONFIG.secret_keys).access(caller, now)
    token, _ = Tokens(CONFIG.secret_keys).access(caller, 2 * now + BRIEF - expires)
    anns = app(ann)
    anns.do("setTokens", tokens={**ann.tokens, "access_token": token})
    anns.do("live")
    until(lambda: anns.do("token") != token)
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    until(lambda: anns.texts(space) == ["hello"])
    anns.do("end")


def test_an_app_that_is_refused_while_it_cannot_sync_either_connects_again(app, ann, sam, space):
    anns = app(ann)
    anns.sync()
    anns.do("setTokens", tokens={**ann.tokens, "access_token": "expired", "refresh_token": "not yet"})
    anns.do("live")
    anns.send(space, "hello")
    anns.do("setTokens", tokens={**ann.tokens, "access_token": "expired"})
    until(lambda: not anns.do("dirty"))
    sam.do("message.send", space=space, id="m1", text="and back", origin="person")
    until(lambda: anns.texts(space) == ["hello", "and back"])
    anns.do("end")


def test_an_app_that_could_not_reach_the_server_tries_again_by_itself(anns, sam, space):
    for _ in range(3):
        anns.do("fault", name="refuse", on="pull")
    anns.do("live")
    anns.send(space, "hello")
    until(lambda: not anns.do("dirty"))
    sam.sync()
    assert sam.texts(space) == ["hello"]
    anns.do("end")
