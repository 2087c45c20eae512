"""The `Reads` of commands, backed by a dict, and a function that decides commands on them."""

from collections.abc import Iterable
from typing import Any

from server.commands.context import Caller, Context, require_command
from server.commands.reads import Usage
from server.validation import loaded
from sync.clock import Stamp
from sync.record import Key, Record, weight

SECRET = b"a-key-for-tests-only-of-40-characters-ok"


class DictReads:
    """The `Reads` of a command: some records, and {(handle, role): user}."""

    def __init__(self, records: Iterable[Record] = (), people: dict[tuple[str, str], str] | None = None) -> None:
        self.records = {record.key: record for record in records}
        self.people = people or {}

    def get(self, key: Key) -> Record | None:
        return self.records.get(key)

    def of_kind(self, space: str, kind: str) -> list[Record]:
        return [record for key, record in self.records.items() if (key.space, key.kind) == (space, kind)]

    def newest_message(self, space: str) -> int:
        return max((one.first_seq for one in self.of_kind(space, "message")), default=0)

    def last_seq(self, space: str) -> int:
        return max((one.seq for key, one in self.records.items() if key.space == space), default=0)

    def usage(self, space: str, kind: str | None = None) -> Usage:
        found = [one for key, one in self.records.items() if key.space == space and kind in {None, key.kind}]
        return Usage(len(found), sum(map(weight, found)))

    def person(self, handle: str, role: str) -> str | None:
        return self.people.get((handle, role))

    def with_records(self, records: Iterable[Record]) -> "DictReads":
        """Return the same with some records changed."""
        return DictReads([*self.records.values(), *records], self.people)


def decide(reads: DictReads, caller: Caller, now: int, name: str, args: dict[str, Any]) -> list[Record]:
    """Return the records that a command changes; raises the Problem it is refused with."""
    command = require_command(name, caller)
    context = Context(caller, f"mutation of {name}", Stamp(now, 0, caller.device), now, SECRET, reads)
    return command.decide(context, loaded(command.schema, args, "args"))
