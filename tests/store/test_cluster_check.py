"""What an operator is told of a replica set or cluster before it goes live, and that each check can fail."""

import io
import itertools
import math
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from pymongo import common
from pymongo.errors import OperationFailure

from server.cli.cluster_check import __main__ as cluster_check
from server.cli.cluster_check import commits, facts, verdict
from server.cli.cluster_check.own_database import PREFIX
from server.cli.cluster_check.report import FAILED, NOT_CHECKED, OK, WARNING, Report, Row
from server.cli.cluster_check.target import reached
from server.cli.cluster_check.traffic import SPACES, Acknowledged, Phone, Worker
from server.store.migrations import migrate
from server.store.sessions import Sessions
from server.store.topology import SHARD_KEYS, UNAUTHORIZED
from sync.record import Record
from tests.conftest import ROOT
from tests.faults.wire_errors import error
from tests.waiting import PATIENCE, until

SECONDS = "0.7"  # of load
HIDDEN = 100  # ms: much longer than from the first read of a pull to its last
FORBIDDEN = {"ok": 0, "code": UNAUTHORIZED, "errmsg": "not authorized"}
DONE = {"ok": 1}
SHARDS = [{"_id": name, "host": f"{name}/a:1,b:1,c:1"} for name in ("shard1", "shard0")]
READS = {
    "hello",
    "isMaster",
    "ismaster",
    "ping",
    "find",
    "getMore",
    "buildinfo",
    "buildInfo",
    "listCollections",
    "listIndexes",
}
ADMIN = {"admin", "config"}


class Said(NamedTuple):
    """What a run of the check has come to."""

    code: int
    rows: dict[str, Row]
    output: str
    errors: str

    def results(self):
        return {check: row.result for check, row in self.rows.items()}


@pytest.fixture
def run(monkeypatch):
    """Return a function that runs the check on a URI."""
    monkeypatch.setattr(common, "MIN_HEARTBEAT_INTERVAL", 0.005)
    monkeypatch.setattr(commits, "COMMITS", 10)

    def check_it(uri, **environment):
        output, errors, reports = io.StringIO(), io.StringIO(), []

        def report(output):
            reports.append(Report(output))
            return reports[-1]

        monkeypatch.setattr(cluster_check, "Report", report)
        code = cluster_check.main({"MONGODB_URI": uri, "SECONDS": SECONDS, **environment}, output, errors)
        rows = {row.check: row for each in reports for row in each.rows}
        return Said(code, rows, output.getvalue(), errors.getvalue())

    return check_it


@pytest.fixture(autouse=True)
def _nothing_is_left(client):
    yield
    assert [name for name in client.list_database_names() if name.startswith(PREFIX)] == []


def is_fine(said):
    assert said.code == 0, said.output
    assert set(said.results().values()) <= {OK, NOT_CHECKED}, said.output
    return True


def test_the_embedded_database_is_fine_and_nothing_of_it_is_touched(run, proxy):
    said = run(proxy.uri)
    assert is_fine(said)
    checked = {check for check, result in said.results().items() if result == OK}
    promises = {"transactions", "commit time", "layout", "leases", "load", "what is stored", "what is read"}
    assert checked >= {"connected to", "clock", "permissions", "plain reads", "tidied up", *promises}
    assert said.results()["step-down"] == NOT_CHECKED
    own = {command.body["$db"] for command in proxy.commands} - ADMIN
    elsewhere = [one for one in proxy.commands if one.body["$db"] not in own or not one.body["$db"].startswith(PREFIX)]
    assert len([name for name in own if name.startswith(PREFIX)]) == 1
    changes = {one.name for one in elsewhere if one.name not in READS}
    assert changes <= {
        "bulkWrite", "commitTransaction", "abortTransaction", "killSessions", "endSessions", "saslStart",
        "saslContinue", "replSetGetConfig", "getDefaultRWConcern", "getParameter",
    }  # fmt: skip
    assert "load" in said.output
    assert said.errors == ""


def test_a_server_that_is_no_replica_set_is_refused_in_a_sentence(run, proxy):
    proxy.as_standalone()
    said = run(proxy.uri)
    assert said.code == 1
    assert said.results() == {"connected to": FAILED}
    assert "rs.initiate" in said.output


def router(proxy, *, sharded=SHARD_KEYS, may=True):
    """Let the proxy be the router of a cluster of two shards."""
    proxy.as_router()
    proxy.answer("buildinfo", {"ok": 1, "version": "8.0.4"}, math.inf)
    rows = [{"_id": f"beside.{name}", "key": SHARD_KEYS[name][0]} for name in sharded]
    found = {"ok": 1, "cursor": {"id": 0, "ns": "config.collections", "firstBatch": rows}}
    proxy.answer("find", found if may else FORBIDDEN, math.inf, lambda body: body["find"] == "collections")
    proxy.answer("listShards", {"ok": 1, "shards": SHARDS} if may else FORBIDDEN, math.inf)
    proxy.answer("createIndexes", DONE, math.inf, _is_hashed)  # the embedded database has no such index
    for command in ("addShardToZone", "updateZoneKeyRange", "shardCollection", "removeShardFromZone"):
        proxy.answer(command, DONE, math.inf)


