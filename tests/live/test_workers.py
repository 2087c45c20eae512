"""Two workers on one database and one Valkey: what happens on one is heard on the other, and nowhere else."""

import contextlib
import uuid

import pytest

from schemas.agreement import AGREED
from server.bus.script import CHANNEL
from server.store.database import database
from tests.buses import ValkeyServer
from tests.conftest import Running
from tests.phone import Phone
from tests.transports import Http, Socket
from tests.waiting import PATIENCE, until


@pytest.fixture(scope="module")
def valkey():
    running = ValkeyServer()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def workers(mongodb, client, valkey, tmp_path_factory):
    """Return two servers of one worker each, so that it is known who is connected to which."""
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
        opened.append(Socket(workers[number].address, tokens["access_token"], phone))
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


def test_phones_on_both_workers_hear_every_message_once_and_in_order(people, connect):
    sam, ann = people("specialist"), people()
    space = paired(sam, ann)
    here, there = connect(0, ann.tokens), connect(1, ann.tokens)
    names = [f"m{number:02}" for number in range(40)]
    for name in names:
        assert says(sam, space, name)["ok"]
    for socket in (here, there):
        socket.wait(lambda socket=socket: len(ids(socket)) >= len(names))
        assert ids(socket) == names
        seqs = [frame["seq"] for frame in socket.frames if frame["space"] == space]
        assert seqs == sorted(set(seqs))


def test_a_phone_on_another_worker_is_let_into_a_space_before_anything_of_it_is_shown(workers, people, connect):
    ann = people()
    there = connect(1, ann.tokens)
    for number in range(5):
        sam = people("specialist")
        space = paired(sam, ann)
        assert says(sam, space, f"m{number}")["ok"]
        there.wait(lambda number=number: f"m{number}" in ids(there))


def test_a_block_reaches_phones_on_another_worker_and_then_nothing_else_does(people, connect):
    sam, ann = people("specialist"), people()
    space = paired(sam, ann)
    there, blocked = connect(1, ann.tokens), connect(1, sam.tokens)
    assert says(sam, space, "m1")["ok"]
    there.wait(lambda: ids(there) == ["m1"])
    assert ann.do("block.set", space=space)["ok"]
    there.wait(lambda: any(one["change"].get("deleted") for one in there.frames))
    blocked.wait(lambda: any(one["change"]["kind"] == "pairing" for one in blocked.frames))
    heard = len(there.frames)
    assert not says(sam, space, "m2")["ok"]
    assert ann.do("note.put", id="fence", title="after it")["ok"]
    there.wait(lambda: "fence" in ids(there, "note"))
    assert [one for one in there.frames[heard:] if one["space"] == space] == []


def test_a_device_that_is_signed_out_is_disconnected_on_another_worker(workers, people, connect):
    ann = people()
    other = workers[0].device(ann.tokens)
    there = connect(1, other)
    ann.transport.send("DELETE", f"devices/{other['device']}")
    assert there.closed.wait(PATIENCE)


def test_the_rows_of_a_client_database_come_live_from_another_worker(people, connect):
    sam, ann = people("specialist"), people()
    space = paired(sam, ann)
    there, pages = connect(1, ann.tokens), []
    there.io.on("sync:changes", pages.append)
    there.call("sync:subscribe", {"collection": "message"})
    assert says(sam, space, "m1")["ok"]
    until(lambda: any(row["text"] == "m1" for page in pages for row in page["documents"]))


def test_nothing_is_published_while_all_who_are_in_a_room_are_on_one_worker(workers, valkey, people, connect):
    sam, ann = people("specialist"), people()
    space = paired(sam, ann)
    here = [connect(0, sam.tokens), connect(0, ann.tokens)]
    with published(valkey) as lines:
        for number in range(10):
            assert says(sam, space, f"m{number}")["ok"]
        for socket in here:
            socket.wait(lambda socket=socket: len(ids(socket)) == 10)
        there = connect(1, ann.tokens)
        assert says(sam, space, "m10")["ok"]
        there.wait(lambda: ids(there) == ["m10"])
        of_space = []
        while not of_space:
            of_space = [text for _, room, text in lines() if room == space]
    [only] = of_space
    assert '"m10"' in only, "what was said while all were on one worker was published to nobody"


@contextlib.contextmanager
def published(valkey):
    """Give a function that returns the lines (verb, room, text) published since; it waits for the next message."""
    with valkey.client() as client, client.pubsub(ignore_subscribe_messages=True) as hears:
        hears.psubscribe(f"{CHANNEL}*")
        hears.get_message(timeout=PATIENCE)

        def lines():
            message = hears.get_message(timeout=PATIENCE)
            assert message is not None, "nothing was published"
            return [line.split("\t", 2) for line in message["data"].decode().split("\n")]

        yield lines
