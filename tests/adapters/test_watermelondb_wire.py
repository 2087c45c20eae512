"""The answers to WatermelonDB's `pullChanges`, byte by byte."""

import json
import threading

import pytest

from server.store.tombstones import expire_tombstones
from tests.adapters.watermelondb import LAST


def test_the_schema_names_every_table_and_its_columns(tables):
    assert tables["version"] == 4
    named = {table["name"]: {column["name"] for column in table["columns"]} for table in tables["tables"]}
    shared = {"space", "author", "first_seq"}
    assert named == {
        "message": {*shared, "text", "reply_to", "sent_at", "edited", "origin", "hard_to_say"},
        "note": {"first_seq", "title", "body", "mood"},
        "profile": {"first_seq", "name", "pronouns", "about", "languages", "gender", "age_band"},
        "pairing": {
            *shared, "state", "code", "expires_at", "members", "agreement", "proposed", "ending", "next", "without",
        },
        "membership": {"first_seq", "space", "member", "role"},
        "position": {"first_seq", "where", "delivered", "read"},
        "receipt": {*shared, "delivered", "read"},
        "agreement": {*shared, "version", "terms", "sha256", "state", "signed"},
        "availability": {"first_seq", "zone", "weekly", "exceptions"},
        "fact": {"first_seq", "topic", "kind", "depth", "tier", "seen"},
        "introduction": {*shared, "facts"},
        "practice": {
            "first_seq", "name", "about", "places", "standing_yes", "avoid", "comfort", "style", "age_bands",
            "asynchronous", "apart", "active", "reserved", "paused_until", "kindly",
        },
        "credential": {"first_seq", "supervised", "supervised_since", "until", "minors_ok"},
        "request": {
            "first_seq", "state", "mode", "topics", "quiet", "languages", "must", "wishes", "apart", "asynchronous",
            "patience_hours", "name", "note", "person", "relax", "opened_at", "patience_until", "last", "wait",
            "suggestion", "doors", "after", "priority", "talk",
        },
        "shortlist": {"first_seq", "people", "made_at", "valid_until", "policy"},
        "offer": {
            "first_seq", "state", "sent_at", "due_at", "topics", "languages", "name", "note", "reasons", "limit",
            "reason", "not_now", "pairing",
        },
        "handover": {*shared, "sort", "state", "until", "words", "stand_in"},
        "security_event": {"first_seq", "event", "device", "name", "at"},
        "unsent": {"first_seq", "kind", "row", "where", "code", "message", "cells", "at"},
        "story": {"first_seq", "text", "shared"},
        "story_card": {*shared, "text"},
        "ack": {
            *shared, "message", "heard", "with_you", "thank_you_for_telling_me", "tell_me_more_when_ready",
            "i_need_time",
        },
        "question": {*shared, "prompt", "locale", "text", "state", "answer"},
        "promise": {
            *shared, "sort", "by", "zone", "words", "by_at", "grace_until", "state", "renewed", "late",
        },
        "disclosure": {*shared, "theme", "prompt", "hours", "due_at", "state", "sealed", "cards", "mine"},
        "card": {"first_seq", "where", "sort", "about", "text", "facts"},
        "suggestion": {*shared, "about", "state", "text"},
        "step": {*shared, "text", "state"},
        "strength": {*shared, "text"},
        "pin": {"first_seq", "where", "kind", "of"},
        "milestone": {*shared, "kind", "of", "pinned_at"},
        "letter": {*shared, "text"},
        "session": {*shared, "state", "until", "opened_at", "idle_minutes", "words"},
        "repair": {*shared, "words", "state"},
        "escalation": {
            *shared, "ground", "to", "told", "messages", "consent", "decided_by", "why_not", "at", "told_at",
        },
        "checkin": {"first_seq", "pairing", "could_say", "can_rely", "both_gave", "sealed", "at"},
        "trend": {"first_seq", "series", "hint", "next_at"},
        "quiet": {"first_seq", "zone", "spans"},
        "mute": {"first_seq", "where", "until"},
        "unread": {"first_seq", "where", "seq", "read"},
        "plan": {"first_seq", "notice", "soothe", "go_to", "call", "keep_away", "worth"},
        "block": {"first_seq", "where", "at", "lifted"},
        "report": {
            "first_seq", "where", "ground", "words", "messages", "consent", "state", "outcome", "filed_at",
        },
        "sos": {"first_seq", "state", "raised_at", "words", "asked", "taken", "said"},
        "call": {"first_seq", "state", "raised_at", "where", "words", "said"},
        "debrief": {
            "first_seq", "where", "words", "messages", "answer", "state", "asked_at", "by", "handed_over_at",
        },
        "sanction": {"first_seq", "action", "state", "words", "at", "until", "appeal", "appeal_words", "answer"},
        "supervision": {"first_seq", "specialist", "state", "since", "ended_at", "past"},
        "nudge": {"first_seq", "where", "message"},
    }  # fmt: skip


