"""A phone: a small, complete client of the native protocol. Read it before you write another.

It keeps four things, and an app must store all of them together:

* the *outbox*: mutations without an outcome, oldest first;
* the *replica*: the records it has, by space, kind and id;
* the *cursor*: opaque, from the last page;
* the *positions*: for each space the seq up to which it has everything, to judge live frames by.
"""

import json
from collections.abc import Iterable
from itertools import accumulate
from typing import Any, Protocol

import uuid_utils

from sync.clock import DRIFT, Stamp, parse
from sync.push import settled

URGENT_COMMAND = "sos.raise"  # a call for help is sent before all that waits
LOAD = 1_000_000  # bytes of one push; the server takes four times as much

Wire = dict[str, Any]
Name = tuple[str, str, str]  # space, kind, id


class Lost(Exception):
    """No answer came. Whether the server did what was asked is not known."""


class Transport(Protocol):
    """How a phone reaches the server: HTTP, a socket, or a direct call."""

    def call(self, verb: str, body: Wire) -> Wire:
        """Return the answer to a verb; raises Lost if none comes."""

    def history(self, space: str, before: int, limit: int) -> Wire:
        """Return older messages or notes of a space."""


class Clock:
    """The clock of one device: what it stamps is later than all it has stamped or seen."""

    def __init__(self, device: str = "") -> None:
        self.device = device
        self.last = self.seen = Stamp(0)

    def tick(self, now: int) -> Stamp:
        """Stamp something that happens at the wall-clock time ``now`` (ms)."""
        self.last = max(Stamp(now, 0, self.device), self.last.next()._replace(device=self.device))
        return self.last

    def see(self, stamp: Stamp) -> None:
        """Take note of a stamp that came from elsewhere, so that the next tick is after it."""
        self.last, self.seen = max(self.last, stamp), max(self.seen, stamp)

    def set_right(self, server_time: int) -> None:
        """Forget what this device has stamped, if that is far ahead of the server: its wall clock was wrong then."""
        if self.last.at > server_time + DRIFT:
            self.last = self.seen


