"""Valkey killed, frozen and started again, under two workers: nobody waits for it, and nothing is lost."""

import signal
import time

import pytest

from server.store.database import database
from tests.buses import ValkeyServer
from tests.conftest import Running
from tests.live.two_workers import connect, ids, paired, people, says  # noqa: F401 — fixtures
from tests.waiting import PATIENCE, until

PROMPT = 1.0  # seconds: less than an answer takes that waits for Valkey


@pytest.fixture
def valkey():
    running = ValkeyServer()
    yield running
    running.stop()


@pytest.fixture
def workers(mongodb, client, valkey, tmp_path):
    path, _, query = mongodb.partition("?")
    name = f"test_{tmp_path.name}"[:40]
    settings = {"MONGODB_URI": f"{path.rstrip('/')}/{name}?{query}", "DATA_DIR": str(tmp_path), "BUS_URL": valkey.url}
    both = [Running(database(client, name), **settings) for _ in range(2)]
    yield both
    for one in both:
        one.stop()
    client.drop_database(name)


@pytest.mark.parametrize("failure", ["killed", "frozen"])
def test_nobody_waits_for_it_and_what_was_missed_is_pulled(failure, valkey, workers, people, connect):  # noqa: F811
    sam, ann = people("specialist"), people()
    space = paired(sam, ann)
    here, there = connect(0, sam.tokens), connect(1, ann.tokens)
    missed = []
    there.io.on("missed", missed.append)
    assert says(sam, space, "before")["ok"]
    there.wait(lambda: ids(there) == ["before"])
    valkey.kill() if failure == "killed" else valkey.process.send_signal(signal.SIGSTOP)
    took = []
    for number in range(8):
        began = time.monotonic()
        assert says(sam, space, f"down-{number}")["ok"]
        here.wait(lambda number=number: f"down-{number}" in ids(here))
        took.append(time.monotonic() - began)
    assert sorted(took)[len(took) // 2] < PROMPT, "one or two may be slow, on a busy machine"
    late = connect(1, workers[0].device(ann.tokens))
    valkey.start() if failure == "killed" else valkey.process.send_signal(signal.SIGCONT)
    arrived = 0
    late_by = time.monotonic() + PATIENCE
    while f"after-{arrived}" not in ids(there) or f"after-{arrived}" not in ids(late):
        assert time.monotonic() < late_by, "live frames do not come again"
        arrived += 1
        assert says(sam, space, f"after-{arrived}")["ok"]
        time.sleep(0.1)
    until(lambda: missed, "phones are not told to pull")
    ann.pull()
    assert [row["id"] for row in ann.records("message")][-1] == f"after-{arrived}"
    assert len(ann.records("message")) == 1 + 8 + arrived