def test_the_schema_says_what_may_be_null_and_what_is_indexed(tables):
    columns = [(table["name"], column) for table in tables["tables"] for column in table["columns"]]
    optional = {f"{table}.{column['name']}" for table, column in columns if column.get("isOptional")}
    assert optional == {
        "message.reply_to", "note.mood", "pairing.code", "pairing.expires_at", "pairing.agreement", "pairing.proposed",
        "pairing.ending", "pairing.next", "profile.gender", "profile.age_band", "practice.style", "practice.kindly",
        "request.name", "request.note", "request.person", "request.relax", "request.last", "request.after",
        "offer.name", "offer.note", "offer.reason", "offer.pairing", "handover.until", "handover.stand_in",
        "question.prompt", "question.answer", "promise.words", "disclosure.theme", "disclosure.prompt",
        "suggestion.about", "repair.words", "escalation.why_not", "escalation.told_at", "checkin.could_say",
        "checkin.can_rely", "checkin.both_gave", "checkin.sealed", "trend.hint", "report.outcome", "sos.words",
        "call.where", "call.words", "debrief.where", "debrief.answer", "debrief.by",
        "debrief.handed_over_at", "credential.supervised_since", "sanction.until", "sanction.appeal",
        "sanction.appeal_words", "sanction.answer", "supervision.ended_at", "mute.until",
    }  # fmt: skip
    indexed = {f"{table}.{column['name']}" for table, column in columns if column.get("isIndexed")}
    assert {"message.space", "message.first_seq"} <= indexed
    assert {column["type"] for _, column in columns} <= {"string", "number", "boolean"}


def test_the_cursor_of_an_empty_account_is_a_whole_number_that_can_be_sent_back(raw, online):
    eves = raw(online())
    body = eves.pull()
    assert all(not arrays["updated"] for arrays in body["changes"].values())
    assert eves.pull(body["timestamp"])["timestamp"] >= body["timestamp"]


def test_nothing_null_zero_and_absent_are_all_a_first_sync(bare_ann):
    first = bare_ann.pull()["changes"]
    queries = [{}, {"last_pulled_at": ""}, {"last_pulled_at": "0"}, {"last_pulled_at": "null"}]
    assert [bare_ann.ask(**query).json()["changes"] for query in queries] == [first] * 4


def test_a_first_sync_brings_every_live_row_and_no_deletion(bare_ann, ann, sam, space):
    for number in range(3):
        sam.do("message.send", space=space, id=f"m{number}", text=f"hello {number}", origin="person")
    sam.do("message.delete", space=space, id="m1")
    ann.do("note.put", id="n1", body="x")
    ann.do("note.delete", id="n1")
    ann.do("profile.edit", name="Ann")
    ann.do("position.read", space=space, seq=4)
    sam.do("position.read", space=space, seq=4)
    body = bare_ann.pull()
    assert all(arrays["deleted"] == [] for arrays in body["changes"].values())
    counts = {table: len(arrays["updated"]) for table, arrays in body["changes"].items() if arrays["updated"]}
    assert counts == {"message": 2, "profile": 1, "pairing": 1, "membership": 1, "position": 1, "agreement": 1}
    assert "experimentalStrategy" not in body


def test_one_answer_holds_everything(bare_ann, sam, space, last):
    for number in range(1_300):
        sam.does("message.send", space=space, id=f"m{number}", text=f"hello {number}", origin="person")
    while sam.outbox:
        sam.push()
    assert len(bare_ann.rows("message")) == 1_300
    assert len(bare_ann.rows("message", last)) == 1_300


def test_deletions_are_told_once_and_in_their_array(bare_ann, sam, space, last):
    sam.do("message.send", space=space, id="m1", text="regretted", origin="person")
    between = bare_ann.pull(last)
    [row] = between["changes"]["message"]["updated"]
    sam.do("message.delete", space=space, id="m1")
    after = bare_ann.pull(between["timestamp"])
    assert after["changes"]["message"] == {"created": [], "updated": [], "deleted": [row["id"]]}
    assert bare_ann.pull(after["timestamp"])["changes"]["message"]["deleted"] == []
    assert bare_ann.rows("message", last) == {}


def test_the_cursor_stays_while_nothing_changes(bare_ann, last):
    body = bare_ann.pull(last)
    assert body["timestamp"] == last
    assert all(arrays == {"created": [], "updated": [], "deleted": []} for arrays in body["changes"].values())


def test_a_row_that_changed_and_has_to_be_put_right_comes_once(bare_ann, sam, space, last):
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    body = bare_ann.pull(last)
    [row] = body["changes"]["message"]["updated"]
    bare_ann.pushed("message", body["timestamp"], updated=[{**row, "text": "forged", "_changed": "text"}])
    sam.do("message.edit", space=space, id="m1", text="hello again")
    [row] = bare_ann.pull(body["timestamp"])["changes"]["message"]["updated"]
    assert row["text"] == "hello again"


def test_a_lost_answer_can_be_asked_for_again(bare_ann, sam, space, last):
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    assert [len(bare_ann.rows("message", last)) for _ in range(3)] == [1, 1, 1]


