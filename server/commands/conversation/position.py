"""Positions: how far a member has received and read. They only ever move forward."""

from schemas.position import RULES, Delivered, Read
from server.commands import access
from server.commands.context import Args, Context, command
from sync.record import Key, Record


@command("position.delivered", Delivered)
def delivered(context: Context, args: Args) -> list[Record]:
    """Say that messages up to a seq have arrived."""
    return [_moved(context, args, ["delivered"])]


@command("position.read", Read)
def read(context: Context, args: Args) -> list[Record]:
    """Say that I have read up to a seq; what is read has also arrived."""
    return [_moved(context, args, ["delivered", "read"])]


def _moved(context: Context, args: Args, names: list[str]) -> Record:
    """Return the caller's positions, moved on to a seq. A seq past the end of the space counts as the end."""
    space = access.shared_space(context, args["space"]).space
    member = access.member(context, space)
    position = context.reads.get(Key(space, "position", member)) or Record(member, "position", space, member)
    seq = min(args["seq"], context.reads.head(space))
    ahead = {name: seq for name in names if seq > position.data.get(name, 0)}
    return context.merged(position, ahead, RULES)
