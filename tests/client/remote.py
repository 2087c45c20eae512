"""Phones of @beside/client in a Node process, with the interface of ``tests/phone.py``: both play the same stories."""

import json
import queue
import subprocess
import tempfile
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.phone import Clock, Lost, Name, Transport, Wire
from tests.transports import Failed
from tests.waiting import PATIENCE

DRIVER = Path(__file__).parent / "driver.mjs"
FOREVER = 2**53 - 1  # ms: the expiry of tokens that never expire


class Killed(Exception):
    """The app or its process was killed. Its stored data is still there."""


class Broken(Exception):
    """The client threw an error that it must not throw."""


class Driver:
    """A Node process that runs phones. Several threads may use it, one at a time for each phone."""

    def __init__(self, *arguments: str) -> None:
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 — closed by end()
        self.process = subprocess.Popen(
            ["node", *arguments, DRIVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            encoding="utf-8",
        )
        self._sent, self._lock = 0, threading.Lock()
        self._heard: dict[str, queue.Queue[Wire | None]] = {}
        self._ended = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def do(self, what: str, phone: str, transport: Transport | None = None, /, **wish: Any) -> Any:
        """Let a phone do something, and return the result. The phone's requests go over the transport.

        Raises Lost, Failed, Killed, or Broken.
        """
        with self._lock:
            self._sent += 1
            number = self._sent
        self._say({"id": number, "do": what, "phone": phone, **wish})
        while True:
            heard = self._of(phone).get(timeout=2 * PATIENCE)
            if heard is None:
                self._of(phone).put(None)
                raise Killed(self.complaints())
            if "ask" in heard:
                assert transport is not None, heard
                self._say({"answers": heard["ask"], **_asked(transport, heard)})
            elif heard["id"] == number:
                return _done(heard)

    def kill(self) -> None:
        """Kill the process, and with it all its phones."""
        self.process.kill()

    def complaints(self) -> str:
        """Return all that the process has written to its standard error."""
        self._complaints.seek(0)
        return self._complaints.read()

    def end(self) -> None:
        self.process.kill()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout, self._complaints):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        self.process.wait()

    def _say(self, line: Wire) -> None:
        assert self.process.stdin is not None
        with self._lock, suppress(BrokenPipeError):  # `do` notices that the process is gone
            self.process.stdin.write(json.dumps(line) + "\n")
            self.process.stdin.flush()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            heard = json.loads(line)
            self._of(heard["phone"]).put(heard)
        self._ended = True
        for waiting in list(self._heard.values()):
            waiting.put(None)

    def _of(self, phone: str) -> queue.Queue[Wire | None]:
        """Return the queue of a phone's lines; None stands for the end of the process."""
        said = self._heard.setdefault(phone, queue.Queue())  # atomic: the reader may be the first to ask
        if self._ended:
            said.put(None)
        return said


def _asked(transport: Transport, asked: Wire) -> Wire:
    """Return the answer of a transport to a request over HTTP; status 0: no answer."""
    parts = urlsplit(asked["path"].removeprefix("/api/v1/"))
    try:
        if parts.path.startswith("spaces/"):
            how = {name: int(value) for name, value in parse_qsl(parts.query)}
            return {"status": 200, "body": transport.history(unquote(parts.path.split("/")[1]), **how)}
        return {"status": 200, "body": transport.call(parts.path, asked["body"])}
    except Lost:
        return {"status": 0, "body": None}
    except Failed as failed:
        return {"status": 400, "body": {"error": failed.error}}


def _done(heard: Wire) -> Any:
    if "error" not in heard:
        return heard["answer"]
    error = heard["error"]
    if error["code"] == "killed":
        raise Killed
    if error["code"] == "offline":
        raise Lost
    if error["code"] == "failed":
        raise Broken(error["message"])
    raise Failed(error)


