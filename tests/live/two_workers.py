"""People and their phones on two workers."""

import uuid

import pytest

from schemas.agreement import AGREED
from server.store.database import database
from tests.buses import ValkeyServer
from tests.conftest import Running
from tests.phone import Phone
from tests.transports import Http, Pulling


@pytest.fixture(scope="module")
def valkey():
    running = ValkeyServer()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def workers(mongodb, client, valkey, tmp_path_factory):
    """Return two servers of one worker each, so that a test knows which phone is connected to which."""
    path, _, query = mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    uri, data = f"{path.rstrip('/')}/{name}?{query}", str(tmp_path_factory.mktemp("workers"))
    settings = {"MONGODB_URI": uri, "DATA_DIR": data, "BUS_URL": valkey.url}
    both = [Running(database(client, name), **settings) for _ in range(2)]
    yield both
    for one in both:
        one.stop()
    client.drop_database(name)


@pytest.fixture
def people(workers):
    """Return a function that gives somebody who calls the first worker, with their tokens as `.tokens`."""
    opened = []

    def make(role="peer"):
        return of(workers[0].user(role))

    def of(tokens):
        opened.append(Http(workers[0].address, tokens["access_token"]))
        phone = Phone(opened[-1], tokens["user"], tokens["device"])
        phone.tokens = tokens
        return phone

    make.of = of
    yield make
    for http in opened:
        http.close()


@pytest.fixture
def connect(workers):
    """Return a function that connects a phone to a worker."""
    opened = []

    def make(number, tokens, phone=None):
        opened.append(Pulling(workers[number].address, tokens["access_token"], phone))
        return opened[-1]

    yield make
    for socket in opened:
        socket.close()


def paired(sam, ann):
    code = sam.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"]
    joined = ann.do("pairing.join", agreement=AGREED, code=code)
    return joined["changes"][0]["space"] if joined["ok"] else pytest.fail(str(joined))


def says(phone, space, name, **how):
    return phone.do("message.send", space=space, id=name, text=name, origin="person", **how)


def ids(socket, kind="message"):
    return [frame["change"]["id"] for frame in socket.frames if frame["change"]["kind"] == kind]
