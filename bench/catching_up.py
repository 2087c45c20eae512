"""Cases of catching up: clients lack messages that were written while they were away, or before their first sync."""

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from bench import past
from bench.client import Client, account, certified, pairings, person, phone
from bench.readers import Reader, place_after
from bench.stage import Stage
from server.store.database import Mongo
from server.store.reader import EVERYTHING
from tests.sealed import stored

SPACES, ROLE = 20, "specialist"


class Case(NamedTuple):
    """Messages that clients lack. Clients never confirm that they got them, so each can catch up many times."""

    name: str
    count: int
    after: dict[str, int]  # {space: seq}: the messages after these are missing
    phones: dict[Reader, tuple[str, Any]]  # {sort of client: (access token, place)}


class Person:
    """A specialist in 20 conversations, in which only the peers write."""

    def __init__(self, stage: Stage) -> None:
        self._mongo, self._address, self._user = stage.mongo, stage.server.address, account(stage.mongo, ROLE)
        certified(stage, self._user)
        specialist = Client(self._address, self._phone())
        peers = [Client(self._address, person(stage.mongo, "peer")) for _ in range(SPACES)]
        self._spaces = pairings(specialist, peers)
        for client in (specialist, *peers):
            client.close()

    def is_written(self, count: int) -> None:
        """Let the peers write ``count`` messages in all."""
        past.write(self._mongo, self._spaces, count // SPACES)

    def new(self, count: int, readers: Iterable[Reader]) -> Case:
        """Return the case of clients that have nothing yet."""
        phones = {reader: (self._phone(), None) for reader in readers}
        return Case(f"{count:,} at first", count, dict.fromkeys(self._spaces, 0), phones)

    def away(self, count: int, readers: Iterable[Reader]) -> Case:
        """Return the case of clients that have all messages so far, and will miss those that are written next."""
        phones = {reader: self._up_to_date(reader) for reader in readers if not reader.partial}
        return Case(f"{count:,} missed", count, past.heads(self._mongo, self._spaces), phones)

    def _up_to_date(self, reader: Reader) -> tuple[str, Any]:
        token = self._phone()
        client = Client(self._address, token)
        places = [place_after(answer.body) for answer in reader.read(client, None)]
        client.close()
        return token, next(place for place in reversed(places) if place is not None)

    def _phone(self) -> str:
        return phone(self._mongo, self._user, ROLE)


def least_seconds(mongo: Mongo, case: Case) -> float:
    """Return the seconds of reading the same rows with the driver, opening them, and writing them as JSON once."""
    start = time.perf_counter()
    rows: list[Any] = []
    for space, seq in case.after.items():
        asked = {"space": space, "kind": "message", "seq": {"$gt": seq, "$lte": EVERYTHING}}
        rows += stored(mongo, asked)
    orjson.dumps(rows)
    seconds = time.perf_counter() - start
    if len(rows) != case.count:
        raise RuntimeError(f"{case.name}: {len(rows)} rows were read")
    return seconds
