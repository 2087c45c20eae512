"""Fixtures: a town with two specialists and two peers, and stories that can be told twice and compared."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from server.store.database import Document, database
from tests import phone as phones
from tests.conftest import World
from tests.lifecycle.matching_fixture import MatchingFixture
from tests.lifecycle.sweeper import drift
from tests.phone import Phone


@pytest.fixture
def town(world: World) -> Iterator[MatchingFixture]:
    """Return a town in which, when the test is over, the books must agree with what is live."""
    town = MatchingFixture(world)
    yield town
    assert drift(world.mongo) == []


@pytest.fixture
def sam(town: MatchingFixture) -> Phone:
    return town.specialist("sam")


@pytest.fixture
def tom(town: MatchingFixture) -> Phone:
    return town.specialist("tom")


@pytest.fixture
def ann(town: MatchingFixture) -> Phone:
    return town.peer("ann")


@pytest.fixture
def bob(town: MatchingFixture) -> Phone:
    return town.peer("bob")


@pytest.fixture
def tell(client: MongoClient[Document], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Return a function that tells a story in a new town: the same ids and times in every telling."""
    names: list[str] = []

    def tell(story: Callable[..., Any], *how: Any) -> Any:
        numbers = itertools.count()
        monkeypatch.setattr(phones.uuid_utils, "uuid7", lambda: f"00000000-0000-7000-8000-{next(numbers):012x}")
        names.append(f"test_{uuid.uuid4().hex[:12]}")
        return story(MatchingFixture(World(database(client, names[-1]))), *how)

    yield tell
    for name in names:
        client.drop_database(name)
