"""Fixtures: the tests of trust run in memory, since what is decided does not depend on where it is stored."""

import pytest

from server.store.database import Mongo
from tests import in_memory


@pytest.fixture
def mongo(request: pytest.FixtureRequest) -> Mongo:
    """Return an empty database: in memory, or on the server where a test is marked `on_a_server`."""
    if request.node.get_closest_marker("on_a_server"):
        on_a_server: Mongo = request.getfixturevalue("mongo_on_a_server")
        return on_a_server
    return in_memory.database()
