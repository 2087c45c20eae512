"""A web app, and a server that lets it call."""

import uuid
from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from server.store.database import Document, database
from tests.conftest import Running
from tests.pages.web_app import serving


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    """Return the origin of a web app."""
    with serving() as address:
        yield address


@pytest.fixture(scope="session")
def allowing(
    mongodb: str, client: MongoClient[Document], origin: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Return a server that lets the web app call, and some others."""
    path, _, query = mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    running = Running(
        database(client, name),
        MONGODB_URI=f"{path.rstrip('/')}/{name}?{query}",
        DATA_DIR=str(tmp_path_factory.mktemp("allowing")),
        ALLOWED_ORIGINS=f"{origin},https://*.example.org,capacitor://localhost,ionic://localhost,null",
    )
    yield running
    running.stop()
    client.drop_database(name)
