"""Many workers on one database, each deciding with a memory of its own, and people who use any of them at random."""

import threading
from collections.abc import Callable
from random import Random
from typing import Any

import uuid_utils

from server.app import Parts, build
from server.command import Caller
from server.records import Record
from server.store.documents import decode
from tests.conftest import CONFIG, World
from tests.phone import Wire

PATIENCE = 200  # times that a phone repeats what it was told to try later


class Crew:
    """Workers, and the people who ask them for things."""

    def __init__(self, world: World, workers: int) -> None:
        self.world = world
        self.workers = [build(CONFIG, world.mongo, lambda: world.time) for _ in range(workers)]

    def do(self, parts: Parts, caller: Caller, name: str, mutation: str | None = None, /, **args: Any) -> Wire:
        """Do something with a worker as a phone would: what is to be tried later is sent again, unchanged."""
        body = {"id": mutation or str(uuid_utils.uuid7()), "name": name, "args": args, "at": f"{self.world.time}-0"}
        for _ in range(PATIENCE):
            outcome = parts.backend.mutate(caller, body)
            if outcome["ok"] or outcome["error"]["code"] != "try_later":
                return outcome
        raise AssertionError(f"{name} was never answered")

    def everywhere(self, deeds: list[Callable[[Parts], Any]]) -> list[Any]:
        """Do many things at the same moment, each on the next worker, and return what came of each."""
        found: list[Any] = [None] * len(deeds)
        errors: list[Exception] = []
        gate = threading.Barrier(len(deeds))

        def run(number: int, deed: Callable[[Parts], Any]) -> None:
            gate.wait()
            try:
                found[number] = deed(self.workers[number % len(self.workers)])
            except Exception as error:  # noqa: BLE001 — raised by who waits
                errors.append(error)

        threads = [threading.Thread(target=run, args=(number, deed)) for number, deed in enumerate(deeds)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return found

    def records(self, kind: str, user: str | None = None) -> list[Record]:
        """Return what is stored of a kind."""
        where = {"kind": kind} | ({} if user is None else {"space": f"user:{user}"})
        return [decode(row) for row in self.world.mongo.records.find(where) if "deleted" not in row]


class Passerby:
    """Somebody who does something at random, whatever they are."""

    def __init__(self, crew: Crew, callers: list[Caller], seed: int) -> None:
        self.crew, self.callers, self.dice = crew, callers, Random(seed)

    def acts(self, parts: Parts) -> None:
        caller = self.dice.choice(self.callers)
        deeds = {"peer": self._as_peer, "specialist": self._as_specialist, "operator": self._as_operator}
        deeds[caller.role](parts, caller)

    def _as_peer(self, parts: Parts, caller: Caller) -> None:
        requests = self.crew.records("request", caller.user)
        pairings = self.crew.records("membership", caller.user)
        what = self.dice.random()
        looking = [one for one in requests if one.data["state"] in {"open", "shortlisted"}]
        lists = self.crew.records("shortlist", caller.user)
        if what < 0.35 and lists:
            listed = self.dice.choice(lists)
            person = self.dice.choice(listed.data["people"])["id"]
            self.crew.do(parts, caller, "request.choose", id=listed.id, person=person)
        elif what < 0.45 and requests:
            self.crew.do(parts, caller, "request.withdraw", id=self.dice.choice(requests).id)
        elif what < 0.65 and pairings:
            pairing = self.dice.choice(pairings).data["space"].removeprefix("pair:")
            name = self.dice.choice(["pairing.end", "pairing.rematch", "pairing.pause", "pairing.resume"])
            self.crew.do(parts, caller, name, pairing=pairing)
        elif len(looking) < 3:
            mode = self.dice.choice(["choose", "first_who_can"])
            name = f"r{self.dice.randrange(10**9)}"
            self.crew.do(parts, caller, "request.open", id=name, topics={"grief_loss": 3}, mode=mode)

    def _as_specialist(self, parts: Parts, caller: Caller) -> None:
        offers = self.crew.records("offer", caller.user)
        what = self.dice.random()
        if what < 0.8 and offers:
            name = self.dice.choice(["offer.accept", "offer.accept", "offer.decline"])
            self.crew.do(parts, caller, name, id=self.dice.choice(offers).id)
        elif what < 0.9:
            self.crew.do(parts, caller, "practice.pause", until=self.crew.world.time + 600_000)
        else:
            self.crew.do(parts, caller, "practice.resume")

    def _as_operator(self, parts: Parts, caller: Caller) -> None:
        self.crew.world.wait(self.dice.randrange(60_000))
        if self.dice.random() < 0.9:
            parts.timers.run()
        else:
            who = self.dice.choice(self.crew.records("specialist"))
            handle = who.id.removeprefix("id-")
            until = self.crew.world.time + 10**10
            self.crew.do(parts, caller, "specialist.certify", specialist=handle, supervisor="sue", until=until)
