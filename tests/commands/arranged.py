"""The records with which a command reaches its decision, taken from a world once and then held in a dict."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from server.commands.context import COMMANDS, SYSTEM, Caller
from sync.record import Record, private, space_id
from tests import in_memory
from tests.commands.dict_reads import DictReads, decide
from tests.conftest import World
from tests.good import GOOD, OWN
from tests.sealed import decoded
from tests.trusted import Ready

Args = Mapping[str, Any]


class Arranged:
    """Records, people by name, and the caller and arguments with which a command reaches its decision."""

    def __init__(self, name: str) -> None:
        world = World(in_memory.database())
        sam, ann = world.phone(world.person("sam", "specialist")), world.phone(world.person("ann"))
        ready = Ready(world, ann, sam, world.paired(sam, ann))
        phone, self.args = ready.to(name) if name in GOOD else (None, {**OWN[name], "space": ready.space})
        self.name, self.now, self.space = name, world.time, ready.space
        self.caller = phone.transport.caller if phone is not None else SYSTEM
        self.people = {"eve": Caller("id-eve", "phone-of-eve", "peer")}
        self.people |= {name: one.transport.caller for name, one in ready.people.items()}
        users = {(row["handle"], row["role"]): row["_id"] for row in world.mongo.users.find({})}
        self.reads = DictReads(decoded(world.mongo, world.mongo.records.find({})), users)

    def decided(self, **args: Any) -> list[Record]:
        """Return what the command changes; raises the Problem it is refused with."""
        return decide(self.reads, self.caller, self.now, self.name, {**self.args, **args})

    def by(self, who: str) -> "Arranged":
        """Return the same, asked by somebody else."""
        return self.but(caller=self.people[who])

    def after(self, who: str, name: str, *left_out: str, **args: Any) -> "Arranged":
        """Return the same after somebody has done something else, with its good arguments but for some."""
        here = {"space": self.space, "pairing": space_id(self.space)}
        fields = COMMANDS[name].schema.fields
        asked = GOOD[name] | {field: here[field] for field in here if field in fields} | args
        asked = {field: value for field, value in asked.items() if field not in left_out}
        return self.but(reads=self.reads.with_records(decide(self.reads, self.people[who], self.now, name, asked)))

    def where(self, kind: str, change: Callable[[Record], Record]) -> "Arranged":
        """Return the same with the records of a kind changed."""
        changed = [change(record) for record in self.reads.records.values() if record.kind == kind]
        assert changed, f"there is no {kind}"
        return self.but(reads=self.reads.with_records(changed))

    def without(self, kind: str) -> "Arranged":
        """Return the same without the records of a kind."""
        left = [record for record in self.reads.records.values() if record.kind != kind]
        return self.but(reads=DictReads(left, self.reads.people))

    def later(self, ms: int) -> "Arranged":
        """Return the same some time later."""
        return self.but(now=self.now + ms)

    def asking(self, *left_out: str, **args: Any) -> "Arranged":
        """Return the same with other arguments."""
        return self.but(args={one: value for one, value in {**self.args, **args}.items() if one not in left_out})

    def the(self, kind: str) -> Record:
        """Return the first record of a kind."""
        return next(record for record in self.reads.records.values() if record.kind == kind)

    def of(self, user: str, kind: str) -> Record:
        """Return the first record of a kind in a user's private space."""
        return next(one for key, one in self.reads.records.items() if (key.space, key.kind) == (private(user), kind))

    def but(self, **changed: Any) -> "Arranged":
        """Return the same with some of its fields changed."""
        other = object.__new__(Arranged)
        other.__dict__.update(self.__dict__, **changed)
        return other


@cache
def arranged(name: str) -> Arranged:
    """Return the situation in which a command reaches its decision."""
    return Arranged(name)


def having(**data: Any) -> Callable[[Record], Record]:
    """Return a function that sets some of a record's data."""
    return lambda record: replace(record, data={**record.data, **data})


def hiding(**hidden: Any) -> Callable[[Record], Record]:
    """Return a function that sets some of a record's hidden data, which phones do not see."""
    return lambda record: replace(record, hidden={**record.hidden, **hidden})
