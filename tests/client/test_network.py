"""A bad network between phones of @beside/client and a real server; in the end no invariant is broken."""

import random

import pytest

from tests.client.checked import ClientFaults
from tests.client.remote import Driver
from tests.faults.proxy import FAULTS, Proxy


@pytest.fixture
def seed() -> int:
    """Return another seed each time; a test that fails prints it."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    return seed


@pytest.fixture
def proxy(server, seed):
    proxy = Proxy(server.address, seed)
    yield proxy
    proxy.stop()


@pytest.fixture
def faults(server, driver: Driver, tmp_path, seed):
    faults = ClientFaults(driver, server, tmp_path / "history", seed)
    yield faults
    faults.close()


def test_a_bad_network_loses_doubles_and_reorders_nothing_that_was_done(faults, proxy):
    for _ in range(2):
        faults.pair()
    for name in faults.people:
        faults.listens(name)
    faults.through(proxy.address)
    while proxy.counts.keys() != FAULTS.keys():
        for thread in faults.rages(2):
            thread.join()
        for phone in faults.phones():
            phone.restart()
    faults.heals()
    print(proxy.counts)
    assert faults.ends() == []
    assert all(phone.heard["change"] for phone in faults.listeners)
