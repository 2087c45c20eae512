"""Workers in processes of their own, killed in the middle of whatever they were doing."""

import os
import signal
import subprocess
import sys
import threading
from itertools import count

import orjson
import pytest
from pymongo import MongoClient

from server.commands.context import Caller
from server.embedded_database.client import Embedded
from server.store.database import database
from sync.clock import HOUR
from tests.conftest import ROOT, World
from tests.lifecycle.matching_fixture import GRIEF, MatchingFixture, ok
from tests.lifecycle.sweeper import drift, orphans
from tests.load.decision_checker import shown_for_good
from tests.load.random_worker import Clock
from tests.load.workers import Workers

WORKERS, ANSWERS = 3, 60  # of all of them, after which they are killed
ROUNDS = 10 if "STORY_STEPS" in os.environ else 1
MOST = 20  # rounds, until one of the dead left something unanswered
PATIENCE = 200  # seconds for so many answers


class Hands:
    """Some workers at work, and what they said. Each is killed when it has asked for something, and waits."""

    def __init__(self, uri, number, directory):
        self.asked, self.answered = {}, {}
        self.log = directory / f"round-{number}.log"
        command, how = (
            [sys.executable, "-m", "tests.load.random_worker", uri, "killed"],
            {"cwd": ROOT, "stdout": subprocess.PIPE},
        )
        with self.log.open("w") as errors:
            self._workers = [
                subprocess.Popen([*command, f"{10 * number + seed}", f"{HOUR * number}"], stderr=errors, **how)
                for seed in range(WORKERS)
            ]
        self._readers = [threading.Thread(target=self._listen, args=(worker,)) for worker in self._workers]
        for reader in self._readers:
            reader.start()

    def killed(self):
        """Wait until all of them are."""
        for reader in self._readers:
            reader.join(PATIENCE)
        for worker in self._workers:
            worker.terminate()
        ends = [worker.wait() for worker in self._workers]
        assert ends == [-signal.SIGKILL] * WORKERS, self.log.read_text()
        return self

    def _listen(self, worker):
        with worker.stdout:
            for line in worker.stdout:
                if line.endswith(b"\n") and self._is_enough(orjson.loads(line)):
                    worker.kill()

    def _is_enough(self, said):
        """Take in what was said; tell whether it was the last of it."""
        if "asked" in said:
            self.asked[said["asked"]["id"]] = (Caller(*said["caller"]), said["asked"])
            return len(self.answered) >= ANSWERS
        if said["error"] is None or said["error"]["code"] != "try_later":
            self.answered[said["answered"]] = said["error"]
        return False


@pytest.fixture
def embedded(tmp_path):
    embedded = Embedded(tmp_path)
    yield embedded
    embedded.stop()


@pytest.fixture
def mongo(embedded):
    """Return a database on a server of its own, where what the dead have locked can be set free."""
    with MongoClient(embedded.uri, timeoutMS=60_000) as client:
        yield database(client, "killed")


def books(mongo):
    """Return what is wrong with them."""
    return drift(mongo) + orphans(mongo) + shown_for_good(mongo)


@pytest.mark.timeout(1200)
def test_workers_that_are_killed_leave_the_books_right_and_their_successors_answer_for_them(mongo, embedded, tmp_path):
    clock, unanswered, done = Clock(mongo, 0), 0, set()
    world = World(mongo)
    world.time = clock.time
    matching = MatchingFixture(world)
    for number in range(6):
        matching.specialist(f"spec{number}", places=2)
    for number in range(10):
        ok(matching.peer(f"peer{number}").do("request.open", id="r1", topics=GRIEF))
    matching.settle()
    for number in count(1):
        if number > ROUNDS and (unanswered or number > MOST):
            break
        hands = Hands(embedded.uri, number, tmp_path).killed()
        embedded.end_orphans()
        assert books(mongo) == []
        workers = Workers(Clock(mongo, HOUR * number), 1)
        for name, (caller, body) in hands.asked.items():
            outcome = workers.repeated(workers.servers[0], caller, body)
            assert name not in hands.answered or outcome.get("error") == hands.answered[name], body
            done |= {body["name"]} if outcome["ok"] else set()
        unanswered += len(hands.asked.keys() - hands.answered.keys())
        assert books(mongo) == []
    assert unanswered, "need workers killed at work for this test to mean anything"
    assert {"request.open", "request.choose", "offer.accept"} <= done
