"""No text that somebody wrote can be found in the files, the logs or the bus of a running server."""

import threading
import uuid
from base64 import b64encode
from contextlib import closing, suppress

import pytest
import redis
from pymongo import MongoClient

from schemas.agreement import AGREED
from server.embedded_database.client import Embedded
from server.store.database import NAME, database
from tests.buses import ValkeyServer
from tests.conftest import Running
from tests.phone import Phone
from tests.transports import Http, Pulling

CANARIES = [f"CANARY-{number}-{uuid.uuid4().hex}" for number in range(40)]


@pytest.fixture
def valkey():
    running = ValkeyServer()
    yield running
    running.stop()


@pytest.fixture
def heard(valkey):
    """Return what passes over the bus, as it passes."""
    words = []

    def listen(monitor):
        with suppress(redis.RedisError, ValueError, OSError):  # it ends with the connection
            for one in monitor.listen():
                words.append(one["command"])  # noqa: PERF401 — the test sees each at once

    with redis.Redis.from_url(valkey.url, socket_timeout=None) as client, client.monitor() as monitor:
        threading.Thread(target=listen, args=[monitor], daemon=True).start()
        yield words


@pytest.fixture
def servers(tmp_path, valkey):
    """Return two servers on an embedded database of their own, whose files are in a directory."""
    embedded = Embedded(tmp_path / "data")
    settings = {"MONGODB_URI": embedded.uri, "DATA_DIR": str(tmp_path / "data"), "BUS_URL": valkey.url}
    with MongoClient(embedded.uri) as client:
        yield [Running(database(client, NAME), **settings, LOG_LEVEL="DEBUG") for _ in range(2)]
    embedded.stop()


def test_a_text_is_nowhere_but_on_the_phones(tmp_path, servers, heard):
    logs = []
    try:
        tokens = [servers[0].user("specialist"), servers[0].user()]
        https = [Http(servers[0].address, one["access_token"]) for one in tokens]
        with closing(https[0]), closing(https[1]):
            sam, ann = (Phone(http, one["user"]) for http, one in zip(https, tokens, strict=True))
            code = sam.do("pairing.invite", name=CANARIES[0])["changes"][0]["data"]["code"]
            joined = ann.do("pairing.join", agreement=AGREED, code=code, name=CANARIES[1])
            space = joined["changes"][0]["space"]
            sam.sync()
            away = Pulling(servers[1].address, servers[1].device(tokens[0])["access_token"])
            for number, text in enumerate(CANARIES[2:20]):
                assert ann.do("message.send", space=space, id=f"m{number}", text=text, origin="person")["ok"]
            for number, text in enumerate(CANARIES[20:]):
                assert ann.do("note.put", id=f"n{number}", title=text, body=text)["ok"]
            away.wait(lambda: CANARIES[19] in repr(away.frames))
            away.close()
            ann.sync()
            assert CANARIES[19] in str(ann.replica)
    finally:
        logs += [server.stop() for server in servers]
    held = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
    everywhere = {"files": held, "logs": "".join(logs).encode(), "bus": repr(heard).encode()}
    assert len(heard) > 18, "need a bus that is used for this to mean anything"
    assert {place: found(raw) for place, raw in everywhere.items()} == {"files": [], "logs": [], "bus": []}


def found(raw):
    """Return the texts that lie in some bytes, as they are or in base64."""
    return [text for text in CANARIES if text.encode() in raw or b64encode(text.encode()) in raw]
