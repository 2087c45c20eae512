"""Notes: free private records. Their fields merge one by one; delete wins."""

from schemas.base import merge_rules
from schemas.note import DeleteNote, PutNote
from server.commands.context import Args, Context, command
from sync.record import Key, Record, private

RULES = merge_rules(PutNote)


@command("note.put", PutNote)
def put(context: Context, args: Args) -> list[Record]:
    """Write a note of mine, or some of its fields."""
    note = _existing(context, args["id"])
    return [context.merged(note, {name: args[name] for name in RULES if name in args}, RULES)]


@command("note.delete", DeleteNote, exempt=True)
def delete(context: Context, args: Args) -> list[Record]:
    """Delete a note of mine. One that this server never saw leaves a tombstone too: its `note.put` may arrive later."""
    note = _existing(context, args["id"])
    return [note if note.deleted else note.tombstone()]


def _existing(context: Context, name: str) -> Record:
    space = private(context.caller.user)
    return context.reads.get(Key(space, "note", name)) or Record(name, "note", space, context.caller.user)
