"""Servers whose limits are low enough to be reached."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import Running
from tests.live.conftest import Raw


@pytest.fixture
def running(mongodb, mongo_on_a_server, tmp_path) -> Iterator[Callable[..., Running]]:
    """Return a function that starts a server with some limits: `running(connections_per_device=3)`."""
    started: list[Running] = []
    path, _, query = mongodb.partition("?")
    uri = f"{path.rstrip('/')}/{mongo_on_a_server.name}?{query}"

    def start(app: str = "wsgi:app", **limits: int) -> Running:
        variables = {f"LIMIT_{name.upper()}": str(limit) for name, limit in limits.items()}
        started.append(Running(mongo_on_a_server, app, MONGODB_URI=uri, DATA_DIR=str(tmp_path), **variables))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def opened() -> Iterator[Callable[..., Any]]:
    """Return a function that connects a raw phone to a server; all are closed in the end."""
    with contextlib.ExitStack() as stack:

        def connect(server: Running, tokens: dict[str, Any] | None = None, *, connects: bool = True) -> Raw:
            phone = Raw(server.address, (tokens or server.user())["access_token"], connects=connects)
            stack.callback(phone.socket.close)
            return phone

        yield connect
