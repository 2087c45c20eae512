"""An app with only some of the tables: its pulls name them, and the answers leave the others out."""

import json

import pytest

from tests.adapters.watermelondb import consistent, only

FEW = ("message", "note", "pairing", "membership")
EMPTY = {"created": [], "updated": [], "deleted": []}


def test_an_idle_pull_is_as_short_as_the_app_is(bare_ann, last):
    answer = bare_ann.ask(last_pulled_at=last, tables="message,note")
    assert answer.json() == {
        "changes": {"message": EMPTY, "note": EMPTY},
        "timestamp": last,
        "server_time": answer.json()["server_time"],
    }
    assert len(answer.content) < 200


def test_a_first_pull_brings_of_the_named_tables_what_it_brings_of_all(bare_ann, ann, sam, space):
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    ann.do("note.put", id="n1", body="x")
    ann.do("profile.edit", name="Ann")
    everything = bare_ann.pull()["changes"]
    assert bare_ann.pull(tables="note,message")["changes"] == {name: everything[name] for name in ("message", "note")}
    assert bare_ann.pull(tables="note,note")["changes"] == {"note": everything["note"]}


def test_the_cursor_is_the_same_whichever_tables_are_named(bare_ann, ann, last):
    ann.do("note.put", id="n1", body="x")
    after = bare_ann.pull(last, tables="message")["timestamp"]
    assert bare_ann.pull(after)["changes"]["note"] == EMPTY
    assert bare_ann.pull(after)["timestamp"] == bare_ann.pull(after, tables="note")["timestamp"] == after
    assert [row["id"] for row in bare_ann.pull(last, tables="note")["changes"]["note"]["updated"]] == ["n1"]


def test_what_goes_and_what_is_put_right_in_other_tables_is_left_out(bare_ann, ann, sam, space, revoke):
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    ann.do("note.put", id="n1", body="x")
    body = bare_ann.pull()
    [message] = body["changes"]["message"]["updated"]
    bare_ann.pushed("message", body["timestamp"], updated=[{**message, "text": "forged", "_changed": "text"}])
    ann.do("note.delete", id="n1")
    corrected = bare_ann.pull(body["timestamp"])["changes"]
    assert (corrected["message"]["updated"], corrected["note"]["deleted"]) == ([message], ["n1"])
    assert bare_ann.pull(body["timestamp"], tables="profile")["changes"] == {"profile": EMPTY}
    revoke(ann, space)
    assert bare_ann.pull(body["timestamp"])["changes"]["message"]["deleted"] == [message["id"]]
    assert bare_ann.pull(body["timestamp"], tables="note")["changes"] == {"note": {**EMPTY, "deleted": ["n1"]}}


def test_a_table_that_is_named_later_is_filled_if_a_migration_says_that_it_is_new(bare_ann, ann):
    ann.do("note.put", id="n1", body="old")
    last = bare_ann.pull(tables="message")["timestamp"]
    assert bare_ann.pull(last, tables="message,note")["changes"]["note"] == EMPTY
    by_watermelondb = {"from": 1, "tables": ["note"], "columns": []}
    by_hand = {"tables": ["note"], "columns": []}
    for migration in (by_watermelondb, by_hand):
        body = bare_ann.pull(last, tables="message,note", migration=json.dumps(migration))
        assert [row["id"] for row in body["changes"]["note"]["updated"]] == ["n1"]
        assert body["timestamp"] == last


def test_a_migration_of_tables_that_are_not_named_is_about_the_apps_own(bare_ann, ann, last):
    """An app may have a table of its own with the name of one of Beside's."""
    ann.do("note.put", id="n1", body="old")
    migration = {"from": 1, "tables": ["note"], "columns": [{"table": "profile", "columns": ["name"]}]}
    body = bare_ann.pull(last, tables="message", migration=json.dumps(migration))
    assert body["changes"] == {"message": EMPTY}


def test_a_cursor_that_is_not_known_is_answered_with_all_of_the_named_tables(bare_ann, ann, last):
    ann.do("note.put", id="n1", body="x")
    body = bare_ann.pull(7_777_777, tables="note")
    assert body["experimentalStrategy"] == "replacement"
    assert body["changes"] == bare_ann.pull(tables="note")["changes"]
    assert "experimentalStrategy" not in bare_ann.pull(body["timestamp"], tables="note,message")


@pytest.mark.parametrize(
    ("asked", "name", "guess"),
    [
        ("notes", "'notes'", "'note'"),
        ("message,Note", "'Note'", "'note'"),
        ("message, note", "' note'", "'note'"),
        ("storyCard", "'storyCard'", "'story_card'"),
        ("message,draft", "'draft'", "local"),
        ("account", "'account'", "local"),
        ("__proto__", "'__proto__'", "local"),
        ("", "''", "local"),
        ("note,", "''", "local"),
        (",", "''", "local"),
        ('["note"]', "'[\"note\"]'", "local"),
        ("null", "'null'", "local"),
    ],
)
def test_a_name_that_is_none_is_refused_with_those_that_there_are(bare_ann, asked, name, guess):
    answer = bare_ann.ask(tables=asked)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["details"]["field"]) == ("bad_request", "tables")
    assert error["details"]["tables"] == list(bare_ann.tables)
    assert error["message"].startswith(f"tables: There is no table {name}.")
    assert guess in error["message"]