def test_nothing_falls_between_two_pulls_while_others_write(bare_ann, online, ann, sam, space, last):
    writers = [online(tokens=person.tokens) for person in (sam, ann, sam)]
    threads = [
        threading.Thread(target=talk, args=(phone, space, name)) for phone, name in zip(writers, "abc", strict=True)
    ]
    for thread in threads:
        thread.start()
    rows, cursors = {}, [last]
    while any(thread.is_alive() for thread in threads):
        follow(bare_ann, rows, cursors)
    follow(bare_ann, rows, cursors)
    assert len(rows) == 3 * 20
    assert rows == bare_ann.rows("message")
    assert cursors == sorted(cursors)


def talk(phone, space, name):
    for number in range(30):
        phone.do("message.send", space=space, id=f"{name}{number}", text="hello", origin="person")
        if number % 3 == 1:
            phone.do("message.edit", space=space, id=f"{name}{number - 1}", text="corrected")
        if number % 3 == 2:
            phone.do("message.delete", space=space, id=f"{name}{number}")


def follow(way, rows, cursors):
    body = way.pull(cursors[-1])
    changes = body["changes"]["message"]
    rows.update((row["id"], row) for row in changes["updated"])
    for row_id in changes["deleted"]:
        rows.pop(row_id, None)
    cursors.append(body["timestamp"])


@pytest.mark.parametrize("lost", [7_777_777, LAST, 1])
def test_a_cursor_that_the_server_does_not_know_is_answered_with_everything(raw, online, bare_ann, lost):
    bare_ann.pull()
    body = bare_ann.pull(lost)
    assert body["experimentalStrategy"] == "replacement"
    assert body["changes"] == bare_ann.pull()["changes"]


def test_a_cursor_of_somebody_else_opens_nothing(raw, online, bare_ann, sam, space, last):
    sam.do("message.send", space=space, id="m1", text="secret", origin="person")
    body = raw(online()).pull(last)
    assert all(arrays == {"created": [], "updated": [], "deleted": []} for arrays in body["changes"].values())
    assert body["experimentalStrategy"] == "replacement"


def test_who_missed_an_expired_deletion_is_answered_with_everything(server, bare_ann, sam, space):
    for name in ("m1", "m2"):
        sam.do("message.send", space=space, id=name, text=name, origin="person")
    last = bare_ann.pull()["timestamp"]
    gone = sam.do("message.delete", space=space, id="m1")["changes"][0]["seq"]
    sam.do("message.send", space=space, id="m3", text="m3", origin="person")
    assert expire_tombstones(server.mongo, space, gone) == 1
    body = bare_ann.pull(last)
    assert body["experimentalStrategy"] == "replacement"
    assert sorted(row["text"] for row in body["changes"]["message"]["updated"]) == ["m2", "m3"]
    assert "experimentalStrategy" not in bare_ann.pull(body["timestamp"])


def test_a_migration_brings_new_tables_and_what_is_not_empty_in_new_columns(bare_ann, sam, ann, space):
    sam.do("message.send", space=space, id="m1", text="a question", origin="person")
    sam.do("message.send", space=space, id="m2", text="an answer", origin="person", reply_to="m1")
    ann.do("note.put", id="n1", body="old")
    body = bare_ann.pull()
    [answer] = [row for row in body["changes"]["message"]["updated"] if row["reply_to"]]
    migration = {"from": 1, "tables": ["note"], "columns": [{"table": "message", "columns": ["reply_to", "edited"]}]}
    changes = bare_ann.pull(body["timestamp"], migration=json.dumps(migration))["changes"]
    assert [row["id"] for row in changes["note"]["updated"]] == ["n1"]
    assert changes["message"]["updated"] == [answer]
    assert changes["pairing"]["updated"] == []


def test_a_migration_names_no_row_twice_and_brings_the_deletions_as_well(bare_ann, sam, ann, space, last):
    ann.do("note.put", id="n1", body="new")
    sam.do("message.send", space=space, id="m1", text="new", origin="person")
    migration = {"from": 1, "tables": ["note", "message"], "columns": [{"table": "message", "columns": ["text"]}]}
    body = bare_ann.pull(last, migration=json.dumps(migration))
    assert [len(body["changes"][table]["updated"]) for table in ("note", "message")] == [1, 1]
    ann.do("note.delete", id="n1")
    assert bare_ann.pull(body["timestamp"], migration=json.dumps(migration))["changes"]["note"]["deleted"] == ["n1"]


@pytest.mark.parametrize(
    "migration",
    [
        {"from": 1, "tables": ["account", "__proto__", "note"], "columns": []},
        {"from": 1, "tables": ["note"], "columns": [{"table": "devices", "columns": ["x"]}]},
        {"from": 1, "tables": [], "columns": [{"table": "note", "columns": ["$where", "hidden", "body"]}]},
    ],
)
def test_a_migration_opens_no_table_or_column_that_is_not_in_the_schema(bare_ann, ann, last, migration):
    ann.do("note.put", id="n1", body="x")
    assert list(bare_ann.pull(last, migration=json.dumps(migration))["changes"]["note"]["updated"][0]) != []
