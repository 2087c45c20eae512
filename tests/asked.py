"""What a world asks its database: for tests of how much, and by which index."""

from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandListener

from server.app import build
from server.store.database import database
from tests.conftest import CONFIG, World


class Asked(CommandListener):
    """Takes down every question, as (collection, filter)."""

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
        """Nothing more to take down."""

    failed = succeeded


@pytest.fixture
def asked(mongodb, mongo) -> Iterator[tuple[World, Asked]]:
    """Return a world whose questions to the database are taken down."""
    listener = Asked()
    with MongoClient(mongodb, event_listeners=[listener]) as client:
        world = World(mongo)
        world.mongo = database(client, mongo.name)
        world.parts = build(CONFIG, world.mongo, lambda: world.time)
        listener.questions.clear()
        yield world, listener
