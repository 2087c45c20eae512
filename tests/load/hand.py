"""One worker in a process of its own, until it is killed: `python -m tests.load.hand URI NAME SEED`."""

import sys
import time

from pymongo import MongoClient

from server.command import Caller
from server.store.database import database
from tests.load.crew import Crew, Passerby


class Clock:
    """A world with nothing but a database and the time of day."""

    def __init__(self, uri: str, name: str) -> None:
        self.mongo = database(MongoClient(uri, timeoutMS=5_000), name)

    @property
    def time(self) -> int:
        return time.time_ns() // 1_000_000

    def wait(self, ms: int) -> None:
        """Time passes by itself here."""


def main(uri: str, name: str, seed: int) -> None:
    """Act until the process is killed. What is not answered because the database is busy is not asked again."""
    crew = Crew(Clock(uri, name), 1)
    people = crew.world.mongo.users.find({"role": {"$ne": "supervisor"}})
    hand = Passerby(crew, [Caller(row["_id"], f"phone-{seed}", row["role"]) for row in people], seed)
    print("ready", flush=True)
    while True:
        hand.acts(crew.workers[0])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
