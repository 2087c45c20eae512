"""Notifications on a running server: a worker that is killed swallows none, and a connected phone is waited for."""

# ruff: noqa: F811 — pytest gives fixtures by the names of arguments

import time
import uuid
from contextlib import ExitStack, closing, contextmanager

import httpx
import psutil
import pytest

from schemas.agreement import AGREED
from server.notifications.enqueuer import PRESENCE
from server.notifications.recovery import ALIVE
from server.store.database import database
from tests.conftest import Running
from tests.phone import Phone
from tests.push.ringing import browsers, registers, rung  # noqa: F401 — a fixture
from tests.transports import Http
from tests.waiting import until


def paired(specialist, peer):
    code = specialist.do("pairing.invite")["changes"][0]["data"]["code"]
    return peer.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]


def bell(mongo, user):
    return mongo.records.find_one({"_id": f"bell:{user}|bell|{user}"})


def is_told(mongo, user, badge):
    """Wait until a number has been sent to somebody and nothing is left to be told; return their bell."""

    def found():
        row = bell(mongo, user)
        return row if row is not None and row["data"]["badge"] == badge and row.get("due") is None else None

    return until(found)


def sends(phone, space, name):
    assert phone.do("message.send", space=space, id=name, text="Are you there?", origin="person")["ok"]


@pytest.fixture(scope="module")
def server(mongodb, client, tmp_path_factory, browsers):
    """Return a server that reaches the fake push service of browsers."""
    path, _, query = mongodb.partition("?")
    name, data = f"test_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("server")
    uri = f"{path.rstrip('/')}/{name}?{query}"
    running = Running(database(client, name), MONGODB_URI=uri, DATA_DIR=str(data), **browsers.settings)
    yield running
    running.stop()
    client.drop_database(name)


@pytest.fixture
def killed(mongo, mongodb, tmp_path, browsers):
    """Return a server whose worker can be killed."""
    path, _, query = mongodb.partition("?")
    uri = f"{path.rstrip('/')}/{mongo.name}?{query}"
    running = Running(mongo, MONGODB_URI=uri, DATA_DIR=str(tmp_path), **browsers.settings)
    yield running
    running.stop()
    for stream in (running.process.stdout, running.process.stderr):
        stream.close()


@pytest.fixture
def sam_and_ann(killed):
    """Return phones of a specialist and a peer on that server."""
    with ExitStack() as stack:
        phones = []
        for role in ("specialist", "peer"):
            who = killed.user(role)
            phones.append(
                Phone(
                    stack.enter_context(closing(Http(killed.address, who["access_token"]))), who["user"], who["device"]
                )
            )
        yield phones


@contextmanager
def nobody_follows(running):
    """Let no worker follow the one that is killed meanwhile; give that one."""
    arbiter = psutil.Process(running.process.pid)
    [worker] = arbiter.children()
    arbiter.suspend()
    try:
        yield worker
    finally:
        arbiter.resume()


def test_a_worker_killed_before_it_rang_is_followed_by_one_that_rings(killed, sam_and_ann, browsers):
    """While the first worker lives, the database says that ann cannot be reached: so it rings for nobody.

    The dead one's sign of life is made as old as it would be half a minute later: nobody waits for that here.
    """
    mongo, (sam, ann) = killed.mongo, sam_and_ann
    registers(sam.transport, browsers, "sam's")
    space = paired(sam, ann)
    until(lambda: browsers.payloads("sam's"), "nobody is told of the pairing")  # so ann is not told of it later
    registers(ann.transport, browsers, "killed")
    row = mongo.devices.find_one({"user": ann.user})
    mongo.devices.update_one({"_id": row["_id"]}, {"$unset": {"push_platform": ""}})
    with nobody_follows(killed) as worker:
        sends(sam, space, "m1")
        worker.kill()
        until(lambda: worker.status() == psutil.STATUS_ZOMBIE)
        assert bell(mongo, ann.user) is None
        mongo.devices.update_one({"_id": row["_id"]}, {"$set": {"push_platform": row["push_platform"]}})
        for lease in list(mongo.leases.find()):
            older = {name: lease[name] - 2 * ALIVE for name in ("at", "until") if name in lease}
            mongo.leases.update_one({"_id": lease["_id"]}, {"$set": older})
    rung(browsers, "killed", 1)


