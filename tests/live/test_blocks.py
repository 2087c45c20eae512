"""A block while the other writes as fast as they can, over real sockets: what was answered is the end of it."""

import threading

import httpx
import pytest
import uuid_utils

from schemas.agreement import AGREED
from tests.phone import Phone
from tests.transports import Http, Lost
from tests.waiting import until

THREADS = 4
ROUNDS = 3


class Writer(threading.Thread):
    """A device that writes into a space without a pause, until it is told that nothing can be written there."""

    def __init__(self, address, tokens, space):
        super().__init__(daemon=True)
        self.phone = Phone(Http(address, tokens["access_token"]), tokens["user"], tokens["device"])
        self.space, self.accepted, self.refusal = space, 0, None

    def run(self):
        while self.refusal is None:
            mutation = {"id": str(uuid_utils.uuid7()), "name": "message.send", "at": "1-0", "args": {
                "space": self.space, "id": str(uuid_utils.uuid7()), "text": "Answer me", "origin": "person",
            }}  # fmt: skip
            try:
                outcome = self.phone.transport.call("mutate", mutation)
            except (Lost, httpx.HTTPError):
                continue
            self.accepted += outcome["ok"]
            self.refusal = None if outcome["ok"] else outcome["error"]
        self.phone.transport.close()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_after_the_answer_no_device_hears_anything_of_the_space(server, online, connect, round_):
    """Not the one that blocked; and the others of hers nothing after they heard that she has left."""
    sam, ann = online("specialist"), online()
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    space = ann.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]
    ann.sync()
    others = [connect(server.device(ann.tokens)) for _ in range(2)]
    blocking = connect(ann.tokens)
    rows = connect(server.device(ann.tokens))
    documents = []
    rows.io.on("sync:changes", documents.append)
    rows.call("sync:subscribe", {"collection": "message"})
    writers = [Writer(server.address, server.device(sam.tokens), space) for _ in range(THREADS)]
    for writer in writers:
        writer.start()
    for socket in (blocking, *others):
        socket.wait(lambda socket=socket: len(of(socket, space)) > 5 * (round_ + 1))
    answer = blocking.call("mutate", ann.does("block.set", space=space))
    heard = len(blocking.frames)
    assert answer["ok"]
    for writer in writers:
        writer.join()
        assert writer.refusal["details"] == {"space": space, "state": "ended"}
    for number, socket in enumerate((blocking, *others)):
        fence = f"fence-{number}"
        assert ann.do("note.put", id=fence, title="after all of it")["ok"]
        socket.wait(lambda socket=socket, fence=fence: any(one["change"]["id"] == fence for one in socket.frames))
    assert of(blocking, space, heard) == []
    for socket in (blocking, *others):
        [left] = [at for at, one in enumerate(socket.frames) if one["change"]["kind"] == "membership"]
        assert socket.frames[left]["change"]["deleted"]
        assert of(socket, space, left) == []
        assert of(socket, space)[-1]["change"]["data"]["state"] == "ended"
    assert sum(writer.accepted for writer in writers) > 0
    live_rows(documents, space)


def of(socket, space, since=0):
    """Return the frames of a space that a connection has heard, from one on."""
    return [frame for frame in socket.frames[since:] if frame.get("space") == space]


def live_rows(documents, space):
    """A client database is told to delete every row that it was given."""

    def are_deleted():
        rows = {row["id"]: row for page in list(documents) for row in page["documents"] if row.get("space") == space}
        return rows and all(row["_deleted"] for row in rows.values())

    until(are_deleted)
