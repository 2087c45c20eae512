"""The ways a phone can reach a server in tests: directly, over HTTP, or over a Socket.IO connection."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import engineio
import httpx
import orjson
import socketio

from schemas.errors import Problem
from server.app import Parts
from server.commands.context import Caller
from tests.phone import Lost, Phone, Wire
from tests.waiting import PATIENCE


class Failed(Exception):
    """The server refused the request as a whole."""

    def __init__(self, error: Wire) -> None:
        super().__init__(error["code"], error["message"])
        self.error = error


class Direct:
    """Calls the backend of this process, with everything crossing the wire as JSON."""

    def __init__(self, parts: Parts, caller: Caller) -> None:
        self.parts, self.caller = parts, caller

    def call(self, verb: str, body: Wire) -> Wire:
        body = orjson.loads(orjson.dumps(body))
        try:
            answer = getattr(self.parts.backend, verb)(self.caller, body)
        except Problem as problem:
            raise Failed(problem.body()) from problem
        return {**orjson.loads(orjson.dumps(answer)), "server_time": self.parts.backend.now()}

    def history(self, space: str, before: int, limit: int) -> Wire:
        found, more = self.parts.reader.history(space, before, limit)
        return orjson.loads(orjson.dumps({"changes": [record.change() for record in found], "more": more}))


class Http:
    """Calls a running server."""

    def __init__(self, address: str, token: str = "") -> None:
        self.client = httpx.Client(base_url=f"{address}/api/v1", timeout=PATIENCE)
        if token:
            self.sign(token)

    def sign(self, token: str) -> None:
        self.client.headers["Authorization"] = f"Bearer {token}"

    def call(self, verb: str, body: Wire) -> Wire:
        return self.send("POST", verb, content=orjson.dumps(body))

    def history(self, space: str, before: int, limit: int) -> Wire:
        return self.send("GET", f"spaces/{space}/history", params={"before": before, "limit": limit})

    def send(self, method: str, path: str, **how: Any) -> Wire:
        try:
            response = self.client.request(method, path, **how)
        except httpx.TransportError as error:
            raise Lost from error
        answer = orjson.loads(response.content)
        if "error" in answer and "ok" not in answer:
            raise Failed(answer["error"])
        return answer

    def close(self) -> None:
        self.client.close()


class Arriving(engineio.Client):
    """Handles what arrives one after the other. The library starts a thread for each event, and these race."""

    def _trigger_event(self, event: str, *args: Any, **_: Any) -> Any:
        return super()._trigger_event(event, *args, run_async=False)


class InOrder(socketio.Client):
    """A Socket.IO client that handles events in the order in which they were sent."""

    def _engineio_client_class(self) -> type[engineio.Client]:
        return Arriving


class Socket:
    """A live connection: verbs are answered in the acknowledgement, frames arrive by themselves."""

    def __init__(self, address: str, token: str, phone: Phone | None = None) -> None:
        self.io = InOrder(reconnection=False, request_timeout=PATIENCE)
        self.frames: list[Wire] = []
        self.closed, self.missed = threading.Event(), threading.Event()
        self._heard = threading.Condition()
        asked = phone.cursor if phone else None
        self.io.on("change", lambda frame: self._hear(frame, phone.hear if phone else None))
        self.io.on("page", lambda page: self._hear(page, phone and partial(phone.turn, asked=asked)))
        self.io.on("missed", lambda *_: self._hear_of_missed())
        self.io.on("disconnect", lambda *_: self.closed.set())
        auth: Wire = {"token": token}
        if phone is not None and asked is not None:
            auth |= {"cursor": asked, "seen": dict(phone.seen)}
        try:
            self.io.connect(address, auth=auth, transports=["websocket"], wait_timeout=PATIENCE)
        finally:
            self._ws = self.io.eio.ws  # the library forgets it when the server hangs up, but does not close it

    def call(self, verb: str, body: Any) -> Wire:
        try:
            answer = self.io.call(verb, body, timeout=PATIENCE)
        except socketio.exceptions.SocketIOError as error:
            raise Lost from error
        if "error" in answer and "ok" not in answer:
            raise Failed(answer["error"])
        return answer

    def history(self, space: str, before: int, limit: int) -> Wire:
        raise NotImplementedError("History is read over HTTP.")

    def wait(self, enough: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until enough has been heard."""
        with self._heard:
            assert self._heard.wait_for(enough, seconds), f"heard only {len(self.frames)} frames"

    def close(self) -> None:
        self.io.disconnect()
        self.io.shutdown()
        self._ws.shutdown()

    def _hear_of_missed(self) -> None:
        with self._heard:
            self.missed.set()
            self._heard.notify_all()

    def _hear(self, frame: Wire, tell: Callable[[Wire], None] | None) -> None:
        with self._heard:
            self.frames.append(frame)
            if tell is not None:
                tell(frame)
            self._heard.notify_all()


class Pulling(Socket):
    """A live connection that pulls after `missed`, as apps must: on a machine that stalls, the bus loses events."""

    def __init__(self, address: str, token: str, phone: Phone | None = None) -> None:
        super().__init__(address, token, phone)
        self._cursor = self.call("pull", {})["cursor"]

    def wait(self, enough: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until enough has been heard, or pulled."""
        with self._heard:
            self._heard.wait_for(lambda: self.missed.is_set() or enough(), seconds)
        if self.missed.is_set():
            self.missed.clear()
            self._pull()
            self.wait(enough, seconds)
        else:
            super().wait(enough, 0)

    def _pull(self) -> None:
        """Take what was missed, each change once, in the order of its space."""
        page = self.call("pull", {"cursor": self._cursor})
        with self._heard:
            heard = {(frame["space"], frame["seq"]) for frame in self.frames}
            pulled = [{"space": one["space"], "seq": one["seq"], "change": one} for one in page["changes"]]
            self.frames += [frame for frame in pulled if (frame["space"], frame["seq"]) not in heard]
            self.frames.sort(key=lambda frame: (frame["space"], frame["seq"]))
        self._cursor = page["cursor"]
