"""Positions: how far a user has received and read a space. They only ever move forward, and only the user sees them."""

from dataclasses import replace

from schemas.base import Turn
from schemas.position import Delivered, Read
from server.commands import access
from server.commands.context import Args, Caller, Context, command
from server.commands.conversation import receipt
from server.commands.conversation.arrival import arrived, with_arrival
from server.commands.due import on_due
from server.commands.states import due_now, idle
from sync.record import Record, notification_space, position_key, private, undotted


def _observed(caller: Caller, args: Args) -> list[str]:
    """Return the spaces that hold a position, that it is about, and (not for ``show``) that hold the arrivals."""
    if "id" in args:
        return [args["space"], undotted(args["id"])]
    return [private(caller.user), args["space"], notification_space(caller.user)]


@command("position.delivered", Delivered, observes=_observed)
def delivered(context: Context, args: Args) -> list[Record]:
    """Say that messages up to a seq have arrived."""
    return _moved(context, args, ["delivered"])


@command("position.read", Read, observes=_observed)
def read(context: Context, args: Args) -> list[Record]:
    """Say that I have read up to a seq; what is read has also arrived."""
    return _moved(context, args, ["delivered", "read"])


@on_due("position", "show", Turn, observes=_observed)
def show(context: Context, args: Args) -> list[Record]:
    """Show the other member those parts of a position that are due. After the end of a pairing, nothing is shown."""
    position = due_now(context, "position", args)
    if position is None:
        return []
    pairing = access.find_shared_space(context.reads, position.data["where"])
    if pairing is None or not receipt.is_shown_in(pairing):
        return [idle(position)]
    return receipt.shown(context, pairing, position)


def _moved(context: Context, args: Args, names: list[str]) -> list[Record]:
    """Return the caller's position, moved to a seq but without a time, and the record `arrival` if it changes.

    A seq after the newest message counts as that of the newest message. A receipt has a seq as well, so otherwise each
    receipt that a phone reads would move its position and cause another receipt.
    """
    pairing = access.shared_space(context, args["space"])
    key = position_key(context.caller.user, pairing.space)
    new = Record(key.id, key.kind, key.space, context.caller.user, {"where": pairing.space})
    before = context.reads.get(key) or new
    here, is_read = min(args["seq"], context.reads.last_seq(pairing.space)), "read" in names
    seq = min(args["seq"], context.reads.newest_message(pairing.space))
    ahead = {name: seq for name in names if seq > before.data.get(name, 0)}
    if not ahead:
        return [before, *arrived(context, before, here, is_read=is_read)]
    moved = replace(before, data={**before.data, **ahead})
    moved = with_arrival(context, moved, here, is_read=is_read)
    return [receipt.planned(context, pairing, before, moved) if receipt.is_shown_in(pairing) else moved]
