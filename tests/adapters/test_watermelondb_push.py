"""The answers to WatermelonDB's `pushChanges`, row by row."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.adapters.watermelondb import PATH, message, only


def test_a_push_of_nothing_is_answered(bare_ann, last):
    assert bare_ann.push({}, last).status_code == 200


def test_what_was_pushed_is_there_and_its_row_is_completed_by_the_next_pull(bare_ann, sam, space, last):
    bare_ann.pushed("message", last, created=[message(space, "m1", "hello", sent_at=last)])
    row = bare_ann.rows("message", last)["m1"]
    assert (row["text"], row["sent_at"], row["edited"], row["origin"]) == ("hello", last, False, "person")
    assert row["first_seq"] > 0
    assert row["author"] == next(iter(bare_ann.rows("membership").values()))["member"]
    sam.sync()
    assert sam.texts(space) == ["hello"]


def test_a_created_row_that_is_there_is_updated(bare_ann, sam, space, last):
    bare_ann.pushed("message", last, created=[message(space, "m1", "hello")])
    before = bare_ann.rows("message")["m1"]
    bare_ann.pushed("message", created=[message(space, "m1", "hello")])
    assert bare_ann.rows("message")["m1"] == before
    bare_ann.pushed("message", created=[message(space, "m1", "hello again", _changed="text")])
    sam.sync()
    assert sam.texts(space) == ["hello again"]


def test_an_updated_row_that_never_was_is_created(bare_ann, sam, space, last):
    row = message(space, "m1", "hello", _status="updated", _changed="text")
    bare_ann.pushed("message", last, updated=[row])
    bare_ann.pushed("note", updated=[{"id": "n1", "title": "t", "_status": "updated", "_changed": "title"}])
    sam.sync()
    assert sam.texts(space) == ["hello"]
    assert bare_ann.rows("note")["n1"]["title"] == "t"


def test_a_call_for_help_is_stored_although_another_row_is_refused(bare_ann, ann, last):
    ann.do("note.put", id="n1", body="x")
    last = bare_ann.pull(last)["timestamp"]
    ann.do("note.delete", id="n1")
    note = {"id": "n1", "body": "y", "_status": "updated", "_changed": "body"}
    calls = only("sos", created=[{"id": "s1", "words": "Please."}])
    answer = bare_ann.push({**only("note", updated=[note]), **calls}, last)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert bare_ann.rows("sos")["s1"]["state"] == "raised"
    last = bare_ann.pull()["timestamp"]
    assert bare_ann.push(calls, last).status_code == 200, "the app sends it again, as it knows of no success"
    assert list(bare_ann.rows("sos")) == ["s1"]


def test_a_call_for_help_is_stored_although_another_row_cannot_be_read(bare_ann, last):
    calls = only("sos", created=[{"id": "s1", "words": "Please."}])
    answer = bare_ann.push({**only("note", created=[{"title": "without an id"}]), **calls}, last)
    assert answer.status_code == 400
    assert bare_ann.rows("sos")["s1"]["state"] == "raised"
    bare_ann.pushed("sos", updated=[{"id": "s1", "state": "closed", "_status": "updated", "_changed": "state"}])
    calls = only("sos", created=[{"words": "without an id"}, {"id": "s2", "words": "Please."}])
    assert bare_ann.push(calls, bare_ann.pull()["timestamp"]).status_code == 400
    assert bare_ann.rows("sos")["s2"]["state"] == "raised", "also beside a call that cannot be read"


def test_an_old_call_for_help_does_not_hold_up_a_new_one(bare_ann, ann, last):
    ann.do("sos.raise", id="s1", words="First.")
    old = {"id": "s1", "words": "First.", "state": "closed", "_status": "updated"}
    answer = bare_ann.push(only("sos", created=[{"id": "s2", "words": "Again."}], updated=[old]), last)
    assert answer.status_code == 200
    assert {row: cells["state"] for row, cells in bare_ann.rows("sos").items()} == {"s1": "closed", "s2": "raised"}


def test_an_updated_row_that_was_deleted_meanwhile_is_refused_so_that_the_deletion_is_pulled(bare_ann, ann, last):
    ann.do("note.put", id="n1", body="x")
    last = bare_ann.pull(last)["timestamp"]
    ann.do("note.delete", id="n1")
    answer = bare_ann.push(
        only("note", updated=[{"id": "n1", "body": "y", "_status": "updated", "_changed": "body"}]), last
    )
    assert answer.status_code == 409
    assert bare_ann.pull(last)["changes"]["note"]["deleted"] == ["n1"]


def test_deleting_what_is_not_there_or_no_longer_there_is_no_error(bare_ann, ann, space, last):
    ann.do("note.put", id="n1", body="x")
    for _ in range(2):
        bare_ann.pushed("note", deleted=["n1", "never-was"])
        bare_ann.pushed("message", deleted=["never-was"])
    assert bare_ann.rows("note") == {}


def test_a_row_without_its_changed_columns_is_refused_if_it_changed_here(bare_ann, ann, last):
    ann.do("note.put", id="n1", title="old", body="old")
    old = bare_ann.rows("note")["n1"]
    last = bare_ann.pull(last)["timestamp"]
    ann.do("note.put", id="n1", title="new")
    assert bare_ann.push(only("note", updated=[{**old, "body": "mine"}]), last).status_code == 409
    assert bare_ann.push(only("note", updated=[bare_ann.rows("note")["n1"]]), last).status_code == 200, (
        "nothing to change"
    )
    answer = bare_ann.push(
        only("note", updated=[{**old, "body": "mine", "_status": "updated", "_changed": "body"}]), last
    )
    assert answer.status_code == 200
    row = bare_ann.rows("note")["n1"]
    assert (row["title"], row["body"]) == ("new", "mine")


def test_a_row_without_its_changed_columns_is_taken_whole_if_nothing_changed_here(bare_ann, ann, last):
    ann.do("note.put", id="n1", title="old", body="old")
    old = bare_ann.rows("note")["n1"]
    bare_ann.pushed("note", updated=[{**old, "body": "mine", "mood": 3}])
    row = bare_ann.rows("note")["n1"]
    assert (row["title"], row["body"], row["mood"]) == ("old", "mine", 3)


def test_a_refused_push_stores_nothing_at_all(bare_ann, ann, sam, space, last):
    ann.do("note.put", id="n1", title="old")
    old = bare_ann.rows("note")["n1"]
    ann.do("note.put", id="n1", title="new")
    changes = only("message", created=[message(space, "m1", "hello")])
    changes |= only("note", created=[{"id": "n2", "body": "x"}], updated=[{**old, "title": "mine"}])
    assert bare_ann.push(changes, last).status_code == 409
    sam.sync()
    assert sam.texts(space) == []
    assert bare_ann.rows("note").keys() == {"n1"}


def test_a_refused_push_of_many_rows_stores_nothing_at_all_either(bare_ann, ann, sam, space, last):
    ann.do("note.put", id="n1", title="old")
    changes = only("message", created=[message(space, f"m{number}", "hello") for number in range(1_200)])
    assert bare_ann.push({**changes, **only("note", updated=[{"id": "n1", "title": "mine"}])}, last).status_code == 409
    sam.sync()
    assert sam.texts(space) == []


def test_pushes_that_arrive_together_are_all_merged(raw, ann, bare_ann, last):
    ann.do("note.put", id="n1", title="old", body="old", mood=1)
    last, ways = bare_ann.pull(last)["timestamp"], [raw(ann) for _ in range(6)]
    cells = {"title": "new", "body": "new", "mood": 9}
    rows = [
        {"id": "n1", "title": "old", "body": "old", "mood": 1, name: cells[name], "_changed": name} for name in cells
    ]
    with ThreadPoolExecutor(len(ways)) as pool:
        answers = list(pool.map(lambda way, row: way.push(only("note", updated=[row]), last), ways, rows * 2))
    assert {answer.status_code for answer in answers} <= {200, 503}
    note = bare_ann.rows("note")["n1"]
    assert {name: note[name] for name in cells} == cells


def test_one_id_in_all_three_arrays_ends_as_deleted(bare_ann, space, last):
    row = message(space, "m1", "hello")
    bare_ann.pushed(
        "message", last, created=[row], updated=[{**row, "text": "again", "_changed": "text"}], deleted=["m1"]
    )
    assert bare_ann.rows("message") == {}


def test_a_message_that_was_edited_too_often_keeps_its_text(bare_ann, space, last):
    bare_ann.pushed("message", last, created=[message(space, "m1", "hello 0")])
    edits = [message(space, "m1", f"hello {number}", _changed="text") for number in range(1, 105)]
    bare_ann.pushed("message", updated=edits)
    [row] = bare_ann.rows("message", last).values()
    assert row["text"] in {"hello 99", "hello 100"}


def test_a_stranger_can_neither_change_nor_delete_nor_read_what_is_not_theirs(raw, online, bare_ann, sam, space, last):
    bare_ann.pushed("message", last, created=[message(space, "m1", "hello")])
    sam.sync()
    [record] = sam.records("message")
    eves = raw(online())
    for row_id in ("m1", record["id"], *bare_ann.rows("message")):
        eves.pushed("message", created=[message(space, row_id, "forged")])
        eves.pushed("message", updated=[message(space, row_id, "forged", _changed="text")])
        eves.pushed("message", deleted=[row_id])
    assert eves.rows("message") == {}
    sam.sync()
    assert sam.texts(space) == ["hello"]


def test_a_refusal_has_a_body_like_every_other(bare_ann, ann, last):
    ann.do("note.put", id="n1", title="old")
    answer = bare_ann.push(only("note", updated=[{"id": "n1", "title": "mine"}]), last)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "conflict"
    assert answer.json()["error"].keys() == {"code", "message", "details"}
    assert "server_time" in answer.json()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_strangers_are_not_answered(server, method):
    answer = httpx.request(
        method, f"{server.address}{PATH}/sync", headers={"Authorization": "Bearer x"}, json={}, timeout=60
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated")
