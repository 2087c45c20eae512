"""Two workers are replaced while people write: nothing is lost, nobody sees an error, phones come back when told to."""

import contextlib
import signal
import threading
import time
import uuid

import httpx
import pytest
from socketio.exceptions import SocketIOError

from server.store.database import database
from tests.buses import ValkeyServer
from tests.conftest import Running
from tests.live.test_workers import paired, says
from tests.phone import Lost, Phone
from tests.transports import Failed, Http, Socket

pytestmark = pytest.mark.timeout(120)

PAIRS = 6
BEFORE, AFTER = 20, 20  # messages of everybody before the restart, and after everybody has come back
BACK = 30  # seconds within which everybody has


class Writer(threading.Thread):
    """Writes over HTTP until told to stop. What got no answer is sent again, as it was."""

    def __init__(self, phone, space):
        super().__init__(daemon=True)
        self.phone, self.space = phone, space
        self.sent, self.errors, self.over = [], [], False

    def run(self):
        while not self.over:
            name = f"m{len(self.sent)}"
            try:
                self.phone.does("message.send", space=self.space, id=name, text=name, origin="person")
                while self.phone.outbox:
                    self._push()
            except Failed as error:
                self.errors.append(error)
                return
            self.sent.append(name)
            time.sleep(0.01)

    def _push(self):
        try:
            assert all(outcome["ok"] for outcome in self.phone.push())
        except (Lost, httpx.HTTPError):
            time.sleep(0.05)


class Reader(threading.Thread):
    """Stays connected: comes back when it was told to, and catches up."""

    def __init__(self, address, tokens):
        super().__init__(daemon=True)
        self.address, self.tokens = address, tokens
        self.phone = Phone(Http(address, tokens["access_token"]), tokens["user"], tokens["device"])
        self.waits, self.errors, self.over = [], [], False
        self.phone.sync()
        self.socket = self._connected()

    def run(self):
        while not self.over and not self.errors:
            if self.socket.closed.wait(0.1):
                self._come_back()

    def _come_back(self):
        if not self.told:
            self.errors.append("it was closed without a word")
            return
        time.sleep(self.told.pop() / 1000)
        self.socket.close()
        try:
            self.socket = self._connected()
        except SocketIOError as error:
            self.errors.append(error)

    def _connected(self):
        self.told = []
        socket = Socket(self.address, self.tokens["access_token"], self.phone)
        socket.io.on("restart", lambda said: (self.told.append(said["reconnect_in"]), self.waits.append(said)))
        return socket


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
def pairs(server):
    """Return somebody who writes and somebody who reads, several times."""
    with contextlib.ExitStack() as stack:
        pairs = []
        for _ in range(PAIRS):
            sam, ann = server.user("specialist"), server.user()
            phones = [
                Phone(Http(server.address, one["access_token"]), one["user"], one["device"]) for one in (sam, ann)
            ]
            pairs.append((Writer(phones[0], paired(*phones)), Reader(server.address, server.device(ann))))
            for phone in (*phones, pairs[-1][1].phone):
                stack.callback(phone.transport.close)
            stack.callback(lambda reader=pairs[-1][1]: reader.socket.close())
        yield pairs


def test_nothing_is_lost_and_nobody_sees_an_error(server, pairs):
    writers, readers = zip(*pairs, strict=True)
    for thread in (*writers, *readers):
        thread.start()
    until(lambda: all(len(writer.sent) > BEFORE or writer.errors for writer in writers))
    server.process.send_signal(signal.SIGHUP)
    until(lambda: all(reader.waits or reader.errors for reader in readers))
    until(lambda: all(not reader.socket.closed.is_set() or reader.errors for reader in readers))
    marks = [len(writer.sent) for writer in writers]
    until(lambda: all(w.errors or len(w.sent) > mark + AFTER for w, mark in zip(writers, marks, strict=True)))
    for thread in (*writers, *readers):
        thread.over = True
    for thread in (*writers, *readers):
        thread.join(10)
        assert thread.errors == []
    for writer, reader in zip(writers, readers, strict=True):
        reader.phone.sync()
        assert reader.phone.texts(writer.space) == writer.sent
    assert len({said["reconnect_in"] for reader in readers for said in reader.waits}) > 1, "drawn by lot"
    assert says(writers[0].phone, writers[0].space, "last")["ok"]


def until(true):
    deadline = time.monotonic() + BACK
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
