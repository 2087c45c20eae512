"""Somebody who is in very many spaces: cursors stay short, lists have pages, and nothing takes long."""

# ruff: noqa: F811

from hashlib import sha256

import pytest
from pymongo.errors import NotPrimaryError

from schemas.errors import ResyncRequired
from schemas.table import VERSION
from server.accounts import cursors
from server.accounts.cursors import ShortCursors
from server.accounts.tokens import Tokens
from server.commands.context import Caller
from server.store import long_cursors
from server.store.long_cursors import LongCursors
from server.store.spaces import SpaceRow
from sync.clock import DAY
from sync.record import Record, membership_key, position_key, private
from tests.asked import asked  # noqa: F401 — a fixture
from tests.conftest import CONFIG
from tests.sealed import encoded

MANY = 650
ANN = Caller("id-ann", "phone-of-ann", "peer")


def names(number):
    """Return names of spaces that look as random as real ones."""
    return [f"pair:{sha256(bytes([one % 256, one // 256])).hexdigest()[:26]}" for one in range(number)]


def message(space, seq):
    data = {"text": "hello", "sent_at": 1, "origin": "person"}
    return Record(f"m{seq}", "message", space, "other", data, seq=seq, first_seq=seq)


def member_of_many(world, user, number=MANY):
    """Put somebody into many spaces, each with one message of somebody else."""
    spaces = sorted(names(number))
    memberships = [
        Record(
            membership_key(user, space).id,
            "membership",
            private(user),
            user,
            {"space": space, "member": "me", "role": "peer"},
            seq=seq,
            first_seq=seq,
        )
        for seq, space in enumerate(spaces, 1)
    ]
    messages = [message(space, 1) for space in spaces]
    world.mongo.records.insert_many(encoded(world.mongo, [*memberships, *messages]))
    rows = {private(user): SpaceRow(number, 0), **{space: SpaceRow(1, 1) for space in spaces}}
    world.mongo.spaces.insert_many([row.document(space) for space, row in rows.items()])
    return spaces


@pytest.fixture
def ann(world):
    return with_device(world)


def with_device(world):
    """Return a phone whose device is signed in."""
    phone = world.phone(world.person("ann"))
    world.parts.accounts.account_store.add_device(phone.transport.caller.device, phone.user, "phone", world.time)
    return phone


def signed(world, phone):
    token, _ = Tokens(CONFIG.secret_keys).access(phone.transport.caller, world.time)
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("number", [MANY, 1500])
def test_a_pull_by_get_works_however_many_spaces_there_are(world, ann, number):
    member_of_many(world, ann.user, number)
    client, headers, cursor, found = world.parts.app.test_client(), signed(world, ann), None, 0
    while True:
        answer = client.get("/api/v1/pull", headers=headers, query_string={} if cursor is None else {"cursor": cursor})
        assert answer.status_code == 200
        page = answer.get_json()
        assert len(page["cursor"]) <= cursors.LONGEST_CURSOR
        cursor, found = page["cursor"], found + len(page["changes"])
        if not page["more"]:
            break
    assert found == 2 * number
    again = client.get("/api/v1/pull", headers=headers, query_string={"cursor": cursor}).get_json()
    assert (again["changes"], again["cursor"]) == ([], cursor), "and nothing comes twice"


def test_rxdb_server_pulls_however_many_spaces_there_are(world, ann):
    member_of_many(world, ann.user)
    client, headers = world.parts.app.test_client(), signed(world, ann)
    query, found = {"id": "", "lwt": "0", "limit": "300"}, 0
    path = f"/api/v1/adapters/rxdb/message/{VERSION - 1}/pull"
    while True:
        answer = client.get(path, headers=headers, query_string=query)
        assert answer.status_code == 200, answer.text
        page = answer.get_json()
        if not page["documents"]:
            break
        assert len(page["checkpoint"]["id"]) <= cursors.LONGEST_CURSOR
        found += len(page["documents"])
        query |= {"id": page["checkpoint"]["id"], "lwt": str(page["checkpoint"]["lwt"])}
    assert found == MANY


