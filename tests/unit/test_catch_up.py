"""A phone that connects with a cursor is sent what it missed, or told that it has to ask."""

import pytest
from pymongo.errors import ServerSelectionTimeoutError
from socketio import Server

from schemas.errors import TryLater
from server.backend import Backend
from server.bus import Bus
from server.commands.context import Caller
from server.realtime.handlers import SocketHandlers

ANN = Caller("ann", "phone", "peer")


class Pulled(Backend):
    """Answers pulls, or fails to."""

    def __init__(self, failure):
        super().__init__(None, None, b"", lambda: 1)
        self.failure = failure

    def pull(self, _caller, ask):
        if self.failure:
            raise self.failure
        return {"changes": [], "cursor": ask["cursor"]}


class Said(Server):
    """Keeps what is said."""

    def emit(self, event, data, to=None):
        self.said = (event, data, to)


def told(failure):
    server = Said()
    sockets = SocketHandlers(server, Bus(), Pulled(failure), None, None, None)
    sockets._catch_up("sid", ANN, {"cursor": "c", "seen": {}})
    return server.said


def test_what_was_missed_comes():
    assert told(None) == ("page", {"changes": [], "cursor": "c", "server_time": 1}, "sid")


@pytest.mark.parametrize("failure", [TryLater("Too many."), ServerSelectionTimeoutError("gone"), KeyError("ours")])
def test_who_cannot_be_sent_it_is_told_to_ask(failure):
    assert told(failure) == ("missed", {}, "sid")