def test_a_phone_that_is_connected_is_waited_for_and_one_that_is_not_is_told_at_once(server, online, connect, browsers):
    sam, ann = online("specialist"), online()
    space = paired(sam, ann)
    registers(ann.transport, browsers, "connected")
    sends(sam, space, "away")
    rung(browsers, "connected", 1)
    is_told(server.mongo, ann.user, 1)
    socket = connect(ann.tokens)
    socket.call("pull", {"cursor": None})
    sent_at = time.time() * 1000
    sends(sam, space, "there")
    waiting = until(lambda: (row := bell(server.mongo, ann.user)).get("due") and row)
    assert waiting["due"] - sent_at >= PRESENCE - 1
    assert waiting["data"]["badge"] == 1, "it has not been told"


def test_a_phone_that_is_lost_and_signed_out_is_told_nothing_more(server, online, browsers):
    sam, ann = online("specialist"), online()
    space = paired(sam, ann)
    registers(ann.transport, browsers, "lost")
    sends(sam, space, "m1")
    rung(browsers, "lost", 1)
    told = is_told(server.mongo, ann.user, 1)
    ann.transport.send("DELETE", f"devices/{ann.tokens['device']}")
    other = online()
    there = paired(sam, other)
    registers(other.transport, browsers, "other")
    sends(sam, space, "m2")
    sends(sam, there, "fence")
    is_told(server.mongo, other.user, 1)
    assert bell(server.mongo, ann.user) == told
    rung(browsers, "lost", 1)


def test_what_was_written_to_somebody_away_rings_and_what_is_read_elsewhere_does_not(server, online, browsers):
    sam, ann = online("specialist"), online()
    space = paired(sam, ann)
    registers(ann.transport, browsers, "away")
    tablet = online(tokens=server.device(ann.tokens))
    assert ann.do("quiet.set", zone="UTC", spans=[])["ok"]
    sends(sam, space, "m1")
    rung(browsers, "away", 1)
    tablet.sync()
    assert tablet.do("position.read", space=space, seq=tablet.records("message", space)[-1]["first_seq"])["ok"]
    sends(sam, space, "m2")
    rung(browsers, "away", 1, 1)


def test_a_test_notification_arrives_and_the_server_says_which_platforms_it_rings(server, online, browsers):
    ann = online()
    key = ann.transport.send("GET", "push-key")
    assert key["platforms"] == ["webpush", "unifiedpush"]
    registers(ann.transport, browsers, "tested")
    assert ann.transport.send("POST", "push-token/test", json={})["outcome"] == "sent"
    assert browsers.payloads("tested") == [{"what": "test", "badge": 0, "collapse": "test"}]
    assert browsers.key == key["key"]
    ready = httpx.get(f"{server.address}/readyz").json()
    assert ready == {"ready": True, "disk": "ok", "push": ["webpush", "unifiedpush"]}


def test_a_push_service_that_is_down_delays_no_message_and_is_tried_again(server, online, browsers):
    sam, ann, bob = online("specialist"), online(), online()
    spaces = [paired(sam, one) for one in (ann, bob)]
    registers(ann.transport, browsers, "failing")
    registers(bob.transport, browsers, "well")
    browsers.answers_of["failing"] = ["reset"]
    sends(sam, spaces[0], "m1")
    waiting = until(lambda: (row := bell(server.mongo, ann.user)) and row["data"]["dues"].get("1", {}).get("tries"))
    assert waiting == 1
    sends(sam, spaces[1], "m1")
    rung(browsers, "well", 1)
    assert browsers.payloads("failing") == []
