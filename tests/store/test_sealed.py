"""Content at rest: what lies in the database, who can open it, and what is left once a key is destroyed."""

import pytest

from schemas.content import CONTENT
from schemas.errors import TryLater
from server.sealing.master_keys import MasterKeys
from server.sealing.parts import Owner
from server.store import data_keys
from server.store.data_keys import DataKeys, MissingKey
from server.store.documents import Erased, Records
from sync.record import Record, private
from tests.sealed import MASTER_KEY, records_of

pytestmark = pytest.mark.in_memory

ANN, SAM = Owner("a", "pair:1"), Owner("s", "pair:1")


def message(text, name="m1", author="a"):
    return Record(name, "message", "pair:1", author, {"text": text, "sent_at": 5}, seq=1, first_seq=1)


@pytest.fixture
def records(mongo):
    """Return the records of a worker."""
    return records_of(mongo)


@pytest.fixture
def elsewhere(mongo):
    """Return the records as another worker has them."""
    return Records(mongo, DataKeys(mongo, MasterKeys([MASTER_KEY])))


def test_what_was_sealed_is_opened_as_it_was(records):
    hidden = {"revisions": [{"text": "helo", "at": "5-0"}], "arrived_at": 7}
    said = Record("m1", "message", "pair:1", "a", {"text": "hello", "sent_at": 5}, hidden=hidden, seq=1, first_seq=1)
    [stored] = records.encode([said])
    assert "hello" not in repr(stored)
    assert "helo" not in repr(stored)
    assert (stored["data"], stored["hidden"]) == ({"sent_at": 5}, {"arrived_at": 7})
    assert records.decode([stored]) == [said]


def test_what_was_stored_before_anything_was_sealed_is_read_as_it_is(records):
    [stored] = records.encode([message("hello")])
    older = {**stored, "data": {"text": "hello", "sent_at": 5}}
    del older["sealed"]
    assert records.decode([older]) == [message("hello")]


def test_two_sealed_texts_that_were_exchanged_are_not_opened(records):
    first, second = records.encode([message("yes", "m1"), message("no", "m2")])
    first["sealed"], second["sealed"] = second["sealed"], first["sealed"]
    with pytest.raises(TryLater):
        records.decode([first])


@pytest.mark.parametrize("field", ["space", "kind", "id"])
def test_a_sealed_text_is_opened_only_in_its_place(records, field):
    [stored] = records.encode([message("hello")])
    with pytest.raises(TryLater):
        records.decode([{**stored, field: "note" if field == "kind" else "x"}])


def test_a_sealed_part_is_not_opened_for_another_purpose(records):
    revised = {"revisions": [{"text": "helo", "at": "5-0"}]}
    [stored] = records.encode([Record("m1", "message", "pair:1", "a", {"text": "hello"}, hidden=revised)])
    stored["sealed"]["data"], stored["sealed"]["hidden"] = stored["sealed"]["hidden"], stored["sealed"]["data"]
    with pytest.raises(TryLater):
        records.decode([stored])


def test_each_part_is_sealed_by_who_wrote_it(records):
    data = {"text": "How are you?", "answer": "Well.", "state": "answered"}
    question = Record("q1", "question", "pair:1", "s", data, hidden={"writers": {"answer": "a"}}, seq=1, first_seq=1)
    [stored] = records.encode([question])
    records.keys.destroy([ANN])
    [left] = records.decode([stored])
    assert left.data == {"text": "How are you?", "answer": None, "state": "answered"}
    assert records.changes([stored]) == [left.change()]
    records.keys.destroy([SAM])
    assert records.decode([stored])[0].deleted
    assert records.changes([stored]) == [left.tombstone().change()]


