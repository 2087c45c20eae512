"""Two workers: a device rings once, and one that is connected to the other worker is waited for."""

# ruff: noqa: F811 — pytest gives fixtures by the names of arguments

import uuid

import pytest
import uuid_utils

from server.store.database import database
from tests.conftest import Running
from tests.live.two_workers import connect, paired, people, says, valkey  # noqa: F401 — fixtures
from tests.push.ringing import browsers, registers, rung  # noqa: F401 — a fixture
from tests.waiting import until


@pytest.fixture(scope="module")
def workers(mongodb, client, valkey, browsers, tmp_path_factory):
    """Return two servers of one worker each, which reach the fake push service of browsers."""
    path, _, query = mongodb.partition("?")
    name, data = f"test_{uuid.uuid4().hex[:12]}", str(tmp_path_factory.mktemp("workers"))
    settings = {"MONGODB_URI": f"{path.rstrip('/')}/{name}?{query}", "DATA_DIR": data, "BUS_URL": valkey.url}
    both = [Running(database(client, name), **settings, **browsers.settings) for _ in range(2)]
    yield both
    for one in both:
        one.stop()
    client.drop_database(name)


def bell(workers, user):
    row = workers[0].mongo.records.find_one({"_id": f"bell:{user}|bell|{user}"})
    return {"data": {"dues": {}}} if row is None else row


def test_a_phone_that_is_open_on_the_other_worker_and_has_shown_the_message_does_not_ring(
    workers, people, connect, browsers
):
    sam, names = people("specialist"), [f"elsewhere-{number}" for number in range(3)]
    for name in names:
        ann = people()
        space = paired(sam, ann)
        registers(ann.transport, browsers, name)
        there = connect(1, ann.tokens)
        assert says(sam, space, "m1")["ok"]
        there.wait(lambda there=there: shown(there, "m1"))
        mutation = {"id": str(uuid_utils.uuid7()), "name": "position.delivered", "at": "1-0"}
        args = {"space": space, "seq": shown(there, "m1")["change"]["first_seq"]}
        outcome = there.call("mutate", {**mutation, "args": args})
        assert outcome["ok"], outcome
        waiting = until(lambda ann=ann: (row := bell(workers, ann.user))["data"]["dues"].get("1") and row)
        over = {"$set": {"due": 1, "data.dues.1.at": 1}}  # the eight seconds are over
        workers[0].mongo.records.update_one({"_id": waiting["_id"]}, over)
        until(lambda ann=ann: "1" not in bell(workers, ann.user)["data"]["dues"])
    assert [browsers.payloads(name) for name in names] == [[]] * 3


def test_a_message_rings_once_whichever_worker_it_came_by(workers, people, browsers):
    sam, ann = people("specialist"), people()
    space = paired(sam, ann)
    registers(ann.transport, browsers, "once")
    for number in range(1, 4):
        assert says(sam, space, f"m{number}")["ok"]
        rung(browsers, "once", *range(1, number + 1))
        until(lambda: bell(workers, ann.user).get("due") is None)


def test_both_workers_have_the_same_key(workers, people):
    ann = people()
    keys = {ann.transport.client.get(f"{one.address}/api/v1/push-key").json()["key"] for one in workers}
    assert len(keys) == 1


def shown(socket, name):
    return next((frame for frame in list(socket.frames) if frame["change"]["id"] == name), None)
