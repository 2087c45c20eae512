"""Escalations: a specialist's permanent records of what was told to others about a peer.

The peer can read an escalation, unless it gives a reason why not. It always names the person who decided.
"""

from dataclasses import replace

from schemas.errors import Forbidden, IdTaken, NotFound
from schemas.escalation import RecordEscalation, TellEscalation
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import unblocked
from server.commands.matching import people
from sync.record import FAR, Key, Record, private, space_id


@command("escalation.record", RecordEscalation, exempt=True)
def record(context: Context, args: Args) -> list[Record]:
    """Record that something about the peer was told to others."""
    if context.caller.role == "specialist":  # after a block, a specialist may still have to write this
        context = unblocked(context, args["space"])
    pairing = access.shared_space(context, args["space"])
    if pairing.hidden["specialist"] != context.caller.user:
        raise Forbidden("Only the specialist of this pairing can record an escalation.", field="space")
    shared = Key(pairing.space, "escalation", args["id"])
    own = Key(private(context.caller.user), "escalation", _name(args))
    if context.reads.get(shared) is not None or context.reads.get(own) is not None:
        raise IdTaken("Another escalation has this id; one can never be changed.", field="id", id=args["id"])
    said = {name: args[name] for name in ("ground", "to", "told", "messages", "consent", "decided_by")}
    at = context.told(pairing.hidden.get("began_at")).at
    data = {**said, "why_not": args.get("why_not"), "at": at, "where": pairing.space}
    if "why_not" in args:
        told = {**data, "told_at": None}
        return [Record(own.id, own.kind, own.space, context.caller.user, told, hidden=_seen(context), due=FAR)]
    told = {**data, "told_at": context.now}
    member = access.member(context, pairing.space)
    hidden = {**_seen(context), **_told(context)}
    return [Record(shared.id, shared.kind, shared.space, member, told, hidden=hidden, due=FAR)]


@command("escalation.tell", TellEscalation)
def tell(context: Context, args: Args) -> list[Record]:
    """Show the peer an escalation that was not shown when it was recorded."""
    kept = context.reads.get(Key(private(context.caller.user), "escalation", _name(args)))
    if kept is None:
        raise NotFound(
            "There is no such escalation, or the peer has been told of it already.", field="id", id=args["id"]
        )
    if kept.data["told_at"] is not None:
        return [kept]
    data, hidden = {**kept.data, "told_at": context.now}, {**kept.hidden, **_told(context)}
    member = access.member(unblocked(context, args["space"]), args["space"])
    copy = Record(args["id"], "escalation", args["space"], member, data, hidden=hidden)
    return [replace(kept, data=data, hidden=hidden), copy]


def _name(args: Args) -> str:
    return f"{space_id(args['space'])}.{args['id']}"


def _seen(context: Context) -> dict[str, str | None]:
    """Return the specialist who records an escalation, and the present supervisor: later ones may not read it."""
    user = context.caller.user
    return {"specialist": user, "supervisor": people.supervisor_of(context, user)}


def _told(context: Context) -> dict[str, str | None]:
    """Return the present supervisor, who may see that the peer has been told; former ones may not."""
    return {"told_under": people.supervisor_of(context, context.caller.user)}
