"""Workers in processes of their own, killed in the middle of whatever they were doing."""

import subprocess
import sys
import time
from collections import Counter

import pytest
from pymongo import MongoClient

from server.embedded import Embedded
from server.store.database import database
from tests.conftest import ROOT, World
from tests.life.sweeper import drift, everything, orphans
from tests.life.town import Town

ROUNDS, WORKERS = 2, 3
SECONDS = 1.5  # of work before they are killed


@pytest.fixture
def world(tmp_path):
    """Return a world on a database server of its own, whose orphans can be ended, and that server."""
    embedded = Embedded(tmp_path)
    with MongoClient(embedded.uri, timeoutMS=20_000) as client:
        world = World(database(client, "killed"))
        world.time, world.embedded = time.time_ns() // 1_000_000, embedded
        yield world
    embedded.stop()


def at_work(world, seeds):
    """Start workers and wait until all of them are at work."""
    command = [sys.executable, "-m", "tests.load.hand", world.embedded.uri, "killed"]
    how = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    workers = [subprocess.Popen([*command, str(seed)], **how) for seed in seeds]
    assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * len(workers)
    return workers


def test_workers_that_are_killed_leave_the_books_right(world):
    town = Town(world)
    for number in range(6):
        town.specialist(f"spec{number}", places=2)
    for number in range(10):
        town.look(town.peer(f"peer{number}"))
    for turn in range(ROUNDS):
        workers = at_work(world, range(10 * turn, 10 * turn + WORKERS))
        time.sleep(SECONDS)
        for worker in workers:
            worker.kill()
            worker.wait()
            worker.stdout.close()
        world.embedded.end_orphans()
        assert drift(world.mongo) == []
        assert orphans(world.mongo) == []
    states = Counter(one.data["state"] for one in everything(world.mongo) if one.kind == "offer")
    assert states["accepted"] > 2, "need pairings for this test to mean anything"
