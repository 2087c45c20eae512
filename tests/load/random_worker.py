"""A worker in a process of its own, on which somebody acts at random: `python -m tests.load.random_worker …`.

Prints a line for each request and for each answer, so that both are known when it is killed.
"""

import sys
import time
from typing import Any

import orjson
from pymongo import MongoClient

from server.app import Parts
from server.commands.context import Caller
from server.observability import logs
from server.store.database import database
from tests.load.passerby import Passerby
from tests.load.workers import Workers
from tests.phone import Wire

LONGEST = 20_000  # ms that a clock is put forward at a time


class Clock:
    """A world with only a database and a clock; each worker has a different clock."""

    def __init__(self, mongo: Any, ahead: int) -> None:
        self.mongo, self._ahead = mongo, ahead

    @property
    def time(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead

    def wait(self, ms: int) -> None:
        self._ahead += min(ms, LONGEST)


class Told(Workers):
    """Workers that print their requests and answers."""

    def answer(self, parts: Parts, caller: Caller, body: Wire) -> Wire:
        _say({"asked": body, "caller": [caller.user, caller.device, caller.role]})
        outcome = super().answer(parts, caller, body)
        _say({"answered": body["id"], "error": outcome.get("error")})
        return outcome


def _say(line: Wire) -> None:
    sys.stdout.buffer.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def main(uri: str, name: str, seed: int, ahead: int) -> None:
    """Act until the process is killed. What the server logs goes to standard error."""
    logs.configure("INFO")
    workers = Told(Clock(database(MongoClient(uri, timeoutMS=5_000), name), ahead), 1)
    people = workers.world.mongo.users.find({"role": {"$ne": "supervisor"}})
    hand = Passerby(workers, [Caller(row["_id"], f"phone-{seed}", row["role"]) for row in people], seed)
    while True:
        hand.act(workers.servers[0])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
