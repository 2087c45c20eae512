"""What a client database wrote and the server refused stays where the person who wrote it can find it."""

from json import dumps, loads

import pytest

from sync.client_databases import unsent
from tests.http_app import App
from tests.phone import Phone
from tests.sealed import to_be_read

RXDB, MELON = "adapters/rxdb", "adapters/watermelondb/sync?last_pulled_at="


class Rx(App):
    def write(self, kind, *more, **row):
        rows = [{"newDocumentState": one} for one in (*more, row)]
        assert self.call(f"{RXDB}/{kind}/push", rows) == []

    def change(self, kind, name, **fields):
        [master] = [row for row in self.rows(kind) if row["id"].startswith(name)]
        body = [{"newDocumentState": {**master, **fields}, "assumedMasterState": master}]
        assert self.call(f"{RXDB}/{kind}/push", body) == []

    def remove(self, kind, name):
        self.change(kind, name, _deleted=True)

    def rows(self, kind):
        page = self.call(f"{RXDB}/{kind}/pull", {"checkpoint": None, "batchSize": 1000})
        return [row for row in page["documents"] if not row["_deleted"]]


class Melon(App):
    def write(self, kind, *more, **row):
        rows = [
            {name: dumps(cell) if isinstance(cell, dict | list) else cell for name, cell in one.items()}
            for one in (*more, row)
        ]
        self.call(f"{MELON}0", {kind: {"created": rows}})

    def change(self, kind, name, **fields):
        [row] = [row for row in self.rows(kind) if row["id"].startswith(name)]
        changed = {**row, **fields, "_changed": ",".join(fields), "_status": "updated"}
        self.call(f"{MELON}{self.last}", {kind: {"updated": [changed]}})

    def remove(self, kind, name):
        [row] = [row for row in self.rows(kind) if row["id"].startswith(name)]
        self.call(f"{MELON}{self.last}", {kind: {"deleted": [row["id"]]}})

    def rows(self, kind):
        page = self.call(f"{MELON}0")
        self.last = page["timestamp"]
        return [
            {**row, "cells": loads(row["cells"])} if "cells" in row else row for row in page["changes"][kind]["updated"]
        ]


@pytest.fixture(params=[Rx, Melon])
def app(request, world, ann, pair):
    return request.param(world, ann)


def kept(app):
    """Return what is kept, by the row: (kind, space, code, cells)."""
    return {row["row"]: (row["kind"], row["where"], row["code"], row["cells"]) for row in app.rows("unsent")}


def test_a_message_into_a_pairing_that_has_ended(app, sam, pair):
    assert sam.do("pairing.end", pairing=pair.removeprefix("pair:"))["ok"]
    app.write("message", id="m1", space=pair, text="I wanted to say", origin="person", sent_at=7)
    cells = {"text": "I wanted to say", "origin": "person", "sent_at": 7}
    assert kept(app) == {"m1": ("message", pair, "wrong_state", cells)}
    assert app.rows("message") == []


def test_a_message_into_a_space_that_is_none_of_theirs(app):
    app.write("message", id="m1", space="pair:nowhere", text="Hello?", sent_at=7)
    assert kept(app) == {"m1": ("message", "pair:nowhere", "not_found", {"text": "Hello?", "sent_at": 7})}


def test_a_change_to_the_message_of_somebody_else(app, sam, pair):
    assert sam.do("message.send", space=pair, id="m1", text="of sam", origin="person")["ok"]
    app.change("message", "m1", text="of ann")
    [(row, (kind, where, code, cells))] = kept(app).items()
    assert (kind, where, code, cells) == ("message", pair, "forbidden", {"text": "of ann"})
    assert row.startswith("m1")


def test_what_is_cut_off_because_a_text_is_too_long(app, pair):
    text = "word " * 3000
    app.write("message", id="m1", space=pair, text=text, origin="person", sent_at=7)
    [message] = app.rows("message")
    assert len(message["text"]) == 10_000
    kind, where, code, cells = kept(app)["m1"]
    assert (kind, where, code, cells["text"]) == ("message", pair, "too_large", text)


NAMES = {"A\u202enn": "Ann", "Ann\nof the sea": "Ann of the sea", "  Ann\x00 ": "Ann", "\u200bAnn": "\u200bAnn"}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_no_line_becomes_one_without_a_loss(app, name):
    app.write("profile", id="me", name=name)
    assert [row["name"] for row in app.rows("profile")] == [NAMES[name]]
    assert kept(app) == {}


def test_a_name_of_which_nothing_can_be_seen_is_not_stored(app):
    app.write("profile", id="me", name="\u3164", about="x")
    assert [(row["name"], row["about"]) for row in app.rows("profile")] == [("", "x")]


def test_a_choice_of_a_wrong_kind(app):
    app.write("request", id="r1", topics={"nothing_like_it": 3}, mode="first")
    assert kept(app)["r1"][0] == "request"


