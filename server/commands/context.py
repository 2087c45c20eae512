"""Commands: the code for each mutation name. A command decides which records change; it writes nothing."""

import hmac
from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import Schema

from schemas.errors import UnknownCommand
from server.commands.reads import Overlay, Reads
from sync.clock import Stamp, clamped, plausible
from sync.record import Key, Record, private

Args = Mapping[str, Any]
Clock = Callable[[], int]  # ms since the epoch
Decide = Callable[["Context", Args], list[Record]]
Observes = Callable[["Caller", Args], list[str]]  # the spaces that a decision reads but does not always write

STAFF = ("operator", "supervisor")  # the roles that look after others
URGENT_COMMAND = "sos.raise"  # the command that waits for no earlier mutation of its phone


@dataclass(frozen=True, slots=True)
class Caller:
    """The user who asks, and the phone that they use."""

    user: str
    device: str
    role: str
    expires_at: int = 2**53  # ms since the epoch: when the caller's token expires
    suspended_until: int = 0  # ms since the epoch: the caller may only read, appeal and call for help until then


DEMO = "demo-"  # begins the ids of demo accounts; all other ids are UUIDs
SYSTEM = Caller("system", "timers", "system")  # Beside itself; no account can have this role


def is_demo(user: str) -> bool:
    """Tell whether a user is a demo account. Any visitor can use one, so nothing it does may reach real people."""
    return user.startswith(DEMO)


@dataclass(frozen=True, slots=True)
class Context:
    """The inputs of a decision. A mutation that is decided again with the same inputs is decided the same."""

    caller: Caller
    mutation: str  # the mutation's id
    claimed: Stamp  # when the user asked, by the phone's clock
    now: int  # ms since the epoch, the server's clock
    secret: bytes
    reads: Reads

    @property
    def stamp(self) -> Stamp:
        """When the user asked, by the phone's clock; the server's time if that is more than ``DRIFT`` ahead."""
        return clamped(self.claimed, self.now)

    def told(self, since: int | None = None) -> Stamp:
        """Return when the user asked, for a time that is shown or counted; the server's time if that is impossible.

        A time before ``since`` (ms), when the space or pairing began, is impossible. To order edits use ``stamp``.
        """
        return plausible(self.claimed, self.now, since or 0)

    def merged(self, record: Record, values: Mapping[str, Any], rules: Mapping[str, str]) -> Record:
        """Return a record with some fields set as of the stamp, each by its rule. A deleted one stays deleted."""
        stamps = {name: clamped(self.claimed, self.now, record.stamps.get(name)) for name in values}
        return record.merged(values, stamps, rules)

    def after(self, records: Iterable[Record]) -> "Context":
        """Return the context for the next step of the same decision, in which the given records are changed already."""
        return replace(self, reads=Overlay(self.reads, {record.key: record for record in records}))

    def derive(self, *parts: str) -> bytes:
        """Return 32 bytes that only this server can compute, the same for the same parts."""
        return hmac.digest(self.secret, "\0".join(parts).encode(), "sha256")

    def derived_id(self, *parts: str, length: int = 26) -> str:
        """Return an id of small letters and digits that looks random, the same for the same parts."""
        return base32(self.derive(*parts))[:length].lower()


def base32(raw: bytes) -> str:
    """Return bytes in base32, as capital letters and digits without padding."""
    return b32encode(raw).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Command:
    """The code for one mutation name: the schema of its arguments, and the function that decides."""

    name: str
    schema: Schema
    decide: Decide
    internal: bool = False  # only Beside itself may ask for it
    creates: bool = False  # True if it makes the record that its arguments name
    exempt: bool = False  # True if no rate limit and no full disk refuses it: calls for help, deletes, blocks, reports
    observes: Observes | None = None  # spaces that it reads, and often does not change

    @property
    def kind(self) -> str:
        """The kind of record that the command is about."""
        return self.name.partition(".")[0]

    def targets(self, caller: Caller, args: Args) -> list[Key]:
        """Return the key of the record that the args name, or no key, so that it can be read ahead with others."""
        if "id" not in args:
            return []
        return [Key(args.get("space", private(caller.user)), self.kind, args["id"])]

    def observed(self, caller: Caller, args: Args) -> list[str]:
        """Return the spaces that a decision must read afresh: a commit proves the state only of spaces it writes."""
        return [] if self.observes is None else self.observes(caller, args)


COMMANDS: dict[str, Command] = {}


def command(
    name: str,
    schema: type[Schema],
    *,
    internal: bool = False,
    creates: bool = False,
    exempt: bool = False,
    observes: Observes | None = None,
) -> Callable[[Decide], Decide]:
    """Register the function that decides what a mutation of this name changes."""

    def register(decide: Decide) -> Decide:
        COMMANDS[name] = Command(name, schema(), decide, internal, creates, exempt, observes)
        return decide

    return register


def require_command(name: str, caller: Caller) -> Command:
    """Return the command of a name; raises UnknownCommand, also to a user who names an internal command."""
    found = COMMANDS.get(name)
    if found is None or (found.internal and caller.role != SYSTEM.role):
        raise UnknownCommand("There is no such command; /docs lists all commands.", field="name", name=name[:80])
    return found
