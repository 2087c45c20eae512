"""A disk that is nearly full: nothing new is stored and everybody is told; deletes and calls for help go on."""

import time

import httpx
import pytest
from pymongo.errors import NotPrimaryError

from server.limits.disk import DiskSpace, disk_space
from server.limits.settings import Limits
from server.store import transaction
from tests.conftest import CONFIG, PASSPHRASE, Running
from tests.good import GOOD
from tests.phone import Phone
from tests.transports import Http
from tests.waiting import until

EVERYTHING = "1000000000"  # MB: more than any disk has free


@pytest.fixture
def full(tmp_path):
    """Return a server with an embedded database of its own, which is started again on a disk that is nearly full."""
    started = []

    def start(**environment):
        if started:
            started[-1].stop()
        started.append(Running(None, DATA_DIR=str(tmp_path / "data"), METRICS_TOKEN="t" * 16, **environment))
        return started[-1]

    yield start
    started[-1].stop()


def asked(phone, name, /, **args):
    mutation = phone.does(name, **args)
    phone.outbox.remove(mutation)
    return phone.transport.client.post("mutate", json=mutation)


def test_below_the_reserve_nothing_new_is_stored_and_the_rest_goes_on(full):
    server = full()
    http = Http(server.address)
    tokens = http.call("register", {"handle": "ann", "passphrase": PASSPHRASE})
    http.sign(tokens["access_token"])
    ann = Phone(http, tokens["user"], tokens["device"], lambda: int(time.time() * 1000))
    assert ann.do("note.put", id="n1", title="x")["ok"]
    http.close()

    server = full(LIMIT_DISK_RESERVE_MEGABYTES=EVERYTHING)
    http = ann.transport = Http(server.address)
    http.sign(tokens["access_token"])
    refused = asked(ann, "note.put", id="n2", title="x")
    assert refused.status_code == 503
    assert refused.json()["error"]["details"]["field"] == "disk"
    assert int(refused.headers["Retry-After"]) > 0
    assert asked(ann, "note.delete", id="n1").status_code == 200
    assert asked(ann, "sos.raise", **GOOD["sos.raise"]).status_code == 200
    assert http.client.post("pull", json={}).status_code == 200
    strangers = http.client.post("register", json={"handle": "bob", "passphrase": PASSPHRASE, "device": "x"})
    assert strangers.status_code == 503
    assert http.client.post("login", json={"handle": "ann", "passphrase": PASSPHRASE, "device": "y"}).status_code == 200
    with httpx.Client(base_url=server.address, timeout=60) as client:
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json() == {"ready": True, "disk": "low", "push": ["webpush", "unifiedpush"]}
        measured = client.get("/metrics", headers={"Authorization": "Bearer " + "t" * 16}).text
        assert "beside_disk_free_bytes" in measured
    http.close()


def test_a_mongodb_says_how_much_room_it_has(mongo):
    class Says:
        def __init__(self, **stats):
            self.stats = stats

        def command(self, name):
            assert name == "dbStats"
            return self.stats

    config = CONFIG.__class__(
        **{**{name: getattr(CONFIG, name) for name in CONFIG.__slots__}, "mongodb_uri": "mongodb://x"}
    )
    assert disk_space(config, Says(fsTotalSize=100.0, fsUsedSize=60.0))._free() == 40
    shards = {"one": {"fsTotalSize": 100.0, "fsUsedSize": 60.0}, "two": {"fsTotalSize": 100.0, "fsUsedSize": 95.0}}
    assert disk_space(config, Says(raw=shards))._free() == 5
    assert disk_space(config, Says(objects=1))._free() is None
    assert disk_space(config, mongo)._free() is None, (
        "the embedded database does not say; its files are on this machine"
    )


def test_room_that_is_back_is_seen():
    free = [10]
    disk = DiskSpace(lambda: free[0], Limits().disk_reserve_megabytes)
    disk.look()
    assert disk.is_low
    free[0] = 10**12
    disk.start()
    assert not disk.is_low
    free[0] = 10
    until(lambda: disk.is_low)
    disk.stop()


def test_a_database_that_does_not_answer_changes_nothing():
    def fail():
        raise OSError

    disk = DiskSpace(fail, 1)
    disk.is_low = True
    disk.look()
    assert disk.is_low


def test_what_is_stored_in_the_reserve_is_proven_by_a_further_write(world, ann, monkeypatch):
    """A database whose disk fills up answers one commit as stored that is not: then the further write fails."""
    assert ann.do("note.put", id="n1", title="x")["ok"]
    assert world.mongo.leases.find_one({"_id": "proof"}) is None, "there is room: the commit is enough"
    world.parts.disk.is_low = True
    assert ann.do("note.delete", id="n1")["ok"]
    assert world.mongo.leases.find_one({"_id": "proof"})["writes"] == 1

    def fail(_database):
        raise NotPrimaryError("WT_PANIC")

    monkeypatch.setattr(transaction, "prove", fail)
    mutation = ann.does("sos.raise", **GOOD["sos.raise"])
    assert ann.transport.call("mutate", mutation)["error"]["code"] == "try_later", "not acknowledged on its word alone"
    monkeypatch.undo()
    assert ann.transport.call("mutate", mutation)["ok"], "sent again, it is done once"
