"""Commands: what can be asked for. A command decides; it writes nothing."""

import hmac
from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import Schema

from schemas.errors import UnknownCommand
from server.commands.reads import Overlay, Reads
from sync.clock import Stamp, clamped
from sync.record import Key, Record, private

Args = Mapping[str, Any]
Clock = Callable[[], int]  # ms since the epoch
Decide = Callable[["Context", Args], list[Record]]

URGENT_COMMAND = "sos.raise"  # the command that waits for nothing that was asked before it


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user, on one of their phones."""

    user: str
    device: str
    role: str
    expires_at: int = 2**53  # ms since the epoch: when the caller's token does


SYSTEM = Caller("system", "timers", "system")  # Beside itself; no account can have this role


@dataclass(frozen=True, slots=True)
class Context:
    """What a command decides with. The same mutation meets the same decision, whenever it is asked again."""

    caller: Caller
    mutation: str  # the mutation's id
    claimed: Stamp  # when the phone says that it asked
    now: int  # ms since the epoch, the server's clock
    secret: bytes
    reads: Reads

    @property
    def stamp(self) -> Stamp:
        """When the phone asked, never much later than the server's clock."""
        return clamped(self.claimed, self.now)

    def merged(self, record: Record, values: Mapping[str, Any], rules: Mapping[str, str]) -> Record:
        """Return a record with some fields set when the phone asked, each by its rule. One that is deleted stays so."""
        stamps = {name: clamped(self.claimed, self.now, record.stamps.get(name)) for name in values}
        return record.merged(values, stamps, rules)

    def after(self, records: Iterable[Record]) -> "Context":
        """Return what the next step of one decision is decided with: it sees what the steps before it changed."""
        return replace(self, reads=Overlay(self.reads, {record.key: record for record in records}))

    def derive(self, *parts: str) -> bytes:
        """Return 32 bytes that only this server can compute, the same for the same parts."""
        return hmac.digest(self.secret, "\0".join(parts).encode(), "sha256")

    def derived_id(self, *parts: str, length: int = 26) -> str:
        """Return an id of small letters and digits that looks random, the same for the same parts."""
        return base32(self.derive(*parts))[:length].lower()


def base32(raw: bytes) -> str:
    """Return bytes as capital letters and digits."""
    return b32encode(raw).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be asked for: its name, its shape, the function that decides, and what it is about."""

    name: str
    schema: Schema
    decide: Decide
    internal: bool = False  # asked for by Beside itself, and by nobody else
    creates: bool = False  # whether the record it is about is new

    @property
    def kind(self) -> str:
        """The kind of record it is about."""
        return self.name.partition(".")[0]

    def targets(self, caller: Caller, args: Args) -> list[Key]:
        """Return the record that these args name, if they do, so that it can be read ahead together with others."""
        if "id" not in args:
            return []
        return [Key(args.get("space", private(caller.user)), self.kind, args["id"])]


COMMANDS: dict[str, Command] = {}


def command(
    name: str, schema: type[Schema], *, internal: bool = False, creates: bool = False
) -> Callable[[Decide], Decide]:
    """Register the function that decides what a mutation of this name changes."""

    def register(decide: Decide) -> Decide:
        COMMANDS[name] = Command(name, schema(), decide, internal, creates)
        return decide

    return register


def require_command(name: str, caller: Caller) -> Command:
    """Return the command of a name that a caller may know of; raises UnknownCommand."""
    found = COMMANDS.get(name)
    if found is None or (found.internal and caller.role != SYSTEM.role):
        raise UnknownCommand("There is no such command.", field="name", name=name[:80])
    return found
