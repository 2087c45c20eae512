"""Where the second story happens: a server in this process, a clock that the story moves, and phones without a network.

Timers run on time: between two scenes the clock stops at each moment at which a record is due.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from server.commands.context import Caller
from server.store.accounts import AccountStore
from server.store.database import Mongo
from server.trust.walltime import instant
from tests.conftest import World
from tests.demo.actors import Actor, when
from tests.phone import Lost, Phone, Wire
from tests.sealed import push_tokens
from tests.transports import Direct

ZONE = "Europe/Berlin"


class Air(Direct):
    """A connection to the server that raises Lost while there is no network."""

    up = True

    def call(self, verb: str, body: Wire) -> Wire:
        if not self.up:
            raise Lost
        return super().call(verb, body)


class Person(Actor):
    """A person whose phone works with or without a network."""

    def __init__(self, name: str, air: Air, clock: "Stage") -> None:
        self.air = air
        self.numbers = count(1)
        super().__init__(name, Phone(air, air.caller.user, air.caller.device, lambda: clock.world.time))

    def does(self, name: str, /, **args: object) -> None:
        """Do something: it is in the outbox from now on, and is sent as soon as there is a network."""
        self.phone.does(name, **args)
        if self.air.up:
            self.online()

    def writes(self, space: str, text: str, **more: object) -> str:
        """Write a message, and return its id."""
        name = f"{self.name}-{next(self.numbers)}"
        self.says(f"writes “{text}”")
        self.does("message.send", space=space, id=name, text=text, origin="person", **more)
        return name

    def offline(self) -> None:
        """Go where there is no network."""
        self.air.up = False

    def online(self) -> None:
        """Have a network again: what waits on the phone is sent, and what is new is fetched."""
        self.air.up = True
        refused = [outcome for outcome in self.phone.sync() if not outcome["ok"]]
        assert not refused, refused

    def has(self, kind: str, space: str | None = None) -> Wire:
        """Return what the newest record of a kind says, as far as the phone can know."""
        if self.air.up:
            self.online()
        return self.phone.records(kind, space)[-1]["data"]

    def knows(self, text: str) -> bool:
        """Tell whether something can be read anywhere on the phone."""
        return text in str(self.phone.replica)


class Stage:
    """A server, and a clock."""

    def __init__(self, mongo: Mongo, begin: str) -> None:
        self.world = World(mongo)
        self.world.time = instant(begin, ZONE)

    def enters(self, name: str, role: str) -> Person:
        """Let somebody who has an account come in."""
        return Person(name, Air(self.world.parts, self.world.person(name.lower(), role)), self)

    def another_phone(self, person: Person) -> Phone:
        """Return a new phone of somebody, which knows nothing yet."""
        caller = person.air.caller
        return self.world.phone(Caller(caller.user, f"{caller.device}-2", caller.role))

    def rings(self, person: Person) -> None:
        """Let somebody's phone ring from now on."""
        caller, people = person.air.caller, AccountStore(self.world.mongo)
        self.heard(person)
        people.add_device(caller.device, caller.user, "phone", self.world.time)
        push_tokens(self.world.mongo).put(caller.device, {"platform": "fcm", "token": person.name})

    def heard(self, person: Person) -> list[Wire]:
        """Return what has rung on somebody's phone since the last time."""
        self.world.parts.notifications.enqueuer.enqueue()
        self.world.parts.notifications.scheduler.run()
        sent = self.world.parts.notifications.provider.sent
        found = [one.payload for one in sent if one.token == person.name]
        sent.clear()
        return found

    def later(self, local: str) -> None:
        """Let time pass until a local time, and print it."""
        end = instant(local, ZONE)
        for moment in self._dues(end):
            self.world.time = moment
            self.works()
        self.world.time = end
        self.works()
        when(day(end))

    def works(self) -> None:
        """Let Beside do what is due now."""
        self.world.parts.scheduler.run()

    def _dues(self, end: int) -> Iterator[int]:
        """Give the times up to ``end`` at which records are due; handling one may make another due."""
        last, parts = self.world.time, self.world.parts
        while moments := [
            one.due for one in parts.reader.due(end, parts.scheduler.due_handlers, 500) if one.due > last
        ]:
            last = min(moments)
            yield last


def day(moment: int) -> str:
    """Return a moment as the people of this story say it."""
    there = datetime.fromtimestamp(moment / 1000, ZoneInfo(ZONE))
    return f"{there:%A} {there.day} {there:%B, %H:%M}"