def _is_hashed(body):
    return "hashed" in body["indexes"][0]["key"].values()


def test_on_a_cluster_the_collections_of_the_check_are_sharded_as_those_of_beside(run, proxy):
    router(proxy)
    said = run(proxy.uri, FAILOVER="1")
    assert is_fine(said)
    assert said.rows["shard keys"].result == said.rows["sharding"].result == OK
    assert said.rows["step-down"].result == said.rows["arbiters"].result == NOT_CHECKED
    [name] = {one.body["$db"] for one in proxy.commands if one.body["$db"].startswith(PREFIX)}
    keys = {one.body["shardCollection"]: one.body["key"] for one in proxy.seen("shardCollection")}
    assert keys == {f"{name}.{collection}": meant for collection, [meant, *_] in SHARD_KEYS.items()}
    ranges = {"records": [], "spaces": []}
    for one in proxy.seen("updateZoneKeyRange"):
        [low], [high] = one.body["min"].values(), one.body["max"].values()
        ranges[one.body["updateZoneKeyRange"].removeprefix(f"{name}.")].append((low, high, one.body["zone"]))
    assert ranges["records"] == ranges["spaces"]
    assert ranges["records"][0][1:] == (0, f"{name}-shard0")
    assert len(ranges["records"]) == len(proxy.seen("removeShardFromZone")) == 2


def test_a_cluster_that_is_not_sharded_yet_is_warned_of(run, proxy):
    router(proxy, sharded=["records"])
    said = run(proxy.uri)
    assert said.code == 0
    assert said.rows["shard keys"].result == WARNING
    assert "ledger" in said.rows["shard keys"].found
    assert "shard.js" in said.rows["shard keys"].advice


def test_who_may_not_look_is_warned_and_the_rest_is_checked(run, proxy):
    router(proxy, may=False)
    said = run(proxy.uri)
    assert said.code == 0
    assert said.rows["shard keys"].result == said.rows["members"].result == WARNING
    assert said.rows["sharding"].result == NOT_CHECKED
    assert said.rows["what is read"].result == OK


def test_who_may_not_ask_for_a_parameter_is_warned(run, proxy):
    for command in ("getParameter", "getDefaultRWConcern", "replSetGetConfig"):
        proxy.answer(command, FORBIDDEN, math.inf)
    said = run(proxy.uri)
    assert said.code == 0
    assert said.rows["lifetime"].result == said.rows["write concern"].result == WARNING
    assert "clusterMonitor" in said.rows["lifetime"].advice


def test_who_may_not_write_to_a_database_of_the_check_is_told_which_roles_are_needed(run, proxy):
    proxy.answer("create", FORBIDDEN, math.inf)
    said = run(proxy.uri)
    assert said.code == 1
    assert said.rows["permissions"].result == FAILED
    assert "readWriteAnyDatabase" in said.rows["permissions"].advice
    assert "load" not in said.rows


def test_commits_that_some_shards_show_late_pass_nobody_by(run, proxy):
    proxy.hide_commits(["records"], HIDDEN)
    said = run(proxy.uri)
    assert is_fine(said)
    assert "missed 0 messages" not in said.rows["plain reads"].found


def test_without_sessions_the_check_fails(run, proxy, monkeypatch):
    monkeypatch.setattr(Sessions, "reads", lambda _: nullcontext())
    proxy.hide_commits(["records"], HIDDEN)
    said = run(proxy.uri)
    assert said.code == 1
    assert said.rows["what is read"].result == FAILED
    assert "passed by a cursor" in said.rows["what is read"].found


def test_commits_whose_answers_are_lost_are_stored_once(run, proxy):
    numbers = itertools.count()
    proxy.lose_answer("commitTransaction", math.inf, lambda _: next(numbers) % 9 == 8)
    proxy.lose_answer("commitTransaction", math.inf, lambda _: next(numbers) % 7 == 6, done=False)
    said = run(proxy.uri)
    assert is_fine(said)
    assert next(numbers) > 30, "each commit asks both: some answers were lost"


