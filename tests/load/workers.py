"""Many workers on one database, each with caches of its own, and the requests that people send to them."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import uuid_utils

from server.app import Parts, build
from server.commands.context import Caller
from server.store import transaction
from sync.record import Record
from tests.conftest import CONFIG
from tests.phone import Wire
from tests.sealed import decoded

PATIENCE = 200  # times that a phone repeats what it was told to try later

Deed = Callable[[Parts], Any]


class Workers:
    """Workers. ``world`` has a database, as `mongo`, and a clock, as `time` in ms, that `wait(ms)` moves on."""

    def __init__(self, world: Any, workers: int) -> None:
        self.world = world
        self.servers = [build(CONFIG, world.mongo, lambda: world.time) for _ in range(workers)]
        self.met = Counter[tuple[str, str]]()  # how often each command was answered with "ok", or with which code
        self._turn = threading.Lock()

    def do(self, parts: Parts, caller: Caller, name: str, mutation: str | None = None, /, **args: Any) -> Wire:
        """Send a mutation to a worker as a phone does: after `try_later` it is sent again, unchanged."""
        body = {"id": mutation or str(uuid_utils.uuid7()), "name": name, "args": args, "at": f"{self.world.time}-0"}
        return self.repeated(parts, caller, body)

    def repeated(self, parts: Parts, caller: Caller, body: Wire) -> Wire:
        """Send a mutation until it has a final answer; count the answer and return it."""
        for _ in range(PATIENCE):
            outcome = self.answer(parts, caller, body)
            code = "ok" if outcome["ok"] else outcome["error"]["code"]
            if code != "try_later":
                with self._turn:
                    self.met[body["name"], code] += 1
                return outcome
        raise AssertionError(f"{body['name']} was never answered")

    def answer(self, parts: Parts, caller: Caller, body: Wire) -> Wire:
        """Send a mutation once."""
        return parts.backend.mutate(caller, body)

    def wait(self, ms: int) -> None:
        """Let time pass. It never goes back, however many do this at once."""
        with self._turn:
            self.world.wait(ms)

    def everywhere(self, actions: list[Deed]) -> list[Any]:
        """Run actions at the same moment, each on the next worker, and return the result of each."""
        found: list[Any] = [None] * len(actions)
        errors: list[Exception] = []
        gate = threading.Barrier(len(actions))

        def run(number: int, action: Deed) -> None:
            gate.wait()
            try:
                found[number] = action(self.servers[number % len(self.servers)])
            except Exception as error:  # noqa: BLE001 — the waiting thread raises it
                errors.append(error)

        threads = [threading.Thread(target=run, args=(number, action)) for number, action in enumerate(actions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return found

    def overtaken(self, slow: Deed, fast: Deed) -> tuple[Any, Any]:
        """Do one thing on the first worker, and another on the second when the first is decided and not yet stored."""
        store, found = transaction.store, list[Any]()

        def late(*args: Any) -> None:
            patch.undo()
            found.append(fast(self.servers[1]))
            store(*args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(transaction, "store", late)
            outcome = slow(self.servers[0])
        assert found, "the first had nothing to store"
        return outcome, found[0]

    def records(self, kind: str, user: str | None = None) -> list[Record]:
        """Return what is stored of a kind, everywhere or in somebody's private space."""
        where = {"kind": kind} | ({} if user is None else {"space": f"user:{user}"})
        return [one for one in decoded(self.world.mongo, self.world.mongo.records.find(where)) if not one.deleted]

    def states(self, kind: str) -> Counter[str]:
        """Return how many records of a kind are in which state."""
        return Counter(one.data["state"] for one in self.records(kind))
