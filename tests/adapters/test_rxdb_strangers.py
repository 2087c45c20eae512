"""The endpoints for RxDB answer every request. No request blocks others or reads the data of somebody else."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from schemas.table import VERSION
from tests.adapters.rxdb import Bare, change, closed, new

KINDS = ["message", "note", "profile", "pairing", "membership", "position", "receipt"]
NOT_A_PULL: list[Any] = [
    *(None, [], 7, "x"),
    *({"checkpoint": it} for it in (7, "x", [], True, {}, {"lwt": 1, "id": ""})),
    *({"checkpoint": {"cursor": it}} for it in (7, "x", "", None, "💥", "a.b", {"$ne": 1}, ["x"])),
    *({"batchSize": it} for it in (0, -1, "x", 1.5, 10**30, True, None, 1001)),
    *({"fields": it} for it in ("id", [7], {"$ne": 1}, None, ["x" * 5_000], [])),
    {"$where": "1"},
]
NOT_A_PUSH: list[Any] = [*(None, {}, 7, "x", [7], [None], [[]], ["x"], [{}]), [{"assumedMasterState": {"id": "n1"}}]]
NOT_A_DOCUMENT: list[Any] = [
    *(None, 7, [], "x", {}, {"title": "no id"}, {"id": "n1"}),
    *(
        {"id": it}
        for it in (7, None, "", "a:b", "a b", "\x00", "💥", "x" * 65, "x" * 5_000, {"$ne": 1}, [], "__proto__", ".")
    ),
    {"id": "n1", "_deleted": "yes"},
    {"id": "n1", "_deleted": True},
    {"id": "n1", "__proto__": {"x": 1}, "constructor": 1, "$set": {"title": 1}, "a.b": 1, "": 2, "$where": 3},
    {"id": "n1", "title": {"$ne": 1}, "body": [1], "mood": "high", "first_seq": {}},
    {"id": "n1", "title": None, "body": 7, "mood": 10**40},
    {"id": "n1", "body": "\ud800", "mood": -1e300},
    {"id": "n1", "body": "\x00\u2028", "title": "x" * 100_000},
    {"id": "n1", "name": "  two\nlines ", "pronouns": 7, "about": "x" * 100_000},
    {"id": "me", "name": "", "pronouns": None},
    {"id": "n1", "space": 7, "text": 7, "sent_at": "now", "reply_to": {}, "author": []},
    {"id": "n1", "space": {"$ne": 1}, "text": "x"},
    {"id": "n1", "space": "user:somebody", "text": "x", "sent_at": -1},
    {"id": "n1", "space": "HERE", "text": "", "sent_at": 10**40},
    {"id": "n2", "space": "HERE", "text": "x", "sent_at": 1e308, "reply_to": "x" * 5_000},
    {"id": "n3", "space": "HERE", "text": "x", "sent_at": 0, "reply_to": "there is none", "origin": "system"},
    {"id": "n4", "space": "HERE", "text": "\x00", "sent_at": 1.5, "reply_to": "a:b"},
    {"id": "MINE", "where": "HERE", "read": 10**40, "delivered": -7},
    {"id": "MINE", "where": "HERE", "read": "x", "delivered": 1.5},
    {"id": "somebody", "where": "HERE", "read": 1, "delivered": 1},
    {"id": "ME", "space": "HERE", "read": 1, "delivered": 1},
    {"id": "p1", "space": "HERE", "state": "ended", "members": {"$ne": 1}},
]


NOTE = {"id": "n1", "title": "would be lost", "_deleted": False}
WRONG_ROWS: dict[str, tuple[Any, str, str]] = {  # the body, the wrong key, and a word of the advice
    "wrapped": ({"rows": [{"newDocumentState": NOTE}]}, "rows", "list"),
    "one row": ({"newDocumentState": NOTE}, "newDocumentState", "list"),
    "no rows": (7, "", "list"),
    "a bare document": ([NOTE], "0.newDocumentState", "required"),
    "another name": ([{"newState": NOTE}], "0.newDocumentState", "required"),
    "a name misspelt": ([{"newDocumentState": NOTE, "assumedMaster": NOTE}], "0.assumedMaster", "assumedMasterState"),
    "snake case": ([{"newDocumentState": NOTE, "assumed_master_state": NOTE}], "0.assumed_master_state", "assumedM"),
    "a document of another type": ([{"newDocumentState": [NOTE]}], "0.newDocumentState", ""),
    "no id": ([{"newDocumentState": {"title": "x"}}], "0.newDocumentState.id", "id"),
    "an id of another type": ([{"newDocumentState": {**NOTE, "id": 7}}], "0.newDocumentState.id", "id"),
    "a deletion in words": (
        [{"newDocumentState": {**NOTE, "_deleted": "false"}}],
        "0.newDocumentState._deleted",
        "true",
    ),
    "a deletion in numbers": ([{"newDocumentState": {**NOTE, "_deleted": 1}}], "0.newDocumentState._deleted", "true"),
    "another deletedField": (
        [{"newDocumentState": {"id": "n1", "deleted": True}}],
        "0.newDocumentState._deleted",
        "del",
    ),
}


@pytest.fixture
def anns(bare, ann) -> Bare:
    return bare(ann)


def refused(answer, field: str, word: str) -> None:
    """Check that a request is refused with the wrong key and an advice."""
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["details"]["field"]) == ("bad_request", field)
    assert word in error["message"]


@pytest.mark.parametrize("path", ["note/push", f"note/{VERSION - 1}/push"])
@pytest.mark.parametrize(("body", "field", "word"), WRONG_ROWS.values(), ids=WRONG_ROWS)
def test_a_push_of_another_shape_is_refused_by_name_and_nothing_is_stored(anns, path, body, field, word):
    """After an answer of 200, RxDB would take the documents for stored, and they would be lost."""
    if isinstance(body, list):
        body = [new({"id": "n0", "title": "before it"}), *body]
        field = field.replace("0.", "1.", 1)
    refused(anns.http.post(path, json=body), field, word)
    assert anns.all("note")[0] == {}


@pytest.mark.parametrize("field", ["batch_size", "batchsize", "limit", "checkPoint", "cursor", "lastPulledAt", "field"])
def test_a_pull_with_a_key_misspelt_is_no_pull_from_the_beginning(anns, field):
    refused(anns.http.post("note/pull", json={field: 7}), field, "checkpoint, batchSize, fields")


@pytest.mark.parametrize("checkpoint", [{"Cursor": "x"}, {"cursor": "x", "lwt": 7}, {"updatedAt": 7}])
def test_a_checkpoint_of_another_shape_is_no_pull_from_the_beginning(anns, checkpoint):
    answer = anns.http.post("note/pull", json={"checkpoint": checkpoint})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["field"].startswith("checkpoint.")


VERSIONED = f"note/{VERSION - 1}"
QUERIES = [
    ("POST", "note/pull", "batchSize", ""),
    ("POST", "note/pull", "checkpoint", ""),
    ("POST", "note/push", "field", "fields"),
    ("GET", "note/stream", "field", "fields"),
    ("GET", "note/stream", "checkpoint", "fields"),
    ("GET", f"{VERSIONED}/pull", "lastPulledAt", "lwt, id, limit"),
    ("GET", f"{VERSIONED}/pull", "LWT", "lwt, id, limit"),
    ("GET", f"{VERSIONED}/pull", "checkpoint", "lwt, id, limit"),
    ("GET", f"{VERSIONED}/pull", "batchSize", "lwt, id, limit"),
    ("POST", f"{VERSIONED}/push", "fields", ""),
    ("GET", f"{VERSIONED}/pullStream", "lwt", "token"),
    ("GET", f"{VERSIONED}/pullStream", "fields", "token"),
]


@pytest.mark.parametrize(("method", "path", "name", "word"), QUERIES)
def test_a_name_in_the_query_that_means_nothing_is_refused(anns, method, path, name, word):
    body = [new(NOTE)] if path.endswith("push") else {}
    refused(
        anns.http.request(method, path, params={name: "7"}, **({"json": body} if method == "POST" else {})), name, word
    )
    assert anns.all("note")[0] == {}


def is_told(answer) -> bool:
    """Tell whether an answer explains what is wrong, as every failure must."""
    return answer.status_code in {400, 404, 410} and set(answer.json()["error"]) == {"code", "message", "details"}


@pytest.mark.parametrize("body", NOT_A_PULL, ids=lambda body: json.dumps(body)[:50])
def test_a_pull_that_makes_no_sense_is_answered_with_a_code(anns, body):
    answer = anns.http.post("message/pull", content=json.dumps(body).encode())
    assert answer.status_code == 200 or is_told(answer), answer.text


def pushes(document: Any, space: str, me: str) -> Iterator[str]:
    """Yield pushes, as JSON, with a document in every place that it can have."""
    known = json.dumps(document).replace("HERE", space).replace("MINE", space.replace(":", ".")).replace("ME", me)
    new_one = f'{{"newDocumentState": {known}}}'
    changed = f'{{"newDocumentState": {known}, "assumedMasterState": {{"id": "n1", "title": 7}}}}'
    yield from (f"[{new_one}]", f"[{changed}]", f"[{new_one}, {changed}, {new_one}]")
    yield f'[{{"newDocumentState": {known}, "assumedMasterState": 7}}]'
    yield f'[{{"newDocumentState": {{"id": "n1"}}, "assumedMasterState": {known}}}]'


@pytest.mark.parametrize("kind", KINDS)
def test_a_push_that_makes_no_sense_is_answered_and_blocks_nothing(anns, ann, space, kind):
    bodies = [body for it in NOT_A_DOCUMENT for body in pushes(it, space, ann.spaces()[space])]
    for body in (*bodies, *map(json.dumps, NOT_A_PUSH)):
        answer = anns.http.post(f"{kind}/push", content=body.encode())
        good = answer.status_code == 200 and isinstance(answer.json(), list)
        assert good or is_told(answer), (body[:300], answer.text)
    schema = closed(anns.schemas()[kind]["schema"])
    for document in anns.all(kind)[0].values():
        jsonschema_rs.validate(schema, document)
    ann.pull()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 50_000, b'{"batchSize":NaN}', b'"\\ud800"'])
@pytest.mark.parametrize("what", ["pull", "push"])
def test_what_is_not_even_json_is_answered(anns, what, content):
    answer = anns.http.post(f"message/{what}", content=content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_a_row_that_can_never_be_stored_blocks_no_other(anns, space):
    """RxDB repeats a push for ever if the answer is not 200, with all rows of its batch."""
    for odd in ({"id": "a b"}, {"id": "x" * 120}, {"id": "a:b"}, {"id": "n.1"}, {"id": "💥"}):
        rows = [new({**odd, "title": "odd"}), new({"id": f"good-{odd['id'][:2]}".replace(" ", "-"), "title": "good"})]
        assert anns.http.post("note/push", json=rows).status_code == 200, odd


@pytest.mark.parametrize("path", ["secret/pull", "secret/push", "secret/stream", "$cmd/pull", "message/nothing"])
def test_a_collection_that_there_is_not_is_said_so(anns, path):
    assert is_told(anns.http.get(path) if "stream" in path else anns.http.post(path, json=[]))


def test_strangers_are_not_answered(server, space):
    stranger = Bare(server.address, "x")
    asked = [("POST", "message/pull"), ("POST", "message/push"), ("GET", "message/stream")]
    assert [stranger.http.request(method, path).status_code for method, path in asked] == [401] * 3
    stranger.close()


def test_nobody_reads_or_writes_what_is_not_theirs(anns, ann, online, bare, space):
    for number in range(2):
        ann.do("message.send", space=space, id=f"m{number}", text=f"hello {number}", origin="person")
    eves = bare(online())
    assert {kind: eves.all(kind)[0] for kind in KINDS} == {kind: {} for kind in KINDS}
    for document in anns.all("message")[0].values():
        for row in (change(document, text="x"), change(document, _deleted=True), new({**document, "text": "x"})):
            assert "hello" not in str(eves.push("message", row))
    assert "hello" not in str(eves.all("message"))
    ann.pull()
    assert ann.texts(space) == ["hello 0", "hello 1"]


def test_nobody_learns_which_ids_others_use(anns, ann, online, bare, space):
    ann.do("message.send", space=space, id="secret-id", text="hello", origin="person")
    eves = bare(online())
    taken, free = (
        eves.http.post("message/push", json=[new({"id": row, "space": space, "text": "x", "sent_at": 1})])
        for row in ("secret-id", "free-id")
    )
    assert (taken.status_code, taken.json()) == (free.status_code, free.json()) == (200, [])


def test_a_checkpoint_of_somebody_else_or_of_another_collection_opens_nothing(anns, ann, online, bare, space):
    ann.do("message.send", space=space, id="m1", text="hello", origin="person")
    checkpoint = anns.all("message")[1]
    answers = [
        bare(online()).http.post("message/pull", json={"checkpoint": checkpoint, "batchSize": 10}),
        anns.http.post("note/pull", json={"checkpoint": checkpoint, "batchSize": 10}),
    ]
    for answer in answers:
        assert answer.status_code == 200 or is_told(answer)
        assert "hello" not in answer.text
