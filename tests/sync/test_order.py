"""Order under fire: many writers, several workers, and readers who must never miss a change."""

import subprocess
import sys
import threading

import pytest
from pymongo.errors import AutoReconnect

from schemas.agreement import AGREED
from server.store import group_commit
from tests.conftest import ROOT
from tests.phone import Phone
from tests.waiting import PATIENCE, until

WRITERS, EACH = 4, 40

PROCESS = """
import sys
from pymongo import MongoClient
from server.store.database import database
from server.commands.context import Caller
from tests.conftest import World
uri, name, space, user, who = sys.argv[1:]
with MongoClient(uri, timeoutMS=20000) as client:
    world = World.__new__(World)
    world.mongo, world.time = database(client, name), 1795352768209
    world.restarted()
    phone = world.phone(Caller(user, who, "peer"))
    for number in range({each}):
        phone.does("message.send", space=space, id=f"{{who}}-{{number}}", text=str(number), origin="person")
        if number % 7 == 0:
            phone.does("message.edit", space=space, id=f"{{who}}-{{number}}", text=f"{{number}}!")
        while phone.outbox:
            phone.push()
"""


def write(phone: Phone, space: str, who: str) -> None:
    """Send messages one by one, editing some, as one phone does."""
    for number in range(EACH):
        phone.does("message.send", space=space, id=f"{who}-{number}", text=str(number), origin="person")
        if number % 7 == 0:
            phone.does("message.edit", space=space, id=f"{who}-{number}", text=f"{number}!")
        while phone.outbox:
            phone.push()


def read(phone: Phone, done: threading.Event) -> None:
    """Poll as fast as can be, one small page at a time, until the writers are done; then once more."""
    while not done.is_set():
        phone.pull(limit=3)
    phone.pull(limit=3)


def check(readers: list[Phone], fresh: Phone, space: str, writers: int) -> None:
    """Every reader has everything: no reader was ever led past a change."""
    fresh.pull()
    while fresh.older:
        fresh.scroll(space)
    assert len(fresh.texts(space)) == writers * EACH
    for reader in readers:
        assert reader.replica == fresh.replica
    seqs = sorted(change["seq"] for name, change in fresh.replica.items() if name[0] == space)
    assert len(set(seqs)) == len(seqs)


def run(threads: list[threading.Thread], readers: list[threading.Thread], done: threading.Event) -> None:
    for thread in (*readers, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()


@pytest.mark.parametrize("workers", [1, 3])
def test_no_reader_misses_a_change_whatever_the_writers_do(world, sam, ann, pair, workers):
    parts = [world.parts]
    for _ in range(workers - 1):
        world.restarted()
        parts.append(world.parts)
    writers, readers, done = [], [], threading.Event()
    for number in range(WRITERS):
        phone = world.phone(ann.transport.caller, f"ann-{number}")
        phone.transport.parts = parts[number % workers]
        writers.append(threading.Thread(target=write, args=(phone, pair, f"w{number}")))
    phones = [world.phone(sam.transport.caller, f"sam-{number}") for number in range(2)]
    for number, phone in enumerate(phones):
        phone.transport.parts = parts[number % workers]
        phone.pull()
        readers.append(threading.Thread(target=read, args=(phone, done)))
    run(writers, readers, done)
    check(phones, world.phone(sam.transport.caller, "fresh"), pair, WRITERS)


def test_no_reader_misses_a_change_of_other_processes(mongodb, world, sam, ann, pair):
    phones = [world.phone(sam.transport.caller, f"sam-{number}") for number in range(2)]
    done = threading.Event()
    for phone in phones:
        phone.pull()
    readers = [threading.Thread(target=read, args=(phone, done)) for phone in phones]
    for reader in readers:
        reader.start()
    script = PROCESS.format(each=EACH)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, mongodb, world.mongo.name, pair, ann.user, f"w{number}"], cwd=ROOT
        )
        for number in range(2)
    ]
    assert [process.wait(200) for process in processes] == [0, 0]
    done.set()
    for reader in readers:
        reader.join()
    check(phones, world.phone(sam.transport.caller, "fresh"), pair, 2)


def test_two_workers_take_turns_in_one_space_and_neither_is_refused(world, sam, ann, pair):
    """What one worker remembers of a space is stale as soon as the other has written to it."""
    ann.do("message.send", space=pair, id="m1", text="on the first worker", origin="person")
    world.restarted()
    other = world.phone(sam.transport.caller, "tablet")
    assert other.do("message.send", space=pair, id="m2", text="on the second", origin="person")["ok"]
    assert ann.do("message.send", space=pair, id="m3", text="on the first again", origin="person")["ok"]
    sam.pull()
    assert sam.texts(pair) == ["on the first worker", "on the second", "on the first again"]


