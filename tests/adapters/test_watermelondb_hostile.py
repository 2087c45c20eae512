"""Invalid requests to the endpoints for WatermelonDB are answered, and valid rows beside invalid ones are stored."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.watermelondb import Raw, message, only

MALFORMED = [
    b"",
    b"x",
    b"[]",
    b"7",
    b"null",
    b'"x"',
    b"{",
    b'{"note": 7}',
    b'{"note": []}',
    b'{"note": {"created": 7}}',
]
MALFORMED += [b"\xff\xfe", b'{"note": {"updated": {"id": 1}}}', b'{"note": {"deleted": "n1"}}']


@pytest.fixture(scope="module")
def refused(server, tables) -> Iterator[Raw]:
    """Return the raw connection of a user without any records, which tests of refusals share."""
    way = Raw(server.address, server.user()["access_token"], tables)
    yield way
    way.http.close()


@pytest.fixture(scope="module")
def refused_last(refused) -> int:
    """Return the cursor of their last pull."""
    return refused.pull()["timestamp"]


@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_push_is_told_so(refused, refused_last, body):
    answer = refused.push(body, refused_last)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


QUERIES = ["x", "-1", "1.5", "1e3", "9" * 40, "💥", "[]", "true", "0x10", " 1", "NaN"]


@pytest.mark.parametrize("value", QUERIES)
def test_a_cursor_that_is_no_whole_number_is_told_so(refused, value):
    assert refused.ask(last_pulled_at=value).status_code == 400
    assert refused.push({}, value).status_code == 400


@pytest.mark.parametrize("query", [{"migration": "{"}, {"migration": "7"}, {"migration": "[]"}])
def test_a_malformed_pull_is_told_so(refused, query):
    assert refused.ask(last_pulled_at="null", **query).status_code == 400


HOSTILE = {
    "an id missing": {"body": "x"},
    "an id of the wrong type": {"id": 7, "body": "x"},
    "an id of nothing": {"id": "", "body": "x"},
    "an id too long": {"id": "x" * 1_000, "body": "x"},
    "an id with signs": {"id": "a:b/../$", "body": "x"},
    "a row that is none": "x",
    "a row of null": None,
    "a row in a row": {"id": {"$ne": 1}, "body": {"$gt": ""}},
    "a prototype": {"id": "p1", "__proto__": {"admin": True}, "constructor": 7},
    "a column that there is not": {"id": "c1", "body": "x", "hidden": {"x": 1}, "data.body": 7, "$set": {}},
}


@pytest.mark.parametrize("row", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_row_keeps_no_good_row_from_being_stored(bare_ann, last, row):
    answer = bare_ann.push(only("note", created=[row, {"id": "good", "body": "x"}]), last)
    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert bare_ann.rows("note")["good"]["body"] == "x"


ROW_OF_ONE = {"id": "n2", "body": "would be lost"}
WRONG_SHAPES = {  # the body, the wrong key, and a word of the advice
    "what pushChanges is given": (
        {"changes": only("note", created=[ROW_OF_ONE]), "lastPulledAt": 1},
        "changes",
        "table",
    ),
    "wrapped": ({"changes": only("note", created=[ROW_OF_ONE])}, "changes", "table"),
    "wrapped, with nothing in it": ({"changes": {}}, "changes", "table"),
    "the cursor in the body": ({"last_pulled_at": 1}, "last_pulled_at", "query"),
    "the cursor in camel case": ({"lastPulledAt": 1}, "lastPulledAt", "query"),
    "a plural": (only("notes", created=[ROW_OF_ONE]), "notes", "'note'"),
    "a capital letter": (only("Note", updated=[ROW_OF_ONE]), "Note", "'note'"),
    "capital letters": (only("STORY_CARD", deleted=["x"]), "STORY_CARD", "'story_card'"),
    "camel case": (only("storyCard", deleted=["x"]), "storyCard", "'story_card'"),
    "a space": (only("note ", created=[ROW_OF_ONE]), "note ", "'note'"),
    "no name": (only("", created=[ROW_OF_ONE]), "", "table"),
    "no name and no rows": (only(""), "", "table"),
    "a table of the server's": (only("account", created=[{"id": "x"}]), "account", "local"),
    "a table that is none": ({"account": 7}, "account", "local"),
    "an unknown table of null": ({"account": None}, "account", "local"),
    "an unknown table of rows": ({"account": [ROW_OF_ONE]}, "account", "local"),
    "an unknown table by ids": ({"account": {"n2": ROW_OF_ONE}}, "account", "local"),
    "an unknown table without arrays": ({"account": {"create": []}}, "account", "local"),
    "a table of rows": ({"note": [ROW_OF_ONE]}, "note", "created"),
    "a table by ids": ({"note": {"n2": ROW_OF_ONE}}, "note.n2", "created"),
    "create": ({"note": {"create": [ROW_OF_ONE], "updated": [], "deleted": []}}, "note.create", "created"),
    "capital Created": ({"note": {"Created": [ROW_OF_ONE]}}, "note.Created", "created"),
    "removed": ({"note": {"removed": []}}, "note.removed", "deleted"),
    "no array": ({"note": {"created": ROW_OF_ONE}}, "note.created", "list"),
    "an array of null": ({"note": {"created": None}}, "note.created", "list"),
    "ids for rows": ({"note": {"created": ["n2"]}}, "note.created.0", "id"),
    "an id that is a number": ({"note": {"created": [{"id": 7}]}}, "note.created.0", "id"),
    "rows for ids": ({"note": {"deleted": [{"id": "n2"}]}}, "note.deleted.0", "id"),
    "ids that are numbers": ({"note": {"deleted": ["n3", 7]}}, "note.deleted.1", "id"),
}


@pytest.mark.parametrize(("body", "field", "word"), WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_a_push_of_another_shape_is_refused_by_name_and_nothing_is_stored(refused, refused_last, body, field, word):
    """After an answer of 200, WatermelonDB would mark the rows as synced, and they would be lost."""
    answer = refused.push({**only("note", created=[{"id": "n1", "body": "x"}]), **body}, refused_last)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["details"]["field"]) == ("bad_request", field)
    assert error["message"].startswith(f"{field}: ")
    assert word in error["message"]
    assert refused.rows("note") == {}


def test_a_name_that_is_much_too_long_is_not_sent_back(refused, refused_last):
    answer = refused.push(only("x" * 100_000, created=[ROW_OF_ONE]), refused_last)
    assert answer.status_code == 400
    assert len(answer.text) < 2_000


def test_tables_of_the_apps_own_may_be_sent_as_long_as_nothing_is_in_them(bare_ann, last):
    """WatermelonDB sends every table of the app's schema. An empty table cannot lose rows."""
    changes = only("draft") | only("notes") | only("note", created=[{"id": "n1", "body": "x"}])
    assert bare_ann.push(changes, last).status_code == 200
    assert bare_ann.rows("note").keys() == {"n1"}


