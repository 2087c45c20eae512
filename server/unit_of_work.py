"""Several commands decided together: each sees the decisions before it, and all are stored together."""

from typing import Any

from marshmallow import Schema

from server.commands.context import Caller, Context, require_command
from server.commands.reads import Overlay, Usage
from server.limits.admission import Admission, files_report
from server.store.change_set import ChangeSet
from server.validation import loaded
from sync.clock import Stamp
from sync.record import Key, Record


class UnitOfWork:
    """A view of the store with the decisions of one caller on top. Nothing is written until all are decided."""

    def __init__(
        self, caller: Caller, change_set: ChangeSet, admission: Admission, name: str, now: int, secret: bytes
    ) -> None:
        """Take a name that stays the same when the work is decided again, and the server's time in ms."""
        self.caller, self.now, self.name = caller, now, name
        self._change_set, self._admission, self._secret = change_set, admission, secret
        self.commands: list[str] = []  # names of the decided commands; "" for a row that was charged without a command
        self.reports = 0  # how many of the commands file a report
        self.changed: dict[Key, Record] = {}

    def get(self, key: Key) -> Record | None:
        """Return a record as the decisions so far leave it, or None."""
        return self.changed.get(key) or self._change_set.get(key)

    def of_kind(self, space: str, kind: str) -> list[Record]:
        """Return every record of a kind in a space, as the decisions so far leave them."""
        return Overlay(self._change_set, self.changed).of_kind(space, kind)

    def newest_message(self, space: str) -> int:
        """Return the first_seq of the newest message of a space, without the decisions so far."""
        return self._change_set.newest_message(space)

    def last_seq(self, space: str) -> int:
        """Return the seq of the last change in a space, without the decisions so far."""
        return self._change_set.last_seq(space)

    def usage(self, space: str, kind: str | None = None) -> Usage:
        """Return the number and size of the records in a space, or of one kind, without the decisions so far."""
        return self._change_set.usage(space, kind)

    def person(self, handle: str, role: str) -> str | None:
        """Return the user who has this handle and this role, or None."""
        return self._change_set.person(handle, role)

    def read_ahead(self, keys: list[Key]) -> None:
        """Read at once the records that the work will read or change."""
        self._change_set.read_ahead(keys)

    def shape(self, command: str) -> Schema:
        """Return the marshmallow schema of a command's arguments; raises UnknownCommand."""
        return require_command(command, self.caller).schema

    def decide(self, name: str, args: Any, stamp: Stamp) -> list[Record]:
        """Return the records that a command would change; raises Refused, or NotYet if it is not admitted now."""
        command = require_command(name, self.caller)
        self.commands.append(name)
        mutation = f"{self.name}-{len(self.commands)}"
        context = Context(self.caller, mutation, stamp, self.now, self._secret, self)
        read = loaded(command.schema, args, "args")
        self.reports += files_report(name, read)
        return self._admission.decide(context, command, read)

    def charge(self, rows: int) -> None:
        """Count rows for which no command is decided as mutations of the caller; raises RateLimited."""
        self._admission.require_mutations(self.caller)
        self.commands += [""] * rows

    def take(self, records: list[Record]) -> None:
        """Add decided records to the unit of work."""
        self.changed |= {record.key: record for record in records}
