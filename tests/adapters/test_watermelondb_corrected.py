"""A push that cannot be done is accepted, and the next sync corrects its rows."""

import pytest

from schemas.agreement import AGREED
from sync.clock import MINUTE
from tests.adapters.watermelondb import consistent, me, message, only


def corrected(app, syncs=2):
    """Push and pull again; then nothing is left to push, and this database equals the server's."""
    app.sync(syncs)
    assert not app.do("dirty")
    assert consistent(app)


def test_a_message_into_a_pairing_that_has_ended_goes(anns, sam, space):
    sam.do("pairing.end", pairing=space.partition(":")[2])
    anns.send(space, "too late")
    corrected(anns)
    assert anns.texts(space) == []


def test_a_message_of_a_pairing_that_has_ended_is_not_changed_and_can_be_deleted(anns, sam, space):
    edited, removed = anns.send(space, "the first"), anns.send(space, "the second")
    anns.sync(2)
    sam.do("pairing.end", pairing=space.partition(":")[2])
    anns.do("edit", row=edited, text="changed")
    anns.do("remove", row=removed)
    corrected(anns)
    assert anns.texts(space) == ["the first"]


@pytest.mark.parametrize("where", ["pair:NOWHERE", "user:somebody", "", "__proto__", "their own", "another's"])
def test_a_message_into_no_space_of_mine_goes(anns, ann, online, app, where):
    if where == "another's":
        where = pair_of_others(online)
    anns.send(f"user:{ann.user}" if where == "their own" else where, "astray")
    corrected(anns)
    assert anns.rows("message") == {}


def pair_of_others(online):
    specialist, peer = online("specialist"), online()
    code = specialist.do("pairing.invite")["changes"][0]["data"]["code"]
    return peer.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]


@pytest.fixture
def theirs(sams, anns, space):
    """Return the id of a row of sam's message in ann's app."""
    sams.send(space, "mine alone")
    sams.sync()
    anns.sync()
    [row] = anns.rows("message")
    return row


def test_anothers_message_cannot_be_edited(anns, sams, space, theirs):
    anns.do("edit", row=theirs, text="not mine")
    corrected(anns)
    sams.sync()
    assert anns.texts(space) == sams.texts(space) == ["mine alone"]


def test_anothers_message_cannot_be_deleted(anns, sams, space, theirs):
    anns.do("remove", row=theirs)
    corrected(anns)
    sams.sync()
    assert anns.texts(space) == sams.texts(space) == ["mine alone"]


def test_a_refusal_is_told_to_one_person_alone(anns, sams, space, theirs):
    anns.do("edit", row=theirs, text="not mine")
    sams.sync()
    sams.do("exchanges")
    corrected(anns)
    sams.sync()
    [pull] = sams.do("exchanges")
    assert '"updated":[{' not in pull["received"]


def test_a_text_that_is_too_long_is_cut(anns, sam, space):
    row = anns.send(space, "👋" * 10_001)
    corrected(anns)
    assert anns.texts(space) == ["👋" * 10_000]
    anns.do("edit", row=row, text="x" * 10_001)
    corrected(anns)
    sam.sync()
    assert sam.texts(space) == anns.texts(space) == ["x" * 10_000]


def test_a_text_that_is_cut_keeps_its_lines(anns, space):
    anns.send(space, "a  b\n\n" * 2_000)
    corrected(anns)
    assert anns.texts(space) == [("a  b\n\n" * 2_000)[:10_000]]


def test_a_text_of_nothing_is_no_message(anns, space):
    anns.send(space, "")
    kept = anns.send(space, "kept")
    corrected(anns)
    anns.do("edit", row=kept, text="")
    corrected(anns)
    assert anns.texts(space) == ["kept"]


def test_half_an_emoji_is_mended(anns, sam, space):
    anns.send(space, "cut \ud83d here")
    anns.send(space, "whole")
    corrected(anns)
    sam.sync()
    assert sorted(anns.texts(space)) == sorted(sam.texts(space)) == ["cut \ufffd here", "whole"]


@pytest.mark.parametrize(
    ("reply_to", "stored"), [("", None), ("a:b", None), ("💥", None), ("x" * 500, None), ("nothing", None)]
)
def test_an_answer_to_what_cannot_be_is_a_message_all_the_same(anns, space, reply_to, stored):
    row = anns.create("message", space=space, text="an answer", sent_at=1, reply_to=reply_to)
    corrected(anns)
    assert anns.rows("message")[row]["reply_to"] == stored


def test_an_id_may_have_fifty_characters_and_one_that_cannot_be_goes(anns, space):
    longest = "Aa0_-" * 10
    for row in (longest, "x" * 65, "a:b", "Grüße"):
        anns.create("message", id=row, space=space, text="x", sent_at=1)
        anns.create("note", id=row, body="x")
    corrected(anns)
    assert list(anns.rows("message")) == list(anns.rows("note")) == [longest]


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"mood": 11}, {"mood": 10}),
        ({"mood": -3}, {"mood": 0}),
        ({"mood": 3.2}, {"mood": 3}),
        ({"title": "t" * 201}, {"title": "t" * 200}),
        ({"first_seq": 77, "body": "b"}, {"body": "b"}),
    ],
)
def test_values_out_of_range_are_mended(anns, fields, stored):
    made = anns.create("note", **fields)
    changed = anns.create("note", title="t", body="b", mood=5)
    corrected(anns)
    anns.update("note", changed, **fields)
    corrected(anns)
    for row in (made, changed):
        cells = anns.rows("note")[row]
        assert {name: cells[name] for name in stored} == stored
        assert cells["first_seq"] != 77