def test_a_worker_with_a_stale_memory_lets_nothing_be_written_after_the_end(world, sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="the first worker remembers this pairing", origin="person")
    world.restarted()
    world.phone(sam.transport.caller).do("pairing.end", pairing=pair.removeprefix("pair:"))
    assert ann.do("message.send", space=pair, id="m2", text="x", origin="person")["error"]["code"] == "wrong_state"


def test_a_worker_with_a_stale_memory_refuses_nothing_that_is_allowed(world, sam, ann):
    invited = sam.do("pairing.invite")
    space, code = invited["changes"][0]["space"], invited["changes"][0]["data"]["code"]
    assert not sam.do("message.send", space=space, id="m1", text="too early", origin="person")["ok"]
    world.restarted()
    world.phone(ann.transport.caller).do("pairing.join", agreement=AGREED, code=code)
    now = sam.do("message.send", space=space, id="m2", text="now", origin="person")
    assert now["ok"]  # on the worker that remembers "invited"


def test_two_workers_let_one_person_in(world, sam, ann, bob):
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    world.restarted()
    other = world.phone(bob.transport.caller)
    outcomes = {}

    def join(phone):
        outcomes[phone.user] = phone.do("pairing.join", agreement=AGREED, code=code)

    threads = [threading.Thread(target=join, args=(phone,)) for phone in (ann, other)]
    run(threads, [], threading.Event())
    assert sorted(outcome["ok"] for outcome in outcomes.values()) == [False, True]


def test_mutations_that_arrive_together_are_stored_together(world, sam, ann, pair, monkeypatch):
    """While one group is being stored, those who wait gather; the next transaction takes them all."""
    groups, first, store = [], threading.Event(), group_commit.transaction.store

    def slow(records, change_set, orphans):
        groups.append(len(change_set.rows))
        if len(groups) == 1:
            first.wait(PATIENCE)
        store(records, change_set, orphans)

    monkeypatch.setattr(group_commit.transaction, "store", slow)
    phones = [world.phone(ann.transport.caller, f"ann-{number}") for number in range(20)]
    said = {"space": pair, "text": "x", "origin": "person"}
    sent = [
        threading.Thread(target=phone.do, args=("message.send",), kwargs={"id": f"m{n}", **said})
        for n, phone in enumerate(phones)
    ]
    for thread in sent:
        thread.start()
    waiting = world.parts.group_commit._in_flight._waiting
    until(lambda: len(waiting) + sum(groups) >= len(phones))
    first.set()
    for thread in sent:
        thread.join()
    assert groups == [groups[0], 20 - groups[0]]
    sam.pull()
    assert len(sam.texts(pair)) == 20


def test_when_the_database_is_gone_the_phone_keeps_its_outbox(world, ann, monkeypatch):
    def gone(*_):
        raise AutoReconnect("no primary")

    ann.does("note.put", id="n1", title="x")
    monkeypatch.setattr(group_commit.transaction, "store", gone)
    assert ann.transport.call("mutate", ann.outbox[0])["error"]["code"] == "try_later"
    assert ann.push() == []
    assert len(ann.outbox) == 1
    monkeypatch.undo()
    assert ann.push()[0]["ok"]


def test_nobody_whose_answer_is_there_waits_for_the_turn_of_somebody_else(world, ann, monkeypatch):
    """Ann's group is stored with bob's and cat's waiting; dan's commit hangs; bob and cat must have their answers."""
    started, gates, store = [], [threading.Event() for _ in range(3)], group_commit.transaction.store

    def slow(records, change_set, orphans):
        started.append(len(change_set.rows))
        gates[len(started) - 1].wait(PATIENCE)
        store(records, change_set, orphans)

    monkeypatch.setattr(group_commit.transaction, "store", slow)
    waiting = world.parts.group_commit._in_flight._waiting

    def sends(name):
        phone = world.phone(ann.transport.caller, name)
        thread = threading.Thread(target=phone.do, args=("note.put",), kwargs={"id": name, "title": "x"})
        thread.start()
        return thread

    threads = [sends("ann")]
    until(lambda: len(started) == 1)
    threads += [sends("bob"), sends("cat")]
    until(lambda: len(waiting) == 2)
    gates[0].set()
    until(lambda: len(started) == 2)
    threads.append(sends("dan"))
    until(lambda: len(waiting) == 1)
    gates[1].set()
    until(lambda: len(started) == 3)
    for thread in threads[:3]:
        thread.join(PATIENCE / 2)
        assert not thread.is_alive(), "dan holds the turn, and has nothing to do with it"
    gates[2].set()
    threads[3].join()
    assert started == [1, 2, 1]