MISSPELT = ["lastPulledAt", "last_pulledat", "Last_Pulled_At", "last_pulled_at ", "lastpulledat", "cursor", ""]


@pytest.mark.parametrize("name", MISSPELT)
def test_a_cursor_under_another_name_is_no_first_sync(refused, refused_last, name):
    push = {"params": {name: refused_last}, "json": only("note", created=[{"id": "n1", "body": "x"}])}
    for answer in (refused.ask(**{name: refused_last}), refused.http.post("/sync", **push)):
        assert answer.status_code == 400, answer.text
        error = answer.json()["error"]
        assert error["details"]["field"] == name
        assert "last_pulled_at" in error["message"]
    assert refused.rows("note") == {}


@pytest.mark.parametrize("name", ["schemaVersion", "migrations", "Migration", "turbo"])
def test_other_names_in_the_query_are_refused_with_those_that_there_are(refused, refused_last, name):
    answer = refused.ask(last_pulled_at=refused_last, **{name: "1"})
    assert (answer.status_code, answer.json()["error"]["details"]["field"]) == (400, name)
    assert "schema_version, migration" in answer.json()["error"]["message"]


def test_a_parameter_may_stand_in_a_query_once(refused, refused_last):
    for ask in (refused.http.get, lambda path: refused.http.post(path, json={})):
        answer = ask(f"/sync?last_pulled_at={refused_last}&last_pulled_at=null")
        assert (answer.status_code, answer.json()["error"]["details"]["field"]) == (400, "last_pulled_at")


