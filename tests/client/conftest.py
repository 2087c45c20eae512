"""Fixtures: the Node process whose phones are those of @beside/client."""

from collections.abc import Iterator

import pytest

from tests.client.remote import Driver


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """Return the process that holds the phones of all tests of one worker."""
    running = Driver()
    yield running
    running.end()
