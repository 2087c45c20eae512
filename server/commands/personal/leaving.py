"""The deletion of an account that goes on until it is done: a record that is due a minute later.

Until then the request itself does it. What was cut off halfway, and what a phone that was still connected has stored in
the last moment, is done and removed by the timer.
"""

from schemas.leaving import BeginLeaving, EndLeaving
from server.commands.context import Args, Context, command
from server.commands.due import on_due
from server.commands.states import due_now
from sync.clock import MINUTE
from sync.record import Key, Record, leaving_space


@command("leaving.begin", BeginLeaving, internal=True)
def begin(context: Context, args: Args) -> list[Record]:
    """Note that an account is being deleted. The first choice of what becomes of what was said counts."""
    key = Key(leaving_space(args["user"]), "leaving", args["user"])
    if context.reads.get(key) is not None:
        return []
    data = {"role": args["role"], "said": args["said"]}
    return [Record(key.id, key.kind, key.space, data=data, due=context.now + MINUTE)]


@on_due("leaving", "end", EndLeaving)
def end(context: Context, args: Args) -> list[Record]:
    """Forget that an account was deleted: it is done."""
    leaving = due_now(context, "leaving", args)
    return [] if leaving is None else [leaving.tombstone()]
