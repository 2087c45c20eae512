"""Phones of @beside/client that log what they do and see, for the invariant checker of ``tests/faults``."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

from server.commands.context import Caller
from sync.push import settled
from tests.client.remote import FOREVER, Driver, Remote
from tests.conftest import Running, World
from tests.faults.fault_runner import FaultRunner
from tests.faults.history import Pen
from tests.faults.inside import Inside
from tests.phone import Transport, Wire
from tests.transports import Direct


class CheckedRemote(Remote):
    """A phone that logs all that crosses the wire, and remembers all its mutations."""

    def __init__(self, pen: Pen, driver: Driver, transport: Transport, *who: Any, **how: Any) -> None:
        self.pen, self.done = pen, []
        self.heard = Counter[str]()  # {name of a received event or answer: count}
        super().__init__(driver, transport, *who, **how)

    def does(self, name: str, /, **args: Any) -> Wire:
        mutation = super().does(name, **args)
        self.pen.write("invoke", mutation=mutation["id"], name=name, args=args)
        self.done.append(mutation)
        return mutation

    def whole(self) -> None:
        """Fetch everything, with the history, and log all records."""
        self.pull()
        for space in list(self.older):
            while self.scroll(space):
                pass
            self._see(change for (where, _, _), change in self.replica.items() if where == space)
        self.look()
        self.pen.write("replica", changes=list(self.replica.values()))

    def events(self) -> list[Wire]:
        events = super().events()
        for event in events:
            if event["direction"] == "down":
                self._heard(event["what"], event["body"])
        return events

    def look(self) -> None:
        """Log the changes that came over the live connection."""
        self.events()

    def _outcomes(self, what: str, **how: Any) -> list[Wire]:
        try:
            return super()._outcomes(what, **how)
        finally:
            self.events()  # that came before a request that failed

    def _heard(self, what: str, body: Wire) -> None:
        self.heard[what] += 1
        if what == "change":
            self._see([body["change"]])
        for outcome in [body] if what == "mutate" else body.get("outcomes", []):
            if outcome["ok"]:
                self.pen.write("ok", mutation=outcome["id"], changes=outcome["changes"])
                self._see(outcome["changes"])
            elif settled(outcome):
                self.pen.write("fail", mutation=outcome["id"], code=outcome["error"]["code"])
        if what in {"pull", "sync", "page"}:
            self._see(body["changes"])

    def _see(self, changes: Any) -> None:
        for change in changes:
            self.pen.write("saw", change=change)


class ClientFaults(FaultRunner):
    """People whose phones are those of @beside/client; the fresh phones at the end are of ``tests/phone.py``."""

    def __init__(self, driver: Driver, server: Running, directory: Path, seed: int) -> None:
        super().__init__(server, directory, seed)
        self.driver = driver

    def phone(self, name: str, tokens: Wire) -> Any:
        return super().phone(name, tokens) if name.endswith(".fresh") else self._client(name, tokens)

    def listens(self, owner: str) -> Any:
        """Return another phone of a person, which stays connected and does nothing else."""
        options = {"automatic": True, "delivered": False}
        phone = self._client(f"{owner}.live", self.server.device(self.people[owner]), options=options)
        phone.live = Listening(phone)
        self.listeners.append(phone)
        return phone

    def through(self, address: str) -> None:
        for phone in self.phones():
            phone.driver.do("at", phone.key, address=address)

    def _client(self, name: str, tokens: Wire, **how: Any) -> CheckedRemote:
        pen = Pen(self.directory, name, tokens["user"])
        self.open.append(pen)
        http = self._http(self.server.address, name, tokens)
        how |= {"address": self.server.address, "headers": {"X-Phone": name}, "tokens": signed_in(tokens)}
        phone = CheckedRemote(pen, self.driver, http, tokens["user"], tokens["device"], now, **how)
        phone.name, phone.tokens = name, tokens
        return phone


class Listening:
    """The live connection of a phone; when it ends, the phone logs what it has received."""

    def __init__(self, phone: CheckedRemote) -> None:
        self.phone = phone

    def close(self) -> None:
        self.phone.look()


def now() -> int:
    return time.time_ns() // 1_000_000


def signed_in(tokens: Wire) -> Wire:
    """Return the tokens of an account as a phone stores them."""
    return {"accessToken": tokens["access_token"], "refreshToken": tokens["refresh_token"], "expires": FOREVER}


class ClientInside(Inside):
    """The fault runner in this process: phones of @beside/client, whose server is a world."""

    def __init__(self, world: World, directory: Path, driver: Driver) -> None:
        super().__init__(world, directory)
        self.driver = driver

    def phone(self, caller: Caller, name: str) -> Any:
        if name.endswith(".fresh"):
            return super().phone(caller, name)
        pen = Pen(self.directory, name, caller.user)
        transport = Direct(self.world.parts, Caller(caller.user, name, caller.role))
        phone = CheckedRemote(pen, self.driver, transport, caller.user, name, lambda: self.world.time)
        self.phones.append(phone)
        self.pens.append(pen)
        return phone
