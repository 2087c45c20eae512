"""Rows of client databases that could do harm: each of these did, once."""

import pytest
from pymongo.errors import AutoReconnect

from server.store import transaction
from sync.client_databases import watermelondb_push
from tests.sync.melon import melon, row
from tests.sync.removed import remove_membership


@pytest.fixture
def other(world, ann, bob) -> str:
    """Return a space that ann shares with somebody else than sam."""
    tina = world.phone(world.person("tina", "specialist"))
    return world.paired(tina, ann)


@pytest.mark.parametrize("way", ["created", "updated", "rxdb"])
def test_what_was_written_for_one_person_is_never_shown_to_another(call, sam, ann, pair, other, way):
    melon(call, message={"created": [row(pair, "for Sam")]})
    secret = row(other, "for Tina only", _changed="space,text")
    if way == "rxdb":
        pair_row = {"newDocumentState": {**secret, "_deleted": False}, "assumedMasterState": row(pair, "for Sam")}
        assert call("POST", "rxdb/message/push", [pair_row]) == (200, [])
    else:
        assert melon(call, message={way: [secret]})[0] == 200
    sam.pull()
    assert sam.texts(pair) == ["for Sam"]
    _, page = call("POST", "rxdb/message/pull", {"checkpoint": None, "batchSize": 10})
    assert [document["text"] for document in page["documents"]] == ["for Sam"]


def test_a_farewell_arrives_before_the_pairing_ends(call, sam, pair):
    name = pair.removeprefix("pair:")
    ended = {"id": name, "space": pair, "state": "ended", "_changed": "state"}
    written = [row(pair, "farewell", "f2"), row(pair, "thank you", "f1", sent_at=0)]
    melon(call, pairing={"updated": [ended]}, message={"created": written})
    sam.pull()
    assert sam.texts(pair) == ["thank you", "farewell"]
    assert sam.records("pairing")[0]["data"]["state"] == "ended"


def test_a_conflict_shows_nothing_of_a_space_that_is_lost_meanwhile(world, call, sam, ann, pair, monkeypatch):
    melon(call, message={"created": [row(pair, "hello")]})
    ann.pull()
    name = next(record["id"] for record in ann.records("message"))
    backend, together = world.parts.backend, world.parts.backend.together

    def after_the_loss(*work):
        ann.do("message.edit", space=pair, id=name, text="SECRET")
        remove_membership(world, ann, pair)
        return together(*work)

    monkeypatch.setattr(backend, "together", after_the_loss)
    mine = {"newDocumentState": row(pair, "mine"), "assumedMasterState": row(pair, "not this")}
    status, conflicts = call("POST", "rxdb/message/push", [mine])
    assert (status, "SECRET" in str(conflicts)) == (200, False)


@pytest.mark.parametrize("way", ["rxdb", "watermelondb"])
def test_a_row_that_is_given_again_is_not_newer_than_what_may_be_read(world, call, sam, ann, pair, monkeypatch, way):
    sam.do("message.send", space=pair, id="m1", text="hello", origin="person")
    ann.pull()
    theirs = next(row for row in call("GET", "watermelondb/sync")[1]["changes"]["message"]["updated"])
    _, since = call("GET", "watermelondb/sync")
    melon(call, since["timestamp"], message={"updated": [{**theirs, "text": "forged", "_changed": "text"}]})
    reader, get = world.parts.reader, world.parts.reader.get

    def meanwhile(keys):
        monkeypatch.setattr(reader, "get", get)
        remove_membership(world, ann, pair)
        sam.do("message.edit", space=pair, id="m1", text="SECRET")
        return get(keys)

    monkeypatch.setattr(reader, "get", meanwhile)
    if way == "rxdb":
        answer = call("POST", "rxdb/message/pull", {"checkpoint": None, "batchSize": 10})
    else:
        answer = call("GET", f"watermelondb/sync?last_pulled_at={since['timestamp']}")
    assert reader.get == get, "need the row to be looked at for this test to mean anything"
    assert (answer[0], "SECRET" in str(answer[1])) == (200, False)


def test_a_stream_that_cannot_begin_is_refused_in_words(world, call, ann, pair, monkeypatch):
    def broken(*_):
        raise AutoReconnect

    monkeypatch.setattr(world.parts.reader, "extents", broken)
    status, answer = call("GET", "rxdb/message/stream")
    assert (status, answer["error"]["code"]) == (503, "try_later")


def test_more_rows_than_anybody_has_are_not_even_looked_at(call, pair, monkeypatch):
    monkeypatch.setattr(watermelondb_push, "MOST_ROWS", 100)
    status, answer = melon(call, message={"deleted": [f"m{number}" for number in range(101)]})
    assert (status, answer["error"]["details"]) == (413, {"limit": 100})
    assert melon(call, message={"deleted": ["m"] * 100})[0] == 200


def test_what_is_too_much_for_one_commit_is_stored_in_several(call, ann, pair):
    """Every text is as long as texts may be, in letters of three bytes: more than the database takes at once."""
    notes = [{"id": f"n{number}", "body": "\u0915" * 10_000} for number in range(130)]
    assert melon(call, note={"created": notes})[0] == 200
    documents = [{"newDocumentState": {**note, "id": f"r{at}"}} for at, note in enumerate(notes)]
    assert call("POST", "rxdb/note/push", documents) == (200, [])
    ann.pull()
    while f"user:{ann.user}" in ann.older and ann.scroll(f"user:{ann.user}", 500):
        pass
    assert len(ann.records("note")) == 260


def test_edits_whose_former_texts_are_too_much_at_once_are_stored_one_after_the_other(world, ann, pair):
    for number in range(40):
        ann.does("message.send", space=pair, id=f"m{number}", text="x", origin="person")
    for turn in range(9):
        for number in range(40):
            ann.does("message.edit", space=pair, id=f"m{number}", text="🫂" * 9_990 + str(turn))
    while ann.outbox:
        before = len(ann.outbox)
        ann.push()
        assert len(ann.outbox) < before, "the phone gets on"
    ann.pull()
    assert {text[-1] for text in ann.texts(pair)} == {"8"}


@pytest.mark.parametrize("path", ["watermelondb/sync?last_pulled_at=" + "9" * 4_500, f"rxdb/note/{'9' * 4_500}/pull"])
def test_numbers_without_end_are_refused(call, path):
    assert call("GET", path)[0] in {400, 404}


@pytest.mark.parametrize("largest", [3_000, 20_000])
def test_a_transaction_that_would_be_too_large_is_not_even_tried(call, ann, pair, monkeypatch, largest):
    """In parts, and in order, whether it comes from a client database or a phone."""
    monkeypatch.setattr(transaction, "LARGEST_TRANSACTION", largest)
    notes = [{"id": f"n{number}", "body": "x" * 900} for number in range(50)]
    assert melon(call, note={"created": notes})[0] == 200
    documents = [{"newDocumentState": {**note, "id": f"r{at}"}} for at, note in enumerate(notes)]
    assert call("POST", "rxdb/note/push", documents) == (200, [])
    for number in range(70):
        ann.does("message.send", space=pair, id=f"m{number}", text=f"{number} ".ljust(900, "x"), origin="person")
    assert len(ann.push()) == 70
    ann.pull()
    while ann.older:
        ann.scroll(next(iter(ann.older)), 500)
    assert len(ann.records("note")) == 100
    assert [int(text.split()[0]) for text in ann.texts(pair)] == list(range(70))
