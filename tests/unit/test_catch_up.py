"""A phone that connects with a cursor is sent what it missed, or told that it has to ask."""

import pytest
from flask import Flask
from flask_socketio import SocketIO
from pymongo.errors import ServerSelectionTimeoutError

from schemas.errors import TryLater
from server.backend import Backend
from server.bus import Bus
from server.commands.context import Caller
from server.realtime.handlers import SocketHandlers
from server.web.origins import Origins

ANN = Caller("ann", "phone", "peer")


class Pulled(Backend):
    """Answers pulls, or fails to."""

    def __init__(self, failure):
        super().__init__(None, None, None, None, b"", None, lambda: 1)
        self.failure = failure

    def pull(self, _caller, ask):
        if self.failure:
            raise self.failure
        return {"changes": [], "cursor": ask["cursor"]}


class NobodyIsIn:
    """Accounts without a device that is signed in."""

    signed_in = staticmethod(lambda _devices: set())


def told(failure, monkeypatch):
    """Return (event, data, to) of what a phone is sent."""
    socketio, said = SocketIO(Flask("test"), async_mode="threading"), []
    monkeypatch.setattr(socketio.server, "emit", lambda event, data, to: said.append((event, data, to)))
    sockets = SocketHandlers(socketio, Bus(), Origins([]), Pulled(failure), NobodyIsIn(), None, None)
    sockets._catch_up("sid", ANN, {"cursor": "c", "seen": {}})
    [only] = said
    return only


def test_what_was_missed_comes(monkeypatch):
    assert told(None, monkeypatch) == ("page", {"changes": [], "cursor": "c", "server_time": 1}, "sid")


@pytest.mark.parametrize("failure", [TryLater("Too many."), ServerSelectionTimeoutError("gone"), KeyError("ours")])
def test_who_cannot_be_sent_it_is_told_to_ask(failure, monkeypatch):
    assert told(failure, monkeypatch) == ("missed", {}, "sid")
