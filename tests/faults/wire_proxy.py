"""A bad database: a proxy between pymongo and a server. It answers, loses, delays and hides the commands a test names.

All other commands are passed on as they are, except that cluster times are the proxy's own, and that a `hello` names
the proxy as the only server.
"""

import math
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from pymongo import MongoClient

from tests.faults import wire
from tests.faults.hidden_commits import HiddenCommits, whole
from tests.faults.wire import EXHAUST_ALLOWED, MORE_TO_COME, Body, Message, without
from tests.faults.wire_errors import labelled
from tests.faults.wire_role import HELLO, Role

NOT_IN_THE_URI = {"directconnection", "replicaset"}  # the proxy decides which topology a client finds

When = Callable[[Body], bool]


class Command(NamedTuple):
    """One command as the client sent it."""

    name: str
    body: Body
    in_transaction: bool
    lsid: bytes | None


@dataclass
class Fault:
    """What happens to the next commands of a name, instead of an answer by the server."""

    name: str
    left: int
    when: When
    reply: Body | None  # None: the connection is closed
    done: bool  # the server has executed the command before that


def _any(_: Body) -> bool:
    return True


class WireProxy(socketserver.ThreadingTCPServer):
    """Stands between clients and the server of a URI, at ``uri``."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        address = f"127.0.0.1:{self.server_address[1]}"
        self.uri, self.role = _through(target, address), Role(address)
        self._server: MongoClient[Body] = MongoClient(target, timeoutMS=20_000)
        self._server.admin.command("ping")
        self.target = self._server.address
        self.hidden = HiddenCommits(self._server, self.role.tick)
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._commands: list[Command] = []
        self._faults: list[Fault] = []
        self._delays: list[tuple[str, float]] = []
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=partial(self.serve_forever, poll_interval=0.02))
        self._thread.start()

    # What a test says

    @property
    def commands(self) -> list[Command]:
        """Every command so far, in the order in which they came."""
        with self._lock:
            return list(self._commands)

    def seen(self, *names: str, when: When = _any) -> list[Command]:
        """Return the commands of some names, in order."""
        return [command for command in self.commands if command.name in names and when(command.body)]

    def answer(self, name: str, reply: Body, times: int = 1, when: When = _any, *, done: bool = False) -> Fault:
        """Answer the next commands of a name in the server's place; ``done``: the server has done them all the same.

        As a server would, it adds its labels to an error that has none, and aborts a transaction whose command fails.
        """
        return self._add(Fault(name, times, when, reply, done))

    def lose_answer(self, name: str, times: int = 1, when: When = _any, *, done: bool = True) -> Fault:
        """Close the connection instead of answering; without ``done`` the server never hears of the command."""
        return self._add(Fault(name, times, when, None, done))

    def delay(self, name: str, seconds: float, times: int = 1) -> None:
        """Let the next commands of a name wait before they are passed on."""
        with self._lock:
            self._delays += [(name, seconds)] * times

    def hide_commits(self, collections: Iterable[str], ms: float) -> None:
        """Hide what commits change in some collections, each for some ms; `heal` ends it at once."""
        self.hidden.hide(collections, ms / 1000)

    def fail_over(self, seconds: float) -> None:
        """Be no primary for a time: connections are closed, open transactions are lost. `heal` ends it at once."""
        self.role.away_until = time.monotonic() + seconds
        self._cut()
        if lost := self.hidden.open():
            self._server.admin.command("killSessions", lost)

    def heal(self) -> None:
        """End all faults: nothing is answered by the proxy, hidden or delayed any more."""
        with self._lock:
            self._faults.clear()
            self._delays.clear()
        self.role.away_until = -math.inf
        self.hidden.reveal()

    def as_router(self) -> None:
        """Say to clients that connect from now on that this is a mongos."""
        self.role.kind = "router"

    def as_standalone(self) -> None:
        """Say to clients that connect from now on that this is a standalone server, without transactions."""
        self.role.kind = "standalone"

    def stop(self) -> None:
        self._stopping.set()
        self.heal()
        self.shutdown()
        self._thread.join()
        self._cut()
        self.server_close()
        self._server.close()

    # What connections ask

    @contextmanager
    def connected(self, *connections: socket.socket) -> Iterator[None]:
        """Register connections within the block, so that they are closed when all are cut."""
        with self._lock:
            self._connections.update(connections)
        try:
            if self._stopping.is_set():
                self._cut()
            yield
        finally:
            with self._lock:
                self._connections.difference_update(connections)

    def comes(self, body: Body) -> Fault | None:
        """Record a command, delay it if a test says so, and return its fault, if any."""
        name = next(iter(body))
        lsid = bytes(body["lsid"]["id"]) if "lsid" in body else None
        with self._lock:
            self._commands.append(Command(name, body, "autocommit" in body, lsid))
            pause = next((delay for delay in self._delays if delay[0] == name), None)
            if pause is not None:
                self._delays.remove(pause)
        if pause is not None:
            self._stopping.wait(pause[1])
        return self._fault(name, body)

    def handle_error(self, *_: Any) -> None:
        """Ignore a client that has hung up."""

    def _add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def _fault(self, name: str, body: Body) -> Fault | None:
        if refusal := self.role.find_refusal(body):
            return Fault(name, 1, _any, refusal, done=False)
        with self._lock:
            for fault in self._faults:
                if fault.name == name and fault.left and fault.when(body):
                    fault.left -= 1
                    return fault
        return None

    def _cut(self) -> None:
        """Close all connections, in both directions."""
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Passing(socketserver.BaseRequestHandler):
    """One connection of a client, and the one behind it."""

    server: WireProxy
    request: socket.socket

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as self.behind:  # type: ignore[arg-type]
            for connection in (self.request, self.behind):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.server.connected(self.request, self.behind):
                while (asked := wire.receive(self.request)) is not None and self._pass(asked):
                    pass

    def _pass(self, asked: Message) -> bool:
        """Deal with one command; return False if the connection is to be closed."""
        fault = self.server.comes(asked.body)
        reply: Body | None
        if fault is None:
            reply = self._forward(asked)
        elif fault.done:
            reply = fault.reply if self._forward(asked) is not None else None
        else:
            reply = fault.reply
            if reply is not None and "autocommit" in asked.body and (not reply["ok"] or "writeErrors" in reply):
                self._abort(asked.body)
        if reply is None:
            return False
        if not asked.flags & MORE_TO_COME:
            reply = self.server.role.stamped(labelled(reply, asked.body))
            self.request.sendall(asked.reply(reply).encode())
        return True

    def _forward(self, asked: Message) -> Body | None:
        """Return what the server answers and this client may see; {} if it does not answer this."""
        hidden, body, after = self.server.hidden, *_own(asked.body)
        name, commit = next(iter(body)), None
        if name == "find":
            hidden.wait(body, after)
        if "autocommit" in body and name not in {"commitTransaction", "abortTransaction"}:
            hidden.note(body)
        if name == "commitTransaction":
            commit = hidden.committing(body)
        hides = hidden.hides(body)
        sent = replace(asked, body=whole(body) if hides else body, flags=asked.flags & ~EXHAUST_ALLOWED)
        reply = self._answered(sent)
        if commit is not None:
            hidden.committed(commit, done=bool(reply and reply["ok"]))
        if name == "abortTransaction":
            hidden.end(body)
        if reply and hides and "cursor" in reply:
            shown = hidden.shown(body, reply["cursor"]["firstBatch"])
            reply |= {"cursor": {**reply["cursor"], "firstBatch": shown}}
        return self.server.role.introduced(reply) if reply and name in HELLO else reply

    def _answered(self, sent: Message) -> Body | None:
        """Return what the server answers; {} if it does not answer this, and None if it has closed the connection."""
        self.behind.sendall(sent.encode())
        if sent.flags & MORE_TO_COME:
            return {}
        reply = wire.receive(self.behind)
        return None if reply is None else reply.body

    def _abort(self, body: Body) -> None:
        """Abort a transaction on the server, which does not know that it has failed."""
        which = {name: body[name] for name in ("lsid", "txnNumber", "autocommit")}
        self._answered(Message({"abortTransaction": 1, **which, "$db": "admin"}))
        self.server.hidden.end(body)


def _own(body: Body) -> tuple[Body, Any]:
    """Return a command without the proxy's cluster times, and its `afterClusterTime`, if any."""
    concern = dict(body.get("readConcern", {}))
    after = concern.pop("afterClusterTime", None)
    own = without(body, {"$clusterTime", "readConcern"})
    return {**own, **({"readConcern": concern} if concern else {})}, after


def _through(target: str, address: str) -> str:
    """Return the URI of a server for clients that come through the proxy."""
    parts = urlsplit(target)
    user, at, _ = parts.netloc.rpartition("@")
    options = [option for option in parse_qsl(parts.query) if option[0].lower() not in NOT_IN_THE_URI]
    return f"mongodb://{user}{at}{address}{parts.path or '/'}?{urlencode(options)}"
