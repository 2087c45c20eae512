"""A proxy that stands between a test and its database."""

from collections.abc import Iterator

import pytest

from tests.faults.wire_proxy import WireProxy


@pytest.fixture
def proxy(mongodb: str) -> Iterator[WireProxy]:
    """Return a proxy before the database of the tests; a client that connects to its ``uri`` meets its faults."""
    proxy = WireProxy(mongodb)
    yield proxy
    proxy.stop()
