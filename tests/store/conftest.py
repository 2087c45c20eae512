"""A proxy that stands between a test and its database."""

from collections.abc import Iterator

import pytest

from tests.faults.wire_proxy import WireProxy


@pytest.fixture
def proxy(mongodb: str) -> Iterator[WireProxy]:
    """Return a proxy in front of the database of the tests; clients that connect to its ``uri`` meet its faults."""
    proxy = WireProxy(mongodb)
    yield proxy
    proxy.stop()