def test_an_id_that_cannot_be_stored(app, pair):
    app.write("message", id="no blanks, please", space=pair, text="Hello", origin="person", sent_at=7)
    assert kept(app)["no blanks, please"][3]["text"] == "Hello"


def test_a_message_in_which_nothing_can_be_seen(app, pair):
    app.write("message", id="m1", space=pair, text=" \u200b\n", origin="person", sent_at=7)
    assert app.rows("message") == []
    assert kept(app)["m1"] == ("message", pair, "bad_request", {"text": " \u200b\n", "origin": "person", "sent_at": 7})


def test_an_edit_that_leaves_nothing_to_see(app, pair):
    app.write("message", id="m1", space=pair, text="hello", origin="person", sent_at=7)
    app.change("message", "m1", text="   ")
    assert [row["text"] for row in app.rows("message")] == ["hello"]
    assert kept(app)["m1"][2:] == ("bad_request", {"text": "   "})


def test_of_an_answer_to_no_message_only_the_reference_is_lost(app, sam, pair):
    app.write("message", id="m1", space=pair, text="yes", origin="person", sent_at=7, reply_to="nowhere")
    sam.pull()
    assert (sam.texts(pair), sam.records("message")[0]["data"].get("reply_to")) == (["yes"], None)
    assert [row["reply_to"] for row in app.rows("message")] == [None]


def test_an_answer_to_a_message_of_the_same_push_that_seems_to_be_later(app, sam, pair):
    """The phone's clock was set back in between."""
    told = {"space": pair, "origin": "person"}
    first = {**told, "id": "m1", "text": "one more thing", "sent_at": 9}
    second = {**told, "id": "m2", "text": "as I said", "sent_at": 7, "reply_to": "m1"}
    app.write("message", {**told, "id": "m3", "text": "and again", "sent_at": 5, "reply_to": "m2"}, first, **second)
    sam.pull()
    assert sam.texts(pair) == ["one more thing", "as I said", "and again"]
    assert {row["id"]: row["reply_to"] for row in app.rows("message")} == {"m1": None, "m2": "m1", "m3": "m2"}


def test_an_answer_to_a_message_that_was_deleted_meanwhile(app, sam, pair):
    assert sam.do("message.send", space=pair, id="m1", text="how are you?", origin="person")["ok"]
    [theirs] = app.rows("message")
    assert sam.do("message.delete", space=pair, id="m1")["ok"]
    app.write("message", id="m2", space=pair, text="better", origin="person", sent_at=7, reply_to=theirs["id"])
    assert [(row["text"], row["reply_to"]) for row in app.rows("message")] == [("better", theirs["id"])]
    assert kept(app) == {}


def test_nothing_is_kept_of_what_is_stored_or_deleted_or_corrected_without_words(app, sam, pair):
    assert sam.do("message.send", space=pair, id="m1", text="of sam", origin="person")["ok"]
    app.write("message", id="m2", space=pair, text="  of ann  ", origin="person", sent_at=7)
    app.write("note", id="n1", title="", body="", mood=11)
    app.remove("message", "m1")
    app.change("message", "m1", author="ann", first_seq=99)
    assert kept(app) == {}


def test_a_row_that_is_pushed_again_is_kept_once(app, world, ann):
    for _ in range(3):
        app.write("message", id="m1", space="pair:nowhere", text="Hello?", sent_at=7)
        world.wait(1000)
    [row] = world.mongo.records.find({"kind": "unsent"})
    assert row["seq"] == row["first_seq"], "and makes no noise"
    app.write("message", id="m1", space="pair:nowhere", text="Hello again?", sent_at=7)
    assert kept(app)["m1"][3]["text"] == "Hello again?"


def test_it_is_gone_when_the_person_has_seen_it(app, world):
    app.write("message", id="m1", space="pair:nowhere", text="Hello?", sent_at=7)
    [row] = app.rows("unsent")
    app.remove("unsent", row["id"])
    assert app.rows("unsent") == []
    assert world.mongo.records.count_documents({"kind": "unsent"}) > 0
    assert "Hello" not in to_be_read(world.mongo, {"kind": "unsent"})


def test_it_is_theirs_alone(app, world, ann, sam, eve):
    app.write("message", id="m1", space="pair:nowhere", text="Hello?", sent_at=7)
    for phone in (ann, sam, eve):
        phone.pull()
    assert [len(phone.records("unsent")) for phone in (ann, sam, eve)] == [1, 0, 0]
    assert isinstance(ann, Phone)


def test_there_is_an_end_to_it(app, world, monkeypatch):
    monkeypatch.setattr(unsent, "MOST_UNSENT", 3)
    for number in range(5):
        app.write("message", id=f"m{number}", space="pair:nowhere", text="Hello?", sent_at=7)
    assert len(kept(app)) == 3
    app.write("message", id="m1", space="pair:nowhere", text="Hello again?", sent_at=7)
    assert kept(app)["m1"][3]["text"] == "Hello again?", "one that is there may change"
