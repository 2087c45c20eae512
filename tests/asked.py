"""The queries that a world sends to its database, for tests that count queries or check their indexes."""

from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandListener

from server.app import build
from server.store.database import database
from tests.conftest import CONFIG, World


class Asked(CommandListener):
    """Records every query, as (collection, filter)."""

    def __init__(self) -> None:
        self.questions: list[tuple[str, dict]] = []

    def started(self, event) -> None:
        command, name = event.command, event.command_name
        if name == "find":
            self.questions.append((command["find"], dict(command["filter"])))
        for question in command.get({"update": "updates", "delete": "deletes"}.get(name, ""), []):
            self.questions.append((command[name], dict(question["q"])))
        if name == "findAndModify":
            self.questions.append((command[name], dict(command["query"])))

    def succeeded(self, event) -> None:
        """Ignore the answer: queries are recorded when they start."""

    failed = succeeded


@pytest.fixture
def asked(mongodb, mongo) -> Iterator[tuple[World, Asked]]:
    """Return a world, and the recorder of its queries."""
    listener = Asked()
    with MongoClient(mongodb, event_listeners=[listener]) as client:
        world = World(mongo)
        world.mongo = database(client, mongo.name)
        world.parts = build(CONFIG, world.mongo, lambda: world.time)
        listener.questions.clear()
        yield world, listener
