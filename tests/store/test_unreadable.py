"""Content that cannot be opened: phones are told to try later, and nothing passes their cursors; timers go on."""

import pytest

from schemas.errors import TryLater
from server.accounts.tokens import Tokens
from server.store.accounts import AccountStore
from server.store.data_keys import NAMES
from sync.clock import HOUR
from tests.conftest import CONFIG
from tests.sealed import push_tokens, records_of
from tests.transports import Direct, Failed
from tests.trusted import Ready

pytestmark = pytest.mark.in_memory


@pytest.fixture
def keyless(world, sam, ann, pair):
    """Return a server that begins on a database whose keys were not restored."""
    Ready(world, ann, sam, pair).live()
    world.mongo["keys"].delete_many({"_id": {"$ne": NAMES}})
    world.restarted()
    for phone in (sam, ann):
        phone.transport = Direct(world.parts, phone.transport.caller)
    return world


def test_nothing_is_shown_and_no_cursor_moves(keyless, ann, pair):
    new = keyless.phone(ann.transport.caller, "new")
    with pytest.raises((TryLater, Failed)):
        new.pull()
    assert new.replica == {}
    assert new.cursor is None


def test_nothing_is_decided_on_what_cannot_be_read(keyless, ann, pair):
    mutation = ann.does("message.edit", space=pair, id="m1", text="again")
    outcome = keyless.parts.backend.mutate(ann.transport.caller, mutation)
    assert outcome["error"]["code"] == "try_later"
    assert keyless.mongo.ledger.find_one({"_id": {"$regex": mutation["id"]}}) is None


def test_over_http_it_is_503(keyless, ann):
    device = ann.transport.caller.device
    AccountStore(keyless.mongo).add_device(device, ann.user, "phone", keyless.time)
    access, _ = Tokens(CONFIG.secret_keys).access(ann.transport.caller, keyless.time)
    answer = keyless.parts.app.test_client().get("/api/v1/pull", headers={"Authorization": f"Bearer {access}"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "try_later")


def test_one_record_that_was_tampered_with_keeps_no_timer_waiting(world, sam, ann, pair):
    soon = {"by": "2026-11-23T12:00", "zone": "UTC", "sort": "think", "words": "I call you."}
    for name in ("p1", "p2"):
        done = sam.do("promise.make", space=pair, id=name, **soon)
        assert done["ok"], done
    row = world.mongo.records.find_one({"id": "p1"})
    [[key, blob]] = row["sealed"]["data"]
    world.mongo.records.update_one({"_id": row["_id"]}, {"$set": {"sealed.data": [[key, blob[:-1] + b"x"]]}})
    world.wait(48 * HOUR)
    world.parts.scheduler.run()
    [other] = records_of(world.mongo).decode(world.mongo.records.find({"id": "p2"}))
    assert other.data["state"] == "missed"


@pytest.mark.parametrize("spoiled", ["token", "key"])
def test_one_push_token_that_cannot_be_opened_keeps_no_other_device_silent(world, ann, spoiled):
    accounts = AccountStore(world.mongo)
    for name in ("old", "new"):
        accounts.add_device(name, ann.user, name, world.time)
        push_tokens(world.mongo).put(name, {"platform": "fcm", "token": f"token-of-{name}"})
    key, blob = world.mongo.devices.find_one({"_id": "old"})["push_sealed"]
    changed = [key, blob[:-1] + bytes([blob[-1] ^ 1])] if spoiled == "token" else [bytes(len(key)), blob]
    world.mongo.devices.update_one({"_id": "old"}, {"$set": {"push_sealed": changed}})
    found = push_tokens(world.mongo).of_user(ann.user)
    assert [one["push_token"] for one in found] == ["token-of-new"]
