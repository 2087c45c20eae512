"""Many phones come back at once, each with an outbox, while the workers are killed: all are served, and once."""

import threading
import time
from contextlib import ExitStack

import psutil
import pytest

from server.embedded_database.supervisor import running as kept
from server.store.database import connect
from tests.buses import ValkeyServer
from tests.conftest import Running
from tests.live.two_workers import paired
from tests.phone import Lost, Phone
from tests.transports import Http
from tests.waiting import PATIENCE, until

PAIRS, QUEUED, MISSED = 40, 30, 5


@pytest.fixture
def server(tmp_path):
    """Return a server with a database of its own: what a killed worker leaves open there has to be ended by it."""
    valkey = ValkeyServer()
    running = Running(None, DATA_DIR=str(tmp_path), WORKERS="2", BUS_URL=valkey.url)
    running.mongo = connect(kept(tmp_path))
    yield running
    running.mongo.client.close()
    running.stop()
    valkey.stop()


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
            ann.space, ann.queued = paired(sam, ann), QUEUED
            ann.sync()
            for number in range(QUEUED):
                ann.does("message.send", space=ann.space, id=f"q{number}", text=f"q{number}", origin="person")
            for number in range(MISSED):
                sam.does("message.send", space=ann.space, id=f"m{number}", text=f"m{number}", origin="person")
        sam.push()
        assert not sam.outbox
        yield sam, anns


def come_back(phone, tries, killed):
    """Do as an app does: ask again for as long as no answer comes. Who is served early writes on until the kill."""
    end = time.monotonic() + PATIENCE
    while (phone.outbox or not killed.is_set()) and time.monotonic() < end:
        if not phone.outbox:
            phone.does(
                "message.send", space=phone.space, id=f"q{phone.queued}", text=f"q{phone.queued}", origin="person"
            )
            phone.queued += 1
        try:
            phone.sync()
        except Lost:
            tries.append(phone)
            time.sleep(0.05)


def test_all_are_served_once_and_in_order_though_both_workers_die(server, herd):
    sam, anns = herd
    lost, killed = [], threading.Event()
    threads = [threading.Thread(target=come_back, args=(ann, lost, killed)) for ann in anns]
    for thread in threads:
        thread.start()
    until(lambda: not all(ann.outbox for ann in anns) or any(ann.queued > QUEUED for ann in anns))
    for child in psutil.Process(server.process.pid).children():
        if "gunicorn" in " ".join(child.cmdline()):
            child.kill()
    killed.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert lost, "need workers killed while they serve for this test to mean anything"
    sam.sync()
    for ann in anns:
        missed, queued = [f"m{number}" for number in range(MISSED)], [f"q{number}" for number in range(ann.queued)]
        assert ann.texts(ann.space) == sam.texts(ann.space) == missed + queued
