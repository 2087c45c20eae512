"""Notifications on a running server: a worker that is killed swallows none, and a connected phone is waited for."""

import time
from contextlib import contextmanager

import psutil
import pytest

from schemas.agreement import AGREED
from server.notifications.enqueuer import PRESENCE
from server.notifications.recovery import ALIVE
from tests.conftest import Running
from tests.phone import Phone
from tests.transports import Http
from tests.waiting import until

ATTEMPTS = 5


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


@pytest.fixture
def killed(mongo, mongodb, tmp_path):
    """Return a server whose worker can be killed."""
    path, _, query = mongodb.partition("?")
    running = Running(mongo, MONGODB_URI=f"{path.rstrip('/')}/{mongo.name}?{query}", DATA_DIR=str(tmp_path))
    yield running
    running.stop()
    for stream in (running.process.stdout, running.process.stderr):
        stream.close()


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


def test_a_worker_killed_before_it_rang_is_followed_by_one_that_rings(killed):
    """The dead one's sign of life is made as old as it would be half a minute later: nobody waits for that here."""
    mongo, (sam, ann) = killed.mongo, (killed.user("specialist"), killed.user())
    https = [Http(killed.address, who["access_token"]) for who in (sam, ann)]
    phones = [Phone(http, who["user"], who["device"]) for http, who in zip(https, (sam, ann), strict=True)]
    space = paired(*phones)
    https[1].send("POST", "push-token", json={"token": "of-ann"})
    for attempt in range(ATTEMPTS):
        with nobody_follows(killed) as worker:
            sends(phones[0], space, f"rings-{attempt}")
            told = is_told(mongo, ann["user"], 2 * attempt + 1)
            sends(phones[0], space, f"gathered-{attempt}")
            worker.kill()
            until(lambda worker=worker: worker.status() == psutil.STATUS_ZOMBIE)
            left = bell(mongo, ann["user"])
            for row in list(mongo.leases.find()):
                older = {name: row[name] - 2 * ALIVE for name in ("at", "until") if name in row}
                mongo.leases.update_one({"_id": row["_id"]}, {"$set": older})
        is_told(mongo, ann["user"], 2 * attempt + 2)
        if left == told:
            break
    else:
        raise AssertionError("need a worker killed before it rang for this test to mean anything")
    for http in https:
        http.close()


def test_a_phone_that_is_connected_is_waited_for_and_one_that_is_not_is_told_at_once(server, online, connect):
    sam, ann = online("specialist"), online()
    space = paired(sam, ann)
    ann.transport.send("POST", "push-token", json={"token": f"of-{ann.user}"})
    sends(sam, space, "away")
    is_told(server.mongo, ann.user, 1)
    socket = connect(ann.tokens)
    socket.call("pull", {"cursor": None})
    sent_at = time.time() * 1000
    sends(sam, space, "there")
    waiting = until(lambda: (row := bell(server.mongo, ann.user)).get("due") and row)
    assert waiting["due"] - sent_at >= PRESENCE - 1
    assert waiting["data"]["badge"] == 1, "it has not been told"


def test_a_phone_that_signs_out_is_told_nothing_more(server, online):
    sam, ann = online("specialist"), online()
    space = paired(sam, ann)
    ann.transport.send("POST", "push-token", json={"token": f"of-{ann.user}"})
    sends(sam, space, "m1")
    told = is_told(server.mongo, ann.user, 1)
    ann.transport.send("DELETE", f"devices/{ann.tokens['device']}")
    other = online()
    there = paired(sam, other)
    other.transport.send("POST", "push-token", json={"token": f"of-{other.user}"})
    sends(sam, space, "m2")
    sends(sam, there, "fence")
    is_told(server.mongo, other.user, 1)
    assert bell(server.mongo, ann.user) == told