def test_a_step_down_in_the_load_loses_nothing_and_the_pause_is_reported(run, proxy):
    def steps_down(_):
        proxy.role.away_until = time.monotonic() + 1  # before the answer
        threading.Thread(target=proxy.fail_over, args=[1]).start()
        return True

    proxy.answer("replSetStepDown", DONE, 1, steps_down)
    said = run(proxy.uri, FAILOVER="1")
    assert is_fine(said)
    assert said.rows["step-down"].result == OK
    paused = float(said.rows["step-down"].found.partition("for ")[2].partition(" s")[0])
    assert paused > 0.5


def test_a_primary_that_does_not_step_down_is_not_checked(run, proxy):
    proxy.answer("replSetStepDown", FORBIDDEN, math.inf)
    said = run(proxy.uri, FAILOVER="1")
    assert is_fine(said)
    assert "not authorized" in said.rows["step-down"].found


def test_a_database_that_does_not_check_the_layout_fails(run, proxy):
    proxy.answer("collMod", DONE, math.inf)
    said = run(proxy.uri)
    assert said.code == 1
    assert {check for check, result in said.results().items() if result == FAILED} == {"layout"}


def test_the_database_is_dropped_after_any_mistake(run, proxy, monkeypatch):
    def mistaken(_):
        raise RuntimeError("a mistake")

    monkeypatch.setattr(commits, "lease", mistaken)
    proxy.answer("dropDatabase", error(10107), 2)
    with pytest.raises(RuntimeError, match="a mistake"):
        run(proxy.uri)
    assert len(proxy.seen("dropDatabase")) == 3, "while there is no primary it is tried again"


def test_a_database_that_cannot_be_dropped_is_named(run, proxy):
    proxy.answer("create", FORBIDDEN, math.inf)  # so nothing is made
    proxy.answer("dropDatabase", FORBIDDEN, math.inf)
    said = run(proxy.uri)
    assert said.rows["tidied up"].result == FAILED
    assert f'db.getSiblingDB("{PREFIX}' in said.rows["tidied up"].advice


def test_an_error_of_the_database_ends_one_check_and_no_other(run, proxy):
    proxy.answer("findAndModify", {"ok": 0, "code": 8, "errmsg": "out of order"}, 1, _is_of_check)
    said = run(proxy.uri)
    assert {check for check, result in said.results().items() if result == FAILED} == {"lease"}
    assert "out of order" in said.output


def _is_of_check(body):
    return body.get("query", {}).get("_id") == "check"


def test_a_program_that_is_told_to_stop_drops_its_database(proxy):
    """The autouse fixture looks that nothing is left."""
    program = subprocess.Popen(
        [sys.executable, "-m", "server.cli.cluster_check"],
        cwd=ROOT,
        env={**os.environ, "MONGODB_URI": proxy.uri, "SECONDS": "600"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: len(proxy.seen("commitTransaction")) > 150)
    program.send_signal(signal.SIGTERM)
    output, errors = program.communicate(timeout=PATIENCE)
    assert program.returncode == 130, errors
    assert "is dropped" in output
    assert errors == "Interrupted.\n"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("", "Set MONGODB_URI"),
        ("mongodb://me:top:secret@host/", "cannot be read"),
        ("http://me:secret@host/", "cannot be read"),
        ("mongodb://me:secret@127.0.0.1:1/?timeoutMS=100&serverSelectionTimeoutMS=100", "does not answer"),
    ],
)
def test_what_cannot_be_connected_to_is_said_without_the_password(run, uri, said, monkeypatch):
    monkeypatch.setattr("server.store.database.TIMEOUT", 200)
    came = run(uri)
    assert came.code == 2
    assert said in came.errors
    assert "secret" not in came.errors + came.output


def test_a_wrong_password_is_said_without_the_password(run, proxy):
    scheme, _, rest = proxy.uri.partition("://")
    came = run(f"{scheme}://nobody:secret@{rest.partition('@')[2]}")
    assert came.code == 2
    assert "secret" not in came.errors


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", "100000"])
def test_a_length_that_makes_no_sense_is_refused(run, seconds):
    came = run("mongodb://127.0.0.1:1", SECONDS=seconds)
    assert came.code == 2
    assert "SECONDS" in came.errors


# What a deployment says of itself


@pytest.fixture
def a_set(proxy):
    """Return a target that says that it is a replica set of MongoDB."""
    target = reached(proxy.uri, 1, fails_over=False)
    with target.main.client:
        yield replace(target, hello={"setName": "rs0", "hosts": ["a:1", "b:1", "c:1"], "arbiters": []})


@pytest.mark.parametrize(
    ("data", "arbiters", "result"), [(3, 0, OK), (2, 1, WARNING), (2, 0, WARNING), (1, 0, WARNING), (4, 1, WARNING)]
)
def test_a_set_in_which_one_member_may_not_be_away_is_warned_of(a_set, proxy, data, arbiters, result):
    members = [{"host": f"d{n}", "votes": 1} for n in range(data)]
    members += [{"host": f"a{n}", "arbiterOnly": True} for n in range(arbiters)]
    proxy.answer("replSetGetConfig", {"ok": 1, "config": {"members": members}})
    [row] = facts.members(a_set)
    assert row.result == result
    assert f"{data} with data, {arbiters} arbiters" in row.found