@pytest.mark.parametrize("asked", ["note," * 1_000 + "note", "x" * 4_000])
def test_names_that_are_much_too_long_are_neither_read_nor_sent_back(bare_ann, asked):
    answer = bare_ann.ask(tables=asked)
    assert (answer.status_code, answer.json()["error"]["details"]["field"]) == (400, "tables")
    assert len(answer.text) < 2_000


def test_all_tables_can_be_named_at_once(bare_ann, last):
    assert bare_ann.pull(last, tables=",".join(bare_ann.tables))["changes"].keys() == bare_ann.tables.keys()


def test_tables_are_named_in_a_pull_only(bare_ann, last):
    answer = bare_ann.http.post("/sync", params={"last_pulled_at": last, "tables": "note"}, json=only("note"))
    assert (answer.status_code, answer.json()["error"]["details"]["field"]) == (400, "tables")


def some(tables, *names, own=()):
    """Return the schema of an app that has some of the tables, and tables of its own."""
    return {"version": 1, "tables": [*(table for table in tables["tables"] if table["name"] in names), *own]}


@pytest.mark.parametrize("turbo", [False, True])
def test_an_app_of_a_few_tables_is_sent_no_others(app, ann, sam, space, tables, turbo):
    """Otherwise WatermelonDB would warn at every sync of each table that it does not have."""
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    ann.do("profile.edit", name="Ann")
    anns = app(ann, schema=some(tables, *FEW), options={"turbo": turbo})
    anns.sync()
    row = anns.send(space, "and back")
    anns.sync(2)
    assert anns.texts(space) == ["hello", "and back"]
    assert anns.rows("message")[row]["first_seq"]
    pulls = [exchange for exchange in anns.do("exchanges") if exchange["on"] == "pull"]
    assert {pull["query"]["tables"] for pull in pulls} == {
        ",".join(table["name"] for table in some(tables, *FEW)["tables"])
    }
    assert {frozenset(json.loads(pull["received"])["changes"]) for pull in pulls} == {frozenset(FEW)}


def test_a_table_of_the_apps_own_may_be_called_as_one_of_besides(app, ann, sam, space, tables):
    """The rows of such a table are never sent, overwritten or replaced."""
    ann.do("note.put", id="n1", body="on the server")
    own = {"name": "note", "columns": [{"name": "ink", "type": "string"}]}
    anns = app(ann, schema=some(tables, "message", own=[own]), options={"local": ["note"]})
    anns.sync()
    note = anns.create("note", ink="blue")
    anns.sync()
    anns.do("setCursor", cursor=9_999_999_999_999)
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    anns.sync()
    complaints = anns.do("complaints")
    assert all("previous pulled-at time was greater" in complaint for complaint in complaints), complaints
    assert anns.rows("note") == {note: {"id": note, "ink": "blue"}}
    assert anns.texts(space) == ["hello"]
    ann.sync()
    assert [record["id"] for record in ann.records("note")] == ["n1"]


def test_a_table_that_a_release_adds_is_filled_by_the_next_sync(app, ann, space, tables):
    ann.do("note.put", id="n1", body="x")
    anns = app(ann, schema=some(tables, "message"))
    anns.sync()
    anns.do("upgrade", **adding_notes(tables, {"migrationsEnabledAtVersion": 1}))
    anns.sync()
    assert anns.rows("note")["n1"]["body"] == "x"
    assert consistent(anns)


def test_a_table_that_was_added_without_a_migration_sync_is_filled_by_the_release_that_turns_them_on(
    app, ann, space, tables
):
    ann.do("note.put", id="n1", body="x")
    anns = app(ann, schema=some(tables, "message"))
    anns.sync()
    anns.do("upgrade", **adding_notes(tables, {}))
    ann.do("note.put", id="n2", body="y")
    anns.sync()
    assert anns.rows("note").keys() == {"n2"}
    anns.do("upgrade", **adding_notes(tables, {"migrationsEnabledAtVersion": 1}))
    anns.sync()
    assert anns.rows("note").keys() == {"n1", "n2"}
    assert consistent(anns)


def adding_notes(tables, options):
    """Return the release of an app that has the table of notes, too."""
    schema = {**some(tables, "message", "note"), "version": 2}
    [notes] = some(tables, "note")["tables"]
    return {"schema": schema, "steps": [{"create": notes}], "options": options}