def test_each_entry_is_sealed_by_its_member(records):
    data = {
        "members": {"a": {"role": "peer", "name": "Ann"}, "s": {"role": "specialist", "name": "Sam"}},
        "state": "active",
    }
    words = {"state": "closed", "words": {"a": "Thank you.", "s": "Take care."}}
    pairing = Record("1", "pairing", "pair:1", "s", data, seq=1, first_seq=1)
    session = Record("1", "session", "pair:1", "a", words, seq=2, first_seq=2)
    stored = records.encode([pairing, session])
    assert records.decode(stored) == [pairing, session]
    records.keys.destroy([ANN])
    house, talk = records.decode(stored)
    assert house.data["members"] == {"a": {"role": "peer"}, "s": {"role": "specialist", "name": "Sam"}}
    assert talk.data["words"] == {"s": "Take care."}


def test_what_is_written_with_a_destroyed_key_is_not_stored(records):
    records.encode([message("hello")])
    records.keys.destroy([ANN])
    with pytest.raises(Erased):
        records.encode([message("again")])
    [blank] = records.encode([message("")])
    assert records.decode([blank])[0].data["text"] == ""


def test_words_of_another_account_are_sealed_with_that_account_s_own_key(records):
    hidden = {"peer": "ann", "writers": {"note": private("ann")}}
    offer = Record("o1", "offer", private("sam"), "sam", {"note": "I am afraid.", "state": "sent"}, hidden=hidden)
    [stored] = records.encode([offer])
    records.keys.destroy([Owner("ann", private("ann"))])
    [left] = records.decode([stored])
    assert (left.data["note"], left.data["state"], left.deleted) == (None, "sent", False)
    assert records.changes([stored]) == [left.change()]


def test_a_phone_is_shown_nothing_of_a_message_whose_key_is_destroyed(records):
    [stored] = records.encode([message("hello")])
    assert records.changes([stored]) == [message("hello").change()]
    records.keys.destroy([ANN])
    assert records.changes([stored]) == [message("").tombstone().change()]


def test_a_key_that_is_missing_by_mistake_is_not_taken_for_an_erasure(records, mongo, elsewhere):
    [stored] = records.encode([message("hello")])
    mongo["keys"].delete_many({"wrapped": {"$exists": True}, "_id": {"$ne": data_keys.NAMES}})
    with pytest.raises(TryLater):
        elsewhere.decode([stored])


def test_a_key_that_was_moved_to_another_row_opens_nothing(records, mongo, elsewhere):
    records.encode([message("hello"), message("hello", "m2", "s")])
    [stored] = records.encode([message("hello")])
    ids = [records.keys.id_of(owner) for owner in (ANN, SAM)]
    other = mongo["keys"].find_one({"_id": ids[1]})["wrapped"]
    mongo["keys"].update_one({"_id": ids[0]}, {"$set": {"wrapped": other}})
    with pytest.raises(TryLater):
        elsewhere.decode([stored])


def test_another_worker_opens_nothing_any_more_a_moment_after_a_key_was_destroyed(records, elsewhere, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(data_keys.time, "monotonic", lambda: now[0])
    [stored] = records.encode([message("hello")])
    assert elsewhere.decode([stored]) == [message("hello")]
    records.keys.destroy([ANN])
    now[0] += data_keys.LOOKED + 0.01
    assert elsewhere.decode([stored])[0].deleted


def test_more_keys_are_destroyed_at_once_than_are_named(records, elsewhere, monkeypatch):
    monkeypatch.setattr(data_keys, "NAMED", 2)
    monkeypatch.setattr(data_keys, "LOOKED", 0.0)
    stored = records.encode([message("hello", f"m{number}", f"a{number}") for number in range(5)])
    assert not any(record.deleted for record in elsewhere.decode(stored))
    records.keys.destroy([Owner(f"a{number}", "pair:1") for number in range(5)])
    assert all(record.deleted for record in elsewhere.decode(stored))


def test_two_workers_make_one_key(mongo, records, elsewhere):
    """Both look before either has stored it."""
    found, stored = DataKeys._find, []

    def meanwhile(keys, ids):
        before = found(keys, ids)
        if not stored:
            stored.append(None)
            stored[:] = elsewhere.encode([message("mine", "m2")])
        return before

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DataKeys, "_find", meanwhile)
        mine = records.encode([message("yours")])
    assert [record.data["text"] for record in elsewhere.decode([*mine, *stored])] == ["yours", "mine"]


