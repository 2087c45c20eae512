"""Helpers for the records of a shared space, which one member makes and the other answers."""

from collections.abc import Mapping
from typing import Any

from schemas.errors import Forbidden, IdTaken, NotFound, WrongState
from server.commands import access
from server.commands.context import Args, Context
from server.commands.pairing.pairs import has_ended
from sync.record import Key, Record, membership_key


def added(context: Context, kind: str, args: Args, data: Mapping[str, Any], due: int | None = None) -> Record:
    """Return a new record of the caller's in a space that can be written to; raises NotFound, WrongState, IdTaken."""
    author = access.writer(context, args["space"])
    if context.reads.get(Key(args["space"], kind, args["id"])) is not None:
        raise IdTaken(f"Another {kind} has this id.", field="id", id=args["id"])
    return Record(args["id"], kind, args["space"], author, data, due=due)


def existing(context: Context, kind: str, args: Args, *states: str) -> Record:
    """Return a record that can be changed now, and is in one of some states; raises NotFound or WrongState."""
    access.writer(context, args["space"])
    return readable(context, kind, args, *states)


def readable(context: Context, kind: str, args: Args, *states: str) -> Record:
    """Return a record of a space that may be paused or over, in one of some states; raises NotFound or WrongState."""
    access.shared_space(context, args["space"])
    found = context.reads.get(Key(args["space"], kind, args["id"]))
    if found is None or found.deleted:
        raise NotFound(f"There is no such {kind}.", field="id", id=args["id"])
    if states and found.data["state"] not in states:
        raise WrongState(f"The state of this {kind} does not allow this now.", field="id", state=found.data["state"])
    return found


def own_words(context: Context, kind: str, args: Args) -> Record:
    """Return a record that the caller made and may take back, or its tombstone; raises NotFound or Forbidden."""
    found, member = said(context, kind, args)
    if not found.deleted and found.author != member:
        access.shared_space(context, args["space"])
        raise Forbidden(f"Only the person who made this {kind} can do that.", field="id", id=args["id"])
    return found


def said(context: Context, kind: str, args: Args) -> tuple[Record, str]:
    """Return a record, or its tombstone, in which words may be taken back, and the caller's member handle.

    Authors may take their words back in a space of any state, also after they blocked the other and cannot read the
    space any more. Raises NotFound: for such a caller, the same error as for a space that does not exist.
    """
    seen = unblocked(context, args["space"])
    access.shared_space(seen, args["space"])
    found = seen.reads.get(Key(args["space"], kind, args["id"]))
    if found is None:
        access.shared_space(context, args["space"])
        raise NotFound(f"There is no such {kind}.", field="id", id=args["id"])
    return found, access.member(seen, args["space"])


def require_mine(context: Context, record: Record) -> None:
    """Raise Forbidden unless the caller made a record."""
    if record.author != access.member(context, record.space):
        raise Forbidden(f"Only the person who made this {record.kind} can do that.", field="id")


def require_theirs(context: Context, record: Record) -> None:
    """Raise Forbidden unless the other member made a record."""
    if record.author == access.member(context, record.space):
        raise Forbidden(f"You made this {record.kind}; only the other person can answer it.", field="id")


def over(context: Context, record: Record) -> bool:
    """Tell whether the pairing that a record is part of has ended, so that nothing more may be shown in its space."""
    return has_ended(context, record.space)


def other_user(context: Context, space: str) -> str | None:
    """Return the user of the other member of a pairing, or None if nobody has joined yet."""
    users = access.shared_space(context, space).hidden["users"].values()
    return next((user for user in users if user != context.caller.user), None)


def unblocked(context: Context, space: str) -> Context:
    """Return a context as if the caller had not blocked the other: for reports, debriefs, escalations and own words."""
    key = membership_key(context.caller.user, space)
    return context.after([Record(key.id, key.kind, key.space)]) if access.has_left(context.reads.get(key)) else context