@pytest.mark.parametrize(
    ("name", "stored"), [("  Ann  ", "Ann"), ("", "Ann A."), ("x" * 81, "x" * 80), (" ", "Ann A.")]
)
def test_a_name_is_one_line(anns, ann, name, stored):
    ann.do("profile.edit", name="Ann A.")
    anns.sync()
    anns.update("profile", "me", name=name, about="x")
    corrected(anns)
    assert anns.rows("profile")["me"]["name"] == stored
    assert anns.rows("profile")["me"]["about"] == "x"


def test_there_is_one_profile_and_it_cannot_be_deleted(anns, ann):
    ann.do("profile.edit", name="Ann")
    anns.create("profile", about="of another id")
    corrected(anns)
    assert {row: cells["name"] for row, cells in anns.rows("profile").items()} == {"me": "Ann"}
    anns.delete("profile", "me")
    corrected(anns)
    assert anns.rows("profile")["me"]["name"] == "Ann"


def test_a_position_never_goes_back_and_never_past_the_end(anns, ann, sam, space):
    place = sam.do("message.send", space=space, id="m1", text="hello", origin="person")["changes"][0]["first_seq"]
    anns.sync()
    anns.do("read", space=space, upTo=place)
    corrected(anns)
    mine = space.replace(":", ".")
    for field, value in (("read", 1), ("delivered", 1), ("read", 10**9)):
        anns.update("position", mine, **{field: value})
        corrected(anns)
        position = anns.rows("position")[mine]
        assert place <= position["read"] <= position["delivered"] <= place + 1
    anns.delete("position", mine)
    corrected(anns)
    assert mine in anns.rows("position")


def test_a_receipt_is_written_by_beside_alone(anns, sam, ann, space, parts, monkeypatch):
    place = sam.do("message.send", space=space, id="m1", text="hello", origin="person")["changes"][0]["first_seq"]
    sam.do("position.delivered", space=space, seq=place)
    later = parts.backend.now() + 2 * MINUTE
    monkeypatch.setattr(parts.backend, "now", lambda: later)
    parts.backend.order("position.show", {"space": f"user:{sam.user}", "id": space.replace(":", ".")}, "by hand")
    anns.sync()
    before = anns.rows("receipt")
    assert [(row["delivered"], row["read"]) for row in before.values()] == [(place, 0)]
    [theirs] = before
    anns.update("receipt", theirs, read=place, delivered=1)
    corrected(anns)
    assert anns.rows("receipt") == before
    anns.create("receipt", id=me(anns, space), space=space, read=1)
    corrected(anns)
    assert anns.rows("receipt") == before
    anns.delete("receipt", theirs)
    corrected(anns)
    assert anns.rows("receipt") == before


@pytest.mark.parametrize("state", ["invited", "active", "agreement_pending", "handover", "", "deleted"])
def test_a_pairing_takes_no_state_but_those_it_can_be_brought_into(anns, sam, space, state):
    [pairing] = anns.rows("pairing")
    before = anns.rows("pairing")
    anns.update("pairing", pairing, state=state, members="{}", code="x")
    corrected(anns)
    assert anns.rows("pairing") == before
    sam.do("pairing.end", pairing=pairing)
    anns.sync()
    anns.update("pairing", pairing, state=state)
    corrected(anns)
    assert anns.rows("pairing")[pairing]["state"] == "ended"


@pytest.mark.parametrize("table", ["pairing", "membership"])
def test_what_is_made_online_can_neither_be_made_nor_deleted_here(anns, space, table):
    before = anns.rows(table)
    [row] = before
    anns.create(table, space=space)
    anns.delete(table, row)
    corrected(anns)
    assert anns.rows(table) == before


def test_a_membership_is_read_only(anns, space):
    before = anns.rows("membership")
    [row] = before
    anns.update("membership", row, role="specialist", member="another", space="pair:other")
    corrected(anns)
    assert anns.rows("membership") == before


def test_columns_of_the_servers_are_the_servers(anns, space):
    row = anns.create("message", space=space, text="hello", author="x", edited=True, first_seq=1)
    corrected(anns)
    before = anns.rows("message")[row]
    assert (before["author"], before["origin"], before["edited"]) == (me(anns, space), "person", False)
    anns.update("message", row, author="x", first_seq=99, edited=True, origin="system", sent_at=5, space="pair:other")
    corrected(anns)
    assert anns.rows("message")[row] == before


def test_a_clock_years_off_does_no_harm(anns, sam, space):
    ahead = anns.create("message", space=space, text="from the future", sent_at=4_102_444_800_000)
    behind = anns.create("message", space=space, text="from the past", sent_at=-1)
    corrected(anns)
    anns.do("edit", row=ahead, text="edited")
    anns.do("edit", row=behind, text="edited as well")
    corrected(anns)
    sam.sync()
    assert sorted(sam.texts(space)) == ["edited", "edited as well"]


def test_the_good_rows_of_a_push_are_stored_whatever_the_others_are(anns, sams, space, theirs):
    anns.do("edit", row=theirs, text="not mine")
    anns.send("pair:NOWHERE", "astray")
    anns.send(space, "a good one")
    corrected(anns)
    sams.sync()
    assert sams.texts(space) == anns.texts(space) == ["mine alone", "a good one"]


def test_nobody_is_written_over_by_an_id_that_somebody_else_has_used(anns, sams, raw, sam, space):
    row = sams.send(space, "mine")
    sams.sync()
    anns.create("message", id=row, space=space, text="also mine", sent_at=1)
    corrected(anns)
    corrected(sams)
    assert sorted(sams.texts(space)) == sorted(anns.texts(space)) == ["also mine", "mine"]
    assert raw(sam).push(only("message", created=[message(space, row, "mine")])).status_code == 200
