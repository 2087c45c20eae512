"""The handlers of the events that phones may send: the same verbs as HTTP, answered in the acknowledgement."""

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from flask_socketio import SocketIO
from pymongo.errors import PyMongoError
from socketio.exceptions import ConnectionRefusedError as Refusal

from schemas.errors import BadRequest, Problem, TryLater, UnknownCommand
from schemas.protocol import PAGE
from schemas.socket import Greeting, Renewal
from server.accounts.devices import Devices
from server.backend import Backend
from server.bus import Bus
from server.commands.context import Caller
from server.observability import metrics
from server.realtime import packets
from server.realtime.connections import Connections
from server.realtime.pipelining import Pipelining
from server.realtime.subscriptions import Subscriptions
from server.realtime.transport.websocket import WebSocket
from server.store.reader import Reader
from server.validation import loaded
from server.web.origins import Origins
from sync.record import Wire, private

log = structlog.get_logger()

Event = Callable[[str, Any], Wire]  # takes a Socket.IO session id and the body of the event

_greeting, _renewal = Greeting(), Renewal()


class SocketHandlers:
    """Handles the events of phones. A phone is in the rooms of its device and of the spaces that its user may read."""

    def __init__(
        self,
        socketio: SocketIO,
        bus: Bus,
        origins: Origins,
        backend: Backend,
        devices: Devices,
        reader: Reader,
        streams: Subscriptions,
    ) -> None:
        """Take Flask-SocketIO, the bus to other workers, and the parts that answer the events."""
        self._origins = origins
        self._io, self._bus, self._reader = socketio.server, bus, reader
        self._backend, self._devices, self._streams = backend, devices, streams
        self._pipelining = Pipelining(self._io, backend)
        self.connections = Connections(self._io, devices.signed_in, backend.now)
        bus.on("missed", lambda *_: self.connections.look_now())
        socketio.on_event("connect", self.connect)
        socketio.on_event("disconnect", self.disconnect)
        for name, event in self._events().items():
            socketio.on_event(name, partial(self._answered, event))
        socketio.on_event("*", self._unknown)

    def _events(self) -> dict[str, Event]:
        """Return {event: the function that answers it} for all events that phones may send."""
        return {
            "mutate": lambda sid, body: self._pipelining.mutate(sid, self.connections.on(sid), body),
            "push": lambda sid, body: self._backend.push(self.connections.on(sid), body),
            "pull": lambda sid, body: self._backend.pull(self.connections.on(sid), body),
            "sync": lambda sid, body: self._backend.sync(self.connections.on(sid), body),
            "renew": self._renew,
            "sync:subscribe": lambda sid, body: self._streams.subscribe(sid, lambda: self.connections.on(sid), body),
        }

    def connect(self, sid: str, environ: Wire, auth: Any = None) -> None:
        """Accept a phone. It enters its rooms before it catches up, so that no change is lost between the two steps.

        Raises socketio's ConnectionRefusedError.
        """
        try:
            self._origins.require(environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", ""))
            greeting = loaded(_greeting, auth or {})
            caller = self._enter(sid, greeting["token"])
        except (Problem, PyMongoError) as error:
            problem = error if isinstance(error, Problem) else _unavailable()
            raise Refusal(problem.message, problem.body()) from error
        self.connections.enter(sid, caller)
        connection = self._connection(sid)
        if connection is not None:
            connection.admit(caller)
        if greeting["cursor"] is not None:  # in the background, so that the phone is told it is connected first
            self._io.start_background_task(self._catch_up, sid, caller, greeting)

    def disconnect(self, sid: str, reason: str) -> None:
        """Forget a phone that has disconnected; it reconnects with its cursor."""
        self.connections.leave(sid)
        connection = self._connection(sid)
        if connection is not None:
            connection.expel()
        self._streams.end(sid)
        self._pipelining.end(sid)

    def _enter(self, sid: str, token: str) -> Caller:
        """Let a phone into its rooms and return its caller; raises Unauthenticated.

        The phone enters the rooms of its device and its user first; then the token is checked again, and its spaces
        are read. So a later sign-out, or a space that the user joins later, reaches the phone through these rooms.
        """
        caller = self._devices.caller(token)
        for room in (f"device:{caller.device}", private(caller.user)):
            self._io.enter_room(sid, room)
        self._bus.flush()
        self._devices.caller(token)
        with self._reader.consistent():
            spaces = self._reader.memberships(caller.user)
        for space in spaces:
            self._io.enter_room(sid, space)
        self._bus.flush()
        return caller

    def _connection(self, sid: str) -> WebSocket | None:
        """Return the WebSocket of a phone, or None if the connection has ended."""
        return WebSocket.connected.get(self._io.manager.eio_sid_from_sid(sid, "/"))

    def _catch_up(self, sid: str, caller: Caller, greeting: Wire) -> None:
        ask = {"cursor": greeting["cursor"], "seen": greeting["seen"], "limit": PAGE}
        answer = self._answered(lambda _, body: self._backend.pull(caller, body), sid, ask)
        if "error" in answer:
            self._io.emit("missed", {}, to=sid)
        else:
            self._io.emit("page", answer, to=sid)

    def _renew(self, sid: str, body: Any) -> Wire:
        """Take a newer token for an open connection; raises Unauthenticated."""
        self.connections.renew(sid, self._devices.caller(loaded(_renewal, body)["token"]))
        return {}

    def _answered(self, event: Event, sid: str, *bodies: Any) -> Wire:
        """Return the answer to an event. Never raises, and never disconnects a phone for a bad event."""
        try:
            answer = event(sid, _only(bodies))
        except Problem as problem:
            answer = {"error": problem.body()}
        except PyMongoError as error:
            metrics.failed(error)
            answer = {"error": _unavailable().body()}
        except Exception:
            log.exception("an event failed")
            answer = {"error": _unavailable().body()}
        return {**answer, "server_time": self._backend.now()}

    def _unknown(self, _sid: str, event: str, *_: Any) -> Wire:
        """Answer an event that is unknown, or that could not be read."""
        problem = packets.problem(event) or UnknownCommand("There is no such event.", field="event", name=event[:80])
        return {"error": problem.body(), "server_time": self._backend.now()}


def _only(bodies: tuple[Any, ...]) -> Any:
    if len(bodies) != 1:
        raise BadRequest("Send one JSON object with the event.", field="body")
    return bodies[0]


def _unavailable() -> TryLater:
    return TryLater("The server cannot answer now.", retry_after=1)
