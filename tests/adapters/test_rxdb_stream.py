"""Live changes for RxDB, over Server-Sent Events and Socket.IO: in order, without gaps, only for members."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from schemas.agreement import AGREED
from server.accounts.tokens import Tokens
from server.commands.context import Caller
from tests.adapters.conftest import paired
from tests.adapters.rxdb import Bare, change, drawn, new
from tests.adapters.streams import Stream
from tests.conftest import CONFIG
from tests.phone import Phone
from tests.transports import Direct, Failed, Socket
from tests.waiting import PATIENCE

BURST = 150


@pytest.fixture
def stream(server) -> Iterator[Callable[..., Stream]]:
    """Return a function that opens a stream of a collection."""
    opened: list[Stream] = []

    def make(collection: str, **how: Any) -> Stream:
        opened.append(Stream(server.address, collection, **how))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


class Subscribed:
    """A Socket.IO connection that receives the same changes as a stream."""

    def __init__(self, socket: Socket, *collections: str) -> None:
        self.socket, self.events = socket, []
        self.resyncs: list[str] = []
        socket.io.on("sync:changes", self._hear)
        socket.io.on("sync:resync", lambda it: self._hear(it, self.resyncs.append))
        for collection in collections:
            assert set(socket.call("sync:subscribe", {"collection": collection})) == {"server_time"}
        self.wait(lambda: sorted(self.resyncs) == sorted(collections))

    @property
    def documents(self) -> list[Any]:
        return [document for event in self.events for document in event["documents"]]

    def wait(self, enough: Callable[[], object], seconds: float = PATIENCE) -> None:
        self.socket.wait(enough, seconds)

    def _hear(self, event: Any, tell: Callable[[str], None] | None = None) -> None:
        with self.socket._heard:
            tell(event["collection"]) if tell else self.events.append(event)
            self.socket._heard.notify_all()


@pytest.fixture(params=["sse", "socket"])
def hearing(request, stream, connect) -> Callable[..., Stream | Subscribed]:
    """Return a function that receives the changes of a collection over one of the two transports."""

    def hear(phone: Any, collection: str = "message") -> Stream | Subscribed:
        if request.param == "sse":
            return stream(collection, header=phone.tokens["access_token"]).reading()
        return Subscribed(connect(phone.tokens), collection)

    return hear


@pytest.fixture
def anns(server, ann) -> Iterator[Bare]:
    bare = Bare(server.address, ann.tokens["access_token"])
    yield bare
    bare.close()


def expiring(phone, seconds: int) -> dict[str, Any]:
    tokens, now = phone.tokens, int(time.time() * 1000)
    caller = Caller(tokens["user"], tokens["device"], tokens["role"])
    return {**tokens, "access_token": Tokens(CONFIG.secret_keys).access(caller, now - 600_000 + seconds * 1000)[0]}


def texts(documents) -> list[str]:
    return [document["text"] for document in documents]


def burst(phone, space, count=BURST) -> list[str]:
    """Send many messages one by one, as fast as the server takes them."""
    for number in range(count):
        phone.do("message.send", space=space, id=f"m{number}", text=f"{number}", origin="person")
    return [f"{number}" for number in range(count)]


def test_what_is_shown_has_no_holes_up_to_any_of_its_checkpoints(hearing, anns, sam, ann, space):
    heard = hearing(ann)
    sent = burst(sam, space)
    heard.wait(lambda: len(heard.documents) >= BURST)
    assert texts(heard.documents) == sent
    assert all(event["collection"] == "message" for event in heard.events)
    for at in range(0, len(heard.events), 10):
        shown = texts(document for event in heard.events[: at + 1] for document in event["documents"])
        missing = texts(anns.pull("message", heard.events[at]["checkpoint"], 1000)["documents"])
        assert shown + missing == sent


def test_however_much_one_word_tells_of_it_is_shown_to_the_last(hearing, parts, sam, ann, space):
    heard = hearing(ann)
    caller = Caller(sam.user, sam.tokens["device"], "specialist")
    elsewhere = Phone(Direct(parts, caller), caller.user, caller.device, sam.now)
    for number in range(230):
        elsewhere.does("message.send", space=space, id=f"m{number}", text=f"{number}", origin="person")
    elsewhere.push()  # by another server, so that this one gets no event
    sam.do("message.send", space=space, id="m230", text="230", origin="person")
    heard.wait(lambda: len(heard.documents) >= 231)
    assert texts(heard.documents) == [f"{number}" for number in range(231)]


def test_between_the_first_pull_and_the_stream_nothing_falls(hearing, anns, sam, ann, space):
    early = burst(sam, space, 5)
    heard = hearing(ann)
    documents, _ = anns.all("message")
    sam.do("message.send", space=space, id="late", text="late", origin="person")
    heard.wait(lambda: heard.documents)
    assert texts(documents.values()) == early
    assert texts(heard.documents) == ["late"]


def test_edits_and_deletions_and_ones_own_writes_are_shown(hearing, anns, ann, space):
    heard = hearing(ann)
    mine = drawn("message", space=space, text="one")
    anns.push("message", new(mine))
    anns.push("message", change({**mine, "_deleted": False}, text="two"))
    anns.push("message", change({**mine, "text": "two", "_deleted": False}, _deleted=True))
    heard.wait(lambda: heard.documents and heard.documents[-1]["_deleted"])
    assert {document["id"] for document in heard.documents} == {mine["id"]}
    assert "two" not in str(heard.documents[-1])


def test_only_the_collection_asked_for_is_shown_and_nobody_elses(hearing, online, sam, ann, space):
    eve = online()
    anns, eves, notes = hearing(ann), hearing(eve), hearing(ann, "note")
    ann.do("message.send", space=space, id="m1", text="for sam", origin="person")
    ann.do("note.put", id="n1", title="for me")
    eve.do("message.send", space=space, id="m2", text="let me in", origin="person")
    notes.wait(lambda: notes.documents)
    anns.wait(lambda: anns.documents)
    ann.do("message.send", space=space, id="m3", text="a fence", origin="person")
    ann.do("note.put", id="n2", title="a fence")
    eve.do("message.send", space=paired(sam, eve), id="m4", text="a fence", origin="person")
    notes.wait(lambda: len(notes.documents) == 2)
    for heard in (anns, eves):
        heard.wait(lambda heard=heard: "a fence" in texts(heard.documents))
    assert [document["title"] for document in notes.documents] == ["for me", "a fence"]
    assert texts(anns.documents) == ["for sam", "a fence"]
    assert texts(eves.documents) == ["a fence"]


def test_a_space_joined_meanwhile_is_shown_and_one_lost_is_not(hearing, online, sam, revoke):
    bob = online()
    heard = hearing(bob)
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    space = bob.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]
    sam.do("message.send", space=space, id="m1", text="welcome", origin="person")
    heard.wait(lambda: heard.documents)
    revoke(bob, space)
    sam.do("message.send", space=space, id="m2", text="not for bob", origin="person")
    sam.do("message.edit", space=space, id="m1", text="not for bob either")
    tina = online("specialist")
    tina.do("message.send", space=paired(tina, bob), id="m3", text="a fence", origin="person")
    heard.wait(lambda: "a fence" in texts(heard.documents))
    assert "not for bob" not in str(heard.events)
    assert all(document["_deleted"] for document in heard.documents[1:-1])


def test_what_was_refused_is_shown_as_it_is_and_once_more_a_moment_later(hearing, anns, sam, ann, space):
    sam.do("message.send", space=space, id="m1", text="sam's", origin="person")
    [theirs] = anns.pull("message")["documents"]
    heard = hearing(ann)
    assert anns.push("message", change(theirs, text="forged")) == []
    heard.wait(lambda: len(heard.documents) == 2)
    assert texts(heard.documents) == ["sam's", "sam's"]


def test_a_stream_ends_with_its_token(hearing, ann):
    phone = ann
    phone.tokens = expiring(ann, 5)
    heard = hearing(phone)
    ended = heard.ended if isinstance(heard, Stream) else heard.socket.closed
    assert ended.wait(PATIENCE)


def test_a_device_that_is_signed_out_is_shown_nothing_more(hearing, sam, ann, space):
    heard = hearing(ann)
    ann.transport.send("POST", "logout")
    sam.do("message.send", space=space, id="m1", text="not for this device", origin="person")
    ended = heard.ended if isinstance(heard, Stream) else heard.socket.closed
    assert ended.wait(PATIENCE)
    assert heard.events == []


# Server-Sent Events only


def test_a_stream_is_what_every_eventsource_reads(stream, sam, ann, space):
    by_header = stream("message", header=ann.tokens["access_token"]).reading()
    by_query = stream("message", query=f"?token={ann.tokens['access_token']}").reading()
    sam.do("message.send", space=space, id="m1", text="hello\nthere\u2028", origin="person")
    for heard in (by_header, by_query):
        heard.wait(lambda heard=heard: heard.events)
        assert (heard.status, heard.type.partition(";")[0]) == (200, "text/event-stream")
        assert set(heard.events[0]) == {"documents", "checkpoint", "collection"}
        assert texts(heard.documents) == ["hello\nthere\u2028"]


def test_only_the_fields_that_the_app_declares_are_streamed(stream, connect, anns, sam, ann, space):
    by_event = stream("message", header=ann.tokens["access_token"], query="?fields=id,text").reading()
    live = connect(ann.tokens)
    by_socket = Subscribed(live)
    live.call("sync:subscribe", {"collection": "message", "fields": ["id", "text"]})
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    for heard in (by_event, by_socket):
        heard.wait(lambda heard=heard: heard.documents)
        assert set(heard.documents[0]) == {"id", "text", "_deleted"}
    row = new({"id": by_event.documents[0]["id"], "text": "other", "space": space})
    [refused] = anns.http.post("message/push?fields=id,text", json=[row]).json()
    assert set(refused) == {"id", "text", "_deleted"}


def test_strangers_get_no_stream(stream):
    assert [stream("message", **how).status for how in ({}, {"query": "?token=x"}, {"header": "x"})] == [401, 401, 401]


def test_who_reads_slowly_holds_up_nobody_and_is_shown_no_holes(stream, anns, sam, ann, space):
    slow = stream("message", header=ann.tokens["access_token"], buffer=32_768)
    for number in range(300):
        sam.does("message.send", space=space, id=f"m{number}", text=f"{number} " + "x" * 9_900, origin="person")
    began = time.monotonic()
    while sam.outbox:
        sam.push()
    assert time.monotonic() - began < PATIENCE
    slow.reading()
    slow.wait(lambda: slow.ended.is_set() or len(slow.documents) >= 300)
    shown = texts(slow.documents)
    rest = texts(anns.all("message", slow.events[-1]["checkpoint"])[0].values()) if shown else []
    if shown:
        assert [text.split()[0] for text in shown + rest] == [f"{number}" for number in range(300)]


def test_many_come_and_go_and_the_server_stays_well(stream, sam, ann, space):
    for _ in range(60):
        stream("message", header=ann.tokens["access_token"]).reading().close()
    heard = stream("message", header=ann.tokens["access_token"]).reading()
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    heard.wait(lambda: heard.documents)


# Socket.IO only


def test_who_subscribes_again_is_told_to_pull_and_shown_each_change_once(connect, sam, ann, space):
    heard = Subscribed(connect(ann.tokens), "message", "note")
    heard.socket.call("sync:subscribe", {"collection": "message"})
    heard.wait(lambda: len(heard.resyncs) == 3)
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    sam.do("message.send", space=space, id="m2", text="a fence", origin="person")
    heard.wait(lambda: "a fence" in texts(heard.documents))
    assert texts(heard.documents) == ["hello", "a fence"]


NOT_A_SUBSCRIPTION = [
    *(None, 7, "message", [], {}),
    *({"collection": it} for it in (None, 7, "secret", ["message"], {"$ne": 1}, "x" * 5_000)),
]


@pytest.mark.parametrize("body", NOT_A_SUBSCRIPTION, ids=lambda body: str(body)[:40])
def test_a_subscription_that_makes_no_sense_is_answered_and_the_connection_lives(connect, ann, body):
    live = connect(ann.tokens)
    with pytest.raises(Failed) as refused:
        live.call("sync:subscribe", body)
    assert refused.value.error["code"] in {"bad_request", "not_found"}
    assert set(live.call("sync:subscribe", {"collection": "message"})) == {"server_time"}