def test_a_key_without_a_record_does_no_harm(mongo, records, elsewhere):
    """The power is cut between the two: the record is sent again, and finds its key."""
    records.encode([message("hello")])
    [stored] = elsewhere.encode([message("hello")])
    assert records.decode([stored]) == [message("hello")]
    assert mongo["keys"].count_documents({"wrapped": {"$exists": True}}) == 2, "the key, and the secret of the names"


def test_no_two_keys_can_be_told_to_be_of_one_account(mongo, records):
    records.encode([message("hello"), Record("n1", "note", private("ann"), "ann", {"body": "x", "title": "y"})])
    rows = repr(list(mongo["keys"].find()))
    assert "ann" not in rows
    assert "pair:1" not in rows


def test_every_kind_comes_back_whole(records):
    """A record of each kind with content in every field."""
    for kind, content in CONTENT.items():
        by_member = {
            field: {"a": {inner or "text": "secret"}, "s": {inner or "text": "secret"}}
            for field, inner in content.by_member.items()
        }
        data = {**dict.fromkeys(content.data, "secret"), "state": "open", **by_member}
        hidden = {"users": {"a": "ann"}} | {field: ["secret"] for field in content.hidden}
        record = Record("1", kind, "pair:1", "a", data, hidden=hidden, seq=1, first_seq=1)
        [stored] = records.encode([record])
        assert "secret" not in repr(stored), kind
        assert records.decode([stored]) == [record], kind


def test_a_key_that_does_not_exist_yet_is_destroyed_too(records, elsewhere):
    records.keys.destroy([ANN])
    with pytest.raises(Erased):
        elsewhere.encode([message("hello")])
    assert list(elsewhere.keys.live()) == []


def test_the_secret_of_the_names_is_never_made_twice(mongo, records, elsewhere):
    records.encode([message("hello")])
    mongo["keys"].delete_many({})
    with pytest.raises(MissingKey):
        elsewhere.encode([message("again")])


def test_a_key_that_was_not_stored_after_all_is_not_used_any_more(mongo, records):
    """The database has answered, and then its disk was full."""
    records.encode([message("hello")])
    mongo["keys"].delete_one({"_id": records.keys.id_of(ANN)})
    records.keys.forget()
    [stored] = records.encode([message("again")])
    assert mongo["keys"].find_one({"_id": stored["sealed"]["data"][0][0]}) is not None


def test_a_key_that_only_a_minority_has_is_waited_for(records, monkeypatch):
    found, late = DataKeys._rows, []

    def behind(keys, ids):
        late.append(None)
        return [] if len(late) < 3 else found(keys, ids)

    monkeypatch.setattr(DataKeys, "_rows", behind)
    [stored] = records.encode([message("hello")])
    assert records.decode([stored]) == [message("hello")]


@pytest.mark.parametrize(
    ("kind", "data", "hidden", "erased"),
    [
        ("offer", {"note": "hers", "state": "sent"}, {"peer": "ann"}, "note"),
        ("call", {"words": "hers", "said": []}, {"user": "ann"}, "words"),
        ("debrief", {"words": "hers", "messages": [], "by": "peer"}, {"other": ["ann", "d1"]}, "words"),
        ("supervision", {"specialist": "hers"}, {"specialist": "ann"}, "specialist"),
    ],
)
def test_copies_that_were_stored_in_the_clear_belong_to_who_wrote_them(records, kind, data, hidden, erased):
    row = {"_id": f"user:sue|{kind}|1", "space": "user:sue", "kind": kind, "id": "1", "seq": 1, "first_seq": 1}
    [older] = records.decode([row | {"author": "sue", "data": data, "hidden": hidden}])
    [stored] = records.encode([older])
    records.keys.destroy([Owner("ann", private("ann"))])
    [left] = records.decode([stored])
    assert not left.data[erased]
    assert not left.deleted
