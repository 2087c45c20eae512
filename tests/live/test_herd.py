"""Many phones come back at once, each with an outbox, and a worker is killed meanwhile: all are served, and once."""

import threading
import time
import uuid
from contextlib import ExitStack

import psutil
import pytest

from server.store.database import database
from tests.buses import ValkeyServer
from tests.conftest import Running
from tests.live.test_workers import paired
from tests.phone import Lost, Phone
from tests.transports import Http

pytestmark = pytest.mark.timeout(120)

PAIRS, QUEUED, MISSED = 40, 10, 5
PATIENCE = 60  # seconds until all are served


@pytest.fixture
def server(mongodb, client, tmp_path):
    valkey, (path, _, query) = ValkeyServer(), mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    settings = {"MONGODB_URI": f"{path.rstrip('/')}/{name}?{query}", "DATA_DIR": str(tmp_path)}
    running = Running(database(client, name), **settings, WORKERS="2", BUS_URL=valkey.url)
    yield running
    running.stop()
    valkey.stop()
    client.drop_database(name)


@pytest.fixture
def herd(server):
    """Return peers who have written while they were away, and missed what their specialist wrote."""
    with ExitStack() as stack:

        def phone(role, tokens=None):
            tokens = tokens or server.user(role)
            http = Http(server.address, tokens["access_token"])
            stack.callback(http.close)
            return Phone(http, tokens["user"], tokens["device"])

        sam = phone("specialist")
        anns = [phone("peer") for _ in range(PAIRS)]
        for ann in anns:
            ann.space = paired(sam, ann)
            ann.sync()
            for number in range(QUEUED):
                ann.does("message.send", space=ann.space, id=f"q{number}", text=f"q{number}", origin="person")
            for number in range(MISSED):
                sam.does("message.send", space=ann.space, id=f"m{number}", text=f"m{number}", origin="person")
        sam.push()
        assert not sam.outbox
        yield sam, anns


def come_back(phone, tries):
    """Do as an app does: ask again for as long as no answer comes."""
    end = time.monotonic() + PATIENCE
    while phone.outbox and time.monotonic() < end:
        tries.append(phone)
        try:
            phone.sync()
        except Lost:
            time.sleep(0.05)


def test_all_are_served_once_and_in_order_though_a_worker_dies(server, herd):
    sam, anns = herd
    tries = []
    threads = [threading.Thread(target=come_back, args=(ann, tries)) for ann in anns]
    for thread in threads:
        thread.start()
    while sum(not ann.outbox for ann in anns) < PAIRS // 8:
        time.sleep(0.001)
    psutil.Process(server.process.pid).children()[-1].kill()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(tries) > PAIRS, "need a worker killed while it serves for this test to mean anything"
    sam.sync()
    for ann in anns:
        missed, queued = [f"m{number}" for number in range(MISSED)], [f"q{number}" for number in range(QUEUED)]
        assert ann.texts(ann.space) == sam.texts(ann.space) == missed + queued
