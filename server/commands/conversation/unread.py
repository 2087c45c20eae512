"""Marking as unread: a private record that merges. The mark ends by itself when the user reads further."""

from schemas.base import merge_rules
from schemas.unread import NO_MARK, ClearUnread, MarkUnread
from server.commands import access
from server.commands.context import Args, Caller, Context, command
from server.commands.states import with_data
from sync.record import Key, Record, dotted, position_key, private

RULES = merge_rules(MarkUnread)


def _observed(caller: Caller, args: Args) -> list[str]:
    """Return the space that holds a mark, and the space that it is about."""
    return [private(caller.user), args["space"]]


@command("unread.mark", MarkUnread, observes=_observed)
def mark(context: Context, args: Args) -> list[Record]:
    """Count a conversation as unread from one message on."""
    return [_marked(context, args["space"], args["seq"])]


@command("unread.clear", ClearUnread, observes=_observed)
def clear(context: Context, args: Args) -> list[Record]:
    """Remove the mark."""
    return [_marked(context, args["space"], NO_MARK)]


def unread_key(user: str, space: str) -> Key:
    """Return the key of the record that says from which message on a user has marked a space as unread."""
    return Key(private(user), "unread", dotted(space))


def unread_from(mark: Record | None, read: int) -> int | None:
    """Return the first_seq from which a space counts as unread by a mark, or None; ``read``: the read position now."""
    if mark is None or mark.deleted or mark.data["seq"] == NO_MARK or mark.data["read"] != read:
        return None
    return int(mark.data["seq"])


def _marked(context: Context, space: str, seq: int) -> Record:
    pairing = access.shared_space(context, space)
    key, position = unread_key(context.caller.user, space), context.reads.get(position_key(context.caller.user, space))
    read = 0 if position is None else position.data.get("read", 0)
    new = Record(key.id, key.kind, key.space, context.caller.user, {"where": pairing.space, "seq": NO_MARK, "read": 0})
    before = context.reads.get(key) or new
    seq = min(seq, context.reads.newest_message(pairing.space))
    after = context.merged(before, {"seq": seq}, RULES)
    return after if after.stamps == before.stamps else with_data(after, read=read)
