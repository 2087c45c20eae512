"""Profiles, notes and positions: what merges by itself."""

from sync.clock import DAY
from tests.sealed import to_be_read


def two_phones(world, phone):
    tablet = world.phone(phone.transport.caller, "tablet")
    tablet.pull()
    return phone, tablet


def test_a_note_edited_on_two_phones_keeps_both_edits(world, ann):
    ann.do("note.put", id="n1", title="Monday", body="rain")
    phone, tablet = two_phones(world, ann)
    phone.does("note.put", id="n1", title="Tuesday")
    tablet.does("note.put", id="n1", body="sun")
    tablet.sync(), phone.sync(), tablet.sync()
    assert phone.records("note") == tablet.records("note")
    assert phone.records("note")[0]["data"] == {"title": "Tuesday", "body": "sun"}


def test_of_two_edits_of_one_field_the_later_wins_though_it_arrives_first(world, ann):
    ann.do("note.put", id="n1", title="Monday")
    phone, tablet = two_phones(world, ann)
    phone.does("note.put", id="n1", title="earlier")
    world.wait(7 * DAY)
    tablet.do("note.put", id="n1", title="later")
    phone.sync(), tablet.sync()
    assert phone.records("note")[0]["data"]["title"] == tablet.records("note")[0]["data"]["title"] == "later"


def test_an_edit_made_after_seeing_a_value_beats_it_even_on_a_slow_clock(world, ann):
    phone, tablet = two_phones(world, ann)
    phone.do("note.put", id="n1", title="from a right clock")
    tablet.now = lambda: world.time - DAY
    tablet.pull()
    tablet.do("note.put", id="n1", title="from a slow clock")
    phone.pull()
    assert phone.records("note")[0]["data"]["title"] == "from a slow clock"


def test_a_phone_set_to_2099_does_not_win_for_ever(world, ann):
    phone, tablet = two_phones(world, ann)
    tablet.now = lambda: 4_070_908_800_000
    tablet.do("note.put", id="n1", title="from 2099")
    world.wait(1)
    phone.do("note.put", id="n1", title="from today")
    tablet.pull()
    assert tablet.records("note")[0]["data"]["title"] == "from today"


def test_a_deleted_note_is_erased_and_does_not_come_back(world, ann):
    ann.do("note.put", id="n1", body="a secret")
    phone, tablet = two_phones(world, ann)
    phone.do("note.delete", id="n1")
    tablet.do("note.put", id="n1", body="a secret again")
    phone.sync(), tablet.sync()
    assert phone.records("note") == tablet.records("note") == []
    assert "secret" not in to_be_read(world.mongo)


def test_a_note_deleted_before_it_arrived_stays_deleted(world, ann):
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.do("note.delete", id="n1")
    ann.do("note.put", id="n1", body="late")
    ann.pull()
    assert ann.records("note") == []


def test_notes_are_their_authors_alone(ann, eve):
    ann.do("note.put", id="n1", body="mine")
    eve.do("note.put", id="n1", body="hers")
    ann.pull(), eve.pull()
    assert [note["data"]["body"] for note in (*ann.records("note"), *eve.records("note"))] == ["mine", "hers"]


def test_a_profile_merges_field_by_field(world, ann):
    phone, tablet = two_phones(world, ann)
    phone.does("profile.edit", name="Ann")
    tablet.does("profile.edit", pronouns="she/her")
    phone.sync(), tablet.sync(), phone.sync()
    assert phone.records("profile") == tablet.records("profile")
    assert phone.records("profile")[0]["data"] == {"name": "Ann", "pronouns": "she/her"}


def test_a_position_only_moves_forward(sam, ann, pair):
    for number in range(3):
        sam.do("message.send", space=pair, id=f"m{number}", text="hi", origin="person")
    ann.pull()
    last = ann.records("message", pair)[-1]["first_seq"]
    ann.do("position.read", space=pair, seq=last)
    ann.do("position.read", space=pair, seq=1)
    ann.do("position.delivered", space=pair, seq=2)
    assert ann.position(pair) == {"delivered": last, "read": last}


def test_nobody_has_read_what_is_not_there_yet(sam, ann, pair):
    sam.do("message.send", space=pair, id="m1", text="hi", origin="person")
    ann.do("position.read", space=pair, seq=2**53 - 1)
    sam.do("message.send", space=pair, id="m2", text="are you there?", origin="person")
    ann.pull()
    assert ann.unread(pair) == 1


def test_unread_counts_the_messages_of_others_past_the_read_position(world, sam, ann, pair):
    for number in range(3):
        sam.do("message.send", space=pair, id=f"m{number}", text="hi", origin="person")
    ann.do("message.send", space=pair, id="mine", text="hello", origin="person")
    ann.pull()
    assert ann.unread(pair) == 3
    first = ann.records("message", pair)[0]
    ann.do("position.read", space=pair, seq=first["first_seq"])
    assert ann.unread(pair) == 2
    sam.do("message.edit", space=pair, id=first["id"], text="hi!")  # moves to the end, and is still read
    sam.do("message.delete", space=pair, id="m2")
    ann.pull()
    assert ann.unread(pair) == 1 == world.parts.reader.unread(ann.user, {pair: ann.spaces()[pair]})[pair].messages


def test_positions_exist_only_in_shared_spaces(ann):
    ann.do("note.put", id="n1", body="x")
    outcome = ann.do("position.read", space=f"user:{ann.user}", seq=1)
    assert outcome["error"]["code"] == "not_found"