MIGRATION = {"from": 1, "tables": ["note"], "columns": []}
MIGRATIONS = [
    {"from": 1, "tables": "note", "columns": []},
    {"from": 1, "tables": {"note": 1}, "columns": []},
    {"from": 1, "tables": [7], "columns": []},
    {"from": 1, "tables": ["note"]},
    {"from": 1, "table": ["note"], "columns": []},
    {"from": 1, "tables": [], "columns": {"note": ["mood"]}},
    {"from": 1, "tables": [], "columns": ["mood"]},
    {"from": 1, "tables": [], "columns": [{"table": "note", "columns": "mood"}]},
    {"from": 1, "tables": [], "columns": [{"table": "note", "column": "mood"}]},
    {"from": 1, "tables": [], "columns": [{"table": ["note"], "columns": ["mood"]}]},
    {"fromVersion": 1, "tables": ["note"], "columns": []},
    {**MIGRATION, "to": 2},
    {**MIGRATION, "columns": [{"table": "note", "columns": ["mood"], "type": "number"}]},
    {**MIGRATION, "columns": None},
    {},
    7,
    "note",
    [],
    False,
]


@pytest.mark.parametrize("migration", MIGRATIONS, ids=json.dumps)
def test_a_migration_of_another_shape_is_told_so(refused, refused_last, migration):
    """A misunderstood migration would silently bring none of its rows."""
    assert refused.ask(last_pulled_at=refused_last, migration=json.dumps(MIGRATION)).status_code == 200
    answer = refused.ask(last_pulled_at=refused_last, migration=json.dumps(migration))
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["details"]["field"].split(".")[0] == "migration"


def test_arrays_may_be_missing(bare_ann, last):
    assert bare_ann.push({"note": {"created": [{"id": "n1", "body": "x"}]}, "message": {}}, last).status_code == 200
    assert bare_ann.rows("note").keys() == {"n1"}


MENDED = {
    "too long": ({"body": "x" * 10_001, "title": "t" * 201}, {"body": "x" * 10_000, "title": "t" * 200}),
    "of the wrong type": ({"body": 7, "title": ["x"], "mood": "high"}, {"body": "", "title": "", "mood": None}),
    "too high": ({"mood": 11}, {"mood": 10}),
    "too low": ({"mood": -1}, {"mood": 0}),
    "a fraction": ({"mood": 3.2}, {"mood": 3}),
    "null": ({"body": None, "title": "t", "mood": None}, {"body": "", "title": "t", "mood": None}),
    "huge": ({"mood": 10**30, "body": "x" * 1_000_000}, {"mood": 10, "body": "x" * 10_000}),
    "a null character": ({"body": "a\0b"}, {"body": "a\0b"}),
    "half a character": ({"body": "a\ud83d"}, {"body": "a\ufffd"}),
}


@pytest.mark.parametrize(("cells", "stored"), MENDED.values(), ids=MENDED)
def test_values_are_mended_rather_than_refused(bare_ann, last, cells, stored):
    bare_ann.pushed("note", last, created=[{"id": "n1", "title": "", "_status": "created", "_changed": "", **cells}])
    row = bare_ann.rows("note", last)["n1"]
    assert {name: row[name] for name in stored} == stored


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
COLUMNS = ("space", "text", "reply_to", "sent_at", "title", "mood", "read", "state", "_changed", "members", "author")
ROW = st.fixed_dictionaries({"id": st.text(max_size=5) | JSON}, optional=dict.fromkeys(COLUMNS, JSON))
ARRAYS = st.fixed_dictionaries({}, optional={"created": st.lists(ROW | JSON, max_size=3), "updated": st.lists(ROW)})
TABLES = ("message", "note", "profile", "pairing", "membership", "position", "__proto__")
CHANGES = st.fixed_dictionaries({}, optional=dict.fromkeys(TABLES, ARRAYS | JSON))


@settings(max_examples=60)
@given(changes=CHANGES | JSON)
def test_whatever_is_pushed_is_answered(bare_ann, changes):
    assert bare_ann.push(changes).status_code in {200, 400, 409}


@settings(max_examples=40)
@given(query=st.dictionaries(st.sampled_from(["last_pulled_at", "schema_version", "migration"]), JSON.map(json.dumps)))
def test_whatever_is_asked_is_answered(bare_ann, query):
    assert bare_ann.ask(**query).status_code in {200, 400}


def test_a_push_that_is_too_large_is_told_so(bare_ann, last):
    answer = bare_ann.push(only("note", created=[{"id": "n1", "body": "x" * 34_000_000}]), last)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_many_rows_at_once_are_all_stored(bare_ann, sam, space, last):
    bare_ann.pushed("message", last, created=[message(space, f"m{number}", f"hello {number}") for number in range(700)])
    sam.sync()
    assert sam.texts(space)[-500:] == [f"hello {number}" for number in range(200, 700)]
    assert len(bare_ann.rows("message")) == 700
    bare_ann.pushed("message", deleted=[f"m{number}" for number in range(700)])
    assert bare_ann.rows("message") == {}
