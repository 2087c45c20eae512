"""A real browser: Debian's Chromium, without a window; a web app, and a server that lets it call."""

import shutil
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from pymongo import MongoClient

from server.store.database import Document, database
from tests.conftest import Running
from tests.pages.web_app import serving

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")  # no longer: while it is open an event loop runs here, and other tests want one
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "run 'make programs'"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


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
