"""A large answer is sent while it is made: what goes wrong at first is said in words, and later it is cut short."""

import orjson
import pytest
from pymongo.errors import AutoReconnect

from server.accounts.tokens import Tokens
from server.store.accounts import AccountStore
from server.web import watermelondb
from tests.conftest import CONFIG

SYNC = "/api/v1/adapters/watermelondb/sync"


@pytest.fixture
def get(world, ann):
    """Return a function that asks for everything as ann's app does at first."""
    caller = ann.transport.caller
    AccountStore(world.mongo).add_device(caller.device, ann.user, "phone", world.time)
    token, _ = Tokens(CONFIG.secret_keys).access(caller, world.time)
    return lambda: world.parts.app.test_client().get(SYNC, headers={"Authorization": f"Bearer {token}"}, buffered=False)


@pytest.fixture
def many(ann):
    """Let ann write notes that fill several pages of the feed, and several chunks of an answer."""
    for number in range(700):
        ann.does("note.put", id=f"n{number}", body="x" * 200)
    while ann.outbox:
        ann.push()


def breaks_after(pages, monkeypatch, world):
    reader, left = world.parts.reader, list(range(pages))
    of_kind = reader.of_kind

    def breaking(space, kind, *where):
        if kind == "note" and not left:
            raise AutoReconnect
        if kind == "note":
            left.pop()
        return of_kind(space, kind, *where)

    monkeypatch.setattr(reader, "of_kind", breaking)


def test_it_comes_in_pieces_and_is_whole(get, many):
    answer = get()
    pieces = list(answer.response)
    assert len(pieces) > 2
    assert max(map(len, pieces)) < 2 * watermelondb.CHUNK
    notes = orjson.loads(b"".join(pieces))["changes"]["note"]
    assert len({row["id"] for row in notes["updated"]}) == 700


def test_a_database_that_does_not_answer_at_first_is_said_so(get, many, world, monkeypatch):
    breaks_after(0, monkeypatch, world)
    answer = get()
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "try_later")


def test_one_that_stops_answering_leaves_an_answer_that_nobody_takes_for_whole(get, many, world, monkeypatch):
    breaks_after(1, monkeypatch, world)
    answer = get()
    assert answer.status_code == 200
    received = []
    with pytest.raises(AutoReconnect):  # and so the server cuts the connection
        received.extend(answer.response)
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(b"".join(received))
