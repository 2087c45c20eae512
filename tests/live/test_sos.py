"""A call for help over real sockets: it is heard at once, before what was queued, and while everybody writes."""

import threading

import pytest
import uuid_utils

from schemas.agreement import AGREED
from tests.phone import Phone
from tests.transports import Http

HOURS = {"zone": "UTC", "weekly": [[day, 0, 1440] for day in range(7)], "exceptions": {}}
QUEUED = 200  # messages in an outbox
WRITERS = 4


@pytest.fixture
def oscar(online):
    """Return somebody who is on call at any hour."""
    olga, oscar = online("operator"), online("operator")
    assert olga.do("watch.edit", handle=oscar.tokens["handle"], hours=HOURS)["ok"]
    yield oscar
    assert olga.do("watch.edit", handle=oscar.tokens["handle"], hours=None)["ok"]


@pytest.fixture
def space(online):
    """Return a phone of a peer, and the space they share with a specialist who has said no hours."""
    sam, ann = online("specialist"), online()
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    return ann, ann.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]


def kinds(socket):
    return [frame["change"]["kind"] for frame in socket.frames if "change" in frame]


def last(socket, kind):
    found = [frame["change"]["data"] for frame in socket.frames if frame.get("change", {}).get("kind") == kind]
    return found[-1] if found else {}


def test_who_is_on_call_hears_it_sees_it_takes_it_and_each_time_it_is_said_as_it_is(oscar, space, connect):
    ann, _ = space
    hers, his = connect(ann.tokens), connect(oscar.tokens)
    assert hers.call("mutate", ann.does("sos.raise", id="s1", words="Please"))["ok"]
    his.wait(lambda: "call" in kinds(his))
    [name] = {frame["change"]["id"] for frame in his.frames if frame["change"]["kind"] == "call"}
    assert (last(his, "call")["words"], last(his, "call")["where"]) == ("Please", None)
    for action, state in (("call.see", "seen"), ("call.take", "taken")):
        assert oscar.do(action, id=name)["ok"]
        hers.wait(lambda state=state: last(hers, "sos").get("state") == state)
        assert (last(hers, "sos")["taken"] is not None) == (state == "taken")
    assert his.call("mutate", oscar.does("call.say", id=name, words="I am here"))["ok"]
    hers.wait(lambda: [one["text"] for one in last(hers, "sos")["said"]] == ["I am here"])
    assert hers.call("mutate", ann.does("sos.close", id="s1"))["ok"]
    his.wait(lambda: last(his, "call")["state"] == "over")
    assert last(his, "call")["words"] is None


def test_it_is_heard_before_all_that_was_queued_in_front_of_it(oscar, space, connect):
    ann, pair = space
    hers, his = connect(ann.tokens), connect(oscar.tokens)
    for number in range(QUEUED):
        ann.does("message.send", space=pair, id=f"m{number}", text="queued", origin="person")
    ann.does("sos.raise", id="s1")
    ann.outbox.append(ann.outbox.pop(0))  # as a client does that does not know that it goes first
    assert all(outcome["ok"] for outcome in ann.push())
    hers.wait(lambda: kinds(hers).count("message") == QUEUED)
    his.wait(lambda: "call" in kinds(his))
    assert kinds(hers).index("sos") < kinds(hers).index("message")
    assert ann.do("sos.close", id="s1")["ok"]


class Writer(threading.Thread):
    """Somebody who writes without a pause."""

    def __init__(self, server, space, tokens):
        super().__init__(daemon=True)
        self.phone = Phone(Http(server.address, tokens["access_token"]), tokens["user"], tokens["device"])
        self.space, self.stopped, self.sent = space, False, 0

    def run(self):
        while not self.stopped:
            self.phone.does("message.send", space=self.space, id=str(uuid_utils.uuid7()), text="x", origin="person")
            self.sent += len(self.phone.push())
        self.phone.transport.close()


def test_it_is_heard_while_everybody_writes(server, oscar, space, connect):
    ann, pair = space
    his = connect(oscar.tokens)
    writers = [Writer(server, pair, server.device(ann.tokens)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        raised = ann.do("sos.raise", id="s1")
        assert raised["ok"]
        his.wait(lambda: "call" in kinds(his))
        sent = [writer.sent for writer in writers]
        assert all(writer.is_alive() for writer in writers)
    finally:
        for writer in writers:
            writer.stopped = True
        for writer in writers:
            writer.join(60)
    assert sum(writer.sent for writer in writers) >= sum(sent)
    assert ann.do("sos.close", id="s1")["ok"]
