"""What no app would send to the adapter of WatermelonDB: it is answered, and good rows beside it are stored."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.watermelondb import message, only

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


@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_push_is_told_so(bare_ann, last, body):
    answer = bare_ann.push(body, last)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


QUERIES = ["x", "-1", "1.5", "1e3", "9" * 40, "💥", "[]", "true", "0x10", " 1", "NaN"]


@pytest.mark.parametrize("value", QUERIES)
def test_a_cursor_that_is_no_whole_number_is_told_so(bare_ann, value):
    assert bare_ann.ask(last_pulled_at=value).status_code == 400
    assert bare_ann.push({}, value).status_code == 400


@pytest.mark.parametrize("query", [{"migration": "{"}, {"migration": "7"}, {"migration": "[]"}])
def test_a_malformed_pull_is_told_so(bare_ann, query):
    assert bare_ann.ask(last_pulled_at="null", **query).status_code == 400


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


def test_a_table_that_there_is_not_is_ignored(bare_ann, last):
    changes = {"account": {"created": [{"id": "x"}], "updated": [], "deleted": ["y"]}, "__proto__": 7}
    changes |= only("note", created=[{"id": "n1", "body": "x"}])
    assert bare_ann.push(changes, last).status_code == 200
    assert bare_ann.rows("note").keys() == {"n1"}


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
