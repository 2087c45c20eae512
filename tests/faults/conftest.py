"""Fixtures: a host whose parts can be killed, fault runners that are closed, and the seed of this run."""

import os
import random
from collections.abc import Callable, Iterator

import pytest

from tests.faults.fault_runner import FaultRunner
from tests.faults.host import Host
from tests.faults.inside import Inside
from tests.faults.proxy import Proxy


@pytest.fixture
def seed() -> int:
    """Return the seed in SEED, or another one each time; a test that fails prints it."""
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed}")
    return seed


@pytest.fixture(scope="module")
def host(tmp_path_factory) -> Iterator[Host]:
    host = Host(tmp_path_factory.mktemp("host"))
    yield host
    host.stop()


@pytest.fixture
def faults(tmp_path, seed) -> Iterator[Callable[..., FaultRunner]]:
    """Return a function that gathers some pairs of people on a server."""
    runs: list[FaultRunner] = []

    def gather(server, pairs: int) -> FaultRunner:
        runs.append(FaultRunner(server, tmp_path / f"history{len(runs)}", seed))
        for _ in range(pairs):
            runs[-1].pair()
        return runs[-1]

    yield gather
    for faults in runs:
        faults.close()


@pytest.fixture
def inside(world, tmp_path) -> Iterator[Inside]:
    """Return a runner for a server in this process, without any phones yet."""
    inside = Inside(world, tmp_path / "inside")
    yield inside
    inside.close()


@pytest.fixture
def proxy(server, seed) -> Iterator[Proxy]:
    proxy = Proxy(server.address, seed)
    yield proxy
    proxy.stop()