def test_members_are_known_without_a_right_as_well(a_set, proxy):
    proxy.answer("replSetGetConfig", FORBIDDEN)
    [row] = facts.members(a_set)
    assert row == Row("members", OK, "3 with data, 0 arbiters (as `hello` says)")


@pytest.mark.parametrize(("limit", "result"), [(10, OK), (60, WARNING)])
def test_a_transaction_that_may_live_for_long_is_warned_of(a_set, proxy, limit, result):
    proxy.answer("getParameter", {"ok": 1, "transactionLifetimeLimitSeconds": limit})
    [row] = facts.lifetime(a_set)
    assert row.result == result


@pytest.mark.parametrize(("ahead", "result"), [(0, OK), (-5, WARNING), (5, WARNING), (40, FAILED), (-40, FAILED)])
def test_a_clock_that_is_wrong_is_told(ahead, result):
    def hello(_):
        return {"localTime": (datetime.now(UTC) + timedelta(seconds=ahead)).replace(tzinfo=None)}

    client = SimpleNamespace(admin=SimpleNamespace(command=hello))
    [row] = facts.clock(SimpleNamespace(main=SimpleNamespace(client=client)))
    assert row.result == result


# That what is lost is seen

SPACE = SPACES[0]


def of_space(*names, seqs=None):
    """Return what is stored if a space holds these messages."""
    seqs = seqs or range(1, len(names) + 1)
    records = [Record(name, "message", SPACE, seq=seq) for name, seq in zip(names, seqs, strict=True)]
    return verdict.Stored({SPACE: len(names)}, {SPACE: records}, 0)


def acknowledged(*names):
    """Return the acknowledgements of these messages."""
    made = Acknowledged()
    for name in names:
        made.add(SPACE, name, 0.01)
    return made


@pytest.mark.parametrize(
    ("stored", "wrong"),
    [
        (of_space("a", "b"), ""),
        (of_space("a"), "1 acknowledged messages are not stored"),
        (of_space("a", "b", "b"), "1 messages are stored twice"),
        (of_space("a", "b", seqs=[1, 3]), "1 spaces have a gap"),
        (of_space("a", "b", seqs=[2, 2]), "1 spaces have a gap"),
        (replace(of_space("a", "b"), unknown_to_ledger=1), "not in the ledger"),
    ],
)
def test_what_is_lost_doubled_or_out_of_order_fails(stored, wrong):
    row = verdict.writers(acknowledged("a", "b"), stored)
    assert row.result == (FAILED if wrong else OK)
    assert wrong in row.found


@pytest.mark.parametrize(
    ("has", "position", "resets", "wrong"),
    [
        ({"a", "b"}, 2, 0, ""),
        ({"a"}, 2, 0, "1 changes were passed by a cursor"),
        ({"a"}, 1, 0, "1 cursors did not come to the head"),
        ({"a", "b", "c"}, 2, 0, "1 messages were shown that are not stored"),
        ({"a", "b"}, 2, 1, "told to start over"),
    ],
)
def test_what_a_phone_lacks_or_should_not_have_fails(has, position, resets, wrong):
    phone = Phone("ann", None)
    phone.has, phone.positions, phone.resets = {SPACE: has}, {SPACE: position}, resets
    row = verdict.readers([phone], of_space("a", "b"))
    assert row.result == (FAILED if wrong else OK)
    assert wrong in row.found


def test_what_has_no_answer_in_the_end_fails():
    made = acknowledged("a", "b")
    assert verdict.figures(made, []).result == OK
    made.unknown = 1
    assert verdict.figures(made, []).result == FAILED
    assert verdict.figures(Acknowledged(), []).result == FAILED


def test_waiting_for_nothing_is_no_conflict(mongodb):
    """Commits without an answer are settled ten times a second, also if there are none."""
    worker = Worker(mongodb, f"check_{uuid.uuid4().hex[:8]}", 0)
    try:
        migrate(worker.database)
        worker.prepare()
        for _ in range(5):
            worker.group_commit.settle()
        assert (worker.sessions.commits, worker.sessions.conflicts) == (1, 0)
        with suppress(OperationFailure), worker.sessions.transaction() as session:
            worker.database.spaces.insert_many([{"_id": "twice"}, {"_id": "twice"}], session=session)
        assert (worker.sessions.commits, worker.sessions.conflicts) == (1, 1)
    finally:
        worker.client.drop_database(worker.database.name)
        worker.client.close()
