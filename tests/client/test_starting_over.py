"""If the server cannot tell a phone of @beside/client what to drop, the phone starts over and equals a fresh one."""

import pytest

from server.store.tombstones import expire_tombstones
from tests.client.remote import Remote
from tests.sync.removed import remove_membership
from tests.sync.stories import fetch_everything

pytestmark = pytest.mark.in_memory


@pytest.fixture
def phone(world, driver, sam, ann, pair) -> Remote:
    """Return a phone of ann with some messages and notes, which will then miss changes."""
    phone = Remote(driver, ann.transport, ann.user, "phone", lambda: world.time)
    for number in range(6):
        sam.do("message.send", space=pair, id=f"m{number}", text="hello", origin="person")
        ann.do("note.put", id=f"n{number}", title="a note")
    phone.sync()
    assert len(phone.texts(pair)) == 6
    return phone


def lose_the_cursor(phone):
    """Give the phone a cursor that the server cannot read, as after a change of its keys."""
    page = {"changes": [], "positions": {}, "history": {}, "more": False, "gone": [], "reset": []}
    phone._take({**page, "cursor": "of another key"}, phone.cursor)


def delete_some(world, sam, ann, pair):
    for number in range(3):
        sam.do("message.delete", space=pair, id=f"m{number}")
        ann.do("note.delete", id=f"n{number}")
    sam.do("message.send", space=pair, id="last", text="a last word", origin="person")
    ann.do("note.put", id="last", title="a last word")
    for space in (pair, f"user:{ann.user}"):
        assert expire_tombstones(world.mongo, space, 10**6) == 3


def assert_fresh(world, phone, ann):
    fresh = world.phone(ann.transport.caller, "fresh")
    assert fetch_everything(phone).replica == fetch_everything(fresh).replica


def test_with_a_bad_cursor_it_drops_a_space_that_is_gone(world, ann, pair, phone):
    lose_the_cursor(phone)
    remove_membership(world, ann, pair)
    phone.sync()
    assert {space for space, _, _ in phone.replica} == {f"user:{ann.user}"}
    assert_fresh(world, phone, ann)


def test_with_a_bad_cursor_it_drops_what_was_deleted_meanwhile(world, sam, ann, pair, phone):
    lose_the_cursor(phone)
    delete_some(world, sam, ann, pair)
    phone.does("message.send", space=pair, id="away", text="I am back", origin="person")
    assert [outcome["ok"] for outcome in phone.sync()] == [True]
    assert_fresh(world, phone, ann)


def test_after_a_long_absence_it_empties_the_spaces_that_it_missed_too_much_of(world, sam, ann, pair, phone):
    phone.does("message.send", space=pair, id="away", text="I am back", origin="person")
    phone.does("note.put", id="n1", title="written far away")
    delete_some(world, sam, ann, pair)
    phone.sync()
    assert phone.outbox == []
    assert_fresh(world, phone, ann)


def test_what_a_pairing_that_has_ended_refuses_is_refused_once_and_kept_for_the_user(world, sam, ann, pair, phone):
    phone.does("message.send", space=pair, id="away", text="I am back", origin="person")
    phone.does("note.put", id="later", title="behind it")
    sam.do("pairing.end", pairing=pair.removeprefix("pair:"))
    assert [outcome["ok"] for outcome in phone.sync()] == [False, True]
    assert phone.outbox == []
    assert [(one["args"]["text"], one["error"]["code"]) for one in phone.refused] == [("I am back", "wrong_state")]
    assert_fresh(world, phone, ann)