class Remote:
    """One device of one user: a phone of @beside/client that sends nothing by itself."""

    def __init__(self, driver: Driver, transport: Transport, user: str, device: str, now: Any, **how: Any) -> None:
        self.driver, self.transport, self.user, self.now = driver, transport, user, now
        self.clock = Clock(device)
        self.key = f"{device}-{uuid.uuid4().hex[:8]}"
        self._known: Wire | None = None  # cached state of the phone, until its next action
        tokens = {"accessToken": "access", "refreshToken": "refresh", "expires": FOREVER, **how.pop("tokens", {})}
        account = {"user": user, "device": device, "role": "peer", "handle": None, **tokens}
        self._do("open", account=account, **how)

    # Actions of the person

    def does(self, name: str, /, **args: Any) -> Wire:
        """Put a mutation into the outbox, and return it."""
        return self._do("does", command=name, args=args)

    def do(self, name: str, /, **args: Any) -> Wire:
        """Put a mutation into the outbox, push, and return its outcome."""
        mutation = self.does(name, **args)
        return next(outcome for outcome in self.push() if outcome["id"] == mutation["id"])

    # Actions of the phone

    def push(self) -> list[Wire]:
        """Send the outbox, and return the outcomes."""
        return self._outcomes("push")

    def pull(self, limit: int = 500) -> None:
        """Send the outbox, and fetch all new changes."""
        self.sync(limit)

    def sync(self, limit: int = 500) -> list[Wire]:
        """Send the outbox and fetch all new changes; return the outcomes."""
        return self._outcomes("sync", limit=limit)

    def scroll(self, space: str, limit: int = 100) -> bool:
        """Fetch a page of older messages; tell whether there are more."""
        return bool(self._do("scroll", space=space, limit=limit))

    def hear(self, frame: Wire) -> None:
        """Take a live frame."""
        self._do("hear", frame=frame)

    def restart(self, **how: Any) -> None:
        """Kill the app, and start it again on its store."""
        self._do("restart", **how)

    def dies(self, at: int, *, done: bool) -> None:
        """Let the app be killed before a future write, or right after it."""
        self._do("mortal", mortal={"at": at, "done": done})

    def lives(self) -> None:
        """Cancel a planned kill of the app."""
        self._do("mortal", mortal=None)

    def close(self) -> None:
        """Close the app properly."""
        self._do("close")

    def forget(self) -> None:
        """Throw the phone away."""
        self._do("forget")

    # Views of the person

    def records(self, kind: str, space: str | None = None) -> list[Wire]:
        """Return the rows of a kind as they are shown, with those that only this phone has."""
        return self._do("records", kind=kind, space=space)

    def texts(self, space: str) -> list[str]:
        """Return the messages of a space."""
        return [message["data"]["text"] for message in self.records("message", space)]

    def spaces(self) -> dict[str, str]:
        """Return {space: member} for all spaces of this user."""
        return {place["space"]: place["member"] for place in self._do("places")}

    def unread(self, space: str) -> int:
        """Return how many messages of others are past the read position."""
        return self._do("unread", space=space)

    def status(self) -> Wire:
        """Return the status: {state, waiting, problem}."""
        return self._do("status")

    # State of the phone

    @property
    def account(self) -> Wire:
        return self._state()["account"]

    @property
    def outbox(self) -> list[Wire]:
        return self._state()["outbox"]

    @property
    def refused(self) -> list[Wire]:
        return self._state()["refused"]

    @property
    def replica(self) -> dict[Name, Wire]:
        return {(change["space"], change["kind"], change["id"]): change for change in self._state()["records"]}

    @property
    def cursor(self) -> str | None:
        return self._state()["cursor"]

    @property
    def positions(self) -> dict[str, int]:
        return self._state()["positions"]

    @property
    def seen(self) -> dict[str, int]:
        return self._state()["seen"]

    @property
    def older(self) -> dict[str, int]:
        return self._state()["older"]

    @property
    def stale(self) -> bool:
        return self._state()["stale"]

    # Helpers

    def _asking(self, limit: int) -> Wire:
        return {"cursor": self.cursor, "seen": self.seen, "limit": limit}

    def _settle(self, outcomes: list[Wire]) -> list[Wire]:
        self._do("settle", outcomes=outcomes)
        return outcomes

    def _take(self, page: Wire, asked: str | None) -> bool:
        self._do("take", page=page, asked=asked)
        return bool(page["more"])

    def _outcomes(self, what: str, **how: Any) -> list[Wire]:
        """Do something, and return the outcomes that arrived meanwhile."""
        self.events()
        self._do(what, **how)
        answers = [event["body"] for event in self.events() if event["direction"] == "down"]
        return [outcome for answer in answers for outcome in answer.get("outcomes", [])]

    def events(self) -> list[Wire]:
        """Return the trace since the last call."""
        return self.driver.do("events", self.key)

    def _state(self) -> Wire:
        if self._known is None:
            self._known = self.driver.do("state", self.key)
        return self._known

    def _do(self, what: str, **how: Any) -> Any:
        self._known = None
        try:
            return self.driver.do(what, self.key, self.transport, now=self.now(), **how)
        except Killed:
            self.driver.do("restart", self.key)
            raise
