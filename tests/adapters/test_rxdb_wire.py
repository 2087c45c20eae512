"""The endpoints for RxDB, rule by rule: also those rules on which its client relies without documenting them."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema_rs
import pytest

from schemas.agreement import AGREED
from schemas.table import VERSION
from server.store.tombstones import expire_tombstones
from tests.adapters.rxdb import Bare, change, closed, drawn, eventually, new
from tests.conftest import ROOT

KINDS = [
    "message", "note", "profile", "pairing", "membership", "position", "receipt", "agreement", "availability", "fact",
    "introduction", "practice", "credential", "request", "shortlist", "offer", "handover", "story", "story_card",
    "ack", "question", "promise", "disclosure", "card", "suggestion", "step", "strength", "pin", "milestone", "letter",
    "session", "repair", "checkin", "trend", "quiet", "block", "report", "plan", "sos", "call", "debrief", "escalation",
    "nudge", "sanction", "security_event", "supervision", "unsent", "mute", "unread",
]  # fmt: skip


@pytest.fixture
def anns(bare, ann) -> Bare:
    return bare(ann)


def fill(phone, space, count, text="hello", first=0) -> None:
    for number in range(first, first + count):
        phone.does("message.send", space=space, id=f"m{number}", text=f"{text} {number}", origin="person")
    while phone.outbox:
        assert all(outcome["ok"] for outcome in phone.push())


def texts(documents) -> list[str]:
    return [document["text"] for document in documents]


def test_the_schemas_are_what_rxdb_takes(anns):
    for kind, collection in anns.schemas().items():
        schema = collection["schema"]
        assert (schema["version"], schema["primaryKey"], schema["type"]) == (VERSION - 1, "id", "object")
        assert set(schema["required"]) <= set(schema["properties"])
        assert "id" in schema["required"]
        assert schema["properties"]["id"]["maxLength"] >= 75, kind  # 64 of a native phone's id, and the suffix
        assert "_deleted" not in schema["properties"]
        for index in schema.get("indexes", []):  # an indexed field has to be bounded, and there
            assert schema["properties"][index].keys() & {"maxLength", "multipleOf"} or index == "id", index
            assert index in schema["required"], index
    assert sorted(anns.schemas()) == sorted(KINDS)


@pytest.mark.parametrize("page", ["rxdb.md", "watermelondb.md"])
def test_the_docs_name_every_collection_in_their_tables(page):
    lines = [line for line in (ROOT / "docs" / page).read_text().splitlines() if line.startswith("| `")]
    assert set(KINDS) - {name for line in lines for name in re.findall(r"`(\w+)`", line.split("|")[1])} == set()


def test_documents_come_in_the_order_of_their_last_change_and_once_each(anns, ann, space):
    fill(ann, space, 5)
    _, before = anns.all("message")
    ann.do("message.edit", space=space, id="m1", text="edited")
    ann.do("message.edit", space=space, id="m3", text="edited")
    ann.do("message.edit", space=space, id="m1", text="edited again")
    assert texts(anns.pull("message")["documents"]) == ["hello 0", "hello 2", "hello 4", "edited", "edited again"]
    assert texts(anns.pull("message", before)["documents"]) == ["edited", "edited again"]


def test_a_checkpoint_is_an_object_and_bears_being_merged_over_older_ones(anns, ann, space):
    fill(ann, space, 5)
    page, merged = anns.pull("message", None, 2), {}
    while page["documents"]:
        assert isinstance(page["checkpoint"], dict)
        merged |= page["checkpoint"]
        page = anns.pull("message", merged, 2)
    fill(ann, space, 2, first=5)
    assert texts(anns.pull("message", merged)["documents"]) == ["hello 5", "hello 6"]


@pytest.mark.parametrize("batch", [1, 2, 3, 7, 100, 1000])
def test_only_the_last_page_is_not_full(anns, online, ann, space, batch):
    bob = online("specialist")
    code = bob.do("pairing.invite")["changes"][0]["data"]["code"]
    other = ann.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]
    fill(ann, space, 7)
    fill(ann, other, 7, "to bob")
    found, checkpoint, full = [], None, True
    while full:
        page = anns.pull("message", checkpoint, batch)
        checkpoint, full = page["checkpoint"], len(page["documents"]) == batch
        found += texts(page["documents"])
        assert len(page["documents"]) <= batch
    assert sorted(found) == sorted([f"hello {n}" for n in range(7)] + [f"to bob {n}" for n in range(7)])


def test_a_page_is_full_however_long_its_documents_are(anns, ann, space):
    fill(ann, space, 130, "x" * 9_900)
    assert len(anns.pull("message", None, 120)["documents"]) == 120
    assert len(anns.pull("message", None, 1000)["documents"]) == 130


def test_deletions_and_forgotten_spaces_fill_pages_like_any_document(anns, ann, space, revoke):
    fill(ann, space, 9)
    _, checkpoint = anns.all("message")
    for number in range(4):
        ann.do("message.delete", space=space, id=f"m{number}")
    assert [len(anns.pull("message", checkpoint, batch)["documents"]) for batch in (3, 4, 5)] == [3, 4, 4]
    _, checkpoint = anns.all("message", checkpoint)
    revoke(ann, space)
    found, _ = anns.all("message", checkpoint, batch=2)
    assert len(found) == 9
    assert all(document["_deleted"] for document in found.values())


def test_a_page_without_documents_returns_the_checkpoint_that_was_sent(anns, ann, space):
    fill(ann, space, 3)
    ann.do("profile.edit", name="Ann")
    places = {kind: anns.all(kind)[1] for kind in KINDS}
    assert places["note"] is None
    fill(ann, space, 2, first=3)
    ann.do("note.put", id="n1", title="something else")
    for kind in ("profile", "pairing", "membership", "position"):
        page = anns.pull(kind, places[kind])
        assert (page["documents"], page["checkpoint"]) == ([], places[kind])


def test_every_document_fits_the_schema_of_a_strict_client_deleted_ones_too(anns, sam, ann, bare, space, revoke):
    fill(ann, space, 3)
    ann.do("message.send", space=space, id="answer", text="to the first", origin="person", reply_to="m0")
    ann.do("message.delete", space=space, id="m1")
    ann.do("note.put", id="n1", title="t", body="b", mood=3)
    ann.do("note.put", id="n2", body="b")
    ann.do("note.delete", id="n1")
    ann.do("profile.edit", name="Ann", languages={"en": 3}, gender=None)
    ann.do("position.read", space=space, seq=3)
    sam.do("pairing.invite")
    seen = set()
    for wire in (anns, bare(sam)):
        for kind, collection in wire.schemas().items():
            for document in wire.all(kind)[0].values():
                jsonschema_rs.validate(closed(collection["schema"]), document)
                seen.add(kind)
    seen -= {"receipt"}  # Beside may have written it already, at a random time
    assert seen == {"message", "note", "profile", "pairing", "membership", "position", "agreement", "credential"}
    places = {kind: anns.all(kind)[1] for kind in KINDS}
    revoke(ann, space)
    for kind, collection in anns.schemas().items():
        for document in anns.all(kind, places[kind])[0].values():
            jsonschema_rs.validate(closed(collection["schema"]), document)
            assert document["_deleted"]
            assert "hello" not in str(document)


def test_a_deletion_tells_nothing_of_what_was_deleted(anns, ann, space):
    fill(ann, space, 1, "a secret")
    _, checkpoint = anns.all("message")
    ann.do("message.delete", space=space, id="m0")
    [gone] = anns.pull("message", checkpoint)["documents"]
    assert gone["_deleted"] is True
    assert "secret" not in str(gone)
    assert anns.all("message")[0][gone["id"]]["_deleted"] is True  # for ever, also for new devices


def test_only_the_fields_that_the_app_declares_are_sent(anns, ann, space):
    fill(ann, space, 1)
    [document] = anns.pull("message", None, 10, fields=["id", "text"])["documents"]
    assert set(document) == {"id", "text", "_deleted"}
    [document] = anns.pull("message", None, 10, fields=["id", "text", "there-is-none", "_deleted"])["documents"]
    assert set(document) == {"id", "text", "_deleted"}


def test_access_granted_brings_everything_and_access_revoked_takes_it_away(anns, sam, online, bare, revoke):
    bob = online()
    bobs = bare(bob)
    places = {kind: bobs.all(kind)[1] for kind in KINDS}
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    space = bob.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]
    fill(bob, space, 2)
    found = {kind: bobs.all(kind, places[kind]) for kind in KINDS}
    brought = {kind: len(documents) for kind, (documents, _) in found.items() if documents}
    assert brought == {"message": 2, "pairing": 1, "membership": 1, "agreement": 1}
    revoke(bob, space)
    gone = {kind: bobs.all(kind, checkpoint)[0] for kind, (_, checkpoint) in found.items()}
    assert {kind: set(documents) for kind, documents in gone.items()} == {k: set(d) for k, (d, _) in found.items()}
    assert all(document["_deleted"] for documents in gone.values() for document in documents.values())


def test_who_missed_expired_deletions_is_told_to_start_over(server, anns, ann, space):
    fill(ann, space, 3)
    _, checkpoint = anns.all("message")
    ann.do("message.delete", space=space, id="m1")
    gone = ann.do("message.delete", space=space, id="m2")["changes"][0]["seq"]
    fill(ann, space, 1, first=3)
    assert expire_tombstones(server.mongo, space, gone) == 2
    told = anns.http.post("message/pull", json={"checkpoint": checkpoint, "batchSize": 10})
    assert (told.status_code, told.json()["error"]["code"]) == (410, "resync_required")
    documents, fresh = anns.all("message")
    assert texts(documents.values()) == ["hello 0", "hello 3"]
    assert anns.pull("message", fresh)["documents"] == []


def test_nothing_refused_is_an_empty_bare_array(anns, space):
    assert anns.push("message", new(drawn("message", space=space, text="hello"))) == []
    assert anns.push("message") == []


def test_a_conflict_is_judged_by_what_the_client_assumed(anns, ann):
    ann.do("note.put", id="n1", title="one")
    first = anns.pull("note")["documents"][0]
    assert anns.push("note", change(first, title="two")) == []
    [refused] = anns.push("note", change(first, title="three"))  # the assumed state is outdated
    assert (refused["title"], refused["_deleted"]) == ("two", False)
    assert anns.push("note", change(first, title="two")) == []  # the row has this state already
    [refused] = anns.push("note", new({**first, "title": "four"}))  # assumes that the row is new
    assert refused["title"] == "two"
    assert anns.push("note", change(refused, title="three")) == []
    assert anns.pull("note")["documents"][0]["title"] == "three"


def test_a_deletion_is_a_master_state_like_any_other(anns, ann):
    ann.do("note.put", id="n1", title="one")
    first = anns.pull("note")["documents"][0]
    ann.do("note.delete", id="n1")
    [refused] = anns.push("note", change(first, title="two"))
    assert refused["_deleted"] is True
    assert anns.push("note", change(first, _deleted=True)) == []


def test_what_the_server_adds_is_no_conflict(anns, space):
    mine = drawn("message", space=space, text="one")
    assert anns.push("message", new(mine)) == []  # the server sets author, first_seq, sent_at ...
    assumed = {"_deleted": False, **mine}
    assert anns.push("message", change(assumed, text="two")) == []
    assert anns.push("message", change({**assumed, "text": "two"}, text="three")) == []
    [document] = anns.pull("message")["documents"]
    assert (document["text"], document["edited"]) == ("three", True)
    assert document["author"]
    assert document["first_seq"]


def test_missing_and_null_are_equal(anns):
    mine = drawn("note", title="one")
    assert anns.push("note", new({**mine, "mood": None})) == []
    assert anns.push("note", change({"_deleted": False, **mine}, title="two")) == []
    assert anns.push("note", change({"_deleted": False, **mine, "title": "two", "mood": None}, title="three")) == []


def test_of_two_writers_at_once_exactly_one_is_taken(anns, ann):
    ann.do("note.put", id="n1", title="start")
    master = anns.pull("note")["documents"][0]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: anns.push("note", change(master, title=f"by {n}")), range(8)))
    assert [bool(answer) for answer in answers].count(False) == 1
    winner = answers.index([])
    assert anns.pull("note")["documents"][0]["title"] == f"by {winner}"


def test_rows_are_independent_and_a_conflict_is_a_whole_document(anns, ann, space):
    ann.do("note.put", id="n1", title="theirs")
    schema = anns.schemas()["note"]["schema"]
    good = [new(drawn("note", f"good-{n}", title=f"{n}")) for n in range(3)]
    refused = anns.push("note", good[0], new(drawn("note", "n1", title="mine")), *good[1:])
    assert [document["title"] for document in refused] == ["theirs"]
    jsonschema_rs.validate(closed(schema), refused[0])
    assert set(anns.all("note")[0]) == {"n1", "good-0", "good-1", "good-2"}


def test_rows_pushed_again_are_stored_once_and_answered_the_same(anns, ann, space):
    rows = [new(drawn("message", space=space, text=f"{n}")) for n in range(5)]
    assert [anns.push("message", *rows) for _ in range(3)] == [[], [], []]
    ann.pull()
    assert ann.texts(space) == ["0", "1", "2", "3", "4"]


def test_batches_at_the_same_time_are_all_stored(anns, ann, space):
    batches = [[new(drawn("message", space=space, text=f"{b}-{n}")) for n in range(100)] for b in range(4)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda rows: anns.push("message", *rows), batches)) == [[]] * 4
    assert len(anns.all("message")[0]) == 400


def test_what_was_created_and_deleted_offline_is_accepted_and_never_shown(anns, ann, space):
    ghost = drawn("message", space=space, text="never mind", _deleted=True)
    assert anns.push("message", {"newDocumentState": ghost}) == []
    assert anns.push("message", {"newDocumentState": ghost}) == []
    ann.pull()
    assert ann.texts(space) == []
    assert all(document["_deleted"] for document in anns.all("message")[0].values())


STRAY = drawn("message", "stray", space="pair:nobody-there", text="hello?")
REFUSED: dict[str, tuple[str, Callable[[Any], Any], dict[str, Any]]] = {  # collection, pushed, returned
    "an edit of somebody else's": (
        "message",
        lambda it: change(it, text="forged"),
        {"text": "mine", "_deleted": False},
    ),
    "a deletion of somebody else's": (
        "message",
        lambda it: change(it, _deleted=True),
        {"text": "mine", "_deleted": False},
    ),
    "a message into nowhere": ("message", lambda _: new(STRAY), {"id": "stray", "_deleted": True}),
    "a state that is not to be set": ("pairing", lambda it: change(it, state="invited"), {"state": "active"}),
    "a pairing deleted": ("pairing", lambda it: change(it, _deleted=True), {"state": "active", "_deleted": False}),
    "a role": ("membership", lambda it: change(it, role="specialist"), {"role": "peer"}),
    "a membership deleted": ("membership", lambda it: change(it, _deleted=True), {"role": "peer", "_deleted": False}),
    "a membership made up": (
        "membership",
        lambda it: new({**it, "id": "made-up"}),
        {"id": "made-up", "_deleted": True},
    ),
    "a position that goes back": ("position", lambda it: change(it, read=1), {"read": 2}),
    "a position deleted": ("position", lambda it: change(it, _deleted=True), {"read": 2, "_deleted": False}),
    "an author": ("message", lambda it: change(it, author="me"), {"text": "mine"}),
    "a place": ("message", lambda it: change(it, first_seq=1), {"text": "mine"}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_accepted_and_put_right_by_the_next_pull(anns, sam, ann, space, what):
    collection, row, right = REFUSED[what]
    sam.do("message.send", space=space, id="of-sam", text="mine", origin="person")
    ann.do("position.read", space=space, seq=2)
    before, checkpoint = anns.all(collection)
    master = next(document for document in before.values() if document.get("read", 2) == 2)
    for _ in range(2):  # the second time as if the first answer had been lost
        assert anns.push(collection, row(master)) == []
    shown = anns.all(collection, checkpoint)[0][row(master)["newDocumentState"]["id"]]
    assert {name: shown[name] for name in right} == right
    assert {row: document for row, document in anns.all(collection)[0].items() if not document["_deleted"]} == before


def test_a_message_into_an_ended_pairing_is_taken_back(anns, sam, ann, space):
    sam.do("pairing.end", pairing=space.removeprefix("pair:"))
    _, checkpoint = anns.all("message")
    late = drawn("message", space=space, text="too late")
    assert anns.push("message", new(late)) == []
    [shown] = anns.pull("message", checkpoint)["documents"]
    assert (shown["id"], shown["_deleted"]) == (late["id"], True)
    sam.pull()
    assert sam.texts(space) == []


def test_a_text_that_is_too_long_is_cut(anns, ann, space):
    _, checkpoint = anns.all("message")
    assert anns.push("message", new(drawn("message", space=space, text="é" * 10_001))) == []
    [shown] = anns.pull("message", checkpoint)["documents"]
    assert shown["text"] == "é" * 10_000


def test_a_correction_is_shown_once_more_to_those_who_pull_now_and_missed_it(anns, sam, space):
    """RxDB drops documents that it pulls while a push is under way (2.6)."""
    sam.do("message.send", space=space, id="of-sam", text="mine", origin="person")
    [theirs] = anns.pull("message")["documents"]
    _, checkpoint = anns.all("message")
    anns.push("message", change(theirs, text="forged"))
    first = anns.pull("message", checkpoint)
    assert texts(first["documents"]) == ["mine"]
    later = eventually(lambda: anns.pull("message", first["checkpoint"])["documents"])
    assert texts(later) == ["mine"]


def test_who_signs_in_again_goes_on_from_the_checkpoint_of_the_device_before(server, bare, ann, anns, space):
    fill(ann, space, 3)
    _, checkpoint = anns.all("message")
    again = Bare(server.address, server.device(ann.tokens)["access_token"])
    assert again.pull("message", checkpoint)["documents"] == []
    fill(ann, space, 1, first=3)
    assert texts(again.pull("message", checkpoint)["documents"]) == ["hello 3"]
    again.close()
