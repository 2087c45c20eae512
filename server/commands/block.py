"""Blocking: it ends at once, and what is not here yet never comes. The other sees an ending like any other."""

from schemas.block import LiftBlock, SetBlock
from server.command import Args, Context, command
from server.commands import people
from server.commands.exclusions import parted_for_good, shunned
from server.commands.pairs import membership
from server.commands.reports import filed
from server.commands.shared import other_user
from server.errors import NotFound, WrongState
from server.records import Key, Record, private


@command("block.set", SetBlock)
def put(context: Context, args: Args) -> list[Record]:
    """Block the other in a pairing, and report them in the same step if I want.

    The space leaves my phones, with all that is still on its way. What we wrote is kept, and comes back if I lift it.
    """
    before = _block(context, args["space"])
    if before is not None and not before.data["lifted"]:
        return [before]
    pairing = context.house(args["space"])
    if other_user(context, args["space"]) is None:
        raise WrongState("There is nobody here yet; take the invitation back.", field="space", state="invited")
    report = filed(context, {**args["report"], "space": pairing.space}) if "report" in args else []
    mine = context.view.get(Key(private(context.caller.user), "membership", _dotted(pairing.space)))
    gone = [mine.tombstone()] if mine is not None and not mine.deleted else []
    data = {"where": pairing.space, "at": context.now, "lifted": False}
    block = Record(_dotted(pairing.space), "block", private(context.caller.user), context.caller.user, data)
    return [*gone, block, *report, *_apart(context, pairing)]


@command("block.lift", LiftBlock)
def lift(context: Context, args: Args) -> list[Record]:
    """Let me read again what we wrote."""
    block = _block(context, args["space"])
    if block is None:
        raise NotFound("You have blocked nobody here.", field="space", space=args["space"])
    if block.data["lifted"]:
        return [block]
    lifted = people.having(block, lifted=True)
    pairing = context.after([lifted]).house(args["space"])
    member = context.after([lifted]).member(args["space"])
    role = pairing.data["members"][member]["role"]
    return [lifted, membership(pairing.space, context.caller.user, member, role)]


def _apart(context: Context, pairing: Record) -> list[Record]:
    """Return what parts two people for good, now or after they had parted already."""
    by_peer = pairing.hidden["peer"] == context.caller.user
    if pairing.data["state"] != "ended":
        return parted_for_good(context, pairing, "block", None, rematched=by_peer)
    peer = people.excluding(people.peer(context, pairing.hidden["peer"]), pairing.hidden["specialist"], "block", None)
    return [peer, *shunned(context.after([peer]), peer, pairing.hidden["specialist"])]


def _block(context: Context, space: str) -> Record | None:
    return context.view.get(Key(private(context.caller.user), "block", _dotted(space)))


def _dotted(space: str) -> str:
    return space.replace(":", ".", 1)
