"""Two workers on one database and one Valkey: what happens on one is heard on the other, and nowhere else."""

import time
import uuid

import pytest

from schemas.agreement import AGREED
from server.store.database import database
from tests.buses import ValkeyServer
from tests.conftest import Running
from tests.phone import Phone
from tests.transports import Http, Socket

MOMENT = 1.0  # seconds within which every worker knows


@pytest.fixture(scope="module")
def valkey():
    running = ValkeyServer()
    yield running
    running.stop()


@pytest.fixture(scope="module", params=["rooms", "stock"])
def workers(request, mongodb, client, valkey, tmp_path_factory):
    """Return two servers of one worker each, so that it is known who is connected to which."""
    path, _, query = mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    uri, data = f"{path.rstrip('/')}/{name}?{query}", str(tmp_path_factory.mktemp("workers"))
    settings = {"MONGODB_URI": uri, "DATA_DIR": data, "BUS_URL": valkey.url, "BUS": request.param}
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
        tokens = workers[0].user(role)
        opened.append(Http(workers[0].address, tokens["access_token"]))
        phone = Phone(opened[-1], tokens["user"], tokens["device"])
        phone.tokens = tokens
        return phone

    yield make
    for http in opened:
        http.close()


@pytest.fixture
def connect(workers):
    """Return a function that connects a phone to a worker."""
    opened = []

    def make(number, tokens):
        opened.append(Socket(workers[number].address, tokens["access_token"]))
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


def test_a_phone_on_another_worker_is_let_into_a_space_before_anything_of_it_is_shown(people, connect):
    ann = people()
    there = connect(1, ann.tokens)
    for number in range(5):
        sam = people("specialist")
        space = paired(sam, ann)
        assert says(sam, space, f"m{number}")["ok"]
        there.wait(lambda number=number: f"m{number}" in ids(there))


def test_a_block_reaches_phones_on_another_worker_within_a_moment(people, connect):
    sam, ann = people("specialist"), people()
    space = paired(sam, ann)
    there, blocked = connect(1, ann.tokens), connect(1, sam.tokens)
    assert says(sam, space, "m1")["ok"]
    there.wait(lambda: ids(there) == ["m1"])
    assert ann.do("block.set", space=space)["ok"]
    there.wait(lambda: any(one["change"].get("deleted") for one in there.frames), MOMENT)
    blocked.wait(lambda: any(one["change"]["kind"] == "pairing" for one in blocked.frames), MOMENT)
    heard = len(there.frames)
    assert not says(sam, space, "m2")["ok"]
    assert ann.do("note.put", id="fence", title="after it")["ok"]
    there.wait(lambda: "fence" in ids(there, "note"), MOMENT)
    assert [one for one in there.frames[heard:] if one["space"] == space] == []


def test_a_device_that_is_signed_out_is_disconnected_on_another_worker(workers, people, connect):
    ann = people()
    other = workers[0].device(ann.tokens)
    there = connect(1, other)
    ann.transport.send("DELETE", f"devices/{other['device']}")
    assert there.closed.wait(MOMENT)


def test_the_rows_of_a_client_database_come_live_from_another_worker(people, connect):
    sam, ann = people("specialist"), people()
    space = paired(sam, ann)
    there, pages = connect(1, ann.tokens), []
    there.io.on("sync:changes", pages.append)
    there.call("sync:subscribe", {"collection": "message"})
    assert says(sam, space, "m1")["ok"]
    deadline = time.monotonic() + 5
    while not any(row["text"] == "m1" for page in pages for row in page["documents"]):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("workers", ["rooms"], indirect=True)  # python-socketio's own manager publishes everything
def test_nothing_is_published_while_all_who_are_in_a_room_are_on_one_worker(workers, valkey, people, connect):
    sam, ann = people("specialist"), people()
    space = paired(sam, ann)
    here = [connect(0, sam.tokens), connect(0, ann.tokens)]
    published = calls(valkey)
    for number in range(10):
        assert says(sam, space, f"m{number}")["ok"]
    for socket in here:
        socket.wait(lambda socket=socket: len(ids(socket)) == 10)
    assert calls(valkey) == published
    there = connect(1, ann.tokens)
    assert says(sam, space, "m10")["ok"]
    there.wait(lambda: ids(there) == ["m10"])
    assert calls(valkey) == published + 1


def calls(valkey):
    """Return how often something was published."""
    return valkey.client().info("commandstats").get("cmdstat_publish", {}).get("calls", 0)
