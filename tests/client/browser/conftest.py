"""The app on `@beside/client`, a server that allows requests from it, and people who are signed in."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pymongo import MongoClient

from schemas.agreement import AGREED
from server.store.database import Document, database
from tests.client.browser.web_app import Tab, serving
from tests.client.bundled import bundled
from tests.conftest import Running, _now
from tests.phone import Phone, Wire
from tests.sealed import stored
from tests.transports import Http

TEN_MINUTES = 600_000


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the bundle of the client."""
    return bundled(tmp_path_factory.mktemp("bundle")).path.parent


@pytest.fixture(scope="session")
def origin(bundle: Path) -> Iterator[str]:
    """Return the origin of the app; the bundle is at `/client/`."""
    with serving(bundle) as address:
        yield address


@pytest.fixture(scope="session")
def server(
    mongodb: str, client: MongoClient[Document], origin: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Return a server that allows requests from the app."""
    path, _, query = mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    running = Running(
        database(client, name),
        MONGODB_URI=f"{path.rstrip('/')}/{name}?{query}",
        DATA_DIR=str(tmp_path_factory.mktemp("server")),
        ALLOWED_ORIGINS=origin,
        PASSKEY_RP_ID="localhost",
        LOG_LEVEL="ERROR",
    )
    yield running
    running.stop()
    client.drop_database(name)


class Pair:
    """Ann, who uses the app, and sam, who uses the phone of ``tests/phone.py``; they share a space."""

    def __init__(self, server: Running, ann: Http, sam: Http, ann_tokens: Wire, sam_tokens: Wire) -> None:
        self.server, self.tokens = server, {**ann_tokens, "lasts": TEN_MINUTES}
        self.sam = Phone(sam, sam_tokens["user"], sam_tokens["device"], _now)
        self.ann = Phone(ann, ann_tokens["user"], ann_tokens["device"], _now)
        invited = self.sam.do("pairing.invite", name="Sam")
        code = invited["changes"][0]["data"]["code"]
        joined = self.ann.do("pairing.join", agreement=AGREED, code=code, name="Ann")
        self.space: str = joined["changes"][0]["space"]
        self.sam.sync()

    def write(self, text: str) -> None:
        """Let sam send a message."""
        outcome = self.sam.do("message.send", space=self.space, id=str(uuid.uuid4()), text=text, origin="person")
        assert outcome["ok"], outcome

    def sent(self) -> list[str]:
        """Return the texts of all messages of the space, as the server has them."""
        rows = stored(self.server.mongo, {"space": self.space, "kind": "message"})
        return [row["data"]["text"] for row in sorted(rows, key=lambda row: int(row["first_seq"]))]


@pytest.fixture
def make_pair(server: Running) -> Iterator[Callable[[], Pair]]:
    """Return a function that makes two people who share a space."""
    with ExitStack() as stack:

        def make() -> Pair:
            ann, sam = server.user(), server.user("specialist")
            by_ann, by_sam = (Http(server.address, tokens["access_token"]) for tokens in (ann, sam))
            stack.callback(by_ann.close)
            stack.callback(by_sam.close)
            return Pair(server, by_ann, by_sam, ann, sam)

        yield make


@pytest.fixture
def pair(make_pair: Callable[[], Pair]) -> Pair:
    return make_pair()


@pytest.fixture
def context(browser: Browser) -> Iterator[Any]:
    """Return a new profile of the browser."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def open_tab(context: Any, origin: str, server: Running, pair: Pair) -> Callable[..., Tab]:
    """Return a function that opens a tab of ann's app, signed in."""

    def opened(**options: Any) -> Tab:
        return Tab(context, origin, server.address, **{"tokens": pair.tokens, **options})

    return opened