def test_the_list_of_spaces_has_pages_and_each_space_once(world, ann):
    spaces = member_of_many(world, ann.user, 250)
    client, headers, listed, after = world.parts.app.test_client(), signed(world, ann), [], None
    while True:
        answer = client.get("/api/v1/spaces", headers=headers, query_string={"after": after} if after else {})
        page = answer.get_json()
        listed += page["spaces"]
        if not page["more"]:
            break
        after = page["spaces"][-1]["space"]
    assert [row["space"] for row in listed] == [private(ann.user), *spaces]
    assert {row["unread"] for row in listed if row["space"] in spaces} == {1}


def test_a_list_of_spaces_takes_few_questions(asked):
    """A space whose newest message is read takes none of its own."""
    world, listener = asked
    ann = with_device(world)
    spaces = member_of_many(world, ann.user, 100)
    positions = [
        Record(*reversed(position_key(ann.user, space)), ann.user, {"read": 1, "delivered": 1}, seq=seq, first_seq=seq)
        for seq, space in enumerate(spaces[5:], 1_000)
    ]
    world.mongo.records.insert_many(encoded(world.mongo, positions))
    headers = signed(world, ann)
    listener.questions.clear()
    answer = world.parts.app.test_client().get("/api/v1/spaces", headers=headers).get_json()
    assert sum(row["unread"] for row in answer["spaces"]) == 5
    assert len(listener.questions) < 15


def test_unread_messages_are_counted_up_to_a_thousand(world, ann):
    [space] = member_of_many(world, ann.user, 1)
    messages = [
        Record(
            f"n{seq}",
            "message",
            space,
            "other",
            {"text": "x", "sent_at": 1, "origin": "person"},
            seq=seq,
            first_seq=seq,
        )
        for seq in range(2, 1500)
    ]
    world.mongo.records.insert_many(encoded(world.mongo, messages))
    world.mongo.spaces.update_one({"_id": space}, {"$set": {"head": 1499, "said": 1499}})
    assert world.parts.reader.unread(ann.user, {space: "me"})[space].messages == 1000


def long_vector():
    return dict.fromkeys(names(200), 7)


def test_a_long_cursor_is_stored_once_and_read_by_its_user_only(world):
    kept = ShortCursors(Tokens(CONFIG.secret_keys), LongCursors(world.mongo, lambda: world.time))
    cursor = kept.cursor(ANN, long_vector())
    assert kept.cursor(ANN, long_vector()) == cursor
    assert world.mongo.cursors.count_documents({}) == 1
    assert kept.vector(ANN, cursor) == long_vector()
    with pytest.raises(Exception, match="another account"):
        kept.vector(Caller("id-eve", "phone-of-eve", "peer"), cursor)


def test_a_short_cursor_is_stored_nowhere(world):
    kept = ShortCursors(Tokens(CONFIG.secret_keys), LongCursors(world.mongo, lambda: world.time))
    cursor = kept.cursor(ANN, {"pair:x": 7})
    assert kept.vector(ANN, cursor) == {"pair:x": 7}
    assert world.mongo.cursors.count_documents({}) == 0


def test_the_newest_cursors_of_a_device_are_kept_and_an_unknown_one_says_start_over(world, monkeypatch):
    monkeypatch.setattr(long_cursors, "KEPT", 3)
    kept = ShortCursors(Tokens(CONFIG.secret_keys), LongCursors(world.mongo, lambda: world.time))
    issued = []
    for number in range(5):
        world.wait(1)
        issued.append(kept.cursor(ANN, {**long_vector(), "pair:x": number}))
    assert [kept.vector(ANN, cursor)["pair:x"] for cursor in issued[2:]] == [2, 3, 4]
    with pytest.raises(ResyncRequired):
        kept.vector(ANN, issued[0])


def test_a_cursor_that_is_used_does_not_expire(world):
    kept = ShortCursors(Tokens(CONFIG.secret_keys), LongCursors(world.mongo, lambda: world.time))
    cursor = kept.cursor(ANN, long_vector())
    before = world.mongo.cursors.find_one({})["at"]
    world.wait(2 * DAY)
    kept.vector(ANN, cursor)
    assert world.mongo.cursors.find_one({})["at"] > before


def test_a_database_that_cannot_store_gives_a_long_cursor(world, monkeypatch):
    kept = ShortCursors(Tokens(CONFIG.secret_keys), LongCursors(world.mongo, lambda: world.time))

    def fail(*_):
        raise NotPrimaryError("no room")

    monkeypatch.setattr(LongCursors, "keep", fail)
    assert kept.vector(ANN, kept.cursor(ANN, long_vector())) == long_vector()