class Phone:
    """One device of one user."""

    def __init__(self, transport: Transport, user: str = "", device: str = "", now: Any = lambda: 0) -> None:
        self.transport, self.user, self.now = transport, user, now
        self.clock = Clock(device)
        self.outbox: list[Wire] = []
        self.replica: dict[Name, Wire] = {}
        self.cursor: str | None = None
        self.positions: dict[str, int] = {}
        self.seen: dict[str, int] = {}  # what live frames brought since the cursor
        self.older: dict[str, int] = {}  # {space: the first_seq before which there is more history}
        self.stale = False  # a live frame was missed: pull

    # What the person does

    def does(self, name: str, /, **args: Any) -> Wire:
        """Put a mutation into the outbox. It has its id and its time from now on, however often it is sent."""
        mutation = {
            "id": str(uuid_utils.uuid7()),
            "name": name,
            "args": args,
            "at": str(self.clock.tick(self.now())),
        }
        if name == URGENT_COMMAND:
            self.outbox.insert(0, mutation)
        else:
            self.outbox.append(mutation)
        return mutation

    def do(self, name: str, /, **args: Any) -> Wire:
        """Do something while online, and return its outcome."""
        mutation = self.does(name, **args)
        return next(outcome for outcome in self.push() if outcome["id"] == mutation["id"])

    # What the phone does

    def push(self) -> list[Wire]:
        """Send the outbox, or as much as goes at once; keep what has no final outcome."""
        answer = self.transport.call("push", {"mutations": self._load()})
        outcomes = self._settle(answer["outcomes"])
        self._set_right(answer)
        return outcomes

    def pull(self, limit: int = 500) -> None:
        """Fetch everything that is new, page by page."""
        more = True
        while more:
            asked = self.cursor
            answer = self.transport.call("pull", self._asking(limit))
            more = self._take(answer, asked)
            self._set_right(answer)

    def sync(self, limit: int = 500) -> list[Wire]:
        """Wake up: send the outbox and fetch what is new, in one round trip if it fits."""
        body, asked = {"mutations": self._load(), **self._asking(limit)}, self.cursor
        answer = self.transport.call("sync", body)
        outcomes = self._settle(answer["outcomes"])
        more = self._take(answer, asked)
        self._set_right(answer)
        if more:
            self.pull(limit)
        return outcomes

    def scroll(self, space: str, limit: int = 100) -> bool:
        """Fetch a page of older messages; tell whether there are more."""
        answer = self.transport.history(space, self.older[space], limit)
        self._store(answer["changes"])
        if answer["more"]:
            self.older[space] = answer["changes"][-1]["first_seq"]
        else:
            del self.older[space]
        return bool(answer["more"])

    def hear(self, frame: Wire) -> None:
        """Take a live frame, if it is the next of its space. A gap in the seqs means that one was missed: pull.

        A frame out of order is not stored. So the cursor and ``seen`` cover all that a phone has, and the server can
        take any of it back: with a space that is gone, or a record whose tombstone has expired.
        """
        space, seq = frame["space"], frame["seq"]
        position = self.positions.get(space, 0)
        if seq == position + 1:
            self._store([frame["change"]])
            self.positions[space] = self.seen[space] = seq
        elif seq > position:
            self.stale = True

    def turn(self, page: Wire, asked: str | None) -> None:
        """Take the page that the server sends after a connect with a cursor: the changes that were missed."""
        self.stale = self._take(page, asked) or self.stale

    # What the person sees

    def records(self, kind: str, space: str | None = None) -> list[Wire]:
        """Return the records of a kind, in the order in which they are shown."""
        found = [
            change
            for change in self.replica.values()
            if change["kind"] == kind and not change.get("deleted") and space in {None, change["space"]}
        ]
        return sorted(found, key=lambda change: change["first_seq"])

    def texts(self, space: str) -> list[str]:
        """Return the messages of a space."""
        return [message["data"]["text"] for message in self.records("message", space)]

    def spaces(self) -> dict[str, str]:
        """Return {space: member}: where this user is, and who they are there."""
        return {row["data"]["space"]: row["data"]["member"] for row in self.records("membership")}

    def position(self, space: str) -> Wire:
        """Return up to which seqs this user has received and read a space: ``{delivered?, read?}``."""
        mine = self.replica.get((f"user:{self.user}", "position", space.replace(":", ".")), {"data": {}})
        return {name: seq for name, seq in mine["data"].items() if name != "where"}

    def unread(self, space: str) -> int:
        """Return how many messages of others are past the read position."""
        me = self.spaces()[space]
        position = self.position(space).get("read", 0)
        return sum(
            message["author"] != me and message["first_seq"] > position for message in self.records("message", space)
        )

    # Below here: how

    def _load(self) -> list[Wire]:
        """Return the oldest mutations that fit into one push: at most 500, at most about a megabyte."""
        sizes = accumulate(len(json.dumps(mutation)) for mutation in self.outbox[:500])
        return self.outbox[: max(1, sum(size <= LOAD for size in sizes))]

    def _asking(self, limit: int) -> Wire:
        return {"cursor": self.cursor, "seen": dict(self.seen), "limit": limit}

    def _settle(self, outcomes: list[Wire]) -> list[Wire]:
        """Take mutations with a final outcome out of the outbox, and learn what they changed."""
        done = {outcome["id"] for outcome in outcomes if settled(outcome)}
        self.outbox = [mutation for mutation in self.outbox if mutation["id"] not in done]
        for outcome in outcomes:
            for change in outcome.get("changes", []):
                self.hear({"space": change["space"], "seq": change["seq"], "change": change})
        return outcomes

    def _set_right(self, answer: Wire) -> None:
        """Correct a clock that was far ahead, once the outbox has no mutation that was stamped by it."""
        if not self.outbox:
            self.clock.set_right(answer["server_time"])

    def _take(self, page: Wire, asked: str | None) -> bool:
        """Store a page, then move the cursor; tell whether there are more pages.

        A page that was requested with another cursor than the present one is late: its cursor would lead back.
        """
        if asked != self.cursor:
            self.stale = True
            return False
        for space in [*page["gone"], *page["reset"]]:
            self._drop(space)
        self._store(page["changes"])
        for space, seq in page["positions"].items():
            self.positions[space] = max(seq, self.positions.get(space, 0))
            if self.seen.get(space, 0) <= seq:
                self.seen.pop(space, None)
        self.older |= page["history"]
        self.cursor = page["cursor"]
        self.stale = False
        return bool(page["more"])

    def _store(self, changes: Iterable[Wire]) -> None:
        """Keep the newer of each record: changes may come late, twice, or in any order."""
        for change in changes:
            name = change["space"], change["kind"], change["id"]
            if name not in self.replica or self.replica[name]["seq"] < change["seq"]:
                self.replica[name] = change
            if "at" in change:
                self.clock.see(parse(change["at"]))

    def _drop(self, space: str) -> None:
        self.replica = {name: change for name, change in self.replica.items() if name[0] != space}
        for kept in (self.positions, self.seen, self.older):
            kept.pop(space, None)
