"""What lies in a shared space: made by one of those who share it, and answered by the other."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.errors import Forbidden, IdTaken, NotFound, WrongState
from server.commands.context import Args, Context
from server.commands.matching.requests import require_due
from server.commands.pairing.pairs import has_ended
from sync.record import Key, Record, private


def added(context: Context, kind: str, args: Args, data: Mapping[str, Any], due: int | None = None) -> Record:
    """Return a new record of the caller's in a space that can be written to; raises NotFound, WrongState, IdTaken."""
    author = context.writer(args["space"])
    if context.reads.get(Key(args["space"], kind, args["id"])) is not None:
        raise IdTaken(f"Another {kind} has this id.", field="id", id=args["id"])
    return Record(args["id"], kind, args["space"], author, data, due=due)


def existing(context: Context, kind: str, args: Args, *states: str) -> Record:
    """Return a record that can be changed now, and is in one of some states; raises NotFound or WrongState."""
    context.writer(args["space"])
    return readable(context, kind, args, *states)


def readable(context: Context, kind: str, args: Args, *states: str) -> Record:
    """Return a record of a space that may be paused or over, in one of some states; raises NotFound or WrongState."""
    context.shared_space_record(args["space"])
    found = context.reads.get(Key(args["space"], kind, args["id"]))
    if found is None or found.deleted:
        raise NotFound(f"There is no such {kind}.", field="id", id=args["id"])
    if states and found.data["state"] not in states:
        raise WrongState(f"This {kind} has moved on.", field="id", state=found.data["state"])
    return found


def require_mine(context: Context, record: Record) -> None:
    """Raise Forbidden unless the caller made a record."""
    if record.author != context.member(record.space):
        raise Forbidden(f"Only who made this {record.kind} can do that.", field="id")


def require_theirs(context: Context, record: Record) -> None:
    """Raise Forbidden unless the other made a record."""
    if record.author == context.member(record.space):
        raise Forbidden(f"This {record.kind} is yours; the other answers it.", field="id")


def put(record: Record, state: str, **data: Any) -> Record:
    """Return a record in another state, with some of its data set. Nothing waits for it any more."""
    return replace(record, data={**record.data, "state": state, **data}, due=None)


def due_now(context: Context, kind: str, args: Args) -> Record | None:
    """Return the record that is due, or None if there is nothing to do; raises TryLater too early."""
    found = context.reads.get(Key(args["space"], kind, args["id"]))
    if found is None or found.due is None:
        return None
    require_due(context, found.due)
    return found


def over(context: Context, record: Record) -> bool:
    """Tell whether what a record is part of has ended, so that nothing more is told there."""
    return has_ended(context, record.space)


def idle(record: Record) -> Record:
    """Return a record that nothing waits for any more; that is not shown to anybody."""
    return replace(record, due=None)


def other_user(context: Context, space: str) -> str | None:
    """Return the account of the other in a pairing, or None if there is nobody yet."""
    users = context.shared_space_record(space).hidden["users"].values()
    return next((user for user in users if user != context.caller.user), None)


def unblocked(context: Context, space: str) -> Context:
    """Return what is decided with as if the caller had not blocked the other: for a report, or a talk about it."""
    block = context.reads.get(Key(private(context.caller.user), "block", space.replace(":", ".", 1)))
    return context if block is None else context.after([replace(block, data={**block.data, "lifted": True})])
