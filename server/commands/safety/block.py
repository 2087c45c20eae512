"""Blocks: the pairing ends at once, and nothing more of it arrives. The other member sees an ordinary ending."""

from schemas.block import LiftBlock, SetBlock
from schemas.errors import NotFound, WrongState
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import other_user, unblocked
from server.commands.matching import people
from server.commands.pairing.pairing import exclude, parted_for_good
from server.commands.pairing.pairs import membership
from server.commands.safety.alarm import hung_up
from server.commands.safety.report import filed
from server.commands.states import with_data
from sync.record import Key, Record, dotted, membership_key, private


@command("block.set", SetBlock, exempt=True)
def put(context: Context, args: Args) -> list[Record]:
    """Block the other in a pairing, and report them in the same step if I want.

    The space leaves my phones, and nothing that is still on its way arrives. What we wrote is kept, and comes back if I
    lift the block.
    """
    before = _block(context, args["space"])
    if before is not None and not before.data["lifted"]:
        return [before, *_reported(unblocked(context, args["space"]), args)]
    pairing = access.shared_space(context, args["space"])
    other = other_user(context, args["space"])
    if other is None:
        raise WrongState(
            "Nobody has joined this pairing yet; there is nobody to block.", field="space", state=pairing.data["state"]
        )
    report = _reported(context, args)
    mine = context.reads.get(membership_key(context.caller.user, pairing.space))
    gone = [mine.tombstone()] if mine is not None and not mine.deleted else []
    data = {"where": pairing.space, "at": context.now, "lifted": False}
    block = Record(dotted(pairing.space), "block", private(context.caller.user), context.caller.user, data)
    return [*gone, block, *report, *_apart(context, pairing, other)]


@command("block.lift", LiftBlock, exempt=True)
def lift(context: Context, args: Args) -> list[Record]:
    """Lift a block, so that I can read again what we wrote."""
    block = _block(context, args["space"])
    if block is None:
        raise NotFound("You have not blocked anybody in this space.", field="space", space=args["space"])
    if block.data["lifted"]:
        return [block]
    context = unblocked(context, args["space"])
    member = access.member(context, args["space"])
    role = access.shared_space(context, args["space"]).data["members"][member]["role"]
    return [with_data(block, lifted=True), membership(args["space"], context.caller.user, member, role)]


def _apart(context: Context, pairing: Record, other: str) -> list[Record]:
    """Return what changes so that two people never meet again, also if their pairing had ended already."""
    by_peer = pairing.hidden["peer"] == context.caller.user
    if pairing.data["state"] != "ended":
        return parted_for_good(context, pairing, "block", None, rematched=by_peer)
    peer = people.excluding(people.peer(context, pairing.hidden["peer"]), pairing.hidden["specialist"], "block", None)
    records = [peer, *exclude(context.after([peer]), peer, pairing.hidden["specialist"])]
    return [*records, *hung_up(context.after(records), context.caller.user, other)]


def _block(context: Context, space: str) -> Record | None:
    return context.reads.get(Key(private(context.caller.user), "block", dotted(space)))


def _reported(context: Context, args: Args) -> list[Record]:
    """Return the report that comes with a block. A report that is known already does not make the block fail."""
    if "report" not in args:
        return []
    known = context.reads.get(Key(private(context.caller.user), "report", args["report"]["id"]))
    return [known] if known is not None else filed(context, {**args["report"], "space": args["space"]})
