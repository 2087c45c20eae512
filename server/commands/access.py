"""Who may read or write a space: one rule, for commands, outcomes, notifications, reads and account deletion.

A private space belongs to its user. A shared space has one record that holds its members, and each member has a record
`membership` in their private space. A user who blocks the other members loses this membership: it is a tombstone until
the user lifts the block. So a user's phones are shown the spaces of those memberships that are not tombstones. When a
membership changes, the user's phones join the space's room of the realtime server, or leave it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from schemas.errors import NotFound, WrongState
from server.commands.context import Context
from server.commands.reads import Reads
from sync.record import Key, Record, Wire, is_private, membership_key, private, space_id

Answer = TypeVar("Answer")


class SharedSpace(NamedTuple):
    """A type of space that several users share."""

    kind: str  # of the record that holds the members: its ``hidden["users"]`` is {member: user}
    leave: str  # the command by which a user leaves it for good; its only argument is named like ``kind``


SHARED_SPACES = {"pair": SharedSpace("pairing", "pairing.end")}  # by the prefix of the space's name
WRITABLE = {"active", "handover"}  # states of a shared space in which all its members can write


def shared_space_key(space: str) -> Key | None:
    """Return the key of the record that holds the members of a shared space; None for any other space."""
    sort = SHARED_SPACES.get(space.partition(":")[0])
    return None if sort is None else Key(space, sort.kind, space_id(space))


def has_readers(space: str) -> bool:
    """Tell whether users may ever read a space. All but private and shared spaces are for Beside's own use."""
    return is_private(space) or shared_space_key(space) is not None


def find_shared_space(reads: Reads, space: str) -> Record | None:
    """Return the record that holds the members of a shared space, or None. Does not check who asks."""
    key = shared_space_key(space)
    return None if key is None else reads.get(key)


def has_left(membership: Record | None) -> bool:
    """Tell whether a user was in a space and may not read it any more."""
    return membership is not None and membership.deleted


def may_read(reads: Reads, user: str, space: str) -> bool:
    """Tell whether a user may read a space."""
    return space == private(user) or _may_read(reads, user, find_shared_space(reads, space))


def readers(get: Callable[[Iterable[Key]], Mapping[Key, Record]], spaces: Iterable[str]) -> dict[str, set[str]]:
    """Return {space: users who may read it} in two calls of ``get``, which returns those records that exist."""
    spaces = set(spaces)
    own = {space: {space_id(space)} if is_private(space) else set() for space in spaces}
    found = get(key for key in map(shared_space_key, spaces) if key is not None)
    shared = {record.space: set(record.hidden["users"].values()) for record in found.values()}
    ended = [(user, space) for (space, *_), record in found.items() if _may_be_left(record) for user in shared[space]]
    memberships = get(membership_key(*one) for one in ended)
    for user, space in ended:
        if has_left(memberships.get(membership_key(user, space))):
            shared[space].discard(user)
    return own | shared


def shared_space(context: Context, space: str) -> Record:
    """Return the record that holds the members of a shared space; raises NotFound.

    The error is the same for a space that does not exist and for one that the caller may not read.
    """
    record = find_shared_space(context.reads, space)
    if record is None or not _may_read(context.reads, context.caller.user, record):
        raise not_a_member(space)
    return record


def member(context: Context, space: str) -> str:
    """Return the caller's member handle in a space (in their private space: their user); raises NotFound."""
    if space == private(context.caller.user):
        return context.caller.user
    return _member(context, shared_space(context, space))


def writer(context: Context, space: str) -> str:
    """Return the caller's member handle in a shared space that can be written to now; raises NotFound or WrongState."""
    record = shared_space(context, space)
    if record.data["state"] not in WRITABLE:
        raise WrongState(
            "Nothing can be written in this space now; `details.state` is the state of its pairing.",
            space=space,
            state=record.data["state"],
        )
    return _member(context, record)


def began_at(context: Context, space: str) -> int | None:
    """Return when a shared space of the caller's began, in ms; None if it began before Beside stored this time."""
    began: int | None = shared_space(context, space).hidden.get("began_at")
    return began


def is_writable(reads: Reads, space: str) -> bool:
    """Tell whether the members of a shared space can write in it now. Does not check who asks."""
    record = find_shared_space(reads, space)
    return record is not None and record.data["state"] in WRITABLE


def read_as_member(is_member: Callable[[], bool], space: str, read: Callable[[], Answer]) -> Answer:
    """Return the result of a read of a space by a user who may read it; raises NotFound.

    Membership is checked before and after the read, so the result was read while the user was a member.
    """
    if not is_member():
        raise not_a_member(space)
    answer = read()
    if not is_member():
        raise not_a_member(space)
    return answer


def leaving(space: str) -> Wire | None:
    """Return ``{name, args}`` of the command by which a user leaves a shared space for good; None for other spaces."""
    sort = SHARED_SPACES.get(space.partition(":")[0])
    return None if sort is None else {"name": sort.leave, "args": {sort.kind: space_id(space)}}


def not_a_member(space: str) -> NotFound:
    """Return the error for a space that does not exist, or that the caller may not read."""
    return NotFound("There is no such space.", field="space", space=space)


def _may_read(reads: Reads, user: str, record: Record | None) -> bool:
    """Tell whether a user may read a shared space, given the record of its members."""
    if record is None or user not in record.hidden["users"].values():
        return False
    return not _may_be_left(record) or not has_left(reads.get(membership_key(user, record.space)))


def _may_be_left(record: Record) -> bool:
    """Tell whether memberships of a shared space can be tombstones: only once it has ended, as a block ends it."""
    return bool(record.data["state"] == "ended")


def _member(context: Context, record: Record) -> str:
    users: Mapping[str, str] = record.hidden["users"]
    return next(member for member, user in users.items() if user == context.caller.user)
