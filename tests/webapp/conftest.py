"""The web app in a real browser: one server, and people with a phone each."""

import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pymongo import MongoClient

from schemas.agreement import AGREED
from server.store.database import Document, database
from server.web.app_files import FOLDER
from tests.conftest import Running
from tests.phone import Phone
from tests.transports import Http
from tests.webapp.people import Person

Couple = tuple[Person, Person]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the web app, which a test may change."""
    return Path(shutil.copytree(FOLDER, tmp_path_factory.mktemp("app") / "webapp"))


@pytest.fixture(scope="session")
def beside(
    mongodb: str, client: MongoClient[Document], files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Return a server that serves the copy."""
    path, _, query = mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    environment = {"WEB_APP_COPY": str(files), "DATA_DIR": str(tmp_path_factory.mktemp("beside")), "LOG_LEVEL": "ERROR"}
    uri = f"{path.rstrip('/')}/{name}?{query}"
    running = Running(database(client, name), "tests.webapp.copied:app", MONGODB_URI=uri, **environment)
    yield running
    running.stop()
    client.drop_database(name)


@pytest.fixture(scope="module")
def enters(browser: Browser, beside: Running) -> Iterator[Callable[..., Person]]:
    """Return a function that lets somebody open the app on a phone of their own."""
    people: list[Person] = []

    def enter(name: str = "", **settings: Any) -> Person:
        settings = {"locale": "en-GB", "viewport": {"width": 390, "height": 844}, **settings}
        people.append(Person(name, browser.new_context(**settings), beside.address))
        return people[-1]

    yield enter
    for person in people:
        assert person.complaints == []
        person.leaves()


@pytest.fixture(scope="module")
def phone(beside: Running) -> Iterator[Callable[..., Phone]]:
    """Return a function that gives somebody's phone without the app, for the preparations of a test."""
    opened: list[Http] = []

    def make(tokens: dict[str, Any]) -> Phone:
        opened.append(Http(beside.address, beside.device(tokens)["access_token"]))
        return Phone(opened[-1], tokens["user"], tokens["device"], lambda: time.time_ns() // 1_000_000)

    yield make
    for http in opened:
        http.close()


@pytest.fixture(scope="module")
def paired(beside: Running, phone: Callable[..., Phone]) -> Callable[[], dict[str, Any]]:
    """Return a function that makes two accounts and pairs them: {ann, sam: (tokens, phone), space}."""

    def pair() -> dict[str, Any]:
        ann, sam = beside.user(), beside.user("specialist")
        anns, sams = phone(ann), phone(sam)
        code = sams.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"]
        joined = anns.do("pairing.join", code=code, name="Ann", agreement=AGREED)
        assert joined["ok"], joined
        return {"ann": ann, "sam": sam, "anns": anns, "sams": sams, "space": joined["changes"][0]["space"]}

    return pair


@pytest.fixture(scope="module")
def together(enters: Callable[..., Person], paired: Callable[[], dict[str, Any]]) -> Callable[[], Couple]:
    """Return a function that gives ann and sam, who are paired and signed in, each on a phone of their own."""

    def meet() -> Couple:
        pair = paired()
        ann, sam = (enters(name).signs_in(pair[name]["handle"]) for name in ("ann", "sam"))
        for person in (ann, sam):
            person.space = pair["space"]
        return ann, sam

    return meet


@pytest.fixture(scope="module")
def met(together: Callable[[], Couple]) -> Couple:
    return together()


@pytest.fixture
def couple(met: Couple) -> Couple:
    """Return ann and sam, who look at their conversation. It is one for all stories of a module: signing in is slow."""
    ann, sam = met
    for person in met:
        person.online()
        person.goes(f"/talk/{person.space}")
    ann.page.get_by_label("Write to Sam").wait_for()
    sam.page.get_by_label("Write to Ann").wait_for()
    return met


@pytest.fixture
def passing(together: Callable[[], Couple]) -> Couple:
    """Return ann and sam as in ``couple``, for a story after which they do not talk any more."""
    ann, sam = together()
    for person in (ann, sam):
        person.goes(f"/talk/{person.space}")
    ann.page.get_by_label("Write to Sam").wait_for()
    sam.page.get_by_label("Write to Ann").wait_for()
    return ann, sam
