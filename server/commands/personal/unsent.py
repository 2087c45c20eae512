"""Rows that a client database wrote and the server refused. `sync/client_databases/unsent.py` stores them."""

from schemas.unsent import DiscardUnsent
from server.commands.context import Args, Context, command
from sync.record import Key, Record, private


@command("unsent.discard", DiscardUnsent, exempt=True)
def discard(context: Context, args: Args) -> list[Record]:
    """Delete a row of mine that was refused, once I have seen it."""
    space, name = private(context.caller.user), args["id"]
    found = context.reads.get(Key(space, "unsent", name)) or Record(name, "unsent", space, context.caller.user)
    return [found if found.deleted else found.tombstone()]
