"""The server looks at what it is connected to before it serves: what cannot keep its promises is refused in words."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from pymongo import MongoClient

from server.store import topology
from server.store.database import database
from server.store.topology import UnfitDatabase, require_usable
from tests.conftest import CONFIG, ROOT, World
from tests.sealed import MASTER_KEYS

SHARDED_BY = {"records": {"space": "hashed"}, "spaces": {"_id": "hashed"}, "ledger": {"_id": "hashed"}}


@pytest.fixture
def behind(proxy):
    """Return a database behind the proxy; it is connected to at the first call."""
    with MongoClient(proxy.uri, timeoutMS=2000, connect=False) as client:
        yield client.beside


@pytest.fixture
def router(proxy):
    """Return a function that lets the proxy be the router of a cluster of a version, with sharded collections."""
    proxy.as_router()

    def be(version="7.0.5", **sharded):
        proxy.answer("buildinfo", {"ok": 1, "version": version}, 99)
        rows = [{"_id": f"beside.{name}", "key": key} for name, key in sharded.items()]
        cursor = {"id": 0, "ns": "config.collections", "firstBatch": rows}
        proxy.answer("find", {"ok": 1, "cursor": cursor}, 1, lambda body: body["find"] == "collections")

    return be


def test_a_replica_set_is_fine(behind):
    require_usable(behind)


def test_a_server_that_is_no_replica_set_is_refused(proxy, behind):
    proxy.as_standalone()
    with pytest.raises(UnfitDatabase, match=r"rs\.initiate"):
        require_usable(behind)


def test_a_cluster_whose_collections_are_sharded_as_meant_is_fine(behind, router):
    router(**SHARDED_BY)
    require_usable(behind)


def test_a_cluster_that_is_not_sharded_yet_is_told_of(behind, router, capsys):
    router()
    require_usable(behind)
    assert "deploy/shard.js" in capsys.readouterr().out


@pytest.mark.parametrize("version", ["4.4.29", "6.0.14"])
def test_an_old_cluster_is_refused(behind, router, version):
    router(version)
    with pytest.raises(UnfitDatabase, match=version):
        require_usable(behind)


@pytest.mark.parametrize(
    ("name", "key"), [("records", {"_id": "hashed"}), ("spaces", {"head": 1}), ("users", {"_id": "hashed"})]
)
def test_a_collection_that_is_sharded_by_another_key_is_refused(behind, router, name, key):
    router(**{**SHARDED_BY, name: key})
    with pytest.raises(UnfitDatabase, match=rf"beside\.{name}.*shard\.js"):
        require_usable(behind)


def test_who_may_not_look_is_not_refused(proxy, behind, router, capsys):
    router(**SHARDED_BY)
    proxy.heal()
    proxy.answer("buildinfo", {"ok": 1, "version": "8.0.0"}, 99)
    proxy.answer(
        "find",
        {"ok": 0, "code": topology.UNAUTHORIZED, "errmsg": "not authorized"},
        1,
        lambda body: body["find"] == "collections",
    )
    require_usable(behind)
    assert "could not be checked" in capsys.readouterr().out


def test_a_set_that_elects_a_primary_is_waited_for(proxy, behind):
    proxy.fail_over(1)
    require_usable(behind)


def test_a_database_that_is_not_there_is_said_in_words(monkeypatch):
    monkeypatch.setattr(topology, "PATIENCE", 0)
    nowhere = MongoClient("mongodb://somebody:secret@127.0.0.1:1/beside", timeoutMS=200).beside
    with nowhere.client, pytest.raises(UnfitDatabase, match="does not answer") as said:
        require_usable(nowhere)
    assert "secret" not in str(said.value)


def test_the_server_says_it_once_and_ends(proxy, tmp_path):
    proxy.as_standalone()
    own = {name: value for name, value in os.environ.items() if name != "MONGODB_URI"}
    keys = {"SECRET_KEYS": CONFIG.secret_keys[0], "MASTER_KEYS": MASTER_KEYS}
    given = {**keys, "PORT": "0", "MONGODB_URI": proxy.uri, "DATA_DIR": str(tmp_path)}
    command = [Path(sys.executable).parent / "gunicorn", "wsgi:app"]
    done = subprocess.run(
        command, cwd=ROOT, env={**own, **given}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode != 0
    assert [line for line in done.stderr.splitlines() if "Beside cannot start." in line and "rs.initiate" in line]
    assert "Traceback" not in done.stderr


def test_on_a_cluster_each_read_of_records_goes_to_one_shard(proxy, client, monkeypatch):
    """Two people are paired, write, read and start over; no read of records asks every shard but those of timers."""
    proxy.as_router()
    name = f"test_{uuid.uuid4().hex[:12]}"
    with MongoClient(proxy.uri, timeoutMS=10_000) as behind:
        world = World(database(behind, name))
        sam, ann = world.phone(world.person("sam", "specialist")), world.phone(world.person("ann"))
        pair = world.paired(sam, ann)
        for number in range(3):
            assert sam.do("message.send", space=pair, id=f"m{number}", text="hello", origin="person")["ok"]
        world.restarted()
        ann.transport.parts = world.parts
        assert ann.do("message.edit", space=pair, id="m1", text="not mine")["ok"] is False
        ann.sync()
        ann.transport.history(pair, 99, 10)
        world.parts.notifications.recovery.beat()
    client.drop_database(name)
    reads = [one.body["filter"] for one in proxy.seen("find") if one.body["find"] == "records"]
    assert len(reads) > 10
    assert [where for where in reads if "space" not in where and not where.keys() <= {"due", "live"}] == []
    assert [where for where in reads if "_id" in where], "need reads by _id"
    heads = [one.body["filter"] for one in proxy.seen("find") if one.body["find"] == "spaces"]
    assert [where for where in heads if "_id" not in where] == []
