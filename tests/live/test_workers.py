"""Two workers on one database and one Valkey: what happens on one is heard on the other, and nowhere else."""

# ruff: noqa: F811 — pytest gives fixtures by the names of arguments

import contextlib

from server.bus.script import CHANNEL
from server.sealing.texts import SealedTexts
from tests.conftest import CONFIG
from tests.live.two_workers import connect, ids, paired, people, says, valkey, workers  # noqa: F401 — fixtures
from tests.waiting import PATIENCE, until


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
        said, of_space = 0, []
        while not of_space:  # what is said while the bus is down is published to nobody
            said += 1
            assert says(sam, space, f"both-{said}")["ok"]
            there.wait(lambda said=said: f"both-{said}" in ids(there))
            of_space = [text for _, room, text in lines() if room == space]
    [only] = of_space
    assert '"id":"both-' in only, "what was said while all were on one worker was published to nobody"


@contextlib.contextmanager
def published(valkey):
    """Give a function that returns the lines (verb, room, text) published since; it waits for the next message.

    The texts are sealed on their way, and opened here.
    """
    texts = SealedTexts(CONFIG.master_keys, "bus")
    with valkey.client() as client, client.pubsub(ignore_subscribe_messages=True) as hears:
        hears.psubscribe(f"{CHANNEL}*")
        hears.get_message(timeout=PATIENCE)

        def lines():
            message = hears.get_message(timeout=PATIENCE)
            assert message is not None, "nothing was published"
            told = [line.split("\t", 2) for line in message["data"].decode().split("\n")]
            return [(verb, room, texts.open(text, f"{verb}|{room}") if text else "") for verb, room, text in told]

        yield lines
