"""Two workers are replaced while people write: nothing is lost, nobody sees an error, phones come back when told to."""

import contextlib
import signal
import threading
import time
import uuid

import httpx
import psutil
import pytest
from socketio.exceptions import SocketIOError

from server.store.database import database
from tests.buses import ValkeyServer
from tests.conftest import Running
from tests.live.two_workers import paired, says
from tests.phone import Lost, Phone
from tests.transports import Failed, Http, Socket
from tests.waiting import PATIENCE, until

PAIRS = 3
BEFORE, AFTER = 20, 20  # messages of everybody before the restart, and after everybody has come back


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
def gate(tmp_path):
    """Return the file without which no worker starts."""
    gate = tmp_path / "gate"
    gate.touch()
    return gate


@pytest.fixture
def server(mongodb, client, tmp_path, gate):
    valkey, (path, _, query) = ValkeyServer(), mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    settings = {"MONGODB_URI": f"{path.rstrip('/')}/{name}?{query}", "DATA_DIR": str(tmp_path)}
    app = "tests.live.gated:app"
    running = Running(database(client, name), app, **settings, WORKERS="2", BUS_URL=valkey.url)
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
        thread.join(PATIENCE)
        assert thread.errors == []
    for writer, reader in zip(writers, readers, strict=True):
        reader.phone.sync()
        assert reader.phone.texts(writer.space) == writer.sent
    assert len({said["reconnect_in"] for reader in readers for said in reader.waits}) > 1, "drawn by lot"
    assert says(writers[0].phone, writers[0].space, "last")["ok"]


def test_the_old_workers_serve_until_the_new_ones_do(server, gate):
    """However long it takes to start: who was told to come back earlier would find nobody."""
    sam, ann = server.user("specialist"), server.user()
    phones = [Phone(Http(server.address, one["access_token"]), one["user"], one["device"]) for one in (sam, ann)]
    space, reader = paired(*phones), Reader(server.address, server.device(ann))
    arbiter = psutil.Process(server.process.pid)
    old = arbiter.children()
    gate.unlink()
    server.process.send_signal(signal.SIGHUP)
    until(lambda: len(arbiter.children()) == 4)
    reader.start()
    for number in range(30):
        assert says(phones[0], space, f"m{number}")["ok"]
        Socket(server.address, ann["access_token"]).close()
        assert not reader.waits
        assert not reader.socket.closed.wait(0.1), "longer in all than a worker needs to stop"
    gate.touch()
    until(lambda: reader.waits and not reader.socket.closed.is_set())
    until(lambda: not any(worker in old for worker in arbiter.children()))
    assert says(phones[0], space, "after")["ok"]
    until(lambda: "after" in reader.phone.texts(space))
    reader.over = True
    reader.join(PATIENCE)
    assert reader.errors == []
    reader.socket.close()
    for phone in (*phones, reader.phone):
        phone.transport.close()
