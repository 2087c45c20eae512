"""A world that records its commands to the database, and the times of the answers."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from server.store.database import Document, Mongo, database
from tests.conftest import World


class Sent(NamedTuple):
    """One command, and the `operationTime` of its answer; None if it failed."""

    name: str
    body: Document
    answered_at: Any


class Listener(CommandListener):
    """The commands that were sent to the database."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self._open: dict[int, Document] = {}

    def started(self, event: CommandStartedEvent) -> None:
        self._open[event.request_id] = dict(event.command)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._ended(event.command_name, event.request_id, event.reply.get("operationTime"))

    def failed(self, event: CommandFailedEvent) -> None:
        self._ended(event.command_name, event.request_id, None)

    def of(self, *names: str) -> list[Sent]:
        """Return the commands of these names."""
        return [one for one in self.sent if one.name in names]

    def _ended(self, name: str, request_id: int, answered_at: Any) -> None:
        self.sent.append(Sent(name, self._open.pop(request_id), answered_at))


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def world(mongodb: str, mongo: Mongo, listener: Listener) -> Iterator[World]:
    """Return a world whose commands to the database are recorded, from the first migration on."""
    with MongoClient[Document](mongodb, timeoutMS=20_000, event_listeners=[listener]) as client:
        yield World(database(client, mongo.name))
