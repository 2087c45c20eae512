"""Fixtures: a world with two specialists and two peers, and stories that can be told twice and compared."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from server.store.database import Mongo
from tests import in_memory
from tests import phone as phones
from tests.conftest import World
from tests.lifecycle.matching_fixture import MatchingFixture
from tests.lifecycle.sweeper import drift
from tests.phone import Phone


@pytest.fixture
def mongo() -> Mongo:
    """Return an empty database in memory: what is decided does not depend on where it is stored."""
    return in_memory.database()


@pytest.fixture
def matching(world: World) -> Iterator[MatchingFixture]:
    """Return a matching world; after the test, its derived records must agree with its live ones."""
    matching = MatchingFixture(world)
    yield matching
    assert drift(world.mongo) == []


@pytest.fixture
def sam(matching: MatchingFixture) -> Phone:
    return matching.specialist("sam")


@pytest.fixture
def tom(matching: MatchingFixture) -> Phone:
    return matching.specialist("tom")


@pytest.fixture
def ann(matching: MatchingFixture) -> Phone:
    return matching.peer("ann")


@pytest.fixture
def bob(matching: MatchingFixture) -> Phone:
    return matching.peer("bob")


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that tells a story in a new world: the same ids and times in every telling."""

    def tell(story: Callable[..., Any], *how: Any) -> Any:
        numbers = itertools.count()
        monkeypatch.setattr(phones.uuid_utils, "uuid7", lambda: f"00000000-0000-7000-8000-{next(numbers):012x}")
        return story(MatchingFixture(World(in_memory.database())), *how)

    return tell
