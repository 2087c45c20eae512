"""The load: whatever a server loses, doubles, mixes up or cuts in pieces, is seen."""

import asyncio
from typing import Any

import orjson
import pytest

from bench import load, talk
from bench.talk import Conversation, Tally
from bench.wire import Wire


class Line:
    """A connection to nobody, that keeps what is sent."""

    def __init__(self, *what: Any) -> None:
        _, _, self.heard, _ = what
        self.sent: list[bytes] = []

    def send(self, packet: bytes) -> None:
        self.sent.append(packet)


class Talk:
    """A conversation of one sender and two receivers, of whom we are the server."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.talk = Conversation("nowhere", {"space": "s", "sender": "a", "receivers": ["b", "c"]}, self.tally)
        self.talk.eager = False
        self.sender, self.b, self.c = self.talk.wires

    def said(self, number: int) -> dict[str, Any]:
        return orjson.loads(self.sender.sent[number - 1].removeprefix(b"42%d" % number))[1]

    def acknowledge(self, number: int, **other: Any) -> None:
        asked = self.said(number)
        outcome = {"id": asked["id"], "ok": True, "changes": [{"id": asked["args"]["id"]}], **other}
        self.sender.heard(b"43%d" % number + orjson.dumps([outcome]))

    def deliver(self, receiver: Line, number: int) -> None:
        receiver.heard(b"42" + orjson.dumps(["change", {"change": {"id": self.said(number)["args"]["id"]}}]))

    def whole(self, number: int) -> None:
        self.acknowledge(number)
        for receiver in (self.b, self.c):
            self.deliver(receiver, number)


@pytest.fixture
def told(monkeypatch):
    """Let a story be told of a conversation with two messages in flight; return its tally."""
    monkeypatch.setattr(talk, "Wire", Line)

    def tell(story) -> Tally:
        async def run() -> Tally:
            here = Talk()
            here.talk.send()
            here.talk.send()
            story(here)
            return here.tally

        return asyncio.run(run())

    return tell


def test_messages_are_over_when_acknowledged_and_seen_by_everybody(told):
    def story(here):
        here.whole(1)
        assert here.talk.missing()
        here.whole(2)
        assert not here.talk.missing()

    tally = told(story)
    assert (tally.total, tally.overtaken, tally.failed.done()) == (2, 0, False)


def test_a_message_that_one_receiver_did_not_get_is_missing(told):
    def story(here):
        here.whole(1)
        here.acknowledge(2)
        here.deliver(here.b, 2)
        assert here.talk.missing() == ["frame 1 of 2 in s"]

    assert told(story).total == 1


def test_messages_that_overtake_each_other_are_counted(told):
    assert told(lambda here: (here.whole(2), here.whole(1))).overtaken == 2


@pytest.mark.parametrize(
    "story",
    [
        lambda here: (here.deliver(here.b, 1), here.deliver(here.b, 1)),
        lambda here: (here.whole(1), here.deliver(here.b, 1)),
        lambda here: (here.acknowledge(1), here.acknowledge(1)),
        lambda here: here.acknowledge(1, ok=False),
        lambda here: here.acknowledge(1, id="another"),
        lambda here: here.acknowledge(1, changes=[{"id": "another"}]),
        lambda here: here.b.heard(b'42["change",{"change":{"id":"another"}}]'),
        lambda here: here.b.heard(b'42["page",{}]'),
    ],
    ids=["doubled", "doubled later", "acked twice", "refused", "not asked", "not it", "not sent", "not a message"],
)
def test_what_goes_wrong_is_seen(told, story):
    assert told(story).failed.done()


def test_frames_of_every_length_are_read_however_they_are_cut():
    payloads = [b"42" + b"x" * (size - 2) for size in (2, 125, 126, 65_535, 65_536)]
    heads = [b"\x02", b"\x7d", b"\x7e\x00\x7e", b"\x7e\xff\xff", b"\x7f" + (65_536).to_bytes(8)]
    stream = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
    stream += b"".join(b"\x81" + head + payload for head, payload in zip(heads, payloads, strict=True))

    async def read(step: int) -> list[bytes]:
        heard: list[bytes] = []
        wire = Wire("nowhere:1", "token", heard.append, pytest.fail)
        for start in range(0, len(stream), step):
            wire.data_received(stream[start : start + step])
        assert wire.size == len(stream)
        return heard

    for step in (3, len(stream)):
        assert asyncio.run(read(step)) == payloads


def test_a_load_does_not_wait_for_ever_for_what_does_not_come(monkeypatch):
    monkeypatch.setattr(talk, "Wire", Line)
    monkeypatch.setattr(load, "PATIENCE", 0)

    async def land() -> None:
        here = Talk()
        here.talk.send()
        await load._landed([here.talk], here.tally)

    with pytest.raises(RuntimeError, match="3 acknowledgements and frames did not come"):
        asyncio.run(land())
