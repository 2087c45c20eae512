"""Account deletions: each has a record that is due a minute later, so that the deletion goes on until it is done.

In that minute the request itself deletes the account. If it was cut off, the timer completes it. The timer also removes
what a phone that was still connected stored at the last moment.
"""

from schemas.leaving import BeginLeaving, EndLeaving
from server.commands.context import Args, Context, command
from server.commands.due import on_due
from server.commands.states import due_now
from sync.clock import MINUTE
from sync.record import Key, Record, leaving_space


@command("leaving.begin", BeginLeaving, internal=True)
def begin(context: Context, args: Args) -> list[Record]:
    """Note that an account is being deleted. The first choice of what becomes of the user's words counts."""
    key = Key(leaving_space(args["user"]), "leaving", args["user"])
    if context.reads.get(key) is not None:
        return []
    data = {"role": args["role"], "said": args["said"]}
    return [Record(key.id, key.kind, key.space, data=data, due=context.now + MINUTE)]


@on_due("leaving", "end", EndLeaving)
def end(context: Context, args: Args) -> list[Record]:
    """Remove the record of a deletion: the account is deleted."""
    leaving = due_now(context, "leaving", args)
    return [] if leaving is None else [leaving.tombstone()]
